package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
)

// Identity is somebody for whom a provider of single sign-on vouches, with an e-mail that it has verified.
type Identity struct {
	Issuer  string // URL of the provider
	Subject string // its own ID of the person, which never changes
	Email   string
	Name    string
	Managed bool         // the provider's groups decide the roles; otherwise the console does
	Roles   access.Roles // of the groups, when Managed
}

// Why somebody whom the provider vouches for does not get in.
var (
	ErrUnknownIdentity  = errors.New("nobody here has this e-mail")
	ErrDisabledIdentity = errors.New("the account is disabled")
	ErrNoRole           = errors.New("no group of the person has a role")
	ErrIdentityTaken    = errors.New("the account belongs to another person at the provider")
)

// provider stands for the provider in the record of what changes because of it.
var provider = access.Actor{Kind: access.System, ID: "single-sign-on", Name: "Single sign-on"}

// SignInByProvider begins a session for whom the provider vouches. The first time, the person is found by the e-mail or,
// when the groups decide the roles, made. From then on the provider's own ID decides. Roles follow the groups at each
// sign-in, and a change of them ends all other sessions; the last admin stays one. The session that the browser had ends.
// ErrUnknownIdentity, ErrDisabledIdentity, ErrNoRole, ErrIdentityTaken; catalog.Problems for a name or e-mail that cannot
// be kept.
func (s *Store) SignInByProvider(ctx context.Context, who Identity, from Browser, old *Token) (Token, error) {
	who.Email = plainEmail(who.Email)
	if who.Name == "" {
		who.Name = who.Email
	}
	if problems := catalog.CheckPerson(who.Email, who.Name); len(problems) > 0 {
		return Token{}, problems
	}
	token := NewToken()
	return token, s.write(ctx, func(tx *sqlx.Tx) error {
		person, err := s.admitIdentity(ctx, tx, who, from)
		if err != nil {
			return err
		}
		if old != nil {
			if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE token_hash = $1`, old.hash()); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE staff SET last_sign_in_at = now() WHERE id = $1`, person.ID); err != nil {
			return err
		}
		if err := insertSession(ctx, tx, token, person.ID, BySingleSignOn, from); err != nil {
			return err
		}
		signedIn := aboutStaff(person.Actor(), SignedIn, person, from.Address, Change{Field: "by", To: string(BySingleSignOn)})
		return s.insertActivity(ctx, tx, signedIn)
	})
}

// admitIdentity returns the person as it is after what the provider says has been taken over.
func (s *Store) admitIdentity(ctx context.Context, tx *sqlx.Tx, who Identity, from Browser) (Staff, error) {
	if who.Managed && who.Roles == 0 {
		return Staff{}, ErrNoRole
	}
	id, err := findIdentity(ctx, tx, who)
	if errors.Is(err, sql.ErrNoRows) {
		if !who.Managed {
			return Staff{}, ErrUnknownIdentity
		}
		return s.employIdentity(ctx, tx, who, from)
	}
	if err != nil {
		return Staff{}, err
	}
	if err := lockStaff(ctx, tx, id); err != nil {
		return Staff{}, err
	}
	person, err := s.getStaff(ctx, tx, `p.id = $1`, id)
	if err != nil {
		return Staff{}, err
	}
	if person.Status == StaffDisabled {
		return Staff{}, ErrDisabledIdentity
	}
	return s.takeOver(ctx, tx, person, who, from)
}

