package store_test

import (
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

func TestParseToken(t *testing.T) {
	t.Parallel()
	token := store.NewToken()
	if got, ok := store.ParseToken(token.String()); !ok || got != token {
		t.Errorf("%v %t", got, ok)
	}
	if other := store.NewToken(); other == token || len(token.String()) != 43 {
		t.Errorf("%s and %s", token, other)
	}
	text := token.String()
	for name, text := range map[string]string{
		"nothing": "", "too short": text[:42], "too long": text + "A", "a block too much": text + "AAAA", "padded": text + "=",
		"not base64": strings.Repeat("!", 43), "a space": " " + text[1:], "a line end inside": text[:20] + "\n" + text[20:],
		"hexadecimal": strings.Repeat("0", 64), "the other alphabet": strings.Repeat("/", 43),
	} {
		if got, ok := store.ParseToken(text); ok {
			t.Errorf("%s: %q is taken for a token: %v", name, text, got)
		}
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add(store.NewToken().String())
	f.Add("")
	f.Add(strings.Repeat("A", 43))
	f.Add(strings.Repeat("_", 42) + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		token, ok := store.ParseToken(text)
		if ok && len(token.String()) != 43 || !ok && token != (store.Token{}) {
			t.Errorf("%q: %v %t", text, token, ok)
		}
	})
}

// Whoever reads the database, or a copy of it, can sign in as nobody: no token and no recovery code stands in it.
func TestNoTokenInTheDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secrets := map[string]store.Token{}
	p, session := w.hire("dana", access.Admin)
	secrets["session of a link"], secrets["session"] = session, w.signIn(p)
	_, secrets["invitation"] = w.invite("eli", access.Viewer)
	made := func(name string, token store.Token, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		secrets[name] = token
	}
	q, _ := w.hire("fay", access.Viewer)
	reset, err := w.MakeLink(t.Context(), p.Actor(), q.ID, "192.0.2.1")
	made("reset link", reset, err)
	stepped, err := w.StepUp(t.Context(), w.session(session), session, time.Time{})
	made("stepped-up session", stepped, err)
	for _, kind := range stepKinds {
		secrets[string(kind)] = w.putStep(kind, store.SignInStep{StaffID: uuid.NullUUID{UUID: p.ID, Valid: true}})
	}
	if err := w.SetTOTP(t.Context(), p, "TOTPSECRET", []string{"ABCDE-FGHIJ"}, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	if err := w.SetPassword(t.Context(), p, "hash", w.session(stepped).ID, ""); err != nil {
		t.Fatal(err)
	}
	content := w.everything()
	for name, token := range secrets {
		secret := raw(t, token)
		bytes, err := hex.DecodeString(secret)
		if err != nil {
			t.Fatal(err)
		}
		for form, text := range map[string]string{
			"as text": token.String(), "as bytes": secret, "in base64": base64.StdEncoding.EncodeToString(bytes),
			"the text as bytes": hex.EncodeToString([]byte(token.String())),
		} {
			if strings.Contains(content, strings.ToLower(text)) {
				t.Errorf("the token of the %s stands in the database, %s", name, form)
			}
		}
	}
	for _, code := range []string{"abcde-fghij", "abcdefghij", hex.EncodeToString([]byte("ABCDEFGHIJ"))} {
		if strings.Contains(content, code) {
			t.Error("a recovery code stands in the database")
		}
	}
	if !strings.Contains(content, "totpsecret") {
		t.Error("the search finds nothing at all")
	}
	if activity := w.value(`SELECT lower(string_agg(a::text, ' ')) FROM activity a`); strings.Contains(activity, "totpsecret") || strings.Contains(activity, "hash") {
		t.Error("a secret stands in the record of activity")
	}
}

// everything is the content of all columns of all tables in small letters.
func (w *world) everything() string {
	w.t.Helper()
	rows, err := w.owner.Query(`SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var tables []string
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			w.t.Fatal(err)
		}
		tables = append(tables, table)
	}
	if err := rows.Err(); err != nil || len(tables) < len(staffTables) {
		w.t.Fatalf("%q %v", tables, err)
	}
	var all strings.Builder
	for _, table := range tables {
		var content sql.NullString
		if err := w.owner.QueryRow(`SELECT lower(string_agg(t::text, E'\n')) FROM ` + table + ` t`).Scan(&content); err != nil {
			w.t.Fatal(err)
		}
		all.WriteString(content.String + "\n")
	}
	return all.String()
}
