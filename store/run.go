package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// Run is one building, switching or releasing of the machine of one deployment, as it stands.
type Run struct {
	ID             uuid.UUID           `db:"id"`
	DeploymentID   uuid.UUID           `db:"deployment_id"`
	DeploymentName string              `db:"deployment_name"`
	State          lifecycle.State     `db:"state"`    // of the deployment
	Hostname       string              `db:"hostname"` // of the deployment, as it is now
	TenantID       uuid.UUID           `db:"tenant_id"`
	TenantName     string              `db:"tenant_name"`
	Kind           lifecycle.RunKind   `db:"kind"`
	Status         lifecycle.RunStatus `db:"status"`
	Step           lifecycle.StepName  `db:"step"` // at which it stands; empty before the first and after the end
	RawSpec        []byte              `db:"spec"`
	Spec           RunSpec             `db:"-"`
	DropletID      sql.NullInt64       `db:"droplet_id"`
	Error          string              `db:"error"`      // the newest trouble, without secrets
	ErrorKind      string              `db:"error_kind"` // definite, not_found, limited, unknown, deadline
	ErrorStep      lifecycle.StepName  `db:"error_step"`
	Ending         string              `db:"ending"` // what was said at its end

	ActorKind  access.Kind      `db:"actor_kind"` // who began it
	Actor      string           `db:"actor"`
	ActorName  string           `db:"actor_name"`
	ActorRoles string           `db:"actor_roles"`
	Reason     lifecycle.Reason `db:"reason"`
	Notes      string           `db:"notes"`

	AbortKind   sql.NullString `db:"abort_kind"` // who asked for it to stop
	AbortActor  sql.NullString `db:"abort_actor"`
	AbortName   sql.NullString `db:"abort_name"`
	AbortRoles  sql.NullString `db:"abort_roles"`
	AbortReason sql.NullString `db:"abort_reason"`
	AbortNotes  sql.NullString `db:"abort_notes"`
	AbortedAt   sql.NullTime   `db:"aborted_at"`

	Token     int64         `db:"token"`   // of who holds it or held it last
	HeldBy    uuid.NullUUID `db:"held_by"` // that take; none: it is free
	HeldUntil sql.NullTime  `db:"held_until"`

	NextTryAt    sql.NullTime `db:"next_try_at"`
	StartedAt    sql.NullTime `db:"started_at"`
	ProgressedAt time.Time    `db:"progressed_at"`
	FinishedAt   sql.NullTime `db:"finished_at"`
	InsertedAt   time.Time    `db:"inserted_at"`
	ReadAt       time.Time    `db:"read_at"` // the database's clock

	Steps []RunStep `db:"-"` // in order; only where it is said
}

// RunSpec is the machine that a run is to build or switch, as it was when the run began.
type RunSpec struct {
	Name     string `json:"name"`     // of the droplet
	Hostname string `json:"hostname"` // that DNS is to point at it; empty: none
	Region   string `json:"region"`
	Size     string `json:"size"`
	Address  string `json:"address,omitempty"` // that it has already, as a run finds it that builds none

	// Formerly are other host names at which runs have pointed DNS for the deployment: it was renamed since. Where the run only points DNS,
	// those that were taken back before are left out.
	Formerly []string `json:"formerly,omitempty"`

	// State is that of the deployment as the run began; of one that points DNS alone.
	State lifecycle.State `json:"state,omitempty"`

	// Unsettled is when a run was given up that was to switch the machine the other way, or when one that pointed DNS, also as a
	// part of building, asked last for a record without an answer: that may still come.
	Unsettled *time.Time `json:"unsettled,omitempty"`
}

// RunStep is one step of a run, as it stands.
type RunStep struct {
	RunID       uuid.UUID           `db:"run_id"`
	Position    int                 `db:"position"` // from 1
	Name        lifecycle.StepName  `db:"name"`
	Status      lifecycle.RunStatus `db:"status"`
	Attempt     int                 `db:"attempt"` // tries begun
	MaxAttempts int                 `db:"max_attempts"`
	Intent      []byte              `db:"intent"` // JSON: what is to be called; nil before the first try
	Result      []byte              `db:"result"` // JSON: external ids and what else the undoing needs; nil until then
	Error       string              `db:"error"`  // of the newest try, without secrets
	ErrorKind   string              `db:"error_kind"`
	NextTryAt   sql.NullTime        `db:"next_try_at"`
	DeadlineAt  sql.NullTime        `db:"deadline_at"`
	StartedAt   sql.NullTime        `db:"started_at"`
	FinishedAt  sql.NullTime        `db:"finished_at"`

	UndoAttempt     int          `db:"undo_attempt"` // tries of its compensation begun
	UndoMaxAttempts int          `db:"undo_max_attempts"`
	UndoStartedAt   sql.NullTime `db:"undo_started_at"`
	UndoneAt        sql.NullTime `db:"undone_at"`
}

