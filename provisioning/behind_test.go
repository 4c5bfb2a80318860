package provisioning

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
)

const failing = 20

// behind begins runs of which every try fails, and good ones after them.
func (w *world) behind(t *testing.T, bad, good int, how cloudsim.FaultKind) []uuid.UUID {
	t.Helper()
	for i := range bad {
		name := fmt.Sprintf("bad-%d", i)
		w.begin(t, name)
		w.sim.Inject(cloudsim.Fault{Operation: cloudsim.CreateDroplet, Kind: how, About: name + "." + zone})
	}
	var ids []uuid.UUID
	for i := range good {
		ids = append(ids, w.begin(t, fmt.Sprintf("good-%d", i)))
	}
	return ids
}

// Runs that fail on every try keep no worker: with two workers, twenty of them do not hold up the others.
func TestRunsThatFailDoNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	timing := swift
	timing.Backoff, timing.BackoffMax = time.Minute, time.Minute
	ids := w.behind(t, failing, 30, cloudsim.Fail)
	w.start(t, Options{Timing: timing, Workers: 2})
	for _, id := range ids {
		if run := w.settled(t, id); run.Status != lifecycle.RunDone {
			t.Errorf("run %+v", run)
		}
	}
	want := strconv.Itoa(failing) + " of them retrying, held 0"
	if got := w.value(t, `SELECT count(*) || ' of them ' || max(status) || ', held ' || count(held_by) FROM runs WHERE live`); got != want {
		t.Error(got)
	}
}

// With ARCADIA_RUNS=1000 and nothing else running, good runs are measured by the clock, alone and behind those that fail: they take no
// more than 1.2 times as long. Otherwise a few show that they all end well.
func TestRunsBehindThoseThatFail(t *testing.T) {
	t.Parallel()
	good, measured := 20, false
	if text := os.Getenv("ARCADIA_RUNS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("ARCADIA_RUNS %q is no number of runs", text)
		}
		good, measured = n, true
	}
	if !measured {
		take(t, failing, good, cloudsim.Reset)
		return
	}
	alone := take(t, 0, good, cloudsim.Fail)
	t.Logf("%d alone: %s", good, alone)
	for _, how := range []cloudsim.FaultKind{cloudsim.Fail, cloudsim.Reset, cloudsim.Limit, cloudsim.Hang} {
		d := take(t, failing, good, how)
		ratio := d.Seconds() / alone.Seconds()
		t.Logf("%d behind %d that fail (%s): %s, %.2f times", good, failing, how, d, ratio)
		if ratio > 1.2 {
			t.Errorf("%s: %.2f times as long", how, ratio)
		}
	}
}

// take is how long good runs take, with the times that are set where nobody says anything.
func take(t *testing.T, bad, good int, how cloudsim.FaultKind) time.Duration {
	t.Helper()
	w := newWorld(t, cloudsim.Options{Activation: time.Second})
	w.behind(t, bad, good, how)
	cloud, begun := w.newCloud(10*time.Second), time.Now()
	w.start(t, Options{Cloud: cloud})
	for end := begun.Add(10 * time.Minute); w.value(t, `SELECT count(*) FROM runs WHERE status = 'done'`) != strconv.Itoa(good); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the runs do not end")
		}
	}
	return time.Since(begun)
}
