package main

import (
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
)

// Somebody edits the host name of what a run has built, is told what will happen, and watches DNS follow on the page of the deployment.
func TestDNSFollowsTheHostNameBeforeOnesEyes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	c, sim := clouded(t, w, cloudsim.Options{})
	p := c.tab(t, "support")
	p.order(tenant, "Web shop", "shop.apps.example")
	p.attr(headBadge, "data-state", "active")
	p.attr(testID("saga"), "data-status", "done")
	id := w.value(`SELECT id FROM cloud_deployments WHERE slug = 'web-shop'`)
	address := w.value(`SELECT host(address) FROM cloud_deployments WHERE slug = 'web-shop'`)
	p.open("/deployments/" + id + "/edit")
	p.reads("#hostname-hint", "When it changes, DNS will be pointed at "+address+" after saving, and the former name taken back.")
	p.fill("#hostname", "store.apps.example")
	sim.Inject(cloudsim.Fault{Operation: cloudsim.CreateRecord, Kind: cloudsim.Refuse, Message: "The zone is locked."})
	p.arrives(func() { p.click(testID("save")) })
	p.reads(testID("notice"), "Saved. DNS follows the host name now.")
	p.attr(testID("saga"), "data-status", "needs_operator")
	p.reads(testID("run-line"), "Active; DNS could not be pointed: needs an operator")
	p.reads(testID("run-now"), "The zone is locked.")
	sim.Clear()
	operator := c.tab(t, "operator")
	operator.open("/deployments/" + id)
	operator.click(testID("run-retry"))
	p.attr(testID("saga"), "data-status", "done")
	p.reads(testID("run-line"), "DNS pointed in")
	p.reads(step(lifecycle.StepDNS), "A record none to "+address)
	p.reads(step(lifecycle.StepUnpoint), "A record of shop.apps.example "+address+" to none")
	if led, left := len(sim.Records("store.apps.example")), len(sim.Records("shop.apps.example")); led != 1 || left != 0 {
		t.Errorf("%d records of the new name, %d of the former one", led, left)
	}
	p.open("/provisioning?kind=repoint&step=dns")
	p.misses(testID("run-row")) // it had trouble there, and is over without any
	p.open("/provisioning?kind=repoint")
	p.reads(testID("run-row"), "Web shop")
}

// What the console has not built has its DNS elsewhere: the form says so before, and the timeline after.
func TestDNSOfOthersIsLeftToPeople(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	w.placed(id)
	c, _ := clouded(t, w, cloudsim.Options{})
	p := c.tab(t, "support")
	p.open("/deployments/" + id.String() + "/edit")
	p.reads("#hostname-hint", "Point this name at 203.0.113.7 yourself: its DNS is not managed here.")
	p.fill("#hostname", "store.apps.example")
	p.arrives(func() { p.click(testID("save")) })
	p.reads(testID("timeline"), "to be pointed at 203.0.113.7 by hand")
	p.misses(testID("saga"))
}

// placed gives a deployment a machine that nobody here has built.
func (w *world) placed(id uuid.UUID) {
	w.t.Helper()
	_, err := w.owner.ExecContext(w.t.Context(), `UPDATE cloud_deployments SET droplet_id = 4711, address = '203.0.113.7', edit_version = edit_version + 1 WHERE id = $1`, id)
	if err != nil {
		w.t.Fatal(err)
	}
}
