package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

const (
	tellInterval = 250 * time.Millisecond // how often is looked for what others wrote, or left when they died
	tellSpacing  = 10 * time.Millisecond  // how long is gathered what this process writes
	tellPatience = 2 * time.Second        // how long is waited, in the end, for a telling that is under way
)

// tellNews tells what was committed in this database to all who listen, until the context ends: what this process writes at
// once, whatever there is after a short while. Telling is not part of a change, for it makes commits wait for each other.
func (s *Store) tellNews(ctx context.Context, report func(error)) {
	next := time.NewTimer(0)
	defer next.Stop()
	for failed := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-s.written:
			time.Sleep(tellSpacing)
		case <-next.C:
		}
		err := s.tell(ctx)
		if err != nil && !failed && ctx.Err() == nil {
			report(err)
		}
		failed = err != nil
		next.Reset(tellInterval)
	}
}

// tell takes out what waits, and tells it. Whether that is on the disk before it is told does not matter.
func (s *Store) tell(ctx context.Context) error {
	return s.commit(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `SET LOCAL synchronous_commit = off; SELECT tell_changes()`)
		return err
	})
}
