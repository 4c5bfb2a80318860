package lifecycle_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// wanted is what the domain says to a right and timely request for the cell, apart from reasons.
func wanted(actor access.Actor, state, action string, c circumstance) (lifecycle.Verdict, lifecycle.RefusalCode) {
	_, onTheMap := findEdge(state, action)
	switch {
	case !mayOn(actor, state, action):
		return lifecycle.Refused, lifecycle.Forbidden
	case state == targets[action]:
		return lifecycle.Already, ""
	case !onTheMap:
		return lifecycle.Refused, lifecycle.InvalidTransition
	}
	return c.wanted(action)
}

// circumstance is what else is the case besides the state.
type circumstance struct {
	run                               lifecycle.RunKind
	aborting, stuck, gone, noProvider bool
	byRun                             bool // the run itself asks
}

var circumstances = []circumstance{
	{},
	{run: lifecycle.Provision},
	{run: lifecycle.Provision, byRun: true},
	{run: lifecycle.Provision, aborting: true},
	{run: lifecycle.Provision, stuck: true},
	{run: lifecycle.Rebuild, gone: true},
	{run: lifecycle.Rebuild, gone: true, byRun: true},
	{run: lifecycle.Rebuild, gone: true, stuck: true},
	{run: lifecycle.PowerOff},
	{run: lifecycle.PowerOff, stuck: true},
	{run: lifecycle.PowerOn},
	{run: lifecycle.Release},
	{run: lifecycle.Repoint},
	{run: lifecycle.Repoint, stuck: true},
	{gone: true},
	{gone: true, noProvider: true},
}

func (c circumstance) of(state string) lifecycle.Subject {
	s := standing(state)
	s.Run, s.Aborting, s.Stuck, s.Gone, s.Provider = c.run, c.aborting, c.stuck, c.gone, !c.noProvider
	return s
}

// wanted is what the circumstances make of an action that the actor may take and that is on the map.
func (c circumstance) wanted(action string) (lifecycle.Verdict, lifecycle.RefusalCode) {
	if c.byRun {
		return lifecycle.Accepted, ""
	}
	building := c.run == lifecycle.Provision || c.run == lifecycle.Rebuild
	switch {
	case building && (action == "activate" || action == "reactivate" || action == "archive"):
		return lifecycle.Refused, lifecycle.RunIsOn
	case action == "abort" && building && (c.aborting || c.stuck):
		return lifecycle.Refused, lifecycle.RunIsOn
	case action == "abort" && building:
		return lifecycle.Begun, ""
	case action == "reactivate" && c.gone && c.noProvider:
		return lifecycle.Refused, lifecycle.NoProvider
	case action == "reactivate" && c.gone:
		return lifecycle.Begun, ""
	}
	return lifecycle.Accepted, ""
}

func codeOf(d lifecycle.Decision) lifecycle.RefusalCode {
	if d.Refusal == nil {
		return ""
	}
	return d.Refusal.Code
}

// Every state × action × actor × run: what is decided is what the domain says, and the option says the same.
func TestEveryCell(t *testing.T) {
	t.Parallel()
	cells := 0
	for _, actor := range everybody() {
		for _, state := range states {
			for _, c := range circumstances {
				cells += checkRow(t, actor, state, c)
			}
		}
	}
	if want := (2*32 + 8) * 8 * 16 * 12; cells != want {
		t.Errorf("%d cells, want %d", cells, want)
	}
}

