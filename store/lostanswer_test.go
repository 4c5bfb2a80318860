package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

var cuts = map[string]cut{"before the server": cutBefore, "before the answer": cutAfter, "in flight": cutInFlight}

// slowCommit makes every commit that moves a deployment take a moment.
var slowCommit = []string{
	`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.15); RETURN NULL; END $$`,
	`CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON commands DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()`,
}

// The connection breaks at the COMMIT, once or twice in a row: the outcome is settled by the key, and there is
// exactly one event. That holds when the asker has gone by then, too.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	for name, how := range cuts {
		for times := 1; times <= 2; times++ {
			for _, gone := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %d times, gone %t", name, times, gone), func(t *testing.T) {
					t.Parallel()
					lostAnswer(t, how, times, gone)
				})
			}
		}
	}
}

func lostAnswer(t *testing.T, how cut, times int, gone bool) {
	w := newWorld(t)
	id := w.deployment(w.tenant("t"), "d")
	w.exec(slowCommit...)
	wire, dsn := newWire(t, w.db.AppDSN)
	far := openStore(t, dsn, store.Options{Conns: 3})
	request := w.ask(support, id, lifecycle.Pause)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var cutAt atomic.Int32
	wire.whenCut = func() {
		cutAt.Add(1)
		if gone {
			cancel()
		}
	}
	wire.how.Store(int32(how))
	wire.left.Store(int32(times))
	moved, err := far.Transition(ctx, request)
	if gone {
		// The move is settled by now; only reading it back for somebody who has gone is not done.
		if d := w.get(id); d.Version != 2 {
			t.Errorf("not settled: version %d, %v", d.Version, err)
		}
		if err != nil && !errors.Is(err, store.ErrUnknown) && !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		moved, err = w.Transition(t.Context(), request)
	}
	if err != nil || moved.Verdict != lifecycle.Accepted || moved.Version != 2 || moved.Deployment.State != lifecycle.Paused {
		t.Errorf("%+v %v", moved, err)
	}
	if cutAt.Load() == 0 {
		t.Error("nothing was cut")
	}
	if events := w.value(`SELECT count(*) FROM cloud_deployment_events WHERE command_id = $1`, moved.CommandID); events != "1" {
		t.Errorf("%s events of the command", events)
	}
	if d := w.get(id); d.Version != 2 {
		t.Errorf("version %d", d.Version)
	}
	w.verified()
}

// The other writes are settled in the same way: one row each, whichever way the answer was lost.
func TestLostAnswerOfRecords(t *testing.T) {
	t.Parallel()
	for name, how := range cuts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tenantID := w.tenant("t")
			id := w.deployment(tenantID, "d")
			preview, err := w.PreviewAccount(t.Context(), support, tenantID, lifecycle.Pause)
			if err != nil {
				t.Fatal(err)
			}
			w.exec(slowCommit...)
			wire, dsn := newWire(t, w.db.AppDSN)
			far := openStore(t, dsn, store.Options{Conns: 3})
			wire.how.Store(int32(how))
			for what, write := range recordWrites(w, far, tenantID, id, preview.ID) {
				wire.left.Store(1)
				if err := write(); err != nil || wire.left.Load() > 0 {
					t.Errorf("%s: %v, %d cuts left", what, err, wire.left.Load())
				}
			}
			got := w.value(`SELECT concat_ws(' ', (SELECT count(*) FROM cloud_tenants), (SELECT count(*) FROM cloud_deployments),
				(SELECT count(*) FROM cloud_notes), (SELECT count(*) FROM cloud_edits), (SELECT count(*) FROM cloud_deployment_events),
				(SELECT count(*) FROM commands))`)
			if want := "2 2 1 4 3 6"; got != want {
				t.Errorf("%s rows, want %s", got, want)
			}
			w.verified()
		})
	}
}

func recordWrites(w *world, far *store.Store, tenantID, id, previewID uuid.UUID) map[string]func() error {
	ctx := w.t.Context()
	elsewhere := w.tenant("elsewhere")
	return map[string]func() error{
		"tenant edited":     func() error { return far.UpdateTenant(ctx, support, tenantID, 1, tenantFields("edited")) },
		"deployment edited": func() error { return far.UpdateDeployment(ctx, support, id, 1, deploymentFields("edited")) },
		"note": func() error {
			return far.AddNote(ctx, store.NewNote{Command: w.by(support), TenantID: tenantID, Notes: "a note"})
		},
		"deployment": func() error {
			_, err := far.CreateDeployment(ctx, store.NewDeployment{Command: w.by(support), TenantID: elsewhere, Fields: deploymentFields("new")})
			return err
		},
		"account": func() error {
			moved, err := far.MoveAccount(ctx, store.AccountMove{Command: w.by(support), TenantID: tenantID, PreviewID: previewID, Action: lifecycle.Pause})
			if err == nil && moved.Moved != 1 {
				err = fmt.Errorf("%+v", moved)
			}
			return err
		},
	}
}

// The database stays away: it is said that nobody knows, within a time that a person waits. When it is back, the same key
// settles it.
func TestLostForGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.deployment(w.tenant("t"), "d")
	wire, dsn := newWire(t, w.db.AppDSN)
	far := openStore(t, dsn, store.Options{Conns: 2})
	request := w.ask(support, id, lifecycle.Pause)
	wire.how.Store(int32(cutAfter))
	wire.left.Store(1)
	wire.whenCut = func() { wire.closed.Store(true) }
	start := time.Now()
	_, err := far.Transition(t.Context(), request)
	if !errors.Is(err, store.ErrUnknown) || errors.Is(err, store.ErrBusy) || time.Since(start) > 15*time.Second { // a page's time
		t.Errorf("%v after %s", err, time.Since(start))
	}
	if moved, err := w.Transition(t.Context(), request); err != nil || moved.Verdict != lifecycle.Accepted || !moved.Replayed {
		t.Errorf("%+v %v", moved, err)
	}
	w.verified()
}

// A database that is away before anything is asked of it: nothing was done, and that is said.
func TestAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.deployment(w.tenant("t"), "d")
	wire, dsn := newWire(t, w.db.AppDSN)
	far := openStore(t, dsn, store.Options{Conns: 2})
	request := w.ask(support, id, lifecycle.Pause)
	wire.shut()
	w.unchanged("a request without a database", func() {
		if _, err := far.Transition(t.Context(), request); !errors.Is(err, store.ErrBusy) {
			t.Errorf("move: %v", err)
		}
		if _, err := far.GetDeployment(t.Context(), id); !errors.Is(err, store.ErrBusy) {
			t.Errorf("read: %v", err)
		}
	})
}

// Who goes before the commit leaves nothing behind.
func TestGoneBeforeTheCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.deployment(w.tenant("t"), "d")
	request := w.ask(support, id, lifecycle.Pause)
	hold := w.hold(w.db.OwnerDSN, id)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	w.unchanged("a request that was given up", func() {
		if _, err := w.Transition(ctx, request); err == nil || errors.Is(err, store.ErrUnknown) {
			t.Errorf("%v", err)
		}
		if err := hold.Rollback(); err != nil {
			t.Fatal(err)
		}
	})
	if moved, err := w.Transition(t.Context(), request); err != nil || moved.Replayed {
		t.Errorf("%+v %v", moved, err)
	}
}
