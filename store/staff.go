package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
)

// StaffStatus is whether somebody may work with the console.
type StaffStatus string

// The states of a member of staff.
const (
	StaffInvited  StaffStatus = "invited"
	StaffActive   StaffStatus = "active"
	StaffDisabled StaffStatus = "disabled"
)

// Staff is a person who works with the console.
type Staff struct {
	ID           uuid.UUID    `db:"id"`
	Email        string       `db:"email"`
	Name         string       `db:"name"`
	RolesText    string       `db:"roles"`
	Status       StaffStatus  `db:"status"`
	TimeZone     string       `db:"time_zone"`
	Theme        string       `db:"theme"`   // system, light or dark
	Density      string       `db:"density"` // comfortable or compact
	LastSignInAt sql.NullTime `db:"last_sign_in_at"`
	EditVersion  int          `db:"edit_version"`
	InsertedAt   time.Time    `db:"inserted_at"`
	HasPassword  bool         `db:"has_password"`
	HasTOTP      bool         `db:"has_totp"`
	SSOIssuer    string       `db:"sso_issuer"`  // of the provider of single sign-on at which the person is known; empty: none
	SSOSubject   string       `db:"sso_subject"` // the provider's own ID of the person
	Withdrawn    bool         `db:"withdrawn"`   // disabled because the provider's groups give no role
	Passkeys     int          `db:"passkeys"`
	Sessions     int          `db:"sessions"`
}

const staffColumns = `p.id, p.email, p.name, p.roles, p.status, p.time_zone, p.theme, p.density, p.last_sign_in_at, p.edit_version,
  p.inserted_at, p.password_hash <> '' AS has_password, p.totp_secret <> '' AS has_totp,
  p.sso_issuer, p.sso_subject, p.withdrawn,
  (SELECT count(*) FROM staff_passkeys k WHERE k.staff_id = p.id)::integer AS passkeys,
  (SELECT count(*) FROM sessions s WHERE s.staff_id = p.id AND ` + liveSession + `)::integer AS sessions`

// Roles is the set of roles. The database holds only names that are known.
func (p Staff) Roles() access.Roles {
	roles, err := access.ParseRoles(p.RolesText)
	if err != nil {
		return 0 // nothing is granted by a word that nobody knows
	}
	return roles
}

// Actor is the person as one who does something.
func (p Staff) Actor() access.Actor {
	return access.Actor{Kind: access.Staff, ID: p.Email, Name: p.Name, Roles: p.Roles()}
}

// Zone is the person's time zone; UTC where the name is not known.
func (p Staff) Zone() *time.Location {
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// ErrLastAdmin is returned for a change that would leave the console without an active admin.
var ErrLastAdmin = errors.New("somebody has to stay admin")

// GetStaff returns a member of staff, or ErrNotFound.
func (s *Store) GetStaff(ctx context.Context, id uuid.UUID) (Staff, error) {
	return s.getStaff(ctx, s.db, `p.id = $1`, id)
}

// FindStaff returns the member of staff with the e-mail, or ErrNotFound.
func (s *Store) FindStaff(ctx context.Context, email string) (Staff, error) {
	return s.getStaff(ctx, s.db, `p.email = $1`, plainEmail(email))
}

// plainEmail is the one form of an e-mail under which its owner is known, however it is typed.
func plainEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

func (s *Store) getStaff(ctx context.Context, q sqlx.QueryerContext, where string, args ...any) (Staff, error) {
	var p Staff
	err := sqlx.GetContext(ctx, q, &p, `SELECT `+staffColumns+` FROM staff p WHERE `+where, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return Staff{}, ErrNotFound
	}
	return p, translate(err)
}

// ListStaff returns everybody, by name.
func (s *Store) ListStaff(ctx context.Context) ([]Staff, error) {
	var list []Staff
	err := s.db.SelectContext(ctx, &list, `SELECT `+staffColumns+` FROM staff p ORDER BY lower(p.name), p.id`)
	return list, translate(err)
}

// HasStaff reports whether anybody can sign in: an active admin exists.
func (s *Store) HasStaff(ctx context.Context) (bool, error) {
	var has bool
	err := s.db.GetContext(ctx, &has, `SELECT EXISTS (SELECT 1 FROM staff WHERE status = 'active' AND roles ~ 'admin')`)
	return has, translate(err)
}

// NewStaff asks for a member of staff, who is invited until the link is used.
type NewStaff struct {
	Email string
	Name  string
	Roles access.Roles
}

// check returns what is wrong with the fields.
func (n NewStaff) check() error {
	if problems := catalog.CheckPerson(n.Email, n.Name); len(problems) > 0 || n.Roles == 0 {
		if n.Roles == 0 {
			problems = append(problems, catalog.Problem{Field: "roles", Text: "Choose at least one role."})
		}
		return problems
	}
	return nil
}

// InviteStaff stores a new member of staff and returns it with the token of a one-time link that lasts LinkLife.
// catalog.Problems for fields that are wrong or taken.
func (s *Store) InviteStaff(ctx context.Context, actor access.Actor, n NewStaff, address string) (Staff, Token, error) {
	n.Email, n.Name = plainEmail(n.Email), strings.Join(strings.Fields(n.Name), " ")
	if err := errors.Join(actor.Validate(), n.check()); err != nil {
		return Staff{}, Token{}, err
	}
	var invited Staff
	token := NewToken()
	err := s.write(ctx, func(tx *sqlx.Tx) (err error) {
		id := s.newID()
		_, err = tx.ExecContext(ctx, `INSERT INTO staff (id, email, name, roles, status) VALUES ($1, $2, $3, $4, 'invited')`,
			id, n.Email, n.Name, n.Roles.String())
		if err != nil {
			return err
		}
		if invited, err = s.getStaff(ctx, tx, `p.id = $1`, id); err != nil {
			return err
		}
		if err := insertLink(ctx, tx, id, InvitationLink, token); err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutStaff(actor, InvitedStaff, invited, address, Change{Field: "roles", To: n.Roles.String()}))
	})
	if violates(err, "staff_email_key") {
		err = catalog.Problems{{Field: "email", Text: "Somebody with this e-mail is there already."}}
	}
	return invited, token, err
}

