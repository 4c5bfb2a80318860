package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

func TestUpdateTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.tenant("t")
	fields := tenantFields("t")
	w.unchanged("an edit of nothing", func() {
		if err := w.UpdateTenant(t.Context(), billing, id, 99, fields); err != nil {
			t.Error(err)
		}
	})
	fields.Name, fields.BillingEmail = "Renamed", "bills@customer.test"
	if err := w.UpdateTenant(t.Context(), billing, id, 1, fields); err != nil {
		t.Fatal(err)
	}
	got, err := w.GetTenant(t.Context(), id)
	if err != nil || got.Fields() != fields.Normalize() || got.EditVersion != 2 || !got.UpdatedAt.After(got.InsertedAt) {
		t.Errorf("%+v %v", got, err)
	}
	line, err := w.GetTenantTimeline(t.Context(), id, "")
	want := []store.Change{{Field: "name", From: "Tenant t", To: "Renamed"}, {Field: "billing e-mail", To: "bills@customer.test"}}
	if err != nil || len(line.Entries) != 2 || !reflect.DeepEqual(line.Entries[0].Changes, want) || line.Entries[0].ActorName != "Billing" {
		t.Errorf("%+v %v", line, err)
	}
	fields.Name = "Other"
	w.unchanged("an old edit", func() {
		if err := w.UpdateTenant(t.Context(), billing, id, 1, fields); !errors.Is(err, store.ErrStale) {
			t.Errorf("%v", err)
		}
		if err := w.UpdateTenant(t.Context(), billing, uuid.New(), 1, fields); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v", err)
		}
	})
	w.verified()
}

func TestUpdateDeployment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.deployment(w.tenant("t"), "d")
	fields := deploymentFields("d")
	w.unchanged("an edit of nothing", func() {
		if err := w.UpdateDeployment(t.Context(), billing, id, 99, fields); err != nil {
			t.Error(err)
		}
	})
	w.move(id, lifecycle.Pause) // no hindrance
	fields = catalog.Deployment{
		Name: "New name", Slug: "new", Hostname: "new.test.example", App: "wiki", AppVersion: "3", Plan: "business", Region: "sgp1", Size: "s-4vcpu-8gb",
	}
	if err := w.UpdateDeployment(t.Context(), billing, id, 1, fields); err != nil {
		t.Fatal(err)
	}
	d := w.get(id)
	if d.Fields() != fields || d.EditVersion != 2 || d.Version != 2 || d.PriceCents != 14900 || d.State != lifecycle.Paused {
		t.Errorf("%+v", d)
	}
	line, err := w.GetDeploymentTimeline(t.Context(), id, "")
	if err != nil || len(line.Entries) != 3 || line.Entries[0].Kind != store.EditEntry || len(line.Entries[0].Changes) != 8 ||
		line.Entries[0].Changes[2] != (store.Change{Field: "host name", To: "new.test.example"}) {
		t.Errorf("%+v %v", line, err)
	}
	fields.Hostname = ""
	w.unchanged("an old edit", func() {
		if err := w.UpdateDeployment(t.Context(), billing, id, 1, fields); !errors.Is(err, store.ErrStale) {
			t.Errorf("%v", err)
		}
		if err := w.UpdateDeployment(t.Context(), billing, uuid.New(), 1, fields); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v", err)
		}
	})
	if err := w.UpdateDeployment(t.Context(), billing, id, 2, fields); err != nil || w.get(id).Hostname.Valid {
		t.Errorf("host name taken away: %v", err)
	}
	w.verified()
}

// The price is what was agreed: an edit of something else leaves it, another plan brings its own.
func TestPriceFollowsThePlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.deployment(w.tenant("t"), "d")
	w.damaged(fmt.Sprintf(`UPDATE cloud_deployments SET price_cents = 3900, currency = 'USD' WHERE id = '%s'`, id))
	fields := deploymentFields("d")
	fields.Name = "Renamed"
	if err := w.UpdateDeployment(t.Context(), billing, id, 1, fields); err != nil {
		t.Fatal(err)
	}
	if d := w.get(id); d.PriceCents != 3900 || d.Currency != "USD" {
		t.Errorf("%d %s", d.PriceCents, d.Currency)
	}
	fields.Plan = "starter"
	if err := w.UpdateDeployment(t.Context(), billing, id, 2, fields); err != nil {
		t.Fatal(err)
	}
	if d := w.get(id); d.PriceCents != 1900 || d.Currency != "EUR" {
		t.Errorf("%d %s", d.PriceCents, d.Currency)
	}
}

