package views

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"arcadia.example/console/access"
	"golang.org/x/net/html"
)

// gates are the pages on the way in, with the text in every place.
func gates(text string) map[string]templ.Component {
	outside := Page{Title: text, Path: text, Now: noon, DemoMode: true}
	inside := testPage()
	held := StepUp{Next: text, To: text, Again: text, Dialog: true, Error: text, Password: true, Code: true, Passkey: true}
	return map[string]templ.Component{
		"login":         Login(LoginPage{Page: outside, Next: text, Error: text, Passkeys: true, NoStaff: true}),
		"second factor": SecondFactor(SecondFactorPage{Page: outside, Next: text, Error: text, Code: true, Passkey: true}),
		"no factor":     SecondFactor(SecondFactorPage{Page: outside}),
		"welcome":       Welcome(WelcomePage{Page: outside, Action: text, Name: text, Email: text, Back: true, Error: text}),
		"dead link":     DeadLink(outside),
		"sign in again": SignInAgain(SignInAgainPage{Page: outside, SignIn: text, Typed: []Typed{{Name: text, Text: text}}}),
		"step up":       StepUpAlone(StepUpPage{Page: inside, StepUp: held}),
		"step up form":  StepUpDialog(held),
	}
}

func TestTheWayInIsInert(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"plain", `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `javascript:alert(1)`, `x" hx-get="/logout" hx-trigger="load`,
		`</textarea><hx-partial hx-target="body">`, `' autofocus onfocus='alert(1)`, "\u202egnp.exe",
	} {
		for name, page := range gates(text) {
			d := draw(t, page)
			checkInert(t, name+" with "+text, d)
			if len(d.with("hx-get", "")) > 0 && text != "plain" {
				t.Errorf("%s with %q: an attribute of htmx", name, text)
			}
		}
	}
}

// Outside there is nothing of the console: no names, no counts, no way to search.
func TestOutsideShowsNothingOfTheConsole(t *testing.T) {
	t.Parallel()
	for name, page := range gates("plain") {
		if strings.HasPrefix(name, "step up") {
			continue
		}
		ids := draw(t, page).testIDs()
		for _, id := range []string{"person", "global-search", "logout", "menu"} {
			if ids[id] > 0 {
				t.Errorf("%s has a %s", name, id)
			}
		}
	}
}

func TestPasswordManagersAreHelped(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"login": {"username webauthn", "current-password"}, "second factor": {"one-time-code"}, "welcome": {"username", "new-password", "new-password"},
		"step up": {"current-password", "one-time-code"},
	} {
		var got []string
		draw(t, gates("plain")[name]).each(func(n *html.Node) {
			if hint := attr(n, "autocomplete"); n.Data == "input" && hint != "" && hint != "off" {
				got = append(got, hint)
			}
		})
		if strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestThemeAndDensityStandOnTheRoot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ theme, density, wantTheme, wantDensity string }{
		{"dark", "compact", "dark", "compact"}, {"light", "comfortable", "light", ""}, {"system", "", "", ""}, {`x" onload="y`, "dense", "", ""},
	} {
		p := testPage()
		p.Theme, p.Density, p.Viewer = c.theme, c.density, NewViewer(SampleActor(access.Viewer))
		draw(t, Gallery(GalleryPage{p})).each(func(n *html.Node) {
			if n.Data == "html" && (attr(n, "data-theme") != c.wantTheme || attr(n, "data-density") != c.wantDensity) {
				t.Errorf("%+v: %q %q", c, attr(n, "data-theme"), attr(n, "data-density"))
			}
		})
	}
}
