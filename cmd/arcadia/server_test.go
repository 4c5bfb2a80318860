package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "github.com/lib/pq" // for the owner's own connection

	"arcadia.example/console/internal/demo"
	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/store"
)

// console is one run of the program with a database of its own.
type console struct {
	t      *testing.T
	base   string // http://localhost:port
	env    variables
	out    *output
	cancel context.CancelFunc
	ended  chan error
}

// output is what a run writes, safe to read while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// variables is an environment of its own for one run.
type variables map[string]string

func (v variables) get(name string) string { return v[name] }

// environmentFor lets a run use the database of a test, at any free port.
func environmentFor(db pgtest.DB) variables {
	return variables{
		"DATABASE_URL": db.AppDSN, "ARCADIA_MIGRATE_URL": db.OwnerDSN, "ARCADIA_ADDR": "127.0.0.1:0", "ARCADIA_LOG": "error",
	}
}

var announced = regexp.MustCompile(`Arcadia Console: (https?://localhost:\d+)\n`)

// startConsole serves the demo until the test is over, and expects the run to end well then.
func startConsole(t *testing.T, env variables) *console {
	t.Helper()
	return startServing(t, env, "--demo")
}

// startServing is startConsole with flags of one's own: without any, it is no demo.
func startServing(t *testing.T, env variables, flags ...string) *console {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := &console{t: t, env: env, out: new(output), cancel: cancel, ended: make(chan error, 1)}
	go func() { c.ended <- run(ctx, append([]string{"serve"}, flags...), env.get, c.out) }()
	t.Cleanup(c.stop)
	within(t, startLimit, "the console serves", func() bool {
		select {
		case err := <-c.ended:
			c.ended <- err
			t.Fatalf("the console ended: %v", err)
		default:
		}
		if found := announced.FindStringSubmatch(c.out.String()); found != nil {
			c.base = found[1]
		}
		return c.base != ""
	})
	return c
}

// session signs one of the demo's people, or whoever has the e-mail, in beside the pages, and returns the token for the
// cookie. The sign-in page has tests of its own.
func (c *console) session(t *testing.T, who string) string {
	t.Helper()
	s, err := store.Open(t.Context(), c.env["DATABASE_URL"], store.Options{Conns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if !strings.Contains(who, "@") {
		who = personNamed(t, who).ID
	}
	person, err := s.FindStaff(t.Context(), who)
	if err != nil {
		t.Fatalf("%s: %v", who, err)
	}
	token, err := s.SignIn(t.Context(), person.ID, store.ByPassword, store.Browser{Device: "test"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return token.String()
}

// stop ends the run as Ctrl-C does. Stopping twice does nothing.
func (c *console) stop() {
	c.cancel()
	select {
	case err := <-c.ended:
		c.ended <- nil
		if err != nil {
			c.t.Errorf("the console ended: %v", err)
		}
	case <-time.After(waitLimit):
		c.t.Errorf("the console did not end within %v", waitLimit)
	}
}

// soon waits for a condition that comes about by itself.
func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	within(t, waitLimit, what, ok)
}

func within(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within %v: %s", limit, what)
}

// How long anything in a test may take, on a machine that is busy with other tests: so long only where it does not come about.
// The start of a console that loads the whole demo may take longer.
const (
	waitLimit  = time.Minute
	startLimit = 2 * time.Minute
)

// world is a database with what a test puts into it, through the store as everybody else.
type world struct {
	t     *testing.T
	db    pgtest.DB
	store *store.Store
	owner *sql.DB
	keys  int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db := pgtest.New(t)
	s, err := store.Open(t.Context(), db.AppDSN, store.Options{Conns: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return &world{t: t, db: db, store: s, owner: openSQL(t, db.OwnerDSN)}
}

// openSQL connects beside the store, with one connection.
func openSQL(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// serve starts a console on the world. Where there are tenants already, it loads no demo data.
func (w *world) serve() *console {
	w.t.Helper()
	w.change(`DELETE FROM outbox`) // nobody has told yet what was done to set the test up
	return startConsole(w.t, environmentFor(w.db))
}

// by is a command of one of the demo's people under a key of its own.
func (w *world) by(name string) store.Command {
	w.keys++
	return store.Command{Actor: personNamed(w.t, name).Actor(), Key: fmt.Sprintf("test-%d", w.keys)}
}

func personNamed(t *testing.T, role string) demo.Person {
	t.Helper()
	for _, p := range demo.People {
		if strings.HasPrefix(p.ID, role+"@") {
			return p
		}
	}
	t.Fatalf("there is no %s among the demo's people", role)
	return demo.Person{}
}

// value reads one value as text.
func (w *world) value(query string, args ...any) string {
	w.t.Helper()
	var v sql.NullString
	if err := w.owner.QueryRowContext(w.t.Context(), query, args...).Scan(&v); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return v.String
}

// events counts the events of a deployment.
func (w *world) events(id uuid.UUID) string {
	w.t.Helper()
	return w.value(`SELECT count(*) FROM cloud_deployment_events WHERE deployment_id = $1`, id)
}

// serveEmpty starts a console on a world that has one tenant which no test looks at.
func (w *world) serveEmpty() *console {
	w.t.Helper()
	w.tenant("Somebody Else")
	return w.serve()
}
