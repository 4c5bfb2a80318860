package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// pointed makes a deployment in the state, built here: DNS leads to its machine under the host name of its slug.
func (w clouded) pointed(slug string, state lifecycle.State) uuid.UUID {
	w.t.Helper()
	return w.builtBefore(slug, state, "done", `{"zone": "apps.example", "record_id": 1}`)
}

// builtBefore makes one of which the run that built it left that of its step that points DNS.
func (w clouded) builtBefore(slug string, state lifecycle.State, status, result string) uuid.UUID {
	w.t.Helper()
	id := w.placed(slug, state)
	w.exec(fmt.Sprintf(`UPDATE cloud_deployments SET hostname = slug || '.apps.example', edit_version = edit_version + 1 WHERE id = '%s'`, id), fmt.Sprintf(`
		WITH built AS (
		  INSERT INTO runs (id, deployment_id, kind, status, spec, droplet_id, actor_kind, actor, actor_name, finished_at)
		  SELECT gen_random_uuid(), id, 'provision', 'done', jsonb_build_object('hostname', hostname), droplet_id, 'staff', 'a', 'A', now()
		    FROM cloud_deployments WHERE id = '%s' RETURNING id
		)
		INSERT INTO run_steps (run_id, position, name, status, attempt, max_attempts, undo_max_attempts, result, started_at)
		SELECT id, 6, 'dns', '%s', 1, 8, 8, '%s', now() FROM built`, id, status, result))
	return id
}

// rename edits the host name.
func (w clouded) rename(id uuid.UUID, hostname string) {
	w.t.Helper()
	if err := w.renamed(id, hostname); err != nil {
		w.t.Fatal(err)
	}
}

func (w clouded) renamed(id uuid.UUID, hostname string) error {
	d := w.get(id)
	fields := d.Fields()
	fields.Hostname = hostname
	return w.UpdateDeployment(w.t.Context(), support, id, d.EditVersion, fields)
}

// since are the runs of a deployment after the one that built it.
func (w clouded) since(id uuid.UUID) string {
	w.t.Helper()
	return w.value(`SELECT coalesce(string_agg(kind || ' ' || coalesce(nullif(spec->>'hostname', ''), '-') || ' ' || status, ', ' ORDER BY inserted_at, id), '')
		FROM runs WHERE deployment_id = $1 AND kind <> 'provision'`, id)
}

