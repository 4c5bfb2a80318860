package handlers_test

import (
	"database/sql"
	"net/http"
	"strings"
	"testing"

	"arcadia.example/console/store"
)

// A row that somebody else has locked: an honest page after the lock's time-out, and nothing done.
func TestALockedRowIsBusy(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	tx, err := c.owner.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(t.Context(), `SELECT 1 FROM cloud_deployments WHERE id = $1 FOR UPDATE`, c.deployment); err != nil {
		t.Fatal(err)
	}
	c.unchanged("a move of a locked row", func() {
		c.wants(c.move(pause("k")), http.StatusServiceUnavailable, "The database is busy. Nothing was changed")
	})
	c.wants(c.get(c.path("")), http.StatusOK) // readers do not wait
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	c.wants(c.move(pause("k")), http.StatusSeeOther) // the same form, sent again
}

// Without its database the console says so, and says that it is not ready but lives.
func TestTheDatabaseIsGone(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.wants(c.get("/readyz"), http.StatusOK, "ready")
	c.wants(c.as("admin", "GET", "/deployments", ""), http.StatusOK)
	if err := c.store.Close(); err != nil {
		t.Fatal(err)
	}
	c.wants(c.get("/healthz"), http.StatusOK)
	c.wants(c.get("/readyz"), http.StatusServiceUnavailable)
	for _, path := range []string{"/deployments", "/tenants", c.path(""), c.tenantPath(""), "/search?q=x", "/import"} {
		a := c.as("admin", "GET", path, "")
		if a.status < 500 || !strings.Contains(a.body, `data-testid="error"`) || strings.Contains(a.body, "sql:") {
			t.Errorf("%s: %d %.300s", path, a.status, a.body)
		}
	}
	if a := c.move(pause("k"), htmx); a.status < 500 || !strings.Contains(a.body, "hx-partial") {
		t.Errorf("a move: %d %.300s", a.status, a.body)
	}
}

// A database from which all connections are cut comes back by itself.
func TestCutConnectionsAreMadeAnew(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	admin, err := sql.Open("postgres", c.db.AdminDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	_, err = admin.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	if err != nil {
		t.Fatal(err)
	}
	a := c.get("/deployments")
	for range 5 {
		if a.status == http.StatusOK {
			break
		}
		c.wants(a, http.StatusServiceUnavailable)
		a = c.get("/deployments")
	}
	c.wants(a, http.StatusOK, "Web shop")
}

func TestDrainingIsNotReady(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.Drain()
	c.wants(c.get("/readyz"), http.StatusServiceUnavailable, "going down")
	c.wants(c.get("/healthz"), http.StatusOK)
	c.wants(c.get("/deployments"), http.StatusOK)
}

// A cookie can choose among our words, not put others into our mouth.
func TestForgedCookiesSayNothing(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	for _, value := range []string{"You won", "moved:destroy", "moved", "account:pause:x", "account:pause:-1", "note:x", "saved:<b>"} {
		a := c.get("/deployments", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "arcadia_notice", Value: value}) })
		c.wants(a, http.StatusOK)
		if strings.Contains(a.body, `data-testid="notice"`) {
			t.Errorf("%q became a notice", value)
		}
	}
	for _, value := range []string{"", "nobody", strings.Repeat("A", 43), strings.Repeat("A", 4000), "admin@arcadia.test", store.NewToken().String()} {
		a := c.as("", "GET", "/deployments", "", header("Cookie", "arcadia_session="+value+"; __Host-arcadia="+value+"; arcadia_demo_person=admin@arcadia.test"))
		c.wants(a, http.StatusSeeOther)
	}
}
