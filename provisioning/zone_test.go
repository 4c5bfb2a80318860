package provisioning

import (
	"testing"
	"time"

	"arcadia.example/console/internal/cloudsim"
)

// A list of zones is believed for a minute, but not where it says that there is none.
func TestZonesAreReadAnew(t *testing.T) {
	t.Parallel()
	sim, err := cloudsim.Start(cloudsim.Options{Zones: []string{"old.example"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	c, err := NewDigitalOcean(DigitalOceanOptions{Token: "t", BaseURL: sim.URL()})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c.now = func() time.Time { return now }
	for i, step := range []struct {
		after    time.Duration
		hostname string
		found    bool
		calls    int // so far
	}{
		{0, "a.old.example", true, 1},
		{59 * time.Second, "a.old.example", true, 1},
		{0, "a.new.example", true, 2},
		{time.Second, "a.none.example", false, 2},
		{2 * time.Second, "a.none.example", false, 3},
		{59 * time.Second, "a.old.example", true, 3},
		{time.Second, "a.old.example", true, 4},
	} {
		now = now.Add(step.after)
		if i == 2 {
			if err := sim.Seed(cloudsim.Seed{Zones: []string{"new.example"}}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := c.FindZone(t.Context(), step.hostname)
		if found := err == nil; found != step.found || sim.Calls(cloudsim.FindZone) != step.calls {
			t.Errorf("step %d: %v after %d calls, not %d", i, err, sim.Calls(cloudsim.FindZone), step.calls)
		}
	}
	sim.Inject(cloudsim.Fault{Kind: cloudsim.Fail})
	now = now.Add(time.Hour)
	if _, err := c.FindZone(t.Context(), "a.old.example"); KindOf(err) != Unknown {
		t.Errorf("a list that cannot be had: %v", err)
	}
}
