package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
)

// ListIntegrationActivity returns the newest changes of an integration and its tokens, at most limit.
func (s *Store) ListIntegrationActivity(ctx context.Context, id uuid.UUID, limit int) ([]ActivityRow, error) {
	var rows []ActivityRow
	err := s.db.SelectContext(ctx, &rows, `
SELECT id, occurred_at, actor_kind, actor, actor_name, actor_roles, kind, object_kind, object_id, object_name, changes, address
  FROM activity WHERE object_kind = 'integration' AND object_id = $1
 ORDER BY occurred_at DESC, id DESC LIMIT $2`, id.String(), limit)
	for i := range rows {
		// Written by this package; a row that is no list of changes is shown without any.
		_ = json.Unmarshal(rows[i].RawChanges, &rows[i].Changes)
	}
	return rows, translate(err)
}

// IntegrationMove is one move that an integration made.
type IntegrationMove struct {
	DeploymentID   uuid.UUID       `db:"deployment_id"`
	DeploymentName string          `db:"deployment_name"` // as it is now
	From           lifecycle.State `db:"from_state"`      // empty: it was created
	To             lifecycle.State `db:"to_state"`
	OccurredAt     time.Time       `db:"occurred_at"`
}

// ListIntegrationMoves returns the newest moves that the integration with the slug made, at most limit.
func (s *Store) ListIntegrationMoves(ctx context.Context, slug string, limit int) ([]IntegrationMove, error) {
	var moves []IntegrationMove
	err := s.db.SelectContext(ctx, &moves, `
SELECT e.deployment_id, d.name AS deployment_name, coalesce(e.from_state, '') AS from_state, e.to_state, e.occurred_at
  FROM cloud_deployment_events e JOIN cloud_deployments d ON d.id = e.deployment_id
 WHERE e.actor_kind = 'api' AND e.actor = $1
 ORDER BY e.occurred_at DESC LIMIT $2`, slug, limit)
	return moves, translate(err)
}
