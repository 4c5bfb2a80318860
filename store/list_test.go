package store_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// listWorld has deployments in all states, with names and times that many of them share.
func listWorld(t *testing.T) (*world, []uuid.UUID) {
	t.Helper()
	w := newWorld(t)
	tenants := []uuid.UUID{w.tenant("one"), w.tenant("two")}
	n := 0
	for _, tenantID := range tenants {
		for _, state := range lifecycle.States {
			for range 4 {
				n++
				fields := deploymentFields(fmt.Sprintf("d%d", n))
				fields.Name = []string{"Shop", "shop", "Älteres Büro", "Wiki"}[n%4]
				path := paths[state]
				id := w.create(tenantID, fields, path.start)
				for _, action := range path.actions {
					w.move(id, action)
				}
			}
		}
	}
	// Many rows share each moment.
	w.damaged(`UPDATE cloud_deployments SET inserted_at = date_trunc('minute', inserted_at) - (ascii(right(slug, 1)) % 3) * interval '1 hour',
		state_since = date_trunc('minute', state_since) - (ascii(right(slug, 1)) % 4) * interval '1 hour'`,
		`UPDATE cloud_deployment_search s SET inserted_at = d.inserted_at FROM cloud_deployments d WHERE d.id = s.deployment_id`)
	return w, tenants
}

// filters are combinations of what can be asked, each with how a row fits it.
func filters(tenants []uuid.UUID) map[string]store.DeploymentFilter {
	some := []lifecycle.State{lifecycle.Paused, lifecycle.Active, lifecycle.PastDue, lifecycle.Paused}
	one := uuid.NullUUID{UUID: tenants[0], Valid: true}
	return map[string]store.DeploymentFilter{
		"all":                       {},
		"one state":                 {States: []lifecycle.State{lifecycle.Suspended}},
		"several states, one twice": {States: some},
		"a tenant":                  {TenantID: one},
		"a tenant's states":         {TenantID: one, States: some},
		"a search":                  {Search: "SHOP"},
		"a search in states":        {Search: "büro", States: some},
		"a search in a tenant":      {Search: "wiki one", TenantID: one, States: some},
		"a search for nothing":      {Search: "nonesuch"},
	}
}

// Every order × filter × page size, there and back: each row once, in the right order, and the pages backwards are the
// pages forwards.
func TestPaging(t *testing.T) {
	t.Parallel()
	w, tenants := listWorld(t)
	everything, err := w.ListDeployments(t.Context(), store.DeploymentFilter{Page: store.Page{Limit: 100}})
	if err != nil || len(everything.Rows) != 64 {
		t.Fatalf("%d rows: %v", len(everything.Rows), err)
	}
	for name, f := range filters(tenants) {
		for _, sort := range store.DeploymentSorts {
			for _, limit := range []int{1, 7, 32, 100} {
				f.Sort, f.Limit = sort, limit
				if limit == 1 && name != "several states, one twice" && name != "a search" {
					continue
				}
				want := wantedRows(everything.Rows, f)
				got := w.walk(f, false)
				if !slices.Equal(got, want) {
					t.Errorf("%s by %s, %d a page: %d rows, want %d in order", name, sort, limit, len(got), len(want))
				}
				if back := w.walk(f, true); !slices.Equal(back, want) {
					t.Errorf("%s by %s, %d a page, backwards: %d rows, want %d in order", name, sort, limit, len(back), len(want))
				}
			}
		}
	}
}

