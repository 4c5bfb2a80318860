package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
)

// Identity is somebody for whom a provider of single sign-on vouches, with an e-mail that it has verified.
type Identity struct {
	Issuer   string // URL of the provider
	Subject  string // its own ID of the person, which never changes
	Email    string
	Name     string
	Managed  bool         // the provider's groups decide the roles; otherwise the console does
	Roles    access.Roles // of the groups, when Managed
	ProvedAt time.Time    // when the person proved there who it is; zero where the provider does not say
}

// Why somebody whom the provider vouches for does not get in, or is not linked.
var (
	ErrUnknownIdentity  = errors.New("nobody here has this e-mail")
	ErrDisabledIdentity = errors.New("the account is disabled")
	ErrNoRole           = errors.New("no group of the person has a role")
	ErrIdentityTaken    = errors.New("the account belongs to another person at the provider, or that person to another account")
	ErrNotLinked        = errors.New("the account of an admin is linked from within alone")
	ErrOtherEmail       = errors.New("the person at the provider has another e-mail")
)

// provider stands for the provider in the record of what changes because of it.
var provider = access.Actor{Kind: access.System, ID: "single-sign-on", Name: "Single sign-on"}

// SignInByProvider begins a session for whom the provider vouches. The first time, the person is found by the e-mail, unless
// the account holds admin (LinkIdentity), or, when the groups decide the roles, made. From then on the provider's own ID
// decides. Roles follow the groups at each sign-in, and a change of them ends all other sessions; with no role left the
// account is disabled until a group has one; the last admin stays one. What is asked of who proved lately who it is counts
// from the proof at the provider. The session that the browser had ends. ErrUnknownIdentity, ErrDisabledIdentity, ErrNoRole,
// ErrIdentityTaken, ErrNotLinked; catalog.Problems for a name or e-mail that cannot be kept.
func (s *Store) SignInByProvider(ctx context.Context, who Identity, from Browser, old *Token) (Token, error) {
	who.Email = plainEmail(who.Email)
	if who.Name == "" {
		who.Name = who.Email
	}
	if problems := catalog.CheckPerson(who.Email, who.Name); len(problems) > 0 {
		return Token{}, problems
	}
	token, withdrawn := NewToken(), false
	// Of two first sign-ins at once, the second finds at its second look the account that the first has made.
	err := s.lookTwice(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		person, err := s.admitIdentity(ctx, tx, who, from)
		if withdrawn = errors.Is(err, ErrNoRole); withdrawn {
			return nil // what was taken away stays so
		}
		if err != nil {
			return err
		}
		return s.enterByProvider(ctx, tx, token, person, who, from, old)
	})
	if err == nil && withdrawn {
		err = ErrNoRole
	}
	return token, err
}

func (s *Store) enterByProvider(ctx context.Context, tx *sqlx.Tx, token Token, person Staff, who Identity, from Browser, old *Token) error {
	if old != nil {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE token_hash = $1`, old.hash()); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE staff SET last_sign_in_at = now() WHERE id = $1`, person.ID); err != nil {
		return err
	}
	proved := who.ProvedAt
	if proved.IsZero() {
		proved = time.Unix(0, 0) // nobody knows: no proof
	}
	if err := insertSession(ctx, tx, token, person.ID, BySingleSignOn, from, proved); err != nil {
		return err
	}
	signedIn := aboutStaff(person.Actor(), SignedIn, person, from.Address, Change{Field: "by", To: string(BySingleSignOn)})
	return s.insertActivity(ctx, tx, signedIn)
}

