package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// manyRuns has one run of each kind and status, each of a deployment of its own, some of them stuck or elsewhere.
func manyRuns(t *testing.T) clouded {
	t.Helper()
	w := newClouded(t)
	for _, kind := range lifecycle.RunKinds {
		for _, status := range lifecycle.RunStatuses {
			w.standing(kind, status)
		}
	}
	w.exec(`UPDATE runs SET error = 'The provider said no.', error_kind = 'definite', error_step = 'dns' WHERE kind = 'release' AND live`,
		`UPDATE runs SET progressed_at = clock_timestamp() - interval '6 minutes' WHERE kind = 'power_off' AND live`,
		`UPDATE runs SET next_try_at = clock_timestamp() + interval '1 minute' WHERE kind = 'power_off' AND status = 'retrying'`)
	return w
}

// listed are the runs of all pages, forwards; the pages backwards must have the same.
func (w clouded) listed(f store.RunFilter) []store.Run {
	w.t.Helper()
	var runs []store.Run
	f.Limit = 7
	for {
		page, err := w.ListRuns(w.t.Context(), f)
		if err != nil {
			w.t.Fatal(err)
		}
		runs = append(runs, page.Rows...)
		if page.Next == "" {
			break
		}
		f.After = page.Next
	}
	if len(runs) > 7 {
		f.After, f.Before = "", store.RunPlace(runs[7])
		page, err := w.ListRuns(w.t.Context(), f)
		if err != nil || len(page.Rows) != 7 || page.Rows[0].ID != runs[0].ID || page.Rows[6].ID != runs[6].ID || page.Previous != "" {
			w.t.Errorf("%+v: backwards %d rows, %q, %v", f, len(page.Rows), page.Previous, err)
		}
	}
	return runs
}

