package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
)

// HasSSO reports whether the account is linked to somebody at a provider of single sign-on, be it today's or an earlier one.
func (p Staff) HasSSO() bool { return p.SSOSubject != "" }

// Is reports whether the account is linked to whom the provider vouches for. An ID counts only together with its issuer.
func (p Staff) Is(who Identity) bool {
	return p.HasSSO() && p.SSOIssuer == who.Issuer && p.SSOSubject == who.Subject
}

func linkWord(linked bool) string {
	if linked {
		return "linked"
	}
	return "not linked"
}

// LinkIdentity links somebody's account, whose owner asks for it and has just proved that it is theirs, to whom the provider
// vouches for, under the same e-mail. Linking what is linked already is no error. ErrOtherEmail, ErrIdentityTaken where either
// belongs to somebody else, ErrNotFound unless the person is active.
func (s *Store) LinkIdentity(ctx context.Context, id uuid.UUID, who Identity, address string) error {
	err := s.write(ctx, func(tx *sqlx.Tx) error {
		person, err := s.lockedStaff(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case person.Status != StaffActive:
			return ErrNotFound
		case person.Is(who):
			return nil
		case person.HasSSO():
			return ErrIdentityTaken
		case person.Email != plainEmail(who.Email):
			return ErrOtherEmail
		}
		return s.setIdentity(ctx, tx, who, aboutStaff(person.Actor(), SSOLinked, person, address, Change{Field: "provider", To: who.Issuer}))
	})
	if violates(err, "staff_sso") {
		return ErrIdentityTaken
	}
	return err
}

// UnlinkIdentity takes the link to the provider from somebody's account, and ends the sessions that began by it. Where there
// is no link nothing is done. ErrLastAdmin for the last admin who has no other way in, ErrNotFound.
func (s *Store) UnlinkIdentity(ctx context.Context, actor access.Actor, id uuid.UUID, address string) error {
	if err := actor.Validate(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		person, err := s.lockedStaff(ctx, tx, id)
		if err != nil || !person.HasSSO() {
			return err
		}
		last, err := onlyAdmin(ctx, tx, person)
		if err != nil {
			return err
		}
		if last && !person.HasPassword && person.Passkeys == 0 {
			return ErrLastAdmin
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE staff_id = $1 AND method = $2`, id, BySingleSignOn); err != nil {
			return err
		}
		return s.setIdentity(ctx, tx, Identity{}, aboutStaff(actor, SSOUnlinked, person, address, Change{Field: "provider", From: person.SSOIssuer}))
	})
}

func (s *Store) lockedStaff(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) (Staff, error) {
	if err := lockStaff(ctx, tx, id); err != nil {
		return Staff{}, err
	}
	return s.getStaff(ctx, tx, `p.id = $1`, id)
}

// setIdentity links the account, or with the zero identity unlinks it. Whom the provider kept out then waits for an admin.
func (s *Store) setIdentity(ctx context.Context, tx *sqlx.Tx, who Identity, record activity) error {
	_, err := tx.ExecContext(ctx, `
UPDATE staff SET sso_issuer = $2, sso_subject = $3, withdrawn = false, edit_version = edit_version + 1 WHERE id = $1`, record.ObjectID, who.Issuer, who.Subject)
	if err != nil {
		return err
	}
	return s.insertActivity(ctx, tx, record)
}
