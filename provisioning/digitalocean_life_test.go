package provisioning_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/provisioning"
)

// What there is not is NotFound, for every call that is about something.
func TestWhatThereIsNot(t *testing.T) {
	t.Parallel()
	b := newBench(t, cloudsim.Options{})
	b.furnish()
	ctx, other := t.Context(), provisioning.Record{ID: 77, Kind: "A", Hostname: host, Value: "192.0.2.9"}
	for name, call := range map[string]func() error{
		"get":             func() error { _, err := b.cloud.GetDroplet(ctx, 77); return err },
		"delete":          func() error { return b.cloud.DeleteDroplet(ctx, 77) },
		"power":           func() error { return b.cloud.Power(ctx, 77, true) },
		"zone":            func() error { _, err := b.cloud.FindZone(ctx, "shop.elsewhere.example"); return err },
		"edit":            func() error { _, err := b.cloud.EditRecord(ctx, zone, other); return err },
		"delete record":   func() error { return b.cloud.DeleteRecord(ctx, zone, 77) },
		"list in no zone": func() error { _, err := b.cloud.ListRecords(ctx, "no.example", "a.no.example", "A"); return err },
	} {
		if err := call(); err == nil || provisioning.KindOf(err) != provisioning.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := b.cloud.ListDroplets(ctx, "dep-77"); err != nil || len(list) != 0 {
		t.Errorf("a tag that nothing carries: %v, %v", list, err)
	}
	if list, err := b.cloud.ListRecords(ctx, zone, "other.apps.example", "A"); err != nil || len(list) != 0 {
		t.Errorf("a name without records: %v, %v", list, err)
	}
}

// A call that cannot mean what it says is not made.
func TestCallsThatAreNotMade(t *testing.T) {
	t.Parallel()
	b := newBench(t, cloudsim.Options{})
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"no tag to create":        func() error { _, err := b.cloud.CreateDroplet(ctx, spec()); return err },
		"a broken tag to create":  func() error { _, err := b.cloud.CreateDroplet(ctx, spec("a&b")); return err },
		"no tag to list":          func() error { _, err := b.cloud.ListDroplets(ctx, ""); return err },
		"a broken tag to list":    func() error { _, err := b.cloud.ListDroplets(ctx, "a&page=2"); return err },
		"number zero":             func() error { return b.cloud.DeleteDroplet(ctx, 0) },
		"a number below zero":     func() error { _, err := b.cloud.GetDroplet(ctx, -1); return err },
		"power of nothing":        func() error { return b.cloud.Power(ctx, 0, true) },
		"a host outside the zone": func() error { _, err := b.cloud.ListRecords(ctx, zone, "shop.apps.example.com", "A"); return err },
		"a zone that is a path":   func() error { return b.cloud.DeleteRecord(ctx, "../droplets/7", 1) },
		"no kind of record":       func() error { _, err := b.cloud.ListRecords(ctx, zone, host, "A&name=x"); return err },
		"a name that is none": func() error {
			_, err := b.cloud.CreateRecord(ctx, zone, provisioning.Record{Kind: "A", Hostname: "a b.apps.example"})
			return err
		},
	} {
		if err := call(); err == nil || provisioning.KindOf(err) != provisioning.Definite {
			t.Errorf("%s: %v", name, err)
		}
	}
	if calls := b.sim.Journal(); len(calls) != 0 {
		t.Errorf("requests were made: %v", calls)
	}
}

