package store_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// plan is one node of an executed plan.
type plan struct {
	Node    string  `json:"Node Type"`
	Table   string  `json:"Relation Name"`
	Rows    float64 `json:"Actual Rows"` // a loop
	Loops   float64 `json:"Actual Loops"`
	Removed float64 `json:"Rows Removed by Filter"` // a loop
	Recheck float64 `json:"Rows Removed by Index Recheck"`
	Plans   []plan  `json:"Plans"`
}

// read adds up the rows that were read from tables, and names the tables that were read whole.
func (p plan) read() (rows float64, whole []string) {
	if p.Table != "" {
		rows = (p.Rows + p.Removed + p.Recheck) * p.Loops
		if p.Node == "Seq Scan" {
			whole = append(whole, p.Table)
		}
	}
	for _, child := range p.Plans {
		n, more := child.read()
		rows, whole = rows+n, append(whole, more...)
	}
	return rows, whole
}

// explain runs the query and returns its plan: the one for any arguments where the console prepares the query, else that for
// these.
func explain(t *testing.T, db *sql.DB, q store.Query) plan {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	mode := "force_custom_plan"
	if q.Prepared {
		mode = "force_generic_plan"
	}
	if _, err := conn.ExecContext(t.Context(), `SET plan_cache_mode = `+mode); err != nil {
		t.Fatal(err)
	}
	var raw []byte
	if err := conn.QueryRowContext(t.Context(), `EXPLAIN (ANALYZE, FORMAT JSON) `+q.SQL, q.Args...).Scan(&raw); err != nil {
		t.Fatalf("%s: %v", q.SQL, err)
	}
	var out []struct{ Plan plan }
	if err := json.Unmarshal(raw, &out); err != nil || len(out) != 1 {
		t.Fatalf("%s: %v", raw, err)
	}
	return out[0].Plan
}

// No list reads the whole of a table that grows, or more rows than a few pages, however deep the page.
func TestPlans(t *testing.T) {
	t.Parallel()
	const deployments = 20_000
	w := newWorld(t)
	var tenants []uuid.UUID
	for i := range 200 {
		tenants = append(tenants, w.tenant(fmt.Sprintf("t%d", i)))
	}
	w.spread(tenants, deployments, lifecycle.Active, lifecycle.Active, lifecycle.Active, lifecycle.Trial, lifecycle.Paused, lifecycle.PastDue, lifecycle.Cancelled)
	w.exec(`ANALYZE`)
	some := []lifecycle.State{lifecycle.Active, lifecycle.Paused, lifecycle.PastDue, lifecycle.Archived}
	for name, f := range map[string]store.DeploymentFilter{
		"all":         {},
		"one state":   {States: []lifecycle.State{lifecycle.Trial}},
		"no such":     {States: []lifecycle.State{lifecycle.Archived}},
		"some states": {States: some},
		"tenant":      {TenantID: uuid.NullUUID{UUID: tenants[7], Valid: true}},
		"both":        {TenantID: uuid.NullUUID{UUID: tenants[7], Valid: true}, States: some},
		"common word": {Search: "made"},
		"rare word":   {Search: "made-19999"},
		"an ID":       {Search: "00004e1f"},
	} {
		for _, sort := range store.DeploymentSorts {
			if f.Sort = sort; f.Search == "made" && sort != store.ByNewest {
				continue // sorted after all that have the word were found: no index has both
			}
			for where, page := range w.places(f) {
				f.Page = page
				queries, err := f.Queries()
				if err != nil {
					t.Fatal(err)
				}
				q := queries[0]
				if f.Search != "" && f.Search != "made" {
					q = queries[1] // the walk before it, which is bounded, does not find enough
				}
				rows, whole := explain(t, w.DB(), q).read()
				if slices.Contains(whole, "cloud_deployments") || slices.Contains(whole, "cloud_deployment_search") || rows > 700 {
					t.Errorf("%s by %s, %s (prepared %t): %.0f rows read, whole tables %v", name, sort, where, q.Prepared, rows, whole)
				}
			}
		}
	}
	w.exec(`INSERT INTO runs (id, deployment_id, kind, status, spec, actor_kind, actor, actor_name, finished_at)
SELECT id, id, 'power_off', 'done', '{}', 'staff', 'a', 'A', now() FROM cloud_deployments`, `ANALYZE runs`) // those that are over are not counted
	rows, whole := explain(t, w.DB(), store.CountsQuery()).read()
	grown := slices.DeleteFunc(whole, func(table string) bool { return table == "counters" || table == "cloud_providers" })
	if kept := w.value(`SELECT count(*) FROM counters`); fmt.Sprint(rows) != kept || len(grown) > 0 {
		t.Errorf("counts: %.0f rows read of %s, whole tables %v", rows, kept, grown)
	}
	w.leftNamePlan()
	for _, q := range store.DeploymentQueries(uuid.MustParse(w.value(`SELECT id FROM cloud_deployments WHERE version = 2 LIMIT 1`))) {
		if rows, whole := explain(t, w.DB(), q).read(); rows > 20 || slices.Contains(whole, "cloud_deployment_events") {
			t.Errorf("detail: %.0f rows read, whole tables %v", rows, whole)
		}
	}
	w.recordPlans(tenants[7])
	w.verified()
}

