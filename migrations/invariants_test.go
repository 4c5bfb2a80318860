package migrations_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
)

// attempt is something that must not be possible, by hand, for anybody.
type attempt struct {
	name       string
	code       string // SQLSTATE
	constraint string
	statements []string
}

const (
	notNull    = "23502"
	foreignKey = "23503"
	unique     = "23505"
	check      = "23514"
	integrity  = "23000" // raised by a trigger
	privilege  = "42501"
)

func sets(id, what string) string {
	return fmt.Sprintf("UPDATE cloud_deployments SET %s WHERE id = '%s'", what, id)
}

var historyAttempts = []attempt{
	{"an edge outside the map", foreignKey, "on_the_map", []string{event(fresh, 2, "active", "archived", "other"), stand(fresh, 2, "archived")}},
	{"an edge to the same state", foreignKey, "on_the_map", []string{event(fresh, 2, "active", "active", "other")}},
	{"a state that does not exist", foreignKey, "on_the_map", []string{event(fresh, 2, "active", "flying", "other")}},
	{"a gap in the versions", foreignKey, "unbroken", []string{event(fresh, 3, "active", "paused", ""), stand(fresh, 3, "paused")}},
	{"a version again", unique, "cloud_deployment_events_pkey", []string{event(paused, 2, "active", "paused", "")}},
	{"version zero", check, "cloud_deployment_events_version_check", []string{event(fresh, 0, "active", "paused", "")}},
	{"from a state in which it was not", foreignKey, "unbroken", []string{event(fresh, 2, "paused", "active", ""), stand(fresh, 2, "active")}},
	{"from nothing in the middle", check, "first_from_nothing", []string{event(fresh, 2, "", "paused", ""), stand(fresh, 2, "paused")}},
	{"first event from something", check, "first_from_nothing", []string{deployment(unborn, tenant1, "active"), event(unborn, 1, "trial", "active", "created")}},
	{"first event to paused", check, "first_to_a_start", []string{deployment(unborn, tenant1, "paused"), event(unborn, 1, "", "paused", "created")}},
	{"first event to cancelled", check, "first_to_a_start", []string{deployment(unborn, tenant1, "cancelled"), event(unborn, 1, "", "cancelled", "created")}},
	{"an event of no deployment", foreignKey, "cloud_deployment_events_deployment_id_fkey", []string{event(unborn, 1, "", "active", "created")}},
	{"an event of no command", foreignKey, "cloud_deployment_events_command_id_fkey", []string{event(fresh, 2, "active", "paused", "", "command_id="+quote(unborn)), stand(fresh, 2, "paused")}},
	{"two events of a deployment by one command", unique, "cloud_deployment_events_command_id_deployment_id_key", []string{
		event(fresh, 2, "active", "paused", ""), stand(fresh, 2, "paused"), event(fresh, 3, "paused", "active", ""), stand(fresh, 3, "active"),
	}},

	{"an undo that does not lead back", foreignKey, "undo_leads_back", []string{event(paused, 3, "paused", "cancelled", "undo", "reverts_version=2"), stand(paused, 3, "cancelled")}},
	{"an undo of what is not the newest", check, "undo_reverts_the_newest", []string{event(backAgain, 4, "active", "paused", "undo", "reverts_version=2")}},
	{"an undo of itself", check, "undo_reverts_the_newest", []string{event(paused, 3, "paused", "active", "undo", "reverts_version=3")}},
	{"an undo of the creation", foreignKey, "undo_leads_back", []string{event(fresh, 2, "active", "paused", "undo", "reverts_version=1"), stand(fresh, 2, "paused")}},
	{"an undo as the first event", foreignKey, "undo_leads_back", []string{deployment(unborn, tenant1, "active"), event(unborn, 1, "", "active", "undo", "reverts_version=0")}},
	{"an undo that does not say so", check, "undo_says_so", []string{event(paused, 3, "paused", "active", "customer_request", "reverts_version=2")}},
	{"an undo that says nothing", check, "undo_says_so", []string{event(paused, 3, "paused", "active", "", "reverts_version=2", "reason=NULL")}},
	{"undo as the reason of no undo", check, "undo_says_so", []string{event(paused, 3, "paused", "active", "undo")}},
}

