package migrations_test

import (
	"fmt"
	"testing"
)

const (
	sweep1 = "00000000-0000-7000-8000-0000000000d1"
	sweep2 = "00000000-0000-7000-8000-0000000000d2"
	run1   = "00000000-0000-7000-8000-0000000000d3"
)

func sweep(id string, pairs ...string) string {
	return insert("sweeps", append([]string{"id=" + quote(id), "provider='p'", "origin='console'", "dry=false"}, pairs...)...)
}

func sweepFinding(droplet int, pairs ...string) string {
	return insert("sweep_findings", append([]string{"provider='p'", fmt.Sprintf("droplet_id=%d", droplet), "verdict='remove'", "sweep_id=" + quote(sweep1)}, pairs...)...)
}

// Whatever the code above thinks: one sweep at a time, five removals by itself, and none of what is in use.
func TestSweepsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.app, sweep(sweep1), sweepFinding(7), sweepFinding(8), sweepFinding(9), sweepFinding(10, "run_id="+quote(run1)),
		insert("runs", "id="+quote(run1), "deployment_id="+quote(fresh), "kind='power_off'", "spec='{}'", "actor_kind='staff'", "actor='a'", "actor_name='A'", "droplet_id=9"))
	const unique, check = "23505", "23514"
	for name, db := range w.as() {
		t.Run(name, func(t *testing.T) {
			refused(t, db, unique, "sweeps_one_at_a_time", sweep(sweep2))
			refused(t, db, check, "sweeps_begun_check", "UPDATE sweeps SET begun = 6")
			for _, droplet := range []int{7, 9, 10} { // linked; a live run's; a live run's by its tag
				refused(t, db, integrity, "only_orphans_are_removed", fmt.Sprintf("UPDATE sweep_findings SET status = 'removing' WHERE droplet_id = %d", droplet))
			}
			refused(t, db, check, "removed_when", "UPDATE sweep_findings SET status = 'removed' WHERE droplet_id = 8")
			refused(t, db, check, "decided_by_somebody", "UPDATE sweep_findings SET decision = 'remove' WHERE droplet_id = 8")
		})
	}
	for _, statement := range []string{"DELETE FROM sweeps", "DELETE FROM sweep_findings", "TRUNCATE sweeps CASCADE", "TRUNCATE sweep_findings"} {
		refused(t, w.app, privilege, "", statement)
		refused(t, w.owner, privilege, "rows_are_kept", statement)
	}
	must(t, w.app, "UPDATE sweeps SET begun = 5", "UPDATE sweep_findings SET status = 'removing' WHERE droplet_id = 8")
	must(t, w.app, "UPDATE sweeps SET finished_at = now()", sweep(sweep2))
}