// admitIdentity returns the person as it is after what the provider says has been taken over. ErrNoRole is no failure of the
// transaction: what it has taken away is to be committed.
func (s *Store) admitIdentity(ctx context.Context, tx *sqlx.Tx, who Identity, from Browser) (Staff, error) {
	id, err := findIdentity(ctx, tx, who)
	if errors.Is(err, sql.ErrNoRows) {
		return s.employIdentity(ctx, tx, who, from)
	}
	if err != nil {
		return Staff{}, err
	}
	if err := lockStaff(ctx, tx, id); err != nil {
		return Staff{}, err
	}
	person, err := s.getStaff(ctx, tx, `p.id = $1`, id)
	if err == nil {
		err = person.admits(who)
	}
	if err != nil {
		return Staff{}, err
	}
	return s.takeOver(ctx, tx, person, who, from)
}

// findIdentity looks for the provider's ID first, and then for an account of the e-mail. It locks nothing: locks are taken in
// the one order of lockStaff, and what was found is judged after that. sql.ErrNoRows.
func findIdentity(ctx context.Context, tx *sqlx.Tx, who Identity) (uuid.UUID, error) {
	var id uuid.UUID
	err := tx.GetContext(ctx, &id, `
SELECT id FROM staff WHERE (sso_issuer = $1 AND sso_subject = $2) OR email = $3
 ORDER BY (sso_issuer = $1 AND sso_subject = $2) DESC LIMIT 1`, who.Issuer, who.Subject, who.Email)
	return id, err
}

// admits says why the account is no way in for whom the provider vouches for; nil where it is one.
func (p Staff) admits(who Identity) error {
	switch {
	case p.HasSSO() && !p.Is(who):
		return ErrIdentityTaken // an e-mail that now belongs to somebody else, or to another provider, is no way into the account
	case !p.HasSSO() && p.Email != who.Email:
		return ErrUnknownIdentity // unlinked since it was found
	case p.Status == StaffDisabled && !(p.Withdrawn && who.Managed):
		return ErrDisabledIdentity
	case !p.HasSSO() && who.Managed && who.Roles == 0:
		return ErrNoRole
	case !p.HasSSO() && p.Roles().Has(access.Admin):
		return ErrNotLinked // an e-mail alone makes nobody admin
	}
	return nil
}

func (s *Store) employIdentity(ctx context.Context, tx *sqlx.Tx, who Identity, from Browser) (Staff, error) {
	if !who.Managed {
		return Staff{}, ErrUnknownIdentity
	}
	if who.Roles == 0 {
		return Staff{}, ErrNoRole
	}
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

// takeOver links the account on first use, makes who was invited active, and has the roles follow the groups. Whom they leave
// no role is disabled: ErrNoRole, with that done.
func (s *Store) takeOver(ctx context.Context, tx *sqlx.Tx, old Staff, who Identity, from Browser) (Staff, error) {
	roles, status, err := rightsOf(ctx, tx, old, who)
	if err != nil {
		return Staff{}, err
	}
	changes := changesOf([]Change{
		{"roles", old.RolesText, roles.String()},
		{"status", string(old.Status), string(status)},
		{"single sign-on", linkWord(old.HasSSO()), linkWord(true)},
	})
	if len(changes) > 0 {
		_, err := tx.ExecContext(ctx, `
UPDATE staff SET roles = $2, status = $3, withdrawn = ($3 = 'disabled'), sso_issuer = $4, sso_subject = $5, edit_version = edit_version + 1
 WHERE id = $1`, old.ID, roles.String(), status, who.Issuer, who.Subject)
		if err != nil {
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
	}
	if status == StaffDisabled {
		return Staff{}, ErrNoRole
	}
	return s.getStaff(ctx, tx, `p.id = $1`, old.ID)
}

// rightsOf is what the person may from now on.
func rightsOf(ctx context.Context, tx *sqlx.Tx, old Staff, who Identity) (access.Roles, StaffStatus, error) {
	if !who.Managed {
		return old.Roles(), StaffActive, nil
	}
	last, err := onlyAdmin(ctx, tx, old)
	roles := who.Roles
	if last {
		roles |= access.Admin
	}
	if roles == 0 {
		return old.Roles(), StaffDisabled, err
	}
	return roles, StaffActive, err
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
