package migrations_test

import (
	"testing"
	"time"
)

var kept = []string{"cloud_deployment_events", "cloud_notes", "cloud_edits", "commands"}

// What is recorded stays as it is: the serving role has no right to change it, and a trigger refuses the owner too.
func TestRecordsAreNeverChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.app, whole(note(), edit()))
	for _, table := range kept {
		for _, statement := range []string{
			"UPDATE " + table + " SET actor = 'other'",
			"DELETE FROM " + table,
			"TRUNCATE " + table + " CASCADE",
		} {
			t.Run(statement, func(t *testing.T) {
				refused(t, w.app, privilege, "", statement)
				refused(t, w.owner, privilege, "rows_are_kept", statement)
				refused(t, w.loader, privilege, "rows_are_kept", statement)
			})
		}
	}
	for _, table := range []string{"cloud_deployments", "cloud_tenants"} {
		for _, statement := range []string{"DELETE FROM " + table, "TRUNCATE " + table + " CASCADE"} {
			t.Run(statement, func(t *testing.T) {
				refused(t, w.app, privilege, "", statement)
				refused(t, w.owner, privilege, "rows_are_kept", statement)
				refused(t, w.loader, privilege, "rows_are_kept", statement)
			})
		}
	}
}

// The serving role has no more than it needs.
func TestServingRoleHasNoMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, statement := range []string{
		"UPDATE counters SET n = n + 1",
		"UPDATE run_steps SET max_attempts = 99",
		"UPDATE run_steps SET name = 'create'",
		"UPDATE cloud_droplets SET deployment_id = deployment_id",
		"UPDATE cloud_droplets SET droplet_id = 1",
		"INSERT INTO counters VALUES ('flying', 0, 1)",
		"DELETE FROM counters",
		"UPDATE cloud_deployment_search SET doc = ''",
		"INSERT INTO cloud_deployment_search SELECT * FROM cloud_deployment_search",
		"DELETE FROM cloud_deployment_search",
		"INSERT INTO transitions VALUES ('archived', 'active', 'revive')",
		"UPDATE transitions SET to_state = 'active'",
		"DELETE FROM transitions",
		"DELETE FROM goose_db_version",
		"UPDATE account_previews SET frozen = '[]'",
		"ALTER TABLE cloud_deployments DISABLE TRIGGER ALL",
		"DROP TRIGGER keep_rows ON cloud_deployment_events",
		"CREATE TRIGGER own BEFORE INSERT ON cloud_deployments FOR EACH ROW EXECUTE FUNCTION stamp_first_state()",
		"CREATE TABLE own (id integer)",
		"CREATE FUNCTION own() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
		"CREATE SCHEMA own",
		"SET ROLE arcadia_owner",
		"SET session_replication_role = replica",
	} {
		t.Run(statement, func(t *testing.T) {
			refused(t, w.app, privilege, "", statement)
		})
	}
}

