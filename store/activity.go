package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
)

// Deed names what somebody did, in the record of activity.
type Deed string

// The deeds besides moves, notes and edits, which have records of their own.
const (
	SignedIn          Deed = "signed_in"
	SignInFailed      Deed = "sign_in_failed"
	SignedOut         Deed = "signed_out"
	SteppedUp         Deed = "stepped_up"
	InvitedStaff      Deed = "staff_invited"
	StaffLinkMade     Deed = "staff_link_made"
	StaffLinkUsed     Deed = "staff_link_used"
	StaffChanged      Deed = "staff_changed"
	StaffAdmitted     Deed = "staff_admitted"
	SessionsEnded     Deed = "sessions_ended"
	PasswordSet       Deed = "password_set"
	PasskeyAdded      Deed = "passkey_added"
	PasskeyRemoved    Deed = "passkey_removed"
	TOTPSet           Deed = "totp_set"
	TOTPRemoved       Deed = "totp_removed"
	RecoveryCodesMade Deed = "recovery_codes_made"
	RecoveryCodeUsed  Deed = "recovery_code_used"
	PreferencesSet    Deed = "preferences_set"
	SSOLinked         Deed = "sso_linked"
	SSOUnlinked       Deed = "sso_unlinked"

	IntegrationCreated Deed = "integration_created"
	IntegrationChanged Deed = "integration_changed"
	TokenMade          Deed = "token_made"
	TokenRevoked       Deed = "token_revoked"

	// A sweep removed a machine that belonged to nothing; a person asked for that, or had one kept. It took a host name back that pointed at
	// the machine of a run that was rolled back.
	DropletSwept   Deed = "droplet_swept"
	SweepConfirmed Deed = "sweep_confirmed"
	SweepKept      Deed = "sweep_kept"
	RecordSwept    Deed = "record_swept"

	// Runs that build are started by somebody; those that follow a state are not.
	RunStarted Deed = "run_started"
	RunRetried Deed = "run_retried"
	RunAborted Deed = "run_aborted"
	RunResumed Deed = "run_compensation_resumed"
	RunCleaned Deed = "run_cleaned"
)

// Nobody is the actor of what a stranger did: a sign-in that failed.
const Nobody access.Kind = "nobody"

// activity is one row as it is written, in the transaction of what it tells of.
type activity struct {
	Actor      access.Actor
	Deed       Deed
	ObjectKind string
	ObjectID   string
	ObjectName string
	Changes    []Change
	Address    string // from where, as far as it is known
}

func (s *Store) insertActivity(ctx context.Context, tx *sqlx.Tx, a activity) error {
	if a.Changes == nil {
		a.Changes = []Change{}
	}
	_, err := tx.ExecContext(ctx, `
INSERT INTO activity (occurred_at, actor_kind, actor, actor_name, actor_roles, kind, object_kind, object_id, object_name, changes, address)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		s.stamp(), a.Actor.Kind, a.Actor.ID, a.Actor.Name, a.Actor.Roles.String(), a.Deed, a.ObjectKind, a.ObjectID, a.ObjectName,
		marshal(a.Changes), a.Address)
	return err
}

// aboutStaff fills in a member of staff as the object.
func aboutStaff(actor access.Actor, deed Deed, staff Staff, address string, changes ...Change) activity {
	return activity{
		Actor: actor, Deed: deed, ObjectKind: "staff", ObjectID: staff.ID.String(), ObjectName: staff.Name, Address: address, Changes: changes,
	}
}

// RecordFailedSignIn keeps that a sign-in under an e-mail failed, whether anybody has that e-mail or not. Of what is too long
// for an e-mail the beginning is kept.
func (s *Store) RecordFailedSignIn(ctx context.Context, email, why, address string) error {
	email = shortened(plainEmail(email), 254)
	return s.write(ctx, func(tx *sqlx.Tx) error {
		return s.insertActivity(ctx, tx, activity{
			Actor: access.Actor{Kind: Nobody, ID: email, Name: email}, Deed: SignInFailed, ObjectKind: "staff", ObjectName: email,
			Address: address, Changes: []Change{{Field: "reason", To: why}},
		})
	})
}

// ActivityRow is one deed.
type ActivityRow struct {
	ID         int64       `db:"id"`
	OccurredAt time.Time   `db:"occurred_at"`
	ActorKind  access.Kind `db:"actor_kind"`
	Actor      string      `db:"actor"`
	ActorName  string      `db:"actor_name"`
	ActorRoles string      `db:"actor_roles"`
	Deed       Deed        `db:"kind"`
	ObjectKind string      `db:"object_kind"`
	ObjectID   string      `db:"object_id"`
	ObjectName string      `db:"object_name"`
	RawChanges []byte      `db:"changes"`
	Address    string      `db:"address"`
	Changes    []Change    `db:"-"`
}

// ListStaffActivity returns the newest deeds by or about a member of staff, at most limit.
func (s *Store) ListStaffActivity(ctx context.Context, id uuid.UUID, email string, limit int) ([]ActivityRow, error) {
	var rows []ActivityRow
	err := s.db.SelectContext(ctx, &rows, `
SELECT id, occurred_at, actor_kind, actor, actor_name, actor_roles, kind, object_kind, object_id, object_name, changes, address
  FROM activity WHERE actor = $2 OR object_kind = 'staff' AND object_id = $1::text
 ORDER BY occurred_at DESC, id DESC LIMIT $3`, id.String(), email, limit)
	for i := range rows {
		// Written by this package; a row that is no list of changes is shown without any.
		_ = json.Unmarshal(rows[i].RawChanges, &rows[i].Changes)
	}
	return rows, translate(err)
}
