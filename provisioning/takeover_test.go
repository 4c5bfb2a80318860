package provisioning

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// silent is a cloud whose first creation comes back only when it is let go: its process is thought dead meanwhile.
type silent struct {
	Cloud
	called, letGo chan struct{}
	once          *sync.Once
}

func (c silent) CreateDroplet(ctx context.Context, spec DropletSpec) (Droplet, error) {
	d, err := c.Cloud.CreateDroplet(ctx, spec)
	c.once.Do(func() {
		close(c.called)
		<-c.letGo
	})
	return d, err
}

// A process that comes back after its run was taken over writes nothing, and the run has one droplet.
func TestWhoWasTakenOverWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{Listing: 50 * time.Millisecond})
	id := w.begin(t, "shop")
	run := w.run(t, id)
	timing := swift
	timing.ListGrace = 300 * time.Millisecond
	first := w.engine(timing)
	cloud := silent{w.cloud, make(chan struct{}), make(chan struct{}), new(sync.Once)}
	first.cloud = cloud
	late := make(chan error, 1)
	go func() {
		_, err := first.work(t.Context(), run.ID, nil)
		late <- err
	}()
	<-cloud.called
	second := w.engine(timing)
	if n, err := second.work(t.Context(), run.ID, nil); err != nil || !n.rest || n.wait <= 0 || n.wait > timing.Lease {
		t.Errorf("a held run: %+v, %v", n, err)
	}
	w.expire(run.ID)
	toEnd(t, second, run.ID)
	close(cloud.letGo)
	if err := <-late; !errors.Is(err, store.ErrFenced) {
		t.Errorf("the late one: %v", err)
	}
	if run := w.run(t, id); run.Status != lifecycle.RunDone || stepNamed(run, lifecycle.StepCreate).Attempt != 2 {
		t.Errorf("run %+v", run)
	}
	if n := len(w.sim.Droplets("")); n != 1 {
		t.Errorf("%d droplets", n)
	}
}

// toEnd has an engine go on with a run until nobody has anything to do with it.
func toEnd(t *testing.T, e *engine, id uuid.UUID) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		n, err := e.work(t.Context(), id, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n.over {
			return
		}
		time.Sleep(n.wait)
	}
	t.Fatal("the run does not end")
}

// What a process that was thought dead makes late is removed by the one that took over, before the run goes on.
func TestASecondDropletIsRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{Activation: time.Hour}) // the run waits until both others are made
	id := w.begin(t, "shop")
	run := w.run(t, id)
	e := w.engine(swift)
	stop := make(chan struct{})
	close(stop) // after each step: the one that waits must find the second droplet there
	for w.run(t, id).DropletID.Int64 == 0 {
		if _, err := e.work(t.Context(), run.ID, stop); err != nil {
			t.Fatal(err)
		}
	}
	spec := DropletSpec{Name: "shop." + zone, Region: "fra1", Size: "s-1vcpu-1gb", Image: "debian-12-x64", Tags: []string{DeploymentTag(run), RunTag(run)}}
	if _, err := w.cloud.CreateDroplet(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	// Of another run: not this one's to remove.
	spec.Tags[1] = "run-" + uuid.NewString()
	other, err := w.cloud.CreateDroplet(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	w.sim.Advance(time.Hour)
	toEnd(t, e, run.ID)
	alive := w.sim.Droplets("")
	if len(alive) != 2 || alive[0].ID != w.run(t, id).DropletID.Int64 || alive[1].ID != other.ID {
		t.Errorf("droplets %+v", alive)
	}
}

// A run whose job is lost is found by any process, and one that nobody works on any more is taken over in less than a minute by the
// times that are set where nobody says anything.
func TestARunWithoutAJobGoesOn(t *testing.T) {
	t.Parallel()
	if d := defaults; d.Lease+2*d.Wake+d.WakeSlack+d.Fetch > time.Minute || d.Attempt >= d.Lease || d.ListGrace < d.Attempt+15*time.Second || d.Slice+d.Attempt >= d.JobTimeout {
		t.Errorf("the default times do not fit each other: %+v", d)
	}
	w := newWorld(t, cloudsim.Options{})
	id := w.begin(t, "shop")
	run := w.run(t, id)
	if _, err := w.owner.Exec(`DELETE FROM river_job`); err != nil {
		t.Fatal(err)
	}
	if taken, err := w.TakeRun(t.Context(), run.ID, 300*time.Millisecond); err != nil || taken.Lease == nil { // by a process that then dies
		t.Fatalf("%+v, %v", taken, err)
	}
	w.start(t, Options{Timing: swift})
	w.start(t, Options{Timing: swift})
	if run := w.settled(t, id); run.Status != lifecycle.RunDone {
		t.Errorf("run %+v", run)
	}
}

// A run that is due gets a job unless one comes now: not one that died with its process, one for later, or one that nobody makes available.
func TestWhichRunsAreWoken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	w.begin(t, "shop")
	const slack = time.Minute
	w.exec(t, `ALTER TABLE runs DISABLE TRIGGER guard`) // which keeps times as they are
	w.exec(t, `UPDATE runs SET inserted_at = inserted_at - interval '61 seconds'`)
	for _, c := range []struct {
		state, scheduled string
		woken            int
	}{
		{"available", "now() - interval '1 hour'", 0},
		{"running", "now()", 1},
		{"scheduled", "now() + interval '1 hour'", 1},
		{"available", "now() + interval '1 hour'", 1},
		{"scheduled", "now() - interval '61 seconds'", 0},
		{"scheduled", "now() - interval '121 seconds'", 1},
		{"retryable", "now() - interval '121 seconds'", 1},
	} {
		if _, err := w.owner.Exec(`DELETE FROM river_job WHERE id <> (SELECT min(id) FROM river_job)`); err != nil {
			t.Fatal(err)
		}
		if _, err := w.owner.Exec(`UPDATE river_job SET scheduled_at = `+c.scheduled+`, state = $1`, c.state); err != nil {
			t.Fatal(err)
		}
		if n, err := w.WakeRuns(t.Context(), slack, 10); err != nil || n != c.woken {
			t.Errorf("a job that is %s for %s: %d woken, %v", c.state, c.scheduled, n, err)
		}
	}
}

