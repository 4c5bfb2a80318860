package main

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
)

// northwind is a world with one tenant and one deployment of it.
func northwind(t *testing.T, state lifecycle.State) (*world, uuid.UUID) {
	t.Helper()
	w := newWorld(t)
	return w, w.deployment(w.tenant("Northwind"), "Web shop", state)
}

const (
	headBadge = `#deployment-head [data-testid="state-badge"]`
	confirm   = `[data-testid="transition-form"] [data-testid="confirm"]`
)

func (p *tab) reason(code lifecycle.Reason) {
	p.t.Helper()
	p.click(`[data-testid="transition-form"] input[value="` + string(code) + `"]`)
}

func TestPauseChangesThePageInPlaceAndUndoRestoresIt(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	since := w.get(id).StateSince
	p := w.serve().tab(t, "support")
	p.open("/deployments/" + id.String())
	js[bool](p, `window.kept = true`)
	p.click(testID("action-pause"))
	p.reads(testID("transition-form"), "Pause Web shop?")
	p.reads(testID("transition-form"), "Stops now.")
	p.reason(lifecycle.Seasonal)
	p.fill(`[name="notes"]:not(#note-text)`, "Back in spring.")
	p.click(confirm)
	p.attr(headBadge, "data-state", "paused")
	p.attr(testID("lifecycle-map"), "data-state", "paused")
	p.attr(testID("action-panel"), "data-version", "2")
	p.sees(testID("action-resume"))
	p.attr(testID("event"), "data-to", "paused")
	p.attr(testID("event"), "data-reason", "seasonal")
	p.reads(testID("event"), "Back in spring.")
	p.reads(testID("notice"), "Marked paused.")
	p.misses("dialog[open]")
	p.click(testID("notice", "undo"))
	p.attr(headBadge, "data-state", "active")
	p.attr(testID("event"), "data-reason", "undo")
	p.until(`window.kept`)
	if d := w.get(id); !d.StateSince.Equal(since) || d.Version != 3 {
		t.Errorf("since %v at version %d, want %v at 3", d.StateSince, d.Version, since)
	}
}

func TestPauseAndUndoWithoutScript(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	since := w.get(id).StateSince
	p := w.serve().plain(t, "support")
	p.open("/deployments/" + id.String())
	p.arrives(func() { p.click(testID("action-pause")) })
	p.at("/deployments/" + id.String() + "/transitions/pause")
	p.reason(lifecycle.Seasonal)
	p.fill(`[name="notes"]`, "Back in spring.")
	p.arrives(func() { p.click(confirm) })
	p.at("/deployments/" + id.String())
	p.reads(testID("notice"), "Marked paused.")
	p.attr(headBadge, "data-state", "paused")
	p.reads(testID("event"), "Back in spring.")
	p.arrives(func() { p.click(testID("undo")) })
	p.attr(headBadge, "data-state", "active")
	if d := w.get(id); !d.StateSince.Equal(since) {
		t.Errorf("since %v, want %v", d.StateSince, since)
	}
	p.open("/deployments/" + id.String())
	p.misses(testID("notice"))
}

func TestAtOnceMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	both(t, w.serve(), "support", func(t *testing.T, p *tab) {
		id := w.deployment(tenant, "Shop "+t.Name(), lifecycle.Paused)
		p.open("/deployments/" + id.String())
		p.click(testID("action-resume"))
		p.attr(headBadge, "data-state", "active")
		p.sees(testID("notice"))
		p.misses(testID("transition-form"))
		p.attr(testID("event"), "data-actor", "support@arcadia.example")
	})
}

func TestAlreadyThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	both(t, w.serve(), "support", func(t *testing.T, p *tab) {
		id := w.deployment(tenant, "Shop "+t.Name(), lifecycle.Paused)
		p.open("/deployments/" + id.String())
		p.stale()
		w.moveAs("billing", id, lifecycle.Resume)
		p.click(testID("action-resume"))
		p.reads(testID("notice"), "lready")
		p.attr(headBadge, "data-state", "active")
		if n := w.events(id); n != "3" {
			t.Errorf("%s events, want 3", n)
		}
	})
}

func TestRowActionChangesTheRowInPlace(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	p := w.serve().tab(t, "support")
	p.open("/deployments?sort=name")
	js[bool](p, `window.kept = true`)
	p.click(row(id) + " " + testID("action-pause"))
	p.reason(lifecycle.CustomerRequest)
	p.click(confirm)
	p.attr(row(id)+" "+testID("state-badge"), "data-state", "paused")
	p.reads(testID("filter-state-paused"), "Paused 1")
	p.reads(testID("notice"), "Web shop (Northwind): Marked paused.")
	p.click(row(id) + " " + testID("action-resume"))
	p.attr(row(id)+" "+testID("state-badge"), "data-state", "active")
	p.reads(testID("filter-state-paused"), "Paused 0")
	p.until(`window.kept && location.search === "?sort=name"`)
}

func TestStalePageKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.PastDue)
	c := w.serve()
	first, second := c.tab(t, "billing"), c.tab(t, "admin")
	path := "/deployments/" + id.String()
	first.open(path)
	first.click(testID("action-suspend"))
	first.reason(lifecycle.NonPayment)
	first.fill(`[name="notes"]:not(#note-text)`, "Third letter is out.")
	second.open(path)
	second.click(testID("action-mark_paid"))
	second.attr(headBadge, "data-state", "active")
	second.click(testID("action-mark_past_due"))
	second.reason(lifecycle.PaymentFailed)
	second.click(confirm)
	second.attr(headBadge, "data-state", "past_due")
	first.click(confirm)
	first.reads(testID("transition-form", "error"), "Nothing was changed: Mara Whitfield moved it to past due")
	first.value(`[name="notes"]:not(#note-text)`, "Third letter is out.")
	first.until(`document.querySelector("[name=reason]:checked")?.value === "non_payment"`)
	first.attr(testID("action-panel"), "data-version", "4")
	if status := first.status(path + "/transitions"); status != 409 {
		t.Errorf("status %d, want 409", status)
	}
	if n := w.events(id); n != "4" {
		t.Errorf("%s events, want 4", n)
	}
	first.click(confirm)
	first.attr(headBadge, "data-state", "suspended")
	first.reads(testID("event"), "Third letter is out.")
}

func TestRefusedMoveKeepsTheNotes(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	p := w.serve().tab(t, "support")
	path := "/deployments/" + id.String()
	p.open(path)
	p.click(testID("action-pause"))
	p.fill(`[name="notes"]:not(#note-text)`, "Asked for by phone.")
	w.move(id, lifecycle.Cancel)
	p.click(confirm)
	p.reads(testID("kept-notes", "error"), "Nothing was changed: Mara Whitfield moved it to cancelled")
	p.until(`document.getElementById("kept").value === "Asked for by phone."`)
	p.click(testID("save-note"))
	p.reads(testID("timeline"), "Asked for by phone.")
	p.misses("dialog[open]")
	if n := w.events(id); n != "2" {
		t.Errorf("%s events, want 2", n)
	}
}

// A form that asks for what the map does not have is refused with the reason, and the page stays true.
func TestForgedMoves(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	c := w.serve()
	for who, want := range map[string]int{"viewer": 403, "billing": 422} {
		t.Run(who, func(t *testing.T) {
			p := c.tab(t, who)
			p.open("/deployments/" + id.String())
			action := "suspend"
			if who == "viewer" {
				action = "pause"
				p.misses(`[data-testid^="action-"]:not([data-testid="action-panel"])`)
				p.reads(testID("blocked-pause"), "Needs Support or Billing")
				p.misses(testID("note-form"))
			}
			status := js[int](p, `fetch(location.pathname + "/transitions", {method: "POST", body: new URLSearchParams({
				action: %s, version: 1, key: crypto.randomUUID(), reason: "", notes: ""})}).then(r => r.status)`, action)
			if status != want {
				t.Errorf("status %d, want %d", status, want)
			}
			if n := w.events(id); n != "1" {
				t.Errorf("%s events, want 1", n)
			}
		})
	}
}

func TestOneKeyOneEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	c := w.serve()
	both(t, c, "support", func(t *testing.T, p *tab) {
		id := w.deployment(tenant, "Shop "+t.Name(), lifecycle.Paused)
		p.open("/deployments/" + id.String())
		p.clicks(testID("action-resume"), 2)
		p.attr(headBadge, "data-state", "active")
		p.attr(testID("action-panel"), "data-version", "3")
		if n := w.events(id); n != "3" {
			t.Errorf("%s events after a double click, want 3", n)
		}
	})
	t.Run("resend", func(t *testing.T) {
		p, id := c.tab(t, "support"), w.deployment(tenant, "Resend", lifecycle.Active)
		p.open("/deployments/" + id.String())
		send := func(notes string) string {
			return js[string](p, `fetch(location.pathname + "/transitions", {method: "POST", body: new URLSearchParams({
				action: "pause", version: 1, key: "the same", reason: "seasonal", notes: %s})}).then(r => r.status + " " + r.url)`, notes)
		}
		first := send("a")
		if again := send("a"); again != first || !strings.HasPrefix(again, "200") {
			t.Errorf("the answers differ: %s, %s", first, again)
		}
		if other := send("b"); !strings.HasPrefix(other, "422") {
			t.Errorf("another body under the key: %s, want 422", other)
		}
		if n := w.events(id); n != "2" {
			t.Errorf("%s events, want 2", n)
		}
	})
}

func TestThePanelIsThePersons(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	both(t, w.serve(), "viewer", func(_ *testing.T, p *tab) {
		p.open("/deployments/" + id.String())
		p.reads(testID("person"), "Wen Adler")
		p.misses(testID("action-pause"))
		p.become("billing")
		p.open("/deployments/" + id.String())
		p.reads(testID("person"), "Ines Okafor")
		p.sees(testID("action-mark_past_due"))
	})
}

func TestNotes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	both(t, w.serve(), "operator", func(t *testing.T, p *tab) {
		id := w.deployment(tenant, "Shop "+t.Name(), lifecycle.Active)
		for _, path := range []string{"/deployments/" + id.String(), "/tenants/" + tenant.String()} {
			p.open(path)
			p.fill("#note-text", "Called back "+path)
			p.click(testID("add-note"))
			p.reads(testID("timeline"), "Called back "+path)
			p.value("#note-text", "")
		}
	})
}
