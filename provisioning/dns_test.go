package provisioning

import (
	"slices"
	"testing"
	"time"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// values are what a host name points at, sorted.
func (w *world) values(hostname string) []string {
	var list []string
	for _, r := range w.sim.Records(hostname) {
		list = append(list, r.Value)
	}
	slices.Sort(list)
	return list
}

// A host name has two records. Ours has taken the place of the first when the provider asks to wait before the second is removed: what was
// there first is still known, and comes back with the rollback.
func TestWhatWasThereBeforeOutlastsALimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	before := []string{"203.0.113.7", "203.0.113.8"}
	for _, value := range before {
		if _, err := w.cloud.CreateRecord(t.Context(), zone, Record{Kind: "A", Hostname: "shop." + zone, Value: value, TTL: time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	w.sim.Inject(
		cloudsim.Fault{Operation: cloudsim.DeleteRecord, Kind: cloudsim.Limit, Times: 1},
		cloudsim.Fault{Operation: cloudsim.DeleteRecord, Kind: cloudsim.Refuse, Times: 1},
	)
	w.start(t, Options{Timing: swift})
	id := w.begin(t, "shop")
	if run := w.settled(t, id); run.Status != lifecycle.RunCompensated || w.machine(t, id) != nil {
		t.Fatalf("%+v", run)
	}
	if got := w.values("shop." + zone); !slices.Equal(got, before) {
		t.Errorf("records %v, before %v", got, before)
	}
}

// A deployment that was renamed after it was built leaves no record behind under its old name when it is archived.
func TestArchivingTakesBackFormerNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	w.start(t, Options{Timing: swift})
	id := w.archived(t, "shop", func(hostname string) {
		d, err := w.FindDeployment(t.Context(), w.tenant, "shop")
		if err != nil {
			t.Fatal(err)
		}
		fields := d.Fields()
		fields.Hostname = "new." + zone
		without, err := store.Open(t.Context(), w.db.AppDSN, store.Options{Conns: 1}) // no provider: nobody follows
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = without.Close() }()
		if err := without.UpdateDeployment(t.Context(), operator, d.ID, d.EditVersion, fields); err != nil {
			t.Fatal(err)
		}
		if len(w.sim.Records(hostname)) != 1 {
			t.Fatal("the old record is gone already")
		}
	})
	if run := w.settled(t, id); run.Status != lifecycle.RunDone || !w.released(t, id) || w.machine(t, id) != nil {
		t.Errorf("%+v", run)
	}
	if left := w.values("shop." + zone); len(left) > 0 {
		t.Errorf("the old name points at %v, which anybody may be given", left)
	}
}
