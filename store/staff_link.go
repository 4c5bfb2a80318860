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

// LinkPurpose is what a one-time link is for.
type LinkPurpose string

// The purposes of one-time links.
const (
	InvitationLink LinkPurpose = "invitation"
	ResetLink      LinkPurpose = "reset" // a way back in: it clears password, passkeys and second factor when used
)

// LinkLife is how long a one-time link works.
const LinkLife = 72 * time.Hour

// ErrDisabled is returned for a link for somebody who may not sign in.
var ErrDisabled = errors.New("the account is disabled: let the person in again first")

func insertLink(ctx context.Context, tx *sqlx.Tx, staffID uuid.UUID, purpose LinkPurpose, token Token) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM staff_links WHERE staff_id = $1 OR expires_at < now()`, staffID); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
INSERT INTO staff_links (token_hash, staff_id, purpose, expires_at) VALUES ($1, $2, $3, now() + $4 * interval '1 second')`,
		token.hash(), staffID, purpose, int(LinkLife.Seconds()))
	return err
}

// MakeLink gives somebody a new one-time link: an invitation as long as they are invited, otherwise a way back in.
// Earlier links of the person stop working. ErrNotFound, ErrDisabled.
func (s *Store) MakeLink(ctx context.Context, actor access.Actor, id uuid.UUID, address string) (Token, error) {
	token := NewToken()
	if err := actor.Validate(); err != nil {
		return token, err
	}
	return token, s.write(ctx, func(tx *sqlx.Tx) error {
		// Two links made at once would otherwise not know of each other, and both would work.
		person, err := s.getStaff(ctx, tx, `p.id = $1 FOR UPDATE OF p`, id)
		if err != nil {
			return err
		}
		if person.Status == StaffDisabled {
			return ErrDisabled // the link would open nothing
		}
		purpose := ResetLink
		if person.Status == StaffInvited {
			purpose = InvitationLink
		}
		if err := insertLink(ctx, tx, id, purpose, token); err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutStaff(actor, StaffLinkMade, person, address, Change{Field: "purpose", To: string(purpose)}))
	})
}

// LookUpLink returns whose link it is and what for, without using it. ErrNotFound for one that is used, too old or made up,
// or whose person is disabled.
func (s *Store) LookUpLink(ctx context.Context, token Token) (Staff, LinkPurpose, error) {
	return s.lookUpLink(ctx, s.db, token)
}

func (s *Store) lookUpLink(ctx context.Context, q sqlx.QueryerContext, token Token) (Staff, LinkPurpose, error) {
	var row struct {
		StaffID uuid.UUID   `db:"staff_id"`
		Purpose LinkPurpose `db:"purpose"`
	}
	err := sqlx.GetContext(ctx, q, &row, `
SELECT l.staff_id, l.purpose FROM staff_links l WHERE l.token_hash = $1 AND l.expires_at > now()`, token.hash())
	if errors.Is(err, sql.ErrNoRows) {
		return Staff{}, "", ErrNotFound
	}
	if err != nil {
		return Staff{}, "", translate(err)
	}
	person, err := s.getStaff(ctx, q, `p.id = $1`, row.StaffID)
	if err == nil && person.Status == StaffDisabled {
		err = ErrNotFound
	}
	return person, row.Purpose, err
}

// UseLink uses a link up: the person gets the password, is active from now on, and all earlier sessions, passkeys,
// second factors and the link to single sign-on are gone. It returns the session that begins with it.
func (s *Store) UseLink(ctx context.Context, token Token, passwordHash string, from Browser) (Token, error) {
	session := NewToken()
	return session, s.write(ctx, func(tx *sqlx.Tx) error {
		// The person's row first, as everybody takes it: a link is used once, and not while its person is being disabled.
		if _, err := tx.ExecContext(ctx, `
SELECT id FROM staff WHERE id = (SELECT staff_id FROM staff_links WHERE token_hash = $1) FOR UPDATE`, token.hash()); err != nil {
			return err
		}
		person, purpose, err := s.lookUpLink(ctx, tx, token)
		if err != nil {
			return err
		}
		for _, query := range []string{
			`DELETE FROM staff_links WHERE staff_id = $1`, `DELETE FROM sessions WHERE staff_id = $1`,
			`DELETE FROM staff_passkeys WHERE staff_id = $1`, `DELETE FROM staff_recovery_codes WHERE staff_id = $1`,
		} {
			if _, err := tx.ExecContext(ctx, query, person.ID); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `
UPDATE staff SET status = 'active', password_hash = $2, totp_secret = '', totp_last_step = 0, last_sign_in_at = now(),
       sso_issuer = '', sso_subject = '', edit_version = edit_version + 1 WHERE id = $1`, person.ID, passwordHash)
		if err != nil {
			return err
		}
		used := aboutStaff(person.Actor(), StaffLinkUsed, person, from.Address, Change{Field: "purpose", To: string(purpose)})
		if err := s.insertActivity(ctx, tx, used); err != nil {
			return err
		}
		return insertSession(ctx, tx, session, person.ID, ByLink, from, time.Time{})
	})
}
