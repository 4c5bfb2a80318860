package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// ErrNoProvider is returned for a run where there is no cloud provider.
var ErrNoProvider = errors.New("no cloud provider is configured")

// newRun asks for a run.
type newRun struct {
	DeploymentID uuid.UUID
	Kind         lifecycle.RunKind
	Actor        access.Actor
	CommandID    uuid.NullUUID    // by which it begins
	Reason       lifecycle.Reason // of the move at its end
	Notes        string
}

// startRuns stores runs with their steps, and enqueues them. All are of the given deployments as they stand: the machine that is
// wanted is copied from there. A deployment that has a live run is a mistake of the caller, which holds its row.
func (s *Store) startRuns(ctx context.Context, tx *sqlx.Tx, runs ...newRun) error {
	if len(runs) == 0 {
		return nil
	}
	if s.provider == "" {
		return ErrNoProvider
	}
	ids := make([]uuid.UUID, len(runs))
	for i, run := range runs {
		ids[i] = s.newID()
		if err := s.insertRun(ctx, tx, ids[i], run); err != nil {
			return err
		}
	}
	return s.enqueueRuns(ctx, tx, time.Time{}, ids...)
}

// A droplet's name is a host name: the deployment's, or one made of its slug and the beginning of its ID.
const insertRunQuery = `
INSERT INTO runs (id, deployment_id, kind, spec, droplet_id, actor_kind, actor, actor_name, actor_roles, command_id, reason, notes)
SELECT $1, d.id, $3, jsonb_build_object('name', coalesce(d.hostname, d.slug || '-' || left(d.id::text, 8)), 'hostname', coalesce(d.hostname, ''),
                                        'region', d.region, 'size', d.size),
       d.droplet_id, $4, $5, $6, $7, $8, $9, $10
  FROM cloud_deployments d WHERE d.id = $2`

const insertRunStepsQuery = `
INSERT INTO run_steps (run_id, position, name, max_attempts, undo_max_attempts)
SELECT $1, s.position, s.name, $3, $3 FROM unnest($2::text[]) WITH ORDINALITY AS s (name, position)`

func (s *Store) insertRun(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, run newRun) error {
	result, err := tx.ExecContext(ctx, insertRunQuery, id, run.DeploymentID, run.Kind, run.Actor.Kind, run.Actor.ID, run.Actor.Name,
		run.Actor.Roles.String(), run.CommandID, run.Reason, run.Notes)
	if err := expectOne(result, err); err != nil {
		return fmt.Errorf("store: start %s of %s: %w", run.Kind, run.DeploymentID, err)
	}
	_, err = tx.ExecContext(ctx, insertRunStepsQuery, id, textArray(run.Kind.Steps()), lifecycle.MaxTries)
	return err
}
