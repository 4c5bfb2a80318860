package lifecycle_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

func why(t *testing.T, actor access.Actor, s lifecycle.Subject, action lifecycle.Action) lifecycle.Option {
	t.Helper()
	for _, o := range lifecycle.Options(actor, s) {
		if o.Action == action {
			return o
		}
	}
	t.Fatalf("no option %s", action)
	return lifecycle.Option{}
}

// What people read beside a move that they cannot make.
func TestWhyNot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state  string
		action lifecycle.Action
		want   string
		next   bool
	}{
		{"active", "resume", "It is active already", false},
		{"active", "suspend", "Only a past due deployment can be suspended", true},
		{"active", "archive", "Only a cancelled deployment can be archived; cancel it first", true},
		{"active", "abort", "Only a deployment in provisioning can be aborted; cancel it instead", false},
		{"paused", "mark_past_due", "Only an active deployment can be marked past due", true},
		{"paused", "restore", "Only a suspended deployment can be restored; resume it instead", false},
		{"past_due", "pause", "Only an active deployment can be paused", true},
		{"past_due", "restore", "Only a suspended deployment can be restored; mark it paid instead", false},
		{"suspended", "pause", "Only an active deployment can be paused; restore it first", true},
		{"suspended", "reactivate", "Only a cancelled deployment can be reactivated; restore it instead", false},
		{"trial", "reactivate", "Only a cancelled deployment can be reactivated", false},
		{"trial", "activate", "Only a deployment in provisioning can be activated", false},
		{"provisioning", "convert", "Only a deployment on trial can be converted to paid", false},
		{"provisioning", "archive", "Only a cancelled deployment can be archived; abort it first", true},
		{"provisioning", "cancel", "While it is being built, abort it instead", true},
		{"cancelled", "pause", "Only an active deployment can be paused; reactivate it first", true},
		{"cancelled", "abort", "It is cancelled already", false},
		{"archived", "reactivate", "Archived is final: nothing leads out of it", false},
	} {
		if o := why(t, admin, standing(c.state), c.action); o.Why != c.want || o.NextDoor != c.next {
			t.Errorf("%s from %s: %q, next door %t, want %q, %t", c.action, c.state, o.Why, o.NextDoor, c.want, c.next)
		}
	}
	run := standing("provisioning")
	run.Run = lifecycle.Provision
	if o := why(t, admin, run, "activate"); o.Why != "A run is building it and activates it by itself; abort it to stop that" {
		t.Errorf("activate while a run is on: %q", o.Why)
	}
	run.Aborting = true
	for action, want := range map[lifecycle.Action]string{
		"activate": "It is being stopped: what was built is being removed",
		"cancel":   "It is being stopped, and is cancelled when that is done",
		"archive":  "It is being stopped, and is cancelled when that is done",
		"abort":    "It is being stopped already: what was built is being removed",
	} {
		if o := why(t, admin, run, action); o.Why != want {
			t.Errorf("%s while a run is being undone: %q, want %q", action, o.Why, want)
		}
	}
}

// What people read when they ask for it all the same.
func TestInvalidTransitionInWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ state, action, want string }{
		{"active", "archive", "Not possible from active to archived. Only a cancelled deployment can be archived; cancel it first."},
		{"past_due", "resume", "Resume does not lead from past due to active. Only a paused deployment can be resumed; mark it paid instead."},
		{"archived", "reactivate", "Not possible from archived to active. Archived is final: nothing leads out of it."},
		{"provisioning", "cancel", "Cancel does not lead from provisioning to cancelled. While it is being built, abort it instead."},
	} {
		if d := lifecycle.Decide(standing(c.state), asks(admin, c.action)); d.Refusal == nil || d.Refusal.Text != c.want {
			t.Errorf("%s from %s: %+v, want %q", c.action, c.state, d.Refusal, c.want)
		}
	}
}

// The map's reason before the role's: who has no role at all reads why it is not possible, where it is not.
func TestTheMapsReasonBeforeTheRoles(t *testing.T) {
	t.Parallel()
	viewer := access.Actor{Kind: access.Staff, ID: "v", Name: "V", Roles: access.Viewer}
	for _, state := range states {
		for action := range targets {
			a := lifecycle.Action(action)
			o := why(t, viewer, standing(state), a)
			if _, onTheMap := findEdge(state, action); onTheMap != strings.HasPrefix(o.Why, "Needs ") {
				t.Errorf("%s from %s: %q", action, state, o.Why)
			} else if !onTheMap && o.Why != why(t, admin, standing(state), a).Why {
				t.Errorf("%s from %s: the viewer reads %q", action, state, o.Why)
			}
		}
	}
	run := standing("provisioning")
	run.Run = lifecycle.Provision
	if o := why(t, viewer, run, "activate"); strings.HasPrefix(o.Why, "Needs ") {
		t.Errorf("the role before the fact: %q", o.Why)
	}
}