// leftNamePlan holds the look at host names of runs that were rolled back to the same.
func (w *world) leftNamePlan() {
	t := w.t.(*testing.T) //nolint:forcetypeassert // this is one
	w.exec(`
WITH over AS (
  INSERT INTO runs (id, deployment_id, kind, status, spec, actor_kind, actor, actor_name, finished_at)
  SELECT gen_random_uuid(), id, 'provision', 'compensated', '{}', 'staff', 'a', 'A', now() FROM (SELECT id FROM cloud_deployments LIMIT 30) d RETURNING id
)
INSERT INTO run_steps (run_id, position, name, status, attempt, max_attempts, undo_max_attempts, intent)
SELECT id, 6, 'dns', 'compensated', 1, 8, 8, jsonb_build_object('zone', 'z.example', 'hostname', id || '.z.example', 'value', '203.0.113.7') FROM over`, `ANALYZE`)
	rows, whole := explain(t, w.DB(), store.LeftNamesQuery()).read()
	if rows > 1000 || slices.Contains(whole, "cloud_deployments") || slices.Contains(whole, "runs") {
		t.Errorf("left names: %.0f rows read, whole tables %v", rows, whole)
	}
}

// recordPlans holds the page of all activity to the same.
func (w *world) recordPlans(tenant uuid.UUID) {
	t := w.t.(*testing.T) //nolint:forcetypeassert // this is one
	deep, err := time.Parse(time.RFC3339, w.value(`SELECT to_char(percentile_disc(0.5) WITHIN GROUP (ORDER BY occurred_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM cloud_deployment_events`))
	if err != nil {
		t.Fatal(err)
	}
	actor := w.value(`SELECT actor FROM cloud_deployment_events LIMIT 1`)
	for name, f := range map[string]store.RecordFilter{
		"all": {}, "moves": {Kind: store.MovesRecord}, "person": {Person: actor}, "nobody such": {Person: "nobody@arcadia.test"}, "deep": {To: deep},
		"tenant": {Object: uuid.NullUUID{UUID: tenant, Valid: true}},
	} {
		q, err := store.RecordQuery(f)
		if err != nil {
			t.Fatal(err)
		}
		if rows, whole := explain(t, w.DB(), q).read(); rows > 1000 || slices.Contains(whole, "cloud_deployment_events") {
			t.Errorf("record, %s: %.0f rows read, whole tables %v", name, rows, whole)
		}
	}
}

// places are the first page, one from the middle, forwards and backwards, where the list has so many.
func (w *world) places(f store.DeploymentFilter) map[string]store.Page {
	w.t.Helper()
	places := map[string]store.Page{"first page": {}}
	key := map[store.DeploymentSort]string{
		store.ByNewest: `to_char(inserted_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
		store.BySince:  `to_char(state_since, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
		store.ByName:   `lower(name)`,
	}[f.Sort]
	middle := place(w.value(`SELECT `+key+` FROM cloud_deployments ORDER BY 1 OFFSET 10000 LIMIT 1`), uuid.NewString())
	places["deep page"], places["deep page backwards"] = store.Page{After: middle}, store.Page{Before: middle}
	return places
}
