package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"arcadia.example/console/lifecycle"
)

// SeenDroplet is a machine as the provider listed it.
type SeenDroplet struct {
	ID           int64
	Name         string
	Region       string
	Size         string
	CreatedAt    time.Time
	DeploymentID uuid.NullUUID // that its tags name; none when they name several
	RunID        uuid.NullUUID
}

// JudgedDroplet is what a sweep makes of a machine.
type JudgedDroplet struct {
	SeenDroplet
	Verdict        lifecycle.SweepVerdict
	DeploymentName string // empty: its tags name none here
	Asked          bool   // by a person's word, when it is to be removed
}

// sweepFacts are what the database knows of a machine.
type sweepFacts struct {
	DropletID      int64                   `db:"droplet_id"`
	Linked         bool                    `db:"linked"`
	DeploymentName string                  `db:"deployment_name"`
	RunStatus      lifecycle.RunStatus     `db:"run_status"`  // of the run that its tags name
	LiveStatus     lifecycle.RunStatus     `db:"live_status"` // of a run that has to answer for it
	Registered     bool                    `db:"registered"`
	Status         FindingStatus           `db:"status"` // of the finding; empty: there is none
	Verdict        lifecycle.SweepVerdict  `db:"verdict"`
	Seen           int                     `db:"seen"`
	Failed         int                     `db:"failed"`
	Decision       lifecycle.SweepDecision `db:"decision"`
	RemovedAt      sql.NullTime            `db:"removed_at"`
	SweepID        uuid.NullUUID           `db:"sweep_id"`
	RemovingIn     uuid.NullUUID           `db:"removing_in"`
}

// What was built to the end and released was in use: it may hold a customer's data, and that it is still there contradicts
// the word that it was gone. It counts as registered, so that a person is asked.
const sweepFactsQuery = `
SELECT x.droplet_id, l.id IS NOT NULL AS linked, coalesce(d.name, '') AS deployment_name, coalesce(r.status, '') AS run_status,
       coalesce(live.status, '') AS live_status, c.droplet_id IS NOT NULL AS registered, coalesce(f.status, '') AS status,
       coalesce(f.verdict, '') AS verdict, coalesce(f.seen, 0) AS seen, coalesce(f.failed, 0) AS failed, coalesce(f.decision, '') AS decision,
       f.removed_at, f.sweep_id, f.removing_in
  FROM unnest($2::bigint[], $3::uuid[], $4::uuid[]) AS x (droplet_id, deployment_id, run_id)
  LEFT JOIN cloud_deployments l ON l.droplet_id = x.droplet_id
  LEFT JOIN cloud_deployments d ON d.id = x.deployment_id
  LEFT JOIN runs r ON r.id = x.run_id AND r.deployment_id = x.deployment_id
  LEFT JOIN (SELECT droplet_id, min(status) AS status FROM runs WHERE live AND droplet_id IS NOT NULL GROUP BY droplet_id) live
         ON live.droplet_id = x.droplet_id
  LEFT JOIN cloud_droplets c ON c.provider = $1 AND c.droplet_id = x.droplet_id AND (c.released_at IS NULL OR r.status = 'done')
  LEFT JOIN sweep_findings f ON f.provider = $1 AND f.droplet_id = x.droplet_id`

// sweepChunk is how many machines are asked about in one statement.
const sweepChunk = 1000

// orNil is the UUID, or the one that no row has.
func orNil(id uuid.NullUUID) uuid.UUID { return id.UUID }

func (s *Store) listSweepFacts(ctx context.Context, tx *sqlx.Tx, seen []SeenDroplet) (map[int64]sweepFacts, error) {
	known := make(map[int64]sweepFacts, len(seen))
	for chunk := range slices.Chunk(seen, sweepChunk) {
		var ids []int64
		var deployments, runs uuidArray
		for _, d := range chunk {
			ids = append(ids, d.ID)
			deployments, runs = append(deployments, orNil(d.DeploymentID)), append(runs, orNil(d.RunID))
		}
		var rows []sweepFacts
		if err := tx.SelectContext(ctx, &rows, sweepFactsQuery, s.provider, pq.Array(ids), deployments, runs); err != nil {
			return nil, err
		}
		for _, row := range rows {
			known[row.DropletID] = row
		}
	}
	return known, nil
}