func TestListRuns(t *testing.T) {
	t.Parallel()
	w := manyRuns(t)
	// The menu counts what is not over, and what needs an operator of it.
	if counts, err := w.GetCounts(t.Context()); err != nil || counts.Operator != int64(len(lifecycle.RunKinds)) || counts.Runs != 5*counts.Operator {
		t.Errorf("%d runs, %d need an operator, %v", counts.Runs, counts.Operator, err)
	}
	stuck := func(r store.Run) bool {
		return r.Kind == "power_off" && (r.Status == "waiting" || r.Status == "running" || r.Status == "compensating")
	}
	for name, c := range map[string]struct {
		filter store.RunFilter
		want   func(store.Run) bool
	}{
		"all": {store.RunFilter{}, func(store.Run) bool { return true }},
		"running": {store.RunFilter{Group: "running"}, func(r store.Run) bool {
			return r.Status == "running" || r.Status == "retrying" || r.Status == "compensating"
		}},
		"waiting":        {store.RunFilter{Group: "waiting"}, func(r store.Run) bool { return r.Status == "waiting" }},
		"needs operator": {store.RunFilter{Group: "needs_operator"}, func(r store.Run) bool { return r.Status == "needs_operator" }},
		"finished":       {store.RunFilter{Group: "finished"}, func(r store.Run) bool { return !r.Status.Live() }},
		"stuck":          {store.RunFilter{Group: "stuck"}, stuck},
		"a kind":         {store.RunFilter{Kind: lifecycle.PowerOn}, func(r store.Run) bool { return r.Kind == "power_on" }},
		"a step":         {store.RunFilter{Step: lifecycle.StepPower}, func(r store.Run) bool { return r.Step == "power" }},
		"an error":       {store.RunFilter{ErrorKind: "definite"}, func(r store.Run) bool { return r.Kind == "release" && r.Status.Live() }},
		"another error":  {store.RunFilter{ErrorKind: "unknown"}, func(store.Run) bool { return false }},
		"a region":       {store.RunFilter{Region: "fra1", Group: "waiting"}, func(r store.Run) bool { return r.Status == "waiting" && r.Spec.Region == "fra1" }},
		"no region":      {store.RunFilter{Region: "ams3"}, func(store.Run) bool { return false }},
		"several":        {store.RunFilter{Group: "finished", Kind: lifecycle.Release}, func(r store.Run) bool { return !r.Status.Live() && r.Kind == "release" }},
	} {
		all := w.listed(store.RunFilter{})
		want := slices.DeleteFunc(slices.Clone(all), func(r store.Run) bool { return !c.want(r) })
		got := w.listed(c.filter)
		if !slices.EqualFunc(got, want, func(a, b store.Run) bool { return a.ID == b.ID }) {
			t.Errorf("%s: %d runs, want %d", name, len(got), len(want))
		}
		if name == "all" && len(got) != len(lifecycle.RunKinds)*len(lifecycle.RunStatuses) {
			t.Errorf("%d runs", len(got))
		}
		for _, r := range got {
			if (r.Step != "") != (len(r.Steps) == 1) || r.Step != "" && r.Steps[0].Name != r.Step || r.DeploymentName == "" || r.TenantName == "" {
				t.Errorf("%s: %s at %q has steps %+v", name, r.Kind, r.Step, r.Steps)
			}
		}
	}
	for _, f := range []store.RunFilter{{Group: "flying"}, {Page: store.Page{After: "x"}}} {
		if _, err := w.ListRuns(t.Context(), f); !errors.Is(err, store.ErrInput) && !errors.Is(err, store.ErrCursor) {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func TestCountRuns(t *testing.T) {
	t.Parallel()
	w := manyRuns(t)
	counts, err := w.CountRuns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range lifecycle.RunGroups {
		if want := len(w.listed(store.RunFilter{Group: group})); counts[group] != want {
			t.Errorf("%s: %d, want %d", group, counts[group], want)
		}
	}
	w.exec(`INSERT INTO runs (id, deployment_id, kind, status, spec, actor_kind, actor, actor_name, finished_at)
		SELECT gen_random_uuid(), (SELECT id FROM cloud_deployments LIMIT 1), 'power_on', 'done', '{}', 'system', 'x', 'X', now() FROM generate_series(1, 1200)`)
	if counts, err := w.CountRuns(t.Context()); err != nil || counts[lifecycle.RunsFinished] != store.RunCountCap+1 {
		t.Errorf("%v, %v", counts, err)
	}
}

func TestListDeploymentRuns(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id, _ := w.standing(lifecycle.PowerOff, lifecycle.RunDone)
	w.move(id, lifecycle.Resume)
	for limit, want := range map[int]string{1: "power_on", 5: "power_on power_off"} {
		runs, err := w.ListDeploymentRuns(t.Context(), id, limit)
		var kinds []string
		for _, run := range runs {
			kinds = append(kinds, string(run.Kind))
		}
		if err != nil || strings.Join(kinds, " ") != want {
			t.Errorf("%d: %q, %v", limit, kinds, err)
		}
	}
	if runs, err := w.ListDeploymentRuns(t.Context(), uuid.New(), 5); err != nil || len(runs) != 0 {
		t.Errorf("%v, %v", runs, err)
	}
}

// A page of the list reads little more than it shows, however many runs there are.
func TestListOfRunsReadsLittle(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.placed("shop", lifecycle.Active)
	w.exec(fmt.Sprintf(`INSERT INTO runs (id, deployment_id, kind, status, spec, actor_kind, actor, actor_name, finished_at, error_kind)
		SELECT gen_random_uuid(), '%s', 'power_on', CASE n %% 3 WHEN 0 THEN 'done' WHEN 1 THEN 'compensated' ELSE 'failed' END, '{"region": "fra1"}', 'system', 'x', 'X', now(),
		CASE n %% 5000 WHEN 7 THEN 'definite' ELSE '' END FROM generate_series(1, 20000) n`, id), `ANALYZE`)
	for name, f := range map[string]store.RunFilter{
		"all": {}, "finished": {Group: "finished"}, "running": {Group: "running"}, "stuck": {Group: "stuck"}, "rare error": {ErrorKind: "definite"}, "a step": {Step: lifecycle.StepDNS},
	} {
		q, err := store.RunsQuery(f)
		if err != nil {
			t.Fatal(err)
		}
		if rows, _ := explain(t, w.DB(), q).read(); rows > 1000 {
			t.Errorf("%s: %.0f rows read", name, rows)
		}
	}
}
