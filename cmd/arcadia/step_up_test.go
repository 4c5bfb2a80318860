package main

import (
	"testing"

	"arcadia.example/console/internal/demo"
	"arcadia.example/console/lifecycle"
)

const proof = `[data-testid="step-up-form"]`

// prove fills in the form that asks for a fresh proof.
func (p *tab) prove(password string) {
	p.t.Helper()
	p.fill(proof+` [name="password"]`, password)
	p.click(proof + ` [data-testid="confirm"]`)
}

func TestArchiveWantsAFreshProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	both(t, w.serve(), "admin", func(t *testing.T, p *tab) {
		id := w.deployment(tenant, "Shop "+t.Name(), lifecycle.Cancelled)
		p.open("/deployments/" + id.String())
		w.staleProof(p)
		p.click(testID("action-archive"))
		p.prove("not the password")
		p.reads(proof, "This is not right. Nothing was done yet.")
		p.prove(demo.Password)
		p.reads(testID("transition-form"), "Archive Shop")
		p.reason(lifecycle.Other)
		p.fill(dialogNotes, "All data is handed over.")
		w.staleProof(p) // ten minutes passed over the notes
		p.click(confirm)
		p.reads(proof, "What you asked for is done right after.")
		if n := w.events(id); n != "2" {
			t.Errorf("%s events before the proof, want 2", n)
		}
		p.prove(demo.Password)
		p.attr(headBadge, "data-state", "archived")
		p.reads(testID("event"), "All data is handed over.")
		if n := w.events(id); n != "3" {
			t.Errorf("%s events, want 3", n)
		}
		p.misses("dialog[open]")
	})
}

// An account move asks before the preview, so that nothing typed waits.
func TestAccountMoveWantsAFreshProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.serveEmpty()
	both(t, c, "support", func(t *testing.T, p *tab) {
		tenant := w.tenant("Northwind " + t.Name())
		id := w.deployment(tenant, "First", lifecycle.Active)
		p.open("/tenants/" + tenant.String())
		w.staleProof(p)
		p.click(testID("account-action-pause"))
		p.prove(demo.Password)
		p.reads(testID("transition-form"), "Pause 1 deployment?")
		p.reason(lifecycle.CustomerRequest)
		p.click(confirm)
		p.reads(testID("notice"), "1 deployment paused.")
		if n := w.events(id); n != "2" {
			t.Errorf("%s events, want 2", n)
		}
	})
}

// A change of staff that waits for the proof is carried out as it was sent.
func TestStaffChangeWantsAFreshProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	both(t, w.serveEmpty(), "admin", func(t *testing.T, p *tab) {
		p.open("/settings/staff/" + w.person("viewer").ID.String())
		w.staleProof(p)
		p.fill(`[data-testid="staff-form"] [name="name"]`, "Wen "+t.Name())
		p.arrives(func() { p.click(testID("save")) })
		p.reads(proof, "What you asked for is done right after.")
		p.arrives(func() { p.prove(demo.Password) })
		p.reads("h1", "Wen "+t.Name())
		if name := w.person("viewer").Name; name != "Wen "+t.Name() {
			t.Errorf("the name is %s", name)
		}
	})
}

// The form is closed by Esc and by its button, and then nothing was asked for.
func TestStepUpIsDismissed(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Cancelled)
	p := w.serve().tab(t, "admin")
	p.open("/deployments/" + id.String())
	w.staleProof(p)
	for _, close := range []func(){func() { p.press("\x1b") }, func() { p.click(proof + " " + testID("dismiss")) }} {
		p.click(testID("action-archive"))
		p.sees(proof)
		close()
		p.misses("dialog[open]")
	}
	if n := w.events(id); n != "2" {
		t.Errorf("%s events, want 2", n)
	}
}

// Who may not do it is told so, and not asked to prove anything for it.
func TestStepUpIsNotAskedOfWhoMayNot(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Cancelled)
	p := w.serve().tab(t, "support")
	p.open("/deployments/" + id.String())
	w.staleProof(p)
	p.open("/deployments/" + id.String() + "/transitions/archive")
	p.misses(proof)
	p.reads("main", "Admin")
}
