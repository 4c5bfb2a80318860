package migrations_test

import (
	"database/sql"
	"testing"
)

const longAgo = "'2001-02-03 04:05:06Z'"

// stated is a life with every time stated as long ago: creation, a move, a note, an edit, a preview.
func stated() []string {
	return []string{
		insert("cloud_tenants", "id="+quote(unborn), "name='Old'", "slug='old'", "email='o@example.com'", "inserted_at="+longAgo, "updated_at="+longAgo),
		deployment(unborn, unborn, "active", "state_since="+longAgo, "inserted_at="+longAgo, "updated_at="+longAgo),
		whole(event(unborn, 1, "", "active", "created", "occurred_at="+longAgo, "state_since="+longAgo)),
		move(unborn, 2, "active", "paused", "", "occurred_at="+longAgo, "state_since="+longAgo),
		whole(note("tenant_id="+quote(unborn), "deployment_id="+quote(unborn), "occurred_at="+longAgo)),
		edit("tenant_id="+quote(unborn), "deployment_id="+quote(unborn), "occurred_at="+longAgo),
		preview("tenant_id="+quote(unborn), "inserted_at="+longAgo),
		storeCommand("00000000-0000-7000-8000-0000000000e1", "inserted_at="+longAgo, "tenant_id="+quote(unborn)),
	}
}

// recent counts the stated times that were replaced by the time of now, out of all.
const recent = `
WITH times AS (
	SELECT unnest(ARRAY[inserted_at, updated_at]) AS at FROM cloud_tenants WHERE id = '` + unborn + `'
	UNION ALL SELECT unnest(ARRAY[inserted_at, updated_at, state_since]) FROM cloud_deployments WHERE id = '` + unborn + `'
	UNION ALL SELECT unnest(ARRAY[occurred_at, state_since]) FROM cloud_deployment_events WHERE deployment_id = '` + unborn + `'
	UNION ALL SELECT occurred_at FROM cloud_notes WHERE tenant_id = '` + unborn + `'
	UNION ALL SELECT occurred_at FROM cloud_edits WHERE tenant_id = '` + unborn + `'
	UNION ALL SELECT inserted_at FROM account_previews WHERE tenant_id = '` + unborn + `'
	UNION ALL SELECT inserted_at FROM commands WHERE tenant_id = '` + unborn + `')
SELECT count(*) FILTER (WHERE at BETWEEN now() - interval '1 minute' AND now()) || ' of ' || count(*) FROM times`

// Only the owner who says that it loads states times; the serving role may say so without any effect.
func TestWhoStatesTimes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		db   func(world) *sql.DB
		says string
		want string
	}{
		"the serving role":                    {func(w world) *sql.DB { return w.app }, "SELECT 1", "13 of 13"},
		"the serving role that says it loads": {func(w world) *sql.DB { return w.app }, "SET LOCAL arcadia.loading = 'on'", "13 of 13"},
		"the owner":                           {func(w world) *sql.DB { return w.owner }, "SELECT 1", "13 of 13"},
		"the owner who loads":                 {func(w world) *sql.DB { return w.owner }, "SET LOCAL arcadia.loading = 'on'", "0 of 13"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			must(t, c.db(w), append([]string{c.says}, stated()...)...)
			if got := value(t, w.owner, recent); got != c.want {
				t.Errorf("replaced by the time of now: %s, want %s", got, c.want)
			}
		})
	}
}

// A life starts when its row is written: row, state and first event tell one moment.
func TestCreationIsOneMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if n := value(t, w.app, `SELECT count(*) FROM cloud_deployments d JOIN cloud_deployment_events e ON e.deployment_id = d.id AND e.version = 1
		WHERE e.occurred_at = d.inserted_at AND e.state_since = d.inserted_at`); n != "5" {
		t.Errorf("%s of 5 deployments were created in one moment", n)
	}
}

// An undo gives back the time since which the state stood; so does the undo of an undo. Any other way back does not.
func TestUndoGivesBackTheTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	since := func(id string) string {
		t.Helper()
		return value(t, w.app, "SELECT state_since FROM cloud_deployments WHERE id = '"+id+"'")
	}
	active := since(fresh)
	must(t, w.app, move(fresh, 2, "active", "paused", "seasonal"))
	stopped := since(fresh)
	must(t, w.app, move(fresh, 3, "paused", "active", "undo", "reverts_version=2"))
	if got := since(fresh); got != active {
		t.Errorf("after the undo active since %s, want %s", got, active)
	}
	must(t, w.app, move(fresh, 4, "active", "paused", "undo", "reverts_version=3"))
	if got := since(fresh); got != stopped {
		t.Errorf("after the undo of the undo paused since %s, want %s", got, stopped)
	}
	must(t, w.app, move(fresh, 5, "paused", "active", "seasonal"))
	if got := since(fresh); got == active || got == stopped {
		t.Errorf("a move that is no undo gave back %s", got)
	}
	refused(t, w.app, integrity, "event_has_its_state", whole(
		event(pastDue, 3, "past_due", "active", "undo", "reverts_version=2"), sets(pastDue, "state = 'active', version = 3, state_since = now()")))
}
