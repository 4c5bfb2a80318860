package main

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/catalog"
	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// clouded is a console whose machines a simulated cloud of the test builds.
func clouded(t *testing.T, w *world, options cloudsim.Options) (*console, *cloudsim.Simulator) {
	t.Helper()
	options.Token, options.Zones = simulatedToken, []string{"apps.example"}
	sim, err := cloudsim.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	env := environmentFor(w.db)
	env["ARCADIA_CLOUD_URL"] = sim.URL()
	return startConsole(t, env), sim
}

// order fills in the form of a new deployment of the tenant and sends it; the page of the deployment follows.
func (p *tab) order(tenant uuid.UUID, name, hostname string) {
	p.t.Helper()
	p.open("/tenants/" + tenant.String() + "/deployments/new")
	p.click(`[name="provision"][value="true"]`)
	p.fill("#name", name)
	p.fill("#hostname", hostname)
	p.choose("#plan", "starter")
	p.choose("#region", "fra1")
	p.choose("#size", "s-1vcpu-1gb")
	p.arrives(func() { p.click(testID("save")) })
}

// step selects a step of the run that is shown.
func step(name lifecycle.StepName) string {
	return testID("saga") + ` [data-testid="saga-step"][data-step="` + string(name) + `"]`
}

// givenUp is a run that needs an operator, as no process would leave it within the time of a test.
func (w *world) givenUp(tenant uuid.UUID) (deployment, run string) {
	w.t.Helper()
	s, err := store.Open(w.t.Context(), w.db.AppDSN, store.Options{Conns: 2, Provider: "simulated"})
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	id, err := s.CreateDeployment(w.t.Context(), store.NewDeployment{
		Command: w.by("support"), TenantID: tenant, Provision: true,
		Fields: catalog.Deployment{Name: "Shop given up", Hostname: "given-up.apps.example", Plan: "starter", Region: "fra1", Size: "s-1vcpu-1gb"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, query := range []string{
		`UPDATE run_steps SET status = 'needs_operator', undo_attempt = 8, attempt = 1, error = 'the droplet is locked' WHERE name = 'create'`,
		`UPDATE runs SET status = 'needs_operator', step = 'create', droplet_id = 431882910, error = 'the droplet is locked', error_kind = 'unknown'`,
	} {
		if _, err := w.owner.ExecContext(w.t.Context(), query); err != nil {
			w.t.Fatal(err)
		}
	}
	return id.String(), w.value(`SELECT id FROM runs`)
}

// runStops are the pages of runs, for the tour.
func runStops(w *world, tenant uuid.UUID) []stop {
	deployment, run := w.givenUp(tenant)
	return []stop{
		{name: "order", path: "/tenants/" + tenant.String() + "/deployments/new", first: func(p *tab) { p.click(`[name="provision"][value="true"]`) }},
		{name: "given up", path: "/deployments/" + deployment, as: "operator"},
		{name: "runs", path: "/provisioning", as: "operator"},
		{name: "no runs", path: "/provisioning?group=stuck"},
		{name: "one run", path: "/provisioning/" + run, as: "operator"},
		{name: "form of a run", path: "/provisioning/" + run, as: "operator", first: func(p *tab) {
			p.click(testID("run-clean"))
			p.sees(testID("run-form"))
		}},
		{name: "form of a run as a page", path: "/provisioning/" + run + "/actions/clean", as: "operator"},
	}
}

// Somebody orders a deployment and watches it being built, on the one page, until it is active.
func TestADeploymentIsBuiltBeforeOnesEyes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	c, sim := clouded(t, w, cloudsim.Options{Activation: time.Hour})
	p := c.tab(t, "support")
	p.order(tenant, "Web shop", "shop.elsewhere.example")
	p.reads(testID("error"), "It lies in no zone that the simulated cloud manages")
	p.value("#name", "Web shop")
	p.until(`document.querySelector("[name=provision]:checked").value === "true"`)
	p.fill("#hostname", "shop.apps.example")
	p.arrives(func() { p.click(testID("save")) })
	p.reads(testID("notice"), "Its machine is being built now.")
	p.attr(headBadge, "data-state", "provisioning")
	js[bool](p, `window.kept = true`)
	p.attr(step(lifecycle.StepWait), "data-status", "running")
	p.reads(testID("run-line"), "Provisioning: waiting until the droplet is on, step 3 of 7")
	p.reads(step(lifecycle.StepCreate), "Droplet")
	p.sees(testID("action-abort"))
	sim.Advance(time.Hour)
	p.attr(testID("saga"), "data-status", "done")
	p.attr(headBadge, "data-state", "active")
	p.reads(step(lifecycle.StepDNS), "A record none to")
	p.reads(testID("run-line"), "Provisioned in")
	p.sees(testID("action-pause"))
	p.attr(testID("event"), "data-to", "active")
	if !js[bool](p, `window.kept === true`) {
		t.Error("the page was loaded anew")
	}
	if made, led := sim.Effects(cloudsim.CreateDroplet), len(sim.Records("shop.apps.example")); made != 1 || led != 1 {
		t.Errorf("%d droplets, %d records", made, led)
	}
	p.open("/provisioning?group=finished")
	p.reads(testID("run-row"), "Web shop")
	p.reads(testID("group-finished"), "Finished 1")
	p.arrives(func() { p.click(testID("run-row") + " [data-row-link]") })
	p.attr(testID("saga"), "data-status", "done")
}

// While steps go on, nothing on the page moves.
func TestStepsAdvanceWithoutMovingThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	c, sim := clouded(t, w, cloudsim.Options{Activation: time.Hour})
	p := c.tab(t, "support")
	p.order(tenant, "Web shop", "shop.apps.example")
	p.attr(step(lifecycle.StepCreate), "data-status", "done")
	const where = `JSON.stringify([...document.querySelectorAll("[data-testid=saga-step], #lifecycle")].map(e => Math.round(e.getBoundingClientRect().top + scrollY)))`
	before := js[string](p, where)
	sim.Advance(time.Hour)
	p.attr(testID("saga"), "data-status", "done")
	p.attr(headBadge, "data-state", "active")
	if after := js[string](p, where); after != before {
		t.Errorf("steps and map stood at %s, now at %s", before, after)
	}
}

// What belongs to one answer is seen with that answer alone, and asked for and sent alike.
func TestTheOrderFollowsTheChoice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	c, _ := clouded(t, w, cloudsim.Options{Activation: time.Second})
	p := c.tab(t, "support")
	p.open("/tenants/" + tenant.String() + "/deployments/new")
	label, start := `label[for="hostname"] .optional`, `[data-field="state"]`
	p.reads(testID("save")+" span", "Create deployment")
	p.misses(label)
	p.misses(start)
	p.click(`[name="provision"][value="false"]`)
	p.sees(label)
	p.reads(testID("save")+" span", "Create deployment")
	p.click(`[name="state"][value="trial"]`)
	p.click(`[name="provision"][value="true"]`)
	p.misses(label)
	p.misses(start)
	p.reads(testID("save")+" span", "Create and build")
	p.until(`!document.querySelector("#hostname").checkValidity() && document.querySelector("#app").checkValidity()`)
	p.fill("#name", "Web shop") // the trial that was chosen before is no part of it
	p.fill("#hostname", "shop.apps.example")
	p.choose("#plan", "starter")
	p.choose("#region", "fra1")
	p.choose("#size", "s-1vcpu-1gb")
	p.arrives(func() { p.click(testID("save")) })
	p.reads(testID("notice"), "Its machine is being built now.")
}

