package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
)

// troubleNotFound is the kind of trouble of a run that was told by the provider that there is no such thing.
const troubleNotFound = "not_found"

// Subject is the run as a decision sees it.
func (r Run) Subject() lifecycle.RunSubject {
	return lifecycle.RunSubject{
		Kind: r.Kind, Status: r.Status, Aborting: r.AbortedAt.Valid, Resting: r.NextTryAt.Valid && r.NextTryAt.Time.After(r.ReadAt),
		DropletID: r.DropletID.Int64, Gone: r.ErrorKind == troubleNotFound,
	}
}

// MachineFacts are what the line about the machine is made of. The steps must be there.
func (r Run) MachineFacts() lifecycle.MachineRunFacts {
	facts := lifecycle.MachineRunFacts{Kind: r.Kind, Status: r.Status, NextTry: r.NextTryAt.Time}
	for _, step := range r.Steps {
		if step.Name == r.Step {
			facts.Attempt, facts.MaxAttempts = step.Attempt, step.MaxAttempts
			if r.Status == lifecycle.RunCompensating {
				facts.Attempt, facts.MaxAttempts = step.UndoAttempt, step.UndoMaxAttempts
			}
		}
	}
	return facts
}

// RunAct is what one person tells one run.
type RunAct struct {
	Command
	RunID  uuid.UUID
	Action lifecycle.RunAction
	Reason lifecycle.Reason // of an abort
	Notes  string           // what was found and removed, when it is marked as cleaned; free for an abort, otherwise not kept
}

// RunActed is the outcome of a RunAct.
type RunActed struct {
	Refusal  *lifecycle.Refusal // nothing was done, and why
	Run      Run                // with its steps, as it stands now
	Replayed bool               // the key was known: it was done then
}

// ActOnRun tells a run something, and records who did. Refusals are outcomes, not errors. Errors: ErrNotFound, ErrKeyReused,
// ErrBusy, ErrUnknown, and catalog.Problems for notes that are too long.
func (s *Store) ActOnRun(ctx context.Context, a RunAct) (RunActed, error) {
	a.Notes = catalog.NormalizeNotes(a.Notes)
	if text := catalog.CheckNotes(a.Notes); text != "" {
		return RunActed{}, catalog.Problems{{Field: "notes", Text: text}}
	}
	var acted RunActed
	err := s.perform(ctx, a.Command, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		acted, err = s.actOnRun(ctx, tx, a)
		return err
	})
	kept := err == nil
	if err != nil && !errors.Is(err, errNothingToKeep) {
		return RunActed{}, err
	}
	acted.Run, err = s.GetRun(ctx, a.RunID)
	if err != nil && kept {
		// Not wrapped: the cause may say of itself that nothing was done, but the command is stored.
		err = fmt.Errorf("%w: the outcome could not be read back: %v", ErrUnknown, err)
	}
	return acted, err
}

func (s *Store) actOnRun(ctx context.Context, tx *sqlx.Tx, a RunAct) (RunActed, error) {
	run, err := s.lockRunWhole(ctx, tx, a.RunID)
	if err != nil {
		return RunActed{}, err
	}
	if refusal := lifecycle.PermitRun(a.Actor, run.Kind, a.Action); refusal != nil {
		return RunActed{Refusal: refusal}, errNothingToKeep
	}
	hash := hashOf("run", a.RunID.String(), string(a.Action), string(a.Reason), a.Notes)
	_, _, found, err := s.findCommand(ctx, tx, a.Command, hash)
	if err != nil || found {
		return RunActed{Replayed: found}, err
	}
	if refusal := lifecycle.DecideRun(a.Actor, run.Subject(), a.Action, a.Reason, a.Notes); refusal != nil {
		return RunActed{Refusal: refusal}, errNothingToKeep
	}
	err = s.insertCommand(ctx, tx, a.Command, commandRow{
		ID: s.newID(), Kind: "run", TenantID: uuid.NullUUID{UUID: run.TenantID, Valid: true}, Action: string(a.Action), Hash: hash,
		Outcome: outcome{Verdict: verdictAccepted, ID: run.DeploymentID, RunID: run.ID},
	})
	if err != nil {
		return RunActed{}, err
	}
	return RunActed{}, s.tellRun(ctx, tx, a, run)
}

