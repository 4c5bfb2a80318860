package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/provisioning"
)

// The parts that the environment says about the provider fit each other, or nothing starts; the token is never repeated.
func TestCloudInTheEnvironment(t *testing.T) {
	t.Parallel()
	const secret = "dop_v1_sesame"
	for name, c := range map[string]struct {
		env   variables
		demo  bool
		fails string // a word of the error; empty: none
	}{
		"nothing":                   {variables{}, false, ""},
		"nothing in the demo":       {variables{}, true, ""},
		"a token":                   {variables{"ARCADIA_CLOUD_TOKEN": secret}, false, ""},
		"a token in the demo":       {variables{"ARCADIA_CLOUD_TOKEN": secret}, true, "money"},
		"a broken token":            {variables{"ARCADIA_CLOUD_TOKEN": secret + " x"}, false, "ARCADIA_CLOUD_TOKEN"},
		"an address and a token":    {variables{"ARCADIA_CLOUD_TOKEN": secret, "ARCADIA_CLOUD_URL": "https://cloud.example/api"}, false, ""},
		"an address alone":          {variables{"ARCADIA_CLOUD_URL": "https://cloud.example"}, false, "ARCADIA_CLOUD_TOKEN"},
		"an address without TLS":    {variables{"ARCADIA_CLOUD_TOKEN": secret, "ARCADIA_CLOUD_URL": "http://cloud.example"}, false, "https"},
		"an address that is none":   {variables{"ARCADIA_CLOUD_TOKEN": secret, "ARCADIA_CLOUD_URL": "cloud"}, false, "ARCADIA_CLOUD_URL"},
		"another demo's cloud":      {variables{"ARCADIA_CLOUD_URL": "http://127.0.0.1:4711"}, true, ""},
		"a real cloud for the demo": {variables{"ARCADIA_CLOUD_URL": "https://api.digitalocean.com"}, true, "demo"},
		"loopback in name alone":    {variables{"ARCADIA_CLOUD_URL": "http://127.0.0.1.evil.example"}, true, "demo"},
	} {
		config, err := readCloud(c.env.get, c.demo)
		if (err == nil) != (c.fails == "") || err != nil && (!strings.Contains(err.Error(), c.fails) || strings.Contains(err.Error(), "sesame")) {
			t.Errorf("%s: %v", name, err)
		}
		if config.image != defaultImage {
			t.Errorf("%s: image %q", name, config.image)
		}
	}
	if config, err := readCloud(variables{"ARCADIA_CLOUD_IMAGE": "ubuntu-24-04-x64"}.get, false); err != nil || config.image != "ubuntu-24-04-x64" {
		t.Errorf("%+v, %v", config, err)
	}
}

// Without a token there is no provider, and with one nobody is called.
func TestCloudWithoutTheDemo(t *testing.T) {
	t.Parallel()
	for _, env := range []variables{{}, {"ARCADIA_CLOUD_TOKEN": "t", "ARCADIA_CLOUD_IMAGE": "12345"}} {
		config, err := readCloud(env.get, false)
		if err != nil {
			t.Fatal(err)
		}
		setup, err := config.open(t.Context(), environment{getenv: env.get}, database{})
		if err != nil || (setup.Cloud != nil) != (env["ARCADIA_CLOUD_TOKEN"] != "") || setup.Simulated || (setup.Name == "") != (setup.Cloud == nil) {
			t.Errorf("%+v, %v", setup, err)
		}
		if setup.Cloud != nil && (setup.Image != "12345" || setup.Name != "digitalocean") {
			t.Errorf("%+v", setup)
		}
	}
}

// A demo refuses to spend money before it touches anything.
func TestDemoRefusesAToken(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	_, err := attempt(t, variables{"ARCADIA_CLOUD_TOKEN": "t", "ARCADIA_ADDR": "127.0.0.1:0", "ARCADIA_DATA": dir}, "serve", "--demo")
	refused(t, err, "ARCADIA_CLOUD_TOKEN")
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is there: %v", err)
	}
}

var simulatedAt = regexp.MustCompile(`Simulated cloud: (http://127\.0\.0\.1:\d+)\n`)

// simulatedCloud is a client of the cloud that a demo said it simulates.
func simulatedCloud(t *testing.T, said string) *provisioning.DigitalOcean {
	t.Helper()
	at := simulatedAt.FindStringSubmatch(said)
	if at == nil {
		t.Fatalf("no address of a simulated cloud: %s", said)
	}
	cloud, err := provisioning.NewDigitalOcean(provisioning.DigitalOceanOptions{Token: simulatedToken, BaseURL: at[1]})
	if err != nil {
		t.Fatal(err)
	}
	return cloud
}

// The demo's cloud holds the demo's machines, and each page says that it is simulated; without the demo none does.
func TestDemoSaysThatItsCloudIsSimulated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := startConsole(t, environmentFor(w.db))
	cloud := simulatedCloud(t, c.out.String())
	machines, err := cloud.ListDroplets(t.Context(), "arcadia")
	if err != nil || len(machines) < 200 || machines[0].Status == provisioning.DropletNew || !machines[0].Address.IsValid() {
		t.Errorf("%d machines, %v", len(machines), err)
	}
	if zone, err := cloud.FindZone(t.Context(), "new.northwind-traders.example"); err != nil || zone != "northwind-traders.example" {
		t.Errorf("%q, %v", zone, err)
	}
	p := c.tab(t, "support@arcadia.example")
	p.open("/deployments")
	p.reads(testID("simulated-cloud"), "Simulated cloud")
	c.stop()
	if _, err := cloud.GetDroplet(t.Context(), machines[0].ID); err == nil {
		t.Error("the cloud is there after the console")
	}
}

// A second demo on the same database uses the cloud of the first.
func TestSecondDemoUsesTheCloudOfTheFirst(t *testing.T) {
	t.Parallel()
	sim, err := cloudsim.Start(cloudsim.Options{Token: simulatedToken, Zones: []string{"apps.example"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	config, err := readCloud(variables{"ARCADIA_CLOUD_URL": sim.URL()}.get, true)
	if err != nil {
		t.Fatal(err)
	}
	out := new(output)
	setup, err := config.open(t.Context(), environment{out: out}, database{})
	if err != nil || !setup.Simulated || setup.Name != "simulated" || !strings.Contains(out.String(), sim.URL()) {
		t.Fatalf("%+v, %v, %s", setup, err, out)
	}
	if zone, err := setup.Cloud.FindZone(t.Context(), "a.apps.example"); err != nil || zone != "apps.example" {
		t.Errorf("%q, %v", zone, err)
	}
	if err := setup.close(); err != nil || sim.Calls(cloudsim.FindZone) != 1 {
		t.Errorf("%d calls, %v", sim.Calls(cloudsim.FindZone), err)
	}
	if _, err := setup.Cloud.FindZone(t.Context(), "a.elsewhere.example"); provisioning.KindOf(err) != provisioning.NotFound {
		t.Errorf("the other demo's cloud ended: %v", err)
	}
}
