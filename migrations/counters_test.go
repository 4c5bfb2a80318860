package migrations_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"
)

// counted and kept tell the same, once as the rows say and once as the counters do.
const (
	counted = `SELECT string_agg(subject || ' ' || n, ', ' ORDER BY subject) FROM (
		SELECT state AS subject, count(*) AS n FROM cloud_deployments GROUP BY state
		UNION ALL SELECT 'tenants', count(*) FROM cloud_tenants) rows WHERE n <> 0`
	keptCount = `SELECT string_agg(subject || ' ' || n, ', ' ORDER BY subject) FROM (
		SELECT subject, sum(n) AS n FROM counters GROUP BY subject) kept WHERE n <> 0`
)

func expectRightCounters(t *testing.T, w world, after string) {
	t.Helper()
	if want, got := value(t, w.owner, counted), value(t, w.owner, keptCount); got != want {
		t.Errorf("after %s: kept %s, counted %s", after, got, want)
	}
}

// several inserts n deployments of a tenant with their events, each in one statement.
func several(tenantID, slug, state string, n int) string {
	return whole(
		fmt.Sprintf(`INSERT INTO cloud_deployments (id, tenant_id, slug, name, plan, price_cents, region, size, state, state_since, version, trial_ends_at)
			SELECT gen_random_uuid(), '%s', '%s-' || i, 'Shop', 'starter', 1900, 'fra1', 's', '%s', now(), 1, now() FROM generate_series(1, %d) i`,
			tenantID, slug, state, n),
		fmt.Sprintf(`INSERT INTO cloud_deployment_events
			(deployment_id, version, to_state, reason, actor_kind, actor, actor_name, command_id, state_since, occurred_at)
			SELECT id, 1, state, 'created', 'staff', 'ines@example.com', 'Ines', '%s', now(), now()
			  FROM cloud_deployments WHERE tenant_id = '%s' AND slug LIKE '%s-%%'`, command, tenantID, slug))
}

func TestCountersFollow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	expectRightCounters(t, w, "single rows")
	must(t, w.app, several(tenant1, "many", "active", 50), several(tenant2, "try", "trial", 30))
	expectRightCounters(t, w, "many rows in a statement")

	must(t, w.app, whole(
		fmt.Sprintf(`INSERT INTO cloud_deployment_events
			(deployment_id, version, from_state, to_state, actor_kind, actor, actor_name, command_id, state_since, occurred_at)
			SELECT id, 2, 'active', 'paused', 'staff', 'ines@example.com', 'Ines', '%s', now(), now()
			  FROM cloud_deployments WHERE slug LIKE 'many-%%'`, command),
		`UPDATE cloud_deployments d SET state = 'paused', version = 2, state_since = e.state_since
		   FROM cloud_deployment_events e WHERE e.deployment_id = d.id AND e.version = 2 AND d.slug LIKE 'many-%'`))
	expectRightCounters(t, w, "a move of many")
	if got := value(t, w.app, "SELECT sum(n) FROM counters WHERE subject = 'paused'"); got != "51" {
		t.Errorf("%s paused, want 51", got)
	}

	must(t, w.app, sets(fresh, "name = 'Other', edit_version = 2"), "UPDATE cloud_tenants SET name = 'Other', edit_version = edit_version + 1")
	expectRightCounters(t, w, "edits")

	before := value(t, w.owner, keptCount)
	refused(t, w.app, foreignKey, "on_the_map", several(tenant1, "lost", "active", 5), whole(tenant(unborn, "lost")),
		whole(event(fresh, 2, "active", "archived", "other")))
	if after := value(t, w.owner, keptCount); after != before {
		t.Errorf("a rollback left %s, want %s", after, before)
	}
}

// Writers at the same time neither lose a count nor wait for each other to the point of failing.
func TestCountersUnderConcurrency(t *testing.T) {
	t.Parallel()
	const writers, rounds = 8, 15
	w := newWorld(t)
	w.app.SetMaxOpenConns(writers)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			id, slug := uuid.NewString(), fmt.Sprintf("w-%d", i)
			script := []string{whole(tenant(uuid.NewString(), slug)), deployment(id, tenant1, "active", "slug="+quote(slug)) + ";" + first(id, "active")}
			for v := 2; v < 2+2*rounds; v += 2 {
				script = append(script, move(id, v, "active", "paused", ""), move(id, v+1, "paused", "active", ""))
			}
			for _, transaction := range script {
				if err := run(t.Context(), w.app, transaction); err != nil {
					t.Errorf("writer %d: %v", i, err)
					return
				}
			}
		})
	}
	group.Wait()
	expectRightCounters(t, w, "eight writers")
	if n := value(t, w.app, "SELECT count(*) FROM cloud_deployment_events WHERE version = 31"); n != "8" {
		t.Errorf("%s writers came to the end, want 8", n)
	}
}

// The searched text follows what is edited, and a move leaves it alone.
func TestSearchFollows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	doc := func() string {
		t.Helper()
		return value(t, w.app, "SELECT doc FROM cloud_deployment_search WHERE deployment_id = '"+fresh+"'")
	}
	written := "SELECT xmin FROM cloud_deployment_search WHERE deployment_id = '" + fresh + "'"
	if got := doc(); got != " s-0000b1 shop a.example.com  tenant one one " {
		t.Errorf("indexed as %q", got)
	}
	must(t, w.app, sets(fresh, "name = 'Boutique', hostname = 'b.example.com', app = 'Shopware', edit_version = 2"))
	must(t, w.app, "UPDATE cloud_tenants SET name = 'Northwind', edit_version = 2 WHERE id = '"+tenant1+"'")
	if got := doc(); got != " s-0000b1 boutique b.example.com shopware northwind one " {
		t.Errorf("indexed as %q", got)
	}
	before := value(t, w.app, written)
	must(t, w.app, move(fresh, 2, "active", "paused", ""))
	if value(t, w.app, written) != before {
		t.Error("a move wrote the search index")
	}
}
