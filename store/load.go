package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
)

// FindMark returns when a loader left its mark under a key; false when it did not.
func (s *Store) FindMark(ctx context.Context, actor access.Actor, key string) (time.Time, bool, error) {
	var at time.Time
	err := s.db.GetContext(ctx, &at,
		`SELECT inserted_at FROM commands WHERE actor_kind = $1 AND actor = $2 AND key = $3 AND kind = 'load'`, actor.Kind, actor.ID, key)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	return at, err == nil, translate(err)
}

// Mark leaves the mark of a loader: a command without any other trace. Left once, it stays as it is.
func (s *Store) Mark(ctx context.Context, c Command) error {
	hash := hashOf("load", c.Key)
	return s.perform(ctx, c, func(ctx context.Context, tx *sqlx.Tx) error {
		_, _, found, err := s.findCommand(ctx, tx, c, hash)
		if err != nil || found {
			return err
		}
		return s.insertCommand(ctx, tx, c, commandRow{ID: s.newID(), Kind: "load", Hash: hash, Outcome: outcome{Verdict: verdictAccepted}})
	})
}

// ListKeys returns the keys of all commands that begin with a prefix: what a loader that was broken off has done.
func (s *Store) ListKeys(ctx context.Context, prefix string) (map[string]bool, error) {
	var keys []string
	err := s.db.SelectContext(ctx, &keys, `SELECT key FROM commands WHERE starts_with(key, $1)`, prefix)
	done := make(map[string]bool, len(keys))
	for _, key := range keys {
		done[key] = true
	}
	return done, translate(err)
}

// Place gives a deployment that has none the machine it runs on. ErrNotFound when it is not there or has one.
func (s *Store) Place(ctx context.Context, id uuid.UUID, dropletID int64, address string) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		return expectOne(tx.ExecContext(ctx, `
UPDATE cloud_deployments SET droplet_id = $2, address = $3::text::inet, edit_version = edit_version + 1, updated_at = $4
 WHERE id = $1 AND droplet_id IS NULL`, id, dropletID, address, s.stamp()))
	})
}
