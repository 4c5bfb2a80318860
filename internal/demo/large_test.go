package demo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"arcadia.example/console/internal/demo"
	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

var day = time.Date(2026, 6, 15, 10, 30, 0, 0, time.UTC)

// open returns a store of the owner, which may verify and load.
func open(t *testing.T, dsn string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), dsn, store.Options{Loading: true, Conns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

func mustVerify(t *testing.T, st *store.Store) store.Verified {
	t.Helper()
	v, err := st.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !v.OK() {
		t.Fatalf("verify: %v and %d more", v.Mismatches, v.More)
	}
	return v
}

// schema lists every constraint, index and trigger of the database with its definition.
func schema(t *testing.T, st *store.Store) string {
	t.Helper()
	var all string
	err := st.DB().QueryRowContext(t.Context(), `
SELECT string_agg(line, E'\n' ORDER BY line) FROM (
  SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT pg_get_indexdef(indexrelid) || ' ' || indisvalid::text FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT pg_get_triggerdef(t.oid) || ' ' || tgenabled::text FROM pg_trigger t WHERE NOT tgisinternal) all_of_it (line)`).Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestLoadLarge(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ tenants, deployments int }{{1, 0}, {1, 1}, {30, 7}, {200, 1000}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			st := open(t, db.OwnerDSN)
			before := schema(t, st)
			var out bytes.Buffer
			if err := demo.LoadLarge(t.Context(), db.OwnerDSN, size.tenants, size.deployments, day, &out); err != nil {
				t.Fatalf("%v\n%s", err, &out)
			}
			if after := schema(t, st); after != before {
				t.Errorf("the load changed the schema from\n%s\nto\n%s", before, after)
			}
			if v := mustVerify(t, st); v.Deployments != int64(size.deployments) {
				t.Errorf("verify saw %d deployments", v.Deployments)
			}
			counts, err := st.GetCounts(t.Context())
			if err != nil || counts.Tenants != int64(size.tenants) || counts.Deployments != int64(size.deployments) {
				t.Errorf("counts are %+v, %v", counts, err)
			}
		})
	}
}

func TestLoadLargeIsPlausible(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	if err := demo.LoadLarge(t.Context(), db.OwnerDSN, 1000, 5000, day, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	st := open(t, db.OwnerDSN)
	v := mustVerify(t, st)
	if per := float64(v.Events) / float64(v.Deployments); per < 3 || per > 5 {
		t.Errorf("%.2f events for each deployment", per)
	}
	counts, err := st.GetCounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range lifecycle.States {
		if counts.ByState[state] == 0 {
			t.Errorf("no deployment is %s: %v", state, counts.ByState)
		}
	}
	if counts.ByState[lifecycle.Active] < counts.Deployments*2/5 {
		t.Errorf("too few are active: %v", counts.ByState)
	}
	for word, want := range map[string]int{demo.RareWord: 1, demo.SomeWord: 5, demo.CommonWord: 151} {
		var n int
		err := st.DB().QueryRowContext(t.Context(), `SELECT count(*) FROM cloud_deployment_search WHERE doc LIKE '%' || $1 || '%'`, word).Scan(&n)
		if err != nil || n < want-3 || n > want+3 || word == demo.RareWord && n != 1 {
			t.Errorf("%d deployments have %q, want about %d (%v)", n, word, want, err)
		}
	}
	expectNone(t, st, "events before the row or in the future",
		`SELECT count(*) FROM cloud_deployments d JOIN cloud_deployment_events e ON e.deployment_id = d.id
		  WHERE e.occurred_at < d.inserted_at OR e.occurred_at > $1`, day)
	expectNone(t, st, "deployments before their tenant",
		`SELECT count(*) FROM cloud_deployments d JOIN cloud_tenants t ON t.id = d.tenant_id WHERE d.inserted_at < t.inserted_at`)
	expectNone(t, st, "events that go back in time",
		`SELECT count(*) FROM cloud_deployment_events e JOIN cloud_deployment_events p
		     ON p.deployment_id = e.deployment_id AND p.version = e.version - 1 WHERE e.occurred_at <= p.occurred_at`)
}

// expectNone runs a query that counts what must not be.
func expectNone(t *testing.T, st *store.Store, what, query string, args ...any) {
	t.Helper()
	var n int
	if err := st.DB().QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d %s (%v)", n, what, err)
	}
}

func TestLoadLargeRefuses(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, size := range [][2]int{{0, 0}, {-1, 5}, {1, -1}, {1, 100_000}} {
		if err := demo.LoadLarge(t.Context(), db.OwnerDSN, size[0], size[1], day, &bytes.Buffer{}); err == nil {
			t.Errorf("%d tenants and %d deployments were loaded", size[0], size[1])
		}
	}
	if err := demo.LoadLarge(t.Context(), db.OwnerDSN, 10, 20, day, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if err := demo.LoadLarge(t.Context(), db.OwnerDSN, 10, 20, day, &bytes.Buffer{}); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("a second load: %v", err)
	}
	if err := demo.LoadLarge(t.Context(), db.AppDSN, 10, 20, day, &bytes.Buffer{}); err == nil {
		t.Error("the serving role loaded a large set")
	}
}

func TestLoadLargeLeavesNothingWhenBroken(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	st := open(t, db.OwnerDSN)
	before := schema(t, st)
	ctx, cancel := context.WithCancel(t.Context())
	steps := 0
	stop := writerFunc(func(p []byte) (int, error) {
		if steps++; steps == 4 {
			cancel()
		}
		return len(p), nil
	})
	if err := demo.LoadLarge(ctx, db.OwnerDSN, 50, 200, day, stop); err == nil {
		t.Fatal("the load went on")
	}
	if after := schema(t, st); after != before {
		t.Errorf("the broken load changed the schema to\n%s", after)
	}
	expectNone(t, st, "tenants of a broken load", `SELECT count(*) FROM cloud_tenants`)
	mustVerify(t, st)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
