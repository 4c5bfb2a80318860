package store_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// faults make the database fail at one write, as its owner can: when the row is written, or not before the commit.
var faults = map[string]string{
	"insert into commands":           `CREATE TRIGGER aaa BEFORE INSERT ON commands FOR EACH ROW EXECUTE FUNCTION fail()`,
	"insert into events":             `CREATE TRIGGER aaa BEFORE INSERT ON cloud_deployment_events FOR EACH ROW EXECUTE FUNCTION fail()`,
	"update of deployments":          `CREATE TRIGGER aaa BEFORE UPDATE ON cloud_deployments FOR EACH ROW EXECUTE FUNCTION fail()`,
	"after the update":               `CREATE TRIGGER zzz AFTER UPDATE ON cloud_deployments FOR EACH STATEMENT EXECUTE FUNCTION fail()`,
	"update of counters":             `CREATE TRIGGER aaa BEFORE UPDATE ON counters FOR EACH ROW EXECUTE FUNCTION fail()`,
	"commit, because of the command": `CREATE CONSTRAINT TRIGGER aaa AFTER INSERT ON commands DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()`,
	"commit, because of the event": `CREATE CONSTRAINT TRIGGER aaa AFTER INSERT ON cloud_deployment_events
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()`,
	"commit, because of the state": `CREATE CONSTRAINT TRIGGER aaa AFTER UPDATE ON cloud_deployments
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()`,
}

const failFunction = `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = 'XX001'; END $$`

// Each write fails in turn: everything is rolled back, the error says what happened, and the same request succeeds later.
func TestInjectedFailure(t *testing.T) {
	t.Parallel()
	for name, trigger := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tenantID := w.tenant("t")
			id := w.deployment(tenantID, "d")
			preview, err := w.PreviewAccount(t.Context(), billing, tenantID, lifecycle.Pause)
			if err != nil {
				t.Fatal(err)
			}
			one := w.ask(support, id, lifecycle.Pause)
			all := store.AccountMove{Command: w.by(billing), TenantID: tenantID, PreviewID: preview.ID, Action: lifecycle.Pause}
			w.exec(failFunction, trigger)
			w.unchanged("a failed transition", func() {
				_, err := w.Transition(t.Context(), one)
				injected(t, err)
			})
			w.unchanged("a failed account action", func() {
				_, err := w.MoveAccount(t.Context(), all)
				injected(t, err)
			})
			w.exec(`DROP FUNCTION fail() CASCADE`)
			if moved, err := w.MoveAccount(t.Context(), all); err != nil || moved.Moved != 1 || moved.Replayed {
				t.Errorf("afterwards: %+v %v", moved, err)
			}
			w.verified()
		})
	}
}

// injected expects the database's own words, and none of the errors that promise something.
func injected(t *testing.T, err error) {
	t.Helper()
	var pqErr *pq.Error
	if !errors.As(err, &pqErr) || pqErr.Code != "XX001" || errors.Is(err, store.ErrUnknown) || errors.Is(err, store.ErrBusy) {
		t.Errorf("not the injected failure: %v", err)
	}
}

// The writes besides moves leave nothing either when one of them fails.
func TestInjectedFailureOfRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenantID := w.tenant("t")
	id := w.deployment(tenantID, "d")
	deploymentOf := uuid.NullUUID{UUID: id, Valid: true}
	for table, write := range map[string]func() error{
		"commands": func() error {
			_, err := w.CreateTenant(t.Context(), store.NewTenant{Command: w.by(support), Fields: tenantFields("new")})
			return err
		},
		"cloud_edits": func() error {
			return w.UpdateTenant(t.Context(), support, tenantID, 1, tenantFields("other"))
		},
		"cloud_notes": func() error {
			return w.AddNote(t.Context(), store.NewNote{Command: w.by(support), DeploymentID: deploymentOf, Notes: "n"})
		},
		"cloud_deployment_events": func() error {
			_, err := w.CreateDeployment(t.Context(), store.NewDeployment{Command: w.by(support), TenantID: tenantID, Fields: deploymentFields("e")})
			return err
		},
		"account_previews": func() error {
			_, err := w.PreviewAccount(t.Context(), support, tenantID, lifecycle.Pause)
			return err
		},
	} {
		w.exec(failFunction, `CREATE TRIGGER zzz AFTER INSERT ON `+table+` FOR EACH STATEMENT EXECUTE FUNCTION fail()`)
		w.unchanged("a failed insert into "+table, func() { injected(t, write()) })
		w.exec(`DROP FUNCTION fail() CASCADE`)
		if err := write(); err != nil {
			t.Errorf("afterwards, %s: %v", table, err)
		}
	}
	w.verified()
}