// The menu of a page about something else marks a run that needs an operator, by itself. On a phone the run stands before what can
// be done, and the page says that it is live.
func TestRunsThatNeedAnOperatorAreSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	c, sim := clouded(t, w, cloudsim.Options{Activation: time.Second})
	for _, operation := range []cloudsim.Operation{cloudsim.CreateRecord, cloudsim.DeleteDroplet} {
		sim.Inject(cloudsim.Fault{Operation: operation, Kind: cloudsim.Refuse, Message: "The droplet is locked."})
	}
	elsewhere := c.tab(t, "admin")
	elsewhere.open("/tenants")
	elsewhere.attr("#live-state", "data-up", "yes")
	p := c.tab(t, "support")
	p.look("light", 360)
	p.order(tenant, "Web shop", "shop.apps.example")
	elsewhere.misses(testID("needs-operator"))
	w.change(`UPDATE run_steps SET undo_max_attempts = 1`) // so that it is given up at once
	p.attr(testID("saga"), "data-status", "needs_operator")
	elsewhere.reads(testID("needs-operator"), "1 needs an operator")
	p.reads("#live-state", "Live")
	if run, panel := p.box("#run"), p.box("#action-panel"); run.Y >= panel.Y || run.Height == 0 {
		t.Errorf("the run stands at %v, the panel at %v", run, panel)
	}
	p.reads(testID("no-moves"), "an operator has to see to what is left over")
}

