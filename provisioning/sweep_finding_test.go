package provisioning

import (
	"errors"
	"testing"

	"arcadia.example/console/access"
	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// A provider that does not answer changes nothing, and the sweep says so.
func TestSweepWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	id := w.orphan(t, w.overRun(t, "shop"))
	w.sweep(t)
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.ListDroplets, Kind: cloudsim.Fail, Times: 1})
	_, err := w.sweeper().Sweep(t.Context())
	var fault *Fault
	if !errors.As(err, &fault) {
		t.Errorf("error %v", err)
	}
	if f := w.finding(t, id); f.Seen != 1 || f.Status != store.FindingOpen {
		t.Errorf("finding %+v", f)
	}
	found, err := w.ListFindings(t.Context())
	if err != nil || found.Newest.Error == "" || !found.Newest.FinishedAt.Valid || found.Total != 1 {
		t.Errorf("%+v, %v", found, err)
	}
}

// A machine of the inventory that the provider does not know is told, and nothing else. One without the tag is not missing.
func TestSweepFindsWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	for _, name := range []string{"shop", "blog"} {
		toEnd(t, w.engine(swift), w.run(t, w.begin(t, name)).ID)
	}
	w.exec(t, `UPDATE cloud_droplets SET registered_at = registered_at - interval '1 hour'`)
	lost := w.sim.Droplets("")[0].ID
	if err := w.cloud.DeleteDroplet(t.Context(), lost); err != nil {
		t.Fatal(err)
	}
	untagged, err := w.cloud.CreateDroplet(t.Context(), DropletSpec{
		Name: "plain", Region: "fra1", Size: "s-1vcpu-1gb", Image: "debian-12-x64", Tags: []string{"by-hand"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.exec(t, `INSERT INTO cloud_droplets (provider, droplet_id, deployment_id, registered_at)
SELECT provider, $1, deployment_id, registered_at FROM cloud_droplets LIMIT 1`, untagged.ID)
	swept := w.sweep(t)
	if len(swept.Missing) != 1 || swept.Missing[0].DropletID != lost || swept.Sweep.Asks != 1 {
		t.Errorf("missing %+v; %+v", swept.Missing, swept.Sweep)
	}
	if f := w.finding(t, lost); f.Verdict != lifecycle.SweepMissing || f.Status != store.FindingOpen || !f.DeploymentName.Valid {
		t.Errorf("finding %+v", f)
	}
	if n := w.value(t, `SELECT count(*) FROM cloud_deployments WHERE droplet_id = $1`, lost); n != "1" {
		t.Error("the deployment was changed")
	}
	w.decide(t, lost, lifecycle.SweepKeep, "known")
	if swept = w.sweep(t); swept.Sweep.Asks != 0 || swept.Sweep.Kept != 1 {
		t.Errorf("after it was left: %+v", swept.Sweep)
	}
	w.exec(t, `UPDATE cloud_droplets SET released_at = now() WHERE droplet_id = $1`, lost)
	if w.sweep(t); w.finding(t, lost).Status != store.FindingSettled {
		t.Errorf("after its release: %s", w.finding(t, lost).Status)
	}
}

// A dry run says what would be done, again and again, and does nothing.
func TestSweepPreview(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	id := w.orphan(t, w.overRun(t, "shop"))
	for range 3 {
		found, err := w.sweeper().Preview(t.Context())
		if err != nil || verdictOf(found, id) != lifecycle.KeepOnce {
			t.Errorf("%+v, %v", found, err)
		}
	}
	if _, err := w.GetFinding(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a dry run left a finding: %v", err)
	}
	w.sweep(t)
	if found, err := w.sweeper().Preview(t.Context()); err != nil || verdictOf(found, id) != lifecycle.SweepRemove || !w.there(id) {
		t.Errorf("%+v, %v", found, err)
	}
	if dry := w.value(t, `SELECT count(*) FILTER (WHERE dry) || ' of ' || count(*) FROM sweeps`); dry != "4 of 5" {
		t.Errorf("%s sweeps are dry", dry)
	}
}

// What the store answers to people.
func TestDecideFinding(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	id := w.stray(t)
	w.sweep(t)
	act := func(actor access.Actor, d lifecycle.SweepDecision, note, key string) (store.FindingActed, error) {
		return w.DecideFinding(t.Context(), store.FindingAct{Command: store.Command{Actor: actor, Key: key}, DropletID: id, Decision: d, Notes: note})
	}
	support := access.Actor{Kind: access.Staff, ID: "sue@arcadia.test", Name: "Sue", Roles: access.Support}
	for name, c := range map[string]struct {
		actor access.Actor
		d     lifecycle.SweepDecision
		note  string
		code  lifecycle.RefusalCode
	}{
		"support":        {support, lifecycle.SweepKeep, "why", lifecycle.Forbidden},
		"without a note": {operator, lifecycle.SweepKeep, "", lifecycle.NoteMissing},
		"too early":      {operator, lifecycle.SweepAway, "", lifecycle.RunStands},
	} {
		if acted, err := act(c.actor, c.d, c.note, "refused"); err != nil || acted.Refusal == nil || acted.Refusal.Code != c.code {
			t.Errorf("%s: %+v, %v", name, acted.Refusal, err)
		}
	}
	w.sweep(t)
	for range 2 {
		if acted, err := act(operator, lifecycle.SweepAway, "", "once"); err != nil || acted.Refusal != nil || acted.Finding.Decision != lifecycle.SweepAway {
			t.Errorf("%+v, %v", acted, err)
		}
	}
	if _, err := act(operator, lifecycle.SweepKeep, "no", "once"); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("another decision under the key: %v", err)
	}
	if n := w.value(t, `SELECT count(*) FROM activity WHERE kind = 'sweep_confirmed' AND actor = $1`, operator.ID); n != "1" {
		t.Errorf("%s deeds", n)
	}
	_, err := w.DecideFinding(t.Context(), store.FindingAct{Command: w.by(operator), DropletID: 1, Decision: lifecycle.SweepAway})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of no finding: %v", err)
	}
}
