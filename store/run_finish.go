package store

import (
	"context"
	"errors"
	"strings"

	"github.com/jmoiron/sqlx"

	"arcadia.example/console/lifecycle"
)

// StepChange is what a step changes here, in the same transaction in which it is done.
type StepChange string

// The changes of steps.
const (
	NoChange     StepChange = ""
	CheckState   StepChange = "check"    // nothing: the deployment stands where the run begins
	RegisterIt   StepChange = "register" // the machine in the inventory
	LinkIt       StepChange = "link"     // machine and address to the deployment
	UnlinkIt     StepChange = "unlink"   // and from it
	ReleaseIt    StepChange = "release"  // the machine in the inventory, as given back
	UnlinkAndOut StepChange = "out"      // both of these
	MoveIt       StepChange = "move"     // the deployment: activate or reactivate
)

// StepDone is a step at its end.
type StepDone struct {
	RunTry
	Result   any // kept as JSON
	Machine  Machine
	Change   StepChange
	LastStep bool // the run is done with it
}

// ErrRunRefused is why a step cannot be done here, ever: a sentence for people.
type ErrRunRefused struct{ Text string }

func (e *ErrRunRefused) Error() string { return e.Text }

const finishStepQuery = `
UPDATE run_steps SET status = 'done', token = $3, result = $4::jsonb, error = '', error_kind = '', next_try_at = NULL, finished_at = clock_timestamp()
 WHERE run_id = $1 AND position = $2`

const progressRunQuery = `
UPDATE runs SET status = 'running', error = '', error_kind = '', error_step = '', next_try_at = NULL, progressed_at = clock_timestamp(),
       droplet_id = coalesce(nullif($2::bigint, 0), droplet_id), held_until = clock_timestamp() + make_interval(secs => $3)
 WHERE id = $1`

const endRunQuery = `
UPDATE runs SET status = $2, step = '', next_try_at = NULL, held_by = NULL, held_until = NULL, ending = $3, error = $4, error_kind = $5, error_step = $6,
       progressed_at = clock_timestamp(), finished_at = clock_timestamp()
 WHERE id = $1`

// FinishStep records that a step is done, with what it changes here; the last one ends the run. An *ErrRunRefused says that the change
// is impossible: then nothing was written.
func (s *Store) FinishStep(ctx context.Context, l Lease, d StepDone) error {
	if d.Change == NoChange && !d.LastStep {
		return s.fenced(ctx, l, func(ctx context.Context, tx *sqlx.Tx, _ Run) error { return finishStep(ctx, tx, l, d) })
	}
	return s.fencedWhole(ctx, l, func(ctx context.Context, tx *sqlx.Tx, run Run) error {
		if err := s.change(ctx, tx, run, d.Change, d.Machine); err != nil {
			return err
		}
		if err := finishStep(ctx, tx, l, d); err != nil || !d.LastStep {
			return err
		}
		return s.endRun(ctx, tx, run, lifecycle.RunDone, "")
	})
}

func finishStep(ctx context.Context, tx *sqlx.Tx, l Lease, d StepDone) error {
	if _, err := tx.ExecContext(ctx, finishStepQuery, l.RunID, d.Position, l.Token, jsonOf(d.Result)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, progressRunQuery, l.RunID, d.Machine.ID, seconds(l.For))
	return err
}

// EndRun ends a run before its last step, because nobody wants any more what it was to do; ending says so to people.
func (s *Store) EndRun(ctx context.Context, l Lease, ending string) error {
	return s.fencedWhole(ctx, l, func(ctx context.Context, tx *sqlx.Tx, run Run) error {
		return s.endRun(ctx, tx, run, lifecycle.RunDone, ending)
	})
}

// endRun ends the run; where it followed a state or a host name that has changed meanwhile, the next one begins. The caller holds the rows of
// deployment and run.
func (s *Store) endRun(ctx context.Context, tx *sqlx.Tx, run Run, status lifecycle.RunStatus, ending string) error {
	if status == lifecycle.RunDone {
		run.Error, run.ErrorKind, run.ErrorStep = "", "", ""
	}
	_, err := tx.ExecContext(ctx, endRunQuery, run.ID, status, ending, run.Error, run.ErrorKind, run.ErrorStep)
	if err != nil || status != lifecycle.RunDone {
		return err
	}
	return s.followEnd(ctx, tx, run, ending == "")
}

