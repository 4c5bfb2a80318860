package provisioning

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

var chief = access.Actor{Kind: access.Staff, ID: "chief@arcadia.test", Name: "Chief", Roles: access.Admin}

// move takes the action now; the state never waits for the machine.
func (w *world) move(t *testing.T, id uuid.UUID, action lifecycle.Action) store.Moved {
	t.Helper()
	d, err := w.GetDeployment(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	ask := store.Transition{Command: w.by(chief), DeploymentID: id, Action: action, Version: d.Version}
	if action.NeedsReason() {
		ask.Reason = lifecycle.Other
	}
	moved, err := w.Transition(t.Context(), ask)
	if err != nil || moved.Verdict != lifecycle.Accepted || moved.Deployment.State != action.To() {
		t.Fatalf("%s: %+v, %v", action, moved, err)
	}
	return moved
}

// pastDue is a deployment that a run has built, past due, so that all can be made of it.
func (w *world) pastDue(t *testing.T, name string) uuid.UUID {
	t.Helper()
	id := w.begin(t, name)
	if run := w.settled(t, id); run.Status != lifecycle.RunDone {
		t.Fatalf("%+v", run)
	}
	w.move(t, id, lifecycle.MarkPastDue)
	return id
}

// runsOf are the runs of a deployment in short, the oldest first.
func (w *world) runsOf(t *testing.T, id uuid.UUID) string {
	t.Helper()
	return w.value(t, `SELECT string_agg(kind || ' ' || status, ', ' ORDER BY inserted_at, id) FROM runs WHERE deployment_id = $1`, id)
}

// machine is the droplet of a deployment as the provider has it; nil when there is none.
func (w *world) machine(t *testing.T, id uuid.UUID) *cloudsim.Droplet {
	t.Helper()
	for _, d := range w.sim.Droplets("dep-" + id.String()) {
		return &d
	}
	return nil
}

func TestTheMachineFollowsTheState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{Switching: 40 * time.Millisecond})
	w.start(t, Options{Timing: swift})
	id := w.pastDue(t, "shop")
	for _, c := range []struct {
		action lifecycle.Action
		on     bool
		line   string
	}{
		{lifecycle.Suspend, false, "Off, kept"},
		{lifecycle.Restore, true, "On"},
		{lifecycle.Pause, false, "Off, kept"},
		{lifecycle.Cancel, false, "Off, kept"},
		{lifecycle.Reactivate, true, "On"},
	} {
		w.move(t, id, c.action)
		run := w.settled(t, id)
		if run.Status != lifecycle.RunDone || run.Ending != "" || w.machine(t, id).On != c.on {
			t.Errorf("%s: %+v, on %t", c.action, run, w.machine(t, id).On)
		}
		line := lifecycle.MachineLineOf(run.State, true, run.MachineFacts(), run.ReadAt)
		if line.Text != c.line {
			t.Errorf("%s: %+v", c.action, line)
		}
	}
	if got := w.runsOf(t, id); got != "provision done, power_off done, power_on done, power_off done, power_on done" {
		t.Errorf("runs %s", got)
	}
}

// Whatever the provider answers, the state stands at once; the machine follows where that can be, and otherwise an operator is asked.
func TestSwitchingUnderFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults []cloudsim.Fault
		status lifecycle.RunStatus
		calls  int    // of Power that were answered or struck; 0: any number
		kind   string // of the trouble, when an operator is asked
	}{
		"502 three times":          {[]cloudsim.Fault{{Operation: cloudsim.Power, Kind: cloudsim.Fail, Status: 502, Times: 3}}, lifecycle.RunDone, 4, ""},
		"500 after success":        {[]cloudsim.Fault{{Operation: cloudsim.Power, Kind: cloudsim.FailAfter, Times: 1}}, lifecycle.RunDone, 0, ""},
		"429":                      {[]cloudsim.Fault{{Operation: cloudsim.Power, Kind: cloudsim.Limit, Times: 2}}, lifecycle.RunDone, 3, ""},
		"time-out":                 {[]cloudsim.Fault{{Operation: cloudsim.Power, Kind: cloudsim.Hang, Times: 1}}, lifecycle.RunDone, 2, ""},
		"time-out after success":   {[]cloudsim.Fault{{Operation: cloudsim.Power, Kind: cloudsim.HangAfter, Times: 1}}, lifecycle.RunDone, 1, ""},
		"reset after success":      {[]cloudsim.Fault{{Operation: cloudsim.Power, Kind: cloudsim.ResetAfter, Times: 1}}, lifecycle.RunDone, 0, ""},
		"nobody tells":             {[]cloudsim.Fault{{Operation: cloudsim.GetDroplet, Kind: cloudsim.Fail, Times: 4}}, lifecycle.RunDone, 1, ""},
		"the provider says no":     {[]cloudsim.Fault{{Operation: cloudsim.Power, Kind: cloudsim.Refuse}}, lifecycle.RunNeedsOperator, 1, "definite"},
		"500 whatever is done":     {[]cloudsim.Fault{{Operation: cloudsim.Power, Kind: cloudsim.Fail}}, lifecycle.RunNeedsOperator, lifecycle.MaxTries, "unknown"},
		"never there when looked":  {[]cloudsim.Fault{{Operation: cloudsim.GetDroplet, Kind: cloudsim.Refuse, Status: 404}}, lifecycle.RunNeedsOperator, 0, "not_found"},
		"accepted and never done ": {nil, lifecycle.RunNeedsOperator, lifecycle.MaxTries, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, cloudsim.Options{Switching: 20 * time.Millisecond})
			id := w.built(t, "shop")
			if strings.HasPrefix(name, "time-out") { // of all its calls: a busy machine answers the others sooner
				w.cloud = w.newCloud(3 * time.Second)
			}
			if c.faults == nil {
				w.cloud = deaf{w.cloud}
			}
			w.sim.Inject(c.faults...)
			before := w.sim.Calls(cloudsim.Power)
			w.start(t, Options{Timing: swift})
			w.move(t, id, lifecycle.Suspend)
			run := w.settled(t, id)
			if run.Kind != lifecycle.PowerOff || run.Status != c.status || run.ErrorKind != c.kind || run.State != lifecycle.Suspended {
				t.Errorf("%+v", run)
			}
			if calls := w.sim.Calls(cloudsim.Power) - before; c.calls != 0 && calls != c.calls {
				t.Errorf("%d calls, want %d", calls, c.calls)
			}
			if on := w.machine(t, id).On; on != (c.status != lifecycle.RunDone) {
				t.Errorf("the machine is on: %t", on)
			}
		})
	}
}

