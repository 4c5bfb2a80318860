package provisioning

import (
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

var quietLog = slog.New(slog.DiscardHandler)

// The matrix has all that it should have, each once.
func TestTheMatrixIsWhole(t *testing.T) {
	t.Parallel()
	want := map[cell]bool{}
	for step, faults := range map[lifecycle.StepName][]fault{
		lifecycle.StepCreate: outsideFaults, lifecycle.StepWait: outsideFaults, lifecycle.StepDNS: outsideFaults,
		lifecycle.StepMark: localFaults, lifecycle.StepRegister: localFaults, lifecycle.StepLink: localFaults, lifecycle.StepActivate: localFaults,
	} {
		for _, f := range faults {
			for _, how := range []compensation{works, failsOnce, failsAlways} {
				want[cell{trial{step: step, fault: f}, how}] = true
			}
		}
	}
	all := cells()
	if len(all) != 117 || len(want) != 117 {
		t.Errorf("%d cells of %d", len(all), len(want))
	}
	for _, c := range all {
		key := cell{trial{step: c.step, fault: c.fault}, c.compensation}
		if !want[key] {
			t.Errorf("%s: twice, or of another matrix", c.name())
		}
		delete(want, key)
	}
}

// However a run is hurt, and whatever its undoing meets, it ends; no droplet is left that nobody answers for; the host name has its new
// address or exactly what it had; each move is one event.
func TestEveryCellOfTheMatrix(t *testing.T) {
	t.Parallel()
	playAll(t, cells())
}

// A run gets over every fault that is not final, and the fault has no second effect.
func TestEveryFaultAlone(t *testing.T) {
	t.Parallel()
	playAll(t, alone())
}

// playAll plays the cells at the same time, in one database and against one provider: most of their time they wait.
func playAll(t *testing.T, all []cell) {
	t.Helper()
	const atOnce = 60
	w := newWorld(t, cloudsim.Options{Activation: 60 * time.Millisecond, Listing: 50 * time.Millisecond, Showing: 30 * time.Millisecond})
	played, slots := make([]*scene, len(all)), make(chan struct{}, atOnce)
	failures := make([]error, len(all))
	var group sync.WaitGroup
	for i, c := range all {
		s, err := w.stage(t.Context(), c, i)
		if err != nil {
			t.Fatal(err)
		}
		played[i] = s
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			failures[i] = s.play(t.Context())
		})
	}
	group.Wait()
	for i, s := range played {
		t.Run(s.name(), func(t *testing.T) {
			if failures[i] != nil {
				t.Error(failures[i])
			}
			s.judge(t)
		})
	}
}

// judge compares what is left with what may be left.
func (s *scene) judge(t *testing.T) {
	t.Helper()
	run := s.w.run(t, s.id)
	if run.Status != s.ends() {
		t.Errorf("ends %s, want %s: %s at %s, %s", run.Status, s.ends(), run.ErrorKind, run.ErrorStep, run.Error)
	}
	if !s.struck {
		t.Error("the fault did not happen")
	}
	if s.compensation == failsOnce && s.undoes && !s.failed {
		t.Error("no compensation failed")
	}
	s.judgeDroplets(t, run)
	s.judgeRecords(t, run)
	s.judgeDeployment(t, run)
	s.judgeSteps(t, run)
}

func (s *scene) judgeDroplets(t *testing.T, run store.Run) {
	t.Helper()
	alive := s.w.sim.Droplets(DeploymentTag(run))
	linked := s.w.value(t, `SELECT coalesce(droplet_id, 0) FROM cloud_deployments WHERE id = $1`, s.id)
	registered := s.w.value(t, `SELECT coalesce(string_agg(droplet_id::text, ',' ORDER BY droplet_id), '0') FROM cloud_droplets
		WHERE deployment_id = $1 AND released_at IS NULL`, s.id)
	for _, d := range alive {
		id := strconv.FormatInt(d.ID, 10)
		if named := run.Status == lifecycle.RunNeedsOperator && run.DropletID.Int64 == d.ID; id != linked && !named {
			t.Errorf("droplet %d is nobody's: linked %s, run %s names %d", d.ID, linked, run.Status, run.DropletID.Int64)
		}
	}
	switch id := strconv.FormatInt(run.DropletID.Int64, 10); {
	case run.Status == done && (len(alive) != 1 || linked != id || registered != id):
		t.Errorf("done with %d droplets, linked %s, registered %s", len(alive), linked, registered)
	case run.Status == compensated && (len(alive) != 0 || linked != "0" || registered != "0"):
		t.Errorf("rolled back with %d droplets, linked %s, registered %s", len(alive), linked, registered)
	case run.Status == lifecycle.RunNeedsOperator && len(alive) > 1:
		t.Errorf("%d droplets", len(alive))
	}
	if n := s.effects(cloudsim.CreateDroplet); s.creates >= 0 && n != s.creates { // in a storm there may be more, and they are removed
		t.Errorf("%d droplets were made, want %d", n, s.creates)
	}
}

