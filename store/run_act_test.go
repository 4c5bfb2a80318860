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

func asRefusal(err error, refusal **lifecycle.Refusal) bool { return errors.As(err, refusal) }

// tell asks for it as the actor, with all that it needs.
func (w clouded) tell(actor access.Actor, run uuid.UUID, a lifecycle.RunAction) store.RunAct {
	act := store.RunAct{Command: w.by(actor), RunID: run, Action: a, Notes: "I looked."}
	if a.NeedsReason() {
		act.Reason = lifecycle.Other
	}
	return act
}

// standing makes a run of the kind that stands so.
func (w clouded) standing(kind lifecycle.RunKind, status lifecycle.RunStatus) (deployment uuid.UUID, run store.Run) {
	w.t.Helper()
	slug := fmt.Sprintf("%s-%s-%d", strings.ReplaceAll(string(kind), "_", ""), strings.ReplaceAll(string(status), "_", ""), w.keys.Add(1))
	switch kind {
	case lifecycle.Provision:
		deployment = w.built(slug)
	case lifecycle.Rebuild:
		deployment = w.in(w.tenant, slug, lifecycle.Cancelled)
		w.exec(fmt.Sprintf(`INSERT INTO runs (id, deployment_id, kind, spec, actor_kind, actor, actor_name) VALUES (gen_random_uuid(), '%s', 'reactivate', '{}', 'system', 'x', 'X')`, deployment),
			fmt.Sprintf(`INSERT INTO run_steps (run_id, position, name, max_attempts, undo_max_attempts) SELECT id, 1, 'mark', 8, 8 FROM runs WHERE deployment_id = '%s'`, deployment))
	case lifecycle.PowerOn:
		deployment = w.placed(slug, lifecycle.Paused)
		w.move(deployment, lifecycle.Resume)
	case lifecycle.PowerOff:
		deployment = w.placed(slug, lifecycle.Active)
		w.move(deployment, lifecycle.Pause)
	case lifecycle.Release:
		deployment = w.placed(slug, lifecycle.Cancelled)
		w.move(deployment, lifecycle.Archive)
	case lifecycle.Repoint:
		deployment = w.placed(slug, lifecycle.Active)
		w.exec(fmt.Sprintf(`INSERT INTO runs (id, deployment_id, kind, spec, droplet_id, actor_kind, actor, actor_name)
				SELECT gen_random_uuid(), id, 'repoint', '{"state": "active"}', droplet_id, 'system', 'x', 'X' FROM cloud_deployments WHERE id = '%s'`, deployment),
			fmt.Sprintf(`INSERT INTO run_steps (run_id, position, name, max_attempts, undo_max_attempts)
				SELECT r.id, s.position, s.name, 8, 8 FROM runs r, (VALUES (1, 'dns'), (2, 'unpoint')) s (position, name) WHERE r.deployment_id = '%s'`, deployment))
	}
	run = w.newest(deployment)
	if kind == lifecycle.Provision && (status == lifecycle.RunNeedsOperator || status == lifecycle.RunCompensated || status == lifecycle.RunFailed) {
		lost := store.StepLost{RunTry: store.RunTry{Position: 1, Name: lifecycle.StepMark}, Failed: true}
		if err := w.NeedOperator(w.t.Context(), w.hold(run.ID), lost); err != nil { // the deployment is cancelled with it
			w.t.Fatal(err)
		}
	}
	if status != lifecycle.RunWaiting {
		w.set(run, status)
	}
	return deployment, w.newest(deployment)
}

// gone makes a run one whose machine the provider does not know, as it stood when the run was given up.
func (w clouded) gone(run store.Run) store.Run {
	w.t.Helper()
	w.exec(fmt.Sprintf(`UPDATE runs SET error_kind = 'not_found' WHERE id = '%s'`, run.ID),
		fmt.Sprintf(`UPDATE run_steps SET error_kind = 'not_found' WHERE run_id = '%s' AND status = 'needs_operator'`, run.ID))
	return w.newest(run.DeploymentID)
}

// In every kind and status: what the options of the run say is what the store does, and what was refused left nothing.
func TestOptionsOfARunAreWhatTheStoreAccepts(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	for _, kind := range lifecycle.RunKinds {
		for _, status := range lifecycle.RunStatuses {
			for _, action := range lifecycle.RunActions {
				_, run := w.standing(kind, status)
				w.checkAct(t, run, action)
				if status == lifecycle.RunNeedsOperator {
					_, run = w.standing(kind, status)
					w.checkAct(t, w.gone(run), action)
				}
			}
		}
	}
	w.verified()
}

