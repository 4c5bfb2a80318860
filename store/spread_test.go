package store_test

import (
	"fmt"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
)

// many adds n active deployments to a tenant in few statements, as the owner who loads a history can; with them come
// their first events.
func (w *world) many(tenantID uuid.UUID, n int) {
	w.t.Helper()
	w.spread([]uuid.UUID{tenantID}, n, lifecycle.Active)
}

// spread adds n deployments to the tenants in turn, each in one of the given states in turn, over the last year. What is
// not a start has a second event that leads there from active.
func (w *world) spread(tenants []uuid.UUID, n int, states ...lifecycle.State) {
	w.t.Helper()
	command := uuid.New()
	later := uuid.New()
	row := fmt.Sprintf(`SELECT i, (lpad(to_hex(i), 8, '0') || '-0000-4000-8000-%s')::uuid AS id, %s AS tenant_id, %s AS state,
		now() - (i * 7919 %% 31536000) * interval '1 second' AS at FROM generate_series(1, %d) i`,
		uuid.New().String()[24:], pick(tenants, "uuid"), pick(states, "text"), n)
	w.exec(
		`SET LOCAL arcadia.loading = 'on'`,
		`CREATE TEMPORARY TABLE made ON COMMIT DROP AS SELECT m.*, m.state IN ('active', 'trial', 'provisioning') AS fresh FROM (`+row+`) m`,
		fmt.Sprintf(`INSERT INTO commands (id, actor_kind, actor, key, body_hash, kind, outcome)
			SELECT id, 'system', 'loader', id::text, sha256(id::text::bytea), 'load', '{}' FROM unnest(ARRAY['%s', '%s']::uuid[]) id`, command, later),
		`INSERT INTO cloud_deployments (id, tenant_id, slug, name, plan, price_cents, region, size, state, state_since, version, trial_ends_at, inserted_at)
			SELECT id, tenant_id, 'made-' || i, 'Made ' || i % 997, 'standard', 4900, 'fra1', 's-1vcpu-1gb', state,
			       CASE WHEN fresh THEN at ELSE at + interval '1 hour' END, CASE WHEN fresh THEN 1 ELSE 2 END, at + interval '14 days', at FROM made`,
		event(command, 1, `NULL`, `CASE WHEN fresh THEN state ELSE 'active' END`, `'created'`, `at`, `true`),
		event(later, 2, `'active'`, `state`, `'other'`, `at + interval '1 hour'`, `NOT fresh`),
	)
}

func event(command uuid.UUID, version int, from, to, reason, at, where string) string {
	return fmt.Sprintf(`INSERT INTO cloud_deployment_events (deployment_id, version, from_state, to_state, reason, actor_kind, actor, actor_name,
		command_id, state_since, occurred_at)
		SELECT id, %d, %s, %s, %s, 'system', 'loader', 'Loader', '%s', %s, %s FROM made WHERE %s`, version, from, to, reason, command, at, at, where)
}

// pick is SQL that takes one of the values by the number i.
func pick[T any](values []T, sqlType string) string {
	list := ""
	for n, v := range values {
		if n > 0 {
			list += ", "
		}
		list += fmt.Sprintf("'%v'", v)
	}
	return fmt.Sprintf("(ARRAY[%s]::%s[])[1 + i %% %d]", list, sqlType, len(values))
}