var oneSentence = regexp.MustCompile(`^[A-Z][^.]*[^.;: ]$`)

// Each reason is one sentence without a full stop and without a word of the code; the advice in it can be followed.
func TestWhyNotIsASentence(t *testing.T) {
	t.Parallel()
	for _, actor := range everybody() {
		for _, state := range states {
			for _, o := range lifecycle.Options(actor, standing(state)) {
				if !o.Open && (!oneSentence.MatchString(o.Why) || strings.Contains(o.Why, "_") || strings.Contains(o.Why, "  ")) {
					t.Errorf("%s from %s: %q", o.Action, state, o.Why)
				}
			}
		}
	}
}

func consequences(t *testing.T, from, to string, machine lifecycle.Machine) map[string]string {
	t.Helper()
	m, ok := lifecycle.Between(lifecycle.State(from), lifecycle.State(to))
	if !ok {
		t.Fatalf("no move from %s to %s", from, to)
	}
	texts := map[string]string{}
	for _, c := range lifecycle.Consequences(m, machine) {
		texts[c.Subject] = c.Text
	}
	return texts
}

func TestConsequences(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string][4]string{
		{"active", "paused"}: {
			"Marked paused: customers should no longer reach it. The machine is switched off separately.", "Stops now.",
			"Kept, with its data.", "It can be resumed or cancelled.",
		},
		{"active", "past_due"}:     {"Stays reachable.", "Goes on.", "Stays as it is.", "It can be marked paid, suspended or cancelled."},
		{"suspended", "cancelled"}: {"Stays out of reach.", "Stays off.", "Stays as it is.", "It can be reactivated or archived."},
		{"suspended", "active"}: {
			"Marked active: customers should reach it again. The machine is switched on separately.", "Starts again now.",
			"To be switched on.", "It can be paused, marked past due or cancelled.",
		},
		{"trial", "active"}: {"Stays reachable.", "Starts now.", "Stays as it is.", "It can be paused, marked past due or cancelled."},
		{"provisioning", "active"}: {
			"Marked active: customers should reach it from now on.", "Starts now.", "Should be built and on.",
			"It can be paused, marked past due or cancelled.",
		},
		{"provisioning", "cancelled"}: {"Stays out of reach.", "Stays off.", "Kept, if one was built.", "It can be reactivated or archived."},
		{"cancelled", "archived"}: {
			"Stays out of reach.", "Stays off.", "To be released; its data goes with it.", "Nothing: this is final.",
		},
	} {
		got := consequences(t, pair[0], pair[1], lifecycle.MachineApart)
		for i, subject := range []string{"App", "Billing", "Droplet", "Afterwards"} {
			if got[subject] != want[i] {
				t.Errorf("%v, %s: %q, want %q", pair, subject, got[subject], want[i])
			}
		}
	}
}

// On every edge and for every machine: what is said to change changes by the facts, what is said to stay stays, and no machine is
// said to have followed already.
func TestConsequencesAreTrue(t *testing.T) {
	t.Parallel()
	for _, m := range lifecycle.Map {
		from, to := m.From.Facts(), m.To.Facts()
		for _, machine := range machines {
			checkConsequences(t, m, machine)
		}
		// A dialog for every move that takes the app out of reach, ends something or needs a reason.
		if (from.Served && !to.Served || m.To == lifecycle.Archived || m.Action.NeedsReason()) && !m.Action.Asks() {
			t.Errorf("%s from %s goes at once", m.Action, m.From)
		}
	}
}

var machines = []lifecycle.Machine{
	lifecycle.MachineApart, lifecycle.MachineNone, lifecycle.MachineFollows, lifecycle.MachineBuilding, lifecycle.MachineGone,
}

