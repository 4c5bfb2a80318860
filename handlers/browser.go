package handlers

import (
	"strings"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
)

// browserOf is where a request comes from, in words by which people recognise their sessions.
func browserOf(c echo.Context) store.Browser {
	return store.Browser{Device: deviceWords(c.Request().UserAgent()), Address: c.RealIP()}
}

// named is a word of a user agent with the name that people know. The first that is found counts: most browsers claim to
// be several others as well.
type named struct{ word, name string }

var browsers = []named{
	{"Edg", "Edge"},
	{"OPR/", "Opera"},
	{"Opera", "Opera"},
	{"Vivaldi/", "Vivaldi"},
	{"SamsungBrowser/", "Samsung Internet"},
	{"Firefox/", "Firefox"},
	{"FxiOS/", "Firefox"},
	{"CriOS/", "Chrome"},
	{"HeadlessChrome/", "Chrome"},
	{"Chromium/", "Chromium"},
	{"Chrome/", "Chrome"},
	{"Safari/", "Safari"},
	{"curl/", "curl"},
}

var systems = []named{
	{"iPhone", "iPhone"},
	{"iPad", "iPad"},
	{"Android", "Android"},
	{"CrOS", "ChromeOS"},
	{"Windows", "Windows"},
	{"Macintosh", "macOS"},
	{"Linux", "Linux"},
	{"X11", "Unix"},
}

// deviceWords says what a user agent names: "Firefox on Linux". Empty where nothing in it is known; nothing of it is
// taken over as it came.
func deviceWords(userAgent string) string {
	browser, system := find(browsers, userAgent), find(systems, userAgent)
	switch {
	case browser == "" && system == "":
		return ""
	case system == "":
		return browser
	case browser == "":
		return "Browser on " + system
	}
	return browser + " on " + system
}

func find(list []named, text string) string {
	for _, n := range list {
		if strings.Contains(text, n.word) {
			return n.name
		}
	}
	return ""
}
