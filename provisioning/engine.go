package provisioning

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// runs is what the engine needs of the store.
type runs interface {
	TakeRun(ctx context.Context, id uuid.UUID, lease time.Duration) (store.Taken, error)
	GetRun(ctx context.Context, id uuid.UUID) (store.Run, error)
	GiveRunBack(ctx context.Context, l store.Lease) error
	WakeRuns(ctx context.Context, slack time.Duration, most int) (int, error)

	BeginTry(ctx context.Context, l store.Lease, t store.RunTry) error
	IntendRun(ctx context.Context, l store.Lease, position int, intent any) error
	NameDroplet(ctx context.Context, l store.Lease, id int64) error
	PauseStep(ctx context.Context, l store.Lease, p store.RunPause) error
	FinishStep(ctx context.Context, l store.Lease, d store.StepDone) error
	EndRun(ctx context.Context, l store.Lease, ending string) error

	Compensate(ctx context.Context, l store.Lease, lost store.StepLost) error
	BeginUndo(ctx context.Context, l store.Lease, t store.RunTry) error
	PauseUndo(ctx context.Context, l store.Lease, p store.RunPause) error
	FinishUndo(ctx context.Context, l store.Lease, d store.StepDone) error
	FinishCompensation(ctx context.Context, l store.Lease) error
	NeedOperator(ctx context.Context, l store.Lease, lost store.StepLost) error
}

// engine carries runs out. It keeps nothing of them: any engine goes on with any run.
type engine struct {
	runs   runs
	cloud  Cloud
	image  string // of new machines
	timing Timing
	log    *slog.Logger

	ahead atomic.Int64 // nanoseconds that the clock here is ahead of the database's, when that was last looked at
}

// next is what is to become of a run after a piece of work.
type next struct {
	over bool          // no process has anything to do with it until a person says so
	rest bool          // it waits, given back
	wait time.Duration // for so long
}

var (
	goOn = next{}
	over = next{over: true}
)

func rest(d time.Duration) next { return next{rest: true, wait: d} }

// work takes the run and goes on with it until it waits, is over, or stop is closed or the slice used up.
func (e *engine) work(ctx context.Context, id uuid.UUID, stop <-chan struct{}) (next, error) {
	taken, err := e.runs.TakeRun(ctx, id, e.timing.Lease)
	if err == nil {
		e.ahead.Store(int64(time.Since(taken.At)))
	}
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && taken.Over:
		return over, nil
	case err != nil:
		return goOn, err
	case taken.Lease == nil:
		return rest(taken.Wait), nil
	}
	return e.workOn(ctx, *taken.Lease, taken.Run, stop)
}

func (e *engine) workOn(ctx context.Context, l store.Lease, run store.Run, stop <-chan struct{}) (next, error) {
	for used := time.Now().Add(e.timing.Slice); ; {
		n, err := e.advance(ctx, &holder{engine: e, lease: l, run: run, read: time.Now()})
		if err != nil || n.over || n.rest {
			return n, err
		}
		if stopped(ctx, stop) || time.Now().After(used) {
			return rest(0), e.runs.GiveRunBack(ctx, l)
		}
		if run, err = e.runs.GetRun(ctx, l.RunID); err != nil {
			return goOn, err
		}
	}
}

func stopped(ctx context.Context, stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	case <-ctx.Done():
		return true
	default:
		return false
	}
}

// holder is one engine with one run that it holds, as just read.
type holder struct {
	*engine
	lease store.Lease
	run   store.Run
	read  time.Time // when, by the clock here
}

// now is the database's clock.
func (h *holder) now() time.Time { return h.run.ReadAt.Add(time.Since(h.read)) }

// advance does one step, or undoes one.
func (e *engine) advance(ctx context.Context, h *holder) (next, error) {
	if h.run.Status == lifecycle.RunCompensating {
		return h.undoNewest(ctx)
	}
	i := h.nextStep()
	if i < 0 {
		return over, h.runs.EndRun(ctx, h.lease, "")
	}
	s := h.run.Steps[i]
	t := store.RunTry{Position: s.Position, Name: s.Name}
	if h.run.AbortedAt.Valid && h.run.Kind.Builds() {
		return h.turnBack(ctx, t, false, store.RunTrouble{Kind: "aborted", Message: "Aborted by " + h.run.AbortName.String + "."})
	}
	return h.try(ctx, i, t)
}

func (h *holder) nextStep() int {
	for i, s := range h.run.Steps {
		if s.Status != lifecycle.RunDone {
			return i
		}
	}
	return -1
}

// turnBack begins the compensation; a run that has none is handed to a person.
func (h *holder) turnBack(ctx context.Context, t store.RunTry, failed bool, trouble store.RunTrouble) (next, error) {
	lost := store.StepLost{RunTry: t, RunTrouble: trouble, Failed: failed}
	h.log.WarnContext(ctx, "run turns back", "run", h.run.ID, "kind", h.run.Kind, "step", t.Name, "why", trouble.Kind, "message", trouble.Message)
	if h.run.Kind.Builds() {
		return goOn, h.runs.Compensate(ctx, h.lease, lost)
	}
	return over, h.runs.NeedOperator(ctx, h.lease, lost)
}

// asFault returns the fault that an error is. One that is none is trouble with the database.
func asFault(err error) (*Fault, bool) {
	var fault *Fault
	if !errors.As(err, &fault) {
		return nil, false
	}
	if err.Error() != fault.Error() { // a step has said more: which of several things it was about
		more := *fault
		more.Message = strings.TrimSuffix(err.Error(), fault.Error()) + fault.Message
		return &more, true
	}
	return fault, true
}

func trouble(f *Fault) store.RunTrouble {
	if f == nil {
		return store.RunTrouble{}
	}
	return store.RunTrouble{Kind: string(f.Kind), Message: f.Message}
}

func stepOf(name lifecycle.StepName) (step, error) {
	s, ok := steps[name]
	if !ok {
		return nil, fmt.Errorf("provisioning: nobody knows how to do the step %q", name)
	}
	return s, nil
}
