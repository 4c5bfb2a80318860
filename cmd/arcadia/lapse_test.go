package main

import (
	"testing"

	"arcadia.example/console/internal/demo"
	"arcadia.example/console/lifecycle"
)

const dialogNotes = `[data-testid="transition-form"] [name="notes"]`

// A session that ends during a call of htmx leads to sign-in and back, and what was typed is there again.
func TestSessionEndsDuringACall(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	p := w.serve().tab(t, "support")
	path := "/deployments/" + id.String()
	p.open(path)
	p.fill("#note-text", "Called twice.")
	p.click(testID("action-pause"))
	p.reason(lifecycle.Seasonal)
	p.fill(dialogNotes, "Back in spring.")
	w.endSession(p)
	p.click(confirm)
	p.until(`location.pathname === "/login"`)
	p.at("/login?next=%2Fdeployments%2F" + id.String())
	p.signIn("support@arcadia.example", demo.Password)
	p.at(path)
	p.reads(testID("typed-kept"), "Nothing of it was sent")
	p.value("#note-text", "Called twice.")
	if n := w.events(id); n != "1" {
		t.Errorf("%s events, want 1", n)
	}
	p.click(testID("action-pause"))
	p.value(dialogNotes, "Back in spring.")
	p.until(`document.querySelector("[name=reason]:checked")?.value === "seasonal"`)
	p.click(confirm)
	p.attr(headBadge, "data-state", "paused")
	p.reads(testID("event"), "Back in spring.")
	p.open(path)
	p.misses(testID("typed-kept"))
	p.value("#note-text", "")
}

// Somebody else who signs in then does not find the words of the one before.
func TestTypedWordsAreNotShownToSomebodyElse(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	p := w.serve().tab(t, "support")
	p.open("/deployments/" + id.String())
	p.fill("#note-text", "For my eyes only.")
	w.endSession(p)
	p.click(testID("add-note"))
	p.until(`location.pathname === "/login"`)
	p.signIn("billing@arcadia.example", demo.Password)
	p.at("/deployments/" + id.String())
	p.misses(testID("typed-kept"))
	p.value("#note-text", "")
	p.until(`!JSON.stringify({...sessionStorage}).includes("my eyes")`)
}

// A plain form that comes too late: what was typed is shown, and with script it is back in the form after the sign-in.
func TestSessionEndsBeforeAPlainForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	c := w.serve()
	both(t, c, "support", func(t *testing.T, p *tab) {
		path := "/tenants/" + tenant.String() + "/edit"
		p.open(path)
		p.fill("#name", "Northwind Traders Ltd")
		w.endSession(p)
		p.arrives(func() { p.click(testID("save")) })
		p.reads(testID("error"), "You are not signed in any more")
		p.until(`[...document.querySelectorAll("[data-testid=typed]")].some(e => e.value === "Northwind Traders Ltd")`)
		if got := p.status(path); got != 401 {
			t.Errorf("status %d, want 401", got)
		}
		if name := w.value(`SELECT name FROM cloud_tenants WHERE id = $1`, tenant); name != "Northwind" {
			t.Errorf("it was changed to %s", name)
		}
		p.arrives(func() { p.click(testID("sign-in-again")) })
		p.signIn("support@arcadia.example", demo.Password)
		p.at(path)
		if t.Name() == "TestSessionEndsBeforeAPlainForm/script" {
			p.reads(testID("typed-kept"), "Nothing of it was sent")
			p.value("#name", "Northwind Traders Ltd")
		}
	})
}

// Idle for too long, and too old however much it was used: both end, wherever the clock of the browser stands.
func TestSessionsEndByTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.serveEmpty()
	for name, column := range map[string]string{"idle": "seen_at = now() - interval '30 minutes'", "old": "signed_in_at = now() - interval '12 hours'"} {
		t.Run(name, func(t *testing.T) {
			p := c.tab(t, "viewer")
			p.open("/tenants")
			w.change(`UPDATE sessions SET ` + column)
			p.open("/tenants?q=some")
			p.at("/login?next=%2Ftenants%3Fq%3Dsome")
		})
	}
}
