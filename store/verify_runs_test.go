package store_test

import (
	"strings"
	"testing"

	"arcadia.example/console/store"
)

// Each contradiction between a run, its deployment and the inventory is found; without one there is nothing to say.
func TestVerifyRuns(t *testing.T) {
	t.Parallel()
	for want, statement := range map[string]string{
		"": `UPDATE runs SET status = 'retrying'`,
		"needs an operator, but it is still provisioning": `UPDATE runs SET status = 'needs_operator'`,
		"was rolled back": `INSERT INTO cloud_droplets (provider, droplet_id, deployment_id, run_id) SELECT 'test', 7, deployment_id, id FROM runs;
			UPDATE runs SET status = 'compensated', finished_at = now()`,
		"linked to droplet 7, which was released": `INSERT INTO cloud_droplets (provider, droplet_id, deployment_id, released_at)
			SELECT 'test', 7, id, now() FROM cloud_deployments; UPDATE cloud_deployments SET droplet_id = 7, edit_version = 2`,
		"builds it, but it is active": `INSERT INTO commands (id, actor_kind, actor, key, body_hash, kind, action, outcome)
			SELECT '00000000-0000-7000-8000-000000000001', actor_kind, actor, 'by hand', body_hash, kind, action, outcome FROM commands WHERE kind = 'deployment';
			INSERT INTO cloud_deployment_events
			(deployment_id, version, from_state, to_state, reason, actor_kind, actor, actor_name, command_id, state_since, occurred_at)
			SELECT deployment_id, 2, 'provisioning', 'active', 'other', 'staff', 'a', 'A',
			       '00000000-0000-7000-8000-000000000001', now(), now() FROM cloud_deployment_events;
			UPDATE cloud_deployments d SET state = 'active', version = 2, state_since = e.state_since
			  FROM cloud_deployment_events e WHERE e.deployment_id = d.id AND e.version = 2`,
		"rebuilds it, but it is provisioning": `UPDATE runs SET status = 'done', finished_at = now();
			INSERT INTO runs (id, deployment_id, kind, spec, actor_kind, actor, actor_name) SELECT gen_random_uuid(), id, 'reactivate', '{}', 'staff', 'a', 'A' FROM cloud_deployments`,
		"points DNS at droplet 8, but it has none": `UPDATE runs SET status = 'done', finished_at = now();
			INSERT INTO runs (id, deployment_id, kind, spec, droplet_id, actor_kind, actor, actor_name) SELECT gen_random_uuid(), id, 'repoint', '{}', 8, 'staff', 'a', 'A' FROM cloud_deployments`,
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.provisioned(openStore(t, w.db.AppDSN, store.Options{Conns: 2, Provider: "test"}), "d")
			w.exec(statement)
			owner := openStore(t, w.db.OwnerDSN, store.Options{Conns: 1, Loading: true})
			v, err := owner.Verify(t.Context())
			switch {
			case err != nil:
				t.Fatal(err)
			case want == "" && v.OK():
			case len(v.Mismatches) != 1 || want == "" || !strings.Contains(v.Mismatches[0].Text, want):
				t.Errorf("%+v", v.Mismatches)
			}
		})
	}
}
