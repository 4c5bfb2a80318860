package store_test

import (
	"database/sql"
	"testing"
)

// damage runs SQL as a superuser with all triggers and foreign keys off, in one session.
func damage(t testing.TB, dsn string, statements ...string) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	for _, statement := range append([]string{`SET session_replication_role = replica`}, statements...) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}