func (w clouded) checkAct(t *testing.T, run store.Run, action lifecycle.RunAction) {
	t.Helper()
	deeds := func() string { return w.value(`SELECT count(*) FROM activity`) }
	for _, actor := range []access.Actor{viewer, billing, support, operator} {
		option := lifecycle.RunOptions(actor, run.Subject())[slices.Index(lifecycle.RunActions, action)]
		act, before := w.tell(actor, run.ID, action), deeds()
		acted, err := w.ActOnRun(t.Context(), act)
		if err != nil || option.Open != (acted.Refusal == nil) || (before == deeds()) == option.Open {
			t.Errorf("%s of %s %s as %s: %+v, option %+v, %v", action, run.Kind, run.Status, actor.Name, acted.Refusal, option, err)
		}
		if acted.Refusal != nil {
			if acted.Refusal.Code != lifecycle.Forbidden && acted.Refusal.Text != option.Why+"." { // the option says how it stands before the role
				t.Errorf("%s of %s %s: refused by %q, the option says %q", action, run.Kind, run.Status, acted.Refusal.Text, option.Why)
			}
			continue
		}
		again, err := w.ActOnRun(t.Context(), act)
		if err != nil || !again.Replayed || again.Refusal != nil {
			t.Errorf("%s of %s %s again: %+v, %v", action, run.Kind, run.Status, again, err)
		}
		act.Notes = "Something else."
		if _, err := w.ActOnRun(t.Context(), act); !errors.Is(err, store.ErrKeyReused) {
			t.Errorf("%s of %s %s with other notes: %v", action, run.Kind, run.Status, err)
		}
		return
	}
}

// Retry now: what waits for its time is due, what was given up counts its tries anew; both are worked on at once.
func TestRetryARun(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	_, resting := w.standing(lifecycle.PowerOff, lifecycle.RunRetrying)
	w.exec(fmt.Sprintf(`UPDATE runs SET next_try_at = clock_timestamp() + interval '1 hour' WHERE id = '%s'`, resting.ID))
	_, given := w.standing(lifecycle.Release, lifecycle.RunNeedsOperator)
	for _, run := range []store.Run{resting, given} {
		jobs := w.jobs()
		acted, err := w.ActOnRun(t.Context(), w.tell(operator, run.ID, lifecycle.RunRetry))
		if err != nil || acted.Refusal != nil || acted.Run.Status != lifecycle.RunRetrying || acted.Run.NextTryAt.Valid || w.jobs() == jobs {
			t.Fatalf("%+v, %v", acted, err)
		}
		if taken, err := w.TakeRun(t.Context(), run.ID, 1e9); err != nil || taken.Lease == nil {
			t.Errorf("it is not due: %+v, %v", taken, err)
		}
	}
	if s := w.value(`SELECT concat_ws(' ', status, attempt) FROM run_steps WHERE run_id = $1 AND name = 'unpoint'`, given.ID); s != "retrying 0" {
		t.Errorf("the step is %s", s)
	}
}

func TestResumeARollback(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	deployment, run := w.standing(lifecycle.Provision, lifecycle.RunNeedsOperator)
	acted, err := w.ActOnRun(t.Context(), w.tell(operator, run.ID, lifecycle.RunResume))
	if err != nil || acted.Refusal != nil || acted.Run.Status != lifecycle.RunCompensating {
		t.Fatalf("%+v, %v", acted, err)
	}
	if s := w.value(`SELECT concat_ws(' ', status, attempt, undo_attempt) FROM run_steps WHERE run_id = $1 AND name = 'mark'`, run.ID); s != "compensating 8 0" {
		t.Errorf("the step is %s", s)
	}
	if got := w.deeds(deployment); got[0] != "run_compensation_resumed Operator" {
		t.Errorf("deeds %q", got)
	}
	if got := w.deeds(w.tenant); len(got) != 2 {
		t.Errorf("deeds of the tenant %q", got)
	}
	page, err := w.ListRecord(t.Context(), store.RecordFilter{Kind: store.RunsRecord})
	if err != nil || len(page.Rows) != 2 || page.Rows[0].DeploymentID.UUID != deployment || page.Rows[0].TenantName == "" {
		t.Errorf("%+v, %v", page.Rows, err)
	}
}

// To abort the run that provisions is the abort of the deployment: one path, one refusal, one deed.
func TestAbortOfARunIsTheMove(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	deployment, run := w.standing(lifecycle.Provision, lifecycle.RunRunning)
	act := w.tell(support, run.ID, lifecycle.RunAbort)
	act.Reason, act.Notes = lifecycle.CustomerRequest, "They called."
	acted, err := w.ActOnRun(t.Context(), act)
	if err != nil || acted.Refusal != nil || !acted.Run.AbortedAt.Valid || acted.Run.AbortReason.String != "customer_request" {
		t.Fatalf("%+v, %v", acted, err)
	}
	if d := w.get(deployment); !d.RunAborted || d.State != lifecycle.Provisioning {
		t.Errorf("%+v", d)
	}
	if moved, err := w.Transition(t.Context(), w.ask(support, deployment, lifecycle.Abort)); err != nil || moved.Verdict != lifecycle.Refused {
		t.Errorf("by the move once more: %+v, %v", moved, err)
	}
	rebuilt, rebuild := w.standing(lifecycle.Rebuild, lifecycle.RunRunning)
	if acted, err := w.ActOnRun(t.Context(), w.tell(support, rebuild.ID, lifecycle.RunAbort)); err != nil || acted.Refusal == nil {
		t.Errorf("support aborts a rebuild: %+v, %v", acted, err)
	}
	if acted, err := w.ActOnRun(t.Context(), w.tell(operator, rebuild.ID, lifecycle.RunAbort)); err != nil || acted.Refusal != nil {
		t.Errorf("the operator may not: %+v, %v", acted, err)
	}
	if d := w.get(rebuilt); d.State != lifecycle.Cancelled {
		t.Errorf("%+v", d)
	}
}