// owner is how far the machine leads to a run here.
func (f sweepFacts) owner() lifecycle.Owner {
	for _, status := range []lifecycle.RunStatus{f.RunStatus, f.LiveStatus} {
		switch {
		case status == lifecycle.RunNeedsOperator:
			return lifecycle.OwnerOperator
		case status.Live():
			return lifecycle.OwnerLive
		}
	}
	if f.RunStatus == "" {
		return lifecycle.OwnerUnknown
	}
	return lifecycle.OwnerOver
}

// sighting is the number of sweeps that found the machine so, with this one. What was settled or removed begins anew.
func (f sweepFacts) sighting(sweep uuid.UUID) int {
	switch {
	case f.Status != FindingOpen && f.Status != FindingRemoving:
		return 1
	case f.SweepID.UUID == sweep: // counted
		return f.Seen
	}
	return f.Seen + 1
}

// lateList is for how long a machine that was removed may still be listed.
const lateList = 10 * time.Minute

// justRemoved reports whether a machine is listed that a sweep has removed a moment ago.
func (f sweepFacts) justRemoved(at time.Time) bool {
	return f.Status == FindingRemoved && at.Sub(f.RemovedAt.Time) < lateList
}

func (f sweepFacts) judge(d SeenDroplet, seen int, at time.Time) lifecycle.SweepVerdict {
	o := lifecycle.Orphan{
		Linked: f.Linked, Owner: f.owner(), Registered: f.Registered, Age: d.age(at), Seen: seen,
	}
	if f.Status == FindingOpen || f.Status == FindingRemoving {
		o.Asked, o.Failed, o.Decision = f.Verdict == lifecycle.KeepLimit, f.Failed, f.Decision
	}
	return lifecycle.Judge(o)
}

// age is how old the machine is. One whose age the provider does not tell may have been made just now.
func (d SeenDroplet) age(at time.Time) time.Duration {
	if d.CreatedAt.IsZero() {
		return 0
	}
	return at.Sub(d.CreatedAt)
}

// judgement is a machine with all that is known.
type judgement struct {
	JudgedDroplet
	facts sweepFacts
	seen  int
}

// judgeAll decides about each machine. More than may be removed at once, or any more while a person has not decided about those of an
// earlier time, are left to a person.
func (s *Store) judgeAll(ctx context.Context, tx *sqlx.Tx, sweep uuid.UUID, at time.Time, droplets []SeenDroplet) ([]judgement, error) {
	known, err := s.listSweepFacts(ctx, tx, droplets)
	if err != nil {
		return nil, err
	}
	var judged []judgement
	halted := false
	for _, d := range droplets {
		facts := known[d.ID]
		if facts.justRemoved(at) {
			continue
		}
		j := judgement{JudgedDroplet: JudgedDroplet{SeenDroplet: d, DeploymentName: facts.DeploymentName}, facts: facts, seen: facts.sighting(sweep)}
		j.Verdict = facts.judge(d, j.seen, at)
		j.Asked = j.Verdict == lifecycle.SweepRemove && facts.Decision == lifecycle.SweepAway
		halted = halted || j.Verdict == lifecycle.KeepLimit
		judged = append(judged, j)
	}
	bound(judged, halted)
	return judged, nil
}

// bound leaves to a person what is too much. Droplets come the oldest first.
func bound(judged []judgement, halted bool) {
	left := lifecycle.SweepMost
	if halted {
		left = 0
	}
	for i, j := range judged {
		if j.Verdict != lifecycle.SweepRemove || j.Asked {
			continue
		}
		if left == 0 {
			judged[i].Verdict = lifecycle.KeepLimit
			continue
		}
		left--
	}
}

// PreviewSweep decides about machines as a sweep would that began now, and changes nothing.
func (s *Store) PreviewSweep(ctx context.Context, droplets []SeenDroplet) (list []JudgedDroplet, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		var at time.Time
		if err := tx.GetContext(ctx, &at, `SELECT clock_timestamp()`); err != nil {
			return err
		}
		judged, err := s.judgeAll(ctx, tx, uuid.Nil, at, droplets)
		list = plainJudgements(judged)
		return err
	})
	return list, err
}

func plainJudgements(judged []judgement) []JudgedDroplet {
	list := make([]JudgedDroplet, len(judged))
	for i, j := range judged {
		list[i] = j.JudgedDroplet
	}
	return list
}
