package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
)

// Note is what somebody wrote on a tenant or on one of its deployments.
type Note struct {
	ID           uuid.UUID     `db:"id"`
	TenantID     uuid.UUID     `db:"tenant_id"`
	DeploymentID uuid.NullUUID `db:"deployment_id"` // not valid: on the tenant itself
	Notes        string        `db:"notes"`
	ActorKind    access.Kind   `db:"actor_kind"`
	Actor        string        `db:"actor"`
	ActorName    string        `db:"actor_name"`
	ActorRoles   string        `db:"actor_roles"`
	OccurredAt   time.Time     `db:"occurred_at"`
}

// NoteFilter says which notes to list: those on a deployment, or those on a tenant and all its deployments.
type NoteFilter struct {
	TenantID     uuid.UUID
	DeploymentID uuid.NullUUID // valid: of this one alone
	Page
}

// NotePage is a page of notes, the newest first; Previous and Next are cursors, empty where there is nothing.
type NotePage struct {
	Rows           []Note
	Previous, Next string
}

const noteQuery = `
SELECT n.id, n.tenant_id, n.deployment_id, n.notes, n.actor_kind, n.actor, n.actor_name, n.actor_roles, n.occurred_at
  FROM cloud_notes n`

var noteOrder = order{key: "n.occurred_at", id: "n.id", desc: true}

// ListNotes returns one page. ErrCursor for a place that is none.
func (s *Store) ListNotes(ctx context.Context, f NoteFilter) (NotePage, error) {
	place, err := noteOrder.args(f.Page)
	if err != nil {
		return NotePage{}, err
	}
	where, on := ` WHERE n.tenant_id = $1`, f.TenantID
	if f.DeploymentID.Valid {
		where, on = ` WHERE n.deployment_id = $1`, f.DeploymentID.UUID
	}
	after, orderBy := noteOrder.clause(f.Page, 2)
	var rows []Note
	query := noteQuery + where + after + orderBy + fmt.Sprintf(" LIMIT %d", f.limit()+1)
	if err := s.db.SelectContext(ctx, &rows, query, append([]any{on}, place...)...); err != nil {
		return NotePage{}, translate(err)
	}
	page, previous, next := cut(rows, f.Page, func(n Note) cursor { return cursor{key: timeKey(n.OccurredAt), tie: n.ID.String()} })
	return NotePage{Rows: page, Previous: previous, Next: next}, nil
}

// FindNote returns the note that a command left, or ErrNotFound.
func (s *Store) FindNote(ctx context.Context, c Command) (Note, error) {
	var n Note
	err := s.db.GetContext(ctx, &n, noteQuery+`
  JOIN commands c ON c.id = n.command_id WHERE c.actor_kind = $1 AND c.actor = $2 AND c.key = $3`, c.Actor.Kind, c.Actor.ID, c.Key)
	if errors.Is(err, sql.ErrNoRows) {
		return Note{}, ErrNotFound
	}
	return n, translate(err)
}
