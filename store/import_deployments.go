package store

import (
	"fmt"

	"github.com/google/uuid"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
)

// insertDeployments stores deployments where they start, leads each to its state, and has the database check what it would
// otherwise leave to the end.
func (l *importLoad) insertDeployments(deployments []importedDeployment) error {
	rows, now, a := marshal(deployments), l.store.stamp(), l.n.Actor
	_, err := l.tx.ExecContext(l.ctx, `
INSERT INTO cloud_deployments (id, tenant_id, slug, name, hostname, app, app_version, plan, price_cents, currency, region, size,
                               state, state_since, version, trial_ends_at, inserted_at, updated_at)
SELECT r.id, r.tenant_id, r.slug, r.name, nullif(r.hostname, ''), r.app, r.app_version, r.plan, r.price_cents, $3, r.region, r.size,
       r.state, $2, 1, r.trial_ends, $2, $2
  FROM jsonb_to_recordset($1::jsonb) r (id uuid, tenant_id uuid, slug text, name text, hostname text, app text, app_version text,
       plan text, price_cents integer, region text, size text, state text, trial_ends timestamptz)`, rows, now, catalog.Currency)
	if err != nil {
		return err
	}
	_, err = l.tx.ExecContext(l.ctx, `
INSERT INTO cloud_deployment_events (deployment_id, version, to_state, reason, actor_kind, actor, actor_name, actor_roles,
                                     notes, command_id, state_since, occurred_at, grouped)
SELECT r.id, 1, r.state, $2, $3, $4, $5, $6, r.notes, $7, $8, $8, r.grouped
  FROM jsonb_to_recordset($1::jsonb) r (id uuid, state text, notes text, grouped boolean)`,
		rows, lifecycle.Created, a.Kind, a.ID, a.Name, a.Roles.String(), l.commands[0], now)
	if err != nil {
		return err
	}
	for step := 1; step < len(l.commands); step++ {
		if err := l.move(step, deployments); err != nil {
			return err
		}
	}
	_, err = l.tx.ExecContext(l.ctx, `SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED`)
	return err
}

// importedMove is one step of a deployment on its way to the state that the file asks for.
type importedMove struct {
	ID    uuid.UUID       `json:"id"`
	To    lifecycle.State `json:"to"`
	Notes string          `json:"notes"`
}

// move makes the given step, counted from 1, of those deployments whose way is that long.
func (l *importLoad) move(step int, deployments []importedDeployment) error {
	var moves []importedMove
	for _, d := range deployments {
		if step > len(d.moves) {
			continue
		}
		m := importedMove{ID: d.ID, To: d.moves[step-1].To, Notes: d.moveNotes}
		if step == len(d.moves) {
			m.Notes = d.lastNotes
		}
		moves = append(moves, m)
	}
	if len(moves) == 0 {
		return nil
	}
	rows, now, a := marshal(moves), l.store.stamp(), l.n.Actor
	_, err := l.tx.ExecContext(l.ctx, `
INSERT INTO cloud_deployment_events (deployment_id, version, from_state, to_state, reason, actor_kind, actor, actor_name,
                                     actor_roles, notes, command_id, state_since, occurred_at, grouped)
SELECT d.id, d.version + 1, d.state, r."to", $2, $3, $4, $5, $6, r.notes, $7, $8, $8, true
  FROM jsonb_to_recordset($1::jsonb) r (id uuid, "to" text, notes text) JOIN cloud_deployments d ON d.id = r.id`,
		rows, lifecycle.Imported, a.Kind, a.ID, a.Name, a.Roles.String(), l.commands[step], now)
	if err != nil {
		return err
	}
	result, err := l.tx.ExecContext(l.ctx, `
UPDATE cloud_deployments d SET state = e.to_state, version = e.version, state_since = e.state_since, updated_at = $3
  FROM jsonb_to_recordset($1::jsonb) r (id uuid) JOIN cloud_deployment_events e ON e.deployment_id = r.id AND e.command_id = $2
 WHERE d.id = r.id`, rows, l.commands[step], now)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != int64(len(moves)) {
		return fmt.Errorf("store: import moved %d of %d deployments: %w", n, len(moves), err)
	}
	return nil
}