// A machine's life, with all that comes late.
func TestLifeOfADroplet(t *testing.T) {
	t.Parallel()
	b := newBench(t, cloudsim.Options{Activation: time.Hour, Listing: 10 * time.Minute, Showing: 5 * time.Minute, Switching: time.Minute})
	ctx := t.Context()
	made, err := b.cloud.CreateDroplet(ctx, spec("arcadia", tag))
	if err != nil || made.Status != provisioning.DropletNew || made.Address.IsValid() || made.ID == 0 || made.Name != "shop" || made.Region != "fra1" || made.Size != "s-1vcpu-1gb" {
		t.Fatalf("%+v, %v", made, err)
	}
	if _, err := b.cloud.GetDroplet(ctx, made.ID); err == nil || provisioning.KindOf(err) != provisioning.NotFound {
		t.Errorf("too early: %v", err)
	}
	if list, err := b.cloud.ListDroplets(ctx, tag); err != nil || len(list) != 0 {
		t.Errorf("listed too early: %v, %v", list, err)
	}
	b.sim.Advance(10 * time.Minute)
	list, err := b.cloud.ListDroplets(ctx, tag)
	if err != nil || len(list) != 1 || list[0].ID != made.ID || !slices.Contains(list[0].Tags, "arcadia") || time.Since(list[0].CreatedAt) > time.Minute {
		t.Errorf("listed: %v, %v", list, err)
	}
	if err := b.cloud.Power(ctx, made.ID, false); err == nil || provisioning.KindOf(err) != provisioning.Limited {
		t.Errorf("switched off while it is made: %v", err)
	}
	b.sim.Advance(time.Hour)
	b.expect(made.ID, provisioning.DropletActive)
	if err := b.cloud.Power(ctx, made.ID, false); err != nil {
		t.Fatal(err)
	}
	b.expect(made.ID, provisioning.DropletActive)
	b.sim.Advance(time.Minute)
	b.expect(made.ID, provisioning.DropletOff)
	if err := b.cloud.DeleteDroplet(ctx, made.ID); err != nil {
		t.Fatal(err)
	}
	if left := b.sim.Droplets(""); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func (b *bench) expect(id int64, status provisioning.DropletStatus) {
	b.t.Helper()
	d, err := b.cloud.GetDroplet(b.t.Context(), id)
	if err != nil || d.Status != status || !d.Address.Is4() {
		b.t.Errorf("%+v, %v, want %s", d, err, status)
	}
}

// A list of several pages is whole, and the oldest machine is its first.
func TestListsOfSeveralPages(t *testing.T) {
	t.Parallel()
	b := newBench(t, cloudsim.Options{})
	var droplets []cloudsim.Droplet
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range 450 {
		droplets = append(droplets, cloudsim.Droplet{ID: int64(1000 + i), Tags: []string{"arcadia"}, CreatedAt: start.Add(-time.Duration(i) * time.Minute)})
	}
	var zones []string
	for i := range 250 {
		zones = append(zones, fmt.Sprintf("z%d.example", i))
	}
	if err := b.sim.Seed(cloudsim.Seed{Droplets: droplets, Zones: zones}); err != nil {
		t.Fatal(err)
	}
	list, err := b.cloud.ListDroplets(t.Context(), "arcadia")
	if err != nil || len(list) != 450 || list[0].ID != 1449 || list[449].ID != 1000 || b.sim.Calls(cloudsim.ListDroplets) != 3 {
		t.Errorf("%d machines by %d requests, %v", len(list), b.sim.Calls(cloudsim.ListDroplets), err)
	}
	if found, err := b.cloud.FindZone(t.Context(), "shop.z249.example"); err != nil || found != "z249.example" {
		t.Errorf("the last zone: %q, %v", found, err)
	}
}

// The longest zone is found, kept for a minute, and looked for anew before it is said that there is none.
func TestZones(t *testing.T) {
	t.Parallel()
	b := newBench(t, cloudsim.Options{Zones: []string{"deep.apps.example", "example.org"}})
	for hostname, want := range map[string]string{
		host: zone, "Shop.DEEP.apps.example.": "deep.apps.example", "deep.apps.example": "deep.apps.example", "example.org": "example.org", "a.b.c.example.org": "example.org",
	} {
		if found, err := b.cloud.FindZone(t.Context(), hostname); err != nil || found != want {
			t.Errorf("%s lies in %q, %v", hostname, found, err)
		}
	}
	if n := b.sim.Calls(cloudsim.FindZone); n != 1 {
		t.Errorf("listed %d times", n)
	}
	for _, hostname := range []string{"notexample.org", "example", "org", "", "x.example.org.evil.example"} {
		if found, err := b.cloud.FindZone(t.Context(), hostname); err == nil || provisioning.KindOf(err) != provisioning.NotFound {
			t.Errorf("%s lies in %q, %v", hostname, found, err)
		}
	}
}

func TestLifeOfARecord(t *testing.T) {
	t.Parallel()
	b := newBench(t, cloudsim.Options{})
	ctx := t.Context()
	for _, hostname := range []string{host, zone, "*.apps.example"} {
		made, err := b.cloud.CreateRecord(ctx, zone, provisioning.Record{Kind: "A", Hostname: hostname, Value: "192.0.2.1", TTL: 5 * time.Minute})
		if err != nil || made.Hostname != hostname || made.TTL != 5*time.Minute || made.Value != "192.0.2.1" || made.Kind != "A" {
			t.Fatalf("%+v, %v", made, err)
		}
		made.Value, made.TTL = "192.0.2.2", time.Minute
		changed, err := b.cloud.EditRecord(ctx, zone, made)
		if err != nil || changed != made {
			t.Errorf("%+v, %v", changed, err)
		}
		list, err := b.cloud.ListRecords(ctx, zone, strings.ToUpper(hostname), "A")
		if err != nil || len(list) != 1 || list[0] != made {
			t.Errorf("%v, %v", list, err)
		}
		if list, err := b.cloud.ListRecords(ctx, zone, hostname, "TXT"); err != nil || len(list) != 0 {
			t.Errorf("of another kind: %v, %v", list, err)
		}
		if err := b.cloud.DeleteRecord(ctx, zone, made.ID); err != nil || len(b.sim.Records(hostname)) != 0 {
			t.Errorf("left: %v, %v", b.sim.Records(hostname), err)
		}
	}
	_, err := b.cloud.CreateRecord(ctx, zone, provisioning.Record{Kind: "A", Hostname: host, Value: "2001:db8::1"})
	if fault := (*provisioning.Fault)(nil); !errors.As(err, &fault) || fault.Kind != provisioning.Definite || !strings.Contains(fault.Message, "IPv4") {
		t.Errorf("the provider's words are lost: %v", err)
	}
}

// What the provider does not sell is refused, in its words.
func TestWhatTheProviderRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t, cloudsim.Options{})
	for word, change := range map[string]func(*provisioning.DropletSpec){
		"region":   func(s *provisioning.DropletSpec) { s.Region = "moon1" },
		"size":     func(s *provisioning.DropletSpec) { s.Size = "huge" },
		"image":    func(s *provisioning.DropletSpec) { s.Image = "windows" },
		"hostname": func(s *provisioning.DropletSpec) { s.Name = "web shop" },
	} {
		wanted := spec(tag)
		change(&wanted)
		_, err := b.cloud.CreateDroplet(t.Context(), wanted)
		if fault := (*provisioning.Fault)(nil); !errors.As(err, &fault) || fault.Kind != provisioning.Definite || fault.Status != http.StatusUnprocessableEntity || !strings.Contains(fault.Message, word) {
			t.Errorf("%s: %v", word, err)
		}
	}
	if own := spec(tag); len(b.sim.Droplets("")) == 0 {
		own.Image = "123456"
		if _, err := b.cloud.CreateDroplet(t.Context(), own); err != nil {
			t.Errorf("an image of one's own: %v", err)
		}
	}
}

// Whoever asks goes away: the call ends at once.
func TestACallThatIsBrokenOff(t *testing.T) {
	t.Parallel()
	b := newBench(t, cloudsim.Options{})
	b.sim.Inject(cloudsim.Fault{Kind: cloudsim.HangAfter})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for b.sim.Calls(cloudsim.CreateDroplet) == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	_, err := b.cloud.CreateDroplet(ctx, spec(tag))
	if provisioning.KindOf(err) != provisioning.Unknown || !strings.Contains(err.Error(), "broken off here") || len(b.sim.Droplets(tag)) != 1 {
		t.Errorf("%v, with %d machines", err, len(b.sim.Droplets(tag)))
	}
}