// doDNS is the run that is held doing its first step, which may end with it.
func (w clouded) doDNS(l store.Lease, done bool) {
	w.t.Helper()
	try := store.RunTry{Position: 1, Name: lifecycle.StepDNS, Attempt: 1, Intent: map[string]string{"called_at": "2026-11-28T12:00:00Z"}}
	err := w.BeginTry(w.t.Context(), l, try)
	if err == nil && done {
		err = w.FinishStep(w.t.Context(), l, store.StepDone{RunTry: try, Result: map[string]string{"zone": "apps.example"}})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// point is the whole of a run that points DNS.
func (w clouded) point(run store.Run) {
	w.t.Helper()
	lease := w.hold(run.ID)
	w.doDNS(lease, true)
	err := w.FinishStep(w.t.Context(), lease, store.StepDone{RunTry: store.RunTry{Position: 2, Name: lifecycle.StepUnpoint, Attempt: 1}, LastStep: true})
	if err != nil {
		w.t.Fatal(err)
	}
}

// An edit of the host name starts the run in its own transaction, if DNS was pointed at this very machine by a run. It carries what is
// wanted, what was, and who edited.
func TestDNSFollowsTheHostName(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	for i, state := range []lifecycle.State{lifecycle.Active, lifecycle.Trial, lifecycle.PastDue, lifecycle.Paused, lifecycle.Suspended, lifecycle.Cancelled} {
		slug := fmt.Sprintf("shop-%d", i)
		id := w.pointed(slug, state)
		jobs := w.jobs()
		w.rename(id, slug+".new.example")
		run := w.newest(id)
		if got := w.since(id); got != "repoint "+slug+".new.example waiting" || w.jobs() == jobs {
			t.Errorf("%s: runs %q, %s jobs", state, got, w.jobs())
		}
		if run.Spec.State != state || run.Spec.Address != "192.0.2.7" || !slices.Equal(run.Spec.Formerly, []string{slug + ".apps.example"}) ||
			run.ActorName != "Support" || run.DropletID != w.get(id).DropletID || run.Hostname != slug+".new.example" || len(run.Steps) != 2 {
			t.Errorf("%s: %+v", state, run)
		}
		line, err := w.GetDeploymentTimeline(t.Context(), id, "")
		if err != nil || len(line.Entries[0].Changes) != 1 {
			t.Errorf("%s: %+v, %v", state, line.Entries[0], err)
		}
	}
	id := w.pointed("bare", lifecycle.Active)
	w.rename(id, "")
	if run := w.newest(id); run.Kind != lifecycle.Repoint || run.Spec.Hostname != "" || !slices.Equal(run.Spec.Formerly, []string{"bare.apps.example"}) {
		t.Errorf("the name was taken away: %+v", run)
	}
	w.verified()
}

// Where DNS is not ours it is never touched, and the timeline says what is left to do by hand.
func TestDNSOfOthersIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	const hand, zone = "to be pointed at 192.0.2.7 by hand", `{"zone": "apps.example"}`
	for name, c := range map[string]struct {
		made func(slug string) uuid.UUID // nil: its DNS was ours
		then string                      // what has become of it
		to   string
		says string
	}{
		"typed in":        {made: func(slug string) uuid.UUID { return w.placed(slug, lifecycle.Active) }, to: "new.example", says: hand},
		"no zone":         {made: func(slug string) uuid.UUID { return w.builtBefore(slug, lifecycle.Active, "done", `{}`) }, to: "no-zone.example", says: hand},
		"undone":          {made: func(slug string) uuid.UUID { return w.builtBefore(slug, lifecycle.Active, "compensated", zone) }, to: "undone.example", says: hand},
		"another machine": {then: `UPDATE cloud_deployments SET droplet_id = 7, edit_version = edit_version + 1 WHERE id = '%s'`, to: "another.example", says: hand},
		"no name":         {then: `UPDATE cloud_deployments SET droplet_id = 8, edit_version = edit_version + 1 WHERE id = '%s'`},
		"no machine":      {then: `UPDATE cloud_deployments SET droplet_id = NULL, address = NULL, edit_version = edit_version + 1 WHERE id = '%s'`, to: "gone.example"},
		"archived":        {made: func(slug string) uuid.UUID { return w.pointed(slug, lifecycle.Archived) }, to: "old.example", says: hand},
	} {
		slug := strings.ReplaceAll(name, " ", "-")
		if c.made == nil {
			c.made = func(slug string) uuid.UUID { return w.pointed(slug, lifecycle.Active) }
		}
		id := c.made(slug)
		if c.then != "" {
			w.exec(fmt.Sprintf(c.then, id))
		}
		before := w.runs(id)
		w.rename(id, c.to)
		if after := w.runs(id); after != before {
			t.Errorf("%s: runs %q, before %q", name, after, before)
		}
		if p, err := w.GetPointing(t.Context(), id); err != nil || p.Ours || p.Behind() {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		line, err := w.GetDeploymentTimeline(t.Context(), id, "")
		said := ""
		for _, c := range line.Entries[0].Changes {
			if c.Field == "DNS" {
				said = c.To
			}
		}
		if err != nil || said != c.says {
			t.Errorf("%s: the timeline says %q, %v", name, said, err)
		}
	}
	built := w.pointed("without", lifecycle.Active)
	w.Store = openStore(t, w.db.AppDSN, store.Options{Conns: 2})
	w.rename(built, "without.new.example")
	if got := w.since(built); got != "" {
		t.Errorf("without a provider: %q", got)
	}
}

// What is edited besides the host name starts nothing; what cannot be written takes the edit with it.
func TestARenamingIsOneTransaction(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.pointed("shop", lifecycle.Active)
	d := w.get(id)
	fields := d.Fields()
	fields.Name, fields.Hostname = "Renamed", "Shop.Apps.Example " // the same host name
	if err := w.UpdateDeployment(t.Context(), support, id, d.EditVersion, fields); err != nil || w.since(id) != "" {
		t.Errorf("%q, %v", w.since(id), err)
	}
	for _, table := range []string{"runs", "run_steps", "river_job"} {
		w.exec(failFunction, `CREATE TRIGGER zzz AFTER INSERT ON `+table+` FOR EACH STATEMENT EXECUTE FUNCTION fail()`)
		w.unchanged("a failed insert into "+table, func() { injected(t, w.renamed(id, "new.apps.example")) })
		w.exec(`DROP FUNCTION fail() CASCADE`)
	}
	w.pointed("other", lifecycle.Active)
	w.unchanged("a name that is taken", func() {
		var problems catalog.Problems
		if err := w.renamed(id, "other.apps.example"); !errors.As(err, &problems) || problems.For("hostname") == "" {
			t.Errorf("%v", err)
		}
	})
	w.rename(id, "new.apps.example")
	if got := w.since(id); got != "repoint new.apps.example waiting" {
		t.Errorf("%q", got)
	}
}

// Edited while a run points DNS: the one that is live goes on, and whoever ends it starts the next. There and back, the first name is
// pointed and the other taken back, if anything was begun.
func TestRenamedWhileDNSIsPointed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		begun, done bool   // the first step of the run
		to          string // edited to, meanwhile
		want        string // runs
		formerly    []string
	}{
		"again, not begun":          {false, false, "c.example", "repoint b.example done, repoint c.example waiting", []string{"shop.apps.example"}},
		"again, under way":          {true, false, "c.example", "repoint b.example done, repoint c.example waiting", []string{"b.example", "shop.apps.example"}},
		"again, half done":          {true, true, "c.example", "repoint b.example done, repoint c.example waiting", []string{"b.example", "shop.apps.example"}},
		"there and back, not begun": {false, false, "shop.apps.example", "repoint b.example done", nil},
		"there and back, under way": {true, false, "shop.apps.example", "repoint b.example done, repoint shop.apps.example waiting", []string{"b.example"}},
		"there and back, half done": {true, true, "shop.apps.example", "repoint b.example done, repoint shop.apps.example waiting", []string{"b.example"}},
		"taken away, half done":     {true, true, "", "repoint b.example done, repoint - waiting", []string{"b.example", "shop.apps.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newClouded(t)
			id := w.pointed("shop", lifecycle.Active)
			w.rename(id, "b.example")
			first := w.newest(id)
			lease := w.hold(first.ID)
			if c.begun {
				w.doDNS(lease, c.done)
			}
			w.rename(id, c.to)
			if got := w.since(id); !strings.HasPrefix(got, "repoint b.example ") || strings.Contains(got, ",") {
				t.Fatalf("two runs at a time: %q", got)
			}
			if err := w.EndRun(t.Context(), lease, "Superseded."); err != nil {
				t.Fatal(err)
			}
			if got := w.since(id); got != c.want {
				t.Errorf("runs %q, want %q", got, c.want)
			}
			if run := w.newest(id); run.ID != first.ID {
				if run.ActorKind != access.System || !slices.Equal(run.Spec.Formerly, c.formerly) || (run.Spec.Unsettled != nil) != (c.begun && !c.done) {
					t.Errorf("the next is %+v", run)
				}
				w.point(run)
			}
			if p, err := w.GetPointing(t.Context(), id); err != nil || p.Behind() || w.value(`SELECT count(*) FROM runs WHERE live`) != "0" {
				t.Errorf("in the end %+v, %v; runs %q", p, err, w.since(id))
			}
		})
	}
}

