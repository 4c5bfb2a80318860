package store

import (
	"context"
	"errors"

	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// BeginRemoval records that a machine is about to be removed, right before that: with the rows of the deployment and the run that it
// came from locked, everything is asked once more. When it is not to be removed any more, the verdict says why and nothing may be
// called. What nobody asked for counts for the sweep, and the database lets no sweep count further than SweepMost.
func (s *Store) BeginRemoval(ctx context.Context, l SweepLease, d SeenDroplet) (lifecycle.SweepVerdict, error) {
	var verdict lifecycle.SweepVerdict
	err := s.sweeping(ctx, l, func(ctx context.Context, tx *sqlx.Tx) error {
		if err := lockOwner(ctx, tx, d); err != nil {
			return err
		}
		known, err := s.listSweepFacts(ctx, tx, []SeenDroplet{d})
		if err != nil {
			return err
		}
		facts := known[d.ID]
		verdict = facts.judge(d, facts.Seen, l.At)
		switch {
		case verdict.Settled():
			return s.settleFinding(ctx, tx, d.ID, verdict)
		case verdict != lifecycle.SweepRemove:
			_, err := tx.ExecContext(ctx, `UPDATE sweep_findings SET verdict = $3 WHERE provider = $1 AND droplet_id = $2`, s.provider, d.ID, verdict)
			return err
		case facts.RemovingIn.UUID == l.ID: // the answer to our commit was lost
			return nil
		}
		return s.intendRemoval(ctx, tx, l, d.ID, facts.Decision != lifecycle.SweepAway)
	})
	return verdict, err
}

// lockOwner takes the rows of the deployment and the run that the machine's tags name, and of the deployment that is linked to
// it, if there are any: the deployment's first, as everybody does.
func lockOwner(ctx context.Context, tx *sqlx.Tx, d SeenDroplet) error {
	_, err := tx.ExecContext(ctx, `SELECT FROM cloud_deployments WHERE id = $1 OR droplet_id = $2 ORDER BY id FOR UPDATE`, orNil(d.DeploymentID), d.ID)
	if err != nil {
		return err
	}
	if _, err := lockRun(ctx, tx, orNil(d.RunID)); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}

func (s *Store) intendRemoval(ctx context.Context, tx *sqlx.Tx, l SweepLease, dropletID int64, alone bool) error {
	if alone {
		if _, err := tx.ExecContext(ctx, `UPDATE sweeps SET begun = begun + 1 WHERE id = $1`, l.ID); err != nil {
			return err
		}
	}
	result, err := tx.ExecContext(ctx, `
UPDATE sweep_findings SET status = 'removing', verdict = 'remove', removing_in = $3
 WHERE provider = $1 AND droplet_id = $2 AND status IN ('open', 'removing')`, s.provider, dropletID, l.ID)
	return expectOne(result, err)
}

// FinishRemoval records that the machine is gone: in the inventory it is released, and the record of activity says so.
func (s *Store) FinishRemoval(ctx context.Context, l SweepLease, dropletID int64) error {
	return s.sweeping(ctx, l, func(ctx context.Context, tx *sqlx.Tx) error { return s.recordRemoved(ctx, tx, l, dropletID) })
}

func (s *Store) recordRemoved(ctx context.Context, tx *sqlx.Tx, l SweepLease, dropletID int64) error {
	result, err := tx.ExecContext(ctx, `
UPDATE sweep_findings SET status = 'removed', verdict = 'remove', error = '', removed_at = clock_timestamp()
 WHERE provider = $1 AND droplet_id = $2 AND status = 'removing'`, s.provider, dropletID)
	if err := expectOne(result, err); err != nil {
		if errors.Is(err, ErrNotFound) {
			return nil // recorded before
		}
		return err
	}
	if err := s.releaseMachine(ctx, tx, Machine{ID: dropletID}); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE sweeps SET removed = removed + 1 WHERE id = $1`, l.ID); err != nil {
		return err
	}
	f, err := s.getFinding(ctx, tx, dropletID)
	if err != nil {
		return err
	}
	return s.insertActivity(ctx, tx, f.deed(Sweeper, DropletSwept, Change{Field: "asked for by", To: f.DecidedName}))
}

// deed is an entry of activity about the machine: as about its deployment, where there is one.
func (f Finding) deed(actor access.Actor, deed Deed, changes ...Change) activity {
	id := dropletText(f.DropletID)
	a := activity{Actor: actor, Deed: deed, ObjectKind: "droplet", ObjectID: id, ObjectName: "Droplet " + id}
	if f.DeploymentName.Valid {
		a.ObjectKind, a.ObjectID, a.ObjectName = "deployment", f.DeploymentID.UUID.String(), f.DeploymentName.String
	}
	for _, c := range append([]Change{{Field: "droplet", To: id}, {Field: "name", To: f.Name}}, changes...) {
		if c.To != "" {
			a.Changes = append(a.Changes, c)
		}
	}
	return a
}

// FailRemoval records why a machine could not be removed. Whether it is gone all the same shows when the provider lists its
// machines again.
func (s *Store) FailRemoval(ctx context.Context, l SweepLease, dropletID int64, trouble RunTrouble) error {
	return s.sweeping(ctx, l, func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
UPDATE sweep_findings SET failed = failed + 1, error = $3, removing_in = NULL,
       verdict = CASE WHEN failed + 1 >= $5 THEN 'failing' ELSE verdict END
 WHERE provider = $1 AND droplet_id = $2 AND status = 'removing' AND removing_in = $4`,
			s.provider, dropletID, trouble.message(), l.ID, lifecycle.SweepTries)
		return err
	})
}
