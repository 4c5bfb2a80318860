package provisioning

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// The answer to a creation is lost, and the provider lists the machine only after the run has looked long enough and made
// another one. Nobody knows the first one but the sweeper.
func TestSweepRemovesWhatWasListedTooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{Listing: time.Minute}))
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.CreateDroplet, Kind: cloudsim.ResetAfter, Times: 1})
	id := w.begin(t, "shop")
	toEnd(t, w.engine(swift), w.run(t, id).ID)
	run := w.run(t, id)
	droplets := w.sim.Droplets("")
	if run.Status != lifecycle.RunDone || len(droplets) != 2 {
		t.Fatalf("the run is %s, with %d droplets", run.Status, len(droplets))
	}
	lost := droplets[0].ID
	if swept := w.sweep(t); len(swept.Droplets) != 0 {
		t.Errorf("listed at once: %+v", swept.Droplets)
	}
	w.sim.Advance(time.Minute)
	first := w.sweep(t)
	if v := verdictOf(first, lost); v != lifecycle.KeepOnce || !w.there(lost) {
		t.Errorf("at first sight: %s", v)
	}
	if v := verdictOf(first, run.DropletID.Int64); v != lifecycle.KeepLinked {
		t.Errorf("the deployment's machine: %s", v)
	}
	second := w.sweep(t)
	if !slices.Equal(second.Removed, []int64{lost}) || second.Sweep.Removed != 1 || w.there(lost) || !w.there(run.DropletID.Int64) {
		t.Errorf("removed %v; %+v", second.Removed, second.Sweep)
	}
	if f := w.finding(t, lost); f.Status != store.FindingRemoved || !f.RemovedAt.Valid {
		t.Errorf("finding %+v", f)
	}
	deed := w.value(t, `SELECT actor_kind || ' ' || actor || ' ' || object_id || ' ' || changes::text FROM activity WHERE kind = 'droplet_swept'`)
	if !strings.HasPrefix(deed, "system sweeper "+id.String()) || !strings.Contains(deed, fmt.Sprint(lost)) {
		t.Errorf("deed %s", deed)
	}
	if third := w.sweep(t); len(third.Removed) != 0 || third.Sweep.Kept != 0 {
		t.Errorf("then %+v", third.Sweep)
	}
}

// Five go by themselves, then a person is asked; until the person has decided about all, nothing more goes by itself.
func TestSweepAsksAfterFive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	run := w.overRun(t, "shop")
	var all []int64
	for range 8 {
		all = append(all, w.orphan(t, run))
	}
	w.sweep(t)
	swept := w.sweep(t)
	if !slices.Equal(swept.Removed, all[:5]) || swept.Sweep.Asks != 3 {
		t.Errorf("removed %v, %d ask", swept.Removed, swept.Sweep.Asks)
	}
	later := w.orphan(t, run)
	w.sweep(t)
	if swept = w.sweep(t); len(swept.Removed) != 0 || verdictOf(swept, later) != lifecycle.KeepLimit || swept.Sweep.Asks != 4 {
		t.Errorf("while a person is asked: removed %v, the new one %s", swept.Removed, verdictOf(swept, later))
	}
	for _, id := range all[5:7] {
		w.decide(t, id, lifecycle.SweepAway, "")
	}
	if swept = w.sweep(t); !slices.Equal(swept.Removed, all[5:7]) {
		t.Errorf("by a person's word: %v", swept.Removed)
	}
	if who := w.value(t, `SELECT count(*) FROM activity WHERE kind = 'droplet_swept' AND changes::text LIKE '%Ola%'`); who != "2" {
		t.Errorf("%s deeds name who asked", who)
	}
	w.decide(t, all[7], lifecycle.SweepKeep, "taken over by hand")
	w.decide(t, later, lifecycle.SweepKeep, "the same")
	next := w.orphan(t, run)
	w.sweep(t)
	if swept = w.sweep(t); !slices.Equal(swept.Removed, []int64{next}) || !w.there(all[7]) || !w.there(later) || swept.Sweep.Asks != 0 {
		t.Errorf("after all was decided: %v, %d ask", swept.Removed, swept.Sweep.Asks)
	}
}

func TestSweepWhoseDeletionsFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	id := w.orphan(t, w.overRun(t, "shop"))
	w.sweep(t)
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.DeleteDroplet, Kind: cloudsim.Fail, Message: "It is on fire."})
	for try := 1; try <= 3; try++ {
		if swept := w.sweep(t); len(swept.Failed) != 1 || len(swept.Removed) != 0 {
			t.Fatalf("try %d: %+v", try, swept)
		}
	}
	f := w.finding(t, id)
	if f.Verdict != lifecycle.KeepFailing || f.Failed != 3 || !strings.Contains(f.Error, "on fire") || f.Status != store.FindingRemoving {
		t.Errorf("finding %+v", f)
	}
	calls := w.sim.Calls(cloudsim.DeleteDroplet)
	if swept := w.sweep(t); swept.Sweep.Asks != 1 || w.sim.Calls(cloudsim.DeleteDroplet) != calls {
		t.Errorf("after three tries: %+v", swept.Sweep)
	}
	w.sim.Clear()
	w.decide(t, id, lifecycle.SweepAway, "")
	if swept := w.sweep(t); !slices.Equal(swept.Removed, []int64{id}) {
		t.Errorf("by a person's word: %+v", swept)
	}
}

// The provider removes it, and the answer is lost: the next sweep sees that it is gone and says so.
func TestSweepWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	for _, kind := range []cloudsim.FaultKind{cloudsim.FailAfter, cloudsim.ResetAfter, cloudsim.HangAfter} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, old(cloudsim.Options{}))
			id := w.orphan(t, w.overRun(t, "shop"))
			w.sweep(t)
			w.sim.Inject(cloudsim.Fault{Operation: cloudsim.DeleteDroplet, Kind: kind})
			if swept := w.sweep(t); len(swept.Removed) != 0 || w.there(id) || w.finding(t, id).Status != store.FindingRemoving {
				t.Errorf("%+v, %s", swept, w.finding(t, id).Status)
			}
			if swept := w.sweep(t); swept.Sweep.Removed != 1 || w.finding(t, id).Status != store.FindingRemoved {
				t.Errorf("then %+v, %s", swept.Sweep, w.finding(t, id).Status)
			}
			if n := w.value(t, `SELECT count(*) FROM activity WHERE kind = 'droplet_swept'`); n != "1" {
				t.Errorf("%s deeds", n)
			}
		})
	}
}

// Of what is gone already the deletion is a success; a provider that asks to wait is left alone until the next sweep.
func TestSweepGoneAndLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	run := w.overRun(t, "shop")
	gone, limited, last := w.orphan(t, run), w.orphan(t, run), w.orphan(t, run)
	w.sweep(t)
	w.sim.Inject(
		cloudsim.Fault{Operation: cloudsim.DeleteDroplet, Kind: cloudsim.Refuse, Status: http.StatusNotFound, Times: 1},
		cloudsim.Fault{Operation: cloudsim.DeleteDroplet, Kind: cloudsim.Limit, Times: 1, About: fmt.Sprint(limited)},
	)
	swept := w.sweep(t)
	if !slices.Equal(swept.Removed, []int64{gone}) || swept.Failed[limited] == nil || !w.there(last) {
		t.Errorf("%+v", swept)
	}
	if calls := w.sim.Calls(cloudsim.DeleteDroplet); calls != 2 {
		t.Errorf("%d calls", calls)
	}
	if swept = w.sweep(t); len(swept.Removed) != 2 {
		t.Errorf("then %v", swept.Removed)
	}
}
