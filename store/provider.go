package store

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// AnnounceProvider keeps that there are processes that work on runs, for all others: from now on each starts runs, whether it has a
// provider itself or not. Nothing but the owner's hand takes that back.
func (s *Store) AnnounceProvider(ctx context.Context) error {
	if s.provider == "" {
		return ErrNoProvider
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO cloud_providers (name) VALUES ($1) ON CONFLICT DO NOTHING`, s.provider)
		return err
	})
}

// HasProvider reports whether there is a cloud provider by which runs can be made, here or in another process.
func (s *Store) HasProvider(ctx context.Context) (has bool, err error) {
	if s.provider != "" {
		return true, nil
	}
	err = s.read(ctx, func(tx *sqlx.Tx) (err error) {
		has, err = s.hasProvider(ctx, tx)
		return err
	})
	return has, err
}

func (s *Store) hasProvider(ctx context.Context, tx *sqlx.Tx) (bool, error) {
	if s.provider != "" {
		return true, nil
	}
	var has bool
	err := tx.GetContext(ctx, &has, providerKnown)
	return has, err
}

const providerKnown = `SELECT EXISTS (SELECT FROM cloud_providers)`

// thatProvider is, in a query whose first argument is our provider, the one by which to look: the newest one of others where we have none.
const thatProvider = `coalesce(nullif($1, ''), (SELECT p.name FROM cloud_providers p ORDER BY p.known_since DESC, p.name LIMIT 1))`
