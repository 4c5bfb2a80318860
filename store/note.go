package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/catalog"
)

// NewNote asks for a note on a tenant or, with DeploymentID, on one of its deployments.
type NewNote struct {
	Command
	TenantID     uuid.UUID     // may be left out when DeploymentID is there
	DeploymentID uuid.NullUUID // not valid: on the tenant itself
	Notes        string
}

// AddNote stores a note of 1 to catalog.MaxNotes characters. It returns catalog.Problems or ErrNotFound.
func (s *Store) AddNote(ctx context.Context, n NewNote) error {
	n.Notes = catalog.NormalizeNotes(n.Notes)
	if n.Notes == "" {
		return catalog.Problems{{Field: "notes", Text: "Write something first: the note is empty."}}
	}
	if text := catalog.CheckNotes(n.Notes); text != "" {
		return catalog.Problems{{Field: "notes", Text: text}}
	}
	hash := hashOf("note", n.TenantID.String(), n.DeploymentID.UUID.String(), n.Notes)
	return s.perform(ctx, n.Command, func(ctx context.Context, tx *sqlx.Tx) error {
		_, _, found, err := s.findCommand(ctx, tx, n.Command, hash)
		if err != nil || found {
			return err
		}
		return s.insertNote(ctx, tx, n, hash)
	})
}

func (s *Store) insertNote(ctx context.Context, tx *sqlx.Tx, n NewNote, hash []byte) error {
	target, args := `SELECT id FROM cloud_tenants WHERE id = $1`, []any{n.TenantID}
	if n.DeploymentID.Valid {
		target, args = `SELECT tenant_id FROM cloud_deployments WHERE id = $1`, []any{n.DeploymentID.UUID}
	}
	var tenantID uuid.UUID
	err := tx.GetContext(ctx, &tenantID, target, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return err
	}
	id, command := s.newID(), s.newID()
	err = s.insertCommand(ctx, tx, n.Command, commandRow{
		ID: command, Kind: "note", TenantID: uuid.NullUUID{UUID: tenantID, Valid: true}, Hash: hash,
		Outcome: outcome{Verdict: verdictAccepted, ID: id},
	})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO cloud_notes (id, tenant_id, deployment_id, notes, actor_kind, actor, actor_name, actor_roles, command_id, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		id, tenantID, n.DeploymentID, n.Notes, n.Actor.Kind, n.Actor.ID, n.Actor.Name, n.Actor.Roles.String(), command, s.stamp())
	return err
}