var stateAttempts = []attempt{
	{"a state without its event", foreignKey, "state_has_its_event", []string{sets(fresh, "state = 'paused', version = 2, state_since = now()")}},
	{"a state other than the event's", foreignKey, "state_has_its_event", []string{
		event(fresh, 2, "active", "paused", ""), stand(fresh, 2, "cancelled"),
	}},
	{"a new deployment without an event", foreignKey, "state_has_its_event", []string{deployment(unborn, tenant1, "active")}},
	{"a new deployment in another state than its event", foreignKey, "state_has_its_event", []string{deployment(unborn, tenant1, "paused"), event(unborn, 1, "", "active", "created")}},
	{"a new deployment ahead of its events", foreignKey, "state_has_its_event", []string{deployment(unborn, tenant1, "active", "version=2"), event(unborn, 1, "", "active", "created")}},
	{"an event without its state", integrity, "event_has_its_state", []string{event(fresh, 2, "active", "paused", "")}},
	{"a state that stands since another time", integrity, "event_has_its_state", []string{
		event(fresh, 2, "active", "paused", ""), sets(fresh, "state = 'paused', version = 2, state_since = now() - interval '1 day'"),
	}},
	{"a state that does not exist", check, "cloud_deployments_state_check", []string{sets(fresh, "state = 'flying', version = 2")}},
	{"no version", integrity, "version_follows_state", []string{sets(fresh, "state = 'paused'")}},
	{"a version that jumps", integrity, "version_follows_state", []string{sets(fresh, "state = 'paused', version = 3")}},
	{"a version without a state", integrity, "version_follows_state", []string{sets(fresh, "version = 2")}},
	{"a version that goes back", integrity, "version_follows_state", []string{sets(paused, "state = 'active', version = 1")}},
	{"an edit that keeps edit_version", integrity, "edit_version_follows_edits", []string{sets(fresh, "name = 'Other'")}},
	{"an edit that jumps", integrity, "edit_version_follows_edits", []string{sets(fresh, "name = 'Other', edit_version = 3")}},
	{"edit_version without an edit", integrity, "edit_version_follows_edits", []string{sets(fresh, "edit_version = 2")}},
	{"edit_version for the same value", integrity, "edit_version_follows_edits", []string{sets(fresh, "name = name, edit_version = 2")}},
	{"edit_version by a move", integrity, "edit_version_follows_edits", []string{
		event(fresh, 2, "active", "paused", ""), sets(fresh, "state = 'paused', version = 2, edit_version = 2"),
	}},
	{"state_since alone", integrity, "since_follows_state", []string{sets(fresh, "state_since = now() - interval '1 year'")}},
	{"another tenant", integrity, "tenant_is_kept", []string{sets(fresh, "tenant_id = '"+tenant2+"'")}},
	{"another id", integrity, "identity_is_kept", []string{sets(fresh, "id = '"+unborn+"'")}},
	{"another time of insertion", integrity, "identity_is_kept", []string{sets(fresh, "inserted_at = now() - interval '1 year'")}},
	{"another id of a tenant", integrity, "identity_is_kept", []string{"UPDATE cloud_tenants SET id = '" + unborn + "' WHERE id = '" + tenant1 + "'"}},
	{"a trial without an end", check, "cloud_deployments_check", []string{deployment(unborn, tenant1, "trial")}},
}

