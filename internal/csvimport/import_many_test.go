package csvimport_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"arcadia.example/console/catalog"
	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// TestImportMany imports several times as many rows as one statement writes: with the rights and the time-outs of the serving
// role, and as the owner.
func TestImportMany(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		rows int
		dsn  func(pgtest.DB) string
		o    store.Options
	}{
		{"upload", 6_000, func(db pgtest.DB) string { return db.AppDSN }, store.Options{}},
		{"command line", 3_000, func(db pgtest.DB) string { return db.OwnerDSN }, store.Options{Loading: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			start := time.Now()
			imported, err := bring(t, openWith(t, c.dsn(db), c.o), "k", many(c.rows))
			if err != nil || imported.Deployments != c.rows {
				t.Fatalf("%+v, %v", imported, err)
			}
			t.Logf("%d rows in %s", c.rows, time.Since(start))
			verify(t, db)
		})
	}
}

// many is a file of as many deployments, some in each state, five for each tenant.
func many(rows int) string {
	var b strings.Builder
	b.WriteString(short)
	states := []string{"active", "trial", "paused", "past_due", "suspended", "cancelled", "archived"}
	for i := range rows {
		fmt.Fprintf(&b, "t-%d,Tenant %[1]d,it@t-%[1]d.example,App %d,starter,fra1,s-1vcpu-1gb,%s,app-%[2]d.t-%[1]d.example\n",
			i/5, i%5, states[rand.IntN(len(states))])
	}
	return b.String()
}

// TestImportAnything imports random rows: what the check passes is stored as it says, every time.
func TestImportAnything(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	st := open(t, db)
	rapid.Check(t, func(r *rapid.T) {
		rows := rapid.SliceOfN(anyRow(), 1, 12).Draw(r, "rows")
		for i := range rows {
			rows[i].Line = i + 2
		}
		run := uuid.NewString()
		for i := range rows { // of this run alone
			rows[i].Tenant.Slug += "-" + run
			if rows[i].Deployment.Hostname != "" {
				rows[i].Deployment.Hostname += "." + run + ".example"
			}
			rows[i] = rows[i].Normalize()
		}
		problems := store.CheckImport(rows)
		before, err := st.GetCounts(t.Context())
		if err != nil {
			r.Fatal(err)
		}
		imported, err := st.Import(t.Context(), store.NewImport{Command: store.Command{Actor: mara, Key: run}, Rows: rows})
		after, countErr := st.GetCounts(t.Context())
		if countErr != nil {
			r.Fatal(countErr)
		}
		if (err == nil) == (len(problems) > 0) {
			r.Fatalf("the check says %v, the import %v", problems, err)
		}
		wantStates(r, rows, err == nil, before, after)
		if after.Tenants-before.Tenants != int64(imported.Tenants) || after.Deployments-before.Deployments != int64(imported.Deployments) {
			r.Fatalf("%+v, but from %+v to %+v", imported, before, after)
		}
	})
	verify(t, db)
}

func wantStates(r *rapid.T, rows []store.ImportRow, stored bool, before, after store.Counts) {
	want := map[lifecycle.State]int64{}
	for _, row := range rows {
		if stored && !row.Alone {
			want[row.State]++
		}
	}
	for _, state := range lifecycle.States {
		if got := after.ByState[state] - before.ByState[state]; got != want[state] {
			r.Fatalf("%d more are %s, want %d", got, state, want[state])
		}
	}
}

func anyRow() *rapid.Generator[store.ImportRow] {
	return rapid.Custom(func(r *rapid.T) store.ImportRow {
		slug := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(r, "tenant")
		row := store.ImportRow{
			Tenant: catalog.Tenant{Slug: slug, Name: "Tenant " + slug, Email: "it@" + slug + ".example", TimeZone: "UTC"},
			Alone:  rapid.IntRange(0, 9).Draw(r, "alone") == 0,
		}
		if row.Alone {
			return row
		}
		row.State = rapid.SampledFrom([]lifecycle.State{"", "active", "trial", "paused", "past_due", "suspended", "cancelled", "archived"}).Draw(r, "state")
		row.Notes = rapid.SampledFrom([]string{"", "x", "<b>'\"; DROP TABLE", "\u202e\U0001f600 \\u0000 {}"}).Draw(r, "notes")
		row.Deployment = catalog.Deployment{
			Name: rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9 '"\\{},]{0,20}`).Draw(r, "name"), Plan: "starter", Region: "fra1", Size: "s-1vcpu-1gb",
			Hostname: rapid.SampledFrom([]string{"", "", "", "one", "two", "three"}).Draw(r, "host"),
		}
		return row
	})
}
