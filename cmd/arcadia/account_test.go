package main

import (
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
)

// states are those of the deployments, in their order.
func (w *world) states(ids ...uuid.UUID) string {
	w.t.Helper()
	text := ""
	for _, id := range ids {
		text += string(w.get(id).State) + " "
	}
	return text
}

func TestAccountPauseAndExactResume(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.serveEmpty()
	both(t, c, "support", func(t *testing.T, p *tab) {
		tenant := w.tenant("Northwind " + t.Name())
		first, second := w.deployment(tenant, "First", lifecycle.Active), w.deployment(tenant, "Second", lifecycle.Active)
		before, due := w.deployment(tenant, "Before", lifecycle.Paused), w.deployment(tenant, "Due", lifecycle.PastDue)
		p.open("/tenants/" + tenant.String())
		p.reads(testID("standing"), "Payment is missing")
		p.click(testID("account-action-pause"))
		p.reads(testID("transition-form"), "Pause 2 deployments?")
		p.reads(testID("account-moves"), "First")
		p.reads(testID("account-stays"), "Due")
		p.reason(lifecycle.CustomerRequest)
		p.fill(`[data-testid="transition-form"] [name="notes"]`, "The whole firm is on holiday.")
		p.click(confirm)
		p.reads(testID("notice"), "2 deployments paused.")
		p.attr(row(first)+" "+testID("state-badge"), "data-state", "paused")
		if got := w.states(first, second, before, due); got != "paused paused paused past_due " {
			t.Errorf("after the pause: %s", got)
		}
		p.reads(testID("timeline"), "The whole firm is on holiday.")
		w.moveAs("support", second, lifecycle.Resume) // somebody moves one in between
		p.open("/tenants/" + tenant.String())
		p.click(testID("account-action-resume"))
		p.reads(testID("transition-form"), "Resume 1 deployment?")
		p.click(confirm)
		p.reads(testID("notice"), "1 deployment resumed.")
		if got := w.states(first, second, before, due); got != "active active paused past_due " {
			t.Errorf("after the resume: %s", got)
		}
		p.reads(testID("account-blocked-suspend"), "Needs Billing")
	})
}

func TestStaleAccountPreview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.serveEmpty()
	both(t, c, "billing", func(t *testing.T, p *tab) {
		tenant := w.tenant("Northwind " + t.Name())
		first, second := w.deployment(tenant, "First", lifecycle.PastDue), w.deployment(tenant, "Second", lifecycle.PastDue)
		path := "/tenants/" + tenant.String()
		p.open(path)
		p.click(testID("account-action-suspend"))
		p.reads(testID("transition-form"), "Suspend 2 deployments?")
		p.reads(testID("no-reverse"), "no exact reverse")
		p.reason(lifecycle.NonPayment)
		p.fill(`[data-testid="transition-form"] [name="notes"]`, "Third letter is out.")
		w.move(second, lifecycle.MarkPaid)
		p.click(confirm)
		p.reads(testID("transition-form", "error"), "The account changed since you looked. Nothing was moved")
		p.reads(testID("transition-form"), "Suspend 1 deployment?")
		p.value(`[data-testid="transition-form"] [name="notes"]`, "Third letter is out.")
		if status := p.status(path + "/transitions"); status != 409 {
			t.Errorf("status %d, want 409", status)
		}
		if got := w.states(first, second); got != "past_due active " {
			t.Errorf("something moved: %s", got)
		}
		p.until(`document.querySelector("[name=reason]:checked")?.value === "non_payment"`)
		p.click(confirm)
		p.reads(testID("notice"), "1 deployment suspended.")
		p.reads(testID("standing"), "Suspended: 1 of 2 live deployments")
	})
}
