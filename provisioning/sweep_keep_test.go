package provisioning

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// ageless is a provider whose times cannot be read.
type ageless struct{ Cloud }

func (c ageless) ListDroplets(ctx context.Context, tag string) ([]Droplet, error) {
	droplets, err := c.Cloud.ListDroplets(ctx, tag)
	for i := range droplets {
		droplets[i].CreatedAt = time.Time{}
	}
	return droplets, err
}

// A machine of which nobody knows how old it is may have been made just now.
func TestSweepKeepsWhatHasNoAge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	id := w.orphan(t, w.overRun(t, "shop"))
	w.cloud = ageless{w.cloud}
	for range 3 {
		if v := verdictOf(w.sweep(t), id); v != lifecycle.KeepYoung || !w.there(id) {
			t.Errorf("verdict %s", v)
		}
	}
}

// What is kept, however often it is seen.
func TestSweepKeeps(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	over, other := w.overRun(t, "over"), w.overRun(t, "other")
	waiting := w.run(t, w.begin(t, "waiting"))
	troubled := w.overRun(t, "troubled")
	built := w.begin(t, "built")
	toEnd(t, w.engine(swift), w.run(t, built).ID)
	linked := w.run(t, built).DropletID.Int64
	// Seen before the first sweep; then 29 minutes are not enough, and 31 are.
	want := map[int64]lifecycle.SweepVerdict{
		linked:               lifecycle.KeepLinked,
		w.orphan(t, waiting): lifecycle.KeepLive,
		w.stray(t, DeploymentTag(over), "run-"+uuid.NewString()): lifecycle.KeepUnknown,
		w.stray(t, "dep-"+uuid.NewString(), RunTag(over)):        lifecycle.KeepUnknown,
		w.stray(t, DeploymentTag(over), RunTag(other)):           lifecycle.KeepUnknown,
		w.stray(t): lifecycle.KeepUnknown,
		w.stray(t, DeploymentTag(over), DeploymentTag(other), RunTag(over)): lifecycle.KeepUnknown,
	}
	registered := w.orphan(t, over)
	want[registered] = lifecycle.KeepRegistered
	w.exec(t, `INSERT INTO cloud_droplets (provider, droplet_id, deployment_id) VALUES ('digitalocean', $1, $2)`, registered, over.DeploymentID)
	w.sim.Advance(2*time.Hour - 31*time.Minute)
	ripe := w.orphan(t, over)
	w.sim.Advance(2 * time.Minute)
	young := w.orphan(t, over)
	want[ripe], want[young] = lifecycle.SweepRemove, lifecycle.KeepYoung
	needing := w.orphan(t, troubled)
	want[needing] = lifecycle.KeepOperator
	w.revive(t, troubled.ID)

	w.sweep(t)
	swept := w.sweep(t)
	for id, verdict := range want {
		if got := verdictOf(swept, id); got != verdict {
			t.Errorf("droplet %d: %s, want %s", id, got, verdict)
		}
		if w.there(id) != (verdict != lifecycle.SweepRemove) {
			t.Errorf("droplet %d (%s) is there: %v", id, verdict, w.there(id))
		}
	}
	if swept.Sweep.Asks != 6 || swept.Asks() != 6 {
		t.Errorf("%d ask, and %d", swept.Sweep.Asks, swept.Asks())
	}
	// By a person's word, what is unknown and what is registered go; the inventory knows.
	w.decide(t, registered, lifecycle.SweepAway, "")
	if swept = w.sweep(t); !slices.Equal(swept.Removed, []int64{registered}) {
		t.Errorf("by a person's word: %v", swept.Removed)
	}
	if released := w.value(t, `SELECT released_at IS NOT NULL FROM cloud_droplets WHERE droplet_id = $1`, registered); released != "true" {
		t.Error("the inventory still has it")
	}
}

// linking links a machine to a deployment at the last moment.
type linking struct {
	*store.Store
	link func()
}

func (s linking) BeginRemoval(ctx context.Context, l store.SweepLease, d store.SeenDroplet) (lifecycle.SweepVerdict, error) {
	s.link()
	return s.Store.BeginRemoval(ctx, l, d)
}

func TestSweepKeepsWhatWasLinkedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	run := w.overRun(t, "shop")
	id := w.orphan(t, run)
	w.sweep(t)
	sweeper := w.sweeper()
	sweeper.store = linking{w.Store, func() {
		w.exec(t, `UPDATE cloud_deployments SET droplet_id = $1, edit_version = edit_version + 1 WHERE id = $2`, id, run.DeploymentID)
	}}
	swept, err := sweeper.Sweep(t.Context())
	if err != nil || len(swept.Removed) != 0 || verdictOf(swept, id) != lifecycle.KeepLinked || w.sim.Calls(cloudsim.DeleteDroplet) != 0 {
		t.Errorf("%+v, %v, %d calls", swept, err, w.sim.Calls(cloudsim.DeleteDroplet))
	}
	if f := w.finding(t, id); f.Status != store.FindingSettled {
		t.Errorf("finding %s", f.Status)
	}
}

// A machine that the provider did not know for a while, and that somebody took from its deployment by “Mark as cleaned”, may stand there
// again with all its customer's data: a sweep asks before it destroys that.
func TestSweepAsksBeforeItRemovesWhatWasInUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	id := w.begin(t, "shop")
	toEnd(t, w.engine(swift), w.run(t, id).ID)
	droplet := w.run(t, id).DropletID.Int64
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.GetDroplet, Kind: cloudsim.Refuse, Status: http.StatusNotFound})
	w.move(t, id, lifecycle.Pause)
	toEnd(t, w.engine(swift), w.run(t, id).ID)
	run := w.run(t, id)
	if run.Kind != lifecycle.PowerOff || run.Status != lifecycle.RunNeedsOperator {
		t.Fatalf("%+v", run)
	}
	acted, err := w.ActOnRun(t.Context(), store.RunAct{Command: w.by(operator), RunID: run.ID, Action: lifecycle.RunClean, Notes: "Cleared."})
	if err != nil || acted.Refusal != nil {
		t.Fatalf("%+v, %v", acted, err)
	}
	w.sim.Clear()
	w.sweep(t)
	swept := w.sweep(t)
	if !w.there(droplet) || verdictOf(swept, droplet) != lifecycle.KeepRegistered || !w.finding(t, droplet).Verdict.Asks() {
		t.Errorf("there %t: %+v", w.there(droplet), swept)
	}
	w.decide(t, droplet, lifecycle.SweepAway, "")
	if w.sweep(t); w.there(droplet) {
		t.Error("what somebody decided is not done")
	}
}
