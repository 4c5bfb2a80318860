package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"time"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/internal/demo"
	"arcadia.example/console/provisioning"
)

const (
	defaultImage = "debian-12-x64"
	// simulatedToken opens the simulated cloud, which is on loopback and holds nothing of worth.
	simulatedToken = "simulated"
)

// cloudConfig is what the environment says about the cloud provider.
type cloudConfig struct {
	token string // empty: no provider
	url   string // empty: that of the provider; in the demo, a simulated cloud of this process
	image string
	demo  bool
}

// readCloud reads the environment; an error if the parts do not fit each other.
func readCloud(env getenv, demoMode bool) (cloudConfig, error) {
	c := cloudConfig{token: env("ARCADIA_CLOUD_TOKEN"), url: env("ARCADIA_CLOUD_URL"), image: env("ARCADIA_CLOUD_IMAGE"), demo: demoMode}
	if c.image == "" {
		c.image = defaultImage
	}
	switch {
	case demoMode && c.token != "":
		return c, errors.New("ARCADIA_CLOUD_TOKEN is set: the demo must not spend money. Unset it, or serve without --demo")
	case demoMode && c.url != "" && !isLoopbackURL(c.url):
		return c, errors.New("ARCADIA_CLOUD_URL: in the demo it can only be the address of another demo's simulated cloud, like http://127.0.0.1:40123")
	case !demoMode && c.token == "" && c.url != "":
		return c, errors.New("ARCADIA_CLOUD_URL is set, but ARCADIA_CLOUD_TOKEN is not: the cloud provider needs both")
	case c.token != "" || c.url != "": // mistakes are found before anything is touched
		_, err := c.client(c.url)
		return c, err
	}
	return c, nil
}

func isLoopbackURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" {
		return false
	}
	address, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && address.IsLoopback()
}

func (c cloudConfig) client(address string) (*provisioning.DigitalOcean, error) {
	token := c.token
	if c.demo {
		token = simulatedToken
	}
	cloud, err := provisioning.NewDigitalOcean(provisioning.DigitalOceanOptions{Token: token, BaseURL: address, Timeout: cloudTimeout})
	if err != nil {
		return nil, fmt.Errorf("ARCADIA_CLOUD_TOKEN or ARCADIA_CLOUD_URL: %w", err)
	}
	return cloud, nil
}

// cloudSetup is the provider by which runs build machines. The zero cloudSetup is none: deployments are entered as they are.
type cloudSetup struct {
	Cloud     provisioning.Cloud // nil: none
	Name      string             // by which the inventory knows it, for store.Options.Provider; empty: none
	Image     string             // of new machines
	Simulated bool               // it costs nothing, and the screen says so

	SampleZone string // of the simulated cloud, for host names of deployments that people try out; empty: none

	simulator *cloudsim.Simulator // of this process; nil: none
}

// open makes the provider ready; in the demo it begins to simulate one, with the machines that the database knows.
func (c cloudConfig) open(ctx context.Context, e environment, db database) (cloudSetup, error) {
	setup := cloudSetup{Name: "digitalocean", Image: c.image}
	address := c.url
	switch {
	case c.demo:
		setup.Name, setup.Simulated, setup.SampleZone = demo.Provider, true, demo.Zone
		if address == "" {
			simulator, err := simulate(ctx, e, db)
			if err != nil {
				return cloudSetup{}, err
			}
			setup.simulator, address = simulator, simulator.URL()
		}
		fmt.Fprintf(e.out, "Simulated cloud: %s\n", address)
	case c.token == "":
		return cloudSetup{}, nil
	}
	cloud, err := c.client(address)
	if err != nil {
		return cloudSetup{}, errors.Join(err, setup.close())
	}
	setup.Cloud = cloud
	return setup, nil
}

// simulate begins a cloud that is about as late as a real one, though not as slow. It is kept beside the embedded database; that of
// a PostgreSQL of one's own begins anew each time, from what the database knows.
func simulate(ctx context.Context, e environment, db database) (*cloudsim.Simulator, error) {
	options := cloudsim.Options{
		Token: simulatedToken, Showing: 500 * time.Millisecond, Listing: 2 * time.Second, Activation: 6 * time.Second, Switching: 3 * time.Second,
	}
	if db.embedded != nil {
		options.StateFile = filepath.Join(dataDir(e), "cloud.json")
	}
	seed, all, err := demo.CloudSeed(ctx, db.owner)
	if err != nil {
		return nil, fmt.Errorf("simulated cloud: %w", err)
	}
	if !all {
		e.log.WarnContext(ctx, "the simulated cloud knows a part of the machines only", "machines", len(seed.Droplets))
	}
	simulator, err := cloudsim.Start(options)
	if err != nil {
		return nil, err
	}
	if err := simulator.Seed(seed); err != nil {
		return nil, errors.Join(err, simulator.Close())
	}
	return simulator, nil
}

// close ends the simulated cloud.
func (c cloudSetup) close() error {
	if c.simulator == nil {
		return nil
	}
	return c.simulator.Close()
}
