package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"arcadia.example/console/internal/browser"
	"arcadia.example/console/internal/demo"
)

// shot is one picture.
type shot struct {
	file          string
	path          string // of the page; empty: the first deployment of the list at from
	from          string // a list, of which the first row is opened
	as            string // e-mail of the demo's person
	scheme        string // light or dark
	width, height int64
	click         string // test id of a button that is pressed first; what it opens is waited for
	order         bool   // a deployment that is being built just then, in place of a path
}

var shots = []shot{
	{file: "deployments.png", path: "/deployments", as: "support@arcadia.example", scheme: "light", width: 1360, height: 880},
	{file: "deployment.png", from: "/deployments?state=past_due&sort=since", as: "billing@arcadia.example", scheme: "light", width: 1360, height: 880},
	{file: "deployment-dark.png", from: "/deployments?state=past_due&sort=since", as: "billing@arcadia.example", scheme: "dark", width: 1360, height: 880},
	{file: "account.png", from: "/tenants", as: "billing@arcadia.example", scheme: "light", width: 1360, height: 880},
	{
		file: "dialog.png", from: "/deployments?state=past_due&sort=since", as: "billing@arcadia.example", scheme: "light", width: 1360, height: 880,
		click: "action-suspend",
	},
	{file: "run.png", order: true, as: "support@arcadia.example", scheme: "light", width: 1360, height: 880},
	{file: "phone.png", from: "/deployments?state=past_due&sort=since", as: "billing@arcadia.example", scheme: "light", width: 360, height: 780},
}

const (
	shotLimit = 30 * time.Second
	maxBytes  = 250 << 10 // a picture of a page is text and lines; more would be a mistake
)

// photograph takes all pictures of the console at base in a browser whose profile is in dir.
func photograph(ctx context.Context, base, dir, out string) error {
	options := append(browser.Options(filepath.Join(dir, "browser")), chromedp.Flag("hide-scrollbars", true))
	allocator, endAllocator := chromedp.NewExecAllocator(ctx, options...)
	defer endAllocator()
	tab, cancel := chromedp.NewContext(allocator)
	defer cancel()
	// The first step starts the browser, which lives as long as the context of that step.
	if err := chromedp.Do(tab); err != nil {
		return fmt.Errorf("screenshots need Chromium: %w", err)
	}
	for _, s := range shots {
		limited, done := context.WithTimeout(tab, shotLimit)
		err := s.take(limited, base, filepath.Join(out, s.file))
		done()
		if err != nil {
			return fmt.Errorf("%s: %w", s.file, err)
		}
	}
	return nil
}

func (s shot) take(ctx context.Context, base, file string) error {
	if err := s.prepare(ctx, base); err != nil {
		return err
	}
	if err := s.open(ctx, base); err != nil {
		return err
	}
	if err := settled(ctx); err != nil {
		return err
	}
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	if len(picture) > maxBytes {
		return fmt.Errorf("%d bytes, more than %d", len(picture), maxBytes)
	}
	fmt.Printf("%s: %d KB\n", file, len(picture)>>10)
	return os.WriteFile(file, picture, 0o644)
}

// open leads to what is to be seen.
func (s shot) open(ctx context.Context, base string) error {
	if s.order {
		return order(ctx, base)
	}
	path := s.path
	if s.from != "" {
		var err error
		if path, err = firstRow(ctx, base+s.from); err != nil {
			return err
		}
	}
	steps := []chromedp.Action[chromedp.Void]{
		chromedp.Navigate(base + path), chromedp.Navigate(base + path), // the second time, the font is there from the start
	}
	if s.click != "" {
		steps = append(steps, chromedp.Click(chromedp.CSS(`[data-testid="`+s.click+`"]`)), chromedp.WaitVisible(chromedp.CSS("dialog[open] form")))
	}
	return chromedp.Do(ctx, steps...)
}

// prepare sets size, colours and person.
func (s shot) prepare(ctx context.Context, base string) error {
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(s.width, s.height)); err != nil {
		return err
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: s.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		return err
	}
	return signIn(ctx, base, s.as)
}

// signIn fills in the sign-in page with one of the demo's people.
func signIn(ctx context.Context, base, email string) error {
	// Whoever is signed in from the picture before would not be asked.
	if _, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		return err
	}
	return chromedp.Do(ctx,
		chromedp.Navigate(base+"/login"),
		chromedp.SendKeys(chromedp.CSS(`[name="email"]`), email),
		chromedp.SendKeys(chromedp.CSS(`[name="password"]`), demo.Password),
		chromedp.Submit(chromedp.CSS(`[name="password"]`)),
		chromedp.WaitReady(chromedp.CSS(`[data-testid="person"]`)),
	)
}

// firstRow is the path that the first row of a list leads to.
func firstRow(ctx context.Context, list string) (string, error) {
	if err := chromedp.Do(ctx, chromedp.Navigate(list)); err != nil {
		return "", err
	}
	return chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("[data-row-link]").pathname`))
}

// settled waits until the font is there and nothing moves.
func settled(ctx context.Context) error {
	for ctx.Err() == nil {
		still, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.fonts.status === "loaded" && document.getAnimations().length === 0`))
		if still || err != nil {
			return err
		}
	}
	return ctx.Err()
}
