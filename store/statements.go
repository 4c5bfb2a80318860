package store

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// statements are the queries of the busy pages, prepared once at start: preparing inside a transaction while all
// connections are in transactions would wait for ever. Searches are not among them: a generic plan would walk the
// order of the page and filter a million rows.
type statements struct {
	deployment, counters, timeline       *sqlx.Stmt
	session, peek                        *sqlx.Stmt
	caller                               *sqlx.Stmt
	lock, newest, findCommand, applyMove *sqlx.Stmt
	lists                                map[string]*sqlx.Stmt // by their text: page sizes and orders as usual
}

func prepare(ctx context.Context, db *sqlx.DB) (*statements, error) {
	st := &statements{lists: map[string]*sqlx.Stmt{}}
	for target, query := range map[**sqlx.Stmt]string{
		&st.deployment:  deploymentQuery,
		&st.session:     sessionQuery,
		&st.peek:        peekQuery,
		&st.caller:      callerQuery,
		&st.counters:    countersQuery,
		&st.timeline:    deploymentTimelineQuery(false),
		&st.lock:        lockQuery,
		&st.newest:      newestEventQuery,
		&st.findCommand: findCommandQuery,
		&st.applyMove:   applyMoveQuery,
	} {
		stmt, err := db.PreparexContext(ctx, query)
		if err != nil {
			return nil, err
		}
		*target = stmt
	}
	for _, query := range usualLists() {
		stmt, err := db.PreparexContext(ctx, query)
		if err != nil {
			return nil, err
		}
		st.lists[query] = stmt
	}
	return st, nil
}
