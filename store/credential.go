package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
)

// Secrets are what a password and a code are compared with. They never leave the process that compares.
type Secrets struct {
	StaffID      uuid.UUID `db:"id"`
	PasswordHash string    `db:"password_hash"`
	TOTPSecret   string    `db:"totp_secret"`
	Email        string    `db:"email"`
	Name         string    `db:"name"`
}

// GetSecrets returns the secrets of the active member of staff with the e-mail; ErrNotFound for an unknown or disabled one.
func (s *Store) GetSecrets(ctx context.Context, email string) (Secrets, error) {
	var secrets Secrets
	err := s.db.GetContext(ctx, &secrets, `
SELECT id, password_hash, totp_secret, email, name FROM staff WHERE email = $1 AND status = 'active' AND password_hash <> ''`,
		plainEmail(email))
	if errors.Is(err, sql.ErrNoRows) {
		return Secrets{}, ErrNotFound
	}
	return secrets, translate(err)
}

// SetPassword stores the hash of a new password and ends all sessions of the person but the one to keep.
func (s *Store) SetPassword(ctx context.Context, person Staff, hash string, keep uuid.UUID, address string) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE staff SET password_hash = $2 WHERE id = $1`, person.ID, hash); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE staff_id = $1 AND id <> $2`, person.ID, keep); err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutStaff(person.Actor(), PasswordSet, person, address))
	})
}

// SetTOTP stores the secret of a second factor with fresh recovery codes, or takes both away when the secret is empty.
func (s *Store) SetTOTP(ctx context.Context, person Staff, secret string, codes []string, address string) error {
	deed := TOTPSet
	if secret == "" {
		deed = TOTPRemoved
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE staff SET totp_secret = $2, totp_last_step = 0 WHERE id = $1`, person.ID, secret); err != nil {
			return err
		}
		if err := replaceRecoveryCodes(ctx, tx, person.ID, codes); err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutStaff(person.Actor(), deed, person, address))
	})
}

// SetRecoveryCodes replaces the recovery codes.
func (s *Store) SetRecoveryCodes(ctx context.Context, person Staff, codes []string, address string) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if err := replaceRecoveryCodes(ctx, tx, person.ID, codes); err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutStaff(person.Actor(), RecoveryCodesMade, person, address))
	})
}

func replaceRecoveryCodes(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, codes []string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM staff_recovery_codes WHERE staff_id = $1`, id); err != nil {
		return err
	}
	for _, code := range codes {
		if _, err := tx.ExecContext(ctx, `INSERT INTO staff_recovery_codes (staff_id, code_hash) VALUES ($1, $2)`, id, codeHash(code)); err != nil {
			return err
		}
	}
	return nil
}

// codeHash forgives how a recovery code is written: case, spaces and hyphens do not count.
func codeHash(code string) []byte {
	plain := strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(code))
	sum := sha256.Sum256([]byte(plain))
	return sum[:]
}

// UseTOTPStep marks the time step of a right code as used; false when that step or a later one was used before.
func (s *Store) UseTOTPStep(ctx context.Context, id uuid.UUID, step int64) (bool, error) {
	used := false
	err := s.write(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE staff SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2`, id, step)
		if err = expectOne(result, err); errors.Is(err, ErrNotFound) {
			return nil
		}
		used = err == nil
		return err
	})
	return used, err
}

// UseRecoveryCode uses a recovery code up; false when there is no such code.
func (s *Store) UseRecoveryCode(ctx context.Context, id uuid.UUID, code, address string) (bool, error) {
	used := false
	err := s.write(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM staff_recovery_codes WHERE staff_id = $1 AND code_hash = $2`, id, codeHash(code))
		if err = expectOne(result, err); errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		used = true
		person, err := s.getStaff(ctx, tx, `p.id = $1`, id)
		if err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutStaff(person.Actor(), RecoveryCodeUsed, person, address))
	})
	return used && err == nil, err
}

// Passkey is a WebAuthn credential of a person.
type Passkey struct {
	ID         []byte       `db:"id"`
	StaffID    uuid.UUID    `db:"staff_id"`
	Label      string       `db:"label"`
	Credential []byte       `db:"credential"` // JSON of the WebAuthn library
	InsertedAt time.Time    `db:"inserted_at"`
	LastUsedAt sql.NullTime `db:"last_used_at"`
}

const passkeyColumns = `id, staff_id, label, credential, inserted_at, last_used_at`

// ListPasskeys returns the passkeys of a person, the oldest first.
func (s *Store) ListPasskeys(ctx context.Context, id uuid.UUID) ([]Passkey, error) {
	var list []Passkey
	err := s.db.SelectContext(ctx, &list, `SELECT `+passkeyColumns+` FROM staff_passkeys WHERE staff_id = $1 ORDER BY inserted_at, id`, id)
	return list, translate(err)
}

// AddPasskey stores a new passkey of a person. catalog.Problems where somebody has it already: an ID is no secret, and whoever
// came first keeps it.
func (s *Store) AddPasskey(ctx context.Context, person Staff, k Passkey, address string) error {
	err := s.write(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO staff_passkeys (id, staff_id, label, credential) VALUES ($1, $2, $3, $4)`,
			k.ID, person.ID, k.Label, string(k.Credential))
		if err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutStaff(person.Actor(), PasskeyAdded, person, address, Change{Field: "passkey", To: k.Label}))
	})
	if violates(err, "staff_passkeys_pkey") {
		return catalog.Problems{{Field: "passkey", Text: "This passkey is there already."}}
	}
	return err
}

// UsePasskey stores the credential as it is after a sign-in, with its new counter.
func (s *Store) UsePasskey(ctx context.Context, id, credential []byte) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE staff_passkeys SET credential = $2, last_used_at = now() WHERE id = $1`, id, string(credential))
		return expectOne(result, err)
	})
}

// RemovePasskey takes a passkey from a person. ErrNotFound when it is not one of theirs.
func (s *Store) RemovePasskey(ctx context.Context, actor access.Actor, person Staff, id []byte, address string) error {
	if err := actor.Validate(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		var label string
		err := tx.GetContext(ctx, &label, `DELETE FROM staff_passkeys WHERE id = $1 AND staff_id = $2 RETURNING label`, id, person.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutStaff(actor, PasskeyRemoved, person, address, Change{Field: "passkey", From: label}))
	})
}
