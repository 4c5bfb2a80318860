package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// pointingQuery asks the steps that pointed DNS at the machine which the deployment has. Ours it is once one of them has found the zone and
// come to its end. What was undone counts as never done; what was begun counts, however it ended: a call may have come to something.
const pointingQuery = `
WITH pointed AS (
  SELECT p.id, p.inserted_at, p.status, p.ending, p.spec->>'hostname' AS hostname, s.status = 'done' AND s.result->>'zone' <> '' AS found
    FROM cloud_deployments d
    JOIN runs p ON p.deployment_id = d.id AND p.droplet_id = d.droplet_id
    JOIN run_steps s ON s.run_id = p.id AND s.name = 'dns' AND s.started_at IS NOT NULL AND s.status <> 'compensated'
   WHERE d.id = $1
)
SELECT d.state, d.address IS NOT NULL AND EXISTS (SELECT FROM pointed WHERE found) AS ours, coalesce(d.hostname, '') AS wanted,
       coalesce(host(d.address), '') AS address, coalesce(n.hostname, '') AS pointed, coalesce(n.status = 'failed' OR n.status = 'done' AND n.ending = '', true) AS settled
  FROM cloud_deployments d
  LEFT JOIN LATERAL (SELECT * FROM pointed ORDER BY inserted_at DESC, id DESC LIMIT 1) n ON true
 WHERE d.id = $1`

// pointing is how the host name of a deployment stands to DNS, and the address of its machine. Where no process has a provider, none is ours.
func (s *Store) pointing(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) (lifecycle.Pointing, string, error) {
	var row struct {
		State   lifecycle.State `db:"state"`
		Ours    bool            `db:"ours"`
		Wanted  string          `db:"wanted"`
		Address string          `db:"address"`
		Pointed string          `db:"pointed"`
		Settled bool            `db:"settled"`
	}
	if err := tx.GetContext(ctx, &row, pointingQuery, id); err != nil {
		return lifecycle.Pointing{}, "", fmt.Errorf("store: what DNS was pointed for of %s: %w", id, err)
	}
	has, err := s.hasProvider(ctx, tx)
	p := lifecycle.Pointing{Ours: has && row.Ours && row.State.Pointable(), Wanted: row.Wanted, Pointed: row.Pointed, Settled: row.Settled}
	return p, row.Address, err
}

// GetPointing returns how the host name of a deployment stands to DNS.
func (s *Store) GetPointing(ctx context.Context, id uuid.UUID) (lifecycle.Pointing, error) {
	var p lifecycle.Pointing
	err := s.read(ctx, func(tx *sqlx.Tx) (err error) {
		p, _, err = s.pointing(ctx, tx, id)
		return err
	})
	return p, err
}

// followName has DNS follow a host name that was just edited, by a run of its own. Where another is under way, that one compares the two when
// it ends; one that points DNS is woken, to notice, and makes room if it was given up. The caller holds the deployment's row. It
// returns what is to be said in the timeline where DNS is not ours.
func (s *Store) followName(ctx context.Context, tx *sqlx.Tx, actor access.Actor, id uuid.UUID) (Change, error) {
	p, address, err := s.pointing(ctx, tx, id)
	if err != nil || !p.Ours {
		return byHand(p, address), err
	}
	if err := s.supersedePointing(ctx, tx, id, p); err != nil {
		return Change{}, err
	}
	if err := s.nudgeRunsOf(ctx, tx, []uuid.UUID{id}); err != nil {
		return Change{}, err
	}
	var busy bool
	if err := tx.GetContext(ctx, &busy, `SELECT EXISTS (SELECT FROM runs WHERE deployment_id = $1 AND live)`, id); err != nil || busy {
		return Change{}, err
	}
	if p, _, err = s.pointing(ctx, tx, id); err != nil || !p.Behind() {
		return Change{}, err
	}
	return Change{}, s.startRuns(ctx, tx, newRun{Kind: lifecycle.Repoint, Actor: actor}, id)
}

// byHand is what a person has to do where DNS is not ours; nothing where there is no machine or no name.
func byHand(p lifecycle.Pointing, address string) Change {
	if p.Wanted == "" || address == "" {
		return Change{}
	}
	return Change{Field: "DNS", To: "to be pointed at " + address + " by hand"}
}

// supersedePointing ends the pointing of DNS that was given up, as the name is another now.
func (s *Store) supersedePointing(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, p lifecycle.Pointing) error {
	why := lifecycle.Repointing{Hostname: p.Pointed, NowHostname: p.Wanted}.Superseded()
	if why == "" {
		return nil // it was given up for this very name: a retry goes on with it
	}
	return s.endGivenUp(ctx, tx, why, []lifecycle.RunKind{lifecycle.Repoint}, id)
}

// repointing is what a run that points DNS is for, beside what is so now.
func repointing(run Run, d runSubject) lifecycle.Repointing {
	return lifecycle.Repointing{Hostname: run.Spec.Hostname, NowHostname: d.Hostname, State: run.Spec.State, NowState: d.State}
}
