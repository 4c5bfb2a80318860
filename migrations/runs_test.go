package migrations_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/lib/pq"
)

func saga(id string, pairs ...string) string {
	return insert("runs", append([]string{
		"id=" + quote(id), "deployment_id=" + quote(fresh), "kind='power_off'", "spec='{}'", "actor_kind='staff'", "actor='a'", "actor_name='A'",
	}, pairs...)...)
}

func sagaStep(id string, position int, name string) string {
	return insert("run_steps", "run_id="+quote(id), fmt.Sprintf("position=%d", position), "name="+quote(name), "max_attempts=8", "undo_max_attempts=8")
}

const (
	endRun   = "UPDATE runs SET status = 'done', finished_at = clock_timestamp() WHERE id = '" + run1 + "'"
	loseStep = "UPDATE run_steps SET status = 'failed' WHERE run_id = '" + run1 + "'"
)

// What a run that is over did at which step stays as it is, whoever comes; the end itself may say at which step it was left.
func TestStepsOfARunThatIsOverStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.app, saga(run1), sagaStep(run1, 1, "power"))
	for name, db := range w.as() {
		t.Run(name+" while it is on", func(t *testing.T) {
			if name != "app" {
				refused(t, db, integrity, "identity_is_kept", "UPDATE run_steps SET name = 'destroy'")
				refused(t, db, integrity, "identity_is_kept", "UPDATE run_steps SET position = 2")
			}
			must(t, db, "UPDATE run_steps SET status = 'running', attempt = attempt + 1, intent = '{}', error = 'no answer'")
		})
	}
	must(t, w.app, endRun, loseStep)
	for name, db := range w.as() {
		t.Run(name+" when it is over", func(t *testing.T) {
			for _, statement := range []string{
				loseStep, "UPDATE run_steps SET intent = '{}'", "UPDATE run_steps SET result = '{}'", "UPDATE run_steps SET error = ''",
				"UPDATE run_steps SET attempt = 0, undo_attempt = 0", "UPDATE run_steps SET undone_at = now()", sagaStep(run1, 2, "destroy"),
			} {
				refused(t, db, integrity, "over_is_over", statement)
			}
			refused(t, db, integrity, "over_is_over", "UPDATE runs SET ending = 'otherwise'")
		})
	}
}

// Both in one statement, as when the state asks for the opposite of what was given up.
func TestTheEndOfARunMayLoseItsStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.app, saga(run1), sagaStep(run1, 1, "power"))
	must(t, w.app, `WITH ended AS (UPDATE runs SET status = 'done', finished_at = clock_timestamp() RETURNING id)
		UPDATE run_steps s SET status = 'failed' FROM ended WHERE s.run_id = ended.id`)
	if got := value(t, w.owner, "SELECT s.status || ' ' || r.status FROM run_steps s JOIN runs r ON r.id = s.run_id"); got != "failed done" {
		t.Error(got)
	}
	refused(t, w.app, integrity, "over_is_over", loseStep)
}

// Who goes back to a version that does not know the newest kind of run is not left with one that nothing can end: the deployment gets others.
func TestTheWayBackEndsWhatPointsDNS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.app, saga(run1, "kind='repoint'", "status='needs_operator'"), sagaStep(run1, 1, "dns"))
	if _, err := provider(t, w.owner).DownTo(t.Context(), 21); err != nil {
		t.Fatal(err)
	}
	if got := value(t, w.owner, "SELECT status || ' ' || (ending <> '') FROM runs"); got != "done true" {
		t.Error(got)
	}
	must(t, w.app, saga(unborn))
	if _, err := provider(t, w.owner).Up(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Whoever writes a step while another ends the run waits, and is then refused: there is no moment at which both are right.
func TestAStepIsNotWrittenWhileItsRunEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.app, saga(run1), sagaStep(run1, 1, "power"))
	tx, err := w.owner.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), endRun); err != nil {
		t.Fatal(err)
	}
	late := make(chan error, 1)
	go func() { late <- run(context.WithoutCancel(t.Context()), w.loader, loseStep) }()
	select {
	case err := <-late:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	var refusal *pq.Error
	if err := <-late; !errors.As(err, &refusal) || refusal.Constraint != "over_is_over" {
		t.Errorf("the late one: %v", err)
	}
}
