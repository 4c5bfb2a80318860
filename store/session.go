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

// How long a session lives, unless Options say otherwise.
const (
	SessionIdle  = 30 * time.Minute // since it was last used; a day at most
	SessionLife  = 12 * time.Hour   // since the sign-in
	StepUpLife   = 10 * time.Minute // since the person last proved who it is
	seenInterval = time.Minute      // how exactly the last use is known
)

// SessionLife is how long a session lives since the sign-in, however much it is used.
func (s *Store) SessionLife() time.Duration { return s.sessionLife }

// SignInMethod is how a session began.
type SignInMethod string

// The methods.
const (
	ByPassword     SignInMethod = "password"
	ByPasskey      SignInMethod = "passkey"
	ByLink         SignInMethod = "link"
	BySingleSignOn SignInMethod = "single_sign_on"
)

// Browser is where a request comes from, for people to recognise their sessions by.
type Browser struct {
	Device  string // short: "Firefox on Linux"
	Address string
}

// Session is somebody signed in.
type Session struct {
	ID          uuid.UUID    `db:"session_id"`
	Method      SignInMethod `db:"method"`
	Device      string       `db:"device"`
	Address     string       `db:"address"`
	SignedInAt  time.Time    `db:"signed_in_at"`
	SeenAt      time.Time    `db:"seen_at"` // to the minute
	SteppedUpAt time.Time    `db:"stepped_up_at"`
	ReadAt      time.Time    `db:"read_at"` // the database's clock
	Staff
}

// Fresh reports whether the person proved who it is so lately that nothing more is asked.
func (s Session) Fresh() bool { return s.ReadAt.Sub(s.SteppedUpAt) < StepUpLife }

// stillUsed and liveSession tell sessions that still hold from those that are only not yet cleared away. Each connection
// carries the limits as settings.
const (
	stillUsed   = `seen_at > clock_timestamp() - current_setting('arcadia.session_idle')::interval`
	liveSession = `s.` + stillUsed + ` AND s.signed_in_at > clock_timestamp() - current_setting('arcadia.session_life')::interval`
)

const sessionColumns = `s.id AS session_id, s.method, s.device, s.address, s.signed_in_at, s.seen_at, s.stepped_up_at, clock_timestamp() AS read_at`

// sessionQuery finds the live session of an active person and, once a minute, notes that it is in use. One round trip.
const sessionQuery = `
WITH seen AS (
  UPDATE sessions SET seen_at = clock_timestamp()
   WHERE token_hash = $1 AND seen_at < clock_timestamp() - interval '1 minute' AND ` + stillUsed + `
)` + peekQuery

// peekQuery finds it and leaves no trace.
const peekQuery = `
SELECT ` + sessionColumns + `, ` + staffColumns + `
  FROM sessions s JOIN staff p ON p.id = s.staff_id
 WHERE s.token_hash = $1 AND p.status = 'active' AND ` + liveSession

// LookUpSession returns who is signed in by the token: rights and status as they are now. ErrNotFound for a session that
// ended, is too old, or whose person is not active.
func (s *Store) LookUpSession(ctx context.Context, token Token) (Session, error) {
	return findSession(ctx, s.stmts.session, token)
}

// PeekSession is LookUpSession for what no person asked for: the session does not last longer by it.
func (s *Store) PeekSession(ctx context.Context, token Token) (Session, error) {
	return findSession(ctx, s.stmts.peek, token)
}

func findSession(ctx context.Context, query *sqlx.Stmt, token Token) (Session, error) {
	var session Session
	err := query.GetContext(ctx, &session, token.hash())
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, ErrNotFound
	}
	return session, translate(err)
}

// insertSession begins a session. proved is when the person proved who it is; zero: just now.
func insertSession(ctx context.Context, tx *sqlx.Tx, token Token, staffID uuid.UUID, method SignInMethod, from Browser, proved time.Time) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE seen_at < now() - interval '1 day'`); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
INSERT INTO sessions (token_hash, id, staff_id, method, device, address, stepped_up_at)
VALUES ($1, $2, $3, $4, $5, $6, least(clock_timestamp(), $7))`,
		token.hash(), uuid.Must(uuid.NewV7()), staffID, method, from.Device, from.Address, sqlTime(proved))
	return err
}

// SignIn begins a session, always under a new token; the one that the browser had, if any, ends. ErrNotFound unless the
// person is active.
func (s *Store) SignIn(ctx context.Context, id uuid.UUID, method SignInMethod, from Browser, old *Token) (Token, error) {
	token := NewToken()
	return token, s.write(ctx, func(tx *sqlx.Tx) error {
		// The write comes first: it waits for a change of the person that is under way, and then sees it.
		result, err := tx.ExecContext(ctx, `UPDATE staff SET last_sign_in_at = now() WHERE id = $1 AND status = 'active'`, id)
		if err := expectOne(result, err); err != nil {
			return err
		}
		person, err := s.getStaff(ctx, tx, `p.id = $1`, id)
		if err != nil {
			return err
		}
		if old != nil {
			if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE token_hash = $1`, old.hash()); err != nil {
				return err
			}
		}
		if err := insertSession(ctx, tx, token, id, method, from, time.Time{}); err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutStaff(person.Actor(), SignedIn, person, from.Address, Change{Field: "by", To: string(method)}))
	})
}

// SignOut ends the session of the token. Ending one that is gone is no error and leaves no record.
func (s *Store) SignOut(ctx context.Context, session Session, token Token) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE token_hash = $1`, token.hash())
		if err = expectOne(result, err); errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutStaff(session.Actor(), SignedOut, session.Staff, session.Address))
	})
}

// sqlTime is NULL for the zero time, which SQL's least and greatest pass over.
func sqlTime(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }

// StepUp notes that the person proved who it is, under a new token for the same session. proved is when; zero: just now.
func (s *Store) StepUp(ctx context.Context, session Session, token Token, proved time.Time) (Token, error) {
	next := NewToken()
	return next, s.write(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, `
UPDATE sessions SET token_hash = $2, stepped_up_at = greatest(stepped_up_at, least(clock_timestamp(), $3)) WHERE token_hash = $1`,
			token.hash(), next.hash(), sqlTime(proved))
		if err := expectOne(result, err); err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutStaff(session.Actor(), SteppedUp, session.Staff, session.Address))
	})
}

// ListSessions returns the live sessions of a person, the one used last first.
func (s *Store) ListSessions(ctx context.Context, id uuid.UUID) ([]Session, error) {
	var list []Session
	err := s.db.SelectContext(ctx, &list, `
SELECT `+sessionColumns+`, `+staffColumns+` FROM sessions s JOIN staff p ON p.id = s.staff_id
 WHERE s.staff_id = $1 AND `+liveSession+`
 ORDER BY s.seen_at DESC, s.id`, id)
	return list, translate(err)
}

// EndSessions ends sessions of a person: the one with the ID, or with uuid.Nil all but the one to keep (uuid.Nil: none is
// kept). ErrNotFound when the named session is not the person's.
func (s *Store) EndSessions(ctx context.Context, actor access.Actor, id, session, keep uuid.UUID, address string) error {
	if err := actor.Validate(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		person, err := s.getStaff(ctx, tx, `p.id = $1`, id)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE staff_id = $1 AND id <> $3 AND ($2 = $4::uuid OR id = $2)`,
			id, session, keep, uuid.Nil)
		if session != uuid.Nil {
			err = expectOne(result, err)
		}
		if err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutStaff(actor, SessionsEnded, person, address))
	})
}