// built is a past due deployment, built by a process that is gone afterwards.
func (w *world) built(t *testing.T, name string) uuid.UUID {
	t.Helper()
	id := w.begin(t, name)
	e := w.engine(swift)
	for end := time.Now().Add(patience); w.run(t, id).Status.Live() && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, err := e.work(t.Context(), w.run(t, id).ID, nil); err != nil {
			t.Fatal(err)
		}
	}
	w.move(t, id, lifecycle.MarkPastDue)
	return id
}

// deaf is a provider that says yes to the switching and does not do it.
type deaf struct{ Cloud }

func (d deaf) Power(ctx context.Context, id int64, on bool) error {
	return d.Cloud.Power(ctx, id, !on) // counted; it is on already
}

// A droplet that is gone is named to a person, who can say so; the deployment is then without one.
func TestSwitchingWhatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	w.start(t, Options{Timing: swift})
	id := w.pastDue(t, "shop")
	d, err := w.GetDeployment(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cloud.DeleteDroplet(t.Context(), d.DropletID.Int64); err != nil {
		t.Fatal(err)
	}
	w.move(t, id, lifecycle.Suspend)
	run := w.settled(t, id)
	if run.Status != lifecycle.RunNeedsOperator || run.ErrorKind != "not_found" || !strings.Contains(run.Error, strconv.FormatInt(d.DropletID.Int64, 10)) {
		t.Errorf("%+v", run)
	}
	acted, err := w.ActOnRun(t.Context(), store.RunAct{Command: w.by(chief), RunID: run.ID, Action: lifecycle.RunClean, Notes: "Deleted by hand."})
	if err != nil || acted.Refusal != nil || acted.Run.Status != lifecycle.RunFailed {
		t.Errorf("%+v, %v", acted, err)
	}
	w.move(t, id, lifecycle.Restore)
	if got := w.runsOf(t, id); got != "provision done, power_off failed" {
		t.Errorf("runs %s", got)
	}
}

// What the provider only refuses to switch is not gone, and is not cleaned away. The retry asks it: then it is said that there is nothing.
func TestWhatIsNotSwitchedIsNotCleanedAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	w.start(t, Options{Timing: swift})
	id := w.pastDue(t, "shop")
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.Power, Kind: cloudsim.Refuse})
	w.move(t, id, lifecycle.Suspend)
	run := w.settled(t, id)
	tell := func(a lifecycle.RunAction) store.RunActed {
		t.Helper()
		acted, err := w.ActOnRun(t.Context(), store.RunAct{Command: w.by(chief), RunID: run.ID, Action: a, Notes: "Deleted by hand."})
		if err != nil {
			t.Fatal(err)
		}
		return acted
	}
	if refusal := tell(lifecycle.RunClean).Refusal; run.ErrorKind != "definite" || refusal == nil || !strings.HasPrefix(refusal.Text, "Retry first: ") {
		t.Errorf("after %q: %+v", run.ErrorKind, refusal)
	}
	if linked := w.value(t, `SELECT droplet_id FROM cloud_deployments WHERE id = $1`, id); linked != strconv.FormatInt(w.machine(t, id).ID, 10) {
		t.Errorf("linked to %q", linked)
	}
	if err := w.cloud.DeleteDroplet(t.Context(), w.machine(t, id).ID); err != nil {
		t.Fatal(err)
	}
	if acted := tell(lifecycle.RunRetry); acted.Refusal != nil {
		t.Fatalf("%+v", acted.Refusal)
	}
	if run = w.settled(t, id); run.ErrorKind != "not_found" {
		t.Errorf("%+v", run)
	}
	if acted := tell(lifecycle.RunClean); acted.Refusal != nil || acted.Run.Status != lifecycle.RunFailed {
		t.Errorf("%+v", acted)
	}
}

