package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// errCommitUnknown marks a COMMIT whose answer never came: it may have happened.
var errCommitUnknown = errors.New("the answer to the commit was lost")

// settlePatience is how long a lost answer is followed up, whether or not the asker still waits.
const settlePatience = 5 * time.Second

// write runs fn in one transaction. Writes stand in explicit transactions alone: outside of one the driver may send
// a statement twice when a connection breaks. A commit whose answer is lost returns errCommitUnknown; any other error
// means that nothing was done. What changed is told at once afterwards, where this process tells.
func (s *Store) write(ctx context.Context, fn func(*sqlx.Tx) error) error {
	err := s.commit(ctx, fn)
	if err == nil || errors.Is(err, errCommitUnknown) {
		select {
		case s.written <- struct{}{}:
		default: // it will look anyway
		}
	}
	return err
}

func (s *Store) commit(ctx context.Context, fn func(*sqlx.Tx) error) error {
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return translate(err)
	}
	err = fn(tx)
	if err == nil {
		err = ctx.Err() // from here on it could not be told whether the COMMIT was sent
	}
	if err != nil {
		// A rollback that fails leaves nothing either: the connection is gone and the server rolls back.
		_ = tx.Rollback()
		return translate(err)
	}
	if err := tx.Commit(); err != nil {
		if answerLost(err) {
			return fmt.Errorf("%w: %w", errCommitUnknown, err)
		}
		return translate(err)
	}
	return nil
}

// read runs fn over one snapshot.
func (s *Store) read(ctx context.Context, fn func(*sqlx.Tx) error) error {
	tx, err := s.db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return translate(err)
	}
	defer func() { _ = tx.Rollback() }() // read only: nothing to keep
	return translate(fn(tx))
}

// settled runs fn, which finds out by itself whether it was done before and then does nothing, until its outcome is
// known. A commit whose answer was lost is followed up by running fn again, under a context of its own, for the asker
// may have gone: what was asked either stands or is done now. ErrUnknown when the database stays away for longer than
// settlePatience.
func (s *Store) settled(ctx context.Context, fn func(context.Context, *sqlx.Tx) error) error {
	lost := s.lookTwice(ctx, fn)
	if !errors.Is(lost, errCommitUnknown) {
		return lost
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settlePatience)
	defer cancel()
	for pause := 10 * time.Millisecond; ; pause *= 2 {
		err := s.lookTwice(ctx, fn)
		if !errors.Is(err, errCommitUnknown) && !errors.Is(err, ErrBusy) && !errors.Is(err, context.Canceled) {
			return err
		}
		select {
		case <-ctx.Done():
			// Not wrapped: the causes say of themselves that nothing was done.
			return fmt.Errorf("%w: %v; then: %v", ErrUnknown, lost, err)
		case <-time.After(pause):
		}
	}
}

// lookTwice runs fn, and once more when something unique is taken. Two senders of one key can both find nothing; the
// second then waits for the first, at whatever both want to insert, and fails; a second look finds what the first left.
func (s *Store) lookTwice(ctx context.Context, fn func(context.Context, *sqlx.Tx) error) error {
	look := func(tx *sqlx.Tx) error { return fn(ctx, tx) }
	err := s.write(ctx, look)
	var pqErr *pq.Error
	if errors.As(err, &pqErr) && string(pqErr.Code) == uniqueViolation {
		return s.write(ctx, look)
	}
	return err
}

// answerLost reports whether a failed COMMIT may have succeeded: anything but the server's own word that it failed, or
// ours that it was never sent. That the context has ended says neither.
func answerLost(err error) bool {
	var pqErr *pq.Error
	if errors.As(err, &pqErr) {
		return pqErr.Fatal() || pqErr.Code.Class() == "08"
	}
	return !errors.Is(err, sql.ErrTxDone) && !errors.Is(err, pq.ErrInFailedTransaction)
}
