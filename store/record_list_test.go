package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// recordWorld has a bit of everything: two tenants, moves, an account action over three deployments, notes, an edit, a
// sign-in that failed, and a change of staff.
type recordWorld struct {
	*world
	tenant, other uuid.UUID
	shops         []uuid.UUID
	person        store.Staff
}

func newRecordWorld(t *testing.T) recordWorld {
	t.Helper()
	w := recordWorld{world: newWorld(t)}
	w.tenant, w.other = w.world.tenant("first"), w.world.tenant("second")
	for i := range 3 {
		w.shops = append(w.shops, w.deployment(w.tenant, fmt.Sprintf("shop-%d", i)))
	}
	w.noted(w.shops[0], "Hello")
	preview, err := w.PreviewAccount(t.Context(), billing, w.tenant, lifecycle.Pause)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.MoveAccount(t.Context(), store.AccountMove{
		Command: w.by(billing), TenantID: w.tenant, Action: lifecycle.Pause, PreviewID: preview.ID, Reason: "seasonal",
	}); err != nil {
		t.Fatal(err)
	}
	w.move(w.shops[1], lifecycle.Resume)
	w.person, _ = w.hire("Nina", access.Viewer)
	if err := w.RecordFailedSignIn(t.Context(), "stranger@arcadia.test", "wrong password", "192.0.2.66"); err != nil {
		t.Fatal(err)
	}
	return w
}

