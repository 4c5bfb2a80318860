package store_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/store"
)

// muchRecorded is what a loader or an earlier version left: many rows of one tick, in tables that have other rows too.
func muchRecorded(w *world, tick, events, deeds int) {
	w.t.Helper()
	w.damaged(fmt.Sprintf(`
INSERT INTO cloud_deployment_events (deployment_id, version, to_state, reason, actor_kind, actor, actor_name, command_id, state_since, occurred_at, tick)
SELECT gen_random_uuid(), 1, 'active', 'created', 'staff', 'a@arcadia.test', 'A', gen_random_uuid(), at, at, %d
  FROM generate_series(1, %d) i, LATERAL (SELECT now() - i * interval '1 minute') t (at)`, tick, events), fmt.Sprintf(`
INSERT INTO activity (actor_kind, actor, actor_name, kind, tick, occurred_at)
SELECT 'staff', 'a@arcadia.test', 'A', 'signed_in', %d, now() - i * interval '1 minute' FROM generate_series(1, %d) i`, tick, deeds), `ANALYZE`)
}

// What was there before the first seal, and what one transaction loaded, is sealed in short steps: each reads the rows that it
// covers and no more, wherever it stands.
func TestSealingMuchGoesInShortSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const events, deeds = 3*store.SealBatch/2 + 7, store.SealBatch/2 + 3
	muchRecorded(w, 0, events, deeds)
	muchRecorded(w, 1, events, deeds)
	for total := 0; total < 2*(events+deeds); {
		sealed, err := w.Seal(t.Context())
		if err != nil || sealed.Rows == 0 || sealed.Rows > store.SealBatch || sealed.More != (sealed.Rows == store.SealBatch) {
			t.Fatalf("after %d rows: %+v, %v", total, sealed, err)
		}
		total += sealed.Rows
		queries, err := w.SealQueries(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range queries {
			if rows, whole := explain(t, w.DB(), q).read(); rows > store.SealBatch || slices.Contains(whole, "cloud_deployment_events") && total < events {
				t.Errorf("after %d rows: %.0f rows read, whole tables %v", total, rows, whole)
			}
		}
	}
	if v := w.audited(w.checkpoint()); !v.OK() || v.Sealed != 2*(events+deeds) || v.Unsealed != 0 {
		t.Errorf("%+v", v)
	}
}

// Whatever a table of the record holds is sealed, but for what the database makes of other columns. A migration that adds a
// column has to say from which seal on it is covered.
func TestSealsCoverEveryColumn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for table, covered := range store.SealedColumns() {
		all := strings.Fields(w.value(`
SELECT string_agg(column_name, ' ' ORDER BY column_name) FROM information_schema.columns
 WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'`, table))
		slices.Sort(covered)
		if !slices.Equal(all, covered) {
			t.Errorf("%s has the columns %v, sealed are %v", table, all, covered)
		}
	}
}

