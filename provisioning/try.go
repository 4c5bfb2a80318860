package provisioning

import (
	"context"
	"errors"
	"fmt"
	"time"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// A try that was put off goes on under its number. One that failed, or of which nobody knows how it ended, is followed by another.
func tryNumber(s store.RunStep) int {
	if s.Status == lifecycle.RunRunning && s.NextTryAt.Valid {
		return s.Attempt
	}
	return s.Attempt + 1
}

// try does one try of a step: what is intended is written, the calls are made, what came of them is written.
func (h *holder) try(ctx context.Context, i int, t store.RunTry) (next, error) {
	s := h.run.Steps[i]
	does, err := stepOf(s.Name)
	if err != nil {
		return goOn, err
	}
	t.Attempt = tryNumber(s)
	if t.Attempt > s.MaxAttempts {
		return h.turnBack(ctx, t, true, store.RunTrouble{
			Kind: string(Unknown), Message: fmt.Sprintf("Given up after %d tries; how the last one ended is not known.", s.MaxAttempts),
		})
	}
	a := h.attempt(s)
	if l, ok := does.(limited); ok {
		t.Deadline = l.Deadline(h.timing)
	}
	if p, ok := does.(planned); ok && !a.Again {
		t.Intent = p.Intent(a)
	}
	end := time.Now().Add(h.timing.Attempt)
	if err := h.runs.BeginTry(ctx, h.lease, t); err != nil {
		return goOn, err
	}
	done, err := before(ctx, end, a, does.Do)
	if err == nil && done.Wait == 0 && done.Over == "" {
		err = h.finish(ctx, i, t, done)
		if err == nil {
			return h.afterStep(i), nil
		}
	}
	if err != nil {
		return h.failed(ctx, t, s, a, err)
	}
	if done.Over != "" {
		return over, h.runs.EndRun(ctx, h.lease, done.Over)
	}
	pause := store.RunPause{RunTry: t, RunTrouble: trouble(done.Why), Wait: done.Wait, Waiting: true}
	return rest(done.Wait), h.runs.PauseStep(ctx, h.lease, pause)
}

func (h *holder) attempt(s store.RunStep) *attempt {
	return &attempt{
		Run: h.run, Step: s, Again: len(s.Intent) > 0, Cloud: h.cloud, Image: h.image, Timing: h.timing, Now: h.now(),
		intend: func(ctx context.Context, intent any) error { return h.runs.IntendRun(ctx, h.lease, s.Position, intent) },
		name:   func(ctx context.Context, id int64) error { return h.runs.NameDroplet(ctx, h.lease, id) },
	}
}

// before has the calls of a try made before a time that precedes the end of the lease, counted from before the lease was last prolonged:
// what this process still does then, it does alone, however long it was held up.
func before(ctx context.Context, end time.Time, a *attempt, fn func(context.Context, *attempt) (outcome, error)) (outcome, error) {
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	return fn(ctx, a)
}

// finish writes the result. What a busy database did not take is sent again: what was done outside is not to be forgotten lightly.
func (h *holder) finish(ctx context.Context, i int, t store.RunTry, done outcome) error {
	d := store.StepDone{RunTry: t, Result: done.Result, Machine: done.Machine, Change: done.Change, LastStep: i == len(h.run.Steps)-1}
	err := insist(ctx, func() error { return h.runs.FinishStep(ctx, h.lease, d) })
	var refused *store.ErrRunRefused
	if errors.As(err, &refused) {
		return &Fault{Kind: Definite, Call: string(t.Name), Message: refused.Text}
	}
	return err
}

func insist(ctx context.Context, write func() error) error {
	for try := 1; ; try++ {
		err := write()
		if !errors.Is(err, store.ErrBusy) || try == 3 || ctx.Err() != nil {
			return err
		}
		time.Sleep(time.Duration(try) * 50 * time.Millisecond)
	}
}

func (h *holder) afterStep(i int) next {
	if i == len(h.run.Steps)-1 {
		return over
	}
	return goOn
}

// failed decides what becomes of a try that did not end well.
func (h *holder) failed(ctx context.Context, t store.RunTry, s store.RunStep, a *attempt, err error) (next, error) {
	fault, ok := asFault(err)
	switch {
	case !ok:
		return goOn, err
	case fault.Kind == Limited:
		// What was planned and not called is forgotten; what was learnt on the way is not: a call before this one may have made use of it.
		p := store.RunPause{RunTry: t, RunTrouble: trouble(fault), Wait: h.timing.told(fault.RetryAfter), Waiting: true, Forget: !a.Again && !a.intended}
		return rest(p.Wait), h.runs.PauseStep(ctx, h.lease, p)
	case fault.Kind == Unknown && t.Attempt < s.MaxAttempts:
		p := store.RunPause{RunTry: t, RunTrouble: trouble(fault), Wait: h.timing.backoff(t.Attempt)}
		return rest(p.Wait), h.runs.PauseStep(ctx, h.lease, p)
	}
	return h.turnBack(ctx, t, true, trouble(fault))
}