// effects counts the calls by which something changed for the scene.
func (s *scene) effects(operations ...cloudsim.Operation) int {
	n := 0
	for _, call := range s.w.sim.Journal() {
		for _, o := range operations {
			if call.Operation == o && call.Effect && contains(call.About, s.hostname) {
				n++
			}
		}
	}
	return n
}

func contains(list []string, s string) bool {
	for _, other := range list {
		if other == s {
			return true
		}
	}
	return false
}

func (s *scene) judgeRecords(t *testing.T, run store.Run) {
	t.Helper()
	now := ""
	for _, r := range s.w.sim.Records(s.hostname) {
		now += r.Value + " " + strconv.Itoa(int(r.TTL)) + ";"
	}
	before := ""
	if s.old {
		before = oldAddress + " 3600;"
	}
	after := ""
	for _, d := range s.w.sim.Droplets(DeploymentTag(run)) {
		after = d.Address.String() + " 300;"
	}
	switch {
	case run.Status == done && now != after:
		t.Errorf("points at %q, want %q", now, after)
	case run.Status == compensated && now != before:
		t.Errorf("points at %q, want %q again", now, before)
	case now != after && now != before:
		t.Errorf("points at %q, want %q or %q", now, after, before)
	}
	if n := s.effects(cloudsim.CreateRecord, cloudsim.EditRecord, cloudsim.DeleteRecord); n > 3 { // the old one, ours, the old one again
		t.Errorf("%d changes of the zone", n)
	}
}

func (s *scene) judgeDeployment(t *testing.T, run store.Run) {
	t.Helper()
	got := s.w.value(t, `SELECT d.state || ' ' || d.version || ' ' || string_agg(e.reason || ' by ' || e.actor, ', ' ORDER BY e.version)
		FROM cloud_deployments d JOIN cloud_deployment_events e ON e.deployment_id = d.id WHERE d.id = $1 GROUP BY d.id`, s.id)
	want := "cancelled 2 created by ola@arcadia.test, provisioning_failed by provisioning"
	switch {
	case run.Status == done:
		want = "active 2 created by ola@arcadia.test, provisioned by provisioning"
	case s.then == isAborted:
		want = "cancelled 2 created by ola@arcadia.test, customer_request by ola@arcadia.test"
	}
	if got != want {
		t.Errorf("deployment: %s, want %s", got, want)
	}
	edits := s.w.value(t, `SELECT count(*) FROM cloud_edits WHERE deployment_id = $1 AND actor_kind = 'system'`, s.id)
	linked := stepNamed(run, lifecycle.StepLink)
	if want := map[bool]string{true: "1", false: "0"}[linked.FinishedAt.Valid]; run.Status == done && edits != want {
		t.Errorf("%s edits, want %s", edits, want)
	}
}

func stepNamed(run store.Run, name lifecycle.StepName) store.RunStep {
	for _, s := range run.Steps {
		if s.Name == name {
			return s
		}
	}
	return store.RunStep{}
}

func (s *scene) judgeSteps(t *testing.T, run store.Run) {
	t.Helper()
	hurt := stepNamed(run, s.cell.step)
	if s.fault == status429 && hurt.Attempt > 1 {
		t.Errorf("a limit cost %d tries", hurt.Attempt-1)
	}
	for _, step := range run.Steps {
		if step.Attempt > step.MaxAttempts || step.UndoAttempt > step.UndoMaxAttempts {
			t.Errorf("step %s: %d tries, %d to undo it", step.Name, step.Attempt, step.UndoAttempt)
		}
		if run.Status == compensated && step.Attempt > 0 && step.Status != compensated {
			t.Errorf("step %s is %s", step.Name, step.Status)
		}
	}
	if run.HeldBy.Valid && run.Status != done {
		t.Error("the run is held by somebody")
	}
}
