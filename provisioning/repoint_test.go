package provisioning

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// rename edits the host name; empty: there is none any more.
func (w *world) rename(t *testing.T, id uuid.UUID, hostname string) {
	t.Helper()
	d, err := w.GetDeployment(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	fields := d.Fields()
	fields.Hostname = hostname
	if err := w.UpdateDeployment(t.Context(), operator, id, d.EditVersion, fields); err != nil {
		t.Fatal(err)
	}
}

// leads fails unless the host name leads to the deployment's machine alone, and the others nowhere.
func (w *world) leads(t *testing.T, id uuid.UUID, hostname string, nowhere ...string) {
	t.Helper()
	address := w.value(t, `SELECT host(address) FROM cloud_deployments WHERE id = $1`, id)
	if got := w.values(hostname); hostname != "" && !slices.Equal(got, []string{address}) {
		t.Errorf("%s leads to %q, want %s; runs %s", hostname, got, address, w.runsOf(t, id))
	}
	for _, name := range nowhere {
		if got := w.values(name); len(got) > 0 {
			t.Errorf("%s still leads to %q; runs %s", name, got, w.runsOf(t, id))
		}
	}
}

// neverNameless follows the provider's journal: while names change, one leads to the machine at any moment.
func (w *world) neverNameless(t *testing.T, since int, names ...string) {
	t.Helper()
	leads := map[string]bool{names[0]: true}
	for _, call := range w.sim.Journal() {
		about := slices.IndexFunc(names, func(name string) bool { return slices.Contains(call.About, name) })
		if call.Number <= since || !call.Effect || about < 0 {
			continue
		}
		switch call.Operation {
		case cloudsim.CreateRecord, cloudsim.EditRecord:
			leads[names[about]] = true
		case cloudsim.DeleteRecord:
			delete(leads, names[about])
		}
		if len(leads) == 0 {
			t.Errorf("no name of %q leads to the machine after call %d", names, call.Number)
		}
	}
}

func (w *world) lastCall() int {
	journal := w.sim.Journal()
	return journal[len(journal)-1].Number
}

// Renamed: the new name leads to the machine and the old one nowhere, in this order; a name that is taken away leads nowhere.
func TestDNSFollowsTheHostName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	w.start(t, Options{Timing: swift})
	id := w.pastDue(t, "shop")
	before := w.lastCall()
	w.rename(t, id, "new."+zone)
	run := w.settled(t, id)
	if run.Kind != lifecycle.Repoint || run.Status != lifecycle.RunDone || run.ActorName != operator.Name {
		t.Errorf("%+v", run)
	}
	w.leads(t, id, "new."+zone, "shop."+zone)
	w.neverNameless(t, before, "shop."+zone, "new."+zone)
	if line := lifecycle.MachineLineOf(run.State, true, run.MachineFacts(), run.ReadAt); line.Status != lifecycle.MachineIsOn {
		t.Errorf("%+v", line)
	}
	w.rename(t, id, "")
	if run := w.settled(t, id); run.Status != lifecycle.RunDone || run.Spec.Hostname != "" {
		t.Errorf("%+v", run)
	}
	w.leads(t, id, "", "new."+zone, "shop."+zone)
	w.rename(t, id, "again."+zone)
	w.settled(t, id)
	w.leads(t, id, "again."+zone, "new."+zone, "shop."+zone)
	if w.sim.Effects(cloudsim.CreateDroplet) != 1 || w.sim.Effects(cloudsim.Power) != 0 {
		t.Error("the machine was touched")
	}
}

// forgetful asks for zones each time.
type forgetful struct {
	Cloud
	anew func() Cloud
}

func (f forgetful) FindZone(ctx context.Context, hostname string) (string, error) {
	return f.anew().FindZone(ctx, hostname)
}

