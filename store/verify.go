package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/lifecycle"
)

// Mismatch is one thing that is not as its events say.
type Mismatch struct {
	DeploymentID uuid.UUID // zero where it concerns no single deployment
	Text         string
}

// Verified is the outcome of Verify.
type Verified struct {
	Deployments, Events int64
	Mismatches          []Mismatch // at most MaxMismatches
	More                int64      // mismatches beyond those

	Seals, Sealed int64     // seals, and rows that fit them
	Unsealed      int64     // rows after the last seal
	UnsealedSince time.Time // when the oldest of these occurred
}

// MaxMismatches is how many mismatches are named one by one.
const MaxMismatches = 100

func (v *Verified) add(id uuid.UUID, format string, args ...any) {
	if len(v.Mismatches) == MaxMismatches {
		v.More++
		return
	}
	v.Mismatches = append(v.Mismatches, Mismatch{DeploymentID: id, Text: fmt.Sprintf(format, args...)})
}

// OK reports whether everything is as its events say.
func (v Verified) OK() bool { return len(v.Mismatches) == 0 }

// Verify folds all events of all deployments over the map in the code, one snapshot of the whole database, and
// compares the outcome with the stored states; then the runs, the counters, the searched text and the map in the database, and the
// whole record with the chain of seals and with the checkpoints that were kept. It reads everything, so it wants a store
// without time limits (Options.Loading).
func (s *Store) Verify(ctx context.Context, kept ...Checkpoint) (Verified, error) {
	var v Verified
	tx, err := s.db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return v, translate(err)
	}
	defer func() { _ = tx.Rollback() }() // read only: nothing to keep
	seals := func(ctx context.Context, tx *sqlx.Tx, v *Verified) error { return verifySeals(ctx, tx, v, kept) }
	for _, check := range []func(context.Context, *sqlx.Tx, *Verified) error{verifyReplay, verifyRuns, verifyCounters, verifySearch, verifyMap, seals} {
		if err := check(ctx, tx, &v); err != nil {
			return v, fmt.Errorf("store: verify: %w", err)
		}
	}
	return v, nil
}

// storedState is a deployment as it says of itself.
type storedState struct {
	ID         uuid.UUID       `db:"id"`
	State      lifecycle.State `db:"state"`
	Version    int             `db:"version"`
	StateSince time.Time       `db:"state_since"`
}

// storedEvent is one event, with the deployment that it belongs to.
type storedEvent struct {
	storedState
	EventVersion sql.NullInt64    `db:"event_version"`
	From         sql.NullString   `db:"from_state"`
	To           sql.NullString   `db:"to_state"`
	Reason       lifecycle.Reason `db:"reason"`
	OccurredAt   sql.NullTime     `db:"occurred_at"`
	Since        sql.NullTime     `db:"event_since"`
	Reverts      int              `db:"reverts"` // version that it undoes, or 0
}

const replayQuery = `
SELECT d.id, d.state, d.version, d.state_since, e.version AS event_version, e.from_state, e.to_state, coalesce(e.reason, '') AS reason,
       e.occurred_at, e.state_since AS event_since, coalesce(e.reverts_version, 0) AS reverts
  FROM cloud_deployments d LEFT JOIN cloud_deployment_events e ON e.deployment_id = d.id
 ORDER BY d.id, e.version`

func verifyReplay(ctx context.Context, tx *sqlx.Tx, v *Verified) error {
	rows, err := tx.QueryxContext(ctx, replayQuery)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // the loop below reports what went wrong while reading
	var life replay
	for rows.Next() {
		var e storedEvent
		err := rows.Scan(&e.ID, &e.State, &e.Version, &e.StateSince, &e.EventVersion, &e.From, &e.To, &e.Reason, &e.OccurredAt,
			&e.Since, &e.Reverts)
		if err != nil {
			return err
		}
		if e.ID != life.stored.ID {
			life.finish(v)
			life = replay{stored: e.storedState}
		}
		life.apply(e, v)
	}
	life.finish(v)
	return rows.Err()
}

// replay folds the events of one deployment.
type replay struct {
	stored  storedState
	state   lifecycle.State
	version int
	before  lifecycle.State // the state before the newest event
	since   []time.Time     // state_since after each event
	broken  bool            // a mismatch was named already
}

func (r *replay) apply(e storedEvent, v *Verified) {
	if !e.EventVersion.Valid || r.broken {
		return
	}
	v.Events++
	from, to := lifecycle.State(e.From.String), lifecycle.State(e.To.String)
	_, onTheMap := lifecycle.Between(from, to)
	first := r.version == 0
	switch {
	case e.EventVersion.Int64 != int64(r.version)+1:
		r.fail(v, "event %d follows event %d", e.EventVersion.Int64, r.version)
	case first && (e.From.Valid || !to.Initial()):
		r.fail(v, "the first event leads from %q to %q", from, to)
	case !first && from != r.state:
		r.fail(v, "event %d starts from %q, but the one before it led to %q", e.EventVersion.Int64, from, r.state)
	case !first && !onTheMap:
		r.fail(v, "event %d leads from %q to %q, which the map does not have", e.EventVersion.Int64, from, to)
	}
	since := r.sinceOf(e, v)
	r.before, r.state, r.version, r.since = r.state, to, int(e.EventVersion.Int64), append(r.since, since)
}

