package provisioning

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// old is a provider whose machines are two hours old when they are made, until its clock is moved forward.
func old(o cloudsim.Options) cloudsim.Options {
	o.Clock = func() time.Time { return time.Now().Add(-2 * time.Hour) }
	return o
}

func (w *world) sweeper() *Sweeper {
	return NewSweeper(Options{Store: w.Store, Cloud: w.cloud, Timing: swift, Log: slog.New(slog.DiscardHandler)})
}

func (w *world) sweep(t *testing.T) Swept {
	t.Helper()
	swept, err := w.sweeper().Sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return swept
}

// overRun is a deployment whose run was rolled back: the provider refused to build.
func (w *world) overRun(t *testing.T, name string) store.Run {
	t.Helper()
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.CreateDroplet, Kind: cloudsim.Refuse, Times: 1})
	id := w.begin(t, name)
	toEnd(t, w.engine(swift), w.run(t, id).ID)
	run := w.run(t, id)
	if run.Status != lifecycle.RunCompensated {
		t.Fatalf("the run is %s", run.Status)
	}
	return run
}

// stray makes a machine as a run makes it, and returns its number.
func (w *world) stray(t *testing.T, tags ...string) int64 {
	t.Helper()
	d, err := w.cloud.CreateDroplet(t.Context(), DropletSpec{
		Name: "lost", Region: "fra1", Size: "s-1vcpu-1gb", Image: "debian-12-x64", Tags: append([]string{ConsoleTag}, tags...),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d.ID
}

func (w *world) orphan(t *testing.T, run store.Run) int64 {
	t.Helper()
	return w.stray(t, DeploymentTag(run), RunTag(run))
}

func (w *world) finding(t *testing.T, id int64) store.Finding {
	t.Helper()
	f, err := w.GetFinding(t.Context(), id)
	if err != nil {
		t.Fatalf("finding of %d: %v", id, err)
	}
	return f
}

func (w *world) there(id int64) bool {
	return slices.ContainsFunc(w.sim.Droplets(""), func(d cloudsim.Droplet) bool { return d.ID == id })
}

func verdictOf(swept Swept, id int64) lifecycle.SweepVerdict {
	for _, d := range swept.Droplets {
		if d.ID == id {
			return d.Verdict
		}
	}
	return ""
}

func (w *world) decide(t *testing.T, id int64, d lifecycle.SweepDecision, note string) {
	t.Helper()
	acted, err := w.DecideFinding(t.Context(), store.FindingAct{Command: w.by(operator), DropletID: id, Decision: d, Notes: note})
	if err != nil || acted.Refusal != nil {
		t.Fatalf("decide %s about %d: %+v, %v", d, id, acted.Refusal, err)
	}
}

// revive makes a run that is over look like one that needs an operator, which no code can do.
func (w *world) revive(t *testing.T, id uuid.UUID) {
	t.Helper()
	w.exec(t, `ALTER TABLE runs DISABLE TRIGGER guard`)
	w.exec(t, `UPDATE runs SET status = 'needs_operator', finished_at = NULL WHERE id = $1`, id)
	w.exec(t, `ALTER TABLE runs ENABLE TRIGGER guard`)
}

func (w *world) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := w.owner.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