// StepLost is a step that is given up.
type StepLost struct {
	RunTry
	RunTrouble
	Failed bool // the step failed; otherwise the run was asked to stop before or within it
}

const loseStepQuery = `
UPDATE run_steps SET status = $3, token = $4, error = $5, error_kind = $6, next_try_at = NULL, finished_at = clock_timestamp()
 WHERE run_id = $1 AND position = $2`

const compensateRunQuery = `
UPDATE runs SET status = 'compensating', step = $2, error = $3, error_kind = $4, error_step = $2, next_try_at = NULL, progressed_at = clock_timestamp(),
       held_until = clock_timestamp() + make_interval(secs => $5)
 WHERE id = $1`

// Compensate turns a run back: from now on what it did is undone.
func (s *Store) Compensate(ctx context.Context, l Lease, lost StepLost) error {
	return s.fenced(ctx, l, func(ctx context.Context, tx *sqlx.Tx, _ Run) error {
		if lost.Failed {
			_, err := tx.ExecContext(ctx, loseStepQuery, l.RunID, lost.Position, lifecycle.RunFailed, l.Token, lost.message(), lost.Kind)
			if err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, compensateRunQuery, l.RunID, lost.Name, lost.message(), lost.Kind, seconds(l.For))
		return err
	})
}

const needOperatorQuery = `
UPDATE runs SET status = 'needs_operator', step = $2, error = $3, error_kind = $4, error_step = $2, next_try_at = NULL, held_by = NULL, held_until = NULL,
       progressed_at = clock_timestamp()
 WHERE id = $1`

// NeedOperator hands a run to a person: a step or its compensation was tried as often as it may be. A deployment that was to be built
// is cancelled with it, the first time, or what refuses that is said as well. What followed a state that asks for something else by now is
// nobody's business any more.
func (s *Store) NeedOperator(ctx context.Context, l Lease, lost StepLost) error {
	return s.fencedWhole(ctx, l, func(ctx context.Context, tx *sqlx.Tx, run Run) error {
		d, err := getRunSubject(ctx, tx, run)
		if err != nil {
			return err
		}
		if ending, over := unwanted(run, d); over {
			_, err := tx.ExecContext(ctx, loseStepQuery, l.RunID, lost.Position, lifecycle.RunFailed, l.Token, lost.message(), lost.Kind)
			return errors.Join(err, s.endRun(ctx, tx, run, lifecycle.RunDone, ending))
		}
		lost := lost // this may be done again
		var refused *ErrRunRefused
		if err := s.cancelByRun(ctx, tx, run); errors.As(err, &refused) {
			lost.Message = sentences(lost.Message, refused.Text)
		} else if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, loseStepQuery, l.RunID, lost.Position, lifecycle.RunNeedsOperator, l.Token, lost.message(), lost.Kind)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, needOperatorQuery, l.RunID, lost.Name, lost.message(), lost.Kind)
		return err
	})
}

// sentences puts what is said after what was said, which may have no full stop: the provider's words are as they come.
func sentences(said, more string) string {
	said = strings.TrimRight(said, " ")
	if said != "" && !strings.ContainsAny(said[len(said)-1:], ".!?") {
		said += "."
	}
	return strings.TrimSpace(said + " " + more)
}

var errNoSuchChange = errors.New("store: a step asks for a change that there is not")

func (s *Store) change(ctx context.Context, tx *sqlx.Tx, run Run, c StepChange, m Machine) error {
	switch c {
	case NoChange:
		return nil
	case CheckState:
		return checkState(ctx, tx, run)
	case RegisterIt:
		return s.registerMachine(ctx, tx, run, m)
	case LinkIt:
		return s.linkMachine(ctx, tx, run, m)
	case UnlinkIt:
		return s.unlinkMachine(ctx, tx, run, m)
	case ReleaseIt:
		return s.releaseMachine(ctx, tx, m)
	case UnlinkAndOut:
		return errors.Join(s.unlinkMachine(ctx, tx, run, m), s.releaseMachine(ctx, tx, m))
	case MoveIt:
		return s.arriveByRun(ctx, tx, run)
	}
	return errNoSuchChange
}