// Restored while it is being switched off: what was asked for is awaited, the run ends, and the next switches it on.
func TestRestoreWhileItIsSwitchedOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{Switching: time.Hour})
	timing := swift
	timing.PowerWait = patience
	w.start(t, Options{Timing: timing})
	id := w.pastDue(t, "shop")
	w.move(t, id, lifecycle.Suspend)
	soon(t, "it is being switched off", func() bool { return w.sim.Effects(cloudsim.Power) == 1 })
	w.move(t, id, lifecycle.Restore)
	looks := w.sim.Calls(cloudsim.GetDroplet)
	soon(t, "the run knows of it", func() bool { return w.sim.Calls(cloudsim.GetDroplet) > looks+1 }) // the next look may have begun before
	w.sim.Advance(time.Hour)
	soon(t, "it is being switched on", func() bool { return w.sim.Effects(cloudsim.Power) == 2 })
	w.sim.Advance(time.Hour)
	w.quiet(t, id)
	if got := w.runsOf(t, id); got != "provision done, power_off done, power_on done" || !w.machine(t, id).On {
		t.Errorf("runs %s, on %t", got, w.machine(t, id).On)
	}
	if ending := w.value(t, `SELECT ending FROM runs WHERE deployment_id = $1 AND kind = 'power_off'`, id); ending != "Superseded: the deployment is active now." {
		t.Errorf("it ended as %q", ending)
	}
}

// quiet waits until no run of a deployment is live, the one that follows another included.
func (w *world) quiet(t *testing.T, id uuid.UUID) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if w.value(t, `SELECT count(*) FROM runs WHERE deployment_id = $1 AND live`, id) == "0" {
			return
		}
	}
	t.Fatalf("no end: %s", w.runsOf(t, id))
}

// However often and fast it goes to and fro, over two processes and a provider with troubles: in the end the machine is where the
// state is.
func TestToAndFro(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{Switching: 15 * time.Millisecond})
	w.start(t, Options{Timing: swift})
	w.start(t, Options{Timing: swift})
	id := w.pastDue(t, "shop")
	w.move(t, id, lifecycle.MarkPaid)
	for i := range 12 {
		if i%4 == 3 {
			w.sim.Inject(cloudsim.Fault{Operation: cloudsim.Power, Kind: cloudsim.FailAfter, Times: 1})
		}
		w.move(t, id, lifecycle.Pause)
		time.Sleep(rand.N(40 * time.Millisecond))
		if i < 11 {
			w.move(t, id, lifecycle.Resume)
			time.Sleep(rand.N(40 * time.Millisecond))
		}
	}
	w.quiet(t, id)
	time.Sleep(40 * time.Millisecond)
	if d, err := w.cloud.GetDroplet(t.Context(), w.machine(t, id).ID); err != nil || d.Status != DropletOff {
		t.Errorf("%+v, %v; runs %s", d, err, w.runsOf(t, id))
	}
}

// still is a provider whose one machine is so.
type still struct {
	Cloud
	status DropletStatus
}

func (s still) GetDroplet(context.Context, int64) (Droplet, error) {
	return Droplet{Status: s.status}, nil
}

// What was given up a moment ago may still come to something: a machine that looks right is looked at again.
func TestWhatWasGivenUpMayStillCome(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for age, want := range map[time.Duration]bool{time.Second: true, 3 * time.Minute: false} {
		given := now.Add(-age)
		a := &attempt{
			Run:   store.Run{Kind: lifecycle.PowerOn, State: lifecycle.Active, Spec: store.RunSpec{Unsettled: &given}},
			Cloud: still{status: DropletActive}, Timing: defaults, Now: now,
		}
		got, err := powerStep{}.Do(t.Context(), a)
		if err != nil || (got.Wait > 0) != want || (got.Result != nil) == want {
			t.Errorf("given up %s ago: %+v, %v", age, got, err)
		}
	}
}

// A process without the provider's token moves a deployment; one that has it switches the machine.
func TestTheMachineFollowsMovesOfAnyProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	id := w.built(t, "shop")
	with := w.Store
	plain, err := store.Open(t.Context(), w.db.AppDSN, store.Options{Conns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = plain.Close() })
	if err := with.AnnounceProvider(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Store = plain
	w.move(t, id, lifecycle.Suspend)
	if got := w.runsOf(t, id); got != "provision done, power_off waiting" {
		t.Errorf("runs %s", got)
	}
	w.start(t, Options{Timing: swift})
	if run := w.settled(t, id); run.Status != lifecycle.RunDone || w.machine(t, id).On {
		t.Errorf("%+v", run)
	}
}
