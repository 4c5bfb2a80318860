package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// However a search finds its page, by walking or by gathering, in states that have more than it walks or less: the rows
// are those of the plain query, in its order, on each page and back again.
func TestSearchPagesAreThoseOfThePlainQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var tenants []uuid.UUID
	for i := range 50 {
		tenants = append(tenants, w.tenant(fmt.Sprintf("t%d", i)))
	}
	w.spread(tenants, 12_000, lifecycle.Active, lifecycle.Active, lifecycle.Active, lifecycle.Active, lifecycle.Active,
		lifecycle.Trial, lifecycle.Paused, lifecycle.PastDue, lifecycle.Cancelled)
	w.exec(`ANALYZE`)
	keys := map[store.DeploymentSort]string{
		store.ByNewest: `d.inserted_at DESC, d.id DESC`, store.BySince: `d.state_since, d.id`, store.ByName: `lower(d.name), d.id`,
	}
	for word, pattern := range map[string]string{
		"made-1": "%made-1%", "MADE": "%made%", "9": "% 9%", "88": "% 88%", "-77": "%-77%", "made-11999": "%made-11999%", "nowhere": "%nowhere%", "-": "% -%",
	} {
		for _, states := range [][]lifecycle.State{nil, {lifecycle.Active}, {lifecycle.Trial, lifecycle.Active, lifecycle.Suspended}, {lifecycle.Archived}} {
			for sort, key := range keys {
				want := w.plain(pattern, states, key)
				w.pages(want, store.DeploymentFilter{Search: word, States: states, Sort: sort, Page: store.Page{Limit: plainPage}})
			}
		}
	}
}

// plainRows is how many rows are compared, in pages of plainPage: few enough that a word can fill the page beyond what a walk
// is certain of.
const (
	plainRows = 175
	plainPage = 50
)

func (w *world) plain(pattern string, states []lifecycle.State, key string) []uuid.UUID {
	w.t.Helper()
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = string(s)
	}
	rows, err := w.DB().QueryContext(w.t.Context(), fmt.Sprintf(`
SELECT d.id FROM cloud_deployments d JOIN cloud_deployment_search s ON s.deployment_id = d.id
 WHERE s.doc LIKE $1 AND (cardinality($2::text[]) = 0 OR d.state = ANY ($2::text[])) ORDER BY %s LIMIT %d`, key, plainRows), pattern, pq.StringArray(words))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var ids []uuid.UUID
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			w.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return ids
}

// pages goes through the list forwards for as long as there are rows to compare with, and back to the start.
func (w *world) pages(want []uuid.UUID, f store.DeploymentFilter) {
	w.t.Helper()
	name := fmt.Sprintf("%q in %v by %s", f.Search, f.States, f.Sort)
	var got []uuid.UUID
	var last store.DeploymentPage
	for {
		last = w.page(f)
		got = append(got, idsOf(last.Rows)...)
		if last.Next == "" || len(got) >= len(want) {
			break
		}
		f.Page.After = last.Next
	}
	start := len(got) - len(last.Rows) // of the last page
	if len(want) == plainRows {
		got = got[:min(len(got), plainRows)]
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("%s: %d rows, want %d, or in another order", name, len(got), len(want))
		return
	}
	f.Page.After = ""
	for ; start > 0; start -= plainPage {
		f.Page.Before = last.Previous
		last = w.page(f)
		if !slices.Equal(idsOf(last.Rows), want[start-plainPage:start]) {
			w.t.Errorf("%s: back before row %d: %d rows, or others", name, start, len(last.Rows))
			return
		}
	}
}
