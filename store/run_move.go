package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// arriveByRun makes the move for which a run was begun: its last step. A run that was asked to stop does not arrive.
func (s *Store) arriveByRun(ctx context.Context, tx *sqlx.Tx, run Run) error {
	if run.AbortedAt.Valid {
		return &ErrRunRefused{"It was aborted."}
	}
	t := Transition{DeploymentID: run.DeploymentID, Action: lifecycle.Activate, Reason: lifecycle.Provisioned, Command: byRun(run, "arrive")}
	if run.Kind == lifecycle.Rebuild {
		actor, err := run.starter()
		if err != nil {
			return err
		}
		t.Action, t.Reason, t.Notes, t.Actor = lifecycle.Reactivate, run.Reason, run.Notes, actor
	}
	return s.moveByRun(ctx, tx, t)
}

// cancelByRun makes the move with which a deployment ends that could not be built: by whoever asked the run to stop, or by the
// console. One that stood elsewhere before, or was cancelled by an earlier try of the rollback, stays as it is. An *ErrRunRefused says in
// whose name it is impossible, and why: by the rules of today, not those by which it was asked for.
func (s *Store) cancelByRun(ctx context.Context, tx *sqlx.Tx, run Run) error {
	if run.Kind != lifecycle.Provision {
		return nil
	}
	t := Transition{DeploymentID: run.DeploymentID, Action: lifecycle.Abort, Reason: lifecycle.ProvisioningFailed, Command: byRun(run, "cancel")}
	d, err := getRunSubject(ctx, tx, run)
	if err != nil || d.State != lifecycle.Provisioning {
		return err
	}
	if run.AbortedAt.Valid {
		t.Actor, err = run.aborter()
		t.Reason, t.Notes = lifecycle.Reason(run.AbortReason.String), run.AbortNotes.String
	}
	if err == nil {
		err = s.moveByRun(ctx, tx, t)
	}
	var refused *ErrRunRefused
	if errors.As(err, &refused) {
		return &ErrRunRefused{fmt.Sprintf("The deployment could not be cancelled in the name of %s: %s", t.Actor.Name, refused.Text)}
	}
	return err
}

// runKeys is how the keys of runs begin. Nobody else may use such a one: a run ends with a move in the name of who asked for it, and its key
// would be taken.
const runKeys = "run:"

// byRun is a command that a run gives at most once.
func byRun(run Run, what string) Command {
	return Command{Actor: Provisioner, Key: runKeys + run.ID.String() + ":" + what}
}

func (r Run) starter() (access.Actor, error) {
	return withRoles(access.Actor{Kind: r.ActorKind, ID: r.Actor, Name: r.ActorName}, r.ActorRoles)
}

func (r Run) aborter() (access.Actor, error) {
	return withRoles(access.Actor{Kind: access.Kind(r.AbortKind.String), ID: r.AbortActor.String, Name: r.AbortName.String}, r.AbortRoles.String)
}

// withRoles is the actor with roles as they were stored. Roles that nobody knows any more are nobody's: an *ErrRunRefused.
func withRoles(actor access.Actor, stored string) (access.Actor, error) {
	roles, err := access.ParseRoles(stored)
	if err != nil {
		return actor, &ErrRunRefused{fmt.Sprintf("It was asked for with an %v.", err)}
	}
	actor.Roles = roles
	return actor, nil
}

// moveByRun decides and makes a move as a person's would be. The machine is not switched after it: the run has just built it, or
// removed it.
func (s *Store) moveByRun(ctx context.Context, tx *sqlx.Tx, t Transition) error {
	if err := t.validate(); err != nil {
		return err
	}
	deployment, err := s.lockDeployment(ctx, tx, t.DeploymentID)
	if err != nil {
		return err
	}
	subject := deployment.Subject()
	t.Version = subject.Version
	decision := lifecycle.Decide(subject, lifecycle.Request{
		Actor: t.Actor, Action: t.Action, Version: t.Version, Reason: t.Reason, Now: s.now(deployment.ReadAt), ByRun: true,
	})
	switch decision.Verdict {
	case lifecycle.Accepted:
		moved := Moved{CommandID: s.newID(), Version: subject.Version + 1}
		return s.applyMove(ctx, tx, t, t.hash(), moved, decision)
	case lifecycle.Already:
		return nil
	case lifecycle.Refused:
		return &ErrRunRefused{decision.Refusal.Text}
	}
	return fmt.Errorf("store: move %s of %s by its run: verdict %d", t.Action, t.DeploymentID, decision.Verdict)
}
