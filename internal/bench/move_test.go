package main

import (
	"database/sql"
	"io"
	"testing"
	"time"

	"arcadia.example/console/internal/demo"
	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/store"
)

// What pgbench does for a move is what the console does: the record agrees afterwards, and no run was started.
func TestMovesOfPgbench(t *testing.T) {
	t.Parallel()
	const clients = 2
	db := pgtest.New(t)
	if err := demo.LoadLarge(t.Context(), db.OwnerDSN, 30, 300, time.Now(), io.Discard); err != nil {
		t.Fatal(err)
	}
	owner, err := sql.Open("postgres", db.OwnerDSN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close() })
	s := &set{owner: owner}
	if err := s.chooseMovable(t.Context(), ` ORDER BY id LIMIT 10`); err != nil {
		t.Fatal(err)
	}
	moves, err := s.moveScript(clients)
	if err != nil {
		t.Fatal(err)
	}
	tool, err := findPgbench(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f, err := tool.run(t.Context(), db.AppDSN, []*script{moves}, clients, 1)
	if err != nil {
		t.Fatal(err)
	}
	var made, runs int
	if err := owner.QueryRow(`SELECT count(*), (SELECT count(*) FROM runs) FROM commands WHERE actor = $1`, who).Scan(&made, &runs); err != nil {
		t.Fatal(err)
	}
	if f.perSecond <= 0 || made == 0 || runs != 0 {
		t.Errorf("%+v, %d moves, %d runs", f, made, runs)
	}
	loader, err := store.Open(t.Context(), db.OwnerDSN, store.Options{Conns: 1, Loading: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = loader.Close() })
	if v, err := loader.Verify(t.Context()); err != nil || len(v.Mismatches) > 0 {
		t.Errorf("%+v, %v", v.Mismatches, err)
	}
}
