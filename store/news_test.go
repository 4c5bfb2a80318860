package store_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// hear begins to listen with a store of its own, as another process would.
func (w *world) hear() <-chan store.News {
	w.t.Helper()
	w.exec(`DELETE FROM outbox`) // nobody has told yet what was done to set the test up
	ctx, cancel := context.WithCancel(context.Background())
	news := openStore(w.t, w.db.AppDSN, store.Options{Conns: 1}).ListenNews(ctx, func(err error) { w.t.Logf("listening: %v", err) })
	w.t.Cleanup(func() {
		cancel()
		for range news { // until it is closed
		}
	})
	if first := w.next(news); !first.Missed() {
		w.t.Fatalf("the first news are %v", first)
	}
	return news
}

func (w *world) next(news <-chan store.News) store.News {
	w.t.Helper()
	select {
	case one, open := <-news:
		if !open {
			w.t.Fatal("nobody listens any more")
		}
		return one
	case <-time.After(waitLimit):
		w.t.Fatalf("no news within %v", waitLimit)
	}
	return store.News{}
}

// quiet expects that nothing more is said than a word of the test's own.
func (w *world) quiet(what string, news <-chan store.News) {
	w.t.Helper()
	w.exec(`SELECT notify_change('word', NULL, NULL)`)
	if one := w.next(news); one.Kind != "word" {
		w.t.Errorf("%s: %v", what, one)
	}
}

func TestWhatIsCommittedIsHeardByOtherProcesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("northwind")
	id := w.deployment(tenant, "shop")
	news := w.hear()
	w.move(id, lifecycle.Pause)
	want := store.News{Kind: store.MoveNews, DeploymentID: uuid.NullUUID{UUID: id, Valid: true}, TenantID: uuid.NullUUID{UUID: tenant, Valid: true}}
	if got := w.next(news); got != want {
		t.Errorf("a move is heard as %v", got)
	}
	if err := w.AddNote(t.Context(), store.NewNote{Command: w.by(billing), TenantID: tenant, Notes: "Called."}); err != nil {
		t.Fatal(err)
	}
	if got := w.next(news); got != (store.News{Kind: store.NoteNews, TenantID: want.TenantID}) {
		t.Errorf("a note is heard as %v", got)
	}
	w.tenant("blue-harbor")
	if got := w.next(news); got.Kind != store.EditNews || !got.TenantID.Valid || got.DeploymentID.Valid {
		t.Errorf("a new tenant is heard as %v", got)
	}
	w.quiet("after all that", news)
}

func TestWhatIsRefusedOrRolledBackIsNotHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("northwind")
	id := w.deployment(tenant, "shop")
	news := w.hear()
	if m, err := w.Transition(t.Context(), w.ask(viewer, id, lifecycle.Pause)); err != nil || m.Verdict != lifecycle.Refused {
		t.Fatalf("a viewer's move: %v %v", m.Verdict, err)
	}
	w.quiet("a refused move", news)
	tx, err := w.owner.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `SELECT notify_change('move', $1, $2)`, id, tenant); err != nil {
		t.Fatal(err)
	}
	_ = tx.Rollback()
	w.quiet("a transaction that was rolled back", news)
}

// What one statement writes to many rows is told as one, and a payload has always the same length.
func TestMuchAtOnceIsOneWord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("northwind")
	news := w.hear()
	insert := `INSERT INTO cloud_edits (id, tenant_id, changes, actor_kind, actor, actor_name, occurred_at)
		SELECT gen_random_uuid(), '` + tenant.String() + `', '[]', 'staff', 'a', 'A', now() FROM generate_series(1, `
	w.exec(insert + `51)`)
	if got := w.next(news); got != (store.News{Kind: store.EditNews}) {
		t.Errorf("51 rows are heard as %v", got)
	}
	w.exec(insert + `50)`) // all of one tenant: the same words, once
	if got := w.next(news); got.Kind != store.EditNews || got.TenantID.UUID != tenant {
		t.Errorf("50 rows are heard as %v", got)
	}
	w.quiet("after that", news)
}

// A connection that is cut is made again, and whoever listens knows that something may have been missed.
func TestListeningSurvivesItsConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("northwind")
	id := w.deployment(tenant, "shop")
	news := w.hear()
	w.cutListeners()
	if got := w.next(news); !got.Missed() {
		t.Errorf("after the cut: %v", got)
	}
	w.move(id, lifecycle.Pause)
	if got := w.next(news); got.Kind != store.MoveNews || got.DeploymentID.UUID != id {
		t.Errorf("after the cut a move is heard as %v", got)
	}
}

// cutListeners ends all connections that listen, as a restart of the server would.
func (w *world) cutListeners() {
	w.t.Helper()
	admin, err := sql.Open("postgres", w.db.AdminDSN)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	var n int
	err = admin.QueryRowContext(w.t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN %'`).Scan(&n)
	if err != nil || n == 0 {
		w.t.Fatalf("%d connections were cut: %v", n, err)
	}
}

// A database that does not answer, and breaks no connection, keeps nobody from ending.
func TestListeningEndsWhereNobodyAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wire, dsn := newWire(t, w.db.AppDSN)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	news := openStore(t, dsn, store.Options{Conns: 1}).ListenNews(ctx, func(error) {})
	w.next(news)
	wire.hung.Store(true)
	time.Sleep(time.Second) // it looks into the outbox meanwhile
	cancel()
	select {
	case one, open := <-news:
		if open {
			t.Errorf("heard %v", one)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits for an answer")
	}
}

// A run and its steps are heard as they go on; that somebody still works on it is not.
func TestRunsAreHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("northwind")
	id := w.deployment(tenant, "shop")
	news := w.hear()
	run := "00000000-0000-7000-8000-00000000000a"
	heard := func(what string) {
		t.Helper()
		if got := w.next(news); got.Kind != store.RunNews || got.DeploymentID.UUID != id || got.TenantID.UUID != tenant {
			t.Errorf("%s is heard as %v", what, got)
		}
		w.quiet(what, news)
	}
	w.exec(`INSERT INTO runs (id, deployment_id, kind, spec, actor_kind, actor, actor_name) VALUES ('`+run+`', '`+id.String()+`', 'power_off', '{}', 'staff', 'a', 'A')`,
		`INSERT INTO run_steps (run_id, position, name, max_attempts, undo_max_attempts) VALUES ('`+run+`', 1, 'one', 3, 3), ('`+run+`', 2, 'two', 3, 3)`)
	heard("a new run with its steps")
	w.exec(`UPDATE run_steps SET status = 'running', attempt = 1 WHERE run_id = '` + run + `' AND position = 1`)
	heard("a step that begins")
	w.exec(`UPDATE runs SET status = 'running', token = 1 WHERE id = '` + run + `'`)
	heard("a run that begins")
	w.exec(`UPDATE runs SET held_until = now(), token = 2 WHERE id = '` + run + `'`)
	w.quiet("who works on it", news)
}
