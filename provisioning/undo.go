package provisioning

import (
	"context"
	"errors"
	"time"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// undoNewest undoes the newest step that began and is not undone, known or not; when there is none, the run is compensated.
func (h *holder) undoNewest(ctx context.Context) (next, error) {
	for i := len(h.run.Steps) - 1; i >= 0; i-- {
		if s := h.run.Steps[i]; s.Attempt > 0 && s.Status != lifecycle.RunCompensated {
			return h.undo(ctx, s)
		}
	}
	err := insist(ctx, func() error { return h.runs.FinishCompensation(ctx, h.lease) })
	var refused *store.ErrRunRefused
	if errors.As(err, &refused) { // no step is left to which that could be put down but the one that the run begins with
		return h.needOperator(ctx, store.RunTry{Name: lifecycle.StepMark}, store.RunTrouble{Kind: string(Definite), Message: "All that it did is undone."})
	}
	return over, err
}

func undoNumber(s store.RunStep) int {
	putOff := s.Status == lifecycle.RunCompensating && s.NextTryAt.Valid && (s.ErrorKind == "" || s.ErrorKind == string(Limited))
	if putOff && s.UndoAttempt > 0 {
		return s.UndoAttempt
	}
	return s.UndoAttempt + 1
}

func (h *holder) undo(ctx context.Context, s store.RunStep) (next, error) {
	does, err := stepOf(s.Name)
	if err != nil {
		return goOn, err
	}
	t := store.RunTry{Position: s.Position, Name: s.Name, Attempt: undoNumber(s)}
	if t.Attempt > s.UndoMaxAttempts {
		return h.needOperator(ctx, t, store.RunTrouble{Kind: s.ErrorKind, Message: s.Error})
	}
	end := time.Now().Add(h.timing.Attempt)
	if err := h.runs.BeginUndo(ctx, h.lease, t); err != nil {
		return goOn, err
	}
	done, err := before(ctx, end, h.attempt(s), does.Undo)
	switch fault, ok := asFault(err); {
	case err != nil && !ok:
		return goOn, err
	case err != nil:
		return h.undoFailed(ctx, t, s, fault)
	case done.Wait > 0:
		p := store.RunPause{RunTry: t, Wait: done.Wait, Waiting: true}
		return rest(p.Wait), h.runs.PauseUndo(ctx, h.lease, p)
	}
	err = insist(ctx, func() error {
		return h.runs.FinishUndo(ctx, h.lease, store.StepDone{RunTry: t, Machine: done.Machine, Change: done.Change})
	})
	var refused *store.ErrRunRefused
	if errors.As(err, &refused) {
		return h.undoFailed(ctx, t, s, &Fault{Kind: Definite, Call: string(t.Name), Message: refused.Text})
	}
	return goOn, err
}

// undoFailed tries again whatever was said: a machine that is busy is refused today and deleted a minute later.
func (h *holder) undoFailed(ctx context.Context, t store.RunTry, s store.RunStep, f *Fault) (next, error) {
	p := store.RunPause{RunTry: t, RunTrouble: trouble(f), Wait: h.timing.backoff(t.Attempt)}
	switch {
	case f.Kind == Limited:
		p.Waiting, p.Wait = true, h.timing.told(f.RetryAfter)
	case t.Attempt >= s.UndoMaxAttempts:
		return h.needOperator(ctx, t, trouble(f))
	}
	return rest(p.Wait), h.runs.PauseUndo(ctx, h.lease, p)
}

func (h *holder) needOperator(ctx context.Context, t store.RunTry, trouble store.RunTrouble) (next, error) {
	h.log.ErrorContext(ctx, "rollback is incomplete: an operator must see to it", "run", h.run.ID, "deployment", h.run.DeploymentID,
		"droplet", h.run.DropletID.Int64, "step", t.Name, "why", trouble.Kind, "message", trouble.Message)
	return over, insist(ctx, func() error {
		return h.runs.NeedOperator(ctx, h.lease, store.StepLost{RunTry: t, RunTrouble: trouble})
	})
}
