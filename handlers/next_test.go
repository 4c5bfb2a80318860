package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"arcadia.example/console/handlers"
)

// attacks lead elsewhere in some browser.
var attacks = []string{
	"//e", `/\e`, "/%09/e", "https:e", "https://e", "//e/", "\t//e", "/\t/e", "/\n/e", "/\r/e", "javascript:alert(1)", "/%2F/e", "/%5Ce", `\/e`, `\\e`, "///e",
	"/%0a/e", "/%0D/e", "e", "?x", "#x", " /e", "/ /e", "/\x00/e", "/\x7f/e", "data:text/html,x", "/" + strings.Repeat("x", 3000), "/\xff",
}

func TestNextLeadsOnlyToPathsOfTheConsole(t *testing.T) {
	t.Parallel()
	for _, next := range append(attacks, "") {
		if got := handlers.LocalPath(next); got != "/" {
			t.Errorf("%q leads to %q", next, got)
		}
	}
	for _, next := range []string{"/", "/deployments?state=active&q=a%2Fb", "/tenants/1#timeline", "/a//b", "/%41"} {
		if got := handlers.LocalPath(next); got != next {
			t.Errorf("%q leads to %q", next, got)
		}
	}
}

// Each way on which next comes in goes through the same check.
func TestNextAtEveryForm(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.staffOf("viewer")
	c.owns(`UPDATE staff SET totp_secret = ''`)
	c.Server = c.serve(c.store, handlers.Config{Demo: true})
	b := c.browser("192.0.2.110")
	for _, next := range []string{"//e", `/\e`, "/%09/e", "https:e"} {
		c.wants(b.page("/login?next="+url.QueryEscape(next)), http.StatusOK, `name="next" value="/"`)
		c.leads(b.post("/login", "email", "viewer@arcadia.test", "password", password, "next", next), "/")
		c.leads(b.page("/login?next="+url.QueryEscape(next)), "/")
		c.wants(b.page("/step-up?next="+url.QueryEscape(next)), http.StatusOK, `name="next" value="/"`)
		c.leads(b.post("/step-up", "password", password, "next", next), "/")
		delete(b.cookies, "arcadia_session")
		a := b.post("/login/second", "code", "1", "next", next)
		c.wants(a, http.StatusUnauthorized, `name="next" value="/"`)
		c.leads(b.page("/login/second?next="+url.QueryEscape(next)), "/login")
	}
}

// FuzzLocalPath looks for a next that a browser would follow to another origin.
func FuzzLocalPath(f *testing.F) {
	for _, next := range append(attacks, "/", "/deployments?next=//e", "/a/../..//e", "/;//e", "/@e", "/:e") {
		f.Add(next)
	}
	base := &url.URL{Scheme: "https", Host: "console.example.com", Path: "/login"}
	f.Fuzz(func(t *testing.T, next string) {
		got := handlers.LocalPath(next)
		if got != "/" && got != next {
			t.Fatalf("%q became %q", next, got)
		}
		// As browsers read it: tabs and line ends are dropped, backslashes are slashes.
		seen := strings.ReplaceAll(strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(strings.TrimFunc(got, func(r rune) bool { return r <= ' ' })), `\`, "/")
		if !strings.HasPrefix(seen, "/") || strings.HasPrefix(seen, "//") {
			t.Fatalf("%q is followed as %q", next, seen)
		}
		if u, err := base.Parse(seen); err == nil && (u.Host != base.Host || u.Scheme != base.Scheme || u.User != nil) {
			t.Fatalf("%q leads to %s", next, u)
		}
		if strings.ContainsAny(got, "\r\n\x00") {
			t.Fatalf("%q can split a header", got)
		}
		if handlers.LocalPath(got) != got {
			t.Fatalf("%q is not steady", got)
		}
	})
}
