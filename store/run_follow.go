package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// follower is by whose word runs begin that make machines follow what was moved.
type follower struct {
	Actor     access.Actor
	CommandID uuid.NullUUID
	To        lifecycle.State // what the deployments are now
}

// followMoves starts the runs that make the machines of deployments follow a move that was just made of all of them. Where a
// run is under way it is only nudged: it asks for the present state before each try, and when it ends the next one begins.
// One that was given up makes room. Of a deployment without a machine, and where no process has a provider, nothing follows.
func (s *Store) followMoves(ctx context.Context, tx *sqlx.Tx, by follower, from lifecycle.State, ids ...uuid.UUID) error {
	kind, needed := lifecycle.MachineRun(from, by.To, true)
	if !needed || len(ids) == 0 {
		return nil
	}
	if has, err := s.hasProvider(ctx, tx); err != nil || !has {
		return err
	}
	idle, busy, err := machinesOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	if len(busy) > 0 {
		if err := s.supersedeRuns(ctx, tx, by.To, busy); err != nil {
			return err
		}
		if err := s.nudgeRunsOf(ctx, tx, busy); err != nil {
			return err
		}
		if idle, _, err = machinesOf(ctx, tx, ids); err != nil {
			return err
		}
	}
	return s.startRuns(ctx, tx, newRun{Kind: kind, Actor: by.Actor, CommandID: by.CommandID}, idle...)
}

// machinesOf returns which of the deployments have a machine and no run under way, and which have a run. The caller holds their rows, so
// that no run begins or ends meanwhile.
func machinesOf(ctx context.Context, tx *sqlx.Tx, ids []uuid.UUID) (idle, busy []uuid.UUID, err error) {
	var rows []struct {
		ID   uuid.UUID `db:"id"`
		Busy bool      `db:"busy"`
	}
	err = tx.SelectContext(ctx, &rows, `
SELECT d.id, r.id IS NOT NULL AS busy FROM cloud_deployments d LEFT JOIN runs r ON r.deployment_id = d.id AND r.live
 WHERE d.id = ANY ($1::uuid[]) AND (d.droplet_id IS NOT NULL OR r.id IS NOT NULL)
 ORDER BY d.id`, uuidArray(ids))
	for _, row := range rows {
		if row.Busy {
			busy = append(busy, row.ID)
		} else {
			idle = append(idle, row.ID)
		}
	}
	return idle, busy, err
}

// supersedeRuns ends the switching of machines that was given up, because the state asks for something else now, and the pointing of DNS
// that was: it must not keep a machine from following, and begins anew after that.
func (s *Store) supersedeRuns(ctx context.Context, tx *sqlx.Tx, to lifecycle.State, ids []uuid.UUID) error {
	return s.endGivenUp(ctx, tx, supersededText(to), []lifecycle.RunKind{lifecycle.PowerOn, lifecycle.PowerOff, lifecycle.Repoint}, ids...)
}

// endGivenUp ends what was given up of some kinds. What was left at a step stays readable, as failed.
func (s *Store) endGivenUp(ctx context.Context, tx *sqlx.Tx, ending string, kinds []lifecycle.RunKind, ids ...uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `
WITH ended AS (
  UPDATE runs SET status = 'done', ending = $2, step = '', token = token + 1, held_by = NULL, held_until = NULL, next_try_at = NULL,
         error = '', error_kind = '', error_step = '', finished_at = clock_timestamp()
   WHERE deployment_id = ANY ($1::uuid[]) AND live AND status = 'needs_operator' AND kind = ANY ($3::text[])
  RETURNING id
)
UPDATE run_steps s SET status = 'failed', next_try_at = NULL FROM ended WHERE s.run_id = ended.id AND s.status <> 'done'`,
		uuidArray(ids), ending, textArray(kinds))
	if err != nil {
		return fmt.Errorf("store: supersede runs: %w", err)
	}
	return nil
}

// supersededText is the ending of a run that follows a state which is not so any more.
func supersededText(now lifecycle.State) string {
	return "Superseded: the deployment is " + now.Lower() + " now."
}

// nudgeRunsOf makes the runs due that switch or release the machines of the deployments, or point DNS at them.
func (s *Store) nudgeRunsOf(ctx context.Context, tx *sqlx.Tx, ids []uuid.UUID) error {
	var runs []uuid.UUID
	err := tx.SelectContext(ctx, &runs, `
UPDATE runs SET next_try_at = NULL
 WHERE deployment_id = ANY ($1::uuid[]) AND live AND status <> 'needs_operator' AND kind IN ('power_on', 'power_off', 'release', 'repoint')
RETURNING id`, uuidArray(ids))
	if err != nil || len(runs) == 0 {
		return err
	}
	return s.enqueueRuns(ctx, tx, runs...)
}

// unwanted says what to tell of a run that follows a state or a host name, if that is another by now; the caller holds the
// deployment's row.
func unwanted(run Run, d runSubject) (string, bool) {
	switch {
	case run.Kind.Builds():
		return "", false
	case run.Kind == lifecycle.Repoint:
		why := repointing(run, d).Superseded()
		return why, why != ""
	}
	kind, wanted := lifecycle.WantedRun(d.State, d.DropletID.Valid)
	return supersededText(d.State), !wanted || kind != run.Kind
}

// followEnd is for the transaction in which a run has ended: the next one begins where the state or the host name asks for something
// else by now. The caller holds the deployment's row.
func (s *Store) followEnd(ctx context.Context, tx *sqlx.Tx, ended Run, finished bool) error {
	d, err := getRunSubject(ctx, tx, ended)
	if err != nil {
		return err
	}
	pointing, _, err := s.pointing(ctx, tx, ended.DeploymentID)
	if err != nil {
		return err
	}
	kind, wanted := lifecycle.FollowingRun(lifecycle.Ended{
		Kind: ended.Kind, Finished: finished, Began: ended.Spec.State, Now: d.State, Droplet: d.DropletID.Valid, Pointing: pointing,
	})
	if !wanted {
		return nil
	}
	return s.startRuns(ctx, tx, newRun{Kind: kind, Actor: Provisioner}, ended.DeploymentID)
}
