package store

import (
	"context"
	"errors"
	"strings"

	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
)

var errNotLoading = errors.New("store: only a loader hands out or takes away passwords")

// PutStaff stores a member of staff who is active at once, with the password of the hash; whoever has the e-mail already
// gets the roles and the password, is active again, and has to sign in anew. It is for the demo, whose passwords everybody
// knows, and works for a loader alone.
func (s *Store) PutStaff(ctx context.Context, actor access.Actor, n NewStaff, passwordHash string) error {
	if s.clock == nil {
		return errNotLoading
	}
	if err := errors.Join(actor.Validate(), n.check()); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		old, err := s.getStaff(ctx, tx, `p.email = $1`, n.Email)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE staff_id = $1`, old.ID); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
INSERT INTO staff AS p (id, email, name, roles, status, password_hash, inserted_at, updated_at) VALUES ($1, $2, $3, $4, 'active', $5, $6, $6)
ON CONFLICT (email) DO UPDATE SET roles = $4, status = 'active', withdrawn = false, password_hash = $5, edit_version = p.edit_version + 1, updated_at = $6`,
			s.newID(), n.Email, n.Name, n.Roles.String(), passwordHash, s.stamp())
		if err != nil {
			return err
		}
		person, err := s.getStaff(ctx, tx, `p.email = $1`, n.Email)
		if err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutStaff(actor, StaffChanged, person, "", changesOf([]Change{
			{"roles", old.RolesText, person.RolesText}, {"status", string(old.Status), string(person.Status)},
		})...))
	})
}

// RetireStaff disables whoever has the e-mail and takes the password away, whether or not another admin is left. It is for
// accounts of the demo, and works for a loader alone.
func (s *Store) RetireStaff(ctx context.Context, actor access.Actor, email string) error {
	if s.clock == nil {
		return errNotLoading
	}
	if err := actor.Validate(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		person, err := s.getStaff(ctx, tx, `p.email = $1`, strings.ToLower(email))
		if err != nil {
			return err
		}
		for _, query := range []string{
			`UPDATE staff SET status = 'disabled', password_hash = '', edit_version = edit_version + 1 WHERE id = $1`,
			`DELETE FROM sessions WHERE staff_id = $1`, `DELETE FROM staff_links WHERE staff_id = $1`,
		} {
			if _, err := tx.ExecContext(ctx, query, person.ID); err != nil {
				return err
			}
		}
		return s.insertActivity(ctx, tx, aboutStaff(actor, StaffChanged, person, "",
			Change{Field: "status", From: string(person.Status), To: string(StaffDisabled)}))
	})
}