// The end of a trial is edited by the day: the same day keeps its hour, another one is stored as it was typed.
func TestEndOfTrial(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fields := deploymentFields("d")
	fields.TrialEndsAt = time.Date(2031, 5, 4, 17, 30, 0, 0, time.UTC)
	id := w.create(w.tenant("t"), fields, lifecycle.Trial)
	for _, same := range []time.Time{{}, time.Date(2031, 5, 4, 0, 0, 0, 0, time.UTC), time.Date(2031, 5, 5, 1, 0, 0, 0, time.FixedZone("east", 2*3600))} {
		edited := fields
		edited.TrialEndsAt = same
		w.unchanged("the same day", func() {
			if err := w.UpdateDeployment(t.Context(), billing, id, 1, edited); err != nil {
				t.Error(err)
			}
		})
	}
	fields.TrialEndsAt = time.Date(2031, 6, 1, 0, 0, 0, 0, time.UTC)
	if err := w.UpdateDeployment(t.Context(), billing, id, 1, fields); err != nil {
		t.Fatal(err)
	}
	if d := w.get(id); !d.TrialEndsAt.Time.Equal(fields.TrialEndsAt) {
		t.Errorf("ends %s", d.TrialEndsAt.Time)
	}
	line, err := w.GetDeploymentTimeline(t.Context(), id, "")
	if err != nil || len(line.Entries) != 2 || line.Entries[0].Changes[0] != (store.Change{Field: "end of trial", From: "2031-05-04", To: "2031-06-01"}) {
		t.Errorf("%+v %v", line, err)
	}
}

// A timeline is paged from the newest on: each entry once, in order, with notes, edits and events of one moment.
func TestTimelinePages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenantID := w.tenant("t")
	a, b := w.deployment(tenantID, "a"), w.deployment(tenantID, "b")
	for i := range 40 {
		w.move(a, []lifecycle.Action{lifecycle.Pause, lifecycle.Resume}[i%2])
		for _, on := range []uuid.NullUUID{{UUID: a, Valid: true}, {UUID: b, Valid: true}, {}} {
			if err := w.AddNote(t.Context(), store.NewNote{Command: w.by(support), TenantID: tenantID, DeploymentID: on, Notes: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	// All in few moments, so that the order within one counts.
	w.damaged(`UPDATE cloud_notes SET occurred_at = date_trunc('second', occurred_at)`,
		`UPDATE cloud_deployment_events SET occurred_at = date_trunc('second', occurred_at)`)
	for name, c := range map[string]struct {
		read func(before string) (store.Timeline, error)
		want int
	}{
		"deployment": {func(at string) (store.Timeline, error) { return w.GetDeploymentTimeline(t.Context(), a, at) }, 1 + 40 + 40},
		"tenant":     {func(at string) (store.Timeline, error) { return w.GetTenantTimeline(t.Context(), tenantID, at) }, 1 + 2 + 40 + 120},
	} {
		seen := map[string]bool{}
		last := time.Now().Add(time.Hour)
		version := 1 << 30
		for at, pages := "", 0; pages == 0 || at != ""; pages++ {
			line, err := c.read(at)
			if err != nil || len(line.Entries) > 50 || pages > 10 {
				t.Fatalf("%s: %d entries, page %d: %v", name, len(line.Entries), pages, err)
			}
			for _, e := range line.Entries {
				if seen[e.Tie] || e.OccurredAt.After(last) {
					t.Errorf("%s: %s %s twice or not in order", name, e.Kind, e.Tie)
				}
				if e.Kind == store.EventEntry && e.DeploymentID.UUID == a {
					if e.Version >= version {
						t.Errorf("%s: event %d after event %d", name, e.Version, version)
					}
					version = e.Version
				}
				seen[e.Tie], last = true, e.OccurredAt
			}
			at = line.Older
		}
		if len(seen) != c.want {
			t.Errorf("%s: %d entries, want %d", name, len(seen), c.want)
		}
		for _, bad := range []string{"x", "AAAA", "Zm9vCmJhcg"} {
			if _, err := c.read(bad); !errors.Is(err, store.ErrCursor) {
				t.Errorf("%s at %q: %v", name, bad, err)
			}
		}
	}
}
