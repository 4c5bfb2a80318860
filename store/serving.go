package store

import (
	"context"
	"database/sql"
	"errors"
)

// The advisory lock that each console which serves shares with the others: two numbers of our own.
const servingLock = `1634886497, 1`

// ServingMark says that a console serves from a database, on a connection of its own.
type ServingMark struct{ conn *sql.Conn }

// MarkServing shows others that a console serves, until the mark is removed or the process ends. It keeps one connection.
func (s *Store) MarkServing(ctx context.Context) (ServingMark, error) {
	conn, err := s.db.DB.Conn(ctx)
	if err != nil {
		return ServingMark{}, translate(err)
	}
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock_shared(`+servingLock+`)`); err != nil {
		return ServingMark{}, translate(errors.Join(err, conn.Close()))
	}
	return ServingMark{conn}, nil
}

// Stands reports whether the mark is still there: it goes with its connection.
func (m ServingMark) Stands(ctx context.Context) bool { return m.conn.PingContext(ctx) == nil }

// Remove takes the mark away.
func (m ServingMark) Remove() {
	// A connection that is broken has no lock any more; one that is not goes back to the pool without it.
	_, _ = m.conn.ExecContext(context.Background(), `SELECT pg_advisory_unlock_shared(`+servingLock+`)`)
	_ = m.conn.Close()
}

// Serving reports whether a console serves from this database.
func (s *Store) Serving(ctx context.Context) (bool, error) {
	var serving bool
	err := s.db.GetContext(ctx, &serving, `
SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND (classid, objid, objsubid, granted) = (1634886497, 1, 2, true)
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`)
	return serving, translate(err)
}