func checkRow(t *testing.T, actor access.Actor, state string, c circumstance) int {
	t.Helper()
	s := c.of(state)
	options := lifecycle.Options(actor, s)
	seen := map[lifecycle.Action]lifecycle.Option{}
	for _, o := range options {
		if _, twice := seen[o.Action]; twice {
			t.Errorf("%s twice from %s", o.Action, s.State)
		}
		seen[o.Action] = o
		if o.Open != (o.Why == "") || o.Open && o.NextDoor {
			t.Errorf("%s from %s as %s %s: open %t, why %q, next door %t", o.Action, s.State, actor.Kind, actor.Roles, o.Open, o.Why, o.NextDoor)
		}
	}
	for action := range targets {
		request := asks(actor, action)
		request.ByRun = c.byRun
		d := lifecycle.Decide(s, request)
		verdict, code := wanted(actor, state, action, c)
		if d.Verdict != verdict || codeOf(d) != code {
			t.Errorf("%s from %s as %s %q, %+v: %d %q, want %d %q", action, s.State, actor.Kind, actor.Roles, c, d.Verdict, codeOf(d), verdict, code)
		}
		o, listed := seen[lifecycle.Action(action)]
		accepted := d.Verdict == lifecycle.Accepted || d.Verdict == lifecycle.Begun
		if !c.byRun && (!listed || o.Open != accepted || o.ByRun != (d.Verdict == lifecycle.Begun)) {
			t.Errorf("%s from %s as %s %q, %+v: listed %t, %+v, decided %d", action, s.State, actor.Kind, actor.Roles, c, listed, o, d.Verdict)
		}
		checkDecision(t, s, action, d)
	}
	if open := lifecycle.Open(actor, s); len(options) != len(targets) || len(open) != countOpen(options) {
		t.Errorf("%d options from %s, of them %d open, Open lists %d", len(options), s.State, countOpen(options), len(open))
	}
	return len(targets)
}

func countOpen(options []lifecycle.Option) int {
	n := 0
	for _, o := range options {
		if o.Open {
			n++
		}
	}
	return n
}

// checkDecision holds what is true of every decision, whatever it is.
func checkDecision(t *testing.T, s lifecycle.Subject, action string, d lifecycle.Decision) {
	t.Helper()
	switch d.Verdict {
	case lifecycle.Accepted, lifecycle.Begun:
		if d.Refusal != nil || d.Move.From != s.State || string(d.Move.To) != targets[action] || !d.Since.Equal(noon) || d.Reverts != 0 {
			t.Errorf("%s from %s accepted as %+v", action, s.State, d)
		}
	case lifecycle.Already, lifecycle.Stale:
		if d.Refusal != nil || d.Move.Action != "" || d.Reason != "" || !d.Since.IsZero() {
			t.Errorf("%s from %s records something: %+v", action, s.State, d)
		}
	case lifecycle.Refused:
		if r := d.Refusal; r == nil || r.From != s.State || string(r.To) != targets[action] || !strings.HasSuffix(r.Text, ".") {
			t.Errorf("%s from %s refused as %+v", action, s.State, r)
		}
	}
}

// The order: permission, already there, version, the map, the facts, the reason. Each request here is wrong in everything
// from its line on.
func TestOrderOfTheDecision(t *testing.T) {
	t.Parallel()
	viewer := access.Actor{Kind: access.Staff, ID: "v", Name: "V", Roles: access.Viewer}
	operator := access.Actor{Kind: access.Staff, ID: "o", Name: "O", Roles: access.Operator}
	run := standing("provisioning")
	run.Run = lifecycle.Provision
	for name, c := range map[string]struct {
		subject lifecycle.Subject
		actor   access.Actor
		action  string
		version int
		reason  lifecycle.Reason
		verdict lifecycle.Verdict
		code    lifecycle.RefusalCode
	}{
		"permission before already there":  {standing("paused"), viewer, "pause", 6, "nonsense", lifecycle.Refused, lifecycle.Forbidden},
		"permission before the version":    {standing("active"), viewer, "pause", 6, "nonsense", lifecycle.Refused, lifecycle.Forbidden},
		"permission before the map":        {standing("archived"), viewer, "pause", 6, "nonsense", lifecycle.Refused, lifecycle.Forbidden},
		"permission before the facts":      {run, viewer, "activate", 6, "nonsense", lifecycle.Refused, lifecycle.Forbidden},
		"already there before the version": {standing("paused"), admin, "pause", 6, "nonsense", lifecycle.Already, ""},
		"already there before the reason":  {standing("cancelled"), admin, "cancel", 7, "", lifecycle.Already, ""},
		"version before the map":           {standing("archived"), admin, "pause", 6, "nonsense", lifecycle.Stale, ""},
		"version before the facts":         {run, operator, "activate", 6, "nonsense", lifecycle.Stale, ""},
		"a version of the future":          {standing("active"), admin, "pause", 8, "", lifecycle.Stale, ""},
		"the map before the reason":        {standing("archived"), admin, "cancel", 7, "nonsense", lifecycle.Refused, lifecycle.InvalidTransition},
		"the facts before the reason":      {run, operator, "activate", 7, "nonsense", lifecycle.Refused, lifecycle.RunIsOn},
		"the reason last":                  {standing("active"), admin, "cancel", 7, "nonsense", lifecycle.Refused, lifecycle.ReasonUnknown},
		"an action that does not exist":    {standing("active"), admin, "explode", 7, "", lifecycle.Refused, lifecycle.InvalidTransition},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := lifecycle.Decide(c.subject, lifecycle.Request{
				Actor: c.actor, Action: lifecycle.Action(c.action), Version: c.version, Reason: c.reason, Now: noon,
			})
			if d.Verdict != c.verdict || codeOf(d) != c.code {
				t.Errorf("%d %q, want %d %q", d.Verdict, codeOf(d), c.verdict, c.code)
			}
		})
	}
}