func (s *Store) tellRun(ctx context.Context, tx *sqlx.Tx, a RunAct, run Run) error {
	switch a.Action {
	case lifecycle.RunRetry:
		return s.retryRun(ctx, tx, a.Actor, run)
	case lifecycle.RunAbort:
		return s.abortRun(ctx, tx, abortion{Actor: a.Actor, RunID: run.ID, DeploymentID: run.DeploymentID, Reason: a.Reason, Notes: a.Notes})
	case lifecycle.RunResume:
		return s.resumeRun(ctx, tx, a.Actor, run)
	case lifecycle.RunClean:
		return s.cleanRun(ctx, tx, a, run)
	}
	return fmt.Errorf("%w: no action %q on a run", ErrInput, a.Action)
}

// lockRunWhole takes the rows of a run and of its deployment, the deployment's first, as whoever moves it does.
func (s *Store) lockRunWhole(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) (Run, error) {
	_, err := tx.ExecContext(ctx, `SELECT FROM cloud_deployments WHERE id = (SELECT deployment_id FROM runs WHERE id = $1) FOR UPDATE`, id)
	if err != nil {
		return Run{}, err
	}
	if _, err := lockRun(ctx, tx, id); err != nil {
		return Run{}, err
	}
	return getRun(ctx, tx, `SELECT `+runColumns+runFrom+` WHERE r.id = $1`, id)
}

// abortion is somebody asking a run that builds to stop.
type abortion struct {
	Actor        access.Actor
	RunID        uuid.UUID
	DeploymentID uuid.UUID
	Reason       lifecycle.Reason
	Notes        string
}

// abortRun asks the run to stop: whoever works on it sees that before its next call, and undoes what was done. The deployment
// is cancelled, by this person and for this reason, when that is done.
func (s *Store) abortRun(ctx context.Context, tx *sqlx.Tx, a abortion) error {
	result, err := tx.ExecContext(ctx, `
UPDATE runs SET abort_kind = $2, abort_actor = $3, abort_name = $4, abort_roles = $5, abort_reason = $6, abort_notes = $7, aborted_at = clock_timestamp(),
       next_try_at = NULL
 WHERE id = $1 AND live AND aborted_at IS NULL`,
		a.RunID, a.Actor.Kind, a.Actor.ID, a.Actor.Name, a.Actor.Roles.String(), a.Reason, a.Notes)
	if err := expectOne(result, err); err != nil {
		return fmt.Errorf("store: abort run %s: %w", a.RunID, err)
	}
	if err := s.enqueueRuns(ctx, tx, a.RunID); err != nil {
		return err
	}
	return s.recordRun(ctx, tx, a.Actor, RunAborted, a.RunID, Change{Field: "reason", To: a.Reason.Label()}, Change{Field: "notes", To: a.Notes})
}

// startBuilding starts the run that a person asked for.
func (s *Store) startBuilding(ctx context.Context, tx *sqlx.Tx, run newRun, id, deploymentID uuid.UUID) error {
	if err := s.startRunsAs(ctx, tx, run, []uuid.UUID{id}, []uuid.UUID{deploymentID}); err != nil {
		return err
	}
	return s.recordRun(ctx, tx, run.Actor, RunStarted, id)
}

// retryRun makes the run due now. One that was given up is tried as often as a new one.
func (s *Store) retryRun(ctx context.Context, tx *sqlx.Tx, actor access.Actor, run Run) error {
	if run.Status == lifecycle.RunNeedsOperator {
		return s.reviveRun(ctx, tx, actor, run, lifecycle.RunRetrying, RunRetried)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE runs SET next_try_at = NULL WHERE id = $1`, run.ID); err != nil {
		return err
	}
	if err := s.enqueueRuns(ctx, tx, run.ID); err != nil {
		return err
	}
	return s.recordRun(ctx, tx, actor, RunRetried, run.ID)
}

func (s *Store) resumeRun(ctx context.Context, tx *sqlx.Tx, actor access.Actor, run Run) error {
	return s.reviveRun(ctx, tx, actor, run, lifecycle.RunCompensating, RunResumed)
}

// reviveRun lets a run that was given up go on, its tries counted anew: forwards, or with undoing what it did.
func (s *Store) reviveRun(ctx context.Context, tx *sqlx.Tx, actor access.Actor, run Run, status lifecycle.RunStatus, deed Deed) error {
	_, err := tx.ExecContext(ctx, `
WITH going AS (
  UPDATE runs SET status = $2, token = token + 1, held_by = NULL, held_until = NULL, next_try_at = NULL, progressed_at = clock_timestamp()
   WHERE id = $1 AND status = 'needs_operator' RETURNING id
)
UPDATE run_steps s SET status = $2, next_try_at = NULL,
       attempt = CASE WHEN $2 = 'retrying' THEN 0 ELSE s.attempt END, undo_attempt = CASE WHEN $2 = 'compensating' THEN 0 ELSE s.undo_attempt END
  FROM going WHERE s.run_id = going.id AND s.status = 'needs_operator'`, run.ID, status)
	if err != nil {
		return fmt.Errorf("store: revive run %s: %w", run.ID, err)
	}
	if err := s.enqueueRuns(ctx, tx, run.ID); err != nil {
		return err
	}
	return s.recordRun(ctx, tx, actor, deed, run.ID)
}

// cleanRun ends a run on a person's word that nothing of it is left: its machines are released in the inventory, and the
// deployment is linked to none of them. Of one that points DNS the word is that DNS is as it should be.
func (s *Store) cleanRun(ctx context.Context, tx *sqlx.Tx, a RunAct, run Run) error {
	if run.Kind != lifecycle.Repoint { // the machine is there, and in use: the word is about DNS alone
		if err := s.releaseLost(ctx, tx, a.Actor, run); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE run_steps SET status = 'failed', next_try_at = NULL WHERE run_id = $1 AND status = 'needs_operator'`, run.ID)
	if err != nil {
		return err
	}
	if err := s.endRun(ctx, tx, run, lifecycle.RunFailed, a.Notes); err != nil {
		return fmt.Errorf("store: end run %s: %w", run.ID, err)
	}
	return s.recordRun(ctx, tx, a.Actor, RunCleaned, run.ID, Change{Field: "notes", To: a.Notes})
}

