package provisioning

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// abortAs asks a run to stop, by somebody with these roles and for this reason as they were stored. An upgrade may have taken the roles from the
// map or the reason from the list since.
func (w *world) abortAs(t *testing.T, run uuid.UUID, roles, reason string) {
	t.Helper()
	w.exec(t, `UPDATE runs SET abort_kind = 'staff', abort_actor = 'sue@arcadia.test', abort_name = 'Sue', abort_roles = $2, abort_reason = $3, abort_notes = '',
		aborted_at = clock_timestamp() WHERE id = $1`, run, roles, reason)
}

func (w *world) tellRun(t *testing.T, run uuid.UUID, a lifecycle.RunAction) {
	t.Helper()
	acted, err := w.ActOnRun(t.Context(), store.RunAct{Command: w.by(operator), RunID: run, Action: a, Notes: "I looked."})
	if err != nil || acted.Refusal != nil {
		t.Fatalf("%s: %+v, %v", a, acted.Refusal, err)
	}
}

// The move at the end of a rollback is refused for good: that is for a person, who is told what refused, and not tried for ever. When it is
// mended, the rollback comes to its end.
func TestARollbackWhoseCancellationIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		roles, reason string
		began         bool // the run has built something; otherwise there is nothing to undo
		says          string
	}{
		"the roles are not enough any more": {"viewer", "customer_request", true, "Needs Support or Operator."},
		"nothing was built":                 {"viewer", "customer_request", false, "Needs Support or Operator."},
		"there is no such reason any more":  {"support", "boredom", true, `"boredom" is not a reason for Abort provisioning.`},
		"there are no such roles any more":  {"wizard", "customer_request", true, `unknown role "wizard"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, cloudsim.Options{})
			id := w.begin(t, "shop")
			run, e := w.run(t, id).ID, w.engine(swift)
			for c.began && !w.run(t, id).DropletID.Valid {
				e.timing.Slice = 1 // one step at a time
				if _, err := e.work(t.Context(), run, nil); err != nil {
					t.Fatal(err)
				}
			}
			w.abortAs(t, run, c.roles, c.reason)
			for range 2 { // and again when a person resumes it and nothing is mended
				toEnd(t, e, run)
				got := w.run(t, id)
				if got.Status != lifecycle.RunNeedsOperator || got.ErrorKind != "definite" || got.ErrorStep != lifecycle.StepMark || got.State != lifecycle.Provisioning {
					t.Fatalf("%+v", got)
				}
				if strings.Count(got.Error, c.says) != 1 || !strings.Contains(got.Error, "in the name of Sue") || len(w.sim.Droplets("")) != 0 {
					t.Errorf("with %d droplets left: %s", len(w.sim.Droplets("")), got.Error)
				}
				w.tellRun(t, run, lifecycle.RunResume)
			}
			w.abortAs(t, run, "support", "customer_request")
			toEnd(t, e, run)
			if got := w.run(t, id); got.Status != lifecycle.RunCompensated || got.State != lifecycle.Cancelled {
				t.Errorf("when it is mended: %+v", got)
			}
		})
	}
}

// What cannot be undone is handed to a person also where the deployment cannot be cancelled with it; both are said, and whoever has
// seen to it makes the move.
func TestWhatCannotBeUndoneNorCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cloudsim.Options{})
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.DeleteDroplet, Kind: cloudsim.Fail, Message: "It is on fire."})
	id := w.begin(t, "shop")
	run, e := w.run(t, id).ID, w.engine(swift)
	e.timing.Slice = 1
	for !w.run(t, id).DropletID.Valid {
		if _, err := e.work(t.Context(), run, nil); err != nil {
			t.Fatal(err)
		}
	}
	w.abortAs(t, run, "viewer", "customer_request")
	toEnd(t, e, run)
	got := w.run(t, id)
	if got.Status != lifecycle.RunNeedsOperator || got.Step != lifecycle.StepCreate || got.State != lifecycle.Provisioning {
		t.Fatalf("%+v", got)
	}
	if !strings.Contains(got.Error, "on fire") || !strings.Contains(got.Error, "Needs Support or Operator.") {
		t.Errorf("it says %q", got.Error)
	}
	w.tellRun(t, run, lifecycle.RunClean)
	w.move(t, id, lifecycle.Abort)
	if got := w.run(t, id); got.Status != lifecycle.RunFailed || got.State != lifecycle.Cancelled {
		t.Errorf("%+v", got)
	}
}
