package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// FindingStatus is where a finding stands.
type FindingStatus string

// The statuses.
const (
	FindingOpen     FindingStatus = "open"
	FindingRemoving FindingStatus = "removing" // its removal began; whether it is gone is not known yet
	FindingRemoved  FindingStatus = "removed"
	FindingSettled  FindingStatus = "settled" // it belongs to something, or is gone by itself
)

// Finding is a machine that a sweep found to belong to nothing here, or to be missing at the provider.
type Finding struct {
	DropletID      int64                  `db:"droplet_id"`
	Name           string                 `db:"name"`
	Region         string                 `db:"region"`
	Size           string                 `db:"size"`
	DeploymentID   uuid.NullUUID          `db:"deployment_id"`   // that its tags name
	DeploymentName sql.NullString         `db:"deployment_name"` // if there is one
	RunID          uuid.NullUUID          `db:"run_id"`          // that its tags name, whether there is one or not
	RunKind        sql.NullString         `db:"run_kind"`        // if there is one
	CreatedAt      sql.NullTime           `db:"created_at"`      // by the provider's word
	Status         FindingStatus          `db:"status"`
	Verdict        lifecycle.SweepVerdict `db:"verdict"`
	Seen           int                    `db:"seen"`
	Failed         int                    `db:"failed"`
	Error          string                 `db:"error"` // of the newest removal
	FirstSeenAt    time.Time              `db:"first_seen_at"`
	LastSeenAt     time.Time              `db:"last_seen_at"`

	Decision    lifecycle.SweepDecision `db:"decision"` // of a person
	DecidedKind access.Kind             `db:"decided_kind"`
	DecidedName string                  `db:"decided_name"`
	DecidedNote string                  `db:"decided_note"`
	DecidedAt   sql.NullTime            `db:"decided_at"`
	ReadAt      time.Time               `db:"read_at"`
	RemovedAt   sql.NullTime            `db:"removed_at"`
	RemovingIn  uuid.NullUUID           `db:"removing_in"`
}

const findingColumns = `f.droplet_id, f.name, f.region, f.size, f.deployment_id, d.name AS deployment_name, f.run_id, r.kind AS run_kind, f.created_at,
  f.status, f.verdict, f.seen, f.failed, f.error, f.first_seen_at, f.last_seen_at, coalesce(f.decision, '') AS decision,
  coalesce(f.decided_kind, '') AS decided_kind, coalesce(f.decided_name, '') AS decided_name, f.decided_note, f.decided_at, f.removed_at, f.removing_in,
  clock_timestamp() AS read_at`

const findingFrom = ` FROM sweep_findings f LEFT JOIN cloud_deployments d ON d.id = f.deployment_id
  LEFT JOIN runs r ON r.id = f.run_id AND r.deployment_id = f.deployment_id`

// Subject is the finding as a decision sees it.
func (f Finding) Subject() lifecycle.SweepSubject {
	return lifecycle.SweepSubject{
		Verdict: f.Verdict, Decision: f.Decision, Removing: f.Status == FindingRemoving && !f.Verdict.Asks(),
		Over: f.Status == FindingRemoved || f.Status == FindingSettled,
	}
}

// since is the finding for who has read it at a time; zero: now.
func (f Finding) since(seen time.Time) lifecycle.SweepSubject {
	subject := f.Subject()
	if !seen.IsZero() && f.DecidedAt.Time.After(seen) {
		subject.Since = f.DecidedName
	}
	return subject
}

// Findings are what sweeps found and is not over, and the newest sweep that came to its end.
type Findings struct {
	Rows   []Finding // those that ask first, at most FindingsCap
	Total  int
	Asks   int
	Newest Sweep // zero: there was none yet
}

// FindingsCap is how many findings are listed at most.
const FindingsCap = 100

// ListFindings returns what sweeps found and is not over.
func (s *Store) ListFindings(ctx context.Context) (Findings, error) {
	var found Findings
	err := s.read(ctx, func(tx *sqlx.Tx) error {
		err := tx.SelectContext(ctx, &found.Rows, `SELECT `+findingColumns+findingFrom+`
 WHERE f.provider = `+thatProvider+` AND f.status IN ('open', 'removing')
 ORDER BY f.decision IS NOT NULL AND f.verdict <> 'failing', f.verdict = ANY ($2) DESC, f.first_seen_at, f.droplet_id LIMIT $3`,
			s.provider, textArray(asking()), FindingsCap)
		if err != nil {
			return err
		}
		err = tx.QueryRowxContext(ctx, `
SELECT count(*), count(*) FILTER (WHERE verdict = ANY ($2) AND (decision IS NULL OR verdict = 'failing'))
  FROM sweep_findings WHERE provider = `+thatProvider+` AND status IN ('open', 'removing')`, s.provider, textArray(asking())).Scan(&found.Total, &found.Asks)
		if err != nil {
			return err
		}
		err = tx.GetContext(ctx, &found.Newest, `SELECT `+sweepColumns+`
  FROM sweeps WHERE provider = `+thatProvider+` AND NOT dry AND finished_at IS NOT NULL ORDER BY started_at DESC LIMIT 1`, s.provider)
		if err == sql.ErrNoRows {
			return nil
		}
		return err
	})
	return found, err
}

// GetFinding returns what a sweep found of a droplet, or ErrNotFound.
func (s *Store) GetFinding(ctx context.Context, dropletID int64) (Finding, error) {
	var f Finding
	err := s.read(ctx, func(tx *sqlx.Tx) (err error) {
		f, err = s.getFinding(ctx, tx, dropletID)
		return err
	})
	return f, err
}

func (s *Store) getFinding(ctx context.Context, tx *sqlx.Tx, dropletID int64) (Finding, error) {
	var f Finding
	err := tx.GetContext(ctx, &f, `SELECT `+findingColumns+findingFrom+` WHERE f.provider = `+thatProvider+` AND f.droplet_id = $2`, s.provider, dropletID)
	if err == sql.ErrNoRows {
		return Finding{}, ErrNotFound
	}
	return f, err
}
