package provisioning

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "github.com/lib/pq" // for the owner's own connections

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// swift has no pause that is longer than a test needs. What bounds how long something may take is generous: machines that run tests are busy.
var swift = Timing{
	Lease: 40 * time.Second, Attempt: 20 * time.Second, Slice: 20 * time.Second,
	Backoff: 5 * time.Millisecond, BackoffMax: 10 * time.Millisecond, LimitMax: 20 * time.Millisecond,
	Poll: 15 * time.Millisecond, WaitDeadline: time.Minute, PowerWait: 250 * time.Millisecond, ListGrace: 2 * time.Second,
	Fetch: 10 * time.Millisecond, Wake: 100 * time.Millisecond, WakeSlack: 50 * time.Millisecond, BusyPause: 20 * time.Millisecond,
	JobTimeout: time.Minute, Retention: time.Minute, SweepLook: time.Hour,
}

// patience is how long anything may take that comes about by itself: so long only where it does not come about.
const patience = time.Minute

// soon waits for a condition that comes about by itself.
func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within %v: %s", patience, what)
}

// world is a database, a provider, and the store between them.
type world struct {
	*store.Store
	t      *testing.T
	owner  *sql.DB
	db     pgtest.DB
	sim    *cloudsim.Simulator
	cloud  Cloud
	tenant uuid.UUID
	keys   atomic.Int64
}

const zone = "apps.example"

var operator = access.Actor{Kind: access.Staff, ID: "ola@arcadia.test", Name: "Ola", Roles: access.Support | access.Operator | access.Billing}

func newWorld(t *testing.T, o cloudsim.Options) *world {
	t.Helper()
	w := &world{t: t, db: pgtest.New(t)}
	o.Token, o.Zones = "secret", []string{zone}
	var err error
	if w.sim, err = cloudsim.Start(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.sim.Close() })
	w.cloud = w.newCloud(10 * time.Second)
	w.Store = w.open(8)
	if w.owner, err = sql.Open("postgres", w.db.OwnerDSN); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.owner.Close() })
	w.tenant, err = w.CreateTenant(t.Context(), store.NewTenant{
		Command: w.by(operator), Fields: catalog.Tenant{Name: "Harbour", Slug: "harbour", Email: "harbour@customer.test"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) newCloud(timeout time.Duration) Cloud {
	w.t.Helper()
	cloud, err := NewDigitalOcean(DigitalOceanOptions{Token: "secret", BaseURL: w.sim.URL(), Timeout: timeout})
	if err != nil {
		w.t.Fatal(err)
	}
	return cloud
}

// open is another process's store.
func (w *world) open(conns int) *store.Store {
	w.t.Helper()
	s, err := store.Open(w.t.Context(), w.db.AppDSN, store.Options{Conns: conns, Provider: "digitalocean"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = s.Close() })
	return s
}

func (w *world) by(actor access.Actor) store.Command {
	return store.Command{Actor: actor, Key: fmt.Sprintf("key-%d", w.keys.Add(1))}
}

// begin asks for a deployment that a run builds.
func (w *world) begin(t *testing.T, name string) uuid.UUID {
	t.Helper()
	id, err := w.CreateDeployment(t.Context(), store.NewDeployment{
		Command: w.by(operator), TenantID: w.tenant, Provision: true,
		Fields: catalog.Deployment{Name: name, Slug: name, Hostname: name + "." + zone, Plan: "starter", Region: "fra1", Size: "s-1vcpu-1gb"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (w *world) engine(timing Timing) *engine {
	return &engine{runs: w.Store, cloud: w.cloud, image: "debian-12-x64", timing: timing.orDefaults(), log: slog.New(slog.DiscardHandler)}
}

// start has another process work on runs.
func (w *world) start(t *testing.T, o Options) *Provisioner {
	t.Helper()
	o.Store, o.Log = w.open(6), slog.New(slog.DiscardHandler)
	if o.Cloud == nil {
		o.Cloud = w.cloud
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return p
}

// run is the newest of a deployment.
func (w *world) run(t *testing.T, deployment uuid.UUID) store.Run {
	t.Helper()
	run, err := w.GetNewestRun(t.Context(), deployment)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// expire ends the lease of an engine that has died, as time would.
func (w *world) expire(run uuid.UUID) {
	_, err := w.owner.Exec(`UPDATE runs SET held_until = clock_timestamp() WHERE id = $1 AND held_until IS NOT NULL AND finished_at IS NULL`, run)
	if err != nil {
		panic(err)
	}
}

// settled waits until no process has anything to do with the newest run of a deployment.
func (w *world) settled(t *testing.T, deployment uuid.UUID) store.Run {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if run := w.run(t, deployment); !run.Status.Live() || run.Status == lifecycle.RunNeedsOperator {
			return run
		}
	}
	t.Fatalf("the run does not end: %+v", w.run(t, deployment))
	return store.Run{}
}

func (w *world) value(t *testing.T, query string, args ...any) string {
	t.Helper()
	var v sql.NullString
	if err := w.owner.QueryRowContext(t.Context(), query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v.String
}
