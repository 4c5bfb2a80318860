package main

import (
	"encoding/base64"
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
