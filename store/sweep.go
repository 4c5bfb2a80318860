package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// Sweeper stands for the sweeps in what they leave.
var Sweeper = access.Actor{Kind: access.System, ID: "sweeper", Name: "Sweeper"}

// ErrSweeping: another sweep of the same provider is under way.
var ErrSweeping = errors.New("another sweep is under way")

// SweepOrigin is who sweeps.
type SweepOrigin string

// The origins.
const (
	SweptByConsole SweepOrigin = "console" // one that serves
	SweptByCommand SweepOrigin = "command" // somebody at a terminal
)

// Sweep is one look at all machines of the provider, as it stands or ended.
type Sweep struct {
	ID         uuid.UUID    `db:"id"`
	Origin     SweepOrigin  `db:"origin"`
	LookedAt   int          `db:"looked_at"` // machines at the provider
	Removed    int          `db:"removed"`
	Kept       int          `db:"kept"` // findings that are left
	Asks       int          `db:"asks"` // of these, those that a person has to decide
	Error      string       `db:"error"`
	StartedAt  time.Time    `db:"started_at"`
	FinishedAt sql.NullTime `db:"finished_at"`
}

const sweepColumns = `id, origin, looked_at, removed, kept, asks, error, started_at, finished_at`

// SweepStart says whether and how to begin a sweep.
type SweepStart struct {
	Origin SweepOrigin
	Every  time.Duration // not sooner after the one before, unless a person has decided that something is to be removed; 0: at once
	Lease  time.Duration // a sweep that writes nothing for so long is another's to take over
}

// SweepLease is the right of one process to sweep. Another one's taking over ends it: what is written under it then is ErrFenced.
type SweepLease struct {
	ID  uuid.UUID
	At  time.Time // when it began, by the database's clock
	For time.Duration
}

const sweepDueQuery = `
SELECT NOT EXISTS (SELECT FROM sweeps WHERE provider = $1 AND NOT dry AND started_at > clock_timestamp() - make_interval(secs => $2))
    OR EXISTS (SELECT FROM sweep_findings WHERE provider = $1 AND status IN ('open', 'removing') AND decision = 'remove'
                  AND decided_at > (SELECT max(started_at) FROM sweeps WHERE provider = $1 AND NOT dry))`

// A sweep whose process has died is ended by the next one; what it had begun to remove is found and finished by that.
const endDeadSweepQuery = `
UPDATE sweeps SET finished_at = clock_timestamp(), error = 'Its process ended before it did.'
 WHERE provider = $1 AND NOT dry AND finished_at IS NULL AND held_until < clock_timestamp()`

// sweepLock keeps two processes from beginning a sweep at once.
const sweepLock = 0x73776570 // "swep"

// BeginSweep begins a sweep, if it is due. ErrSweeping while another one is under way.
func (s *Store) BeginSweep(ctx context.Context, start SweepStart) (lease SweepLease, due bool, err error) {
	id := s.newID()
	err = s.settled(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		lease, due = SweepLease{ID: id, For: start.Lease}, false
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, sweepLock); err != nil {
			return err
		}
		err := tx.GetContext(ctx, &lease.At, `SELECT started_at FROM sweeps WHERE id = $1`, id)
		if !errors.Is(err, sql.ErrNoRows) {
			due = true // the answer to our commit was lost
			return err
		}
		if err := tx.GetContext(ctx, &due, sweepDueQuery, s.provider, seconds(start.Every)); err != nil || !due && start.Every > 0 {
			return err
		}
		due = true
		return s.insertSweep(ctx, tx, &lease, start)
	})
	return lease, due && err == nil, err
}

func (s *Store) insertSweep(ctx context.Context, tx *sqlx.Tx, lease *SweepLease, start SweepStart) error {
	if _, err := tx.ExecContext(ctx, endDeadSweepQuery, s.provider); err != nil {
		return err
	}
	var under bool
	err := tx.GetContext(ctx, &under, `SELECT EXISTS (SELECT FROM sweeps WHERE provider = $1 AND NOT dry AND finished_at IS NULL)`, s.provider)
	if err != nil {
		return err
	}
	if under {
		return ErrSweeping
	}
	return tx.GetContext(ctx, &lease.At, `
INSERT INTO sweeps (id, provider, origin, dry, held_until) VALUES ($1, $2, $3, false, clock_timestamp() + make_interval(secs => $4))
RETURNING started_at`, lease.ID, s.provider, start.Origin, seconds(start.Lease))
}

// sweeping runs fn under the lease, and renews that.
func (s *Store) sweeping(ctx context.Context, l SweepLease, fn func(context.Context, *sqlx.Tx) error) error {
	return s.settled(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE sweeps SET held_until = clock_timestamp() + make_interval(secs => $2) WHERE id = $1 AND finished_at IS NULL`,
			l.ID, seconds(l.For))
		if err := expectOne(result, err); err != nil {
			if errors.Is(err, ErrNotFound) {
				return ErrFenced
			}
			return err
		}
		return fn(ctx, tx)
	})
}

const endSweepQuery = `
UPDATE sweeps SET finished_at = clock_timestamp(), error = $3, kept = f.kept, asks = f.asks
  FROM (SELECT count(*) AS kept, count(*) FILTER (WHERE verdict = ANY ($4) AND (decision IS NULL OR verdict = 'failing')) AS asks
          FROM sweep_findings WHERE provider = $2 AND status IN ('open', 'removing')) f
 WHERE id = $1 AND finished_at IS NULL`

// EndSweep ends a sweep; trouble says why it did not come to its end. It returns how it ended.
func (s *Store) EndSweep(ctx context.Context, l SweepLease, trouble RunTrouble) (Sweep, error) {
	var sweep Sweep
	err := s.settled(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, endSweepQuery, l.ID, s.provider, trouble.message(), textArray(asking())); err != nil {
			return err
		}
		return tx.GetContext(ctx, &sweep, `SELECT `+sweepColumns+` FROM sweeps WHERE id = $1`, l.ID)
	})
	return sweep, err
}

// asking are the verdicts by which a person has to decide.
func asking() []lifecycle.SweepVerdict {
	var list []lifecycle.SweepVerdict
	for _, v := range lifecycle.SweepVerdicts {
		if v.Asks() {
			list = append(list, v)
		}
	}
	return list
}

// RecordDrySweep keeps that somebody looked, and what would have been left.
func (s *Store) RecordDrySweep(ctx context.Context, lookedAt int) error {
	id := s.newID()
	return s.settled(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
INSERT INTO sweeps (id, provider, origin, dry, looked_at, finished_at) VALUES ($1, $2, $3, true, $4, clock_timestamp()) ON CONFLICT DO NOTHING`,
			id, s.provider, SweptByCommand, lookedAt)
		return err
	})
}
