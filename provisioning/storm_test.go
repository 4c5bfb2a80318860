package provisioning

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// storm kills engines and makes calls fail by chance, at every boundary that there is.
type storm struct {
	w     *world
	mu    sync.Mutex
	rand  *rand.Rand
	calm  atomic.Bool
	kills atomic.Int64
	hits  atomic.Int64
}

func (s *storm) chance(percent int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.calm.Load() && s.rand.IntN(100) < percent
}

func (s *storm) pick(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rand.IntN(n)
}

// write is one write of the engine, which may die before or after it.
func (s *storm) write(fn func() error) error {
	if s.chance(5) {
		s.die()
	}
	err := fn()
	if s.chance(5) {
		s.die()
	}
	return err
}

func (s *storm) die() {
	s.kills.Add(1)
	panic(killed{"by chance"})
}

var stormy = []cloudsim.FaultKind{
	cloudsim.Fail, cloudsim.FailAfter, cloudsim.Reset, cloudsim.ResetAfter, cloudsim.HangAfter, cloudsim.Limit, cloudsim.GarbleAfter, cloudsim.Refuse,
}

// call is one call of the engine, which may fail, or be its last. A refusal is rarer: it ends what the run set out for.
func (s *storm) call(ctx context.Context, operation cloudsim.Operation, about string, fn func(context.Context) error) error {
	if s.chance(35) {
		kind := stormy[s.pick(len(stormy))]
		if kind != cloudsim.Refuse || s.chance(30) {
			s.hits.Add(1)
			s.w.sim.Inject(cloudsim.Fault{Operation: operation, Kind: kind, Times: 1, About: about})
			if kind == cloudsim.HangAfter {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, time.Second)
				defer cancel()
			}
		}
	}
	return s.write(func() error { return fn(ctx) })
}

type stormyCloud struct {
	Cloud
	*storm
}

func (c stormyCloud) CreateDroplet(ctx context.Context, spec DropletSpec) (d Droplet, err error) {
	err = c.call(ctx, cloudsim.CreateDroplet, spec.Name, func(ctx context.Context) (err error) { d, err = c.Cloud.CreateDroplet(ctx, spec); return err })
	return d, err
}

func (c stormyCloud) GetDroplet(ctx context.Context, id int64) (d Droplet, err error) {
	err = c.call(ctx, cloudsim.GetDroplet, strconv.FormatInt(id, 10), func(ctx context.Context) (err error) { d, err = c.Cloud.GetDroplet(ctx, id); return err })
	return d, err
}

func (c stormyCloud) DeleteDroplet(ctx context.Context, id int64) error {
	return c.call(ctx, cloudsim.DeleteDroplet, strconv.FormatInt(id, 10), func(ctx context.Context) error { return c.Cloud.DeleteDroplet(ctx, id) })
}

func (c stormyCloud) CreateRecord(ctx context.Context, zone string, r Record) (made Record, err error) {
	err = c.call(ctx, cloudsim.CreateRecord, r.Hostname, func(ctx context.Context) (err error) { made, err = c.Cloud.CreateRecord(ctx, zone, r); return err })
	return made, err
}

func (c stormyCloud) EditRecord(ctx context.Context, zone string, r Record) (made Record, err error) {
	err = c.call(ctx, cloudsim.EditRecord, r.Hostname, func(ctx context.Context) (err error) { made, err = c.Cloud.EditRecord(ctx, zone, r); return err })
	return made, err
}

type stormyRows struct {
	runs
	*storm
}

func (r stormyRows) BeginTry(ctx context.Context, l store.Lease, t store.RunTry) error {
	return r.write(func() error { return r.runs.BeginTry(ctx, l, t) })
}

func (r stormyRows) IntendRun(ctx context.Context, l store.Lease, position int, intent any) error {
	return r.write(func() error { return r.runs.IntendRun(ctx, l, position, intent) })
}

func (r stormyRows) NameDroplet(ctx context.Context, l store.Lease, id int64) error {
	return r.write(func() error { return r.runs.NameDroplet(ctx, l, id) })
}

func (r stormyRows) FinishStep(ctx context.Context, l store.Lease, d store.StepDone) error {
	return r.write(func() error { return r.runs.FinishStep(ctx, l, d) })
}

