package main

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/provisioning"
	"arcadia.example/console/store"
)

// Both ways of the command, from a terminal, at a provider of its own.
func TestSweepCommand(t *testing.T) {
	t.Parallel()
	sim, err := cloudsim.Start(cloudsim.Options{Token: simulatedToken, Clock: func() time.Time { return time.Now().Add(-3 * time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	db := pgtest.New(t)
	env := variables{"DATABASE_URL": db.AppDSN, "ARCADIA_MIGRATE_URL": db.OwnerDSN, "ARCADIA_CLOUD_URL": sim.URL()}
	out, err := attempt(t, env, "sweep", "--dry-run", "--demo")
	if err != nil || !strings.HasSuffix(out, "0 droplets at the provider: 0 would be removed, 0 kept. Nothing was changed.\n") || strings.Contains(out, "DROPLET") {
		t.Errorf("with no droplet: %v\n%s", err, out)
	}
	cloud, err := provisioning.NewDigitalOcean(provisioning.DigitalOceanOptions{Token: simulatedToken, BaseURL: sim.URL()})
	if err != nil {
		t.Fatal(err)
	}
	stray, err := cloud.CreateDroplet(t.Context(), provisioning.DropletSpec{
		Name: "stray", Region: "fra1", Size: "s-1vcpu-1gb", Image: "debian-12-x64", Tags: []string{provisioning.ConsoleTag},
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err = attempt(t, env, "sweep", "--demo")
	if err != nil || !regexp.MustCompile(`(?m)^\d+ +stray +3 hours +- +kept +Seen once only; the next sweep decides$`).MatchString(out) {
		t.Errorf("at first: %v\n%s", err, out)
	}
	out, err = attempt(t, env, "sweep", "--demo", "--dry-run")
	if !errors.Is(err, errAsk) || !strings.Contains(out, lifecycle.KeepUnknown.Why()) ||
		!strings.HasSuffix(out, "1 droplet at the provider: 0 would be removed, 1 kept. 1 needs a person. Nothing was changed.\n") {
		t.Errorf("then: %v\n%s", err, out)
	}
	if droplets := sim.Droplets(""); len(droplets) != 1 || droplets[0].ID != stray.ID {
		t.Errorf("%d droplets are left", len(droplets))
	}
	sim.Inject(cloudsim.Fault{Operation: cloudsim.ListDroplets, Kind: cloudsim.Fail, Message: "On fire."})
	_, err = attempt(t, env, "sweep", "--demo")
	refused(t, err, "sweep", "ListDroplets", "On fire")
}

func TestSweepNeedsAProvider(t *testing.T) {
	t.Parallel()
	_, err := attempt(t, variables{}, "sweep")
	refused(t, err, "ARCADIA_CLOUD_TOKEN")
	_, err = attempt(t, variables{}, "sweep", "--demo")
	refused(t, err, "ARCADIA_CLOUD_URL", "serve --demo")
	_, err = attempt(t, variables{"ARCADIA_CLOUD_TOKEN": "t"}, "sweep", "--demo", "--dry-run")
	refused(t, err, "must not spend money")
	_, err = attempt(t, variables{}, "sweep", "now")
	refused(t, err, "sweep", "1")
}

// The list says what became of each machine, removals first, in columns and in singular and plural.
func TestPrintSwept(t *testing.T) {
	t.Parallel()
	droplet := func(id int64, v lifecycle.SweepVerdict, age time.Duration) store.JudgedDroplet {
		return store.JudgedDroplet{SeenDroplet: store.SeenDroplet{ID: id, Name: "shop", CreatedAt: time.Now().Add(-age)}, Verdict: v, DeploymentName: "Web shop"}
	}
	swept := provisioning.Swept{
		Droplets: []store.JudgedDroplet{
			droplet(1, lifecycle.KeepLinked, 72*time.Hour), droplet(2, lifecycle.KeepYoung, time.Minute), droplet(3, lifecycle.KeepLimit, 5*time.Hour),
			droplet(4, lifecycle.SweepRemove, 5*time.Hour), droplet(5, lifecycle.SweepRemove, 5*time.Hour), droplet(6, lifecycle.SweepRemove, time.Second),
		},
		Missing: []store.InventoryDroplet{{DropletID: 7, Name: "gone", DeploymentName: "Web shop"}},
		Removed: []int64{4}, Failed: map[int64]*provisioning.Fault{5: {Message: "It is on fire."}},
		TakenBack: []provisioning.TakenBack{{Hostname: "shop.apps.example", Value: "192.0.2.9", DeploymentName: "Web shop"}},
	}
	var out strings.Builder
	if err := printSwept(&out, swept, false); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	want := []string{
		"DROPLET NAME AGE DEPLOYMENT WHAT WHY",
		"4 shop 5 hours Web shop removed " + lifecycle.SweepRemove.Why(),
		"5 shop 5 hours Web shop not removed It is on fire.",
		"6 shop new Web shop not removed The provider asked to wait; the next sweep goes on",
		"3 shop 5 hours Web shop kept " + lifecycle.KeepLimit.Why(),
		"2 shop 1 minute Web shop kept " + lifecycle.KeepYoung.Why(),
		"1 shop 3 days Web shop kept " + lifecycle.KeepLinked.Why(),
		"7 gone - Web shop missing " + lifecycle.SweepMissing.Why(),
		"shop.apps.example (Web shop) pointed at 192.0.2.9, which is gone: it was taken back.",
		"6 droplets at the provider: 1 removed, 5 kept. 1 droplet missing. 2 need a person.",
	}
	spaces := regexp.MustCompile(` +`)
	column := strings.Index(lines[0], "WHY")
	for i, line := range lines {
		if i < len(lines)-2 && (len(line) < column || line[column-1] != ' ') {
			t.Errorf("not in columns: %q", line)
		}
		lines[i] = spaces.ReplaceAllString(line, " ")
	}
	if !slices.Equal(lines, want) {
		t.Errorf("%s", out.String())
	}
	out.Reset()
	if err := printSwept(&out, swept, true); err != nil || !strings.Contains(out.String(), "6 droplets at the provider: 3 would be removed, 3 kept.") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