func checkConsequences(t *testing.T, m lifecycle.Move, machine lifecycle.Machine) {
	t.Helper()
	from, to := m.From.Facts(), m.To.Facts()
	changes := map[string]bool{
		"App": from.Served != to.Served, "Billing": from.Billed != to.Billed, "Droplet": from.Droplet != to.Droplet, "Afterwards": true,
	}
	list := lifecycle.Consequences(m, machine)
	if len(list) != len(changes) {
		t.Errorf("%s from %s: %d consequences", m.Action, m.From, len(list))
	}
	for _, c := range list {
		if c.Changes != changes[c.Subject] || c.Changes && strings.HasPrefix(c.Text, "Stays") || !strings.HasSuffix(c.Text, ".") {
			t.Errorf("%s from %s, %d, %s: %t, %q", m.Action, m.From, machine, c.Subject, c.Changes, c.Text)
		}
	}
	for _, text := range append([]string{m.Action.Summary(machine), to.Meaning}, texts(list)...) {
		if strings.Contains(strings.ToLower(text), "offline") || strings.Contains(text, "is taken") {
			t.Errorf("%s from %s, %d promises what a machine may not do: %q", m.Action, m.From, machine, text)
		}
		_, runs := lifecycle.MachineRun(m.From, m.To, machine == lifecycle.MachineFollows)
		told := machine == lifecycle.MachineBuilding && m.Action == lifecycle.Abort || machine == lifecycle.MachineGone && m.Action == lifecycle.Reactivate
		if strings.Contains(text, " run ") && !runs && !told {
			t.Errorf("%s from %s, %d speaks of a run that nobody starts: %q", m.Action, m.From, machine, text)
		}
		if strings.Contains(text, "separately") && machine == lifecycle.MachineFollows {
			t.Errorf("%s from %s: the machine follows by a run, and it says %q", m.Action, m.From, text)
		}
	}
}

// Where runs switch the machine, state and machine are told apart.
func TestConsequencesOfAMachineThatFollows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to     string
		machine      lifecycle.Machine
		app, droplet string
	}{
		{
			"past_due", "suspended", lifecycle.MachineFollows, "Marked suspended at once; out of reach when the droplet is off.",
			"Switched off by a run that starts at once; kept, with its data, and charged for by the provider all the same.",
		},
		{
			"suspended", "active", lifecycle.MachineFollows, "Marked active at once; customers reach it again when the droplet is on.",
			"Switched on by a run that starts at once.",
		},
		{"suspended", "cancelled", lifecycle.MachineFollows, "Stays out of reach.", "Stays as it is."},
		{"active", "past_due", lifecycle.MachineFollows, "Stays reachable.", "Stays as it is."},
		{
			"cancelled", "archived", lifecycle.MachineFollows, "Stays out of reach.",
			"Destroyed by a run that starts at once, and its data with it; the DNS record is removed.",
		},
		{"cancelled", "archived", lifecycle.MachineGone, "Stays out of reach.", "None is left to be released."},
		{
			"cancelled", "active", lifecycle.MachineGone, "Marked active when a new machine is built: customers should reach it then.",
			"A new one is built by a run that starts at once; the old one and its data are gone.",
		},
		{
			"provisioning", "cancelled", lifecycle.MachineBuilding, "Stays out of reach.",
			"What was built is removed by the run: the droplet destroyed, DNS as it was.",
		},
		{
			"active", "paused", lifecycle.MachineNone, "Marked paused: customers should no longer reach it. The machine is switched off separately.",
			"Kept, with its data.",
		},
	} {
		got := consequences(t, c.from, c.to, c.machine)
		if got["App"] != c.app || got["Droplet"] != c.droplet {
			t.Errorf("%s to %s, %d: %q, %q", c.from, c.to, c.machine, got["App"], got["Droplet"])
		}
	}
	if text := consequences(t, "provisioning", "cancelled", lifecycle.MachineBuilding)["Afterwards"]; !strings.HasPrefix(text, "It is cancelled when that is done.") {
		t.Errorf("abort while it is being built: %q", text)
	}
}

// What the panel says beside a button is true of this deployment's machine.
func TestOptionsSayWhatBecomesOfTheMachine(t *testing.T) {
	t.Parallel()
	follows := standing("past_due")
	follows.Provider, follows.Droplet = true, true
	gone := standing("cancelled")
	gone.Provider, gone.Gone = true, true
	building := standing("provisioning")
	building.Provider, building.Run = true, lifecycle.Provision
	for _, c := range []struct {
		subject lifecycle.Subject
		action  lifecycle.Action
		says    string
	}{
		{standing("past_due"), "suspend", "Marked suspended, billing stops. Droplet is kept."},
		{follows, "suspend", "Marked suspended, billing stops. A run switches the droplet off; it is kept."},
		{standing("cancelled"), "reactivate", "Back to active. Billing starts again."},
		{gone, "reactivate", "A run builds a new machine. Active, and billed, when that is done."},
		{building, "abort", "Stops the run and removes what was built. Cancelled when that is done."},
	} {
		if o := why(t, admin, c.subject, c.action); o.Says != c.says || !o.Open {
			t.Errorf("%s: %+v", c.action, o)
		}
	}
}