const runColumns = `r.id, r.deployment_id, d.name AS deployment_name, d.state, coalesce(d.hostname, '') AS hostname, d.tenant_id, t.name AS tenant_name, r.kind, r.status, r.step, r.spec,
  r.droplet_id, r.error, r.error_kind, r.error_step, r.ending, r.actor_kind, r.actor, r.actor_name, r.actor_roles, r.reason, r.notes,
  r.abort_kind, r.abort_actor, r.abort_name, r.abort_roles, r.abort_reason, r.abort_notes, r.aborted_at, r.token, r.held_by, r.held_until,
  r.next_try_at, r.started_at, r.progressed_at, r.finished_at, r.inserted_at, clock_timestamp() AS read_at`

const runFrom = ` FROM runs r JOIN cloud_deployments d ON d.id = r.deployment_id JOIN cloud_tenants t ON t.id = d.tenant_id`

const runStepColumns = `s.run_id, s.position, s.name, s.status, s.attempt, s.max_attempts, s.intent, s.result, s.error, s.error_kind, s.next_try_at,
  s.deadline_at, s.started_at, s.finished_at, s.undo_attempt, s.undo_max_attempts, s.undo_started_at, s.undone_at`

// GetRun returns a run with its steps, or ErrNotFound.
func (s *Store) GetRun(ctx context.Context, id uuid.UUID) (Run, error) {
	var run Run
	err := s.read(ctx, func(tx *sqlx.Tx) (err error) {
		run, err = getRun(ctx, tx, `SELECT `+runColumns+runFrom+` WHERE r.id = $1`, id)
		return err
	})
	return run, err
}

// GetNewestRun returns the newest run of a deployment with its steps, or ErrNotFound: the live one, if there is one.
func (s *Store) GetNewestRun(ctx context.Context, deploymentID uuid.UUID) (Run, error) {
	var run Run
	err := s.read(ctx, func(tx *sqlx.Tx) (err error) {
		run, err = getRun(ctx, tx,
			`SELECT `+runColumns+runFrom+` WHERE r.deployment_id = $1 ORDER BY r.live DESC, r.inserted_at DESC, r.id DESC LIMIT 1`, deploymentID)
		return err
	})
	return run, err
}

// GetProvisionRun returns the run with which a deployment began, with its steps, or ErrNotFound.
func (s *Store) GetProvisionRun(ctx context.Context, deploymentID uuid.UUID) (Run, error) {
	var run Run
	err := s.read(ctx, func(tx *sqlx.Tx) (err error) {
		run, err = getRun(ctx, tx,
			`SELECT `+runColumns+runFrom+` WHERE r.deployment_id = $1 AND r.kind = 'provision' ORDER BY r.inserted_at, r.id LIMIT 1`, deploymentID)
		return err
	})
	return run, err
}

func getRun(ctx context.Context, tx *sqlx.Tx, query string, arg any) (Run, error) {
	var run Run
	err := tx.GetContext(ctx, &run, query, arg)
	if errors.Is(err, sql.ErrNoRows) {
		return Run{}, ErrNotFound
	}
	if err != nil {
		return Run{}, err
	}
	if err := run.readSpec(); err != nil {
		return Run{}, err
	}
	return run, tx.SelectContext(ctx, &run.Steps, `SELECT `+runStepColumns+` FROM run_steps s WHERE s.run_id = $1 ORDER BY s.position`, run.ID)
}

func (r *Run) readSpec() error {
	if err := json.Unmarshal(r.RawSpec, &r.Spec); err != nil {
		return fmt.Errorf("store: spec of run %s: %w", r.ID, err)
	}
	return nil
}
