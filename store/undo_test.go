package store_test

import (
	"fmt"
	"testing"
	"time"

	"arcadia.example/console/lifecycle"
)

// An undo gives back the moment since which the state stood before, and points at the event that it undoes.
func TestUndo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.in(w.tenant("t"), "d", lifecycle.PastDue)
	since := w.get(id).StateSince
	w.move(id, lifecycle.MarkPaid)
	undo := w.ask(billing, id, lifecycle.MarkPastDue)
	undo.Reason = lifecycle.Undo
	moved, err := w.Transition(t.Context(), undo)
	d := moved.Deployment
	if err != nil || moved.Verdict != lifecycle.Accepted || d.State != lifecycle.PastDue || !d.StateSince.Equal(since) || !d.LastAt.After(since) {
		t.Errorf("since %s: %+v %v", since, moved, err)
	}
	if reverts := w.value(`SELECT reverts_version FROM cloud_deployment_events WHERE deployment_id = $1 AND version = 4`, id); reverts != "3" {
		t.Errorf("reverts %s", reverts)
	}
	// The undo of the undo: active again, since it was.
	redo := w.ask(billing, id, lifecycle.MarkPaid)
	redo.Reason = lifecycle.Undo
	paid := w.value(`SELECT occurred_at::text FROM cloud_deployment_events WHERE deployment_id = $1 AND version = 3`, id)
	if moved, err := w.Transition(t.Context(), redo); err != nil || moved.Verdict != lifecycle.Accepted {
		t.Errorf("%+v %v", moved, err)
	}
	if got := w.value(`SELECT state_since::text FROM cloud_deployments WHERE id = $1`, id); got != paid {
		t.Errorf("since %s, want %s", got, paid)
	}
	w.verified()
}

// After ten minutes by the database's clock there is no undo.
func TestUndoTooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.in(w.tenant("t"), "d", lifecycle.Paused)
	undo := w.ask(billing, id, lifecycle.Resume)
	undo.Reason = lifecycle.Undo
	w.age(11 * time.Minute)
	moved, err := w.Transition(t.Context(), undo)
	if err != nil || moved.Verdict != lifecycle.Refused || moved.Refusal.Code != lifecycle.UndoImpossible {
		t.Errorf("%+v %v", moved, err)
	}
}

// age moves everything that happened into the past, as only the owner can, with the rules off.
func (w *world) age(by time.Duration) {
	w.t.Helper()
	ago := fmt.Sprintf(" - interval '%d seconds'", int(by.Seconds()))
	w.damaged(
		`UPDATE cloud_deployment_events SET occurred_at = occurred_at`+ago+`, state_since = state_since`+ago,
		`UPDATE cloud_deployments SET state_since = state_since`+ago+`, inserted_at = inserted_at`+ago,
		`UPDATE cloud_deployment_search SET inserted_at = inserted_at`+ago,
		`UPDATE account_previews SET inserted_at = inserted_at`+ago,
	)
}
