package demo_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/internal/demo"
	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

func load(t *testing.T, dsn string, now time.Time) string {
	t.Helper()
	var out bytes.Buffer
	if err := demo.Load(t.Context(), dsn, now, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestLoad(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	t.Log(load(t, db.OwnerDSN, day))
	st := open(t, db.OwnerDSN)
	mustVerify(t, st)
	counts, err := st.GetCounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Log(counts)
	if counts.Tenants < 70 || counts.Deployments < 240 {
		t.Errorf("only %d tenants and %d deployments", counts.Tenants, counts.Deployments)
	}
	for _, state := range lifecycle.States {
		if n := counts.ByState[state]; n < 4 || state != lifecycle.Active && n > counts.Deployments/7 {
			t.Errorf("%d deployments are %s", n, state)
		}
	}
	if n := counts.ByState[lifecycle.Active]; n < counts.Deployments/2 {
		t.Errorf("only %d of %d deployments are active", n, counts.Deployments)
	}
	if note := load(t, db.OwnerDSN, day.Add(50*time.Hour)); !strings.Contains(note, "there already") {
		t.Errorf("a second load says %q", note)
	}
	again, err := st.GetCounts(t.Context())
	if err != nil || again.Deployments != counts.Deployments {
		t.Errorf("a second load left %+v, %v", again, err)
	}
	checkDemo(t, st)
}

// checkDemo asks for what the console's pages should have to show.
func checkDemo(t *testing.T, st *store.Store) {
	t.Helper()
	midnight := day.Truncate(24 * time.Hour)
	const events = ` FROM cloud_deployment_events e JOIN cloud_deployments d ON d.id = e.deployment_id `
	for what, query := range map[string]string{
		"events of today or later, or older than the demo": `SELECT count(*)` + events + `WHERE e.occurred_at >= $1 OR e.occurred_at < $1::timestamptz - interval '550 days'`,
		"events that go back in time": `SELECT count(*)` + events + `JOIN cloud_deployment_events p ON p.deployment_id = e.deployment_id
			AND p.version = e.version - 1 WHERE e.occurred_at <= p.occurred_at AND $1 > now() - interval '99 years'`,
		"notes or edits of today or later": `SELECT count(*) FROM (SELECT occurred_at FROM cloud_notes UNION ALL SELECT occurred_at FROM cloud_edits) n WHERE occurred_at >= $1`,
		"deployments before their tenant":  `SELECT count(*) FROM cloud_deployments d JOIN cloud_tenants t ON t.id = d.tenant_id WHERE d.inserted_at < t.inserted_at AND d.inserted_at < $1`,
		"trials that are over":             `SELECT count(*) FROM cloud_deployments WHERE state = 'trial' AND trial_ends_at < $1`,
		"running deployments without a machine in a network for documentation": `SELECT count(*) FROM cloud_deployments
			WHERE state IN ('active', 'trial', 'past_due', 'paused', 'suspended') AND inserted_at < $1
			  AND (droplet_id IS NULL OR NOT (address << '192.0.2.0/24' OR address << '198.51.100.0/24' OR address << '203.0.113.0/24'))`,
		"hosts outside of .example": `SELECT count(*) FROM cloud_deployments WHERE hostname NOT LIKE '%.example' AND inserted_at < $1`,
		"rows whose ID has another time": `SELECT count(*) FROM (SELECT id, inserted_at FROM cloud_deployments UNION ALL SELECT id, inserted_at FROM cloud_tenants) r
			WHERE inserted_at < $1 AND ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint <> floor(extract(epoch FROM inserted_at) * 1000)`,
		"tenants without a deployment": `SELECT count(*) FROM cloud_tenants t WHERE inserted_at < $1 AND NOT EXISTS (SELECT FROM cloud_deployments d WHERE d.tenant_id = t.id)`,
	} {
		expectNone(t, st, what, query, midnight)
	}
	for what, query := range map[string]string{
		"past due since this week":    `SELECT count(*) > 5 FROM cloud_deployments WHERE state = 'past_due' AND state_since > $1::timestamptz - interval '8 days'`,
		"trials that end in days":     `SELECT count(*) > 3 FROM cloud_deployments WHERE state = 'trial' AND trial_ends_at < $1::timestamptz + interval '5 days'`,
		"undone moves":                `SELECT count(*) > 3 FROM cloud_deployment_events WHERE reason = 'undo' AND occurred_at < $1`,
		"accounts moved at once":      `SELECT count(*) > 6 FROM commands WHERE kind = 'account' AND inserted_at < $1`,
		"notes":                       `SELECT count(*) > 60 FROM cloud_notes WHERE occurred_at < $1`,
		"edits":                       `SELECT count(*) > 30 FROM cloud_edits WHERE deployment_id IS NOT NULL AND occurred_at < $1`,
		"every edge of the map":       `SELECT count(DISTINCT (from_state, to_state)) = 16 FROM cloud_deployment_events WHERE from_state IS NOT NULL AND occurred_at < $1`,
		"every kind of actor":         `SELECT count(DISTINCT actor_kind) = 4 FROM cloud_deployment_events WHERE occurred_at < $1`,
		"events of a year and a half": `SELECT min(occurred_at) < $1::timestamptz - interval '500 days' FROM cloud_deployment_events`,
	} {
		var enough bool
		if err := st.DB().QueryRowContext(t.Context(), query, midnight).Scan(&enough); err != nil || !enough {
			t.Errorf("too few: %s (%v)", what, err)
		}
	}
}

// content is everything that a load left, but for the moments at which previews were made and the transactions that wrote
// the rows.
func content(t *testing.T, st *store.Store) []string {
	t.Helper()
	var lines []string
	for _, table := range []string{"cloud_tenants", "cloud_deployments", "cloud_deployment_events", "cloud_notes", "cloud_edits", "commands"} {
		rows, err := st.DB().QueryContext(t.Context(), `SELECT '`+table+` ' || (to_jsonb(r) - 'tick')::text FROM `+table+` r ORDER BY 1`)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, line)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return lines
}

func sameLines(t *testing.T, want, got []string) {
	t.Helper()
	if slices.Equal(want, got) {
		return
	}
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			t.Fatalf("%d and %d rows, the first difference:\n%s\n%s", len(want), len(got), want[i], got[i])
		}
	}
	t.Fatalf("%d and %d rows", len(want), len(got))
}