// Of names that a whole run has taken back, the next knows nothing more; the release of the machine looks for all of them once more.
func TestFormerNamesAreForgottenOnceTakenBack(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.pointed("shop", lifecycle.Cancelled)
	for i, name := range []string{"a.example", "b.example", "c.example"} {
		w.rename(id, name)
		run := w.newest(id)
		if want := []string{"shop.apps.example", "a.example", "b.example"}[i : i+1]; !slices.Equal(run.Spec.Formerly, want) {
			t.Errorf("%s: formerly %q, want %q", name, run.Spec.Formerly, want)
		}
		w.point(run)
	}
	w.move(id, lifecycle.Archive)
	if run := w.newest(id); run.Kind != lifecycle.Release || run.Spec.Hostname != "c.example" || run.Spec.State != "" ||
		!slices.Equal(run.Spec.Formerly, []string{"a.example", "b.example", "shop.apps.example"}) {
		t.Errorf("%+v", run)
	}
}

// Edited while the machine is switched: DNS follows when that has ended.
func TestRenamedWhileTheMachineIsSwitched(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.pointed("shop", lifecycle.PastDue)
	w.move(id, lifecycle.Suspend)
	w.rename(id, "new.example")
	if got := w.runs(id); got != "provision done, power_off waiting" {
		t.Fatalf("%q", got)
	}
	run := w.newest(id)
	done := store.StepDone{RunTry: store.RunTry{Position: 1, Name: lifecycle.StepPower}, LastStep: true}
	if err := w.FinishStep(t.Context(), w.hold(run.ID), done); err != nil {
		t.Fatal(err)
	}
	if got := w.since(id); got != "power_off shop.apps.example done, repoint new.example waiting" {
		t.Errorf("%q", got)
	}
}

