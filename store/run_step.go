package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"arcadia.example/console/lifecycle"
)

// Each method here is one write of the holder of a run. They state numbers and never count on: done twice they have done it once.

// RunTry is one try of a step or of its compensation.
type RunTry struct {
	Position int
	Name     lifecycle.StepName
	Attempt  int           // from 1
	Intent   any           // what is to be called and how it is undone, kept as JSON; nil leaves what is there
	Deadline time.Duration // of the step from its first try on; 0: none
}

// RunTrouble is why a try did not end well.
type RunTrouble struct {
	Kind    string // definite, not_found, limited, unknown, deadline, aborted, …
	Message string // for people, without secrets; what is too long is cut
}

const maxRunMessage = 2000

func (t RunTrouble) message() string {
	runes := []rune(t.Message)
	if len(runes) > maxRunMessage {
		return string(runes[:maxRunMessage-1]) + "…"
	}
	return t.Message
}

// jsonOf is what is kept of an intent or a result; nil stays nothing.
func jsonOf(v any) any {
	if v == nil {
		return nil
	}
	return marshal(v)
}

const beginTryQuery = `
UPDATE run_steps SET status = 'running', attempt = $3, token = $4, intent = coalesce($5::jsonb, intent), next_try_at = NULL,
       started_at = coalesce(started_at, clock_timestamp()),
       deadline_at = CASE WHEN $6::float8 > 0 THEN coalesce(deadline_at, clock_timestamp() + make_interval(secs => $6::float8)) END
 WHERE run_id = $1 AND position = $2`

// A try that was only put off is no progress.
const runTryingQuery = `
UPDATE runs SET status = $2, step = $3, next_try_at = NULL, held_until = clock_timestamp() + make_interval(secs => $4),
       progressed_at = CASE WHEN $5 THEN clock_timestamp() ELSE progressed_at END
 WHERE id = $1`

// BeginTry records what is about to be called, before it is called.
func (s *Store) BeginTry(ctx context.Context, l Lease, t RunTry) error {
	return s.fenced(ctx, l, func(ctx context.Context, tx *sqlx.Tx, _ Run) error {
		var before int
		if err := tx.GetContext(ctx, &before, `SELECT attempt FROM run_steps WHERE run_id = $1 AND position = $2`, l.RunID, t.Position); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, beginTryQuery, l.RunID, t.Position, t.Attempt, l.Token, jsonOf(t.Intent), seconds(t.Deadline))
		if err := expectOne(result, err); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, runTryingQuery, l.RunID, lifecycle.RunRunning, t.Name, seconds(l.For), before != t.Attempt)
		return err
	})
}

// IntendRun replaces what is about to be called, within a try: what was looked up first belongs to it.
func (s *Store) IntendRun(ctx context.Context, l Lease, position int, intent any) error {
	return s.fenced(ctx, l, func(ctx context.Context, tx *sqlx.Tx, _ Run) error {
		_, err := tx.ExecContext(ctx, `UPDATE run_steps SET intent = $3::jsonb, token = $4 WHERE run_id = $1 AND position = $2`,
			l.RunID, position, marshal(intent), l.Token)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE runs SET held_until = clock_timestamp() + make_interval(secs => $2) WHERE id = $1`, l.RunID, seconds(l.For))
		return err
	})
}

// NameDroplet records the droplet that a run has to answer for.
func (s *Store) NameDroplet(ctx context.Context, l Lease, id int64) error {
	return s.fenced(ctx, l, func(ctx context.Context, tx *sqlx.Tx, _ Run) error {
		_, err := tx.ExecContext(ctx, `UPDATE runs SET droplet_id = $2 WHERE id = $1`, l.RunID, id)
		return err
	})
}

// RunPause puts a step off. A try that is only Waiting is not over: the same one goes on.
type RunPause struct {
	RunTry
	RunTrouble
	Wait    time.Duration
	Waiting bool // no try was spent: what is waited for is not there yet, or the provider has said when
	Forget  bool // nothing was called: the intent is gone
}

const pauseStepQuery = `
UPDATE run_steps SET status = $3, token = $4, error = $5, error_kind = $6, next_try_at = clock_timestamp() + make_interval(secs => $7),
       intent = CASE WHEN $8 THEN NULL ELSE intent END
 WHERE run_id = $1 AND position = $2`

// Retrying is said of a run whose last try failed.
const pauseRunQuery = `
UPDATE runs SET status = $2, error = $3, error_kind = $4, error_step = $5, held_by = NULL, held_until = NULL,
       next_try_at = clock_timestamp() + make_interval(secs => $6)
 WHERE id = $1`

// PauseStep puts a step off, and gives the run back until then.
func (s *Store) PauseStep(ctx context.Context, l Lease, p RunPause) error {
	step, run := lifecycle.RunRetrying, lifecycle.RunRetrying
	if p.Waiting {
		step = lifecycle.RunRunning
	}
	if p.Waiting && p.Message == "" {
		run = lifecycle.RunRunning
	}
	return s.pause(ctx, l, p, step, run)
}

// PauseUndo puts a compensation off, and gives the run back until then.
func (s *Store) PauseUndo(ctx context.Context, l Lease, p RunPause) error {
	return s.pause(ctx, l, p, lifecycle.RunCompensating, lifecycle.RunCompensating)
}

func (s *Store) pause(ctx context.Context, l Lease, p RunPause, step, status lifecycle.RunStatus) error {
	return s.fenced(ctx, l, func(ctx context.Context, tx *sqlx.Tx, run Run) error {
		_, err := tx.ExecContext(ctx, pauseStepQuery, l.RunID, p.Position, step, l.Token, p.message(), p.Kind, seconds(p.Wait), p.Forget)
		if err != nil {
			return err
		}
		// What a rollback was begun for stays in view while it is under way; the step says what troubles it.
		said, kind, where := p.message(), p.Kind, p.Name
		if status == lifecycle.RunCompensating {
			said, kind, where = run.Error, run.ErrorKind, run.ErrorStep
		} else if said == "" {
			where = ""
		}
		_, err = tx.ExecContext(ctx, pauseRunQuery, l.RunID, status, said, kind, where, seconds(p.Wait))
		return err
	})
}
