package provisioning

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// renaming is a storm over deployments that people rename and move all the time.
type renaming struct {
	*storm
	ids  []uuid.UUID
	stop chan struct{}
}

func (r *renaming) name(i, n int) string { return fmt.Sprintf("storm-%d-%d.%s", i, n, zone) }

// people edit host names, to and fro, suspend and restore, and retry what was given up. What comes too late or at a wrong moment is refused,
// as it would be.
func (r *renaming) people(t *testing.T, edits int) {
	t.Helper()
	for range edits {
		i := r.pick(len(r.ids))
		d, err := r.w.GetDeployment(t.Context(), r.ids[i])
		if err != nil {
			t.Fatal(err)
		}
		switch n := r.pick(10); {
		case n < 7:
			fields := d.Fields()
			if fields.Hostname = r.name(i, r.pick(4)); r.pick(12) == 0 {
				fields.Hostname = ""
			}
			err = r.w.UpdateDeployment(t.Context(), operator, d.ID, d.EditVersion, fields)
		case n < 9:
			action := lifecycle.Suspend
			if d.State == lifecycle.Suspended {
				action = lifecycle.Restore
			}
			ask := store.Transition{Command: r.w.by(chief), DeploymentID: d.ID, Action: action, Version: d.Version, Reason: lifecycle.Other}
			_, err = r.w.Transition(t.Context(), ask)
		default:
			_, err = r.w.ActOnRun(t.Context(), store.RunAct{Command: r.w.by(chief), RunID: r.w.run(t, d.ID).ID, Action: lifecycle.RunRetry})
		}
		if err != nil && !errors.Is(err, store.ErrStale) && !errors.Is(err, store.ErrBusy) {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(r.pick(40)) * time.Millisecond)
	}
}

// work has engines, that die, work at whatever run is live.
func (r *renaming) work(ctx context.Context, t *testing.T) {
	for {
		select {
		case <-r.stop:
			return
		default:
		}
		for _, i := range r.order(len(r.ids)) {
			run, err := r.w.GetNewestRun(ctx, r.ids[i])
			if err == nil && run.Status.Live() && run.Status != lifecycle.RunNeedsOperator {
				_, err = r.life(ctx, run.ID)
			}
			switch {
			case errors.Is(err, errKilled):
				r.w.expire(run.ID)
			case err != nil && !errors.Is(err, store.ErrFenced) && !errors.Is(err, store.ErrBusy):
				t.Error(err)
				return
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// settle retries what was given up until nothing is left to do.
func (r *renaming) settle(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if r.w.value(t, `SELECT count(*) FROM runs WHERE live`) == "0" {
			return
		}
		for _, id := range r.ids {
			if run := r.w.run(t, id); run.Status == lifecycle.RunNeedsOperator {
				_, err := r.w.ActOnRun(t.Context(), store.RunAct{Command: r.w.by(chief), RunID: run.ID, Action: lifecycle.RunRetry})
				if err != nil && !errors.Is(err, store.ErrBusy) {
					t.Fatal(err)
				}
			}
		}
	}
	t.Fatal("it does not come to an end")
}

// People rename and move, engines die by chance at any boundary, and the provider fails by chance: in the end DNS is where each name is, and
// each machine where its state is. ARCADIA_SEED repeats one.
func TestRenamingInTheStorm(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	if text := os.Getenv("ARCADIA_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("ARCADIA_SEED: %v", err)
		}
	}
	t.Logf("ARCADIA_SEED=%d", seed)
	w := newWorld(t, cloudsim.Options{Switching: 20 * time.Millisecond})
	r := &renaming{storm: &storm{w: w, rand: rand.New(rand.NewPCG(seed, 1))}, stop: make(chan struct{})}
	for i := range 6 {
		r.ids = append(r.ids, w.built(t, fmt.Sprintf("storm-%d-0", i)))
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { r.work(t.Context(), t) })
	}
	r.people(t, 150)
	r.calm.Store(true)
	w.sim.Clear()
	r.settle(t)
	close(r.stop)
	group.Wait()
	for i, id := range r.ids {
		d, err := w.GetDeployment(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var others []string
		for n := range 4 {
			if name := r.name(i, n); name != d.Hostname.String {
				others = append(others, name)
			}
		}
		w.leads(t, id, d.Hostname.String, others...)
		if on := w.machine(t, id).On; on != (d.State != lifecycle.Suspended) {
			t.Errorf("%s is on: %t; runs %s", d.State, on, w.runsOf(t, id))
		}
	}
	runs := w.value(t, `SELECT count(*) FROM runs WHERE kind = 'repoint'`)
	t.Logf("%s runs after %d deaths and %d faults", runs, r.kills.Load(), r.hits.Load())
	if r.kills.Load() == 0 || r.hits.Load() == 0 || runs == "0" {
		t.Error("it was no storm")
	}
}