// A state comes before a name: the pointing makes way for the switching and begins anew after it, given up or not.
func TestPointingMakesWayForTheMachine(t *testing.T) {
	t.Parallel()
	for _, given := range []bool{false, true} {
		w := newClouded(t)
		id := w.pointed("shop", lifecycle.PastDue)
		w.rename(id, "new.example")
		run := w.newest(id)
		lost := store.StepLost{RunTry: store.RunTry{Position: 1, Name: lifecycle.StepDNS}, RunTrouble: store.RunTrouble{Kind: "definite", Message: "No."}, Failed: true}
		lease := w.hold(run.ID)
		w.doDNS(lease, false)
		if given {
			if err := w.NeedOperator(t.Context(), lease, lost); err != nil {
				t.Fatal(err)
			}
			w.move(id, lifecycle.MarkPaid) // the machine stays as it is: no reason to go on
			w.move(id, lifecycle.MarkPastDue)
			if got := w.since(id); got != "repoint new.example needs_operator" {
				t.Fatalf("%q", got)
			}
		}
		w.move(id, lifecycle.Suspend)
		if !given {
			if err := w.NeedOperator(t.Context(), lease, lost); err != nil { // what fails now is nobody's business
				t.Fatal(err)
			}
		}
		if got := w.since(id); got != "repoint new.example done, power_off new.example waiting" {
			t.Fatalf("given up %t: %q", given, got)
		}
		done := store.StepDone{RunTry: store.RunTry{Position: 1, Name: lifecycle.StepPower}, LastStep: true}
		if err := w.FinishStep(t.Context(), w.hold(w.newest(id).ID), done); err != nil {
			t.Fatal(err)
		}
		if got := w.since(id); !strings.HasSuffix(got, "power_off new.example done, repoint new.example waiting") {
			t.Errorf("given up %t: %q", given, got)
		}
		w.verified()
	}
}

// Given up for one name: another edit makes room, and the same name waits for a retry.
func TestRenamedAfterItWasGivenUp(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.pointed("shop", lifecycle.Active)
	w.rename(id, "typo.example")
	lease := w.hold(w.newest(id).ID)
	w.doDNS(lease, false)
	lost := store.StepLost{RunTry: store.RunTry{Position: 1, Name: lifecycle.StepDNS}, RunTrouble: store.RunTrouble{Kind: "not_found", Message: "No zone."}, Failed: true}
	if err := w.NeedOperator(t.Context(), lease, lost); err != nil {
		t.Fatal(err)
	}
	w.rename(id, "right.example")
	if got := w.since(id); got != "repoint typo.example done, repoint right.example waiting" {
		t.Errorf("%q", got)
	}
	if got := w.value(`SELECT ending FROM runs WHERE kind = 'repoint' AND status = 'done'`); got != "Superseded: the host name is right.example now." {
		t.Errorf("it ended as %q", got)
	}
	if run := w.newest(id); !slices.Equal(run.Spec.Formerly, []string{"shop.apps.example", "typo.example"}) {
		t.Errorf("%+v", run.Spec)
	}
}

