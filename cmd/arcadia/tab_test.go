package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is one page in a browser context of its own: no cookies, no cache of others.
type tab struct {
	t       *testing.T
	ctx     context.Context
	console *console
	base    string

	elsewhere string // the one other host that may be asked, where a test leads there

	mu       sync.Mutex
	troubles []string       // what a page must never do, see watch
	statuses map[string]int // newest status by path
	bytes    map[string]float64
	urls     map[network.RequestID]string
}

// nobody is for tabs in which nobody is signed in.
const nobody = "nobody"

// tab opens an empty page in which one of the demo's people is signed in, or whoever has the e-mail.
func (c *console) tab(t *testing.T, who string) *tab {
	t.Helper()
	root, err := browser()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(root, chromedp.WithNewBrowserContext())
	p := c.empty(t, ctx, cancel)
	if who != nobody {
		p.become(who)
	}
	return p
}

// another opens one more tab of the same browser, with its cookies.
func (p *tab) another() *tab {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx)
	return p.console.empty(p.t, ctx, cancel)
}

// empty is the tab of a new context of the browser.
func (c *console) empty(t *testing.T, ctx context.Context, cancel func()) *tab {
	t.Helper()
	p := &tab{
		t: t, ctx: ctx, console: c, base: c.base,
		statuses: map[string]int{}, bytes: map[string]float64{}, urls: map[network.RequestID]string{},
	}
	t.Cleanup(func() {
		p.picture()
		cancel()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, trouble := range p.troubles {
			t.Error(trouble)
		}
	})
	// The first step opens the page, which lives as long as the context of that step.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, p.watch); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.EmulateViewport(1360, 900))
	return p
}

// plain is a tab without JavaScript.
func (c *console) plain(t *testing.T, who string) *tab {
	t.Helper()
	p := c.tab(t, who)
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return p
}

// become makes the tab that of another of the demo's people, who is signed in.
func (p *tab) become(who string) {
	p.t.Helper()
	call(p, network.SetCookie, network.SetCookieParams{Name: "arcadia_session", Value: p.console.session(p.t, who), URL: p.base, HTTPOnly: new(true)})
}

// watch notes what no page may do: throw, complain, open a dialog of the browser, ask another host. Refusals of the
// console are part of what is tested and no trouble.
func (p *tab) watch(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		p.trouble("exception", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			words, _ := json.Marshal(e.Args)
			p.trouble("console", string(words))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			p.trouble("log", e.Entry.Text)
		}
	case *page.EventJavascriptDialogOpening:
		p.trouble("dialog", e.Message)
	case *network.EventRequestWillBeSent:
		p.urls[e.RequestID] = e.Request.URL
		if !strings.HasPrefix(e.Request.URL, p.base+"/") && !strings.HasPrefix(e.Request.URL, "data:") &&
			(p.elsewhere == "" || !strings.HasPrefix(e.Request.URL, p.elsewhere+"/")) {
			p.trouble("request to another host", e.Request.URL)
		}
	case *network.EventResponseReceived:
		if u, err := url.Parse(e.Response.URL); err == nil {
			p.statuses[u.Path] = int(e.Response.Status)
		}
	case *network.EventLoadingFinished:
		p.bytes[p.urls[e.RequestID]] += e.EncodedDataLength
	}
}

func (p *tab) trouble(kind, text string) { p.troubles = append(p.troubles, kind+": "+text) }

// status is that of the newest answer at a path.
func (p *tab) status(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.statuses[path]
}

// picture keeps what a failed test saw, where go test -artifacts asks for it.
func (p *tab) picture() {
	if !p.t.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("no screenshot: %v", err)
		return
	}
	where, _ := chromedp.Run(ctx, chromedp.Location())
	name := filepath.Join(p.t.ArtifactDir(), fmt.Sprintf("page-%d.png", time.Now().UnixNano()))
	p.t.Logf("%s: %s (%v)", where, name, os.WriteFile(name, shot, 0o600))
}

// do runs steps of the browser, or fails the test.
func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, waitLimit)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}
