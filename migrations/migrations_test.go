package migrations_test

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/pressly/goose/v3"

	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/migrations"
)

func provider(t *testing.T, db *sql.DB) *goose.Provider {
	t.Helper()
	p, err := migrations.NewProvider(db)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// objects is the whole schema in text, apart from goose's own table.
const objects = `SELECT string_agg(line, E'\n' ORDER BY line) FROM (
	SELECT format('%s %s %s %s', table_name, column_name, data_type, column_default) FROM information_schema.columns
	 WHERE table_schema = 'public' AND table_name <> 'goose_db_version'
	UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'goose_db_version'
	UNION ALL SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
	 WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'goose_db_version'
	UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
	UNION ALL SELECT pg_get_functiondef(p.oid) || coalesce(p.proacl::text, '') FROM pg_proc p
	 WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
	UNION ALL SELECT format('%s %s', relname, relacl) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname <> 'goose_db_version'
) all_objects (line)`

// emptied is a database that no migration ever touched.
func emptied(t *testing.T) (dsn string, db *sql.DB) {
	t.Helper()
	dsn = pgtest.New(t).OwnerDSN
	db = open(t, dsn)
	if _, err := provider(t, db).DownTo(t.Context(), 0); err != nil {
		t.Fatalf("down: %v", err)
	}
	must(t, db, "DROP TABLE goose_db_version", "DROP EXTENSION pg_trgm")
	return dsn, db
}

func TestDownAndUpAgain(t *testing.T) {
	t.Parallel()
	dsn := pgtest.New(t).OwnerDSN
	db := open(t, dsn)
	fullSchema := value(t, db, objects)
	p := provider(t, db)
	for _, source := range slices.Backward(p.ListSources()) { // numbers may be left out
		version := source.Version
		if _, err := p.Down(t.Context()); err != nil {
			t.Fatalf("down from %d: %v", version, err)
		}
		if err := migrations.Check(t.Context(), db); !errors.Is(err, migrations.ErrOutdated) {
			t.Errorf("check at version %d: %v, want ErrOutdated", version-1, err)
		}
		// Each step alone leads back as well, so that none leaves behind what its own way up trips over.
		if _, err := p.UpByOne(t.Context()); err != nil {
			t.Fatalf("up to %d again: %v", version, err)
		}
		if _, err := p.Down(t.Context()); err != nil {
			t.Fatalf("down from %d for good: %v", version, err)
		}
	}
	left := value(t, db, `SELECT count(*) FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'goose_db_version'`)
	functions := value(t, db, `SELECT count(*) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
		AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = p.oid AND deptype = 'e')`)
	if left != "0" || functions != "0" {
		t.Errorf("all the way down, %s tables and %s functions are left", left, functions)
	}
	if err := migrations.Up(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	if again := value(t, db, objects); again != fullSchema {
		t.Errorf("the schema is another after down and up:\n%s\nwas\n%s", again, fullSchema)
	}
	if err := migrations.Check(t.Context(), db); err != nil {
		t.Errorf("check: %v", err)
	}
}

func TestUpOnceMoreChangesNothing(t *testing.T) {
	t.Parallel()
	w := pgtest.New(t)
	db := open(t, w.OwnerDSN)
	before := value(t, db, objects)
	for range 2 {
		if err := migrations.Up(t.Context(), w.OwnerDSN); err != nil {
			t.Fatal(err)
		}
	}
	if value(t, db, objects) != before {
		t.Error("the schema changed")
	}
	if n := value(t, db, "SELECT count(*) - count(DISTINCT version_id) FROM goose_db_version"); n != "0" {
		t.Errorf("%s migrations were applied twice", n)
	}
}

func TestUpByFourAtOnce(t *testing.T) {
	t.Parallel()
	dsn, db := emptied(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := migrations.Up(t.Context(), dsn); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if err := migrations.Check(t.Context(), db); err != nil {
		t.Error(err)
	}
	if n := value(t, db, "SELECT count(*) - count(DISTINCT version_id) FROM goose_db_version"); n != "0" {
		t.Errorf("%s migrations were applied twice", n)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	_, empty := emptied(t)
	if err := migrations.Check(t.Context(), empty); !errors.Is(err, migrations.ErrOutdated) {
		t.Errorf("empty database: %v, want ErrOutdated", err)
	}
	current := pgtest.New(t)
	app, owner := open(t, current.AppDSN), open(t, current.OwnerDSN)
	if err := migrations.Check(t.Context(), app); err != nil {
		t.Errorf("as the serving role: %v", err)
	}
	must(t, owner, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)")
	if err := migrations.Check(t.Context(), app); err != nil {
		t.Errorf("a newer database: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := migrations.Check(ended, app); err == nil || errors.Is(err, migrations.ErrOutdated) {
		t.Errorf("a database that does not answer: %v, want another error than ErrOutdated", err)
	}
}

// A server that is not there is an error.
func TestUpWithoutAServer(t *testing.T) {
	t.Parallel()
	if err := migrations.Up(t.Context(), "host="+t.TempDir()+" user=nobody sslmode=disable"); err == nil {
		t.Error("no error")
	}
}

// The database's map is the lifecycle's.
func TestTransitionsAreTheMap(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.New(t).AppDSN)
	want := map[string]int{}
	for _, m := range lifecycle.Map {
		want[string(m.From)+" "+string(m.To)+" "+string(m.Action)]++
	}
	got := map[string]int{}
	rows, err := db.Query("SELECT from_state || ' ' || to_state || ' ' || action FROM transitions")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var edge string
		if err := rows.Scan(&edge); err != nil {
			t.Fatal(err)
		}
		got[edge]++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		t.Errorf("transitions has %v, the map %v", got, want)
	}
}

// The database knows the states of the lifecycle, those in which a life may start and those that ask for a reason.
func TestStatesAreTheLifecycles(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.New(t).AppDSN)
	var starts, asking []string
	all := make([]string, 0, len(lifecycle.States))
	for _, s := range lifecycle.States {
		all = append(all, string(s))
		if s.Initial() {
			starts = append(starts, string(s))
		}
		for _, m := range lifecycle.Map {
			if m.To == s && m.Action.NeedsReason() {
				asking = append(asking, string(s))
				break
			}
		}
	}
	for constraint, want := range map[string][]string{
		"cloud_deployments_state_check": all, "first_to_a_start": starts, "reason_where_asked": asking,
	} {
		definition := value(t, db, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = '"+constraint+"'")
		var got []string
		for _, match := range regexp.MustCompile(`'([a-z_]+)'`).FindAllStringSubmatch(definition, -1) {
			got = append(got, match[1])
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s has %v, the lifecycle %v", constraint, got, want)
		}
	}
}

func TestNewestAndHash(t *testing.T) {
	t.Parallel()
	sources := provider(t, open(t, pgtest.New(t).OwnerDSN)).ListSources()
	if int64(len(sources)) != migrations.Newest() {
		t.Errorf("%d migrations, the newest has number %d: a number is missing or doubled", len(sources), migrations.Newest())
	}
	if hash := migrations.Hash(); len(hash) != 16 || hash != migrations.Hash() {
		t.Errorf("hash %q, then %q", hash, migrations.Hash())
	}
}
