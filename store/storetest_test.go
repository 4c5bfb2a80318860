package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "github.com/lib/pq" // for the owner's own connections

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// world is a database of one test: the store as the serving role has it, and the owner's connection beside it.
type world struct {
	*store.Store
	t     testing.TB
	db    pgtest.DB
	owner *sql.DB
	keys  atomic.Int64
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db := pgtest.New(t)
	w := &world{Store: openStore(t, db.AppDSN, store.Options{Conns: 6}), t: t, db: db}
	owner, err := sql.Open("postgres", db.OwnerDSN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close() })
	w.owner = owner
	return w
}

// patient lets the stores of a test wait as long as it takes for rows that many want at the same time. The serving role gives up after a
// second, in which on a busy machine not everybody has had a turn.
func (w *world) patient() {
	w.t.Helper()
	w.db.AppDSN += " lock_timeout=60000 statement_timeout=60000"
	w.Store = openStore(w.t, w.db.AppDSN, store.Options{Conns: 6})
}

func openStore(t testing.TB, dsn string, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// The people of the tests.
var (
	admin   = person("admin", access.Admin)
	support = person("support", access.Support)
	billing = person("billing", access.Billing)
	viewer  = person("viewer", access.Viewer)
)

func person(name string, roles access.Roles) access.Actor {
	return access.Actor{Kind: access.Staff, ID: name + "@arcadia.test", Name: strings.ToUpper(name[:1]) + name[1:], Roles: roles}
}

// by is a command under a key of its own.
func (w *world) by(actor access.Actor) store.Command {
	return store.Command{Actor: actor, Key: fmt.Sprintf("key-%d", w.keys.Add(1))}
}

// exec runs SQL as the owner, in one transaction.
func (w *world) exec(statements ...string) {
	w.t.Helper()
	tx, err := w.owner.BeginTx(context.Background(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for _, statement := range statements {
		if _, err := tx.Exec(statement); err != nil {
			w.t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := tx.Commit(); err != nil {
		w.t.Fatal(err)
	}
}

// value reads one value as text.
func (w *world) value(query string, args ...any) string {
	w.t.Helper()
	var v sql.NullString
	if err := w.owner.QueryRow(query, args...).Scan(&v); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return v.String
}

// rows counts the rows of every table that a write can reach.
func (w *world) rows() string {
	w.t.Helper()
	return w.value(`SELECT concat_ws(' ',
		(SELECT count(*) FROM commands), (SELECT count(*) FROM cloud_deployment_events), (SELECT count(*) FROM cloud_deployments),
		(SELECT count(*) FROM cloud_tenants), (SELECT count(*) FROM cloud_notes), (SELECT count(*) FROM cloud_edits),
		(SELECT count(*) FROM account_previews), (SELECT count(*) FROM cloud_deployment_search),
		(SELECT string_agg(subject || '=' || n, ',' ORDER BY subject) FROM (SELECT subject, sum(n) AS n FROM counters GROUP BY subject) c),
		(SELECT md5(string_agg(d::text, '|' ORDER BY id)) FROM cloud_deployments d),
		(SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM cloud_tenants t))`)
}

// unchanged runs fn and expects every table to be as it was.
func (w *world) unchanged(what string, fn func()) {
	w.t.Helper()
	before := w.rows()
	fn()
	if after := w.rows(); after != before {
		w.t.Errorf("%s left something:\n%s\n%s", what, before, after)
	}
}

func (w *world) tenant(slug string) uuid.UUID {
	w.t.Helper()
	id, err := w.CreateTenant(w.t.Context(), store.NewTenant{Command: w.by(support), Fields: tenantFields(slug)})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func tenantFields(slug string) catalog.Tenant {
	return catalog.Tenant{Name: "Tenant " + slug, Slug: slug, Email: slug + "@customer.test"}
}

func deploymentFields(slug string) catalog.Deployment {
	return catalog.Deployment{Name: "Deployment " + slug, Slug: slug, Plan: "standard", Region: "fra1", Size: "s-1vcpu-1gb"}
}

func (w *world) deployment(tenantID uuid.UUID, slug string) uuid.UUID {
	w.t.Helper()
	return w.create(tenantID, deploymentFields(slug), lifecycle.Active)
}

func (w *world) create(tenantID uuid.UUID, f catalog.Deployment, state lifecycle.State) uuid.UUID {
	w.t.Helper()
	id, err := w.CreateDeployment(w.t.Context(), store.NewDeployment{Command: w.by(support), TenantID: tenantID, Fields: f, State: state})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// paths lead a new deployment into each state.
var paths = map[lifecycle.State]struct {
	start   lifecycle.State
	actions []lifecycle.Action
}{
	lifecycle.Provisioning: {lifecycle.Provisioning, nil},
	lifecycle.Trial:        {lifecycle.Trial, nil},
	lifecycle.Active:       {lifecycle.Active, nil},
	lifecycle.Paused:       {lifecycle.Active, []lifecycle.Action{lifecycle.Pause}},
	lifecycle.PastDue:      {lifecycle.Active, []lifecycle.Action{lifecycle.MarkPastDue}},
	lifecycle.Suspended:    {lifecycle.Active, []lifecycle.Action{lifecycle.MarkPastDue, lifecycle.Suspend}},
	lifecycle.Cancelled:    {lifecycle.Active, []lifecycle.Action{lifecycle.Cancel}},
	lifecycle.Archived:     {lifecycle.Active, []lifecycle.Action{lifecycle.Cancel, lifecycle.Archive}},
}

// in makes a deployment that stands in the state.
func (w *world) in(tenantID uuid.UUID, slug string, state lifecycle.State) uuid.UUID {
	w.t.Helper()
	path := paths[state]
	id := w.create(tenantID, deploymentFields(slug), path.start)
	for _, action := range path.actions {
		w.move(id, action)
	}
	return id
}

// move takes the action as an admin, at the version that is there.
func (w *world) move(id uuid.UUID, action lifecycle.Action) store.Moved {
	w.t.Helper()
	moved, err := w.Transition(w.t.Context(), w.ask(admin, id, action))
	if err != nil || moved.Verdict != lifecycle.Accepted {
		w.t.Fatalf("%s: %+v %v", action, moved, err)
	}
	return moved
}

// ask is a right and timely request.
func (w *world) ask(actor access.Actor, id uuid.UUID, action lifecycle.Action) store.Transition {
	w.t.Helper()
	return store.Transition{
		Command: w.by(actor), DeploymentID: id, Action: action, Version: w.get(id).Version, Reason: reasonFor(action),
	}
}

func reasonFor(action lifecycle.Action) lifecycle.Reason {
	if action.NeedsReason() {
		return lifecycle.Other
	}
	return ""
}

func (w *world) get(id uuid.UUID) store.Deployment {
	w.t.Helper()
	d, err := w.GetDeployment(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// verified expects everything to be as the events say.
func (w *world) verified() store.Verified {
	w.t.Helper()
	owner := openStore(w.t, w.db.OwnerDSN, store.Options{Conns: 1, Loading: true})
	v, err := owner.Verify(w.t.Context())
	if err != nil || !v.OK() {
		w.t.Errorf("verify: %v %+v", err, v.Mismatches)
	}
	return v
}

// problems expects the error to be about these fields, in any order, and no others.
func problems(t testing.TB, err error, fields ...string) {
	t.Helper()
	var found catalog.Problems
	if !errors.As(err, &found) || len(found) != len(fields) {
		t.Errorf("problems %v, want them with %v", err, fields)
		return
	}
	for _, field := range fields {
		if found.For(field) == "" {
			t.Errorf("problems %v, none with %s", err, field)
		}
	}
}

// waitLimit is how long anything may take that comes about by itself: so long only where it does not come about.
const waitLimit = time.Minute

// soon waits for a condition that comes about by itself.
func soon(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(waitLimit); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within %v: %s", waitLimit, what)
}
