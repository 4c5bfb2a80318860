package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
)

// Transition asks for one move of one deployment.
type Transition struct {
	Command
	DeploymentID uuid.UUID
	Action       lifecycle.Action
	Version      int // that the actor saw
	Reason       lifecycle.Reason
	Notes        string
}

// Moved is the outcome of a Transition. The deployment is as it stands now, whatever the verdict.
type Moved struct {
	Verdict    lifecycle.Verdict
	Refusal    *lifecycle.Refusal // when refused
	Deployment Deployment
	CommandID  uuid.UUID // of the command that is stored; zero when nothing was
	Version    int       // of the event that the command left, or found when it stood there already
	RunID      uuid.UUID // of the run that carries the move out, when begun; a run that follows a move made is the deployment's
	Replayed   bool      // the key was known: this is the stored outcome
}

// errNothingToKeep ends a transaction that was refused or is stale: it is rolled back, its outcome returned.
var errNothingToKeep = errors.New("nothing to keep")

// Transition decides the move and, if it is accepted, records its event, changes the state and starts the run by which the machine
// follows, in one transaction. A move that a run carries out is begun: the run that builds is told to stop, or one starts
// that builds anew, and the event comes when it ends.
// Refusals and stale versions are outcomes, not errors. Errors: ErrNotFound, ErrKeyReused, ErrBusy, ErrUnknown, and
// catalog.Problems for notes that are too long.
func (s *Store) Transition(ctx context.Context, t Transition) (Moved, error) {
	t.Notes = catalog.NormalizeNotes(t.Notes)
	if text := catalog.CheckNotes(t.Notes); text != "" {
		return Moved{}, catalog.Problems{{Field: "notes", Text: text}}
	}
	var moved Moved
	err := s.perform(ctx, t.Command, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		moved, err = s.transition(ctx, tx, t)
		return err
	})
	if err != nil && !errors.Is(err, errNothingToKeep) {
		return Moved{}, err
	}
	moved.Deployment, err = s.GetDeployment(ctx, t.DeploymentID)
	if err != nil && moved.CommandID != uuid.Nil {
		// Not wrapped: the cause may say of itself that nothing was done, but the command is stored.
		err = fmt.Errorf("%w: the outcome could not be read back: %v", ErrUnknown, err)
	}
	return moved, err
}

func (s *Store) transition(ctx context.Context, tx *sqlx.Tx, t Transition) (Moved, error) {
	deployment, err := s.lockDeployment(ctx, tx, t.DeploymentID)
	if err != nil {
		return Moved{}, err
	}
	subject := deployment.Subject()
	if refusal := lifecycle.Permit(t.Actor, subject.State, t.Action); refusal != nil {
		return Moved{Verdict: lifecycle.Refused, Refusal: refusal}, errNothingToKeep
	}
	hash := t.hash()
	commandID, stored, found, err := s.findCommand(ctx, tx, t.Command, hash)
	if err != nil {
		return Moved{}, err
	}
	if found {
		return Moved{Verdict: verdictOf(stored.Verdict), CommandID: commandID, Version: stored.Version, RunID: stored.RunID, Replayed: true}, nil
	}
	decision := lifecycle.Decide(subject, lifecycle.Request{
		Actor: t.Actor, Action: t.Action, Version: t.Version, Reason: t.Reason, Now: s.now(deployment.ReadAt),
	})
	return s.carryOut(ctx, tx, t, hash, deployment, decision)
}

func (s *Store) carryOut(
	ctx context.Context, tx *sqlx.Tx, t Transition, hash []byte, deployment Deployment, d lifecycle.Decision,
) (Moved, error) {
	moved := Moved{Verdict: d.Verdict, Refusal: d.Refusal, CommandID: s.newID(), Version: deployment.Version}
	command := commandRow{
		ID: moved.CommandID, Kind: "transition", Action: string(t.Action), Hash: hash,
		Outcome: outcome{Verdict: verdictAlready, ID: t.DeploymentID, Version: deployment.Version},
	}
	switch d.Verdict {
	case lifecycle.Accepted:
		moved.Version++
		return moved, s.makeMove(ctx, tx, t, hash, moved, d)
	case lifecycle.Begun:
		moved.RunID = deployment.RunID.UUID
		if t.Action == lifecycle.Reactivate {
			moved.RunID = s.newID()
		}
		command.Outcome.Verdict, command.Outcome.RunID = verdictBegun, moved.RunID
		if err := s.insertCommand(ctx, tx, t.Command, command); err != nil {
			return moved, err
		}
		return moved, s.beginMove(ctx, tx, t, moved, d)
	case lifecycle.Already:
		return moved, s.insertCommand(ctx, tx, t.Command, command)
	}
	moved.CommandID = uuid.Nil
	return moved, errNothingToKeep
}

