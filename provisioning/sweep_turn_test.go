package provisioning

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

func TestSweepersTakeTurns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	run := w.overRun(t, "shop")
	for range 12 {
		w.orphan(t, run)
	}
	w.sweep(t)
	var wait sync.WaitGroup
	var mu sync.Mutex
	swept, refused := 0, 0
	for range 6 {
		sweeper := NewSweeper(Options{Store: w.open(2), Cloud: w.newCloud(patience), Timing: swift, Log: slog.New(slog.DiscardHandler)})
		wait.Go(func() {
			_, err := sweeper.Sweep(t.Context())
			for errors.Is(err, store.ErrBusy) { // nothing was begun
				_, err = sweeper.Sweep(t.Context())
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				swept++
			case errors.Is(err, store.ErrSweeping):
				refused++
			default:
				t.Errorf("sweep: %v", err)
			}
		})
	}
	wait.Wait()
	if swept == 0 || swept+refused != 6 || w.sim.Effects(cloudsim.DeleteDroplet) != 5 {
		t.Errorf("%d swept, %d refused, %d removed", swept, refused, w.sim.Effects(cloudsim.DeleteDroplet))
	}
}

// dying is a cloud whose first deletion comes back only when it is let go.
type dying struct {
	Cloud
	called, letGo chan struct{}
	once          *sync.Once
}

func (c dying) DeleteDroplet(ctx context.Context, id int64) error {
	err := c.Cloud.DeleteDroplet(ctx, id)
	c.once.Do(func() {
		close(c.called)
		<-c.letGo
	})
	return err
}

// A sweeper that is silent for too long is taken for dead: the next one finishes what it had begun, and when it comes back it
// removes nothing more.
func TestSweepIsTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	run := w.overRun(t, "shop")
	first, second := w.orphan(t, run), w.orphan(t, run)
	w.sweep(t)
	slow := w.sweeper()
	cloud := dying{w.cloud, make(chan struct{}), make(chan struct{}), new(sync.Once)}
	slow.cloud = cloud
	late := make(chan error, 1)
	go func() {
		_, err := slow.Sweep(t.Context())
		late <- err
	}()
	<-cloud.called
	if _, err := w.sweeper().Sweep(t.Context()); !errors.Is(err, store.ErrSweeping) {
		t.Errorf("while the other holds it: %v", err)
	}
	w.exec(t, `UPDATE sweeps SET held_until = clock_timestamp() WHERE finished_at IS NULL`) // as time would
	swept := w.sweep(t)
	if !slices.Equal(swept.Removed, []int64{second}) || swept.Sweep.Removed != 2 || w.finding(t, first).Status != store.FindingRemoved {
		t.Errorf("taken over: %v, %+v; the first one %s", swept.Removed, swept.Sweep, w.finding(t, first).Status)
	}
	close(cloud.letGo)
	if err := <-late; !errors.Is(err, store.ErrFenced) {
		t.Errorf("the late one: %v", err)
	}
	if n := w.value(t, `SELECT count(*) FROM activity WHERE kind = 'droplet_swept'`); n != "2" {
		t.Errorf("%s deeds of two removals", n)
	}
}

// Processes that work on runs sweep by themselves, one of them each time, and at once when a person has decided.
func TestProvisionersSweep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	run := w.overRun(t, "shop")
	unknown := w.stray(t, DeploymentTag(run))
	w.sweep(t)
	w.sweep(t)
	timing := swift
	timing.SweepLook = 20 * time.Millisecond
	for range 3 {
		w.start(t, Options{Timing: timing})
	}
	time.Sleep(200 * time.Millisecond)
	if n := w.value(t, `SELECT count(*) FROM sweeps`); n != "2" {
		t.Errorf("%s sweeps before it is time", n)
	}
	w.decide(t, unknown, lifecycle.SweepAway, "")
	soon(t, "it is removed", func() bool { return w.finding(t, unknown).Status == store.FindingRemoved })
	if n := w.value(t, `SELECT count(*) FROM sweeps`); n != "3" {
		t.Errorf("%s sweeps in all", n)
	}
	w.exec(t, `UPDATE sweeps SET started_at = started_at - interval '11 minutes'`)
	soon(t, "there is a sweep after the time is over", func() bool { return w.value(t, `SELECT count(*) FROM sweeps`) != "3" })
}