var recordAttempts = []attempt{
	{"a command again", unique, "commands_actor_kind_actor_key_key", []string{storeCommand(unborn, "key="+quote(command))}},
	{"a command of nobody", check, "commands_actor_check", []string{storeCommand(unborn, "actor=' '")}},
	{"a command of no kind of actor", check, "commands_actor_kind_check", []string{storeCommand(unborn, "actor_kind='cat'")}},
	{"a command without a key", check, "commands_key_check", []string{storeCommand(unborn, "key=''")}},
	{"a command without what was asked", check, "commands_body_hash_check", []string{storeCommand(unborn, "body_hash=''")}},
	{"an event of nobody", check, "cloud_deployment_events_actor_check", []string{event(fresh, 2, "active", "paused", "", "actor=''")}},
	{"an event of NULL", notNull, "", []string{event(fresh, 2, "active", "paused", "", "actor=NULL")}},
	{"an event of nobody's name", check, "cloud_deployment_events_actor_name_check", []string{event(fresh, 2, "active", "paused", "", "actor_name='  '")}},
	{"an event of no kind of actor", check, "cloud_deployment_events_actor_kind_check", []string{event(fresh, 2, "active", "paused", "", "actor_kind='cat'")}},
	{"a preview of nobody", check, "account_previews_actor_check", []string{preview("actor=''")}},
	{"a note of nobody", check, "cloud_notes_actor_check", []string{note("actor=''")}},
	{"an empty note", check, "cloud_notes_notes_check", []string{note("notes=''")}},
	{"a note on another tenant's deployment", foreignKey, "cloud_notes_tenant_id_deployment_id_fkey", []string{note("deployment_id=" + quote(pastDue))}},
	{"two notes by one command", unique, "cloud_notes_command_id_key", []string{note(), note("id=" + quote(unborn))}},
	{"an edit of nobody", check, "cloud_edits_actor_check", []string{edit("actor=''")}},
	{"an edit of another tenant's deployment", foreignKey, "cloud_edits_tenant_id_deployment_id_fkey", []string{edit("deployment_id=" + quote(pastDue))}},

	{"a host name that is in use", unique, "cloud_deployments_hostname", []string{deployment(unborn, tenant2, "active", "hostname='a.example.com'")}},
	{"a host name of what may come back", unique, "cloud_deployments_hostname", []string{deployment(unborn, tenant2, "active", "hostname='gone.example.com'")}},
	{"a host name in use, by an edit", unique, "cloud_deployments_hostname", []string{sets(paused, "hostname = 'a.example.com', edit_version = 2")}},
	{"a host name in capitals", check, "cloud_deployments_hostname_check", []string{deployment(unborn, tenant2, "active", "hostname='A.example.com'")}},
	{"a droplet of another", unique, "cloud_deployments_droplet", []string{sets(paused, "droplet_id = 7, edit_version = 2")}},
	{"a slug of the tenant's own", unique, "cloud_deployments_tenant_id_slug_key", []string{deployment(unborn, tenant1, "active", "slug="+quote("s-"+fresh[30:]))}},
	{"a slug of another tenant", unique, "cloud_tenants_slug_key", []string{tenant(unborn, "one")}},
	{"a slug with a capital", check, "cloud_tenants_slug_check", []string{tenant(unborn, "One")}},
	{"a deployment of no tenant", foreignKey, "cloud_deployments_tenant_id_fkey", []string{deployment(unborn, unborn, "active")}},
}

func note(pairs ...string) string {
	return insert("cloud_notes", append([]string{
		"id=" + quote(uuid.NewString()), "tenant_id=" + quote(tenant1), "deployment_id=" + quote(fresh), "notes='Called.'", "actor_kind='staff'",
		"actor='ines@example.com'", "actor_name='Ines Okafor'", "command_id=" + quote(command), "occurred_at=now()",
	}, pairs...)...)
}

func edit(pairs ...string) string {
	return insert("cloud_edits", append([]string{
		"id=" + quote(uuid.NewString()), "tenant_id=" + quote(tenant1), "deployment_id=" + quote(fresh), "changes='[]'", "actor_kind='staff'",
		"actor='ines@example.com'", "actor_name='Ines Okafor'", "occurred_at=now()",
	}, pairs...)...)
}

func preview(pairs ...string) string {
	return insert("account_previews", append([]string{
		"id=" + quote(uuid.NewString()), "tenant_id=" + quote(tenant1), "action='pause'", "actor_kind='staff'", "actor='ines@example.com'", "frozen='[]'",
	}, pairs...)...)
}