func (r stormyRows) PauseStep(ctx context.Context, l store.Lease, p store.RunPause) error {
	return r.write(func() error { return r.runs.PauseStep(ctx, l, p) })
}

func (r stormyRows) Compensate(ctx context.Context, l store.Lease, lost store.StepLost) error {
	return r.write(func() error { return r.runs.Compensate(ctx, l, lost) })
}

func (r stormyRows) FinishUndo(ctx context.Context, l store.Lease, d store.StepDone) error {
	return r.write(func() error { return r.runs.FinishUndo(ctx, l, d) })
}

func (r stormyRows) FinishCompensation(ctx context.Context, l store.Lease) error {
	return r.write(func() error { return r.runs.FinishCompensation(ctx, l) })
}

// Engines that die by chance at any boundary, several at a time at the same runs, against a provider that fails by chance: every run ends,
// and what is left is as after the matrix. ARCADIA_SEED repeats one.
func TestTheStorm(t *testing.T) {
	t.Parallel()
	const count, engines = 40, 6
	seed := rand.Uint64()
	if text := os.Getenv("ARCADIA_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("ARCADIA_SEED: %v", err)
		}
	}
	t.Logf("ARCADIA_SEED=%d", seed)
	w := newWorld(t, cloudsim.Options{Activation: 50 * time.Millisecond, Listing: 40 * time.Millisecond, Showing: 20 * time.Millisecond})
	s := &storm{w: w, rand: rand.New(rand.NewPCG(seed, 0))}
	scenes := make([]*scene, count)
	for i := range scenes {
		c := cell{trial: trial{step: lifecycle.StepCreate, fault: noFault, old: i%2 == 0}}
		var err error
		if scenes[i], err = w.stage(t.Context(), c, i); err != nil {
			t.Fatal(err)
		}
	}
	s.rage(t, scenes, engines)
	counts := map[lifecycle.RunStatus]int{}
	for _, scene := range scenes {
		run := w.run(t, scene.id)
		counts[run.Status]++
		t.Run(scene.hostname, func(t *testing.T) {
			if run.Status.Live() && run.Status != lifecycle.RunNeedsOperator {
				t.Errorf("still %s", run.Status)
			}
			scene.creates = -1
			scene.judgeDroplets(t, run)
			scene.judgeRecords(t, run)
			scene.judgeDeployment(t, run)
			scene.judgeSteps(t, run)
		})
	}
	t.Logf("%v after %d deaths and %d faults", counts, s.kills.Load(), s.hits.Load())
	if s.kills.Load() == 0 || s.hits.Load() == 0 {
		t.Error("it was no storm")
	}
}

// rage has engines work at the runs until all are over. A clear sky follows, so that those end that were hit most.
func (s *storm) rage(t *testing.T, scenes []*scene, engines int) {
	t.Helper()
	time.AfterFunc(10*time.Second, func() { s.calm.Store(true) })
	var group sync.WaitGroup
	var ended sync.Map
	end := time.Now().Add(5 * time.Minute)
	for range engines {
		group.Go(func() {
			for time.Now().Before(end) {
				left := 0
				for _, i := range s.order(len(scenes)) {
					run := scenes[i].run
					if _, ok := ended.Load(run); ok {
						continue
					}
					left++
					switch n, err := s.life(t.Context(), run); {
					case err == nil && n.over:
						ended.Store(run, true)
					case errors.Is(err, errKilled):
						s.w.expire(run)
					case err != nil && !errors.Is(err, store.ErrFenced) && !errors.Is(err, store.ErrBusy):
						t.Error(err)
						return
					}
				}
				if left == 0 {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	group.Wait()
}

func (s *storm) order(n int) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rand.Perm(n)
}

func (s *storm) life(ctx context.Context, run uuid.UUID) (n next, err error) {
	defer func() {
		switch death := recover().(type) {
		case nil:
		case killed:
			err = errKilled
		default:
			panic(fmt.Sprint(death))
		}
	}()
	e := &engine{runs: stormyRows{s.w.Store, s}, cloud: stormyCloud{s.w.cloud, s}, image: "debian-12-x64", timing: swift.orDefaults(), log: quietLog}
	return e.work(ctx, run, nil)
}
