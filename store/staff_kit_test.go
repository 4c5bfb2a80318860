package store_test

import (
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

var firefox = store.Browser{Device: "Firefox on Linux", Address: "192.0.2.7"}

// staffFields ask for a member of staff with the name as the local part of the e-mail.
func staffFields(name string, roles access.Roles) store.NewStaff {
	return store.NewStaff{Email: name + "@arcadia.test", Name: strings.ToUpper(name[:1]) + name[1:], Roles: roles}
}

// invite makes somebody who has not used the link yet.
func (w *world) invite(name string, roles access.Roles) (store.Staff, store.Token) {
	w.t.Helper()
	invited, link, err := w.InviteStaff(w.t.Context(), admin, staffFields(name, roles), "")
	if err != nil {
		w.t.Fatal(err)
	}
	return invited, link
}

// hire makes somebody who works with the console, and is signed in by the link.
func (w *world) hire(name string, roles access.Roles) (store.Staff, store.Token) {
	w.t.Helper()
	invited, link := w.invite(name, roles)
	token, err := w.UseLink(w.t.Context(), link, "hash of "+name, firefox)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.staff(invited.ID), token
}

func (w *world) staff(id uuid.UUID) store.Staff {
	w.t.Helper()
	p, err := w.GetStaff(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// signIn begins one more session of somebody.
func (w *world) signIn(p store.Staff) store.Token {
	w.t.Helper()
	token, err := w.SignIn(w.t.Context(), p.ID, store.ByPassword, firefox, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// session is the live session of a token.
func (w *world) session(token store.Token) store.Session {
	w.t.Helper()
	session, err := w.LookUpSession(w.t.Context(), token)
	if err != nil {
		w.t.Fatal(err)
	}
	return session
}

// alive expects the tokens to be of live sessions, dead the opposite.
func (w *world) alive(what string, tokens ...store.Token) {
	w.t.Helper()
	for i, token := range tokens {
		if _, err := w.LookUpSession(w.t.Context(), token); err != nil {
			w.t.Errorf("%s: session %d: %v", what, i, err)
		}
	}
}

func (w *world) dead(what string, tokens ...store.Token) {
	w.t.Helper()
	for i, token := range tokens {
		if _, err := w.LookUpSession(w.t.Context(), token); !errors.Is(err, store.ErrNotFound) {
			w.t.Errorf("%s: session %d: %v, want ErrNotFound", what, i, err)
		}
	}
}

// change is what an admin would send who changes nothing yet.
func change(p store.Staff) store.StaffChange {
	return store.StaffChange{
		ID: p.ID, EditVersion: p.EditVersion, Name: p.Name, Roles: p.Roles(), Disabled: p.Status == store.StaffDisabled,
	}
}

// changed makes a change that has to succeed, and returns the person as it is then.
func (w *world) changed(p store.Staff, edit func(*store.StaffChange)) store.Staff {
	w.t.Helper()
	c := change(w.staff(p.ID))
	edit(&c)
	if err := w.ChangeStaff(w.t.Context(), admin, c, ""); err != nil {
		w.t.Fatal(err)
	}
	return w.staff(p.ID)
}

// staffTables are all that staff and sign-in write to.
var staffTables = []string{
	"staff", "staff_passkeys", "staff_recovery_codes", "staff_links", "sessions", "sign_in_steps", "guesses", "activity",
	"integrations", "integration_tokens",
}

// fingerprint changes with any row of the tables.
func (w *world) fingerprint() map[string]string {
	w.t.Helper()
	prints := map[string]string{}
	for _, table := range staffTables {
		prints[table] = w.value(`SELECT count(*) || ' ' || md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM ` + table + ` t`)
	}
	return prints
}

// untouched runs fn and expects every table of staff to be as it was.
func (w *world) untouched(what string, fn func()) {
	w.t.Helper()
	before := w.fingerprint()
	fn()
	for table, after := range w.fingerprint() {
		if after != before[table] {
			w.t.Errorf("%s changed %s", what, table)
		}
	}
}

// deeds are the kinds of all deeds so far, the newest last.
func (w *world) deeds() []string {
	w.t.Helper()
	return strings.Fields(w.value(`SELECT string_agg(kind, ' ' ORDER BY id) FROM activity`))
}

// newest reads a column of the newest deed.
func (w *world) newest(column string) string {
	w.t.Helper()
	return w.value(`SELECT ` + column + `::text FROM activity ORDER BY id DESC LIMIT 1`)
}

// raw are the secret bytes of a token in hexadecimal digits, as a bytea column would show them.
func raw(t *testing.T, token store.Token) string {
	t.Helper()
	secret, err := base64.RawURLEncoding.DecodeString(token.String())
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(secret)
}

// overtaken runs act while somebody has changed something and not committed yet, lets act wait for that, commits, and
// returns what became of act.
func (w *world) overtaken(change string, act func(*store.Store) error) error {
	w.t.Helper()
	patient := openStore(w.t, w.db.AppDSN+" lock_timeout=60000 statement_timeout=60000", store.Options{Conns: 2})
	super, err := sql.Open("postgres", w.db.AdminDSN) // who also sees what others wait for
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = super.Close() }()
	tx, err := super.Begin()
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if _, err := tx.Exec(change); err != nil {
		w.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- act(patient) }()
	soon(w.t, "it waits", func() bool {
		var waiting bool
		err := tx.QueryRow(`SELECT pg_stat_clear_snapshot() IS NOT NULL AND EXISTS (
			SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waiting)
		return err == nil && (waiting || len(done) > 0)
	})
	if len(done) > 0 {
		w.t.Errorf("it did not wait for %s", change)
	}
	if err := tx.Commit(); err != nil {
		w.t.Fatal(err)
	}
	return <-done
}