// Rows that differ in where one column ends and the next begins, or in NULL and an empty text, are not alike.
func TestSealsTellColumnsApart(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]string{
		"a letter moved to the next column": `UPDATE activity SET actor = 'ab', actor_name = 'cd' WHERE actor = 'a'`,
		"a separator of ours":               `UPDATE activity SET actor = 'a3:bcd', actor_name = '' WHERE actor = 'a'`,
		"an empty text for nothing":         `UPDATE cloud_deployment_events SET notes = '' WHERE notes IS NULL`,
		"the first moment of a state":       `UPDATE cloud_deployment_events SET state_since = state_since + interval '1 microsecond'`,
		"the order inside of changes":       `UPDATE activity SET changes = '[{"to": "x", "from": "", "field": "reason"}, {}]'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.deployment(w.tenant("t"), "shop")
			w.exec(`INSERT INTO activity (actor_kind, actor, actor_name, kind) VALUES ('nobody', 'a', 'bcd', 'sign_in_failed')`)
			w.seal()
			if v := w.audited(); !v.OK() {
				t.Fatalf("before: %v", v.Mismatches)
			}
			w.damaged(damage)
			if v := w.audited(); !strings.Contains(fmt.Sprint(v.Mismatches), "was changed") {
				t.Errorf("it says %v", v.Mismatches)
			}
		})
	}
}

// The lag says how many rows wait and since when, and whether seals are made at all.
func TestSealLag(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lag := func() store.SealLag {
		t.Helper()
		lag, err := w.GetSealLag(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return lag
	}
	if got := lag(); got != (store.SealLag{}) {
		t.Errorf("of nothing: %+v", got)
	}
	w.noted(w.deployment(w.tenant("t"), "shop"), "Hello") // a creation, an event and a note
	first := w.value(`SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'HH24:MI:SS.US') FROM cloud_edits`)
	if got := lag(); got.Newest != 0 || got.Rows != 3 || got.Since.UTC().Format("15:04:05.000000") != first {
		t.Errorf("before the first seal: %+v, the oldest is of %s", got, first)
	}
	w.seal()
	if got := lag(); got.Newest != 1 || got.Rows != 0 || !got.Since.IsZero() {
		t.Errorf("sealed: %+v", got)
	}
	muchRecorded(w, 1<<40, store.MaxSealLag+5, 1)
	if got := lag(); got.Rows != store.MaxSealLag+1 {
		t.Errorf("much waits: %+v", got)
	}
	// Ticks from elsewhere are no hindrance: those of here go on from them.
	owner := openStore(t, w.db.OwnerDSN, store.Options{Conns: 1})
	if err := owner.AlignSeals(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.noted(uuid.MustParse(w.value(`SELECT id FROM cloud_deployments`)), "Later")
	soon(t, "nothing waits", func() bool {
		_, err := w.Seal(t.Context())
		return err == nil && lag().Rows == 0
	})
	if v := w.audited(); !v.OK() || v.Sealed != 3+store.MaxSealLag+5+1+1 {
		t.Errorf("%+v", v)
	}
}

// A console that serves is seen by others, for as long as it does.
func TestServingIsSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := openStore(t, w.db.OwnerDSN, store.Options{Conns: 1})
	serving := func() bool {
		t.Helper()
		got, err := owner.Serving(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	expect := func(want bool) {
		t.Helper()
		if got := serving(); got != want {
			t.Errorf("serving %t, want %t", got, want)
		}
	}
	expect(false)
	first, err := w.MarkServing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := openStore(t, w.db.AppDSN, store.Options{Conns: 1}).MarkServing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	expect(true)
	if !first.Stands(t.Context()) {
		t.Error("the mark is said to be gone")
	}
	first.Remove()
	expect(true)
	w.damaged(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	soon(t, "the lost mark is noticed", func() bool { return !second.Stands(t.Context()) })
	second.Remove()
	soon(t, "the server has given up the lock of the connection that it ended", func() bool { return !serving() })
}

// No deed is missing from the kinds of the page of activity.
func TestEveryDeedIsOfAKind(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("activity.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^\t\w+ +Deed = "(\w+)"$`).FindAllStringSubmatch(string(text), -1)
	if len(found) < 15 {
		t.Fatalf("only %d deeds were found in activity.go", len(found))
	}
	for _, deed := range found {
		if !slices.Contains(store.ListedDeeds(), store.Deed(deed[1])) {
			t.Errorf("%s is of no kind", deed[1])
		}
	}
}

// What is rare among much is found by an index: a failure among sign-ins, what was done to somebody, what somebody did.
func TestRareDeedsAreFoundByAnIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	muchRecorded(w, 0, 0, 20_000)
	p, _ := w.hire("dana", 1)
	if err := w.RecordFailedSignIn(t.Context(), "stranger@arcadia.test", "wrong password", ""); err != nil {
		t.Fatal(err)
	}
	w.exec(`ANALYZE`)
	for name, f := range map[string]store.RecordFilter{
		"all": {}, "failures": {Kind: store.FailuresRecord}, "staff": {Kind: store.StaffRecord}, "sign-ins": {Kind: store.SignInsRecord},
		"about somebody": {Object: only(p.ID)}, "about nothing": {Object: only(uuid.New())}, "by somebody": {Person: p.Email},
		"moves": {Kind: store.MovesRecord},
	} {
		q, err := store.RecordQuery(f)
		if err != nil {
			t.Fatal(err)
		}
		if rows, whole := explain(t, w.DB(), q).read(); rows > 300 || slices.Contains(whole, "activity") {
			t.Errorf("%s: %.0f rows read, whole tables %v", name, rows, whole)
		}
	}
}
