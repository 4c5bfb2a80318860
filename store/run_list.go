package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/lifecycle"
)

// RunFilter says which runs to list. The zero value lists all, the newest first.
type RunFilter struct {
	Group     lifecycle.RunGroup
	Kind      lifecycle.RunKind
	Step      lifecycle.StepName // at which it stands, or, when it is over, at which there was trouble last
	Region    string
	ErrorKind string // of the newest trouble
	Page
}

// RunPage is a page of the list; Previous and Next are cursors, empty where there is nothing.
type RunPage struct {
	Rows           []Run // each with the one step at which it stands, if it stands at one
	Previous, Next string
}

var runOrder = order{key: "r.inserted_at", id: "r.id", desc: true}

// ListRuns returns one page. ErrCursor for a place that is none, ErrInput for a group that is none.
func (s *Store) ListRuns(ctx context.Context, f RunFilter) (RunPage, error) {
	query, err := f.query()
	if err != nil {
		return RunPage{}, err
	}
	rows, err := s.selectRuns(ctx, query.SQL, query.Args...)
	if err != nil {
		return RunPage{}, err
	}
	if err := s.addSteps(ctx, rows); err != nil {
		return RunPage{}, err
	}
	var page RunPage
	page.Rows, page.Previous, page.Next = cut(rows, f.Page, func(r Run) cursor {
		return cursor{key: timeKey(r.InsertedAt), tie: r.ID.String()}
	})
	return page, nil
}

// addSteps adds the step at which each run stands.
func (s *Store) addSteps(ctx context.Context, runs []Run) error {
	at := make(map[uuid.UUID]int, len(runs))
	var ids uuidArray
	for i, run := range runs {
		if run.Step != "" {
			at[run.ID] = i
			ids = append(ids, run.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var steps []RunStep
	err := s.db.SelectContext(ctx, &steps, `
SELECT `+runStepColumns+` FROM run_steps s JOIN runs r ON r.id = s.run_id AND s.name = r.step WHERE s.run_id = ANY ($1::uuid[])`, ids)
	for _, step := range steps {
		runs[at[step.RunID]].Steps = []RunStep{step}
	}
	return translate(err)
}

// RunsQuery is the query of ListRuns, for measuring.
func RunsQuery(f RunFilter) (Query, error) { return f.query() }

// query reads, for each status of the group, one short range of its index, and merges them.
func (f RunFilter) query() (Query, error) {
	if f.Group != "" && !f.Group.Valid() {
		return Query{}, fmt.Errorf("%w: no group of runs %q", ErrInput, f.Group)
	}
	place, err := runOrder.args(f.Page)
	if err != nil {
		return Query{}, err
	}
	where, args := f.conditions()
	after, orderBy := runOrder.clause(f.Page, len(args)+1)
	args = append(args, place...)
	limit := fmt.Sprintf(" LIMIT %d", f.limit()+1)
	inner := `SELECT r.* FROM unnest($1::text[]) AS wanted (status) CROSS JOIN LATERAL (
    SELECT r.* FROM runs r WHERE r.status = wanted.status` + where + after + orderBy + limit + `) r` + orderBy + limit
	return Query{SQL: `SELECT ` + runColumns + ` FROM (` + inner + `) r
  JOIN cloud_deployments d ON d.id = r.deployment_id JOIN cloud_tenants t ON t.id = d.tenant_id` + orderBy, Args: args}, nil
}

// conditions are those beside the status, and the arguments so far: the statuses are the first.
func (f RunFilter) conditions() (string, []any) {
	var where strings.Builder
	args := []any{textArray(f.Group.Statuses())}
	for _, c := range []struct{ sql, value string }{
		{"r.kind", string(f.Kind)}, {"coalesce(nullif(r.step, ''), r.error_step)", string(f.Step)}, {"r.spec->>'region'", f.Region}, {"r.error_kind", f.ErrorKind},
	} {
		if c.value != "" {
			args = append(args, c.value)
			fmt.Fprintf(&where, " AND %s = $%d", c.sql, len(args))
		}
	}
	if f.ErrorKind != "" {
		where.WriteString(" AND r.error_kind <> ''") // what the index of troubles has
	}
	if f.Step != "" {
		where.WriteString(" AND (r.step <> '' OR r.error_step <> '')")
	}
	if f.Group == lifecycle.RunsStuck {
		where.WriteString(" AND " + stuckCondition)
	}
	return where.String(), args
}

// stuckCondition holds for a run that should go on by itself and has not for too long. A run that waits for the time of its
// next try stands still on purpose.
var stuckCondition = func() string {
	var limits strings.Builder
	for _, step := range append([]lifecycle.StepName{""}, lifecycle.StepNames()...) {
		fmt.Fprintf(&limits, " WHEN '%s' THEN %d", step, int(lifecycle.StuckAfter(step).Seconds()))
	}
	return `r.live AND r.status <> 'needs_operator' AND r.progressed_at < clock_timestamp() - interval '` + fmt.Sprint(int(lifecycle.StuckAfter("").Seconds())) + ` seconds'
     AND CASE WHEN r.status IN ('retrying', 'compensating') THEN greatest(r.progressed_at, r.next_try_at) ELSE r.progressed_at END
         < clock_timestamp() - interval '1 second' * CASE r.step` + limits.String() + ` END`
}()

func (s *Store) selectRuns(ctx context.Context, query string, args ...any) ([]Run, error) {
	var runs []Run
	if err := s.db.SelectContext(ctx, &runs, query, args...); err != nil {
		return nil, translate(err)
	}
	for i := range runs {
		if err := runs[i].readSpec(); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// ListDeploymentRuns returns the newest runs of a deployment without their steps, at most limit.
func (s *Store) ListDeploymentRuns(ctx context.Context, deploymentID uuid.UUID, limit int) ([]Run, error) {
	return s.selectRuns(ctx, `SELECT `+runColumns+runFrom+` WHERE r.deployment_id = $1 ORDER BY r.inserted_at DESC, r.id DESC LIMIT $2`, deploymentID, limit)
}

// RunCountCap is how far the runs of a group are counted: one more means that there are more.
const RunCountCap = 1000

// RunCounts is how many runs each group has, up to RunCountCap + 1.
type RunCounts map[lifecycle.RunGroup]int

// CountRuns counts the runs of each group, none of them further than is worth showing.
func (s *Store) CountRuns(ctx context.Context) (RunCounts, error) {
	counts := RunCounts{}
	err := s.read(ctx, func(tx *sqlx.Tx) error {
		for _, group := range lifecycle.RunGroups {
			where, args := RunFilter{Group: group}.conditions()
			var n int
			err := tx.GetContext(ctx, &n, fmt.Sprintf(`
SELECT count(*) FROM (SELECT r.id FROM unnest($1::text[]) AS wanted (status) CROSS JOIN LATERAL (
  SELECT r.id FROM runs r WHERE r.status = wanted.status%s LIMIT %[2]d) r LIMIT %[2]d) r`, where, RunCountCap+1), args...)
			if err != nil {
				return err
			}
			counts[group] = n
		}
		return nil
	})
	return counts, err
}
