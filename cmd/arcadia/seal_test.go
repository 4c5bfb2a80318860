package main

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"arcadia.example/console/lifecycle"
)

// A console seals by itself what happens, and keeps checkpoints where it is told to. Whoever cuts the end off afterwards,
// with all rules off, is found out by them.
func TestConsoleSealsAndKeepsCheckpoints(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	env := environmentFor(w.db)
	env["ARCADIA_CHECKPOINTS"], env["ARCADIA_SEAL_KEY"] = filepath.Join(dir, "checkpoints"), filepath.Join(dir, "seal.key")
	if err := os.WriteFile(env["ARCADIA_SEAL_KEY"], []byte(base64.StdEncoding.EncodeToString(make([]byte, 32))+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.deployment(w.tenant("Northwind"), "Shop", lifecycle.Active)
	c := startConsole(t, env)
	soon(t, "everything is sealed", func() bool {
		return w.value(`SELECT (SELECT sum(octet_length(entries)) / 61 FROM seals) = (SELECT count(*) FROM cloud_deployment_events) + (SELECT count(*) FROM cloud_notes)
			+ (SELECT count(*) FROM cloud_edits) + (SELECT count(*) FROM activity)`) == "true"
	})
	soon(t, "a checkpoint is kept", func() bool {
		kept, err := keptCheckpoints(env["ARCADIA_CHECKPOINTS"])
		return err == nil && len(kept) > 0
	})
	c.stop()
	line, err := attempt(t, env, "checkpoint")
	if err != nil || !strings.HasPrefix(line, "arcadia-checkpoint-1 ") {
		t.Fatalf("%q, %v", line, err)
	}
	if err := appendLine(env["ARCADIA_CHECKPOINTS"], line); err != nil {
		t.Fatal(err)
	}
	if out, err := attempt(t, env, "verify", "--checkpoints", env["ARCADIA_CHECKPOINTS"]); err != nil || !strings.Contains(out, "All of it agrees.") {
		t.Errorf("%q, %v", out, err)
	}
	admin := openSQL(t, w.db.AdminDSN)
	for _, statement := range []string{
		`SET session_replication_role = replica`, `DELETE FROM activity`, `DELETE FROM cloud_edits`, `DELETE FROM seals`,
	} {
		if _, err := admin.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	out, err := attempt(t, env, "verify", "--checkpoints", env["ARCADIA_CHECKPOINTS"])
	if err == nil || !strings.Contains(out, "its end was cut off") || strings.Contains(out, "All of it agrees.") {
		t.Errorf("%q, %v", out, err)
	}
}

func TestSealKeysAndCheckpointsThatAreNone(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	file := filepath.Join(dir, "text")
	if err := os.WriteFile(file, []byte("\nnot one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := environmentFor(w.db)
	if _, err := attempt(t, env, "verify", "--checkpoints", file); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("verify: %v", err)
	}
	if _, err := attempt(t, env, "checkpoint"); err == nil || !strings.Contains(err.Error(), "nothing has happened") {
		t.Errorf("checkpoint of nothing: %v", err)
	}
	for _, key := range []string{file, filepath.Join(dir, "none")} {
		env["ARCADIA_SEAL_KEY"] = key
		if _, err := attempt(t, env, "serve"); err == nil || !strings.Contains(err.Error(), "ARCADIA_SEAL_KEY") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// A checkpoint is worth what its signature is: one by a key that is not the right one is refused, and where nobody says which is
// right, the key is told.
func TestCheckpointsOfAnotherKeyAreRefused(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.tenant("Northwind")
	env := environmentFor(w.db)
	var line string
	soon(t, "there is something to seal", func() (ok bool) { // transactions of other tests on the same server are over
		var err error
		line, err = attempt(t, env, "checkpoint")
		return err == nil
	})
	kept, key := filepath.Join(dir, "kept"), filepath.Join(dir, "seal.key")
	if err := errors.Join(os.WriteFile(kept, []byte(line), 0o600),
		os.WriteFile(key, []byte(base64.StdEncoding.EncodeToString(make([]byte, 32))), 0o600)); err != nil {
		t.Fatal(err)
	}
	signer := strings.Fields(line)[4]
	if out, err := attempt(t, env, "verify", "--checkpoints", kept); err != nil || !strings.Contains(out, "signed by "+signer) {
		t.Errorf("nobody is named: %q, %v", out, err)
	}
	for _, named := range []string{signer, " " + signer + ",", base64.RawURLEncoding.EncodeToString(make([]byte, 32)) + "," + signer} {
		if out, err := attempt(t, env, "verify", "--checkpoints", kept, "--signer", named); err != nil || strings.Contains(out, "signed by") {
			t.Errorf("%s: %q, %v", named, out, err)
		}
	}
	other := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	_, err := attempt(t, env, "verify", "--checkpoints", kept, "--signer", other)
	refused(t, err, "signed by "+signer)
	_, err = attempt(t, env, "verify", "--checkpoints", kept, "--signer", "mine")
	refused(t, err, "--signer", "fifth word")
	env["ARCADIA_SEAL_KEY"] = key
	_, err = attempt(t, env, "verify", "--checkpoints", kept)
	refused(t, err, "signed by "+signer)
	if own, err := attempt(t, env, "checkpoint"); err != nil || strings.Fields(own)[4] == signer {
		t.Errorf("the operator's key signs %q, %v", own, err)
	}
}

// backdated adds a deed that a loader says is two minutes old.
func backdated(t *testing.T, w *world) {
	t.Helper()
	forge(t, w.db, `INSERT INTO activity (actor_kind, actor, actor_name, kind, occurred_at)
		VALUES ('nobody', 'x', 'x', 'sign_in_failed', now() - interval '2 minutes')`)
}

// heldBack leaves a transaction open that wrote something. What it returns ends it.
func heldBack(t *testing.T, w *world) (end func()) {
	t.Helper()
	tx, err := w.owner.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() }) // after a rollback it does nothing
	if _, err := tx.ExecContext(t.Context(), `INSERT INTO activity (actor_kind, actor, actor_name, kind) VALUES ('nobody', 'y', 'y', 'sign_in_failed')`); err != nil {
		t.Fatal(err)
	}
	return func() { _ = tx.Rollback() }
}

// Rows that wait for a seal are no mismatch, unless a console serves and does not seal them.
func TestVerifyNamesWhatIsNotSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	env := environmentFor(w.db)
	w.tenant("Northwind")
	backdated(t, w)
	if out, err := attempt(t, env, "verify"); err != nil || !strings.Contains(out, "not sealed yet: 2 rows") {
		t.Errorf("where nobody serves: %q, %v", out, err)
	}
	w.serve()
	sealed := func() bool {
		lag, err := w.store.GetSealLag(t.Context())
		return err == nil && lag.Rows == 0
	}
	soon(t, "everything is sealed", sealed)
	end := heldBack(t, w)
	backdated(t, w)
	out, err := attempt(t, env, "verify")
	if !errors.Is(err, errLate) || !strings.Contains(out, "not sealed yet") {
		t.Errorf("held back: %q, %v", out, err)
	}
	end()
	soon(t, "everything is sealed again", sealed) // transactions of other tests on the same server are over, too
	if out, err := attempt(t, env, "verify"); err != nil {
		t.Errorf("no longer held back: %q, %v", out, err)
	}
}

// What holds sealing back is logged once, and when it is over.
func TestSealerSaysWhatHoldsItBack(t *testing.T) {
	t.Parallel()
	w, log := newWorld(t), new(output)
	w.tenant("Northwind")
	s, err := newSealer(t.Context(), environment{getenv: variables{}.get, log: slog.New(slog.NewTextHandler(log, nil))}, w.store)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.unmark)
	round := func(warnings, relieved int) {
		t.Helper()
		if err := errors.Join(s.seal(t.Context()), s.look(t.Context())); err != nil {
			t.Fatal(err)
		}
		text := log.String()
		if a, b := strings.Count(text, "sealing is held back"), strings.Count(text, "no longer held back"); a != warnings || b != relieved {
			t.Errorf("%d warnings, %d times over, want %d and %d:\n%s", a, b, warnings, relieved, text)
		}
	}
	sealed := func() bool {
		lag, err := w.store.GetSealLag(t.Context())
		return errors.Join(err, s.seal(t.Context())) == nil && lag.Rows == 0
	}
	// Transactions of other tests, in databases of the same server, hold sealing back for a moment, too.
	soon(t, "what was written so far is sealed", sealed)
	end := heldBack(t, w)
	w.tenant("Blue Harbor")
	for warnings := range 2 {
		round(warnings, 0)
	}
	round(1, 0)
	end()
	soon(t, "it is sealed", sealed)
	round(1, 1)
	round(1, 1)
}
