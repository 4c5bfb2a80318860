package demo

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// Zone is managed by the demo's cloud besides the zones of its customers: for host names of deployments that people create.
const Zone = "arcadia-apps.example"

// Provider is by what name the inventory knows the demo's cloud.
const Provider = "simulated"

// cloudMost is how many deployments the demo's cloud knows at most. More are there only in large sets, which are for measuring.
const cloudMost = 20_000

// remembered is what the database knows of one deployment's machine. Numbers are 0 and texts empty where it knows nothing.
type remembered struct {
	ID        uuid.UUID
	Slug      string
	Hostname  string
	Region    string
	Size      string
	State     lifecycle.State
	DropletID int64
	Address   string
	Since     time.Time
}

const rememberedQuery = `
SELECT id, slug, coalesce(hostname, '') AS hostname, region, size, state, coalesce(droplet_id, 0) AS droplet_id,
       coalesce(host(address), '') AS address, inserted_at
  FROM cloud_deployments WHERE state <> 'archived' ORDER BY state_since DESC, id LIMIT $1`

// greatestQuery is the greatest number that any machine ever had, as far as the database knows.
const greatestQuery = `
SELECT greatest((SELECT max(droplet_id) FROM cloud_deployments), (SELECT max(droplet_id) FROM cloud_droplets),
                (SELECT max(droplet_id) FROM runs), 0)`

// CloudSeed returns the machines, zones and host names that the database knows of, for a simulated cloud that does not: the
// machines as the states of their deployments want them. Of a large set it returns a part, and says so by all being false.
func CloudSeed(ctx context.Context, dsn string) (seed cloudsim.Seed, all bool, err error) {
	s, err := store.Open(ctx, dsn, store.Options{Conns: 1})
	if err != nil {
		return seed, false, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.DB().QueryRowContext(ctx, greatestQuery).Scan(&seed.After); err != nil {
		return seed, false, err
	}
	known, err := listRemembered(ctx, s)
	if err != nil {
		return seed, false, err
	}
	seed.Zones = []string{Zone}
	for _, d := range known {
		if err := d.addTo(&seed); err != nil {
			return seed, false, err
		}
	}
	return seed, len(known) < cloudMost, nil
}

func listRemembered(ctx context.Context, s *store.Store) (list []remembered, err error) {
	rows, err := s.DB().QueryContext(ctx, rememberedQuery, cloudMost)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var d remembered
		if err := rows.Scan(&d.ID, &d.Slug, &d.Hostname, &d.Region, &d.Size, &d.State, &d.DropletID, &d.Address, &d.Since); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// addTo adds what a provider would hold of the deployment: the zone of its host name, its machine, and where the name leads.
func (d remembered) addTo(seed *cloudsim.Seed) error {
	if d.Hostname != "" {
		seed.Zones = append(seed.Zones, zoneOf(d.Hostname))
	}
	if d.DropletID == 0 || d.State.Facts().Droplet == lifecycle.DropletReleased {
		return nil
	}
	machine := cloudsim.Droplet{
		ID: d.DropletID, Name: d.Slug, Region: d.Region, Size: d.Size, Image: "debian-12-x64", Tags: []string{"arcadia", "dep-" + d.ID.String()},
		CreatedAt: d.Since.UTC(), On: d.State.Facts().Droplet != lifecycle.DropletOff,
	}
	if d.Address != "" {
		address, err := netip.ParseAddr(d.Address)
		if err != nil {
			return fmt.Errorf("demo: the address of %s: %w", d.ID, err)
		}
		machine.Address = address
	}
	seed.Droplets = append(seed.Droplets, machine)
	if d.Hostname != "" && machine.Address.Is4() {
		seed.Records = append(seed.Records, cloudsim.Record{Kind: "A", Hostname: d.Hostname, Value: d.Address, TTL: 300})
	}
	return nil
}

// zoneOf is the domain that a customer would have bought for a host name: all but its first label, unless one label is left.
func zoneOf(hostname string) string {
	if _, domain, ok := strings.Cut(hostname, "."); ok && strings.Contains(domain, ".") {
		return domain
	}
	return hostname
}
