package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// runMismatchQuery has a line for each way in which a run and its deployment can contradict each other. That a deployment is in
// provisioning without a run is none: it may have been entered or imported so.
const runMismatchQuery = `
SELECT d.id, 'a run that is ' || r.status || ' builds it, but it is ' || d.state AS text
  FROM runs r JOIN cloud_deployments d ON d.id = r.deployment_id
 WHERE r.kind = 'provision' AND r.status IN ('waiting', 'running', 'retrying') AND d.state <> 'provisioning'
UNION ALL
SELECT d.id, 'the run that should have built it needs an operator, but it is still provisioning'
  FROM runs r JOIN cloud_deployments d ON d.id = r.deployment_id
 WHERE r.kind = 'provision' AND r.status = 'needs_operator' AND d.state = 'provisioning'
UNION ALL
SELECT d.id, 'a run that is ' || r.status || ' rebuilds it, but it is ' || d.state
  FROM runs r JOIN cloud_deployments d ON d.id = r.deployment_id
 WHERE r.kind = 'reactivate' AND r.live AND d.state <> 'cancelled'
UNION ALL
SELECT d.id, 'a run that is ' || r.status || ' points DNS at droplet ' || coalesce(r.droplet_id::text, 'none') || ', but it has ' || coalesce(d.droplet_id::text, 'none')
  FROM runs r JOIN cloud_deployments d ON d.id = r.deployment_id
 WHERE r.kind = 'repoint' AND r.live AND (r.droplet_id IS NULL OR r.droplet_id IS DISTINCT FROM d.droplet_id)
UNION ALL
SELECT c.deployment_id, 'droplet ' || c.droplet_id || ' stands in the inventory, but the run that built it was rolled back'
  FROM cloud_droplets c JOIN runs r ON r.id = c.run_id
 WHERE r.status = 'compensated' AND c.released_at IS NULL
UNION ALL
SELECT d.id, 'it is linked to droplet ' || c.droplet_id || ', which was released'
  FROM cloud_droplets c JOIN cloud_deployments d ON d.id = c.deployment_id AND d.droplet_id = c.droplet_id
 WHERE c.released_at IS NOT NULL
 ORDER BY 1, 2`

func verifyRuns(ctx context.Context, tx *sqlx.Tx, v *Verified) error {
	rows, err := tx.QueryxContext(ctx, runMismatchQuery)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // the loop below reports what went wrong while reading
	for rows.Next() {
		var id uuid.UUID
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return err
		}
		v.add(id, "%s", text)
	}
	return rows.Err()
}