func TestLoadGivesTheSameEachTimeOfADay(t *testing.T) {
	t.Parallel()
	one, other := pgtest.New(t), pgtest.New(t)
	load(t, one.OwnerDSN, day)
	load(t, other.OwnerDSN, day.Add(13*time.Hour))
	sameLines(t, content(t, open(t, one.OwnerDSN)), content(t, open(t, other.OwnerDSN)))
}

func TestLoadGoesOnAfterABreak(t *testing.T) {
	t.Parallel()
	whole, broken := pgtest.New(t), pgtest.New(t)
	load(t, whole.OwnerDSN, day)
	for _, after := range []time.Duration{120, 250, 400, 600} {
		ctx, cancel := context.WithTimeout(t.Context(), after*time.Millisecond)
		// Where it breaks off, if it does, is all the same: the last load below must complete it.
		_ = demo.Load(ctx, broken.OwnerDSN, day, &bytes.Buffer{})
		cancel()
	}
	load(t, broken.OwnerDSN, day.Add(30*time.Hour)) // it began the day before
	mustVerify(t, open(t, broken.OwnerDSN))
	sameLines(t, content(t, open(t, whole.OwnerDSN)), content(t, open(t, broken.OwnerDSN)))
}

func TestLoadTwiceAtOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	errs := make(chan error)
	for range 2 {
		go func() { errs <- demo.Load(t.Context(), db.OwnerDSN, day, &bytes.Buffer{}) }()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	mustVerify(t, open(t, db.OwnerDSN))
}

func TestLoadLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	st := open(t, db.OwnerDSN)
	_, err := st.CreateTenant(t.Context(), store.NewTenant{
		Command: store.Command{Actor: access.Actor{Kind: access.System, ID: "test", Name: "Test"}, Key: "1"},
		Fields:  catalog.Tenant{Name: "Real customer", Email: "it@real.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if note := load(t, db.OwnerDSN, day); !strings.Contains(note, "no demo data is loaded") {
		t.Errorf("it says %q", note)
	}
	counts, err := st.GetCounts(t.Context())
	if err != nil || counts.Tenants != 1 {
		t.Errorf("%+v, %v", counts, err)
	}
}

// TestEveryDayCanBeLoaded looks for dates on which a script does not work out, by playing a few.
func TestEveryDayCanBeLoaded(t *testing.T) {
	t.Parallel()
	for _, now := range []time.Time{
		time.Date(2028, 2, 29, 23, 59, 59, 0, time.UTC),
		time.Date(2027, 3, 28, 1, 30, 0, 0, time.FixedZone("east", 5*3600)),
	} {
		db := pgtest.New(t)
		load(t, db.OwnerDSN, now)
		mustVerify(t, open(t, db.OwnerDSN))
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	var all access.Roles
	for _, p := range demo.People {
		if err := p.Actor().Validate(); err != nil || !strings.HasSuffix(p.ID, "@arcadia.example") {
			t.Errorf("%+v: %v", p, err)
		}
		all |= p.Roles
	}
	for _, role := range access.AllRoles {
		if !all.Has(role) {
			t.Errorf("nobody is %s", role)
		}
	}
}