// Each call meets each trouble that passes: in the end the new name leads there and the old one nowhere, and one of them did all the time, too:
// one that led elsewhere before is edited.
func TestRepointingUnderFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	w.start(t, Options{Timing: swift, Cloud: forgetful{w.newCloud(500 * time.Millisecond), func() Cloud { return w.newCloud(500 * time.Millisecond) }}})
	id, last, n := w.pastDue(t, "shop"), "shop."+zone, 0
	for _, operation := range []cloudsim.Operation{
		cloudsim.FindZone, cloudsim.ListRecords, cloudsim.CreateRecord, cloudsim.EditRecord, cloudsim.DeleteRecord,
	} {
		for _, kind := range []cloudsim.FaultKind{
			cloudsim.Fail, cloudsim.FailAfter, cloudsim.Limit, cloudsim.HangAfter, cloudsim.Reset, cloudsim.ResetAfter, cloudsim.GarbleAfter,
		} {
			n++
			next := "shop-" + string(rune('a'+n/10)) + string(rune('a'+n%10)) + "." + zone
			if operation == cloudsim.EditRecord {
				if _, err := w.cloud.CreateRecord(t.Context(), zone, Record{Kind: "A", Hostname: next, Value: "203.0.113.7", TTL: time.Hour}); err != nil {
					t.Fatal(err)
				}
			}
			before := w.lastCall()
			w.sim.Inject(cloudsim.Fault{Operation: operation, Kind: kind, Times: 1})
			w.rename(t, id, next)
			if run := w.settled(t, id); run.Status != lifecycle.RunDone || len(w.sim.Faults()) > 0 {
				t.Errorf("%s %s: %s, %s; faults left %v", operation, kind, run.Status, run.Error, w.sim.Faults())
			}
			w.leads(t, id, next, last)
			w.neverNameless(t, before, last, next)
			w.sim.Clear()
			last = next
		}
	}
}

// What does not pass needs an operator, by name; nothing is undone, the old name goes on leading to the machine until the new one does,
// and a retry makes the rest of it.
func TestRepointingThatFailsNeedsAnOperator(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault cloudsim.Fault
		to    string
		step  lifecycle.StepName
		kind  string
		says  string
	}{
		"refused":         {cloudsim.Fault{Operation: cloudsim.CreateRecord, Kind: cloudsim.Refuse}, "new." + zone, lifecycle.StepDNS, "definite", ""},
		"500 for ever":    {cloudsim.Fault{Operation: cloudsim.CreateRecord, Kind: cloudsim.Fail}, "new." + zone, lifecycle.StepDNS, "unknown", ""},
		"no zone":         {cloudsim.Fault{}, "shop.customer.test", lifecycle.StepDNS, "not_found", "No zone of the provider holds shop.customer.test. Point it at "},
		"cannot be taken": {cloudsim.Fault{Operation: cloudsim.DeleteRecord, Kind: cloudsim.Refuse}, "new." + zone, lifecycle.StepUnpoint, "definite", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, cloudsim.Options{})
			w.start(t, Options{Timing: swift})
			id := w.pastDue(t, "shop")
			if c.fault.Kind != "" {
				w.sim.Inject(c.fault)
			}
			w.rename(t, id, c.to)
			run := w.settled(t, id)
			if run.Status != lifecycle.RunNeedsOperator || run.ErrorStep != c.step || run.ErrorKind != c.kind || !strings.HasPrefix(run.Error, c.says) {
				t.Errorf("%+v", run)
			}
			w.leads(t, id, "shop."+zone)
			if line := lifecycle.MachineLineOf(run.State, true, run.MachineFacts(), run.ReadAt); line.Status != lifecycle.MachineTrouble {
				t.Errorf("%+v", line)
			}
			w.sim.Clear()
			if name == "no zone" {
				w.rename(t, id, "new."+zone)
			} else if acted, err := w.ActOnRun(t.Context(), store.RunAct{Command: w.by(chief), RunID: run.ID, Action: lifecycle.RunRetry}); err != nil || acted.Refusal != nil {
				t.Fatalf("%+v, %v", acted, err)
			}
			w.quiet(t, id)
			w.leads(t, id, "new."+zone, "shop."+zone)
		})
	}
}

// Another deployment takes the former name before it is taken back: its record is not ours, and stays.
func TestAFormerNameOfAnotherIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	w.start(t, Options{Timing: swift})
	first, second := w.pastDue(t, "shop"), w.pastDue(t, "other")
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.CreateRecord, Kind: cloudsim.Fail, About: "new." + zone})
	w.rename(t, first, "new."+zone)
	w.settled(t, first) // given up before the old name is taken back
	w.rename(t, second, "shop."+zone)
	w.settled(t, second)
	w.leads(t, second, "shop."+zone, "other."+zone)
	w.sim.Clear()
	acted, err := w.ActOnRun(t.Context(), store.RunAct{Command: w.by(chief), RunID: w.run(t, first).ID, Action: lifecycle.RunRetry})
	if err != nil || acted.Refusal != nil {
		t.Fatalf("%+v, %v", acted, err)
	}
	run := w.settled(t, first)
	if run.Status != lifecycle.RunDone || !strings.Contains(string(run.Steps[1].Result), `"kept"`) {
		t.Errorf("%s: %s", run.Status, run.Steps[1].Result)
	}
	w.leads(t, first, "new."+zone)
	w.leads(t, second, "shop."+zone, "other."+zone)
}

