package store_test

import (
	"errors"
	"testing"
	"time"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// A process that was not given the provider's token starts the same runs as those that were, and leaves them to these; before anybody has
// a provider nobody starts any, for nobody would do them.
func TestRunsAreStartedWhereverAProviderIs(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	with := w.Store
	w.Store = openStore(t, w.db.AppDSN, store.Options{Conns: 4})
	shop, blog := w.placed("shop", lifecycle.Active), w.placed("blog", lifecycle.Active)
	w.move(shop, lifecycle.Pause)
	if has, err := w.HasProvider(t.Context()); has || err != nil || w.runs(shop) != "" || w.jobs() != "0" || w.get(shop).Provider {
		t.Fatalf("where nobody has a provider: %t, %v, runs %q, %s jobs, %+v", has, err, w.runs(shop), w.jobs(), w.get(shop))
	}
	for range 2 { // each process says so when it starts
		if err := with.AnnounceProvider(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if has, err := w.HasProvider(t.Context()); !has || err != nil || !w.get(shop).Provider {
		t.Errorf("%t, %v, %+v", has, err, w.get(shop))
	}
	w.move(shop, lifecycle.Resume)
	if run := w.newest(shop); w.runs(shop) != "power_on waiting" || w.jobs() != "1" || run.DropletID.Int64 == 0 {
		t.Errorf("runs %q, %s jobs, %+v", w.runs(shop), w.jobs(), run)
	}
	preview, err := w.PreviewAccount(t.Context(), billing, w.tenant, lifecycle.Pause)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range preview.Lines {
		if line.Subject().Machine() != lifecycle.MachineFollows {
			t.Errorf("%s: machine %d", line.Slug, line.Subject().Machine())
		}
	}
	moved, err := w.MoveAccount(t.Context(), store.AccountMove{Command: w.by(billing), TenantID: w.tenant, Action: lifecycle.Pause, PreviewID: preview.ID})
	if err != nil || moved.Moved != 2 || w.runs(blog) != "power_off waiting" {
		t.Errorf("%+v, %v, runs %q", moved, err, w.runs(blog))
	}
	if counts, err := w.GetCounts(t.Context()); err != nil || !counts.Provider || counts.Runs != 2 {
		t.Errorf("%+v, %v", counts, err)
	}
	if taken, err := with.TakeRun(t.Context(), w.newest(blog).ID, time.Minute); err != nil || taken.Lease == nil {
		t.Errorf("one with a provider takes it: %+v, %v", taken, err)
	}
}

// What is gone is built anew, too, by whoever has a provider.
func TestRebuildingIsAskedForAnywhere(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.built("shop")
	if err := w.FinishCompensation(t.Context(), w.hold(w.newest(id).ID)); err != nil {
		t.Fatal(err)
	}
	with := w.Store
	w.Store = openStore(t, w.db.AppDSN, store.Options{Conns: 2})
	if moved, err := w.Transition(t.Context(), w.ask(billing, id, lifecycle.Reactivate)); err != nil || moved.Refusal == nil || moved.Refusal.Code != lifecycle.NoProvider {
		t.Errorf("where nobody has a provider: %+v, %v", moved, err)
	}
	if err := with.AnnounceProvider(t.Context()); err != nil {
		t.Fatal(err)
	}
	if moved, err := w.Transition(t.Context(), w.ask(billing, id, lifecycle.Reactivate)); err != nil || moved.Verdict != lifecycle.Begun {
		t.Errorf("%+v, %v", moved, err)
	}
	if got := w.runs(id); got != "provision compensated, reactivate waiting" {
		t.Errorf("runs %s", got)
	}
}

// Whoever has no provider announces none, and builds nothing where there is none.
func TestWithoutAProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.AnnounceProvider(t.Context()); !errors.Is(err, store.ErrNoProvider) {
		t.Errorf("announced: %v", err)
	}
	tenant := w.tenant("harbour")
	w.unchanged("built without a provider", func() {
		_, err := w.CreateDeployment(t.Context(), store.NewDeployment{Command: w.by(support), TenantID: tenant, Fields: deploymentFields("shop"), Provision: true})
		if !errors.Is(err, store.ErrNoProvider) {
			t.Errorf("%v", err)
		}
	})
	if counts, err := w.GetCounts(t.Context()); err != nil || counts.Provider {
		t.Errorf("%+v, %v", counts, err)
	}
}

// What sweeps found is seen and decided about in every process.
func TestFindingsAreDecidedAnywhere(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	lease, _, err := w.BeginSweep(t.Context(), store.SweepStart{Origin: store.SweptByCommand, Lease: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.RecordSweep(t.Context(), lease, []store.SeenDroplet{{ID: 7, Name: "lost", CreatedAt: time.Now().Add(-time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	if err := w.AnnounceProvider(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Store = openStore(t, w.db.AppDSN, store.Options{Conns: 2})
	if found, err := w.ListFindings(t.Context()); err != nil || found.Total != 1 || len(found.Rows) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	acted, err := w.DecideFinding(t.Context(), store.FindingAct{Command: w.by(operator), DropletID: 7, Decision: lifecycle.SweepKeep, Notes: "Ours."})
	if err != nil || acted.Refusal != nil || acted.Finding.Decision != lifecycle.SweepKeep {
		t.Errorf("%+v, %v", acted, err)
	}
}
