// Package browser says how Chromium is started for the browser tests and the screenshots.
package browser

import (
	"os"
	"os/exec"
	"time"

	"github.com/chromedp/chromedp"
)

// shells are the names of Chromium without its windows, which draws and runs pages by the same code for a third of the
// time. Where there is none, the library finds the whole browser and runs that headless.
var shells = []string{"chromium-headless-shell", "headless-shell", "headless_shell", "chrome-headless-shell"}

// startPatience is how long the browser may take to start, on a machine that is busy with other tests.
const startPatience = 2 * time.Minute

// Options start a headless Chromium whose profile is in the folder, which must be new. ARCADIA_BROWSER in the environment
// names another program to be used instead.
func Options(profile string) []chromedp.ExecAllocatorOption {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.UserDataDir(profile), chromedp.DisableGPU, chromedp.WSURLReadTimeout(startPatience),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true))
	if path := find(os.Getenv("ARCADIA_BROWSER")); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox does not start for root
	}
	return options
}

// find returns the program that was asked for, or the first shell that is there, or "".
func find(asked string) string {
	if asked != "" {
		return asked
	}
	for _, name := range shells {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