// When all are decided, the button that opened the dialog is gone: the focus is on the title of what is left, not lost.
func TestTheFocusStaysWhereAllAreDecided(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(`INSERT INTO sweeps (id, provider, origin, dry, finished_at) VALUES (gen_random_uuid(), 'simulated', 'console', false, clock_timestamp())`)
	c, _ := clouded(t, w, cloudsim.Options{Activation: time.Second})
	w.change(`INSERT INTO sweep_findings (provider, droplet_id, name, region, size, verdict, seen, sweep_id)
SELECT 'simulated', n, 'stray', 'fra1', 's-1vcpu-1gb', 'limit', 2, id FROM sweeps, generate_series(9000001, 9000002) n`)
	p := c.tab(t, "operator")
	p.open("/provisioning")
	p.click(testID("choose-all"))
	p.click(testID("chosen-keep"))
	p.fill(`[name="notes"]`, "Ticket 8812.")
	p.click(testID("confirm"))
	p.reads(testID("notice"), "2 droplets: each is left as it is.")
	p.misses(testID("chosen-keep"))
	p.until(`document.activeElement.id === "sweep-title"`)
}

// Several left-over droplets are ticked and decided at once, with one note; afterwards nothing is ticked. Without script, too.
func TestSeveralDropletsAreDecidedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("Northwind")
	// A sweep has just been made, so that the console makes none of its own.
	w.change(`INSERT INTO sweeps (id, provider, origin, dry, finished_at) VALUES (gen_random_uuid(), 'simulated', 'console', false, clock_timestamp())`)
	c, _ := clouded(t, w, cloudsim.Options{Activation: time.Second})
	first := 9000001
	both(t, c, "operator", func(t *testing.T, p *tab) {
		one, two, three := strconv.Itoa(first), strconv.Itoa(first+1), strconv.Itoa(first+2)
		first += 3
		w.change(`UPDATE sweep_findings SET status = 'settled'`) // those of the other round
		w.change(`INSERT INTO sweep_findings (provider, droplet_id, name, region, size, verdict, seen, sweep_id)
SELECT 'simulated', n, 'stray', 'fra1', 's-1vcpu-1gb', 'limit', 2, id FROM sweeps, generate_series($1::bigint, $2::bigint) n`, one, three)
		p.open("/provisioning")
		p.click("#choose-" + one)
		p.click("#choose-" + three)
		p.click(testID("chosen-keep"))
		p.reads(testID("findings-form"), "Keep 2 droplets?")
		p.reads(testID("findings-form"), one+", "+three)
		p.fill(`[name="notes"]`, "Ticket 8812.")
		p.click(testID("confirm"))
		p.reads(testID("notice"), "2 droplets: each is left as it is.")
		p.reads(testID("sweep"), "Ticket 8812.")
		p.until(`document.querySelectorAll("[data-testid=choose-finding]").length === 3 && !document.querySelector("[data-testid=choose-finding]:checked")`)
		if undecided := w.value(`SELECT string_agg(droplet_id::text, ',') FROM sweep_findings WHERE decision IS NULL AND status = 'open'`); undecided != two {
			t.Errorf("undecided are %s", undecided)
		}
	})
}