// StaffChange is what an admin may change about somebody.
type StaffChange struct {
	ID          uuid.UUID
	EditVersion int // that the admin saw
	Name        string
	Roles       access.Roles
	Disabled    bool
}

// ChangeStaff changes name, roles or status. A change of rights ends all sessions of the person, and who is disabled loses
// the one-time links too. ErrStale, ErrLastAdmin, ErrNotFound, catalog.Problems.
func (s *Store) ChangeStaff(ctx context.Context, actor access.Actor, c StaffChange, address string) error {
	c.Name = strings.Join(strings.Fields(c.Name), " ")
	if err := actor.Validate(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if err := lockStaff(ctx, tx, c.ID); err != nil {
			return err
		}
		old, err := s.getStaff(ctx, tx, `p.id = $1`, c.ID)
		if err != nil {
			return err
		}
		if err := (NewStaff{Email: old.Email, Name: c.Name, Roles: c.Roles}).check(); err != nil {
			return err
		}
		return s.changeStaff(ctx, tx, actor, old, c, address)
	})
}

func (s *Store) changeStaff(ctx context.Context, tx *sqlx.Tx, actor access.Actor, old Staff, c StaffChange, address string) error {
	status := old.Status
	switch {
	case c.Disabled:
		status = StaffDisabled
	case old.Status == StaffDisabled && (old.HasPassword || old.Passkeys > 0 || old.HasSSO()):
		status = StaffActive
	case old.Status == StaffDisabled:
		status = StaffInvited
	}
	changes := changesOf([]Change{
		{"name", old.Name, c.Name}, {"roles", old.RolesText, c.Roles.String()}, {"status", string(old.Status), string(status)},
	})
	if len(changes) == 0 {
		return nil
	}
	if old.EditVersion != c.EditVersion {
		return ErrStale
	}
	_, err := tx.ExecContext(ctx, `
UPDATE staff SET name = $2, roles = $3, status = $4, withdrawn = (withdrawn AND $4 = 'disabled'), edit_version = edit_version + 1
 WHERE id = $1`, c.ID, c.Name, c.Roles.String(), status)
	if err != nil {
		return err
	}
	if old.Status == StaffActive && old.Roles().Has(access.Admin) {
		if err := requireAdmin(ctx, tx); err != nil {
			return err
		}
	}
	if old.RolesText != c.Roles.String() || old.Status != status {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE staff_id = $1`, c.ID); err != nil {
			return err
		}
	}
	if c.Disabled {
		if _, err := tx.ExecContext(ctx, `DELETE FROM staff_links WHERE staff_id = $1`, c.ID); err != nil {
			return err
		}
	}
	return s.insertActivity(ctx, tx, aboutStaff(actor, StaffChanged, old, address, changes...))
}

// lockStaff makes changes of rights take turns, so that two admins cannot demote each other at once. It holds the person's
// own row too, against a link that is used meanwhile.
func lockStaff(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `SELECT id FROM staff WHERE roles ~ 'admin' OR id = $1 ORDER BY id FOR UPDATE`, id)
	return err
}

// requireAdmin refuses to leave nobody who could let others in.
func requireAdmin(ctx context.Context, tx *sqlx.Tx) error {
	var left int
	if err := tx.GetContext(ctx, &left, `SELECT count(*) FROM staff WHERE status = 'active' AND roles ~ 'admin'`); err != nil {
		return err
	}
	if left == 0 {
		return ErrLastAdmin
	}
	return nil
}

// Preferences are how a person wants the console to look.
type Preferences struct {
	TimeZone string // IANA name
	Theme    string // system, light or dark
	Density  string // comfortable or compact
}

// check returns what does not exist.
func (p Preferences) check() error {
	var problems catalog.Problems
	if _, err := time.LoadLocation(p.TimeZone); err != nil || p.TimeZone == "" || p.TimeZone == "Local" {
		problems = append(problems, catalog.Problem{Field: "time_zone", Text: "There is no such time zone. Use a name like Europe/Berlin."})
	}
	if !slices.Contains([]string{"system", "light", "dark"}, p.Theme) {
		problems = append(problems, catalog.Problem{Field: "theme", Text: "Choose one of the themes."})
	}
	if !slices.Contains([]string{"comfortable", "compact"}, p.Density) {
		problems = append(problems, catalog.Problem{Field: "density", Text: "Choose one of the densities."})
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// SetPreferences stores a person's own preferences. catalog.Problems for values that do not exist.
func (s *Store) SetPreferences(ctx context.Context, id uuid.UUID, p Preferences) error {
	if err := p.check(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		old, err := s.getStaff(ctx, tx, `p.id = $1`, id)
		if err != nil {
			return err
		}
		changes := changesOf([]Change{
			{"time zone", old.TimeZone, p.TimeZone}, {"theme", old.Theme, p.Theme}, {"density", old.Density, p.Density},
		})
		if len(changes) == 0 {
			return nil
		}
		_, err = tx.ExecContext(ctx, `UPDATE staff SET time_zone = $2, theme = $3, density = $4 WHERE id = $1`, id, p.TimeZone, p.Theme, p.Density)
		if err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutStaff(old.Actor(), PreferencesSet, old, "", changes...))
	})
}