// makeMove makes the move, and has the machine follow.
func (s *Store) makeMove(ctx context.Context, tx *sqlx.Tx, t Transition, hash []byte, m Moved, d lifecycle.Decision) error {
	if err := s.applyMove(ctx, tx, t, hash, m, d); err != nil {
		return err
	}
	by := follower{Actor: t.Actor, CommandID: uuid.NullUUID{UUID: m.CommandID, Valid: true}, To: d.Move.To}
	return s.followMoves(ctx, tx, by, d.Move.From, t.DeploymentID)
}

// beginMove has a run carry the move out.
func (s *Store) beginMove(ctx context.Context, tx *sqlx.Tx, t Transition, m Moved, d lifecycle.Decision) error {
	if t.Action == lifecycle.Abort {
		return s.abortRun(ctx, tx, abortion{Actor: t.Actor, RunID: m.RunID, DeploymentID: t.DeploymentID, Reason: d.Reason, Notes: t.Notes})
	}
	run := newRun{
		Kind: lifecycle.Rebuild, Actor: t.Actor, CommandID: uuid.NullUUID{UUID: m.CommandID, Valid: true}, Reason: d.Reason, Notes: t.Notes,
	}
	return s.startBuilding(ctx, tx, run, m.RunID, t.DeploymentID)
}

// lockQuery takes the row alone: what is joined to a row that had to be waited for would be read as it was before.
const lockQuery = `SELECT id, state, version FROM cloud_deployments WHERE id = $1 FOR UPDATE`

const newestEventQuery = `
SELECT coalesce(e.from_state, '') AS last_from, e.occurred_at AS last_at, p.state_since AS previous_since, clock_timestamp() AS read_at,
       d.droplet_id, ` + runFactColumns + `
  FROM cloud_deployment_events e
  JOIN cloud_deployments d ON d.id = e.deployment_id
  LEFT JOIN cloud_deployment_events p ON p.deployment_id = e.deployment_id AND p.version = e.version - 1
 ` + runFactJoin + `
 WHERE e.deployment_id = $1 AND e.version = $2`

// lockDeployment takes the row and reads what a decision needs, and the droplet; the other fields stay empty.
func (s *Store) lockDeployment(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) (Deployment, error) {
	var d Deployment
	err := tx.StmtxContext(ctx, s.stmts.lock).GetContext(ctx, &d, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Deployment{}, ErrNotFound
	}
	if err != nil {
		return Deployment{}, err
	}
	if err := tx.StmtxContext(ctx, s.stmts.newest).GetContext(ctx, &d, id, d.Version); err != nil {
		return Deployment{}, fmt.Errorf("store: newest event of %s: %w", id, err)
	}
	return s.provided(d), nil
}

// applyMoveQuery writes command, event and state in one statement; the state only if it is the one that was decided on.
const applyMoveQuery = `
WITH command AS (
  INSERT INTO commands (id, actor_kind, actor, key, body_hash, kind, action, outcome, inserted_at)
  VALUES ($1, $2, $3, $4, $5, 'transition', $6, $7, $8)
), event AS (
  INSERT INTO cloud_deployment_events (deployment_id, version, from_state, to_state, reason, actor_kind, actor, actor_name,
                                       actor_roles, notes, command_id, reverts_version, state_since, occurred_at)
  VALUES ($9, $10::integer, $11, $12, nullif($13, ''), $2, $3, $14, $15, nullif($16, ''), $1, nullif($17::integer, 0), $8, $8)
  RETURNING state_since
)
UPDATE cloud_deployments d SET state = $12, version = $10::integer, state_since = event.state_since, updated_at = $8
  FROM event WHERE d.id = $9 AND d.version = $10::integer - 1 AND d.state = $11`

func (s *Store) applyMove(ctx context.Context, tx *sqlx.Tx, t Transition, hash []byte, m Moved, d lifecycle.Decision) error {
	stored := outcome{Verdict: verdictAccepted, ID: t.DeploymentID, Version: m.Version}
	result, err := tx.StmtxContext(ctx, s.stmts.applyMove).ExecContext(
		ctx, m.CommandID, t.Actor.Kind, t.Actor.ID, t.Key, hash, t.Action, marshal(stored), s.stamp(),
		t.DeploymentID, m.Version, d.Move.From, d.Move.To, d.Reason, t.Actor.Name, t.Actor.Roles.String(), t.Notes, d.Reverts)
	if err := expectOne(result, err); err != nil {
		return fmt.Errorf("store: move %s of %s: %w", t.Action, t.DeploymentID, err)
	}
	return nil
}

// hash covers what is asked, so that a key cannot be used for something else.
func (t Transition) hash() []byte {
	return hashOf("transition", t.DeploymentID.String(), string(t.Action), strconv.Itoa(t.Version), string(t.Reason), t.Notes)
}

func verdictOf(stored string) lifecycle.Verdict {
	switch stored {
	case verdictAlready:
		return lifecycle.Already
	case verdictBegun:
		return lifecycle.Begun
	}
	return lifecycle.Accepted
}