// findIdentity looks for the provider's ID first, and then for an account of the e-mail. sql.ErrNoRows.
func findIdentity(ctx context.Context, tx *sqlx.Tx, who Identity) (uuid.UUID, error) {
	var row struct {
		ID      uuid.UUID `db:"id"`
		Issuer  string    `db:"sso_issuer"`
		Subject string    `db:"sso_subject"`
	}
	err := tx.GetContext(ctx, &row, `
SELECT id, sso_issuer, sso_subject FROM staff WHERE (sso_issuer = $1 AND sso_subject = $2) OR email = $3
 ORDER BY (sso_issuer = $1 AND sso_subject = $2) DESC LIMIT 1 FOR UPDATE`, who.Issuer, who.Subject, who.Email)
	if err == nil && row.Issuer == who.Issuer && row.Subject != who.Subject {
		err = ErrIdentityTaken // an e-mail that now belongs to somebody else is no way into the account
	}
	return row.ID, err
}

func (s *Store) employIdentity(ctx context.Context, tx *sqlx.Tx, who Identity, from Browser) (Staff, error) {
	id := s.newID()
	_, err := tx.ExecContext(ctx, `
INSERT INTO staff (id, email, name, roles, status, sso_issuer, sso_subject) VALUES ($1, $2, $3, $4, 'active', $5, $6)`,
		id, who.Email, who.Name, who.Roles.String(), who.Issuer, who.Subject)
	if err != nil {
		return Staff{}, err
	}
	person, err := s.getStaff(ctx, tx, `p.id = $1`, id)
	if err != nil {
		return Staff{}, err
	}
	return person, s.insertActivity(ctx, tx, aboutStaff(provider, StaffAdmitted, person, from.Address, Change{Field: "roles", To: who.Roles.String()}))
}

// takeOver links the account on first use, makes who was invited active, and has the roles follow the groups.
func (s *Store) takeOver(ctx context.Context, tx *sqlx.Tx, old Staff, who Identity, from Browser) (Staff, error) {
	roles := old.Roles()
	if who.Managed {
		roles = who.Roles
	}
	if last, err := onlyAdmin(ctx, tx, old); err != nil {
		return Staff{}, err
	} else if last {
		roles |= access.Admin
	}
	linked := "not linked"
	if old.HasSSO {
		linked = "linked"
	}
	changes := changesOf([]Change{
		{"roles", old.RolesText, roles.String()}, {"status", string(old.Status), string(StaffActive)}, {"single sign-on", linked, "linked"},
	})
	if len(changes) == 0 {
		return old, nil
	}
	if _, err := tx.ExecContext(ctx, `
UPDATE staff SET roles = $2, status = 'active', sso_issuer = $3, sso_subject = $4, edit_version = edit_version + 1 WHERE id = $1`,
		old.ID, roles.String(), who.Issuer, who.Subject); err != nil {
		return Staff{}, err
	}
	for _, query := range []string{`DELETE FROM sessions WHERE staff_id = $1`, `DELETE FROM staff_links WHERE staff_id = $1`} {
		if _, err := tx.ExecContext(ctx, query, old.ID); err != nil {
			return Staff{}, err
		}
	}
	if err := s.insertActivity(ctx, tx, aboutStaff(provider, StaffChanged, old, from.Address, changes...)); err != nil {
		return Staff{}, err
	}
	return s.getStaff(ctx, tx, `p.id = $1`, old.ID)
}

// onlyAdmin reports whether the person is the one active admin there is. The admins are locked.
func onlyAdmin(ctx context.Context, tx *sqlx.Tx, person Staff) (bool, error) {
	if person.Status != StaffActive || !person.Roles().Has(access.Admin) {
		return false, nil
	}
	var others int
	err := tx.GetContext(ctx, &others, `SELECT count(*) FROM staff WHERE status = 'active' AND roles ~ 'admin' AND id <> $1`, person.ID)
	return others == 0, err
}

// HasIdentity reports whether the person is the one of that ID at the provider.
func (s *Store) HasIdentity(ctx context.Context, id uuid.UUID, issuer, subject string) (bool, error) {
	var is bool
	err := s.db.GetContext(ctx, &is, `SELECT EXISTS (SELECT 1 FROM staff WHERE id = $1 AND sso_issuer = $2 AND sso_subject = $3)`, id, issuer, subject)
	return is, translate(err)
}
