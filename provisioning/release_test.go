package provisioning

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// archived archives a deployment that a run has built, with what happens to its records before.
func (w *world) archived(t *testing.T, name string, meanwhile func(hostname string)) uuid.UUID {
	t.Helper()
	id := w.pastDue(t, name)
	w.move(t, id, lifecycle.Cancel)
	w.settled(t, id)
	if meanwhile != nil {
		meanwhile(name + "." + zone)
	}
	w.move(t, id, lifecycle.Archive)
	return id
}

func (w *world) released(t *testing.T, id uuid.UUID) bool {
	t.Helper()
	return w.value(t, `SELECT concat_ws(' ', droplet_id IS NULL, address IS NULL, (SELECT bool_and(released_at IS NOT NULL) FROM cloud_droplets c WHERE c.deployment_id = d.id))
		FROM cloud_deployments d WHERE id = $1`, id) == "t t t"
}

// Archived: the droplet and the host name are given back, in the inventory and at the provider, and no more is.
func TestArchivingReleasesTheMachine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	w.start(t, Options{Timing: swift})
	other := w.pastDue(t, "other")
	id := w.archived(t, "shop", nil)
	run := w.settled(t, id)
	if run.Status != lifecycle.RunDone || run.Kind != lifecycle.Release || !w.released(t, id) || w.machine(t, id) != nil || len(w.sim.Records("shop."+zone)) != 0 {
		t.Errorf("%+v, records %+v", run, w.sim.Records("shop."+zone))
	}
	if w.machine(t, other) == nil || len(w.sim.Records("other."+zone)) != 1 {
		t.Error("another deployment's machine went with it")
	}
	if line := lifecycle.MachineLineOf(run.State, false, run.MachineFacts(), run.ReadAt); line.Status != lifecycle.MachineReleased {
		t.Errorf("%+v", line)
	}
}

// A record that points elsewhere by then is somebody else's and stays.
func TestArchivingLeavesRecordsOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	w.start(t, Options{Timing: swift})
	const elsewhere = "203.0.113.99"
	id := w.archived(t, "shop", func(hostname string) {
		r := w.sim.Records(hostname)[0]
		if _, err := w.cloud.EditRecord(t.Context(), zone, Record{ID: r.ID, Kind: "A", Hostname: hostname, Value: elsewhere, TTL: time.Hour}); err != nil {
			t.Fatal(err)
		}
	})
	run := w.settled(t, id)
	records := w.sim.Records("shop." + zone)
	if run.Status != lifecycle.RunDone || !w.released(t, id) || w.machine(t, id) != nil || len(records) != 1 || records[0].Value != elsewhere {
		t.Errorf("%+v, records %+v", run, records)
	}
	both := w.archived(t, "both", func(hostname string) {
		if _, err := w.cloud.CreateRecord(t.Context(), zone, Record{Kind: "A", Hostname: hostname, Value: elsewhere, TTL: time.Hour}); err != nil {
			t.Fatal(err)
		}
	})
	w.settled(t, both)
	if records := w.sim.Records("both." + zone); len(records) != 1 || records[0].Value != elsewhere {
		t.Errorf("records %+v", records)
	}
}

// Each call of a release meets each trouble that passes: in the end nothing is left, and nothing else was touched.
func TestReleasingUnderFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	w.start(t, Options{Timing: swift, Cloud: w.newCloud(500 * time.Millisecond)})
	n := 0
	for _, operation := range []cloudsim.Operation{cloudsim.FindZone, cloudsim.ListRecords, cloudsim.DeleteRecord, cloudsim.DeleteDroplet} {
		for _, kind := range []cloudsim.FaultKind{cloudsim.Fail, cloudsim.FailAfter, cloudsim.Limit, cloudsim.HangAfter, cloudsim.ResetAfter} {
			n++
			name := "shop-" + string(rune('a'+n))
			id := w.archived(t, name, func(string) { w.sim.Inject(cloudsim.Fault{Operation: operation, Kind: kind, Times: 1}) })
			run := w.settled(t, id)
			if run.Status != lifecycle.RunDone || !w.released(t, id) || w.machine(t, id) != nil || len(w.sim.Records(name+"."+zone)) != 0 {
				t.Errorf("%s %s: %+v, machine %+v", operation, kind, run, w.machine(t, id))
			}
			w.sim.Clear()
		}
	}
}

// A deletion that fails whatever is done needs an operator, by name; the deployment is archived all the same, and a retry gives the
// machine back once that is possible.
func TestReleaseThatFailsNeedsAnOperator(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]cloudsim.Fault{
		"500": {Operation: cloudsim.DeleteDroplet, Kind: cloudsim.Fail}, "refused": {Operation: cloudsim.DeleteDroplet, Kind: cloudsim.Refuse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, cloudsim.Options{})
			w.start(t, Options{Timing: swift})
			id := w.archived(t, "shop", func(string) { w.sim.Inject(fault) })
			run := w.settled(t, id)
			if run.Status != lifecycle.RunNeedsOperator || run.State != lifecycle.Archived || run.ErrorStep != lifecycle.StepDestroy || !run.DropletID.Valid {
				t.Errorf("%+v", run)
			}
			if w.machine(t, id) == nil || w.released(t, id) {
				t.Error("it is told as released")
			}
			line := lifecycle.MachineLineOf(run.State, true, run.MachineFacts(), run.ReadAt)
			if line.Text != "Archived; could not be released: needs an operator" {
				t.Errorf("%+v", line)
			}
			w.sim.Clear()
			acted, err := w.ActOnRun(t.Context(), store.RunAct{Command: w.by(chief), RunID: run.ID, Action: lifecycle.RunRetry})
			if err != nil || acted.Refusal != nil {
				t.Fatalf("%+v, %v", acted, err)
			}
			w.quiet(t, id)
			if !w.released(t, id) || w.machine(t, id) != nil {
				t.Errorf("after the retry: %+v", w.run(t, id))
			}
		})
	}
}

