package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// ErrNoProvider is returned for a run where no process has a cloud provider.
var ErrNoProvider = errors.New("no cloud provider is configured")

// newRun asks for runs of one kind.
type newRun struct {
	Kind      lifecycle.RunKind
	Actor     access.Actor
	CommandID uuid.NullUUID    // by which they begin
	Reason    lifecycle.Reason // of the move at the end
	Notes     string
}

// startRuns stores a run for each of the deployments, with its steps, and enqueues them: as many statements for 500 as for one.
// The machine that is wanted is copied from the deployment as it stands. A deployment that has a live run is a mistake of the
// caller, who holds its row.
func (s *Store) startRuns(ctx context.Context, tx *sqlx.Tx, run newRun, deployments ...uuid.UUID) error {
	ids := make([]uuid.UUID, len(deployments))
	for i := range ids {
		ids[i] = s.newID()
	}
	return s.startRunsAs(ctx, tx, run, ids, deployments)
}

// startRunsAs is startRuns under IDs that were chosen before, one for each deployment.
func (s *Store) startRunsAs(ctx context.Context, tx *sqlx.Tx, run newRun, ids, deployments []uuid.UUID) error {
	if len(deployments) == 0 {
		return nil
	}
	if has, err := s.hasProvider(ctx, tx); err != nil || !has {
		return cmp.Or(err, ErrNoProvider)
	}
	result, err := tx.ExecContext(ctx, insertRunsQuery, uuidArray(ids), uuidArray(deployments), run.Kind, run.Actor.Kind, run.Actor.ID,
		run.Actor.Name, run.Actor.Roles.String(), run.CommandID, run.Reason, run.Notes, textArray(run.Kind.Steps()), lifecycle.MaxTries)
	if err != nil {
		return fmt.Errorf("store: start %d runs %s: %w", len(ids), run.Kind, err)
	}
	if n, err := result.RowsAffected(); err != nil || int(n) != len(ids)*len(run.Kind.Steps()) {
		return fmt.Errorf("store: start %d runs %s: %d steps: %w", len(ids), run.Kind, n, errors.Join(err, ErrNotFound))
	}
	return s.enqueueRuns(ctx, tx, ids...)
}

// A droplet's name is a host name: the deployment's, or one made of its slug and the beginning of its ID. A run that has pointed DNS to its
// end has taken back all names before its own.
const insertRunsQuery = `
WITH begun AS (
  INSERT INTO runs (id, deployment_id, kind, spec, droplet_id, actor_kind, actor, actor_name, actor_roles, command_id, reason, notes)
  SELECT wanted.id, d.id, $3, jsonb_strip_nulls(jsonb_build_object(
           'name', coalesce(d.hostname, d.slug || '-' || left(d.id::text, 8)), 'hostname', coalesce(d.hostname, ''),
           'region', d.region, 'size', d.size, 'address', host(d.address), 'formerly', (
             SELECT jsonb_agg(DISTINCT p.spec->>'hostname') FROM runs p JOIN run_steps s ON s.run_id = p.id AND s.name = 'dns'
              WHERE p.deployment_id = d.id AND p.spec->>'hostname' NOT IN ('', coalesce(d.hostname, ''))
                AND (p.kind IN ('provision', 'reactivate') AND p.status = 'done' OR p.kind = 'repoint' AND s.started_at IS NOT NULL)
                AND ($3 <> 'repoint' OR NOT EXISTS (
                  SELECT FROM runs q WHERE q.deployment_id = d.id AND q.kind = 'repoint' AND q.status = 'done' AND q.ending = ''
                     AND q.inserted_at > p.inserted_at))),
           'state', CASE WHEN $3 = 'repoint' THEN d.state END,
           'unsettled', CASE WHEN $3 IN ('repoint', 'release') THEN (
             SELECT max((s.intent->>'called_at')::timestamptz) FROM runs p JOIN run_steps s ON s.run_id = p.id AND s.name = 'dns' AND (s.status <> 'done' OR s.attempt > 1)
              WHERE p.deployment_id = d.id) ELSE (
             SELECT max(p.progressed_at) FROM runs p JOIN run_steps s ON s.run_id = p.id AND s.name = 'power' AND s.status = 'failed'
              WHERE p.deployment_id = d.id AND p.kind <> $3) END)),
         d.droplet_id, $4, $5, $6, $7, $8, $9, $10
    FROM unnest($1::uuid[], $2::uuid[]) AS wanted (id, deployment_id) JOIN cloud_deployments d ON d.id = wanted.deployment_id
  RETURNING id
)
INSERT INTO run_steps (run_id, position, name, max_attempts, undo_max_attempts)
SELECT begun.id, s.position, s.name, $12, $12 FROM begun CROSS JOIN unnest($11::text[]) WITH ORDINALITY AS s (name, position)`
