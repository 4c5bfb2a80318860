package provisioning

import (
	"flag"
	"fmt"
	"slices"
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

var (
	behindRuns   = flag.Int("behind.runs", 0, "good runs that TestRunsBehindThoseThatFail measures; 0: a few, not measured")
	behindRounds = flag.Int("behind.rounds", 3, "rounds of that, in each of which they run alone and behind others")
)

// Good runs end well behind some that fail on every try, however those fail. Measured, with nothing else running (make fair), they
// take no more than 1.2 times as long as alone: the median of rounds in each of which both are measured, in turns one first and the other.
func TestRunsBehindThoseThatFail(t *testing.T) {
	t.Parallel()
	if *behindRuns == 0 {
		take(t, failing, 20, cloudsim.Reset)
		return
	}
	kinds := []cloudsim.FaultKind{cloudsim.Fail, cloudsim.Hang} // at once, and by the time-out of a call
	ratios := map[cloudsim.FaultKind][]float64{}
	for round := range *behindRounds {
		for i, how := range kinds {
			var alone, behind time.Duration
			if (round+i)%2 == 0 {
				alone, behind = take(t, 0, *behindRuns, how), take(t, failing, *behindRuns, how)
			} else {
				behind, alone = take(t, failing, *behindRuns, how), take(t, 0, *behindRuns, how)
			}
			ratios[how] = append(ratios[how], behind.Seconds()/alone.Seconds())
			t.Logf("round %d: %d runs alone %v (%.0f a second), behind %d that fail (%s) %v: %.2f times", round+1, *behindRuns, alone.Round(time.Millisecond),
				float64(*behindRuns)/alone.Seconds(), failing, how, behind.Round(time.Millisecond), behind.Seconds()/alone.Seconds())
		}
	}
	for _, how := range kinds {
		slices.Sort(ratios[how])
		median := ratios[how][len(ratios[how])/2]
		t.Logf("%s: %.2f times as long, the median of %d rounds", how, median, *behindRounds)
		if median > 1.2 {
			t.Errorf("%s: %.2f times as long", how, median)
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