func texts(list []lifecycle.Consequence) []string {
	all := make([]string, len(list))
	for i, c := range list {
		all[i] = c.Text
	}
	return all
}

func TestStateWords(t *testing.T) {
	t.Parallel()
	if s := lifecycle.PastDue; s.Label() != "Past due" || s.Lower() != "past due" || s.Phrase() != "a past due" {
		t.Errorf("%q %q %q", s.Label(), s.Lower(), s.Phrase())
	}
	for _, s := range lifecycle.States {
		want := "a "
		if strings.ContainsAny(s.Label()[:1], "AEIO") {
			want = "an "
		}
		if !strings.HasPrefix(s.Phrase(), want) {
			t.Errorf("%q", s.Phrase())
		}
	}
}

func TestStanding(t *testing.T) {
	t.Parallel()
	type counts = map[lifecycle.State]int
	for _, c := range []struct {
		counts counts
		want   string
	}{
		{nil, "No deployments yet."},
		{counts{"active": 0}, "No deployments yet."},
		{counts{"cancelled": 2, "archived": 1}, "Nothing is live: 2 cancelled, 1 archived."},
		{counts{"active": 2, "trial": 1, "archived": 5}, "In good standing: 2 active, 1 trial."},
		{counts{"active": 1, "paused": 1, "provisioning": 1}, "In good standing: 1 active, 1 paused, 1 provisioning."},
		{counts{"paused": 1}, "Paused: its only live deployment; nothing is billed."},
		{counts{"paused": 3, "cancelled": 1}, "Paused: all 3 live deployments; nothing is billed."},
		{counts{"past_due": 1, "active": 2}, "Payment is missing for 1 of 3 live deployments; service goes on."},
		{counts{"past_due": 1}, "Payment is missing for its only live deployment; service goes on."},
		{counts{"past_due": 2}, "Payment is missing for all 2 live deployments; service goes on."},
		{counts{"suspended": 1}, "Suspended: its only live deployment."},
		{counts{"suspended": 2, "cancelled": 4}, "Suspended: all 2 live deployments."},
		{counts{"suspended": 2, "active": 3}, "Suspended: 2 of 5 live deployments."},
		{counts{"suspended": 1, "past_due": 1, "active": 1}, "Suspended: 1 of 3 live deployments; 1 more is past due."},
		{counts{"suspended": 1, "past_due": 2}, "Suspended: 1 of 3 live deployments; 2 more are past due."},
	} {
		if got := lifecycle.Standing(c.counts); got != c.want {
			t.Errorf("%v: %q, want %q", c.counts, got, c.want)
		}
	}
}

func TestAccountPermissions(t *testing.T) {
	t.Parallel()
	who := map[string]string{"pause": "support billing", "resume": "support billing", "suspend": "billing", "restore": "billing", "cancel": "billing"}
	for _, actor := range everybody() {
		for action := range targets {
			refusal := lifecycle.PermitAccount(actor, lifecycle.Action(action))
			roles, exists := who[action]
			switch may := exists && (edge{who: roles}).allows(actor); {
			case !exists && (refusal == nil || refusal.Code != lifecycle.InvalidTransition):
				t.Errorf("account %s: %+v", action, refusal)
			case exists && may != (refusal == nil):
				t.Errorf("account %s by %s %q: %+v", action, actor.Kind, actor.Roles, refusal)
			case exists && !may && (refusal.Code != lifecycle.Forbidden || !refusal.Needs.Has(access.Admin)):
				t.Errorf("account %s by %s %q: %+v", action, actor.Kind, actor.Roles, refusal)
			}
		}
	}
	if lifecycle.PermitAccount(admin, "explode") == nil {
		t.Error("an account action that does not exist is permitted")
	}
	for _, a := range lifecycle.AccountActions {
		if want := a == "pause" || a == "resume"; lifecycle.Reversible(a) != want {
			t.Errorf("%s is reversible: %t", a, !want)
		}
	}
	if len(lifecycle.AccountActions) != len(who) || !slices.Contains(lifecycle.AccountActions, lifecycle.Cancel) || lifecycle.MaxAccountMoves != 500 {
		t.Errorf("%v, at most %d", lifecycle.AccountActions, lifecycle.MaxAccountMoves)
	}
}