// A row that somebody else holds for longer than the time-out: busy, and nothing was done.
func TestLockTimeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.deployment(w.tenant("t"), "d")
	request := w.ask(support, id, lifecycle.Pause)
	hold := w.hold(w.db.OwnerDSN, id)
	w.unchanged("a lock that was waited for", func() {
		start := time.Now()
		_, err := w.Transition(t.Context(), request)
		if !errors.Is(err, store.ErrBusy) || !strings.Contains(err.Error(), "lock timeout") || time.Since(start) > 15*time.Second { // a page's time
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
	if err := hold.Rollback(); err != nil {
		t.Fatal(err)
	}
	if moved, err := w.Transition(t.Context(), request); err != nil || moved.Verdict != lifecycle.Accepted {
		t.Errorf("sent again: %+v %v", moved, err)
	}
}

// The account action has the first row and waits for the second; who has that one waits for the first.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenantID := w.tenant("t")
	first, second := w.deployment(tenantID, "a"), w.deployment(tenantID, "b")
	// A wait looks for a deadlock once: by then there must be one.
	w.damaged(`ALTER DATABASE ` + pq.QuoteIdentifier(w.db.Name) + ` SET deadlock_timeout = '4s'`)
	patient := openStore(t, w.db.AppDSN+" lock_timeout=60000 statement_timeout=60000", store.Options{Conns: 2})
	preview, err := patient.PreviewAccount(t.Context(), support, tenantID, lifecycle.Pause)
	if err != nil {
		t.Fatal(err)
	}
	move := store.AccountMove{Command: w.by(support), TenantID: tenantID, PreviewID: preview.ID, Action: lifecycle.Pause}
	hold := w.hold(w.db.AdminDSN, second)
	// The server ends the one that looks for the deadlock first.
	if _, err := hold.Exec(`SET LOCAL deadlock_timeout = '2min'`); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() {
		_, err := patient.MoveAccount(context.Background(), move)
		failed <- err
	}()
	soon(t, "the account action waits", func() bool {
		var waiting bool
		err := hold.QueryRow(`SELECT pg_stat_clear_snapshot() IS NOT NULL AND EXISTS (
			SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waiting)
		return err == nil && waiting
	})
	if _, err := hold.Exec(`SELECT 1 FROM cloud_deployments WHERE id = $1 FOR UPDATE`, first); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; !errors.Is(err, store.ErrBusy) || !strings.Contains(err.Error(), "deadlock") {
		t.Errorf("%v", err)
	}
	if err := hold.Rollback(); err != nil {
		t.Fatal(err)
	}
	if moved, err := patient.MoveAccount(t.Context(), move); err != nil || moved.Moved != 2 {
		t.Errorf("sent again: %+v %v", moved, err)
	}
	w.verified()
}

// hold takes a deployment's row in a transaction of its own.
func (w *world) hold(dsn string, id uuid.UUID) *sql.Tx {
	w.t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = db.Close() })
	tx, err := db.Begin()
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := tx.Exec(`SELECT 1 FROM cloud_deployments WHERE id = $1 FOR UPDATE`, id); err != nil {
		w.t.Fatal(err)
	}
	return tx
}
