package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
)

// MaxTokenDays is how many days a token works at most.
const MaxTokenDays = 365

// ErrTokenInUse is returned for a form that asks a second time for a token which works somewhere already.
var ErrTokenInUse = errors.New("this token was made before and is in use")

// IntegrationToken is one token as people see it: all but the token.
type IntegrationToken struct {
	ID           uuid.UUID    `db:"id"`
	Code         string       `db:"code"`  // its beginning, which is no secret
	Label        string       `db:"label"` // where it is used; may be empty
	MadeByName   string       `db:"made_by_name"`
	InsertedAt   time.Time    `db:"inserted_at"`
	ExpiresAt    time.Time    `db:"expires_at"`
	RevokedAt    sql.NullTime `db:"revoked_at"`
	RevokedBy    string       `db:"revoked_by"`
	LastUsedAt   sql.NullTime `db:"last_used_at"` // to the minute
	LastUsedFrom string       `db:"last_used_from"`
	Live         bool         `db:"live"` // neither ended nor revoked
}

const tokenColumns = `t.id, t.code, t.label, t.made_by_name, t.inserted_at, t.expires_at, t.revoked_at, t.revoked_by, t.last_used_at,
  t.last_used_from, ` + liveToken + ` AS live`

// maxListedTokens is how many tokens of an integration are shown: all that work, and the newest of the others.
const maxListedTokens = 50

// ListIntegrationTokens returns the tokens of an integration: those that work first, then the newest first, at most 50.
func (s *Store) ListIntegrationTokens(ctx context.Context, id uuid.UUID) ([]IntegrationToken, error) {
	var list []IntegrationToken
	err := s.db.SelectContext(ctx, &list, `
SELECT `+tokenColumns+` FROM integration_tokens t WHERE t.integration_id = $1
 ORDER BY live DESC, t.inserted_at DESC, t.id DESC LIMIT $2`, id, maxListedTokens)
	return list, translate(err)
}

// NewIntegrationToken asks for a token.
type NewIntegrationToken struct {
	IntegrationID uuid.UUID
	Label         string
	Ends          time.Time // within MaxTokenDays and the rest of that day
	Key           string    // of the form: sent again, it gives another token in place of the first
}

// check returns what is wrong, as the database's clock has it.
func (n NewIntegrationToken) check(now time.Time) error {
	var problems catalog.Problems
	if text := catalog.CheckTokenLabel(n.Label); text != "" {
		problems = append(problems, catalog.Problem{Field: "label", Text: text})
	}
	switch {
	case !n.Ends.After(now):
		problems = append(problems, catalog.Problem{Field: "ends", Text: "Choose a day that is still to come."})
	case n.Ends.After(now.AddDate(0, 0, MaxTokenDays+1)):
		problems = append(problems, catalog.Problem{Field: "ends", Text: "A token works for a year at most."})
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// MakeToken gives an integration one more token. It is returned here and never again. The same form sent again ends the
// token of the first time, which nobody may have seen, and makes another one: ErrTokenInUse if that one is used already.
// ErrNotFound, catalog.Problems.
func (s *Store) MakeToken(ctx context.Context, actor access.Actor, n NewIntegrationToken, address string) (APIToken, error) {
	n.Label = strings.Join(strings.Fields(n.Label), " ")
	if err := (Command{Actor: actor, Key: n.Key}).validate(); err != nil {
		return APIToken{}, err
	}
	token := NewAPIToken()
	return token, s.write(ctx, func(tx *sqlx.Tx) error {
		integration, err := lockIntegration(ctx, tx, n.IntegrationID)
		if err != nil {
			return err
		}
		var now time.Time
		if err := tx.GetContext(ctx, &now, `SELECT clock_timestamp()`); err != nil {
			return err
		}
		if err := n.check(now); err != nil {
			return err
		}
		if err := s.replaceToken(ctx, tx, actor, integration, n.Key, address); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
INSERT INTO integration_tokens (id, integration_id, code, token_hash, label, form_key, made_by, made_by_name, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			s.newID(), n.IntegrationID, token.Code(), token.hash(), n.Label, n.Key, actor.ID, actor.Name, n.Ends)
		if err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutIntegration(actor, TokenMade, integration, address,
			Change{Field: "token", To: token.Code()}, Change{Field: "ends", To: n.Ends.UTC().Format(time.DateOnly)}))
	})
}

// replaceToken ends the token that the same form made before.
func (s *Store) replaceToken(ctx context.Context, tx *sqlx.Tx, actor access.Actor, i Integration, key, address string) error {
	var before IntegrationToken
	err := tx.GetContext(ctx, &before, `
SELECT `+tokenColumns+` FROM integration_tokens t WHERE t.made_by = $1 AND t.form_key = $2 AND t.revoked_at IS NULL`, actor.ID, key)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case before.LastUsedAt.Valid:
		return ErrTokenInUse
	}
	return s.revokeToken(ctx, tx, actor, i, before, address)
}

// RevokeToken makes a token of the integration worthless, from the next request on and in every process. One that is revoked
// already stays as it was. ErrNotFound.
func (s *Store) RevokeToken(ctx context.Context, actor access.Actor, integrationID, id uuid.UUID, address string) error {
	if err := actor.Validate(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		integration, err := lockIntegration(ctx, tx, integrationID)
		if err != nil {
			return err
		}
		var token IntegrationToken
		err = tx.GetContext(ctx, &token, `SELECT `+tokenColumns+` FROM integration_tokens t WHERE t.id = $1 AND t.integration_id = $2`, id, integrationID)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return ErrNotFound
		case err != nil || token.RevokedAt.Valid:
			return err
		}
		return s.revokeToken(ctx, tx, actor, integration, token, address)
	})
}

func (s *Store) revokeToken(ctx context.Context, tx *sqlx.Tx, actor access.Actor, i Integration, token IntegrationToken, address string) error {
	_, err := tx.ExecContext(ctx, `UPDATE integration_tokens SET revoked_at = clock_timestamp(), revoked_by = $2 WHERE id = $1`, token.ID, actor.Name)
	if err != nil {
		return err
	}
	return s.insertActivity(ctx, tx, aboutIntegration(actor, TokenRevoked, i, address, Change{Field: "token", From: token.Code}))
}
