package lifecycle_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// edge is one line of the table in the description of the domain, written down here once more so that the code is
// compared with something that it did not make itself.
type edge struct {
	from, to, action, label string
	who                     string // roles; admin may do all of it
	programs                string // kinds of actor that need no role
}

var edges = []edge{
	{"provisioning", "active", "activate", "Activate", "operator", "system"},
	{"provisioning", "cancelled", "abort", "Abort provisioning", "support operator", "system"},
	{"trial", "active", "convert", "Convert to paid", "billing", "policy"},
	{"trial", "cancelled", "cancel", "Cancel", "support billing", "policy"},
	{"active", "paused", "pause", "Pause", "support billing", ""},
	{"active", "past_due", "mark_past_due", "Mark past due", "billing", ""},
	{"active", "cancelled", "cancel", "Cancel", "support billing", "policy"},
	{"paused", "active", "resume", "Resume", "support billing", ""},
	{"paused", "cancelled", "cancel", "Cancel", "support billing", "policy"},
	{"past_due", "active", "mark_paid", "Mark paid", "billing", ""},
	{"past_due", "suspended", "suspend", "Suspend", "billing", "policy"},
	{"past_due", "cancelled", "cancel", "Cancel", "billing", "policy"},
	{"suspended", "active", "restore", "Restore", "billing", ""},
	{"suspended", "cancelled", "cancel", "Cancel", "billing", "policy"},
	{"cancelled", "active", "reactivate", "Reactivate", "billing", ""},
	{"cancelled", "archived", "archive", "Archive", "admin", "policy"},
}

// targets says where each action leads, in the words of the same table.
var targets = map[string]string{
	"activate": "active", "abort": "cancelled", "convert": "active", "cancel": "cancelled", "pause": "paused",
	"mark_past_due": "past_due", "resume": "active", "mark_paid": "active", "suspend": "suspended", "restore": "active",
	"reactivate": "active", "archive": "archived",
}

// asking are the moves with a dialog; needing those that are refused without a reason.
var (
	asking  = strings.Fields("pause suspend cancel abort archive mark_past_due")
	needing = strings.Fields("suspend cancel abort archive mark_past_due")
	states  = strings.Fields("provisioning trial active paused past_due suspended cancelled archived")
)

func findEdge(from, action string) (edge, bool) {
	i := slices.IndexFunc(edges, func(e edge) bool { return e.from == from && e.action == action })
	if i < 0 {
		return edge{}, false
	}
	return edges[i], true
}

// mayOn is the permission as the domain has it: on an edge its own line, elsewhere any line of the action.
func mayOn(actor access.Actor, from, action string) bool {
	if e, ok := findEdge(from, action); ok {
		return e.allows(actor)
	}
	return slices.ContainsFunc(edges, func(e edge) bool { return e.action == action && e.allows(actor) })
}

func (e edge) allows(actor access.Actor) bool {
	switch actor.Kind {
	case access.Staff, access.API:
		names := actor.Roles.Names()
		return slices.Contains(names, "admin") ||
			slices.ContainsFunc(strings.Fields(e.who), func(role string) bool { return slices.Contains(names, role) })
	}
	return slices.Contains(strings.Fields(e.programs), string(actor.Kind))
}

// everybody is every set of roles, held by a person and by an integration, and the two programs, which hold none and,
// to no more effect, all.
func everybody() []access.Actor {
	var actors []access.Actor
	for roles := range access.Roles(32) {
		for _, kind := range []access.Kind{access.Staff, access.API} {
			actors = append(actors, access.Actor{Kind: kind, ID: "id", Name: "Name", Roles: roles})
		}
	}
	for _, kind := range []access.Kind{access.System, access.Policy, "unknown", ""} {
		actors = append(actors, access.Actor{Kind: kind, ID: "id", Name: "Name"}, access.Actor{Kind: kind, ID: "id", Name: "Name", Roles: 31})
	}
	return actors
}

var (
	admin = access.Actor{Kind: access.Staff, ID: "admin@example.com", Name: "Admin", Roles: access.Admin}
	noon  = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
)