// A temporary table is the one thing that the serving role can create. One with the name of ours must not be taken
// for it, and a trigger function that runs with the owner's rights must not serve on it.
func TestTemporaryTablesDeceiveNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	t.Run("loading", func(t *testing.T) {
		must(t, w.app,
			"CREATE TEMP TABLE cloud_tenants (id integer) ON COMMIT DROP", "SET LOCAL arcadia.loading = 'on'",
			deployment(unborn, tenant1, "active", "state_since='2001-01-01'", "inserted_at='2001-01-01'"),
			whole(event(unborn, 1, "", "active", "created", "occurred_at='2001-01-01'")))
		if n := value(t, w.owner, "SELECT count(*) FROM cloud_deployments WHERE inserted_at < '2002-01-01' OR state_since < '2002-01-01'"); n != "0" {
			t.Error("the serving role stated its own times")
		}
	})
	t.Run("an event without its state", func(t *testing.T) {
		refused(t, w.app, integrity, "event_has_its_state",
			"CREATE TEMP TABLE cloud_deployments ON COMMIT DROP AS SELECT '"+fresh+"'::uuid AS id, 9 AS version",
			whole(event(fresh, 2, "active", "paused", "")))
	})
	t.Run("state_since of an undo", func(t *testing.T) {
		since := "SELECT state_since FROM public.cloud_deployment_events WHERE deployment_id = '" + paused + "' AND version = "
		must(t, w.app,
			"CREATE TEMP TABLE cloud_deployment_events ON COMMIT DROP AS SELECT '"+paused+"'::uuid AS deployment_id, 1 AS version, '2001-01-01'::timestamptz AS state_since",
			whole("INSERT INTO public."+event(paused, 3, "paused", "active", "undo", "reverts_version=2")[len("INSERT INTO "):],
				sets(paused, "state = 'active', version = 3, state_since = ("+since+"3)")))
		if first, undone := value(t, w.owner, since+"1"), value(t, w.owner, since+"3"); first != undone {
			t.Errorf("the undo gave back %s, not %s", undone, first)
		}
	})
	for function, table := range map[string]string{
		"count_inserted_deployments": "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT",
		"count_inserted_tenants":     "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT",
		"index_deployment":           "FOR EACH ROW",
		"index_tenant":               "FOR EACH ROW",
	} {
		t.Run(function, func(t *testing.T) {
			refused(t, w.app, privilege, "",
				"CREATE TEMP TABLE own (id uuid, tenant_id uuid, state text, inserted_at timestamptz) ON COMMIT DROP",
				"CREATE TRIGGER own AFTER INSERT ON own "+table+" EXECUTE FUNCTION "+function+"()")
		})
	}
	t.Run("count_updated_deployments", func(t *testing.T) {
		refused(t, w.app, privilege, "", "CREATE TEMP TABLE own (state text) ON COMMIT DROP",
			"CREATE TRIGGER own AFTER UPDATE ON own REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_updated_deployments()")
	})
}

// Every function that runs with the owner's rights is closed to everybody else: also those of later migrations.
func TestNoOpenFunctionWithTheOwnersRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	open := value(t, w.owner, `SELECT coalesce(string_agg(proname, ', '), '') FROM pg_proc
		WHERE prosecdef AND pronamespace = 'public'::regnamespace AND has_function_privilege('arcadia_app', oid, 'EXECUTE')`)
	if open != "" {
		t.Errorf("arcadia_app may call with the owner's rights: %s", open)
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for setting, want := range map[string]string{
		"statement_timeout": "5s", "lock_timeout": "1s", "idle_in_transaction_session_timeout": "10s",
	} {
		if got := value(t, w.app, "SHOW "+setting); got != want {
			t.Errorf("%s is %s, want %s", setting, got, want)
		}
	}
	t.Run("a lock that is not given", func(t *testing.T) {
		t.Parallel()
		tx, err := w.owner.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback() // it only holds the lock
		if _, err := tx.Exec("SELECT 1 FROM cloud_deployments WHERE id = $1 FOR UPDATE", fresh); err != nil {
			t.Fatal(err)
		}
		within(t, time.Second, 20*time.Second, func() {
			refused(t, w.app, "55P03", "", "SELECT 1 FROM cloud_deployments WHERE id = '"+fresh+"' FOR UPDATE")
		})
	})
	t.Run("a statement without an end", func(t *testing.T) {
		t.Parallel()
		within(t, 5*time.Second, 25*time.Second, func() { refused(t, w.app, "57014", "", "SELECT pg_sleep(60)") })
	})
}

// within expects fn to take as long as the time-out is, or longer on a busy machine, but not as long as without any.
func within(t *testing.T, least, most time.Duration, fn func()) {
	t.Helper()
	start := time.Now()
	fn()
	if took := time.Since(start); took < least-50*time.Millisecond || took > most {
		t.Errorf("took %s, want between %s and %s", took, least, most)
	}
}
