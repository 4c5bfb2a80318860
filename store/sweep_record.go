package store

import (
	"context"
	"database/sql"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"arcadia.example/console/lifecycle"
)

// RecordSweep decides about each machine that the provider listed, the oldest first, and records what belongs to nothing. It returns all
// machines with the verdicts.
func (s *Store) RecordSweep(ctx context.Context, l SweepLease, droplets []SeenDroplet) (list []JudgedDroplet, err error) {
	err = s.sweeping(ctx, l, func(ctx context.Context, tx *sqlx.Tx) error {
		judged, err := s.judgeAll(ctx, tx, l.ID, l.At, droplets)
		if err != nil {
			return err
		}
		for _, j := range judged {
			if err := s.recordJudgement(ctx, tx, l, j); err != nil {
				return err
			}
		}
		if err := s.recordGone(ctx, tx, l, droplets); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE sweeps SET looked_at = $2 WHERE id = $1`, l.ID, len(droplets))
		list = plainJudgements(judged)
		return err
	})
	return list, err
}

const recordFindingQuery = `
INSERT INTO sweep_findings AS f (provider, droplet_id, name, region, size, deployment_id, run_id, created_at, verdict, seen, sweep_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (provider, droplet_id) DO UPDATE
   SET name = excluded.name, region = excluded.region, size = excluded.size, deployment_id = excluded.deployment_id, run_id = excluded.run_id,
       created_at = excluded.created_at, verdict = excluded.verdict, seen = excluded.seen, sweep_id = excluded.sweep_id,
       last_seen_at = clock_timestamp()`

// A machine that was removed or settled and is found again is a finding of its own: what was said of the earlier one does not count.
const reopenFindingQuery = `
UPDATE sweep_findings SET status = 'open', removed_at = NULL, failed = 0, error = '', first_seen_at = clock_timestamp(), removing_in = NULL,
       decision = NULL, decided_kind = NULL, decided_by = NULL, decided_name = NULL, decided_note = '', decided_at = NULL
 WHERE provider = $1 AND droplet_id = $2 AND status IN ('removed', 'settled')`

func (s *Store) recordJudgement(ctx context.Context, tx *sqlx.Tx, l SweepLease, j judgement) error {
	if j.Verdict.Settled() {
		return s.settleFinding(ctx, tx, j.ID, j.Verdict)
	}
	if _, err := tx.ExecContext(ctx, reopenFindingQuery, s.provider, j.ID); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, recordFindingQuery, s.provider, j.ID, j.Name, j.Region, j.Size, j.DeploymentID, j.RunID,
		sql.NullTime{Time: j.CreatedAt, Valid: !j.CreatedAt.IsZero()}, j.Verdict, j.seen, l.ID)
	return err
}

func (s *Store) settleFinding(ctx context.Context, tx *sqlx.Tx, dropletID int64, v lifecycle.SweepVerdict) error {
	_, err := tx.ExecContext(ctx, `
UPDATE sweep_findings SET status = 'settled', verdict = $3 WHERE provider = $1 AND droplet_id = $2 AND status IN ('open', 'removing')`,
		s.provider, dropletID, v)
	return err
}

const goneFindingsQuery = `
SELECT droplet_id, status FROM sweep_findings
 WHERE provider = $1 AND status IN ('open', 'removing') AND verdict <> 'missing' AND NOT droplet_id = ANY ($2)`

// recordGone ends the findings of machines that the provider does not list any more: what a sweep had begun to remove was removed,
// though the answer was lost; anything else went by itself.
func (s *Store) recordGone(ctx context.Context, tx *sqlx.Tx, l SweepLease, droplets []SeenDroplet) error {
	ids := make([]int64, len(droplets))
	for i, d := range droplets {
		ids[i] = d.ID
	}
	var gone []struct {
		DropletID int64         `db:"droplet_id"`
		Status    FindingStatus `db:"status"`
	}
	if err := tx.SelectContext(ctx, &gone, goneFindingsQuery, s.provider, pq.Array(ids)); err != nil {
		return err
	}
	for _, f := range gone {
		if f.Status == FindingRemoving {
			if err := s.recordRemoved(ctx, tx, l, f.DropletID); err != nil {
				return err
			}
			continue
		}
		_, err := tx.ExecContext(ctx, `UPDATE sweep_findings SET status = 'settled' WHERE provider = $1 AND droplet_id = $2`, s.provider, f.DropletID)
		if err != nil {
			return err
		}
	}
	return nil
}

const missingCandidatesQuery = `
SELECT c.droplet_id, c.name, c.region, c.size, c.deployment_id, d.name AS deployment_name, c.run_id
  FROM cloud_droplets c JOIN cloud_deployments d ON d.id = c.deployment_id LEFT JOIN sweep_findings f ON f.provider = c.provider AND f.droplet_id = c.droplet_id
 WHERE c.provider = $1 AND c.released_at IS NULL AND c.registered_at < clock_timestamp() - make_interval(secs => $3)
   AND NOT c.droplet_id = ANY ($2) AND NOT EXISTS (SELECT FROM runs r WHERE r.live AND r.deployment_id = c.deployment_id)
 ORDER BY f.last_seen_at NULLS FIRST, c.droplet_id`

// InventoryDroplet is a machine of the inventory.
type InventoryDroplet struct {
	DropletID      int64         `db:"droplet_id"`
	Name           string        `db:"name"`
	Region         string        `db:"region"`
	Size           string        `db:"size"`
	DeploymentID   uuid.UUID     `db:"deployment_id"`
	DeploymentName string        `db:"deployment_name"`
	RunID          uuid.NullUUID `db:"run_id"`
}

// ListUnlisted returns the machines of the inventory that the provider did not list, and that no live run may be about to release:
// those that were not looked for, or longest ago, first.
func (s *Store) ListUnlisted(ctx context.Context, listed []int64) (rows []InventoryDroplet, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		return tx.SelectContext(ctx, &rows, missingCandidatesQuery, s.provider, pq.Array(listed), seconds(lifecycle.SweepAge))
	})
	return rows, err
}

const recordMissingQuery = `
INSERT INTO sweep_findings AS f (provider, droplet_id, name, region, size, deployment_id, run_id, verdict, sweep_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'missing', $8)
ON CONFLICT (provider, droplet_id) DO UPDATE
   SET verdict = 'missing', last_seen_at = clock_timestamp(), sweep_id = excluded.sweep_id,
       seen = CASE WHEN f.status = 'settled' THEN 1 ELSE f.seen + (f.sweep_id <> excluded.sweep_id)::integer END,
       status = 'open', removed_at = NULL`

// Unlisted is what became of the machines of the inventory that the provider did not list.
type Unlisted struct {
	All     []InventoryDroplet // as ListUnlisted returned them
	Missing []InventoryDroplet // of these, those that the provider does not know
	Found   []int64            // and those that it does, without the tag
}

// RecordUnlisted records machines that are missing, and ends the findings of those that are not any more.
func (s *Store) RecordUnlisted(ctx context.Context, l SweepLease, u Unlisted) error {
	still := make([]int64, len(u.All))
	for i, c := range u.All {
		still[i] = c.DropletID
	}
	return s.sweeping(ctx, l, func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
UPDATE sweep_findings SET status = 'settled'
 WHERE provider = $1 AND verdict = 'missing' AND status = 'open' AND (NOT droplet_id = ANY ($2) OR droplet_id = ANY ($3))`,
			s.provider, pq.Array(still), pq.Array(u.Found))
		if err != nil {
			return err
		}
		for _, c := range u.Missing {
			if _, err := tx.ExecContext(ctx, reopenFindingQuery, s.provider, c.DropletID); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, recordMissingQuery, s.provider, c.DropletID, c.Name, c.Region, c.Size, c.DeploymentID, c.RunID, l.ID)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
