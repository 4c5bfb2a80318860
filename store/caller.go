package store

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
)

// Caller is an integration that showed a token which works: rights and status as they are now.
type Caller struct {
	IntegrationID uuid.UUID `db:"integration_id"`
	Slug          string    `db:"slug"`
	Name          string    `db:"name"`
	RolesText     string    `db:"roles"`
	TokenCode     string    `db:"code"`
	ExpiresAt     time.Time `db:"expires_at"`
}

// Roles is what the caller may act as.
func (c Caller) Roles() access.Roles { return integrationRoles(c.RolesText) }

// Actor is the caller as one who does something.
func (c Caller) Actor() access.Actor {
	return access.Actor{Kind: access.API, ID: c.Slug, Name: c.Name, Roles: c.Roles()}
}

// MaxTokenGuesses is how many tokens that do not work may come from one address in 15 minutes, by all processes together,
// before they are not answered any more. One that works is let in all the same, as a passkey is.
const MaxTokenGuesses = 50

// ErrTooManyTries is returned for what is not looked at because too much that was wrong came before it.
var ErrTooManyTries = errors.New("too many tries")

// callerQuery finds out whose token it is and, once a minute, notes that it is in use. It always gives one row, which says how
// many wrong tokens came from the address of late: those who send nothing else cost one read and no write. One round trip.
const callerQuery = `
WITH found AS (
  SELECT t.id, t.integration_id, i.slug, i.name, i.roles, t.code, t.expires_at
    FROM integration_tokens t JOIN integrations i ON i.id = t.integration_id
   WHERE t.token_hash = $1 AND i.status = 'active' AND ` + liveToken + `
), used AS (
  UPDATE integration_tokens t SET last_used_at = clock_timestamp(), last_used_from = $3
    FROM found WHERE t.id = found.id AND (t.last_used_at IS NULL OR t.last_used_at < clock_timestamp() - interval '1 minute')
)
SELECT found.id IS NOT NULL AS known, coalesce(found.integration_id, '00000000-0000-0000-0000-000000000000') AS integration_id,
       coalesce(found.slug, '') AS slug, coalesce(found.name, '') AS name, coalesce(found.roles, '') AS roles,
       coalesce(found.code, '') AS code, coalesce(found.expires_at, 'epoch') AS expires_at,
       coalesce((SELECT g.n FROM guesses g WHERE g.subject = $2 AND g.started_at > clock_timestamp() - interval '15 minutes'), 0) AS wrong
  FROM (SELECT 1) one LEFT JOIN found ON true`

// Authenticate returns the integration whose token the text is. ErrNotFound for a token that is made up, has ended, was
// revoked, or whose integration is disabled, all alike; ErrTooManyTries for such a one after MaxTokenGuesses of them.
func (s *Store) Authenticate(ctx context.Context, text, address string) (Caller, error) {
	var hash any // of what is no token there is none, and NULL equals nothing
	if token, ok := ParseAPIToken(text); ok {
		hash = token.hash()
	}
	var row struct {
		Caller
		Known bool `db:"known"`
		Wrong int  `db:"wrong"`
	}
	subject := "token:" + address
	if err := s.stmts.caller.GetContext(ctx, &row, hash, subject, address); err != nil {
		return Caller{}, translate(err)
	}
	switch {
	case row.Known:
		return row.Caller, nil
	case row.Wrong >= MaxTokenGuesses:
		return Caller{}, ErrTooManyTries
	}
	return Caller{}, s.countWrongToken(ctx, subject)
}

// countWrongToken counts one wrong token, and returns ErrNotFound or, where others were faster, ErrTooManyTries.
func (s *Store) countWrongToken(ctx context.Context, subject string) error {
	var n int
	err := s.write(ctx, func(tx *sqlx.Tx) error {
		return tx.GetContext(ctx, &n, `
INSERT INTO guesses AS g (subject, started_at, n) VALUES ($1, clock_timestamp(), 1)
ON CONFLICT (subject) DO UPDATE
   SET n = CASE WHEN g.started_at < clock_timestamp() - interval '15 minutes' THEN 1 ELSE g.n + 1 END,
       started_at = CASE WHEN g.started_at < clock_timestamp() - interval '15 minutes' THEN clock_timestamp() ELSE g.started_at END
RETURNING n`, subject)
	})
	switch {
	case err != nil:
		return err
	case n > MaxTokenGuesses:
		return ErrTooManyTries
	}
	return ErrNotFound
}
