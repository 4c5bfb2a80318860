package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// StepKind is what is awaited between two requests of one sign-in.
type StepKind string

// The kinds of step.
const (
	SecondFactorStep StepKind = "second_factor"
	PasskeyStep      StepKind = "passkey"
	NewPasskeyStep   StepKind = "new_passkey"
	SingleSignOnStep StepKind = "single_sign_on"
)

const stepLife = 5 * time.Minute

// SignInStep is a step as it is kept.
type SignInStep struct {
	StaffID uuid.NullUUID `db:"staff_id"`
	Data    []byte        `db:"data"` // JSON
}

// PutStep keeps a step for five minutes and returns the token by which the browser comes back to it.
func (s *Store) PutStep(ctx context.Context, kind StepKind, step SignInStep) (Token, error) {
	token := NewToken()
	data := string(step.Data)
	if data == "" {
		data = "{}"
	}
	return token, s.write(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sign_in_steps WHERE expires_at < now()`); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
INSERT INTO sign_in_steps (token_hash, staff_id, kind, data, expires_at) VALUES ($1, $2, $3, $4, now() + $5 * interval '1 second')`,
			token.hash(), step.StaffID, kind, data, int(stepLife.Seconds()))
		return err
	})
}

// PeekStep returns a step and leaves it: a mistyped code may be typed again. ErrNotFound.
func (s *Store) PeekStep(ctx context.Context, kind StepKind, token Token) (SignInStep, error) {
	var step SignInStep
	err := s.db.GetContext(ctx, &step, `SELECT staff_id, data FROM sign_in_steps WHERE token_hash = $1 AND kind = $2 AND expires_at > now()`,
		token.hash(), kind)
	if errors.Is(err, sql.ErrNoRows) {
		return SignInStep{}, ErrNotFound
	}
	return step, translate(err)
}

// TakeStep returns a step and uses it up. ErrNotFound.
func (s *Store) TakeStep(ctx context.Context, kind StepKind, token Token) (SignInStep, error) {
	var step SignInStep
	err := s.write(ctx, func(tx *sqlx.Tx) error {
		err := tx.GetContext(ctx, &step, `
DELETE FROM sign_in_steps WHERE token_hash = $1 AND kind = $2 AND expires_at > now() RETURNING staff_id, data`, token.hash(), kind)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		return err
	})
	return step, err
}