// Retried, its tries counted anew, and edited back before the next one: what was asked for is taken back all the same.
func TestRenamedBackAfterARetry(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.pointed("shop", lifecycle.Active)
	w.rename(id, "b.example")
	run := w.newest(id)
	lease := w.hold(run.ID)
	w.doDNS(lease, false)
	if err := w.NeedOperator(t.Context(), lease, store.StepLost{RunTry: store.RunTry{Position: 1, Name: lifecycle.StepDNS}, Failed: true}); err != nil {
		t.Fatal(err)
	}
	if acted, err := w.ActOnRun(t.Context(), w.tell(operator, run.ID, lifecycle.RunRetry)); err != nil || acted.Refusal != nil {
		t.Fatalf("%+v, %v", acted, err)
	}
	w.rename(id, "shop.apps.example")
	if err := w.EndRun(t.Context(), w.hold(run.ID), "Superseded."); err != nil {
		t.Fatal(err)
	}
	if next := w.newest(id); next.ID == run.ID || !slices.Equal(next.Spec.Formerly, []string{"b.example"}) || next.Spec.Unsettled == nil {
		t.Errorf("runs %q, the next %+v", w.since(id), next)
	}
}

// The run that built the machine had to ask twice for its record: the first may still come when the name is another, and is awaited.
func TestWhatABuildHasAskedForMayStillCome(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	once, twice := w.pointed("once", lifecycle.Active), w.pointed("twice", lifecycle.Active)
	w.exec(`ALTER TABLE run_steps DISABLE TRIGGER guard`, `UPDATE run_steps SET intent = '{"called_at": "2026-11-28T12:00:00Z"}'`,
		fmt.Sprintf(`UPDATE run_steps s SET attempt = 2 FROM runs r WHERE r.id = s.run_id AND r.deployment_id = '%s'`, twice),
		`ALTER TABLE run_steps ENABLE TRIGGER guard`)
	for id, awaited := range map[uuid.UUID]bool{once: false, twice: true} {
		w.rename(id, w.get(id).Slug+".new.example")
		if run := w.newest(id); run.Kind != lifecycle.Repoint || (run.Spec.Unsettled != nil) != awaited {
			t.Errorf("%+v, awaited %t", run, awaited)
		}
	}
}

// That DNS is seen to by hand says nothing about the machine: it stays linked, and the name counts as pointed.
func TestCleaningUpDNSKeepsTheMachine(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.pointed("shop", lifecycle.Active)
	w.rename(id, "shop.customer.test")
	run := w.newest(id)
	lease := w.hold(run.ID)
	w.doDNS(lease, false)
	if err := w.NeedOperator(t.Context(), lease, store.StepLost{RunTry: store.RunTry{Position: 1, Name: lifecycle.StepDNS}, Failed: true}); err != nil {
		t.Fatal(err)
	}
	before := w.get(id)
	if acted, err := w.ActOnRun(t.Context(), w.tell(operator, run.ID, lifecycle.RunClean)); err != nil || acted.Refusal != nil {
		t.Fatalf("%+v, %v", acted, err)
	}
	after := w.get(id)
	if after.DropletID != before.DropletID || after.Address != before.Address || after.EditVersion != before.EditVersion ||
		w.value(`SELECT count(*) FROM cloud_droplets WHERE released_at IS NOT NULL`) != "0" {
		t.Errorf("%+v, before %+v", after, before)
	}
	if p, err := w.GetPointing(t.Context(), id); err != nil || !p.Ours || p.Behind() {
		t.Errorf("%+v, %v", p, err)
	}
	w.rename(id, "shop2.customer.test")
	if run := w.newest(id); run.Kind != lifecycle.Repoint || !slices.Equal(run.Spec.Formerly, []string{"shop.apps.example", "shop.customer.test"}) {
		t.Errorf("%+v", run)
	}
	w.verified()
}

// While its machine is built, before and after DNS was pointed, the host name is not edited.
func TestTheHostNameStaysWhileItIsBuilt(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.built("shop")
	for _, status := range []lifecycle.RunStatus{lifecycle.RunWaiting, lifecycle.RunRunning, lifecycle.RunCompensating, lifecycle.RunNeedsOperator} {
		w.exec(fmt.Sprintf(`UPDATE runs SET status = '%s' WHERE deployment_id = '%s'`, status, id))
		w.unchanged("renamed while it is built, "+string(status), func() {
			var problems catalog.Problems
			if err := w.renamed(id, "new.example"); !errors.As(err, &problems) || problems.For("hostname") == "" {
				t.Errorf("%s: %v", status, err)
			}
		})
	}
}