// sinceOf is the moment since which the state of the event stands: its own, or, when it undoes the event before it, that
// of the state which it gives back.
func (r *replay) sinceOf(e storedEvent, v *Verified) time.Time {
	since := e.OccurredAt.Time
	if e.Reverts != 0 || e.Reason == lifecycle.Undo {
		if n := len(r.since); n < 2 || e.Reverts != r.version || e.Reason != lifecycle.Undo || lifecycle.State(e.To.String) != r.before {
			r.fail(v, "event %d undoes event %d with reason %q, which does not lead back to %q", e.EventVersion.Int64, e.Reverts, e.Reason, r.before)
			return since
		}
		since = r.since[len(r.since)-2]
	}
	if !e.Since.Time.Equal(since) {
		r.fail(v, "event %d says since %s, but it is since %s", e.EventVersion.Int64,
			e.Since.Time.Format(time.RFC3339Nano), since.Format(time.RFC3339Nano))
	}
	return since
}

// fail names the first thing that is wrong with a deployment; what follows from it is not named.
func (r *replay) fail(v *Verified, format string, args ...any) {
	if !r.broken {
		v.add(r.stored.ID, format, args...)
	}
	r.broken = true
}

func (r *replay) finish(v *Verified) {
	if r.stored.ID == uuid.Nil {
		return
	}
	v.Deployments++
	switch {
	case r.broken:
	case r.version == 0:
		r.fail(v, "it has no events")
	case r.state != r.stored.State || r.version != r.stored.Version:
		r.fail(v, "stored as %s at version %d, but its events lead to %s at version %d", r.stored.State, r.stored.Version, r.state, r.version)
	case !r.since[len(r.since)-1].Equal(r.stored.StateSince):
		r.fail(v, "stored as %s since %s, but its events say since %s", r.stored.State,
			r.stored.StateSince.Format(time.RFC3339Nano), r.since[len(r.since)-1].Format(time.RFC3339Nano))
	}
}

func verifyCounters(ctx context.Context, tx *sqlx.Tx, v *Verified) error {
	var rows []struct {
		Subject string `db:"subject"`
		Kept    int64  `db:"kept"`
		Counted int64  `db:"counted"`
	}
	err := tx.SelectContext(ctx, &rows, `
SELECT coalesce(kept.subject, counted.subject) AS subject, coalesce(kept.n, 0)::bigint AS kept, coalesce(counted.n, 0)::bigint AS counted
  FROM (SELECT subject, sum(n) AS n FROM counters GROUP BY subject) kept
  FULL JOIN (SELECT state AS subject, count(*) AS n FROM cloud_deployments GROUP BY state
             UNION ALL SELECT 'tenants', count(*) FROM cloud_tenants) counted USING (subject)
 WHERE coalesce(kept.n, 0) <> coalesce(counted.n, 0) ORDER BY 1`)
	for _, row := range rows {
		v.add(uuid.Nil, "the counter of %s says %d, but there are %d", row.Subject, row.Kept, row.Counted)
	}
	return err
}

func verifySearch(ctx context.Context, tx *sqlx.Tx, v *Verified) error {
	var ids []uuid.UUID
	err := tx.SelectContext(ctx, &ids, `
SELECT coalesce(d.id, s.deployment_id)
  FROM cloud_deployments d JOIN cloud_tenants t ON t.id = d.tenant_id
  FULL JOIN cloud_deployment_search s ON s.deployment_id = d.id
 WHERE s.doc IS DISTINCT FROM deployment_doc(d, t) OR s.inserted_at IS DISTINCT FROM d.inserted_at
    OR s.tenant_id IS DISTINCT FROM d.tenant_id
 ORDER BY 1 LIMIT 1000`)
	for _, id := range ids {
		v.add(id, "the searched text is not that of the deployment")
	}
	return err
}

func verifyMap(ctx context.Context, tx *sqlx.Tx, v *Verified) error {
	var edges []struct {
		From   lifecycle.State  `db:"from_state"`
		To     lifecycle.State  `db:"to_state"`
		Action lifecycle.Action `db:"action"`
	}
	if err := tx.SelectContext(ctx, &edges, `SELECT from_state, to_state, action FROM transitions`); err != nil {
		return err
	}
	for _, edge := range edges {
		if m, ok := lifecycle.FindMove(edge.From, edge.Action); !ok || m.To != edge.To {
			v.add(uuid.Nil, "the database allows %s from %s to %s, which the map does not have", edge.Action, edge.From, edge.To)
		}
	}
	if len(edges) != len(lifecycle.Map) {
		v.add(uuid.Nil, "the database has %d edges, the map %d", len(edges), len(lifecycle.Map))
	}
	return nil
}
