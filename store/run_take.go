package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/lifecycle"
)

// Lease is the right of one process to write for a run. Another take of the run ends it: what is written under it then is ErrFenced.
type Lease struct {
	RunID        uuid.UUID
	DeploymentID uuid.UUID
	Token        int64
	For          time.Duration // how long the run is left to its holder after each write
}

// Taken is the outcome of TakeRun. Over: nothing more is to be done by any process, until a person says so. Otherwise, without a
// Lease, it is not due, or another process works on it: Wait says when to look again.
type Taken struct {
	At    time.Time // when that was so, by the database's clock
	Over  bool
	Wait  time.Duration
	Lease *Lease
	Run   Run // with its steps, when there is a lease
}

const lockRunQuery = `SELECT r.id, r.deployment_id, r.kind, r.status, r.step, r.droplet_id, r.error, r.error_kind, r.error_step, r.actor_kind, r.actor,
  r.actor_name, r.actor_roles, r.reason, r.notes, r.abort_kind, r.abort_actor, r.abort_name, r.abort_roles, r.abort_reason, r.abort_notes,
  r.aborted_at, r.token, r.held_by, r.held_until, r.next_try_at, r.finished_at, r.spec, clock_timestamp() AS read_at
  FROM runs r WHERE r.id = $1 FOR UPDATE`

func lockRun(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) (Run, error) {
	var run Run
	err := tx.GetContext(ctx, &run, lockRunQuery, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Run{}, ErrNotFound
	}
	if err != nil {
		return Run{}, err
	}
	return run, run.readSpec()
}

// TakeRun gives the run to the caller, if it is due and nobody else's, until the time is over or another takes it then.
func (s *Store) TakeRun(ctx context.Context, id uuid.UUID, lease time.Duration) (Taken, error) {
	var taken Taken
	take := s.newID()
	err := s.settled(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		taken = Taken{}
		run, err := lockRun(ctx, tx, id)
		if err != nil {
			return err
		}
		taken.At = run.ReadAt
		mine := run.HeldBy.UUID == take // the answer to our commit was lost
		switch wait := run.notBefore().Sub(run.ReadAt); {
		case !run.Status.Live() || run.Status == lifecycle.RunNeedsOperator:
			taken.Over = true
			return nil
		case wait > 0 && !mine:
			taken.Wait = wait
			return nil
		case !mine:
			if err := tx.GetContext(ctx, &run.Token, takeRunQuery, id, take, seconds(lease)); err != nil {
				return err
			}
		}
		taken.Lease = &Lease{RunID: id, DeploymentID: run.DeploymentID, Token: run.Token, For: lease}
		taken.Run, err = getRun(ctx, tx, `SELECT `+runColumns+runFrom+` WHERE r.id = $1`, id)
		return err
	})
	return taken, err
}

const takeRunQuery = `
UPDATE runs SET token = token + 1, held_by = $2, held_until = clock_timestamp() + make_interval(secs => $3),
       started_at = coalesce(started_at, clock_timestamp())
 WHERE id = $1 RETURNING token`

// notBefore is when the run may be taken: when it is due, and nobody's.
func (r Run) notBefore() time.Time {
	at := r.NextTryAt.Time
	if r.HeldUntil.Time.After(at) {
		at = r.HeldUntil.Time
	}
	return at
}

// GiveRunBack ends a lease whose holder has nothing more to do with the run now.
func (s *Store) GiveRunBack(ctx context.Context, l Lease) error {
	return s.fenced(ctx, l, func(ctx context.Context, tx *sqlx.Tx, _ Run) error {
		_, err := tx.ExecContext(ctx, `UPDATE runs SET held_by = NULL, held_until = NULL WHERE id = $1`, l.RunID)
		return err
	})
}

// fenced runs fn with the row of the run, if the lease still holds; otherwise ErrFenced. It may run it again: see settled.
func (s *Store) fenced(ctx context.Context, l Lease, fn func(context.Context, *sqlx.Tx, Run) error) error {
	return s.settled(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		run, err := lockRun(ctx, tx, l.RunID)
		if err != nil {
			return err
		}
		if run.Token != l.Token || run.FinishedAt.Valid {
			return ErrFenced
		}
		return fn(ctx, tx, run)
	})
}

// fencedWhole is fenced for what changes the deployment or ends the run. The deployment's row comes first, as in every move:
// nobody waits for somebody who waits for him. A run that is over under this very lease was ended by an earlier try of fn.
func (s *Store) fencedWhole(ctx context.Context, l Lease, fn func(context.Context, *sqlx.Tx, Run) error) error {
	return s.settled(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `SELECT FROM cloud_deployments WHERE id = $1 FOR UPDATE`, l.DeploymentID); err != nil {
			return err
		}
		run, err := lockRun(ctx, tx, l.RunID)
		switch {
		case err != nil:
			return err
		case run.Token != l.Token:
			return ErrFenced
		case run.FinishedAt.Valid:
			return nil
		}
		return fn(ctx, tx, run)
	})
}

// WakeRuns puts in a job for each live run that is due for longer than the slack and that nobody works on, has no job to
// come, and returns how many. Such runs are rare: the process that worked on them has died, or its job was lost.
func (s *Store) WakeRuns(ctx context.Context, slack time.Duration, most int) (int, error) {
	var woken int
	err := s.write(ctx, func(tx *sqlx.Tx) error {
		var alone bool
		if err := tx.GetContext(ctx, &alone, `SELECT pg_try_advisory_xact_lock($1)`, wakeLock); err != nil || !alone {
			return err
		}
		var ids []uuid.UUID
		if err := tx.SelectContext(ctx, &ids, sleepingRunsQuery, seconds(slack), most); err != nil || len(ids) == 0 {
			return err
		}
		woken = len(ids)
		return s.enqueueRuns(ctx, tx, ids...)
	})
	return woken, err
}

// wakeLock lets one process at a time look for runs to wake.
const wakeLock = 0x72756e73 // "runs"

// A job counts that comes now. One that is being worked does not: whoever works on it holds the run, or has died. Neither does one for
// later, put off for a reason that is over: the run was another's, or somebody has told it to go on since. What was put off is made
// available by one process, which may have died, too: it counts for a little longer than that usually takes.
const sleepingRunsQuery = `
SELECT r.id FROM runs r
 WHERE r.live AND r.status <> 'needs_operator'
   AND greatest(r.next_try_at, r.held_until, r.inserted_at) < clock_timestamp() - make_interval(secs => $1)
   AND r.id NOT IN (SELECT (j.args->>'run_id')::uuid FROM river_job j
                     WHERE j.kind = 'run' AND j.scheduled_at <= clock_timestamp()
                       AND (j.state = 'available' OR j.state IN ('pending', 'retryable', 'scheduled')
                                                 AND j.scheduled_at > clock_timestamp() - 2 * make_interval(secs => $1)))
 ORDER BY r.next_try_at NULLS FIRST LIMIT $2`

// seconds is how a duration is sent.
func seconds(d time.Duration) float64 { return d.Seconds() }