// The seed: an edge outside the map fails and names both states.
func TestInvalidTransitionNamesBothStates(t *testing.T) {
	t.Parallel()
	n := 0
	for _, state := range states {
		for action, to := range targets {
			d := lifecycle.Decide(standing(state), asks(admin, action))
			if codeOf(d) != "invalid_transition" {
				continue
			}
			n++
			r := d.Refusal
			if string(r.From) != state || string(r.To) != to {
				t.Errorf("%s from %s names %s and %s", action, state, r.From, r.To)
			}
			for _, word := range []lifecycle.State{r.From, r.To} {
				if !strings.Contains(r.Text, word.Lower()) {
					t.Errorf("%s from %s does not name %s: %q", action, state, word, r.Text)
				}
			}
			var err error = r
			if !strings.HasPrefix(err.Error(), "invalid_transition: ") || !errors.As(err, new(*lifecycle.Refusal)) {
				t.Errorf("as an error: %q", err)
			}
		}
	}
	if n != 8*12-16-12 { // all cells, without the edges and without the one of each action that stands there already
		t.Errorf("%d cells are outside the map", n)
	}
}

// The seed: the same state again succeeds and records nothing.
func TestSameStateAgain(t *testing.T) {
	t.Parallel()
	for action, to := range targets {
		d := lifecycle.Decide(standing(to), asks(admin, action))
		if d.Verdict != lifecycle.Already || d.Move.Action != "" || d.Refusal != nil {
			t.Errorf("%s of what is %s: %+v", action, to, d)
		}
	}
}

// A new deployment starts in active, trial or provisioning, and in no other state.
func TestInitialStates(t *testing.T) {
	t.Parallel()
	for _, state := range append(slices.Clone(states), "", "flying") {
		want := state == "active" || state == "trial" || state == "provisioning"
		if got := lifecycle.State(state).Initial(); got != want {
			t.Errorf("starts in %q: %t", state, got)
		}
	}
}

// An outsider learns nothing about the state: what is refused for want of a role says the same wherever it has no edge.
func TestForbiddenSaysWhoMay(t *testing.T) {
	t.Parallel()
	viewer := access.Actor{Kind: access.Staff, ID: "v", Name: "V", Roles: access.Viewer}
	for action, want := range map[string]string{
		"pause": "Needs Support or Billing.", "archive": "Needs Admin.", "suspend": "Needs Billing.", "activate": "Needs Operator.",
		"abort": "Needs Support or Operator.",
	} {
		for _, state := range states {
			r := lifecycle.Permit(viewer, lifecycle.State(state), lifecycle.Action(action))
			if r == nil || r.Text != want || !r.Needs.Has(access.Admin) {
				t.Errorf("%s from %s: %+v, want %q", action, state, r, want)
			}
		}
	}
	if r := lifecycle.Permit(viewer, "suspended", "cancel"); r.Text != "Needs Billing." {
		t.Errorf("cancel of what is suspended: %q", r.Text)
	}
	if r := lifecycle.Permit(viewer, "active", "cancel"); r.Text != "Needs Support or Billing." {
		t.Errorf("cancel of what is active: %q", r.Text)
	}
}