// wantedRows filters and sorts in the plainest way.
func wantedRows(rows []store.DeploymentRow, f store.DeploymentFilter) []uuid.UUID {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r store.DeploymentRow) bool {
		doc := strings.ToLower(strings.Join([]string{r.Slug, r.Name, r.TenantName}, " "))
		for word := range strings.FieldsSeq(strings.ToLower(f.Search)) {
			if !strings.Contains(doc, word) {
				return true
			}
		}
		return len(f.States) > 0 && !slices.Contains(f.States, r.State) || f.TenantID.Valid && r.TenantID != f.TenantID.UUID
	})
	slices.SortFunc(rows, func(a, b store.DeploymentRow) int {
		byID := strings.Compare(a.ID.String(), b.ID.String())
		switch f.Sort {
		case store.BySince:
			return cmp.Or(a.StateSince.Compare(b.StateSince), byID)
		case store.ByName:
			return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), byID)
		}
		return -cmp.Or(a.InsertedAt.Compare(b.InsertedAt), byID)
	})
	ids := []uuid.UUID{}
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

// walk reads all pages, and with back goes to the last and then reads them from there to the first.
func (w *world) walk(f store.DeploymentFilter, back bool) []uuid.UUID {
	w.t.Helper()
	ids := []uuid.UUID{}
	page, pages := w.page(f), 1
	for ; ; pages++ {
		if !back {
			ids = append(ids, idsOf(page.Rows)...)
		}
		if (f.After == "") != (page.Previous == "") && len(page.Rows) > 0 {
			w.t.Errorf("page %d: previous is %q", pages, page.Previous)
		}
		if page.Next == "" || pages > 200 {
			break
		}
		f.After = page.Next
		page = w.page(f)
	}
	if !back {
		return ids
	}
	for f.After = ""; ; pages-- {
		ids = append(idsOf(page.Rows), ids...)
		if page.Previous == "" || pages < -200 {
			break
		}
		f.Before = page.Previous
		page = w.page(f)
	}
	return ids
}

func (w *world) page(f store.DeploymentFilter) store.DeploymentPage {
	w.t.Helper()
	page, err := w.ListDeployments(w.t.Context(), f)
	if err != nil || len(page.Rows) > f.Limit {
		w.t.Fatalf("%+v: %d rows, %v", f, len(page.Rows), err)
	}
	return page
}

func idsOf(rows []store.DeploymentRow) []uuid.UUID {
	ids := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids
}

// While other rows move, come and are renamed, no row that stays as it is is skipped or shown twice.
func TestPagingWhileOthersChange(t *testing.T) {
	t.Parallel()
	w, tenants := listWorld(t)
	page := w.page(store.DeploymentFilter{Page: store.Page{Limit: 100}})
	random := rand.New(rand.NewPCG(3, 5))
	var restless []uuid.UUID
	still := map[uuid.UUID]bool{}
	for _, r := range page.Rows {
		if r.State == lifecycle.Active || r.State == lifecycle.Paused {
			restless = append(restless, r.ID)
		} else {
			still[r.ID] = true
		}
	}
	n := 0
	change := func() {
		n++
		id := restless[random.IntN(len(restless))]
		d := w.get(id)
		w.move(id, map[lifecycle.State]lifecycle.Action{lifecycle.Active: lifecycle.Pause, lifecycle.Paused: lifecycle.Resume}[d.State])
		fields := d.Fields()
		fields.Name = fmt.Sprintf("%c name", 'a'+random.IntN(26))
		if err := w.UpdateDeployment(t.Context(), support, id, d.EditVersion, fields); err != nil {
			t.Fatal(err)
		}
		w.deployment(tenants[n%2], fmt.Sprintf("new-%d", n))
	}
	// Places behind everything, to go back from.
	ends := map[store.DeploymentSort]string{
		store.ByNewest: place("0001-01-01T00:00:00.000000Z", uuid.Nil.String()),
		store.BySince:  place("9999-01-01T00:00:00.000000Z", uuid.Max.String()),
		store.ByName:   place("\U0010ffff", uuid.Max.String()),
	}
	for _, sort := range store.DeploymentSorts {
		for _, back := range []bool{false, true} {
			f := store.DeploymentFilter{Sort: sort, Page: store.Page{Limit: 7}}
			seen := map[uuid.UUID]int{}
			if back {
				f.Before = ends[sort]
			}
			for at, pages := "start", 0; at != "" && pages < 100; pages++ {
				page := w.page(f)
				for _, r := range page.Rows {
					seen[r.ID]++
				}
				if at = page.Next; back {
					at = page.Previous
					f.Before = at
				} else {
					f.After = at
				}
				change()
			}
			missed := 0
			for id := range still {
				if seen[id] > 1 || seen[id] == 0 {
					missed++
				}
			}
			if missed > 0 {
				t.Errorf("by %s, back %t: %d unchanged rows skipped or shown twice", sort, back, missed)
			}
		}
	}
}