// told is the record in short, the newest first.
func (w recordWorld) told(f store.RecordFilter) []string {
	w.t.Helper()
	page, err := w.ListRecord(w.t.Context(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	lines := make([]string, len(page.Rows))
	for i, r := range page.Rows {
		switch {
		case r.Kind == store.DeedEntry:
			lines[i] = string(r.Deed)
		case r.Kind == store.EventEntry && r.Moved > 0:
			lines[i] = fmt.Sprintf("%s %s x%d", r.DeploymentName.String, r.To, r.Moved)
		case r.Kind == store.EventEntry:
			lines[i] = fmt.Sprintf("%s %s", r.DeploymentName.String, r.To)
		default:
			lines[i] = string(r.Kind) + " " + r.TenantName + r.Notes
		}
		lines[i] = strings.NewReplacer("Deployment ", "", "Tenant ", "").Replace(lines[i])
	}
	return lines
}

func only(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }

func TestTheRecordIsOneListOfEverything(t *testing.T) {
	t.Parallel()
	w := newRecordWorld(t)
	paused := slices.IndexFunc(w.told(store.RecordFilter{}), func(line string) bool { return strings.HasSuffix(line, " paused x3") })
	if paused < 0 {
		t.Fatalf("the account action is not one entry: %q", w.told(store.RecordFilter{}))
	}
	all := w.told(store.RecordFilter{})
	all[paused] = "paused x3"
	want := []string{
		"sign_in_failed", "staff_link_used", "staff_invited", "shop-1 active", "paused x3", "note firstHello",
		"shop-2 active", "shop-1 active", "shop-0 active", "edit second", "edit first",
	}
	if !slices.Equal(all, want) {
		t.Errorf("the record is\n%q, not\n%q", all, want)
	}
	for name, c := range map[string]struct {
		filter store.RecordFilter
		want   []string
	}{
		"failures":         {store.RecordFilter{Kind: store.FailuresRecord}, want[:1]},
		"sign-ins":         {store.RecordFilter{Kind: store.SignInsRecord}, want[:2]},
		"staff":            {store.RecordFilter{Kind: store.StaffRecord}, want[1:3]},
		"notes":            {store.RecordFilter{Kind: store.NotesRecord}, want[5:6]},
		"edits":            {store.RecordFilter{Kind: store.EditsRecord}, want[9:]},
		"a person":         {store.RecordFilter{Person: w.person.Email}, want[1:2]},
		"nobody":           {store.RecordFilter{Person: "stranger@arcadia.test"}, want[:1]},
		"nobody, hidden":   {store.RecordFilter{Person: "stranger@arcadia.test", Known: true}, nil},
		"a tenant":         {store.RecordFilter{Object: only(w.other)}, want[9:10]},
		"a deployment":     {store.RecordFilter{Object: only(w.shops[2])}, []string{"shop-2 paused x3", "shop-2 active"}},
		"a person's":       {store.RecordFilter{Object: only(w.person.ID)}, want[1:3]},
		"nothing":          {store.RecordFilter{Object: only(uuid.New())}, nil},
		"from tomorrow on": {store.RecordFilter{From: time.Now().Add(time.Hour)}, nil},
		"until yesterday":  {store.RecordFilter{To: time.Now().Add(-time.Hour)}, nil},
	} {
		if got := w.told(c.filter); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}

// Pages of any size, forwards and backwards, have every entry once and in order.
func TestTheRecordByPages(t *testing.T) {
	t.Parallel()
	w := newRecordWorld(t)
	w.moveAll()
	all := w.told(store.RecordFilter{Page: store.Page{Limit: 100}})
	for _, limit := range []int{1, 3, 7} {
		var forwards, backwards []string
		f := store.RecordFilter{Page: store.Page{Limit: limit}}
		for {
			page, err := w.ListRecord(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			forwards = append(forwards, w.told(f)...)
			if page.Next == "" {
				break
			}
			f.Page.After = page.Next
		}
		for {
			page, err := w.ListRecord(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			backwards = append(w.told(f), backwards...)
			if page.Previous == "" {
				break
			}
			f.Page = store.Page{Limit: limit, Before: page.Previous}
		}
		if !slices.Equal(forwards, all) || !slices.Equal(backwards, all) {
			t.Errorf("by %d: %d and %d entries of %d", limit, len(forwards), len(backwards), len(all))
		}
	}
	for _, wrong := range []string{"x", "%", "bm90IGEgdGltZQp4"} {
		if _, err := w.ListRecord(t.Context(), store.RecordFilter{Page: store.Page{After: wrong}}); err == nil {
			t.Errorf("%q is a place", wrong)
		}
	}
}

// moveAll makes some more entries at nearly the same time.
func (w recordWorld) moveAll() {
	w.t.Helper()
	for _, id := range w.shops[1:2] {
		for range 5 {
			w.move(id, lifecycle.Pause)
			w.move(id, lifecycle.Resume)
		}
	}
}

func TestFindObject(t *testing.T) {
	t.Parallel()
	w := newRecordWorld(t)
	for q, want := range map[string]uuid.UUID{
		w.shops[0].String(): w.shops[0], "first": w.tenant, " FIRST ": w.tenant, w.person.Email: w.person.ID,
	} {
		if got, err := w.FindObject(t.Context(), q); err != nil || got != want {
			t.Errorf("%q: %v, %v", q, got, err)
		}
	}
	for _, q := range []string{"nothing", "firs", "%", "1", "nobody@arcadia.test", "no.such.example"} {
		if got, err := w.FindObject(t.Context(), q); err == nil {
			t.Errorf("%q is %v", q, got)
		}
	}
}

// An import is one entry, and a page that passes over it does not read its rows.
func TestAnImportIsOneEntry(t *testing.T) {
	t.Parallel()
	w := recordWorld{world: newWorld(t)}
	w.tenant = w.world.tenant("first")
	for i := range 60 {
		w.deployment(w.tenant, fmt.Sprintf("old-%d", i))
	}
	const many = 700 // more than are written in one statement
	var rows []store.ImportRow
	for i := range many {
		row := store.ImportRow{Line: i + 2, Tenant: tenantFields("second"), Deployment: deploymentFields(fmt.Sprintf("new-%d", i)), State: lifecycle.Suspended}
		rows = append(rows, row)
	}
	if _, err := w.Import(t.Context(), store.NewImport{Command: w.by(admin), Rows: rows}); err != nil {
		t.Fatal(err)
	}
	w.exec(`ANALYZE`)
	for name, f := range map[string]store.RecordFilter{"all": {}, "moves": {Kind: store.MovesRecord}, "person": {Person: admin.ID}} {
		lines := slices.DeleteFunc(w.told(f), func(line string) bool { return strings.HasPrefix(line, "old-") || strings.HasPrefix(line, "edit ") })
		if len(lines) != 1 || !strings.HasSuffix(lines[0], fmt.Sprintf(" active x%d", many)) {
			t.Errorf("%s: %q", name, lines)
		}
		q, err := store.RecordQuery(f)
		if err != nil {
			t.Fatal(err)
		}
		if rows, _ := explain(t, w.DB(), q).read(); rows > 450 {
			t.Errorf("%s: %.0f rows read", name, rows)
		}
	}
	about := uuid.MustParse(w.value(`SELECT id FROM cloud_deployments WHERE slug = 'new-500'`))
	if got, want := w.told(store.RecordFilter{Object: only(about)}), []string{fmt.Sprintf("new-500 active x%d", many)}; !slices.Equal(got, want) {
		t.Errorf("about one of them: %q, not %q", got, want)
	}
	if n := w.value(`SELECT count(*) FROM cloud_deployment_events WHERE NOT grouped`); n != "61" {
		t.Errorf("%s events stand for themselves, want 61", n)
	}
}