// A run that is over leaves jobs that are done with and no others; the queue removes those after a minute.
func TestJobsDoNotPileUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{Activation: 30 * time.Millisecond})
	for i := range 5 {
		w.begin(t, fmt.Sprintf("shop-%d", i))
	}
	timing := swift
	timing.WakeSlack = time.Minute // a second job of a run looks in once more when its lease would have ended
	w.start(t, Options{Timing: timing})
	query := `SELECT (SELECT count(*) FROM runs WHERE live) || ' live, ' || (SELECT count(*) FROM river_job WHERE state <> 'completed') || ' jobs'`
	for end := time.Now().Add(patience); w.value(t, query) != "0 live, 0 jobs"; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(w.value(t, query))
		}
	}
	c := queueConfig(Options{Log: quietLog}, Timing{}.orDefaults())
	if c.CompletedJobRetentionPeriod != time.Minute || c.DiscardedJobRetentionPeriod != time.Minute || c.CancelledJobRetentionPeriod != time.Minute {
		t.Errorf("jobs are kept for %s", c.CompletedJobRetentionPeriod)
	}
}

// Stop lets the try that is under way come to its end, and gives the run back at once to whoever comes next.
func TestStopGivesRunsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	id := w.begin(t, "shop")
	cloud := silent{w.cloud, make(chan struct{}), make(chan struct{}), new(sync.Once)}
	timing := swift
	timing.Lease, timing.Attempt = time.Minute, 50*time.Second
	p, err := New(Options{Store: w.open(4), Cloud: cloud, Log: quietLog, Timing: timing})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-cloud.called
	stopped := make(chan error, 1)
	go func() { stopped <- p.Stop(t.Context()) }()
	<-p.stop
	close(cloud.letGo)
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
	run := w.run(t, id)
	if run.HeldBy.Valid || run.HeldUntil.Valid || run.Status != lifecycle.RunRunning || stepNamed(run, lifecycle.StepCreate).Status != lifecycle.RunDone {
		t.Errorf("run %+v", run)
	}
	w.start(t, Options{Timing: swift})
	if run := w.settled(t, id); run.Status != lifecycle.RunDone || stepNamed(run, lifecycle.StepCreate).Attempt != 1 {
		t.Errorf("run %+v", run)
	}
}

// A machine that is never on is given up at the deadline and removed.
func TestTheDeadlineOfWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{Activation: time.Hour})
	id := w.begin(t, "shop")
	timing := swift
	timing.WaitDeadline = 100 * time.Millisecond
	toEnd(t, w.engine(timing), w.run(t, id).ID)
	run := w.run(t, id)
	if run.Status != lifecycle.RunCompensated || run.ErrorKind != string(late) || run.ErrorStep != lifecycle.StepWait || len(w.sim.Droplets("")) != 0 {
		t.Errorf("run %+v, %d droplets", run, len(w.sim.Droplets("")))
	}
}

// A provider that fails on every try is given up after as many as there may be, and a droplet that cannot be removed is named.
func TestTriesAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	id := w.begin(t, "shop")
	w.sim.Inject(
		cloudsim.Fault{Operation: cloudsim.CreateRecord, Kind: cloudsim.Fail},
		cloudsim.Fault{Operation: cloudsim.DeleteDroplet, Kind: cloudsim.Refuse, Message: "locked"})
	timing := swift
	timing.ListGrace = time.Millisecond
	toEnd(t, w.engine(timing), w.run(t, id).ID)
	run := w.run(t, id)
	dns, create := stepNamed(run, lifecycle.StepDNS), stepNamed(run, lifecycle.StepCreate)
	if run.Status != lifecycle.RunNeedsOperator || run.State != lifecycle.Cancelled || run.DropletID.Int64 != w.sim.Droplets("")[0].ID ||
		dns.Attempt != lifecycle.MaxTries || create.UndoAttempt != lifecycle.MaxTries || create.Error == "" {
		t.Errorf("run %+v", run)
	}
}
