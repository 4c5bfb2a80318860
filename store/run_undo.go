package store

import (
	"context"

	"github.com/jmoiron/sqlx"

	"arcadia.example/console/lifecycle"
)

const beginUndoQuery = `
UPDATE run_steps SET status = 'compensating', undo_attempt = $3, token = $4, next_try_at = NULL,
       undo_started_at = coalesce(undo_started_at, clock_timestamp())
 WHERE run_id = $1 AND position = $2`

// BeginUndo records a try of a step's compensation, before it calls anything.
func (s *Store) BeginUndo(ctx context.Context, l Lease, t RunTry) error {
	return s.fenced(ctx, l, func(ctx context.Context, tx *sqlx.Tx, _ Run) error {
		var before int
		err := tx.GetContext(ctx, &before, `SELECT undo_attempt FROM run_steps WHERE run_id = $1 AND position = $2`, l.RunID, t.Position)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, beginUndoQuery, l.RunID, t.Position, t.Attempt, l.Token)
		if err := expectOne(result, err); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, runTryingQuery, l.RunID, lifecycle.RunCompensating, t.Name, seconds(l.For), before != t.Attempt)
		return err
	})
}

// The trouble of the step itself stays, where it failed; that of its compensation is over.
const finishUndoQuery = `
UPDATE run_steps SET status = 'compensated', token = $3, next_try_at = NULL, undone_at = clock_timestamp(), error = '', error_kind = ''
 WHERE run_id = $1 AND position = $2`

const progressUndoQuery = `
UPDATE runs SET next_try_at = NULL, progressed_at = clock_timestamp(), held_until = clock_timestamp() + make_interval(secs => $2) WHERE id = $1`

// FinishUndo records that a step is undone, with what that changes here.
func (s *Store) FinishUndo(ctx context.Context, l Lease, d StepDone) error {
	return s.fencedWhole(ctx, l, func(ctx context.Context, tx *sqlx.Tx, run Run) error {
		if err := s.change(ctx, tx, run, d.Change, d.Machine); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, finishUndoQuery, l.RunID, d.Position, l.Token); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, progressUndoQuery, l.RunID, seconds(l.For))
		return err
	})
}

// FinishCompensation ends a run of which everything is undone; a deployment that was to be built is cancelled with it. An *ErrRunRefused says
// that this is impossible: then nothing was written.
func (s *Store) FinishCompensation(ctx context.Context, l Lease) error {
	return s.fencedWhole(ctx, l, func(ctx context.Context, tx *sqlx.Tx, run Run) error {
		if err := s.cancelByRun(ctx, tx, run); err != nil {
			return err
		}
		return s.endRun(ctx, tx, run, lifecycle.RunCompensated, "")
	})
}
