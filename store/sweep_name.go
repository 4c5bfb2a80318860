package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// LeftName is a host name that a run has pointed at its machine before it was rolled back: a change of records that was given up may
// have come to something since.
type LeftName struct {
	RunID          uuid.UUID `db:"run_id"`
	DeploymentID   uuid.UUID `db:"deployment_id"`
	DeploymentName string    `db:"deployment_name"`
	Intent         []byte    `db:"intent"` // JSON: what the run had intended, and what was there before
}

// lateRecord is for how long after the end of a run a change that it made may come to something.
const lateRecord = 24 * time.Hour

// A record stands for a reason where a deployment has that address and has, or had, that name: the provider gives addresses out again, and
// names are taken again. So it may where a run is at work at whoever has the name. An archived deployment has none any more.
const leftNames = `
SELECT r.id AS run_id, r.deployment_id, d.name AS deployment_name, s.intent
  FROM runs r JOIN run_steps s ON s.run_id = r.id AND s.name = 'dns' JOIN cloud_deployments d ON d.id = r.deployment_id
 WHERE r.status = 'compensated' AND r.finished_at > clock_timestamp() - make_interval(secs => $1) AND s.intent->>'zone' <> ''
   AND NOT EXISTS (SELECT FROM cloud_deployments o
                    WHERE o.address = nullif(s.intent->>'value', '')::inet
                      AND (o.id = r.deployment_id OR o.hostname = s.intent->>'hostname'
                        OR EXISTS (SELECT FROM runs q WHERE q.deployment_id = o.id AND q.spec->>'hostname' = s.intent->>'hostname')))
   AND NOT EXISTS (SELECT FROM runs l WHERE l.deployment_id = r.deployment_id AND l.live)
   AND NOT EXISTS (SELECT FROM cloud_deployments o JOIN runs l ON l.deployment_id = o.id AND l.live
                    WHERE o.hostname = s.intent->>'hostname' AND o.state <> 'archived')`

const leftNamesQuery = leftNames + ` ORDER BY random() LIMIT $2`

// ListLeftNames returns host names of runs that were rolled back within a day, at most so many: others the next time.
func (s *Store) ListLeftNames(ctx context.Context, most int) (names []LeftName, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		return tx.SelectContext(ctx, &names, leftNamesQuery, seconds(lateRecord), most)
	})
	return names, err
}

// StillLeft asks once more about one of them, right before its records are changed, and renews the lease: between the list and its turn somebody may
// have taken the name, and got the address.
func (s *Store) StillLeft(ctx context.Context, l SweepLease, n LeftName) (left bool, err error) {
	err = s.sweeping(ctx, l, func(ctx context.Context, tx *sqlx.Tx) error {
		return tx.GetContext(ctx, &left, `SELECT EXISTS (`+leftNames+` AND r.id = $2)`, seconds(lateRecord), n.RunID)
	})
	return left, err
}

// RecordTakenBack records that a host name pointed at a machine that is gone, and was taken back.
func (s *Store) RecordTakenBack(ctx context.Context, l SweepLease, n LeftName, hostname, value string) error {
	return s.sweeping(ctx, l, func(ctx context.Context, tx *sqlx.Tx) error {
		return s.insertActivity(ctx, tx, activity{
			Actor: Sweeper, Deed: RecordSwept, ObjectKind: "deployment", ObjectID: n.DeploymentID.String(), ObjectName: n.DeploymentName,
			Changes: []Change{{Field: "hostname", To: hostname}, {Field: "address", From: value}},
		})
	})
}