// The call for a name that is given up for another is answered by nobody, and has its effect: the record is found and taken back.
func TestWhatWasAskedForLastIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	slow := swift
	slow.Backoff, slow.BackoffMax = time.Minute, time.Minute
	w.start(t, Options{Timing: slow, Cloud: w.newCloud(300 * time.Millisecond)})
	id := w.pastDue(t, "shop")
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.CreateRecord, Kind: cloudsim.HangAfter, About: "b." + zone, Times: 1})
	w.rename(t, id, "b."+zone)
	for end := time.Now().Add(10 * time.Second); w.run(t, id).Status != lifecycle.RunRetrying && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	if len(w.values("b."+zone)) != 1 {
		t.Fatal("the call had no effect")
	}
	w.rename(t, id, "shop."+zone) // back, as if nothing had been
	w.quiet(t, id)
	w.leads(t, id, "shop."+zone, "b."+zone)
	if run := w.run(t, id); run.Spec.Unsettled == nil || run.FinishedAt.Time.Sub(*run.Spec.Unsettled) < slow.ListGrace {
		t.Errorf("it did not wait for what was asked for last: %+v", run)
	}
	if got := w.runsOf(t, id); got != "provision done, repoint done, repoint done" {
		t.Errorf("runs %s", got)
	}
}

// However often and fast it is renamed, over two processes and a provider with troubles: in the end DNS is where the name is.
func TestNamesToAndFro(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	w.start(t, Options{Timing: swift})
	w.start(t, Options{Timing: swift})
	id := w.pastDue(t, "shop")
	names := []string{"shop." + zone, "b." + zone, "c." + zone}
	before := w.lastCall()
	for i := range 18 {
		if i%3 == 2 {
			operation := []cloudsim.Operation{cloudsim.CreateRecord, cloudsim.DeleteRecord, cloudsim.ListRecords}[rand.IntN(3)]
			w.sim.Inject(cloudsim.Fault{Operation: operation, Kind: []cloudsim.FaultKind{cloudsim.FailAfter, cloudsim.ResetAfter}[rand.IntN(2)], Times: 1})
		}
		w.rename(t, id, names[(i+1)%3])
		time.Sleep(rand.N(40 * time.Millisecond))
	}
	w.quiet(t, id)
	w.leads(t, id, names[0], names[1:]...)
	w.neverNameless(t, before, names...)
}

// Suspended while DNS cannot be pointed: the machine does not wait for that, and the name is pointed once it can be.
func TestTheMachineDoesNotWaitForDNS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{Switching: 20 * time.Millisecond})
	slow := swift
	slow.Backoff, slow.BackoffMax = time.Minute, time.Minute
	w.start(t, Options{Timing: slow})
	id := w.pastDue(t, "shop")
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.CreateRecord, Kind: cloudsim.Fail, Times: 1})
	w.rename(t, id, "new."+zone)
	for end := time.Now().Add(10 * time.Second); w.run(t, id).Status != lifecycle.RunRetrying && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	w.move(t, id, lifecycle.Suspend)
	w.quiet(t, id)
	if got := w.runsOf(t, id); got != "provision done, repoint done, power_off done, repoint done" || w.machine(t, id).On {
		t.Errorf("runs %s", got)
	}
	w.leads(t, id, "new."+zone, "shop."+zone)
}

// Archived while DNS is pointed: no name leads to what is given back.
func TestArchivingTakesBackNamesHalfPointed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	w.start(t, Options{Timing: swift})
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.DeleteRecord, Kind: cloudsim.Fail})
	id := w.archived(t, "shop", func(string) {
		d, err := w.FindDeployment(t.Context(), w.tenant, "shop")
		if err != nil {
			t.Fatal(err)
		}
		w.rename(t, d.ID, "new."+zone)
		for end := time.Now().Add(10 * time.Second); len(w.values("new."+zone)) == 0 && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		w.leads(t, d.ID, "new."+zone)
		w.leads(t, d.ID, "shop."+zone)
	})
	w.sim.Clear()
	w.quiet(t, id)
	w.leads(t, id, "", "new."+zone, "shop."+zone)
	if !w.released(t, id) || w.machine(t, id) != nil {
		t.Errorf("runs %s", w.runsOf(t, id))
	}
}