// What fails is rolled back, and the page says so and why.
func TestAFailedBuildIsRolledBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	c, sim := clouded(t, w, cloudsim.Options{Activation: time.Second})
	sim.Inject(cloudsim.Fault{Operation: cloudsim.CreateRecord, Kind: cloudsim.Refuse, Message: "The zone is locked."})
	p := c.tab(t, "support")
	p.order(tenant, "Web shop", "shop.apps.example")
	p.attr(testID("saga"), "data-status", "compensated")
	p.attr(headBadge, "data-state", "cancelled")
	p.reads(testID("run-now"), "Rolled back: nothing of it is left")
	p.reads(testID("run-now"), "The zone is locked.")
	p.reads(testID("run-status"), "Rolled back")
	p.reads(step(lifecycle.StepCreate), "Droplet destroyed")
	if left := len(sim.Droplets("")); left != 0 {
		t.Errorf("%d droplets are left", left)
	}
}

// A rollback that cannot be finished is said as what it is, resumed by an operator, and at last marked as cleaned: with a page's
// script and without.
func TestAnIncompleteRollbackIsCleaned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	c, sim := clouded(t, w, cloudsim.Options{Activation: time.Hour})
	for _, operation := range []cloudsim.Operation{cloudsim.CreateRecord, cloudsim.DeleteDroplet} {
		sim.Inject(cloudsim.Fault{Operation: operation, Kind: cloudsim.Refuse, Message: "The droplet is locked."})
	}
	both(t, c, "operator", func(t *testing.T, p *tab) {
		host := strings.ToLower(filepath.Base(t.Name())) + ".apps.example"
		support, made := c.tab(t, "support"), sim.Effects(cloudsim.CreateDroplet)
		support.order(tenant, "Web shop "+host, host)
		// So that it is given up at once. The run is locked before its steps, as by those who work on it.
		const one = `WITH held AS MATERIALIZED (SELECT id FROM runs WHERE live FOR UPDATE)
			UPDATE run_steps SET undo_max_attempts = 1 WHERE run_id IN (SELECT id FROM held)`
		if _, err := w.owner.ExecContext(t.Context(), one); err != nil {
			t.Fatal(err)
		}
		soon(t, "a droplet is made", func() bool { return sim.Effects(cloudsim.CreateDroplet) > made })
		sim.Advance(time.Hour)
		support.attr(testID("saga"), "data-status", "needs_operator")
		support.reads(testID("run-now"), "Rollback incomplete: droplet")
		support.reads(testID("run-now"), "may still cost money")
		support.misses(testID("run-clean"))

		p.open("/provisioning?group=needs_operator")
		p.reads(testID("run-row"), "Web shop "+host)
		p.click(testID("run-row", "run-resume")) // in vain: it needs an operator again
		p.reads(testID("notice"), "rollback goes on")
		soon(t, "it is given up again", func() bool {
			return w.value(`SELECT count(*) FROM runs WHERE status = 'needs_operator' AND token > 1`) == "1" &&
				w.value(`SELECT count(*) FROM activity WHERE kind = 'run_compensation_resumed'`) != "0"
		})
		p.open("/provisioning?group=needs_operator")
		p.click(testID("run-row", "run-clean"))
		p.sees(testID("run-form"))
		p.fill(`[name="notes"]`, "   ")
		js[bool](p, `(document.querySelector("[data-testid=run-form]").noValidate = true)`)
		p.click(testID("run-form", "confirm"))
		p.reads(testID("run-form"), "Say what you found")
		p.fill(`[name="notes"]`, "Droplet removed by hand, ticket 8812.")
		p.click(testID("run-form", "confirm"))
		p.reads(testID("notice"), "arked as cleaned")
		soon(t, "it is over", func() bool { return w.value(`SELECT count(*) FROM runs WHERE live`) == "0" })
		support.attr(testID("saga"), "data-status", "failed") // on the page that stayed open
		support.reads(testID("run-now"), "ticket 8812")
		p.open("/activity?kind=runs")
		p.reads(testID("activity"), "Run marked as cleaned by hand")
	})
}
