package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// clouded is a world whose store has a provider; runs are moved by the tests themselves.
type clouded struct {
	*world
	tenant uuid.UUID
}

var operator = person("operator", access.Operator)

func newClouded(t testing.TB) clouded {
	t.Helper()
	w := newWorld(t)
	w.Store = openStore(t, w.db.AppDSN, store.Options{Conns: 6, Provider: "test"})
	return clouded{w, w.tenant("harbour")}
}

// placed makes a deployment in the state that has a machine which the inventory knows.
func (w clouded) placed(slug string, state lifecycle.State) uuid.UUID {
	w.t.Helper()
	id := w.in(w.tenant, slug, state)
	w.exec(fmt.Sprintf(`UPDATE cloud_deployments SET droplet_id = (SELECT 1000 + count(*) FROM cloud_droplets), address = '192.0.2.7',
		edit_version = edit_version + 1 WHERE id = '%s'`, id), fmt.Sprintf(`INSERT INTO cloud_droplets (provider, droplet_id, deployment_id, address)
		SELECT 'test', droplet_id, id, address FROM cloud_deployments WHERE id = '%s'`, id))
	return id
}

// runs are those of a deployment in short, the oldest first.
func (w clouded) runs(id uuid.UUID) string {
	w.t.Helper()
	return w.value(`SELECT coalesce(string_agg(kind || ' ' || status, ', ' ORDER BY inserted_at, id), '') FROM runs WHERE deployment_id = $1`, id)
}

func (w clouded) jobs() string { return w.value(`SELECT count(*) FROM river_job WHERE kind = 'run'`) }

