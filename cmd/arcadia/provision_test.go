package main

import (
	"log/slog"
	"testing"
	"time"

	"arcadia.example/console/catalog"
	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// A console with a provider builds what it is asked to, and goes when it is told to though a machine is still being built: another
// one goes on with that.
func TestServeBuildsAndGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("Somebody Else")
	sim, err := cloudsim.Start(cloudsim.Options{Token: simulatedToken, Zones: []string{"apps.example"}, Activation: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	env := environmentFor(w.db)
	env["ARCADIA_CLOUD_URL"] = sim.URL()
	c := startConsole(t, env)

	s, err := store.Open(t.Context(), w.db.AppDSN, store.Options{Conns: 2, Provider: "simulated"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	id, err := s.CreateDeployment(t.Context(), store.NewDeployment{
		Command: w.by("support"), TenantID: w.tenant("Harbour"), Provision: true,
		Fields: catalog.Deployment{Name: "Shop", Slug: "shop", Hostname: "shop.apps.example", Plan: "starter", Region: "fra1", Size: "s-1vcpu-1gb"},
	})
	if err != nil {
		t.Fatal(err)
	}
	soon(t, "a droplet is made", func() bool { return sim.Effects(cloudsim.CreateDroplet) == 1 })
	c.stop()
	if run, err := s.GetNewestRun(t.Context(), id); err != nil || run.HeldBy.Valid || !run.Status.Live() {
		t.Errorf("left %+v, %v", run, err)
	}
	sim.Advance(time.Hour)
	startConsole(t, env)
	soon(t, "it is active", func() bool {
		return w.value(`SELECT state FROM cloud_deployments WHERE id = $1`, id) == string(lifecycle.Active)
	})
	records := sim.Records("shop.apps.example")
	if address := w.value(`SELECT host(address) FROM cloud_deployments WHERE id = $1`, id); len(records) != 1 || records[0].Value != address || sim.Effects(cloudsim.CreateDroplet) != 1 {
		t.Errorf("address %s, records %+v", address, records)
	}
}

// Who works on runs by a real provider says so to the processes that have none; a simulated one dies with its process.
func TestWhoHasAProviderSaysSo(t *testing.T) {
	t.Parallel()
	for simulated, want := range map[bool]bool{true: false, false: true} {
		w := newWorld(t)
		sim, err := cloudsim.Start(cloudsim.Options{Token: "secret"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = sim.Close() })
		cloud, err := cloudConfig{token: "secret"}.client(sim.URL())
		if err != nil {
			t.Fatal(err)
		}
		e := environment{log: slog.New(slog.DiscardHandler)}
		stop, err := workOnRuns(t.Context(), e, w.db.AppDSN, cloudSetup{Cloud: cloud, Name: "digitalocean", Simulated: simulated})
		if err != nil {
			t.Fatal(err)
		}
		if err := stop(t.Context()); err != nil {
			t.Error(err)
		}
		plain, err := store.Open(t.Context(), w.db.AppDSN, store.Options{Conns: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = plain.Close() })
		if has, err := plain.HasProvider(t.Context()); has != want || err != nil {
			t.Errorf("simulated %t: known elsewhere %t, %v", simulated, has, err)
		}
	}
}
