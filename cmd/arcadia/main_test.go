package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	chromium "arcadia.example/console/internal/browser"
)

// browser is Chromium, started by the first test that needs it and shared by all: each gets a fresh context in it.
var browser = sync.OnceValues(startBrowser)

// stopBrowser ends Chromium and removes its profile, where it was started.
var stopBrowser = func() {}

func TestMain(m *testing.M) {
	asConsole()
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
	options := append(chromium.Options(profile), chromedp.WindowSize(1360, 900))
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
