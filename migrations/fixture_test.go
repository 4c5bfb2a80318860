package migrations_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"arcadia.example/console/internal/postgres/pgtest"
)

// The records that every world has, with readable ids.
const (
	tenant1   = "00000000-0000-7000-8000-0000000000a1"
	tenant2   = "00000000-0000-7000-8000-0000000000a2"
	fresh     = "00000000-0000-7000-8000-0000000000b1" // tenant 1, active at version 1, host a.example.com, droplet 7
	paused    = "00000000-0000-7000-8000-0000000000b2" // tenant 1, active, then paused at version 2
	backAgain = "00000000-0000-7000-8000-0000000000b3" // tenant 1, active, paused, active at version 3
	pastDue   = "00000000-0000-7000-8000-0000000000b4" // tenant 2, active, then past_due at version 2
	cancelled = "00000000-0000-7000-8000-0000000000b5" // tenant 2, trial, then cancelled at version 2, host gone.example.com
	unborn    = "00000000-0000-7000-8000-0000000000bf" // no row: for tests that insert one
	command   = "00000000-0000-7000-8000-0000000000cc" // stored first in each transaction of try
)

// world is a database with a few records, made by the serving role under all the rules.
type world struct {
	app, owner, loader *sql.DB
}

func newWorld(t *testing.T) world {
	t.Helper()
	db := pgtest.New(t)
	w := world{app: open(t, db.AppDSN), owner: open(t, db.OwnerDSN), loader: open(t, db.OwnerDSN)}
	w.loader.SetMaxOpenConns(1)
	must(t, w.loader, `SET arcadia.loading = 'on'`)
	must(t, w.app,
		tenant(tenant1, "one"), tenant(tenant2, "two"),
		deployment(fresh, tenant1, "active", "hostname='a.example.com'", "droplet_id=7"), first(fresh, "active"),
		deployment(paused, tenant1, "active"), first(paused, "active"),
		deployment(backAgain, tenant1, "active"), first(backAgain, "active"),
		deployment(pastDue, tenant2, "active"), first(pastDue, "active"),
		deployment(cancelled, tenant2, "trial", "hostname='gone.example.com'", "trial_ends_at=now()"), first(cancelled, "trial"),
		move(paused, 2, "active", "paused", "seasonal"),
		move(backAgain, 2, "active", "paused", "seasonal"),
		move(backAgain, 3, "paused", "active", "seasonal"),
		move(pastDue, 2, "active", "past_due", "payment_failed"),
		move(cancelled, 2, "trial", "cancelled", "trial_expired"),
	)
	return w
}

// as names the three ways in which the rules are tried: whoever comes, they hold.
func (w world) as() map[string]*sql.DB {
	return map[string]*sql.DB{"app": w.app, "owner": w.owner, "loader": w.loader}
}

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// must runs the statements in one transaction.
func must(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	if err := run(t.Context(), db, statements...); err != nil {
		t.Fatal(err)
	}
}

func run(ctx context.Context, db *sql.DB, statements ...string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return tx.Commit()
}

// refused runs the statements in one transaction and expects the database to refuse them, or their commit, with the
// SQLSTATE and the constraint.
func refused(t *testing.T, db *sql.DB, code, constraint string, statements ...string) {
	t.Helper()
	err := run(t.Context(), db, statements...)
	var pqErr *pq.Error
	switch {
	case err == nil:
		t.Errorf("accepted: %s", strings.Join(statements, "; "))
	case !errors.As(err, &pqErr):
		t.Errorf("not the database's refusal: %v", err)
	case string(pqErr.Code) != code || pqErr.Constraint != constraint:
		t.Errorf("refused by %s %q, want %s %q: %v", pqErr.Code, pqErr.Constraint, code, constraint, err)
	}
}

// value reads one value as text.
func value(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	var v string
	if err := db.QueryRowContext(t.Context(), query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

// insert writes an INSERT of "column=expression" pairs; a later pair replaces an earlier one.
func insert(table string, pairs ...string) string {
	var columns, values []string
	for _, pair := range pairs {
		column, expression, _ := strings.Cut(pair, "=")
		if i := slices.Index(columns, column); i >= 0 {
			values[i] = expression
			continue
		}
		columns, values = append(columns, column), append(values, expression)
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), strings.Join(values, ", "))
}

func quote(s string) string { return pq.QuoteLiteral(s) }

func tenant(id, slug string) string {
	return insert("cloud_tenants", "id="+quote(id), "name="+quote("Tenant "+slug), "slug="+quote(slug), "email='office@example.com'")
}

func deployment(id, tenantID, state string, pairs ...string) string {
	return insert("cloud_deployments", append([]string{
		"id=" + quote(id), "tenant_id=" + quote(tenantID), "slug=" + quote("s-"+id[30:]), "name='Shop'", "plan='starter'", "price_cents=1900",
		"region='fra1'", "size='s-1vcpu-1gb'", "state=" + quote(state), "state_since=now()", "version=1",
	}, pairs...)...)
}

// storeCommand is a command with the given id, under a key of its own.
func storeCommand(id string, pairs ...string) string {
	return insert("commands", append([]string{
		"id=" + quote(id), "actor_kind='staff'", "actor='ines@example.com'", "key=" + quote(id), "body_hash=sha256('')", "kind='transition'",
		"outcome='{}'",
	}, pairs...)...)
}

// event records a move under the transaction's command. An empty from is the first event's nothing.
func event(id string, version int, from, to, reason string, pairs ...string) string {
	return insert("cloud_deployment_events", append([]string{
		"deployment_id=" + quote(id), fmt.Sprintf("version=%d", version), "from_state=nullif(" + quote(from) + ",'')", "to_state=" + quote(to),
		"reason=" + quote(reason), "actor_kind='staff'", "actor='ines@example.com'", "actor_name='Ines Okafor'",
		"command_id=" + quote(command), "state_since=now()", "occurred_at=now()",
	}, pairs...)...)
}

// stand moves the deployment itself, since when its event says.
func stand(id string, version int, to string) string {
	return fmt.Sprintf(`UPDATE cloud_deployments d SET state = '%[3]s', version = %[2]d, state_since = coalesce(
		(SELECT e.state_since FROM cloud_deployment_events e WHERE e.deployment_id = d.id AND e.version = %[2]d), d.state_since)
		WHERE d.id = '%[1]s'`, id, version, to)
}

// first is the creation of a deployment under a command of its own.
func first(id, state string) string { return whole(event(id, 1, "", state, "created")) }

// move is one complete move under a command of its own.
func move(id string, version int, from, to, reason string, pairs ...string) string {
	return whole(event(id, version, from, to, reason, pairs...), stand(id, version, to))
}

// whole puts a command of their own before the statements; without arguments, the server takes several at once.
func whole(statements ...string) string {
	own := uuid.NewString()
	all := append([]string{storeCommand(own)}, statements...)
	return strings.ReplaceAll(strings.Join(all, ";\n"), command, own)
}