// standing is a deployment long in its state, at version 7, with nothing to undo.
func standing(state string) lifecycle.Subject {
	return lifecycle.Subject{State: lifecycle.State(state), Version: 7, LastAt: noon.Add(-24 * time.Hour)}
}

// asks is a request that is right in everything but perhaps the action.
func asks(actor access.Actor, action string) lifecycle.Request {
	r := lifecycle.Request{Actor: actor, Action: lifecycle.Action(action), Version: 7, Now: noon}
	if slices.Contains(needing, action) {
		r.Reason = lifecycle.Other
	}
	return r
}

func TestMapIsTheDomains(t *testing.T) {
	t.Parallel()
	if len(edges) != 16 || len(lifecycle.Map) != 16 {
		t.Fatalf("%d lines here, %d moves there, want 16", len(edges), len(lifecycle.Map))
	}
	for _, e := range edges {
		m, ok := lifecycle.FindMove(lifecycle.State(e.from), lifecycle.Action(e.action))
		if !ok {
			t.Errorf("no move %s from %s", e.action, e.from)
			continue
		}
		if string(m.To) != e.to || string(m.Action.To()) != e.to || m.Action.Label() != e.label {
			t.Errorf("%s from %s: to %s, %q", e.action, e.from, m.To, m.Action.Label())
		}
		roles, err := access.ParseRoles(strings.ReplaceAll(e.who, " ", ","))
		if err != nil || m.Who != roles {
			t.Errorf("%s from %s: %s may, want %s", e.action, e.from, m.Who, e.who)
		}
		between, ok := lifecycle.Between(lifecycle.State(e.from), lifecycle.State(e.to))
		if !ok || between.Action != m.Action {
			t.Errorf("between %s and %s there is %s", e.from, e.to, between.Action)
		}
	}
}

func TestActionsAreTheDomains(t *testing.T) {
	t.Parallel()
	if len(lifecycle.Actions) != len(targets) {
		t.Errorf("%d actions, want %d", len(lifecycle.Actions), len(targets))
	}
	for name, to := range targets {
		a := lifecycle.Action(name)
		if !a.Valid() || !slices.Contains(lifecycle.Actions, a) || string(a.To()) != to {
			t.Errorf("%s: valid %t, leads to %q", name, a.Valid(), a.To())
		}
		if a.Asks() != slices.Contains(asking, name) || a.NeedsReason() != slices.Contains(needing, name) {
			t.Errorf("%s: asks %t, needs a reason %t", name, a.Asks(), a.NeedsReason())
		}
		if a.Label() == "" || a.Done() == "" || a.Summary(lifecycle.MachineApart) == "" || len(a.Reasons()) == 0 {
			t.Errorf("%s lacks words", name)
		}
	}
	if lifecycle.Action("explode").Valid() || lifecycle.Action("").Valid() {
		t.Error("an action that does not exist is valid")
	}
}

// The facts of each state, as the domain has them.
func TestFactsAreTheDomains(t *testing.T) {
	t.Parallel()
	want := map[string]struct {
		served, billed bool
		droplet        lifecycle.Droplet
	}{
		"provisioning": {false, false, "being built"},
		"trial":        {true, false, "on"},
		"active":       {true, true, "on"},
		"paused":       {false, false, "off, kept"},
		"past_due":     {true, true, "on"},
		"suspended":    {false, false, "off, kept"},
		"cancelled":    {false, false, "off, kept"},
		"archived":     {false, false, "released"},
	}
	if len(lifecycle.States) != len(want) {
		t.Errorf("%d states, want %d", len(lifecycle.States), len(want))
	}
	for name, w := range want {
		s := lifecycle.State(name)
		f := s.Facts()
		if !s.Valid() || !slices.Contains(lifecycle.States, s) {
			t.Errorf("%s is not a state", name)
		}
		if f.Served != w.served || f.Billed != w.billed || f.Droplet != w.droplet || f.Label == "" || f.Meaning == "" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if lifecycle.State("flying").Valid() || lifecycle.State("flying").Label() != "" {
		t.Error("an unknown state is known")
	}
}
