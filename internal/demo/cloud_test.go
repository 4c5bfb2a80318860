package demo_test

import (
	"slices"
	"testing"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/internal/demo"
	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/store"
)

// The demo's cloud has each machine that the database knows, on or off as its deployment wants it, and none that was released.
func TestCloudSeed(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	load(t, db.OwnerDSN, day)
	st := open(t, db.OwnerDSN)
	seed, all, err := demo.CloudSeed(t.Context(), db.OwnerDSN)
	if err != nil || !all {
		t.Fatalf("all: %t, %v", all, err)
	}
	sim, err := cloudsim.New(cloudsim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Seed(seed); err != nil {
		t.Fatal(err)
	}
	for state, on := range map[string]bool{"active": true, "trial": true, "past_due": true, "paused": false, "suspended": false, "cancelled": false} {
		for _, id := range dropletsOf(t, st, state) {
			i := slices.IndexFunc(sim.Droplets(""), func(d cloudsim.Droplet) bool { return d.ID == id })
			if i < 0 || sim.Droplets("")[i].On != on {
				t.Errorf("machine %d of a deployment that is %s: at %d", id, state, i)
			}
		}
	}
	for _, id := range released(t, st) {
		if slices.ContainsFunc(sim.Droplets(""), func(d cloudsim.Droplet) bool { return d.ID == id }) {
			t.Errorf("machine %d of an archived deployment is there", id)
		}
		if seed.After < id {
			t.Errorf("machine %d could be made again: numbers go on after %d", id, seed.After)
		}
	}
	checkNames(t, sim, st)
	checkInventory(t, st)
}

// checkInventory asks that each machine stands in the inventory under the demo's provider, that those of archived deployments are given back,
// and that loading a history started no run.
func checkInventory(t *testing.T, st *store.Store) {
	t.Helper()
	var wrong, runs int
	err := st.DB().QueryRowContext(t.Context(), `
SELECT (SELECT count(*) FROM cloud_deployments d LEFT JOIN cloud_droplets c ON c.provider = $1 AND c.droplet_id = d.droplet_id AND c.released_at IS NULL
         WHERE d.droplet_id IS NOT NULL AND c.deployment_id IS DISTINCT FROM d.id),
       (SELECT count(*) FROM runs) + (SELECT count(*) FROM river_job)`, demo.Provider).Scan(&wrong, &runs)
	if err != nil || wrong != 0 || runs != 0 {
		t.Errorf("%d machines are not in the inventory, %d runs, %v", wrong, runs, err)
	}
}

// checkNames asks that each host name lies in a zone, that those of machines lead to them, and that no zone is a top domain.
func checkNames(t *testing.T, sim *cloudsim.Simulator, st *store.Store) {
	t.Helper()
	for _, d := range sim.Droplets("") {
		if len(d.Tags) != 2 || !slices.ContainsFunc(sim.Records(""), func(r cloudsim.Record) bool { return r.Value == d.Address.String() }) {
			t.Errorf("no name leads to %+v", d)
		}
	}
	var names, led int
	err := st.DB().QueryRowContext(t.Context(), `
SELECT count(*), count(*) FILTER (WHERE droplet_id IS NOT NULL AND hostname <> '') FROM cloud_deployments WHERE state <> 'archived'`).Scan(&names, &led)
	if err != nil || names == 0 || len(sim.Records("")) != led {
		t.Errorf("%d records for %d host names, %v", len(sim.Records("")), led, err)
	}
	zones := sim.Zones()
	if !slices.Contains(zones, demo.Zone) || !slices.Contains(zones, "northwind-traders.example") || slices.Contains(zones, "example") {
		t.Errorf("zones: %v", zones)
	}
}

func dropletsOf(t *testing.T, st *store.Store, state string) []int64 {
	t.Helper()
	return machines(t, st, `SELECT droplet_id FROM cloud_deployments WHERE droplet_id IS NOT NULL AND state = '`+state+`'`)
}

func released(t *testing.T, st *store.Store) []int64 {
	t.Helper()
	return machines(t, st, `SELECT c.droplet_id FROM cloud_droplets c JOIN cloud_deployments d ON d.id = c.deployment_id
 WHERE c.released_at IS NOT NULL AND d.state = 'archived' AND d.droplet_id IS NULL`)
}

func machines(t *testing.T, st *store.Store, query string) (ids []int64) {
	t.Helper()
	rows, err := st.DB().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if rows.Err() != nil || len(ids) == 0 {
		t.Fatalf("no machine: %s, %v", query, rows.Err())
	}
	return ids
}

// An empty database has a cloud with one zone.
func TestCloudSeedOfNothing(t *testing.T) {
	t.Parallel()
	seed, all, err := demo.CloudSeed(t.Context(), pgtest.New(t).OwnerDSN)
	if err != nil || !all || len(seed.Droplets) != 0 || !slices.Equal(seed.Zones, []string{demo.Zone}) || seed.After != 0 {
		t.Errorf("%+v, %t, %v", seed, all, err)
	}
}
