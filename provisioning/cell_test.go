package provisioning

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// killed is what an engine panics with when it is to die: nothing after that runs in it, as after kill -9.
type killed struct{ where string }

// scene is one cell being played. It stands between the engine and both of its neighbours, and knows when the moment has come.
type scene struct {
	cell
	w        *world
	id       uuid.UUID // of the deployment
	hostname string
	run      uuid.UUID

	mu      sync.Mutex
	step    lifecycle.StepName // that is tried
	undoing bool
	struck  bool // the fault has happened
	failed  bool // a compensation has failed
	kills   int
}

// strike reports whether the fault is due at this point, once; what happens with it happens now.
func (s *scene) strike(step lifecycle.StepName, faults ...fault) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.struck || s.undoing || step != s.cell.step {
		return false
	}
	for _, f := range faults {
		if f == s.fault {
			s.struck = true
			if s.then == isAborted {
				s.abort()
			}
			return true
		}
	}
	return false
}

func (s *scene) abort() {
	_, err := s.w.owner.Exec(`UPDATE runs SET abort_kind = 'staff', abort_actor = $2, abort_name = $3, abort_roles = $4, abort_reason = 'customer_request',
		abort_notes = 'No longer wanted', aborted_at = clock_timestamp() WHERE id = $1`, s.run, operator.ID, operator.Name, operator.Roles.String())
	if err != nil {
		panic(err)
	}
}

func (s *scene) die(where string) {
	s.mu.Lock()
	s.kills++
	s.mu.Unlock()
	panic(killed{where})
}

// hangs is how long the call waits that meets the fault.
var hangs = map[fault]time.Duration{timeoutAfterSuccess: time.Second, reset: time.Minute, status500: time.Minute, status422: time.Minute, status429: time.Minute}

// call makes one changing call, or the look of the step that waits, meet what is due.
func (s *scene) call(ctx context.Context, operation cloudsim.Operation, fn func(context.Context) error) error {
	s.mu.Lock()
	step, undoing := s.step, s.undoing
	s.mu.Unlock()
	if undoing {
		s.trouble(operation)
		return fn(ctx)
	}
	if s.strike(step, timeoutAfterSuccess, reset, status500, status422, status429) {
		s.inject(operation, injected[s.fault])
		ctx, cancel := context.WithTimeout(ctx, hangs[s.fault])
		defer cancel()
		return fn(ctx)
	}
	if s.strike(step, killBeforeCall) {
		s.die("before the call")
	}
	if step == lifecycle.StepDNS && s.then == isRefused {
		s.inject(operation, cloudsim.Refuse)
	}
	err := fn(ctx)
	if s.strike(step, killAfterCall) {
		s.die("after the call")
	}
	return err
}

func (s *scene) inject(operation cloudsim.Operation, kind cloudsim.FaultKind) {
	s.w.sim.Inject(cloudsim.Fault{Operation: operation, Kind: kind, Times: 1, About: s.hostname})
}

func (s *scene) trouble(operation cloudsim.Operation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.compensation == failsAlways || s.compensation == failsOnce && !s.failed {
		s.failed = true
		s.inject(operation, cloudsim.Fail)
	}
}

// staged is the cloud of a scene.
type staged struct {
	Cloud
	s *scene
}

func (c staged) CreateDroplet(ctx context.Context, spec DropletSpec) (d Droplet, err error) {
	err = c.s.call(ctx, cloudsim.CreateDroplet, func(ctx context.Context) (err error) { d, err = c.Cloud.CreateDroplet(ctx, spec); return err })
	return d, err
}

func (c staged) GetDroplet(ctx context.Context, id int64) (d Droplet, err error) {
	err = c.s.call(ctx, cloudsim.GetDroplet, func(ctx context.Context) (err error) { d, err = c.Cloud.GetDroplet(ctx, id); return err })
	return d, err
}

func (c staged) DeleteDroplet(ctx context.Context, id int64) error {
	return c.s.call(ctx, cloudsim.DeleteDroplet, func(ctx context.Context) error { return c.Cloud.DeleteDroplet(ctx, id) })
}

func (c staged) CreateRecord(ctx context.Context, zone string, r Record) (made Record, err error) {
	err = c.s.call(ctx, cloudsim.CreateRecord, func(ctx context.Context) (err error) { made, err = c.Cloud.CreateRecord(ctx, zone, r); return err })
	return made, err
}

func (c staged) EditRecord(ctx context.Context, zone string, r Record) (made Record, err error) {
	err = c.s.call(ctx, cloudsim.EditRecord, func(ctx context.Context) (err error) { made, err = c.Cloud.EditRecord(ctx, zone, r); return err })
	return made, err
}

func (c staged) DeleteRecord(ctx context.Context, zone string, id int64) error {
	return c.s.call(ctx, cloudsim.DeleteRecord, func(ctx context.Context) error { return c.Cloud.DeleteRecord(ctx, zone, id) })
}

// rows are the store of a scene.
type rows struct {
	runs
	s *scene
}

func (r rows) BeginTry(ctx context.Context, l store.Lease, t store.RunTry) error {
	if r.s.strike(t.Name, killBefore) {
		r.s.die("before")
	}
	r.s.mu.Lock()
	r.s.step = t.Name
	r.s.mu.Unlock()
	return r.runs.BeginTry(ctx, l, t)
}

func (r rows) FinishStep(ctx context.Context, l store.Lease, d store.StepDone) error {
	if r.s.strike(d.Name, killBeforeCommit) {
		r.s.die("before the commit")
	}
	err := r.runs.FinishStep(ctx, l, d)
	if err == nil && r.s.strike(d.Name, killAfterCommit) {
		r.s.die("after the commit")
	}
	return err
}

func (r rows) BeginUndo(ctx context.Context, l store.Lease, t store.RunTry) error {
	r.s.mu.Lock()
	r.s.undoing = true
	r.s.mu.Unlock()
	return r.runs.BeginUndo(ctx, l, t)
}

// play has engines go on with the run of a scene, each until it waits or dies, until nobody has anything to do with it.
func (s *scene) play(ctx context.Context) error {
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); {
		e := &engine{runs: rows{s.w.Store, s}, cloud: staged{s.w.cloud, s}, image: "debian-12-x64", timing: swift.orDefaults(), log: quietLog}
		n, err := s.life(ctx, e)
		switch {
		case err == nil && n.over:
			return nil
		case err == nil:
			time.Sleep(n.wait)
		case errors.Is(err, store.ErrBusy):
			time.Sleep(swift.BusyPause)
		case errors.Is(err, errKilled):
			s.w.expire(s.run)
		default:
			return err
		}
	}
	return errors.New("the run does not end")
}

var errKilled = errors.New("killed")

func (s *scene) life(ctx context.Context, e *engine) (n next, err error) {
	defer func() {
		switch death := recover().(type) {
		case nil:
		case killed:
			err = errKilled
		default:
			panic(death)
		}
	}()
	return e.work(ctx, s.run, nil)
}

// oldAddress is where the host name points before, if anywhere.
const oldAddress = "203.0.113.7"

func (w *world) stage(ctx context.Context, c cell, number int) (*scene, error) {
	name := fmt.Sprintf("cell-%d", number)
	s := &scene{cell: c, w: w, hostname: name + "." + zone}
	if c.old {
		_, err := w.cloud.CreateRecord(ctx, zone, Record{Kind: recordKind, Hostname: s.hostname, Value: oldAddress, TTL: time.Hour})
		if err != nil {
			return nil, err
		}
	}
	s.id = w.begin(w.t, name)
	run, err := w.GetNewestRun(ctx, s.id)
	s.run = run.ID
	return s, err
}
