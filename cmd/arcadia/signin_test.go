package main

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/internal/demo"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// signIn fills in the form of the sign-in page, on which the tab has to be, and waits for where it leads.
func (p *tab) signIn(email, password string) {
	p.t.Helper()
	p.sees(testID("login-form"))
	p.fill(`[name="email"]`, email)
	p.fill(`[name="password"]`, password)
	p.arrives(func() { p.click(testID("sign-in")) })
}

// signOut presses the button in the menu.
func (p *tab) signOut() {
	p.t.Helper()
	p.arrives(func() { p.click(testID("logout")) })
	p.at("/login")
}

// person is the member of staff whom the demo has for a role.
func (w *world) person(role string) store.Staff {
	w.t.Helper()
	person, err := w.store.FindStaff(w.t.Context(), personNamed(w.t, role).ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return person
}

// session is that of the tab's cookie.
func (w *world) session(p *tab) store.Session {
	p.t.Helper()
	for _, cookie := range call(p, network.GetCookies, network.GetCookiesParams{URLs: []string{p.base}}).Cookies {
		if token, ok := store.ParseToken(cookie.Value); ok && cookie.Name == "arcadia_session" {
			session, err := w.store.LookUpSession(p.t.Context(), token)
			if err != nil {
				p.t.Fatal(err)
			}
			return session
		}
	}
	p.t.Fatal("the tab has no session")
	return store.Session{}
}

// endSession ends the tab's session, as an admin can.
func (w *world) endSession(p *tab) {
	p.t.Helper()
	s := w.session(p)
	if err := w.store.EndSessions(p.t.Context(), personNamed(p.t, "admin").Actor(), s.Staff.ID, s.ID, uuid.Nil, ""); err != nil {
		p.t.Fatal(err)
	}
}

// change changes rows as the owner, where a test cannot wait for time to pass.
func (w *world) change(statement string, args ...any) {
	w.t.Helper()
	if _, err := w.owner.ExecContext(w.t.Context(), statement, args...); err != nil {
		w.t.Fatal(err)
	}
}

// staleProof lets the last proof of who it is be too long ago, in the tab's session.
func (w *world) staleProof(p *tab) {
	p.t.Helper()
	w.change(`UPDATE sessions SET stepped_up_at = now() - interval '11 minutes' WHERE id = $1`, w.session(p).ID)
}

func TestSignInLeadsToThePageThatWasAskedFor(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	both(t, w.serve(), nobody, func(t *testing.T, p *tab) {
		p.open("/deployments?state=active&sort=name")
		p.at("/login?next=%2Fdeployments%3Fstate%3Dactive%26sort%3Dname")
		p.misses(row(id))
		p.reads(testID("demo"), "support@arcadia.example")
		for _, wrong := range []string{"support@arcadia.example", "unknown@arcadia.example"} {
			p.signIn(wrong, "not the password")
			p.reads(testID("error"), "This e-mail and password do not fit together.")
			if got := p.status("/login"); got != 401 {
				t.Errorf("%s: status %d, want 401", wrong, got)
			}
		}
		p.signIn(" Support@Arcadia.example", demo.Password)
		p.at("/deployments?state=active&sort=name")
		p.sees(row(id))
		if cookies := js[string](p, `document.cookie`); cookies != "" {
			t.Errorf("scripts see the cookie: %s", cookies)
		}
		p.open("/login")
		p.at("/deployments")
		p.signOut()
		p.open("/deployments/" + id.String())
		p.at("/login?next=%2Fdeployments%2F" + id.String())
	})
}

// The e-mail need not be typed again after a wrong password.
func TestWrongPasswordKeepsTheEmail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.serveEmpty().tab(t, nobody)
	p.open("/login")
	p.signIn("support@arcadia.example", "not the password")
	p.value(`[name="email"]`, "support@arcadia.example")
	p.value(`[name="password"]`, "")
	p.until(`document.activeElement.name === "password"`)
}

func TestForeignNextIsNotFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.serveEmpty().plain(t, nobody)
	for _, next := range []string{"//example.com", `/\example.com`, "/%09/example.com", "https:example.com", "https://example.com", "javascript:alert(1)"} {
		p.open("/login?next=" + strings.ReplaceAll(next, "%", "%25"))
		p.signIn("viewer@arcadia.example", demo.Password)
		p.at("/deployments")
		p.signOut()
	}
}

// Back after sign-out shows the sign-in page, also where the browser could have kept the page.
func TestBackAfterSignOutShowsTheSignInPage(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	both(t, w.serve(), "support", func(_ *testing.T, p *tab) {
		p.open("/deployments")
		p.arrives(func() { p.click(row(id) + " [data-row-link]") })
		p.at("/deployments/" + id.String())
		p.signOut()
		for range 2 {
			p.back()
			p.until(`location.pathname === "/login" && location.search.startsWith("?next=") && document.readyState === "complete"`)
			p.sees(testID("login-form"))
			p.until(`!document.documentElement.textContent.includes("Web shop")`)
		}
	})
}