// reasonAttempts are moves that ask for a reason, with nothing in its place.
func reasonAttempts() []attempt {
	var attempts []attempt
	for _, m := range []struct {
		id       string
		version  int
		from, to string
	}{
		{fresh, 2, "active", "past_due"},
		{fresh, 2, "active", "cancelled"},
		{pastDue, 3, "past_due", "suspended"},
		{cancelled, 3, "cancelled", "archived"},
	} {
		for _, reason := range []string{"NULL", "''", "'  '"} {
			attempts = append(attempts, attempt{
				m.to + " for " + reason, check, "reason_where_asked",
				[]string{event(m.id, m.version, m.from, m.to, "", "reason="+reason), stand(m.id, m.version, m.to)},
			})
		}
	}
	return attempts
}

func TestNobodyCanBreakTheInvariants(t *testing.T) {
	t.Parallel()
	for group, attempts := range map[string][]attempt{
		"history": historyAttempts, "state": stateAttempts, "records": recordAttempts, "reasons": reasonAttempts(),
	} {
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			before := value(t, w.owner, snapshot)
			for role, db := range w.as() {
				for _, a := range attempts {
					t.Run(a.name+", as "+role, func(t *testing.T) {
						refused(t, db, a.code, a.constraint, append([]string{storeCommand(command)}, a.statements...)...)
					})
				}
			}
			if after := value(t, w.owner, snapshot); after != before {
				t.Errorf("what was refused left something behind:\n%s\nwas\n%s", after, before)
			}
		})
	}
}

// snapshot is everything that the attempts could have changed.
const snapshot = `SELECT concat_ws(E'\n',
	(SELECT string_agg(d::text, E'\n' ORDER BY id) FROM cloud_deployments d),
	(SELECT string_agg(e::text, E'\n' ORDER BY deployment_id, version) FROM cloud_deployment_events e),
	(SELECT string_agg(c::text, E'\n' ORDER BY id) FROM commands c),
	(SELECT count(*) FROM cloud_notes), (SELECT count(*) FROM cloud_edits), (SELECT count(*) FROM account_previews),
	(SELECT string_agg(subject || ' ' || n, ', ' ORDER BY subject) FROM (SELECT subject, sum(n) AS n FROM counters GROUP BY 1) c))`

// What the rules must leave possible, next door to what they forbid.
func TestWhatStaysPossible(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.app, move(cancelled, 3, "cancelled", "archived", "retention"))
	for name, statements := range map[string][]string{
		"the host name of what is archived": {deployment(unborn, tenant1, "active", "hostname='gone.example.com'"), first(unborn, "active")},
		"a slug of another tenant": {
			deployment("00000000-0000-7000-8000-0000000000c1", tenant2, "active", "slug="+quote("s-"+fresh[30:])),
			first("00000000-0000-7000-8000-0000000000c1", "active"),
		},
		"an edit": {sets(fresh, "name = 'Other', app = 'shop', edit_version = edit_version + 1")},
		"a move and its undo": {
			move(pastDue, 3, "past_due", "active", "payment_received"),
			move(pastDue, 4, "active", "past_due", "undo", "reverts_version=3"),
		},
		"a note on the tenant alone": {whole(note("deployment_id=NULL"))},
		"the same key of another actor": {
			storeCommand("00000000-0000-7000-8000-0000000000d1", "key='k'"), storeCommand("00000000-0000-7000-8000-0000000000d2", "key='k'", "actor='tomas@example.com'"),
			storeCommand("00000000-0000-7000-8000-0000000000d3", "key='k'", "actor_kind='api'"),
		},
		"one command that moves two deployments": {whole(
			event(fresh, 2, "active", "paused", ""), stand(fresh, 2, "paused"), event(backAgain, 4, "active", "paused", ""), stand(backAgain, 4, "paused"),
		)},
		"a preview, used up": {preview(), "DELETE FROM account_previews"},
	} {
		t.Run(name, func(t *testing.T) { must(t, w.app, statements...) })
	}
}
