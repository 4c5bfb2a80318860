package provisioning

import (
	"testing"
	"time"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
)

// From waiting to done: one droplet, registered, linked, pointed at, and active by one event.
func TestARunBuilds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{Activation: 60 * time.Millisecond, Listing: 40 * time.Millisecond, Showing: 20 * time.Millisecond})
	id := w.begin(t, "shop")
	w.start(t, Options{Timing: swift})
	run := w.settled(t, id)
	if run.Status != lifecycle.RunDone || run.Step != "" || !run.FinishedAt.Valid || !run.StartedAt.Valid || run.HeldBy.Valid || run.Error != "" {
		t.Errorf("run %+v", run)
	}
	for _, s := range run.Steps {
		if s.Status != lifecycle.RunDone || s.Attempt != 1 || !s.StartedAt.Valid || !s.FinishedAt.Valid {
			t.Errorf("step %+v", s)
		}
	}
	droplets, records := w.sim.Droplets(""), w.sim.Records("shop."+zone)
	if len(droplets) != 1 || len(records) != 1 {
		t.Fatalf("droplets %+v, records %+v", droplets, records)
	}
	d, err := w.GetDeployment(t.Context(), id)
	if err != nil || d.State != lifecycle.Active || d.Version != 2 || d.DropletID.Int64 != droplets[0].ID || d.Address.String != records[0].Value ||
		d.EditVersion != 2 || d.LastReason != lifecycle.Provisioned || d.LastActor != "Provisioning" {
		t.Errorf("deployment %+v, %v", d, err)
	}
	if got := w.value(t, `SELECT concat_ws(' ', provider, droplet_id = $1, deployment_id = $2, host(address), released_at IS NULL) FROM cloud_droplets`,
		droplets[0].ID, id); got != "digitalocean t t "+records[0].Value+" t" {
		t.Errorf("inventory: %s", got)
	}
	if got := w.value(t, `SELECT string_agg(changes::text, ';') FROM cloud_edits WHERE deployment_id = $1 AND actor_kind = 'system'`, id); got == "" {
		t.Error("the timeline does not show the droplet")
	}
}