func TestTenantPaging(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []uuid.UUID
	for i := range 23 {
		fields := tenantFields(fmt.Sprintf("t%d", i))
		fields.Name = []string{"Same", "same", "Other"}[i%3]
		id, err := w.CreateTenant(t.Context(), store.NewTenant{Command: w.by(support), Fields: fields})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, id)
	}
	w.in(want[3], "a", lifecycle.Paused)
	w.in(want[3], "b", lifecycle.Paused)
	w.in(want[3], "c", lifecycle.Active)
	w.damaged(`UPDATE cloud_tenants SET inserted_at = date_trunc('minute', inserted_at)`)
	for _, sort := range store.TenantSorts {
		for _, limit := range []int{1, 5, 23, 100} {
			f := store.TenantFilter{Sort: sort, Page: store.Page{Limit: limit}}
			seen := map[uuid.UUID]int{}
			var last store.TenantPage
			for pages := 0; pages == 0 || f.After != "" && pages < 100; pages++ {
				page, err := w.ListTenants(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range page.Rows {
					seen[r.ID]++
					if r.ID == want[3] && (r.States[lifecycle.Paused] != 2 || r.States[lifecycle.Active] != 1 || len(r.States) != 2) {
						t.Errorf("%v", r.States)
					}
				}
				last, f.After = page, page.Next
			}
			f.Before = last.Previous
			for pages := 0; f.Before != "" && pages < 100; pages++ {
				page, err := w.ListTenants(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range page.Rows {
					seen[r.ID]++
				}
				f.Before = page.Previous
			}
			for _, r := range last.Rows {
				seen[r.ID]++ // not read again on the way back
			}
			for _, id := range want {
				if seen[id] != 2 {
					t.Errorf("by %s, %d a page: %s shown %d times there and back", sort, limit, id, seen[id])
				}
			}
		}
	}
}

func TestPageSizes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenantID := w.tenant("t")
	for i := range 101 {
		w.deployment(tenantID, fmt.Sprintf("d%d", i))
	}
	for limit, want := range map[int]int{0: 50, 1: 1, 99: 99, 100: 100, 101: 50, -1: 50, 1e9: 50} {
		page, err := w.ListDeployments(t.Context(), store.DeploymentFilter{Page: store.Page{Limit: limit}})
		if err != nil || len(page.Rows) != want || page.Next == "" {
			t.Errorf("limit %d: %d rows, want %d: %v", limit, len(page.Rows), want, err)
		}
	}
	if _, err := w.ListDeployments(t.Context(), store.DeploymentFilter{Sort: "price"}); !errors.Is(err, store.ErrInput) {
		t.Errorf("%v", err)
	}
	if _, err := w.ListTenants(t.Context(), store.TenantFilter{Sort: "price"}); !errors.Is(err, store.ErrInput) {
		t.Errorf("%v", err)
	}
}

// The totals are those of the rows, whatever was done.
func TestCounts(t *testing.T) {
	t.Parallel()
	w, _ := listWorld(t)
	counts, err := w.GetCounts(t.Context())
	if err != nil || counts.Tenants != 2 || counts.Deployments != 64 || len(counts.ByState) != len(lifecycle.States) {
		t.Errorf("%+v %v", counts, err)
	}
	for state, n := range counts.ByState {
		if n != 8 {
			t.Errorf("%d %s", n, state)
		}
	}
}
