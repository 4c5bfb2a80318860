package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// Each step forward of a run is heard by other processes, once; what its worker does to keep it is not.
func TestProgressOfARunIsHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := openStore(t, w.db.AppDSN, store.Options{Conns: 4, Provider: "test"})
	tenant := w.tenant("northwind")
	id := w.deployment(tenant, "shop")
	run := "00000000-0000-7000-8000-00000000000a"
	w.exec(`INSERT INTO runs (id, deployment_id, kind, spec, actor_kind, actor, actor_name) VALUES ('`+run+`', '`+id.String()+`', 'power_off', '{}', 'staff', 'a', 'A')`,
		`INSERT INTO run_steps (run_id, position, name, max_attempts, undo_max_attempts) VALUES ('`+run+`', 1, 'power', 3, 3)`)
	news := w.hear()
	heard := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := w.next(news); got.Kind != store.RunNews || got.DeploymentID.UUID != id || got.TenantID.UUID != tenant {
			t.Errorf("%s is heard as %v", what, got)
		}
		w.quiet(what, news)
	}
	taken, err := s.TakeRun(t.Context(), uuid.MustParse(run), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	w.quiet("who works on it", news)
	lease := *taken.Lease
	try := store.RunTry{Position: 1, Name: lifecycle.StepPower, Attempt: 1, Intent: "off"}
	heard("a try that begins", s.BeginTry(t.Context(), lease, try))
	if err := s.IntendRun(t.Context(), lease, 1, "off at once"); err != nil {
		t.Fatal(err)
	}
	w.quiet("what it is about to call", news)
	pause := store.RunPause{RunTry: try, RunTrouble: store.RunTrouble{Kind: "unknown", Message: "No answer."}, Wait: time.Minute}
	heard("a try that failed", s.PauseStep(t.Context(), lease, pause))
	w.exec(`UPDATE runs SET held_until = now() + interval '1 minute', held_by = id, token = token + 1 WHERE id = '` + run + `'`)
	w.quiet("who works on it", news)
}

// What one statement does to many is told once, as much.
func TestManyRunsAreHeardOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("northwind")
	for i := range 60 {
		w.deployment(tenant, "shop-"+string(rune('a'+i%26))+string(rune('a'+i/26)))
	}
	news := w.hear()
	w.exec(`INSERT INTO runs (id, deployment_id, kind, spec, actor_kind, actor, actor_name) SELECT id, id, 'power_off', '{}', 'staff', 'a', 'A' FROM cloud_deployments`)
	if got := w.next(news); got != (store.News{Kind: store.RunNews}) {
		t.Errorf("60 new runs are heard as %v", got)
	}
	w.quiet("60 new runs", news)
	w.exec(`UPDATE runs SET next_try_at = now()`)
	if got := w.next(news); got != (store.News{Kind: store.RunNews}) {
		t.Errorf("60 changed runs are heard as %v", got)
	}
	w.quiet("60 changed runs", news)
}

// A sweep is heard when it finds something and when it ends, by those who look at what sweeps find.
func TestSweepsAreHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := openStore(t, w.db.AppDSN, store.Options{Conns: 4, Provider: "test"})
	news := w.hear()
	heard := func(what string) {
		t.Helper()
		if got := w.next(news); got != (store.News{Kind: store.SweepNews}) {
			t.Errorf("%s is heard as %v", what, got)
		}
		w.quiet(what, news)
	}
	lease, due, err := s.BeginSweep(t.Context(), store.SweepStart{Origin: store.SweptByConsole, Every: time.Hour, Lease: time.Minute})
	if err != nil || !due {
		t.Fatalf("%v, %v", due, err)
	}
	w.quiet("a sweep that begins", news)
	judged, err := s.RecordSweep(t.Context(), lease, []store.SeenDroplet{{ID: 7, Name: "stray", CreatedAt: time.Now().Add(-time.Hour)}})
	if err != nil || len(judged) != 1 || judged[0].Verdict != lifecycle.KeepOnce {
		t.Fatalf("%+v, %v", judged, err)
	}
	heard("a finding")
	if _, err := s.EndSweep(t.Context(), lease, store.RunTrouble{}); err != nil {
		t.Fatal(err)
	}
	heard("the end of a sweep")
	if _, due, err := s.BeginSweep(t.Context(), store.SweepStart{Origin: store.SweptByConsole, Every: time.Hour, Lease: time.Minute}); due || err != nil {
		t.Errorf("due again at once: %v, %v", due, err)
	}
	if _, err := s.RecordSweep(t.Context(), lease, nil); !errors.Is(err, store.ErrFenced) {
		t.Errorf("under a lease that is over: %v", err)
	}
}