// Aborted while it is built, by the move: nothing is left, the person's reason stands in the event, and what is cancelled comes back by a
// run that builds anew.
func TestAbortAndBuildAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{Activation: time.Minute})
	slow := swift
	slow.WaitDeadline = time.Minute
	w.start(t, Options{Timing: slow})
	id := w.begin(t, "shop")
	soon(t, "a droplet is made", func() bool { return w.machine(t, id) != nil })
	ask := store.Transition{Command: w.by(operator), DeploymentID: id, Action: lifecycle.Abort, Version: 1, Reason: lifecycle.CustomerRequest, Notes: "They called."}
	moved, err := w.Transition(t.Context(), ask)
	if err != nil || moved.Verdict != lifecycle.Begun {
		t.Fatalf("%+v, %v", moved, err)
	}
	w.quiet(t, id)
	d, err := w.GetDeployment(t.Context(), id)
	if err != nil || d.State != lifecycle.Cancelled || d.LastReason != lifecycle.CustomerRequest || d.LastActor != operator.Name || !d.Gone || w.machine(t, id) != nil {
		t.Errorf("%+v, %v", d, err)
	}
	again, err := w.Transition(t.Context(), ask)
	if err != nil || again.Verdict != lifecycle.Begun || !again.Replayed || again.RunID != moved.RunID {
		t.Errorf("the same key: %+v, %v", again, err)
	}
	back, err := w.Transition(t.Context(), store.Transition{
		Command: w.by(chief), DeploymentID: id, Action: lifecycle.Reactivate, Version: d.Version, Reason: lifecycle.CustomerRequest, Notes: "After all.",
	})
	if err != nil || back.Verdict != lifecycle.Begun || back.RunID != w.run(t, id).ID {
		t.Fatalf("%+v, %v", back, err)
	}
	soon(t, "a droplet is made", func() bool { return w.machine(t, id) != nil })
	acted, err := w.ActOnRun(t.Context(), store.RunAct{Command: w.by(chief), RunID: back.RunID, Action: lifecycle.RunAbort, Reason: lifecycle.Other})
	if err != nil || acted.Refusal != nil {
		t.Fatalf("%+v, %v", acted, err)
	}
	w.quiet(t, id)
	if d, err := w.GetDeployment(t.Context(), id); err != nil || d.State != lifecycle.Cancelled || d.Version != 2 || w.machine(t, id) != nil {
		t.Errorf("an aborted rebuild: %+v, %v", d, err)
	}
}

// A rollback that was given up goes on when somebody says so.
func TestResumeTheRollback(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.CreateRecord, Kind: cloudsim.Refuse}, cloudsim.Fault{Operation: cloudsim.DeleteDroplet, Kind: cloudsim.Fail})
	w.start(t, Options{Timing: swift})
	id := w.begin(t, "shop")
	run := w.settled(t, id)
	if run.Status != lifecycle.RunNeedsOperator || run.State != lifecycle.Cancelled || w.machine(t, id) == nil {
		t.Fatalf("%+v", run)
	}
	w.sim.Clear()
	acted, err := w.ActOnRun(t.Context(), store.RunAct{Command: w.by(operator), RunID: run.ID, Action: lifecycle.RunResume})
	if err != nil || acted.Refusal != nil {
		t.Fatalf("%+v, %v", acted, err)
	}
	w.quiet(t, id)
	if run := w.run(t, id); run.Status != lifecycle.RunCompensated || w.machine(t, id) != nil {
		t.Errorf("%+v", run)
	}
}

// A run ends with a move in the name of who asked for it. Nobody can keep it from that by using its key before.
func TestNobodyTakesTheKeysOfRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{Activation: time.Minute})
	id := w.begin(t, "shop")
	run := w.run(t, id)
	err := w.AddNote(t.Context(), store.NewNote{
		Command: store.Command{Actor: operator, Key: "run:" + run.ID.String() + ":cancel"}, TenantID: w.tenant, Notes: "Mine.",
	})
	if !errors.Is(err, store.ErrInput) {
		t.Errorf("a note under the key of a run: %v", err)
	}
	acted, err := w.ActOnRun(t.Context(), store.RunAct{Command: w.by(operator), RunID: run.ID, Action: lifecycle.RunAbort, Reason: lifecycle.Other})
	if err != nil || acted.Refusal != nil {
		t.Fatalf("%+v, %v", acted, err)
	}
	w.start(t, Options{Timing: swift})
	if run := w.settled(t, id); run.Status != lifecycle.RunCompensated || run.State != lifecycle.Cancelled {
		t.Errorf("%+v", run)
	}
}
