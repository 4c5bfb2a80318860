package store_test

import "database/sql"

// damaged runs SQL as a superuser with all triggers and foreign keys off, in one session.
func (w *world) damaged(statements ...string) {
	w.t.Helper()
	db, err := sql.Open("postgres", w.db.AdminDSN)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	for _, statement := range append([]string{`SET session_replication_role = replica`}, statements...) {
		if _, err := db.Exec(statement); err != nil {
			w.t.Fatalf("%s: %v", statement, err)
		}
	}
}