// Another tab of the same browser that still shows a page can do nothing more with it.
func TestSignOutHoldsInEveryTab(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	p := w.serve().tab(t, "support")
	p.open("/deployments/" + id.String())
	status := js[int](p, `(async () => {
		await fetch("/logout", {method: "POST"});
		return fetch(location.pathname + "/transitions", {method: "POST", body: new URLSearchParams({
			action: "pause", version: 1, key: "late", reason: "seasonal", notes: ""})}).then(r => r.status);
	})()`)
	if status != 401 || w.events(id) != "1" {
		t.Errorf("status %d and %s events, want 401 and 1", status, w.events(id))
	}
	p.click(testID("action-pause"))
	p.until(`location.pathname === "/login"`)
}

func TestEndOtherSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.serveEmpty()
	both(t, c, "support", func(t *testing.T, p *tab) {
		other := c.tab(t, "support")
		other.open("/deployments")
		p.open("/settings/me")
		p.sees(testID("session"))
		p.arrives(func() { p.click(testID("end-other-sessions")) })
		p.misses(testID("end-session"))
		if n := p.count(testID("session")); n != 1 {
			t.Errorf("%d sessions are listed, want this one", n)
		}
		other.open("/deployments")
		other.at("/login?next=%2Fdeployments")
	})
}

// Rights that are taken away hold on the next request, and nothing that is open already helps.
func TestRightsTakenAway(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	c := w.serve()
	path := "/deployments/" + id.String()
	t.Run("by an admin", func(t *testing.T) {
		p, boss := c.tab(t, "support"), c.tab(t, "admin")
		p.open(path)
		p.click(testID("action-pause"))
		p.sees(testID("transition-form"))
		boss.open("/settings/staff/" + w.person("support").ID.String())
		boss.click(`[name="roles"][value="support"]`)
		boss.click(`[name="roles"][value="viewer"]`)
		boss.arrives(func() { boss.click(testID("save")) })
		boss.reads(testID("notice"), "Saved")
		p.click(confirm)
		p.until(`location.pathname === "/login"`)
		p.signIn("support@arcadia.example", demo.Password)
		p.at(path)
		p.misses(testID("action-pause"))
		p.reads(testID("blocked-pause"), "Needs Support or Billing")
	})
	t.Run("by hand, in a session that goes on", func(t *testing.T) {
		p := c.tab(t, "billing")
		p.open(path)
		p.click(testID("action-pause"))
		p.sees(testID("transition-form"))
		w.change(`UPDATE staff SET roles = 'viewer' WHERE id = $1`, w.person("billing").ID)
		p.click(confirm)
		p.reads(testID("error"), "Needs Support or Billing")
		p.open(path)
		p.misses(testID("action-pause"))
	})
	if n := w.events(id); n != "1" {
		t.Errorf("%s events, want 1", n)
	}
}

// Disabled in one process, out in the other.
func TestDisabledIsOutInEveryProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("Somebody Else")
	first, second := w.serve(), w.serve()
	p := first.tab(t, "operator")
	p.open("/deployments")
	p.sees(testID("person"))
	boss := second.tab(t, "admin")
	boss.open("/settings/staff/" + w.person("operator").ID.String())
	boss.click(`[name="status"][value="disabled"]`)
	boss.arrives(func() { boss.click(testID("save")) })
	boss.reads(testID("staff-status"), "Disabled")
	p.open("/deployments")
	p.at("/login?next=%2Fdeployments")
	p.signIn("operator@arcadia.example", demo.Password)
	p.reads(testID("error"), "do not fit together")
}

func TestLastAdminStaysOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	both(t, w.serveEmpty(), "admin", func(t *testing.T, p *tab) {
		p.open("/settings/staff/" + w.person("admin").ID.String())
		p.click(`[name="roles"][value="admin"]`)
		p.click(`[name="roles"][value="viewer"]`)
		p.arrives(func() { p.click(testID("save")) })
		p.sees(testID("error"))
		if w.person("admin").Roles() != access.Admin {
			t.Error("the last admin demoted himself")
		}
	})
}

// Too many guesses keep passwords out for a while, the right one as well, and say so.
func TestTooManyGuesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.serveEmpty().tab(t, nobody)
	for range store.MaxAccountGuesses {
		if _, err := w.store.CountGuess(t.Context(), "support@arcadia.example", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	p.open("/login?next=%2Ftenants")
	p.signIn("support@arcadia.example", demo.Password)
	p.reads(testID("error"), "Too many tries")
	if got := p.status("/login"); got != 429 {
		t.Errorf("status %d, want 429", got)
	}
	w.change(`UPDATE guesses SET started_at = started_at - $1 * interval '1 second'`, (15*time.Minute).Seconds()+1)
	p.signIn("support@arcadia.example", demo.Password)
	p.at("/tenants")
}