// newest is the newest run.
func (w clouded) newest(id uuid.UUID) store.Run {
	w.t.Helper()
	run, err := w.GetNewestRun(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return run
}

// set makes a run stand so, as the engine would have left it.
func (w clouded) set(run store.Run, status lifecycle.RunStatus) {
	w.t.Helper()
	step := run.Kind.Steps()[0]
	over := "NULL"
	if !status.Live() {
		step, over = "", "clock_timestamp()"
	}
	w.exec(fmt.Sprintf(`UPDATE runs SET status = '%s', step = '%s', finished_at = %s WHERE id = '%s'`, status, step, over, run.ID),
		fmt.Sprintf(`UPDATE run_steps SET status = '%s', attempt = 8, undo_attempt = 8, intent = '{}' WHERE run_id = '%s' AND name = '%s'`, status, run.ID, step))
}

// hold takes the run as a process would, and returns the lease.
func (w clouded) hold(id uuid.UUID) store.Lease {
	w.t.Helper()
	taken, err := w.TakeRun(w.t.Context(), id, time.Minute)
	if err != nil || taken.Lease == nil {
		w.t.Fatalf("%+v, %v", taken, err)
	}
	return *taken.Lease
}

// Each move of a deployment that has a machine starts the run that makes it follow, in the same transaction; a move that leaves the
// machine as it is, starts none.
func TestTheMachineFollowsEachMove(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	for _, c := range []struct {
		from   lifecycle.State
		action lifecycle.Action
		want   string
	}{
		{lifecycle.Active, lifecycle.Pause, "power_off waiting"},
		{lifecycle.Active, lifecycle.MarkPastDue, ""},
		{lifecycle.Active, lifecycle.Cancel, "power_off waiting"},
		{lifecycle.Trial, lifecycle.Convert, ""},
		{lifecycle.Trial, lifecycle.Cancel, "power_off waiting"},
		{lifecycle.Paused, lifecycle.Resume, "power_on waiting"},
		{lifecycle.Paused, lifecycle.Cancel, ""},
		{lifecycle.PastDue, lifecycle.MarkPaid, ""},
		{lifecycle.PastDue, lifecycle.Suspend, "power_off waiting"},
		{lifecycle.Suspended, lifecycle.Restore, "power_on waiting"},
		{lifecycle.Suspended, lifecycle.Cancel, ""},
		{lifecycle.Cancelled, lifecycle.Reactivate, "power_on waiting"},
		{lifecycle.Cancelled, lifecycle.Archive, "release waiting"},
		{lifecycle.Provisioning, lifecycle.Activate, ""},
		{lifecycle.Provisioning, lifecycle.Abort, ""},
	} {
		id := w.placed(strings.ReplaceAll(string(c.from+"-"+lifecycle.State(c.action)), "_", "-"), c.from)
		moved := w.move(id, c.action)
		if got := w.runs(id); got != c.want || moved.Deployment.RunID.Valid != (c.want != "") {
			t.Errorf("%s from %s: runs %q, want %q; %+v", c.action, c.from, got, c.want, moved.Deployment)
		}
		if c.want == "" {
			continue
		}
		run := w.newest(id)
		if run.ActorName != "Admin" || run.DropletID != moved.Deployment.DropletID || run.Spec.Address != "192.0.2.7" || len(run.Steps) != len(run.Kind.Steps()) {
			t.Errorf("%s from %s: %+v", c.action, c.from, run)
		}
		if got := w.value(`SELECT command_id FROM runs WHERE id = $1`, run.ID); got != moved.CommandID.String() {
			t.Errorf("%s from %s: began by %s, not by %s", c.action, c.from, got, moved.CommandID)
		}
	}
	if runs := w.value(`SELECT count(*) FROM runs`); runs != "8" || w.jobs() != runs {
		t.Errorf("%s runs, %s jobs", runs, w.jobs())
	}
	w.verified()
}

// Without a machine, or without a provider, a move is what it always was.
func TestNothingFollowsWithoutAMachineOrAProvider(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	bare, placed := w.in(w.tenant, "bare", lifecycle.PastDue), w.placed("placed", lifecycle.PastDue)
	w.move(bare, lifecycle.Suspend)
	w.Store = openStore(t, w.db.AppDSN, store.Options{Conns: 2})
	w.move(placed, lifecycle.Suspend)
	w.move(placed, lifecycle.Cancel)
	if n := w.value(`SELECT count(*) FROM runs`); n != "0" {
		t.Errorf("%s runs", n)
	}
}

// One live run for each deployment: one that is at work is nudged and asks for the state by itself; one that was given up makes room.
func TestOneLiveRunForEachDeployment(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.placed("shop", lifecycle.PastDue)
	w.move(id, lifecycle.Suspend)
	off := w.newest(id)
	w.exec(fmt.Sprintf(`UPDATE runs SET status = 'retrying', next_try_at = clock_timestamp() + interval '1 hour' WHERE id = '%s'`, off.ID))
	before := w.jobs()
	w.move(id, lifecycle.Restore)
	if run := w.newest(id); run.ID != off.ID || run.NextTryAt.Valid || w.jobs() == before {
		t.Errorf("the run that switches off is not nudged: %+v, %s jobs, before %s", run, w.jobs(), before)
	}
	w.set(off, lifecycle.RunNeedsOperator)
	lease := w.value(`SELECT token FROM runs WHERE id = $1`, off.ID)
	w.move(id, lifecycle.Pause) // wanted off again: the run that was given up is of no use
	if got := w.runs(id); got != "power_off done, power_off waiting" {
		t.Errorf("runs %q", got)
	}
	ended := w.value(`SELECT concat_ws('|', ending, token > $2::bigint, step, finished_at IS NOT NULL) FROM runs WHERE id = $1`, off.ID, lease)
	if ended != "Superseded: the deployment is paused now.|t||t" {
		t.Errorf("the run that was given up ended as %s", ended)
	}
	if got := w.value(`SELECT status FROM run_steps WHERE run_id = $1`, off.ID); got != "failed" {
		t.Errorf("its step is %s", got)
	}
}

// Whoever ends a run that followed a state compares that with what is wanted now, in the same transaction, and starts the next.
func TestTheEndOfARunStartsTheNext(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	for slug, end := range map[string]func(store.Run, store.Lease) error{
		"superseded": func(_ store.Run, l store.Lease) error { return w.EndRun(t.Context(), l, "Superseded.") },
		"switched": func(run store.Run, l store.Lease) error {
			return w.FinishStep(t.Context(), l, store.StepDone{RunTry: store.RunTry{Position: 1, Name: run.Steps[0].Name}, LastStep: true})
		},
		"given-up": func(run store.Run, l store.Lease) error {
			return w.NeedOperator(t.Context(), l, store.StepLost{RunTry: store.RunTry{Position: 1, Name: run.Steps[0].Name}, Failed: true})
		},
	} {
		id := w.placed(slug, lifecycle.PastDue)
		w.move(id, lifecycle.Suspend)
		run := w.newest(id)
		lease := w.hold(run.ID)
		w.move(id, lifecycle.Restore)
		if err := end(run, lease); err != nil {
			t.Fatal(err)
		}
		if got := w.runs(id); got != "power_off done, power_on waiting" {
			t.Errorf("%s: %q", slug, got)
		}
		next := w.newest(id)
		if next.ActorKind != access.System || (next.Spec.Unsettled != nil) != (slug == "given-up") {
			t.Errorf("%s: the next is %+v", slug, next)
		}
	}
}

// A run that ends because its state was another when it looked is followed by one like it when that state is back by then: nobody else
// would switch the machine.
func TestAStateThatIsBackIsFollowed(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.placed("shop", lifecycle.PastDue)
	w.move(id, lifecycle.Suspend)
	lease := w.hold(w.newest(id).ID)
	w.move(id, lifecycle.Restore)
	w.move(id, lifecycle.Pause)
	if err := w.EndRun(t.Context(), lease, "Superseded."); err != nil {
		t.Fatal(err)
	}
	if got := w.runs(id); got != "power_off done, power_off waiting" {
		t.Errorf("runs %q", got)
	}
}

// The end of a run whose state is still wanted starts nothing, and one that was given up stays for an operator.
func TestTheEndOfARunStartsNothingElse(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.placed("shop", lifecycle.PastDue)
	w.move(id, lifecycle.Suspend)
	run := w.newest(id)
	lost := store.StepLost{RunTry: store.RunTry{Position: 1, Name: lifecycle.StepPower}, RunTrouble: store.RunTrouble{Kind: "unknown", Message: "502"}, Failed: true}
	if err := w.NeedOperator(t.Context(), w.hold(run.ID), lost); err != nil {
		t.Fatal(err)
	}
	w.move(id, lifecycle.Cancel) // off all the same
	if got := w.runs(id); got != "power_off needs_operator" {
		t.Errorf("runs %q", got)
	}
	done := w.placed("done", lifecycle.PastDue)
	w.move(done, lifecycle.Suspend)
	if err := w.EndRun(t.Context(), w.hold(w.newest(done).ID), ""); err != nil {
		t.Fatal(err)
	}
	if got := w.runs(done); got != "power_off done" {
		t.Errorf("runs %q", got)
	}
}

// 500 machines follow one account action by a few statements, those under way are nudged, and a resend starts nothing more.
func TestAnAccountActionIsFollowedByAll(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	var ids []uuid.UUID
	for i := range 30 {
		ids = append(ids, w.placed(fmt.Sprintf("shop-%d", i), lifecycle.Active))
	}
	bare := w.deployment(w.tenant, "bare")
	w.move(ids[0], lifecycle.Pause)
	w.move(ids[0], lifecycle.Resume) // its run is still the one that switches off
	if got := w.runs(ids[0]); got != "power_off waiting" {
		t.Fatalf("runs %q", got)
	}
	m := w.paused(t)
	if moved, err := w.MoveAccount(t.Context(), m); err != nil || !moved.Replayed {
		t.Errorf("again: %+v, %v", moved, err)
	}
	for _, id := range ids {
		if got := w.runs(id); got != "power_off waiting" {
			t.Errorf("runs %q", got)
		}
	}
	if got := w.runs(bare); got != "" {
		t.Errorf("without a machine: %q", got)
	}
	if steps := w.value(`SELECT count(*) FROM run_steps`); steps != "30" {
		t.Errorf("%s steps", steps)
	}
	w.verified()
}

// paused pauses the whole account.
func (w clouded) paused(t *testing.T) store.AccountMove {
	t.Helper()
	preview, err := w.PreviewAccount(t.Context(), billing, w.tenant, lifecycle.Pause)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range preview.Lines {
		if want := map[bool]lifecycle.Machine{true: lifecycle.MachineFollows, false: lifecycle.MachineNone}[line.Slug != "bare"]; line.Subject().Machine() != want {
			t.Errorf("%s: machine %d, want %d", line.Slug, line.Subject().Machine(), want)
		}
	}
	m := store.AccountMove{Command: w.by(billing), TenantID: w.tenant, Action: lifecycle.Pause, PreviewID: preview.ID}
	if moved, err := w.MoveAccount(t.Context(), m); err != nil || moved.Moved != len(preview.Lines) {
		t.Fatalf("%+v, %v", moved, err)
	}
	return m
}

// Moves and the end of the run at the same time: whoever comes last, the machine is led to where the state is.
func TestMovesRaceWithTheEndOfTheRun(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	for i := range 20 {
		id := w.placed(fmt.Sprintf("shop-%d", i), lifecycle.Active)
		w.move(id, lifecycle.Pause)
		run := w.newest(id)
		lease := w.hold(run.ID)
		ask := w.ask(admin, id, lifecycle.Resume)
		ended := make(chan error, 1)
		go func() {
			ended <- w.FinishStep(context.WithoutCancel(t.Context()), lease, store.StepDone{RunTry: store.RunTry{Position: 1, Name: lifecycle.StepPower}, LastStep: true})
		}()
		if moved, err := w.Transition(t.Context(), ask); err != nil || moved.Verdict != lifecycle.Accepted {
			t.Fatalf("%+v %v", moved, err)
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if got := w.runs(id); got != "power_off done, power_on waiting" {
			t.Errorf("%d: %q", i, got)
		}
	}
}

// An undo is a move: the machine follows it too.
func TestTheMachineFollowsAnUndo(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.placed("shop", lifecycle.Active)
	w.move(id, lifecycle.Pause)
	if err := w.EndRun(t.Context(), w.hold(w.newest(id).ID), ""); err != nil {
		t.Fatal(err)
	}
	undo := w.ask(admin, id, lifecycle.Resume)
	undo.Reason = lifecycle.Undo
	if moved, err := w.Transition(t.Context(), undo); err != nil || moved.Verdict != lifecycle.Accepted {
		t.Fatalf("%+v, %v", moved, err)
	}
	if got := w.runs(id); got != "power_off done, power_on waiting" {
		t.Errorf("runs %q", got)
	}
}

// built begins a deployment that a run builds.
func (w clouded) built(slug string) uuid.UUID {
	w.t.Helper()
	id, err := w.CreateDeployment(w.t.Context(), store.NewDeployment{Command: w.by(support), TenantID: w.tenant, Fields: deploymentFields(slug), Provision: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// Abort while a run builds asks the run to stop: no event yet, one answer for the key, and who asked stands with the run and in the
// record of activity.
func TestAbortIsBegunByTheRun(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.built("shop")
	run := w.newest(id)
	ask := w.ask(support, id, lifecycle.Abort)
	ask.Reason, ask.Notes = lifecycle.CustomerRequest, "They called."
	for again := range 2 {
		moved, err := w.Transition(t.Context(), ask)
		if err != nil || moved.Verdict != lifecycle.Begun || moved.RunID != run.ID || moved.Replayed != (again == 1) || moved.Version != 1 || moved.CommandID == uuid.Nil {
			t.Fatalf("%d: %+v, %v", again, moved, err)
		}
		if moved.Deployment.State != lifecycle.Provisioning || !moved.Deployment.RunAborted {
			t.Errorf("%d: %+v", again, moved.Deployment)
		}
	}
	if got := w.value(`SELECT concat_ws('|', abort_kind, abort_actor, abort_name, abort_roles, abort_reason, abort_notes, aborted_at IS NOT NULL) FROM runs WHERE id = $1`,
		run.ID); got != "staff|support@arcadia.test|Support|support|customer_request|They called.|t" {
		t.Errorf("the run says %s", got)
	}
	if events := w.value(`SELECT count(*) FROM cloud_deployment_events WHERE deployment_id = $1`, id); events != "1" {
		t.Errorf("%s events", events)
	}
	second := w.ask(operator, id, lifecycle.Abort)
	if moved, err := w.Transition(t.Context(), second); err != nil || moved.Verdict != lifecycle.Refused || moved.Refusal.Code != lifecycle.RunIsOn {
		t.Errorf("a second abort: %+v, %v", moved, err)
	}
	missing := w.ask(support, w.built("other"), lifecycle.Abort)
	missing.Reason = ""
	if moved, err := w.Transition(t.Context(), missing); err != nil || moved.Verdict != lifecycle.Refused || moved.Refusal.Code != lifecycle.ReasonMissing {
		t.Errorf("without a reason: %+v, %v", moved, err)
	}
	if got := w.deeds(id); !slices.Equal(got, []string{"run_aborted Support", "run_started Support"}) {
		t.Errorf("deeds %q", got)
	}
	w.verified()
}

// deeds are those about a deployment, the newest first.
func (w clouded) deeds(id uuid.UUID) []string {
	w.t.Helper()
	page, err := w.ListRecord(w.t.Context(), store.RecordFilter{Kind: store.RunsRecord, Object: only(id)})
	if err != nil {
		w.t.Fatal(err)
	}
	var deeds []string
	for _, row := range page.Rows {
		deeds = append(deeds, string(row.Deed)+" "+row.ActorName)
	}
	return deeds
}

// Reactivate of what is gone starts a run that carries who asked, the reason and the notes; until it ends the deployment is
// cancelled, and nothing else can be made of it.
func TestReactivateOfWhatIsGoneBuildsAnew(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	id := w.built("shop")
	run := w.newest(id)
	lease := w.hold(run.ID)
	if err := w.FinishCompensation(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
	if d := w.get(id); d.State != lifecycle.Cancelled || !d.Gone {
		t.Fatalf("%+v", d)
	}
	ask := w.ask(billing, id, lifecycle.Reactivate)
	ask.Reason, ask.Notes = lifecycle.PaymentReceived, "Paid at last."
	for again := range 2 {
		moved, err := w.Transition(t.Context(), ask)
		if err != nil || moved.Verdict != lifecycle.Begun || moved.Replayed != (again == 1) || moved.RunID != w.newest(id).ID || moved.Deployment.State != lifecycle.Cancelled {
			t.Fatalf("%d: %+v, %v", again, moved, err)
		}
	}
	rebuild := w.newest(id)
	if rebuild.Kind != lifecycle.Rebuild || rebuild.Reason != lifecycle.PaymentReceived || rebuild.ActorName != "Billing" ||
		w.value(`SELECT notes FROM runs WHERE id = $1`, rebuild.ID) != "Paid at last." {
		t.Errorf("%+v", rebuild)
	}
	for action, actor := range map[lifecycle.Action]access.Actor{lifecycle.Reactivate: billing, lifecycle.Archive: admin} {
		if moved, err := w.Transition(t.Context(), w.ask(actor, id, action)); err != nil || moved.Verdict != lifecycle.Refused || moved.Refusal.Code != lifecycle.RunIsOn {
			t.Errorf("%s meanwhile: %+v, %v", action, moved, err)
		}
	}
	if got := w.deeds(id); !slices.Equal(got, []string{"run_started Billing", "run_started Support"}) {
		t.Errorf("deeds %q", got)
	}
	w.Store = openStore(t, w.db.AppDSN, store.Options{Conns: 2})
	if d := w.get(id); !d.Gone || d.Provider {
		t.Errorf("without a provider: %+v", d)
	}
}

func TestWhoMayNotStartARunCreatesNone(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	w.unchanged("billing provisions", func() {
		_, err := w.CreateDeployment(t.Context(), store.NewDeployment{Command: w.by(billing), TenantID: w.tenant, Fields: deploymentFields("shop"), Provision: true})
		var refusal *lifecycle.Refusal
		if !asRefusal(err, &refusal) || refusal.Code != lifecycle.Forbidden {
			t.Errorf("%v", err)
		}
	})
}

// However many machines follow an account action, it takes as many round trips.
func TestManyRunsTakeAsManyRoundTripsAsFew(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	meter, dsn := newMeter(t, w.db.AppDSN)
	s := openStore(t, dsn, store.Options{Conns: 1, Provider: "test"})
	var took []int64
	for i, n := range []int{2, 60} {
		tenant := w.world.tenant(fmt.Sprintf("account-%d", i))
		for j := range n {
			w.deployment(tenant, fmt.Sprintf("shop-%d", j))
		}
		w.exec(fmt.Sprintf(`UPDATE cloud_deployments d SET droplet_id = p.n, edit_version = edit_version + 1
			FROM (SELECT id, %d + row_number() OVER () AS n FROM cloud_deployments WHERE tenant_id = '%s') p WHERE p.id = d.id`, 5000+1000*i, tenant))
		preview, err := s.PreviewAccount(t.Context(), billing, tenant, lifecycle.Pause)
		if err != nil {
			t.Fatal(err)
		}
		before := meter.trips.Load()
		moved, err := s.MoveAccount(t.Context(), store.AccountMove{Command: w.by(billing), TenantID: tenant, Action: lifecycle.Pause, PreviewID: preview.ID})
		if err != nil || moved.Moved != n {
			t.Fatalf("%+v, %v", moved, err)
		}
		took = append(took, meter.trips.Load()-before)
		if runs := w.value(`SELECT count(*) FROM runs r JOIN cloud_deployments d ON d.id = r.deployment_id WHERE d.tenant_id = $1`, tenant); runs != fmt.Sprint(n) {
			t.Errorf("%s runs, want %d", runs, n)
		}
	}
	if took[0] != took[1] || took[1] > 20 {
		t.Errorf("round trips: %v", took)
	}
}