// Marked as cleaned: the run is over with what the person said, the inventory has no machine of it, the deployment is linked to none, and
// the timeline shows who said so.
func TestMarkARunAsCleaned(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	for _, kind := range []lifecycle.RunKind{lifecycle.PowerOff, lifecycle.Release} {
		deployment, run := w.standing(kind, lifecycle.RunNeedsOperator)
		w.gone(run)
		act := w.tell(operator, run.ID, lifecycle.RunClean)
		act.Notes = "Destroyed by hand in the control panel."
		acted, err := w.ActOnRun(t.Context(), act)
		if err != nil || acted.Refusal != nil || acted.Run.Status != lifecycle.RunFailed || acted.Run.Ending != act.Notes || !acted.Run.FinishedAt.Valid {
			t.Fatalf("%+v, %v", acted, err)
		}
		if d := w.get(deployment); d.DropletID.Valid || d.Address.Valid || d.RunID.Valid {
			t.Errorf("%s: %+v", kind, d)
		}
		if n := w.value(`SELECT count(*) FROM cloud_droplets WHERE deployment_id = $1 AND released_at IS NULL`, deployment); n != "0" {
			t.Errorf("%s: %s machines in the inventory", kind, n)
		}
		line, err := w.GetDeploymentTimeline(t.Context(), deployment, "")
		if err != nil || line.Entries[0].Kind != store.EditEntry || line.Entries[0].ActorName != "Operator" {
			t.Errorf("%s: %+v, %v", kind, line.Entries[0], err)
		}
		if got := w.deeds(deployment); !slices.Equal(got, []string{"run_cleaned Operator"}) {
			t.Errorf("%s: deeds %q", kind, got)
		}
	}
}

// A machine that was only not switched is there for all that anybody knows: nobody's word takes it from its deployment, whatever the
// trouble was, until the provider says that there is none.
func TestNobodysWordUnlinksWhatIsStillThere(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	for _, kind := range []lifecycle.RunKind{lifecycle.PowerOn, lifecycle.PowerOff} {
		for _, trouble := range []string{"definite", "unknown", "limited", "deadline", "", "not_found"} {
			deployment, run := w.standing(kind, lifecycle.RunNeedsOperator)
			w.exec(fmt.Sprintf(`UPDATE runs SET error_kind = '%s' WHERE id = '%s'`, trouble, run.ID))
			acted, err := w.ActOnRun(t.Context(), w.tell(operator, run.ID, lifecycle.RunClean))
			if gone := trouble == "not_found"; err != nil || (acted.Refusal == nil) != gone || w.get(deployment).DropletID.Valid == gone {
				t.Errorf("%s after %q: %+v, linked %t, %v", kind, trouble, acted.Refusal, w.get(deployment).DropletID.Valid, err)
			}
			if want := fmt.Sprintf("Retry first: the provider has not said that droplet %d is gone.", run.DropletID.Int64); acted.Refusal != nil && acted.Refusal.Text != want {
				t.Errorf("%s after %q: refused by %q, want %q", kind, trouble, acted.Refusal.Text, want)
			}
		}
	}
}

// A machine that another run has put in its place meanwhile is left alone.
func TestCleanedLeavesOtherMachinesAlone(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	deployment, run := w.standing(lifecycle.PowerOff, lifecycle.RunNeedsOperator)
	w.gone(run)
	w.exec(fmt.Sprintf(`UPDATE cloud_deployments SET droplet_id = 77, edit_version = edit_version + 1 WHERE id = '%s'`, deployment))
	if acted, err := w.ActOnRun(t.Context(), w.tell(operator, run.ID, lifecycle.RunClean)); err != nil || acted.Refusal != nil {
		t.Fatalf("%+v, %v", acted, err)
	}
	if d := w.get(deployment); d.DropletID.Int64 != 77 {
		t.Errorf("%+v", d)
	}
}

func TestActOnRunRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	w := newClouded(t)
	_, run := w.standing(lifecycle.Release, lifecycle.RunNeedsOperator)
	if _, err := w.ActOnRun(t.Context(), w.tell(operator, uuid.New(), lifecycle.RunRetry)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no such run: %v", err)
	}
	act := w.tell(operator, run.ID, lifecycle.RunClean)
	act.Notes = strings.Repeat("x", 10_001)
	var problems catalog.Problems
	if _, err := w.ActOnRun(t.Context(), act); !errors.As(err, &problems) {
		t.Errorf("a long note: %v", err)
	}
	act.Notes, act.Actor = "", access.Actor{}
	if _, err := w.ActOnRun(t.Context(), act); !errors.Is(err, access.ErrNoActor) {
		t.Errorf("nobody: %v", err)
	}
}
