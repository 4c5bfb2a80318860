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

// Place gives a deployment that has none the machine it runs on, and registers that as the provider's. ErrNotFound when the
// deployment is not there or has a machine.
func (s *Store) Place(ctx context.Context, id uuid.UUID, provider string, m Machine) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		err := expectOne(tx.ExecContext(ctx, `
UPDATE cloud_deployments SET droplet_id = $2, address = $3::text::inet, edit_version = edit_version + 1, updated_at = $4
 WHERE id = $1 AND droplet_id IS NULL`, id, m.ID, m.Address, s.stamp()))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
INSERT INTO cloud_droplets (provider, droplet_id, deployment_id, name, region, size, address, registered_at)
SELECT $2, droplet_id, id, slug, region, size, address, $3 FROM cloud_deployments WHERE id = $1`, id, provider, s.stamp())
		return err
	})
}

// Displace takes the machine from a deployment that has one: it was given back then.
func (s *Store) Displace(ctx context.Context, id uuid.UUID) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE cloud_droplets SET released_at = $2 WHERE deployment_id = $1 AND released_at IS NULL`, id, s.stamp())
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
UPDATE cloud_deployments SET droplet_id = NULL, address = NULL, edit_version = edit_version + 1, updated_at = $2
 WHERE id = $1 AND droplet_id IS NOT NULL`, id, s.stamp())
		return err
	})
}
