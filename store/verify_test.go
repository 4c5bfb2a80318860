package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// Each kind of damage, made with all rules off, is found and the deployment named.
func TestVerifyFindsDamage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		damage string // with %s for the id of a deployment that was paused, resumed, paused and that undone
		says   string
		all    bool // it concerns no single deployment
	}{
		"a wrong state":         {damage: `UPDATE cloud_deployments SET state = 'suspended' WHERE id = '%s'`, says: "stored as suspended at version 5, but its events lead to active"},
		"a wrong version":       {damage: `UPDATE cloud_deployments SET version = 6 WHERE id = '%s'`, says: "at version 6, but its events lead to active at version 5"},
		"a wrong since":         {damage: `UPDATE cloud_deployments SET state_since = state_since + interval '1 microsecond' WHERE id = '%s'`, says: "but its events say since"},
		"a wrong since within":  {damage: `UPDATE cloud_deployment_events SET state_since = now() WHERE deployment_id = '%s' AND version = 3`, says: "event 3"},
		"no last event":         {damage: `DELETE FROM cloud_deployment_events WHERE deployment_id = '%s' AND version = 5`, says: "its events lead to paused at version 4"},
		"no event within":       {damage: `DELETE FROM cloud_deployment_events WHERE deployment_id = '%s' AND version = 2`, says: "event 3 follows event 1"},
		"no first event":        {damage: `DELETE FROM cloud_deployment_events WHERE deployment_id = '%s' AND version = 1`, says: "event 2 follows event 0"},
		"no events":             {damage: `DELETE FROM cloud_deployment_events WHERE deployment_id = '%s'`, says: "no events"},
		"a broken chain":        {damage: `UPDATE cloud_deployment_events SET from_state = 'past_due' WHERE deployment_id = '%s' AND version = 3`, says: `event 3 starts from "past_due", but the one before it led to "paused"`},
		"an illegal edge":       {damage: `UPDATE cloud_deployment_events SET to_state = 'trial' WHERE deployment_id = '%s' AND version = 3`, says: `from "paused" to "trial", which the map does not have`},
		"an illegal start":      {damage: `ALTER TABLE cloud_deployment_events DROP CONSTRAINT first_to_a_start; UPDATE cloud_deployment_events SET to_state = 'paused' WHERE deployment_id = '%s' AND version = 1`, says: `the first event leads from "" to "paused"`},
		"a start from a state":  {damage: `ALTER TABLE cloud_deployment_events DROP CONSTRAINT first_from_nothing; UPDATE cloud_deployment_events SET from_state = 'trial' WHERE deployment_id = '%s' AND version = 1`, says: `the first event leads from "trial"`},
		"an undo of the wrong":  {damage: `ALTER TABLE cloud_deployment_events DROP CONSTRAINT undo_reverts_the_newest; UPDATE cloud_deployment_events SET reverts_version = 2 WHERE deployment_id = '%s' AND version = 5`, says: "event 5"},
		"a wrong searched text": {damage: `UPDATE cloud_deployment_search SET doc = ' something else ' WHERE deployment_id = '%s'`, says: "searched text"},
		"no searched text":      {damage: `DELETE FROM cloud_deployment_search WHERE deployment_id = '%s'`, says: "searched text"},
		"a wrong time there":    {damage: `UPDATE cloud_deployment_search SET inserted_at = now() WHERE deployment_id = '%s'`, says: "searched text"},
		"a wrong tenant there":  {damage: `UPDATE cloud_deployment_search SET tenant_id = deployment_id WHERE deployment_id = '%s'`, says: "searched text"},
		"a wrong counter":       {damage: `UPDATE counters SET n = n + 1 WHERE subject = 'paused' AND slot = 3`, says: "the counter of paused says 1, but there are 0", all: true},
		"a missing counter":     {damage: `DELETE FROM counters WHERE subject = 'tenants'`, says: "the counter of tenants says 0, but there are 1", all: true},
		"an edge too many":      {damage: `INSERT INTO transitions VALUES ('archived', 'active', 'reactivate')`, says: "reactivate from archived to active, which the map does not have", all: true},
		"an edge too few":       {damage: `DELETE FROM transitions WHERE action = 'archive'`, says: "15 edges, the map 16", all: true},
		"an edge renamed":       {damage: `UPDATE transitions SET action = 'pause' WHERE action = 'archive'`, says: "pause from cancelled to archived", all: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, id := damagedWorld(t)
			damageOf := c.damage
			if strings.Contains(damageOf, "%s") {
				damageOf = fmt.Sprintf(damageOf, id)
			}
			w.damaged(damageOf)
			owner := openStore(t, w.db.OwnerDSN, store.Options{Conns: 1, Loading: true})
			v, err := owner.Verify(t.Context())
			if err != nil || v.OK() || len(v.Mismatches) == 0 {
				t.Fatalf("%+v %v", v, err)
			}
			for _, m := range v.Mismatches {
				// A wrong state is wrong in the counters, too.
				if m.DeploymentID != id && !c.all && !(m.DeploymentID == uuid.Nil && strings.Contains(m.Text, "counter")) {
					t.Errorf("named %+v, which is right", m)
				}
			}
			first := v.Mismatches[0]
			if first.DeploymentID == uuid.Nil && !c.all {
				t.Errorf("the deployment is not named: %+v", v.Mismatches)
			}
			if !strings.Contains(first.Text, c.says) || (first.DeploymentID != id) != c.all {
				t.Errorf("%+v, want %q", v.Mismatches, c.says)
			}
		})
	}
}

// damagedWorld has three sound deployments; the one in the middle is returned.
func damagedWorld(t *testing.T) (*world, uuid.UUID) {
	t.Helper()
	w := newWorld(t)
	tenantID := w.tenant("t")
	w.in(tenantID, "before", lifecycle.Archived)
	id := w.deployment(tenantID, "middle")
	for _, action := range []lifecycle.Action{lifecycle.Pause, lifecycle.Resume, lifecycle.Pause} {
		w.move(id, action)
	}
	undo := w.ask(admin, id, lifecycle.Resume)
	undo.Reason = lifecycle.Undo
	if moved, err := w.Transition(t.Context(), undo); err != nil || moved.Verdict != lifecycle.Accepted {
		t.Fatalf("%+v %v", moved, err)
	}
	w.in(tenantID, "after", lifecycle.Suspended)
	return w, id
}

// Sound data is sound, and counted.
func TestVerifySoundData(t *testing.T) {
	t.Parallel()
	w, _ := damagedWorld(t)
	if v := w.verified(); v.Deployments != 3 || v.Events != 3+5+3 {
		t.Errorf("%+v", v)
	}
	w.many(w.tenant("many"), 200)
	if v := w.verified(); v.Deployments != 203 {
		t.Errorf("%+v", v)
	}
	if v := newWorld(t).verified(); v.Deployments != 0 || v.Events != 0 {
		t.Errorf("an empty database: %+v", v)
	}
}

// Of much damage a hundred are named, and the rest counted.
func TestVerifyMuchDamage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.many(w.tenant("many"), 150)
	w.damaged(`UPDATE cloud_deployments SET version = 2`)
	owner := openStore(t, w.db.OwnerDSN, store.Options{Conns: 1, Loading: true})
	v, err := owner.Verify(t.Context())
	if err != nil || v.OK() || len(v.Mismatches) != store.MaxMismatches || v.More != 50 {
		t.Errorf("%d named, %d more: %v", len(v.Mismatches), v.More, err)
	}
}
