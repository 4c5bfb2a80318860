package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
)

// Command is one request by one actor under one key: however often it is sent, it happens once.
type Command struct {
	Actor access.Actor
	Key   string // one-time, chosen by the asker; 1–200 characters
}

// validate refuses a command that nobody stands for or that has no key.
func (c Command) validate() error {
	if err := c.Actor.Validate(); err != nil {
		return err
	}
	if n := len(c.Key); n == 0 || n > 200 {
		return fmt.Errorf("%w: a command needs a key of 1 to 200 characters", ErrInput)
	}
	return nil
}

// outcome is what a command left, as stored.
type outcome struct {
	Verdict string    `json:"verdict"`           // accepted, already or begun
	ID      uuid.UUID `json:"id"`                // of the deployment, tenant or note
	Version int       `json:"version,omitempty"` // of the event that it left or found
	Moved   int       `json:"moved,omitempty"`   // deployments moved by an account action, or imported
	Tenants int       `json:"tenants,omitempty"` // imported
	RunID   uuid.UUID `json:"run,omitzero"`      // that carries out what has begun, or was told something
}

const (
	verdictAccepted = "accepted"
	verdictAlready  = "already"
	verdictBegun    = "begun"
)

// commandRow is a command as it is written.
type commandRow struct {
	ID       uuid.UUID
	Kind     string
	TenantID uuid.NullUUID
	Action   string
	Hash     []byte
	Outcome  outcome
}

const findCommandQuery = `SELECT id, body_hash, outcome FROM commands WHERE actor_kind = $1 AND actor = $2 AND key = $3`

// findCommand returns the stored outcome of a resend; ErrKeyReused when the key came with another content before.
func (s *Store) findCommand(ctx context.Context, tx *sqlx.Tx, c Command, hash []byte) (uuid.UUID, outcome, bool, error) {
	var row struct {
		ID      uuid.UUID `db:"id"`
		Hash    []byte    `db:"body_hash"`
		Outcome []byte    `db:"outcome"`
	}
	stmt := s.stmts.findCommand
	if tx != nil {
		stmt = tx.StmtxContext(ctx, stmt)
	}
	err := stmt.GetContext(ctx, &row, c.Actor.Kind, c.Actor.ID, c.Key)
	if errors.Is(err, sql.ErrNoRows) {
		return uuid.Nil, outcome{}, false, nil
	}
	if err != nil {
		return uuid.Nil, outcome{}, false, err
	}
	if string(row.Hash) != string(hash) {
		return uuid.Nil, outcome{}, false, ErrKeyReused
	}
	var o outcome
	if err := json.Unmarshal(row.Outcome, &o); err != nil {
		return uuid.Nil, outcome{}, false, fmt.Errorf("store: outcome of command %s: %w", row.ID, err)
	}
	return row.ID, o, true, nil
}

const insertCommandQuery = `
INSERT INTO commands (id, actor_kind, actor, key, body_hash, kind, tenant_id, action, outcome, inserted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

func (s *Store) insertCommand(ctx context.Context, tx *sqlx.Tx, c Command, row commandRow) error {
	_, err := tx.ExecContext(ctx, insertCommandQuery, row.ID, c.Actor.Kind, c.Actor.ID, c.Key, row.Hash,
		row.Kind, row.TenantID, row.Action, marshal(row.Outcome), s.stamp())
	return err
}

// perform runs fn, which looks the command up and otherwise carries it out, until its outcome is known: see settled.
func (s *Store) perform(ctx context.Context, c Command, fn func(context.Context, *sqlx.Tx) error) error {
	if err := c.validate(); err != nil {
		return err
	}
	if strings.HasPrefix(c.Key, runKeys) {
		return fmt.Errorf("%w: keys that begin with %q are those of runs", ErrInput, runKeys)
	}
	return s.settled(ctx, fn)
}

// KnowsCommand reports whether the key was used before, with whatever content: what was checked then needs no check outside again.
func (s *Store) KnowsCommand(ctx context.Context, c Command) (bool, error) {
	_, _, found, err := s.findCommand(ctx, nil, c, nil)
	if errors.Is(err, ErrKeyReused) {
		return true, nil
	}
	return found, translate(err)
}

// createOnce carries a creation out under its key, and returns the ID of what it made now or the first time.
func (s *Store) createOnce(ctx context.Context, c Command, hash []byte, insert func(context.Context, *sqlx.Tx, uuid.UUID) error) (uuid.UUID, error) {
	id := s.newID()
	err := s.perform(ctx, c, func(ctx context.Context, tx *sqlx.Tx) error {
		_, stored, found, err := s.findCommand(ctx, tx, c, hash)
		if err != nil {
			return err
		}
		if found {
			id = stored.ID
			return nil
		}
		return insert(ctx, tx, id)
	})
	if err != nil {
		return uuid.Nil, problemOf(err)
	}
	return id, nil
}

// hashOf is the SHA-256 of what is asked, each part with its length so that no two requests look alike.
func hashOf(parts ...string) []byte {
	sum := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return sum.Sum(nil)
}

// newID is a version 7 UUID: rows made later sort later.
func (s *Store) newID() uuid.UUID {
	if s.ids != nil {
		return s.ids()
	}
	return uuid.Must(uuid.NewV7())
}

// marshal is for our own types, which always have a JSON form. It is a text, because the driver sends bytes in the
// binary form, which for jsonb is another one.
func marshal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: marshal %T: %v", v, err))
	}
	return string(b)
}