// releaseLost releases the machines of a run, and unlinks them.
func (s *Store) releaseLost(ctx context.Context, tx *sqlx.Tx, actor access.Actor, run Run) error {
	_, err := tx.ExecContext(ctx, `
UPDATE cloud_droplets SET released_at = clock_timestamp()
 WHERE deployment_id = $1 AND released_at IS NULL AND (run_id = $2 OR droplet_id = $3)`, run.DeploymentID, run.ID, run.DropletID)
	if err != nil {
		return err
	}
	if err := s.unlinkLost(ctx, tx, actor, run); err != nil {
		return fmt.Errorf("store: clean up after run %s: %w", run.ID, err)
	}
	return nil
}

// unlinkLost takes the machine from the deployment that is gone by a person's word, if it is one of the run's.
func (s *Store) unlinkLost(ctx context.Context, tx *sqlx.Tx, actor access.Actor, run Run) error {
	d, err := getRunSubject(ctx, tx, run)
	if err != nil || !d.DropletID.Valid {
		return err
	}
	result, err := tx.ExecContext(ctx, `
UPDATE cloud_deployments d SET droplet_id = NULL, address = NULL, edit_version = d.edit_version + 1, updated_at = $4
 WHERE d.id = $1 AND (d.droplet_id = $3 OR EXISTS (SELECT FROM cloud_droplets c WHERE c.run_id = $2 AND c.droplet_id = d.droplet_id))`,
		run.DeploymentID, run.ID, run.DropletID, s.stamp())
	if err := expectOne(result, err); err != nil {
		if errors.Is(err, ErrNotFound) {
			return nil // it has another by now
		}
		return err
	}
	return s.insertEdit(ctx, tx, edit{
		Actor: actor, TenantID: d.TenantID, DeploymentID: uuid.NullUUID{UUID: run.DeploymentID, Valid: true},
		Changes: changesOf([]Change{{"droplet", dropletText(d.DropletID.Int64), ""}, {"address", d.Address, ""}}),
	})
}

// recordRun records what somebody told a run, as about its deployment.
func (s *Store) recordRun(ctx context.Context, tx *sqlx.Tx, actor access.Actor, deed Deed, runID uuid.UUID, changes ...Change) error {
	var about struct {
		ID      uuid.UUID         `db:"id"`
		Name    string            `db:"name"`
		Kind    lifecycle.RunKind `db:"kind"`
		Droplet string            `db:"droplet"`
	}
	err := tx.GetContext(ctx, &about, `
SELECT d.id, d.name, r.kind, coalesce(r.droplet_id::text, '') AS droplet FROM runs r JOIN cloud_deployments d ON d.id = r.deployment_id WHERE r.id = $1`, runID)
	if err != nil {
		return err
	}
	told := []Change{{Field: "run", To: about.Kind.Label()}}
	for _, change := range append(changes, Change{Field: "droplet", To: about.Droplet}) {
		if change.To != "" {
			told = append(told, change)
		}
	}
	return s.insertActivity(ctx, tx, activity{
		Actor: actor, Deed: deed, ObjectKind: "deployment", ObjectID: about.ID.String(), ObjectName: about.Name, Changes: told,
	})
}
