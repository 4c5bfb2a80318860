package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// browser is Chromium, started by the first test that needs it and shared by all: each gets a fresh context in it.
var browser = sync.OnceValues(startBrowser)

// stopBrowser ends Chromium and removes its profile, where it was started.
var stopBrowser = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stopBrowser()
	removeBinary()
	os.Exit(code)
}

func startBrowser() (context.Context, error) {
	profile, err := os.MkdirTemp("", "arcadia-browser-*")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.UserDataDir(profile), chromedp.DisableGPU, chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1360, 900))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox does not start for root
	}
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	stopBrowser = func() {
		cancel()
		endAllocator()
		_ = os.RemoveAll(profile) // a file that stays in the temporary folder does no harm
	}
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("browser tests need Chromium (make test installs it): %w", err)
	}
	return ctx, nil
}
