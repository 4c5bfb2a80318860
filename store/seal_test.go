package store_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// sealedWorld has an event, a note, an edit and a deed of each kind sealed, in several seals.
func sealedWorld(t *testing.T) (w *world, id uuid.UUID) {
	t.Helper()
	w = newWorld(t)
	id = w.deployment(w.tenant("t"), "shop")
	w.seal()
	w.move(id, lifecycle.Pause)
	w.move(id, lifecycle.Resume)
	w.noted(id, "First")
	w.noted(id, "Second")
	w.seal()
	for i := range 4 {
		if err := w.RecordFailedSignIn(t.Context(), fmt.Sprintf("nobody%d@arcadia.test", i), "wrong password", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	w.move(id, lifecycle.Pause)
	w.seal()
	return w, id
}

// newestTicks are those of each table of the record.
const newestTicks = `(SELECT coalesce(max(tick), 0) FROM cloud_deployment_events), (SELECT coalesce(max(tick), 0) FROM cloud_notes),
	(SELECT coalesce(max(tick), 0) FROM cloud_edits), (SELECT coalesce(max(tick), 0) FROM activity)`

// seal seals everything that is there, at once: transactions of other tests on the same server hold it back for a moment.
func (w *world) seal() {
	w.t.Helper()
	soon(w.t, "older transactions are over", func() bool { return w.value(`SELECT greatest(`+newestTicks+`) < tick_horizon()`) == "true" })
	if _, err := w.Seal(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// audited is what verify finds, as the owner runs it.
func (w *world) audited(kept ...store.Checkpoint) store.Verified {
	w.t.Helper()
	owner := openStore(w.t, w.db.OwnerDSN, store.Options{Conns: 1, Loading: true})
	defer func() { _ = owner.Close() }()
	v, err := owner.Verify(w.t.Context(), kept...)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) noted(id uuid.UUID, text string) {
	w.t.Helper()
	if err := w.AddNote(w.t.Context(), store.NewNote{Command: w.by(support), DeploymentID: uuid.NullUUID{UUID: id, Valid: true}, Notes: text}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) checkpoint() store.Checkpoint {
	w.t.Helper()
	c, err := w.NewestCheckpoint(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// Each damage that the owner of the database can do, with all rules off, is found and named.
func TestSealsFindDamage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ damage, says string }{
		"a deed changed":     {`UPDATE activity SET actor_name = 'Somebody else' WHERE actor = 'nobody1@arcadia.test'`, "was changed"},
		"the time of a deed": {`UPDATE activity SET occurred_at = occurred_at - interval '1 day' WHERE actor = 'nobody1@arcadia.test'`, "was changed"},
		"a deed dropped":     {`DELETE FROM activity WHERE actor = 'nobody1@arcadia.test'`, "is missing; seal 3 covers it"},
		"two deeds in each other's place": {`UPDATE activity a SET actor = b.actor, actor_name = b.actor_name, object_name = b.object_name
			FROM activity b WHERE a.actor IN ('nobody1@arcadia.test', 'nobody2@arcadia.test') AND b.actor IN ('nobody1@arcadia.test', 'nobody2@arcadia.test') AND a.id <> b.id`, "was changed"},
		"a deed put in":                    {`INSERT INTO activity (actor_kind, actor, actor_name, kind, tick) SELECT 'nobody', 'x', 'x', 'sign_in_failed', min(tick) FROM activity`, "was put in"},
		"an event changed":                 {`UPDATE cloud_deployment_events SET actor = 'somebody@else.test' WHERE version = 2`, "event 2 was changed"},
		"an event's reason":                {`UPDATE cloud_deployment_events SET reason = 'fraud' WHERE version = 2`, "event 2 was changed"},
		"an event dropped":                 {`DELETE FROM cloud_deployment_events WHERE version = 2`, "event 2 is missing"},
		"two events in each other's place": {`UPDATE cloud_deployment_events SET version = 9 - version, from_state = to_state WHERE version IN (4, 5)`, "is missing"},
		"a note changed":                   {`UPDATE cloud_notes SET notes = 'Never said' WHERE notes = 'First'`, "was changed"},
		"a note dropped":                   {`DELETE FROM cloud_notes WHERE notes = 'Second'`, "is missing"},
		"an edit changed":                  {`UPDATE cloud_edits SET actor_name = 'Somebody else'`, "was changed"},
		"a row moved in time":              {`UPDATE cloud_notes SET tick = tick + 1 WHERE notes = 'First'`, "is missing"},
		"a seal dropped":                   {`DELETE FROM seals WHERE number = 2`, "seals between them are missing"},
		"a seal made anew":                 {`UPDATE seals SET hash = sha256(entries) WHERE number = 2`, "seal 2 does not fit"},
		"rows of a seal swapped":           {`UPDATE seals SET entries = substring(entries FROM 62) || substring(entries FOR 61) WHERE number = 2`, "in another order"},
		"the time of a seal":               {`UPDATE seals SET sealed_at = sealed_at - interval '1 day' WHERE number = 2`, "seal 2 does not fit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := sealedWorld(t)
			if v := w.audited(w.checkpoint()); !v.OK() || v.Seals != 3 || v.Sealed < 10 {
				t.Fatalf("before: %+v", v)
			}
			w.damaged(c.damage)
			if v := w.audited(); !strings.Contains(fmt.Sprint(v.Mismatches), c.says) {
				t.Errorf("it says %v", v.Mismatches)
			}
		})
	}
}

// Whoever cuts the end off, rows and seals together, leaves a chain that is whole: a checkpoint that was kept tells.
func TestCheckpointsFindTheEndCutOff(t *testing.T) {
	t.Parallel()
	w, _ := sealedWorld(t)
	old := w.checkpoint()
	if err := w.RecordFailedSignIn(t.Context(), "thief@arcadia.test", "wrong password", "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	w.seal()
	kept := w.checkpoint()
	w.damaged(`DELETE FROM activity WHERE actor = 'thief@arcadia.test'`, `DELETE FROM seals WHERE number = 4`)
	if v := w.audited(old); !v.OK() {
		t.Errorf("without a checkpoint nothing can be seen, and yet: %v", v.Mismatches)
	}
	if v := w.audited(old, kept); !strings.Contains(fmt.Sprint(v.Mismatches), "its end was cut off") {
		t.Errorf("it says %v", v.Mismatches)
	}
	// The cut is covered up by sealing on.
	if err := w.RecordFailedSignIn(t.Context(), "other@arcadia.test", "wrong password", "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	w.seal()
	if v := w.audited(kept); !strings.Contains(fmt.Sprint(v.Mismatches), "written anew") {
		t.Errorf("it says %v", v.Mismatches)
	}
}

// A row that is not committed yet holds back all that is younger, and is sealed in its turn: nothing is passed over.
func TestSealsWaitForOpenTransactions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deployment(w.tenant("t"), "shop")
	w.seal()
	slow, err := w.DB().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	const insert = `INSERT INTO activity (actor_kind, actor, actor_name, kind) VALUES ('nobody', $1, $1, 'sign_in_failed')`
	if _, err := slow.ExecContext(t.Context(), insert, "slow"); err != nil {
		t.Fatal(err)
	}
	if err := w.RecordFailedSignIn(t.Context(), "quick", "wrong password", ""); err != nil {
		t.Fatal(err)
	}
	if sealed, err := w.Seal(t.Context()); err != nil || sealed.Rows != 0 {
		t.Errorf("sealed over an open transaction: %+v, %v", sealed, err)
	}
	if v := w.audited(); v.Unsealed != 1 || !v.OK() {
		t.Errorf("meanwhile: %+v", v)
	}
	if err := slow.Commit(); err != nil {
		t.Fatal(err)
	}
	w.seal()
	if v := w.audited(); !v.OK() || v.Seals != 2 {
		t.Errorf("afterwards: %+v", v)
	}
}

func TestSeveralSealersMakeOneChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	id := w.deployment(w.tenant("t"), "shop")
	other := openStore(t, w.db.AppDSN, store.Options{Conns: 4})
	done := make(chan struct{})
	var sealers, writers sync.WaitGroup
	for i := range 4 {
		sealers.Go(func() {
			for {
				if _, err := []*store.Store{w.Store, other}[i%2].Seal(t.Context()); err != nil {
					t.Error(err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for i := range 4 {
		writers.Go(func() {
			for j := range 15 {
				if err := other.RecordFailedSignIn(t.Context(), fmt.Sprintf("n%d-%d", i, j), "wrong password", ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	w.noted(id, "In between")
	writers.Wait()
	close(done)
	sealers.Wait()
	w.seal()
	if v := w.audited(w.checkpoint()); !v.OK() || v.Sealed < 60 {
		t.Errorf("%+v", v)
	}
}

// A database that is restored elsewhere begins its transactions anew; the chain goes on.
func TestSealsGoOnAfterARestore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	offset := func(n int) {
		w.exec(fmt.Sprintf(`CREATE OR REPLACE FUNCTION tick_offset() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT %d::bigint'`, n))
	}
	offset(5_000_000)
	before := openStore(t, w.db.AppDSN, store.Options{Conns: 1})
	if err := before.RecordFailedSignIn(t.Context(), "before", "wrong password", ""); err != nil {
		t.Fatal(err)
	}
	soon(t, "it is sealed", func() bool {
		sealed, err := before.Seal(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return sealed.Rows > 0
	})
	offset(0)
	owner := openStore(t, w.db.OwnerDSN, store.Options{Conns: 1})
	if err := owner.AlignSeals(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := openStore(t, w.db.AppDSN, store.Options{Conns: 1})
	if err := after.RecordFailedSignIn(t.Context(), "after", "wrong password", ""); err != nil {
		t.Fatal(err)
	}
	soon(t, "both are sealed", func() bool {
		if _, err := after.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		v := w.audited()
		return v.OK() && v.Unsealed == 0 && v.Sealed == 2
	})
}

func TestCheckpointsAreSigned(t *testing.T) {
	t.Parallel()
	w, _ := sealedWorld(t)
	key, err := w.SealKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.SealKey(t.Context()); err != nil || !again.Equal(key) {
		t.Errorf("another key: %v", err)
	}
	line := w.checkpoint().Sign(key)
	c, err := store.ParseCheckpoint(line)
	if err != nil || c.Number != 3 || !c.Signer.Equal(key.Public().(ed25519.PublicKey)) || !w.audited(c).OK() {
		t.Errorf("%+v, %v", c, err)
	}
	words := strings.Fields(line)
	for i := range words {
		wrong := append([]string{}, words...)
		wrong[i] = strings.Map(func(r rune) rune {
			if r == '3' || r == 'a' {
				return '4'
			}
			return r
		}, wrong[i]+"3")
		if _, err := store.ParseCheckpoint(strings.Join(wrong, " ")); !errors.Is(err, store.ErrCheckpoint) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}
