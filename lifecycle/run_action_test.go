package lifecycle_test

import (
	"strings"
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// standsFor is, said another way than the code does: in which statuses a run of the kind can be told that.
func standsFor(s lifecycle.RunSubject, a lifecycle.RunAction) bool {
	builds := s.Kind == "provision" || s.Kind == "reactivate"
	switch a {
	case "retry":
		return (s.Status == "retrying" || s.Status == "compensating") && s.Resting || s.Status == "needs_operator" && !builds
	case "abort":
		return builds && !s.Aborting && (s.Status == "waiting" || s.Status == "running" || s.Status == "retrying")
	case "resume":
		return builds && s.Status == "needs_operator"
	case "clean":
		return s.Status == "needs_operator" && (builds || s.Kind == "release" || s.Kind == "repoint" || s.Gone)
	}
	return false
}

// mayTell is who may: abort of provisioning is the map's, everything else the operator's.
func mayTell(actor access.Actor, kind lifecycle.RunKind, a lifecycle.RunAction) bool {
	if a == "abort" && kind == "provision" {
		return edge{who: "support operator", programs: "system"}.allows(actor)
	}
	return edge{who: "operator"}.allows(actor)
}

// Every kind × status × asked to stop × resting × machine gone × action × actor: what is decided is what the domain says, and the option says the
// same.
func TestEveryRunAction(t *testing.T) {
	t.Parallel()
	cells := 0
	for _, actor := range everybody() {
		for _, kind := range lifecycle.RunKinds {
			for _, status := range lifecycle.RunStatuses {
				for flags := range 8 {
					s := lifecycle.RunSubject{
						Kind: kind, Status: status, Aborting: flags&1 > 0, Resting: flags&2 > 0, Gone: flags&4 > 0, DropletID: 4711,
					}
					cells += checkRunRow(t, actor, s)
				}
			}
		}
	}
	if want := (2*32 + 8) * 6 * 8 * 8 * 4; cells != want {
		t.Errorf("%d cells, want %d", cells, want)
	}
}

func checkRunRow(t *testing.T, actor access.Actor, s lifecycle.RunSubject) int {
	t.Helper()
	options := lifecycle.RunOptions(actor, s)
	for i, a := range lifecycle.RunActions {
		var reason lifecycle.Reason
		if a.NeedsReason() {
			reason = lifecycle.Other
		}
		refusal := lifecycle.DecideRun(actor, s, a, reason, "I looked.")
		var want lifecycle.RefusalCode
		switch {
		case !mayTell(actor, s.Kind, a):
			want = lifecycle.Forbidden
		case !standsFor(s, a):
			want = lifecycle.RunStands
		}
		got := codeOf(lifecycle.Decision{Refusal: refusal})
		if got != want {
			t.Errorf("%s of %+v as %s %q: %q, want %q", a, s, actor.Kind, actor.Roles, got, want)
		}
		o := options[i]
		if o.Action != a || o.Open != (refusal == nil) || o.Open != (o.Why == "") || !o.Open && !oneSentence.MatchString(strings.ReplaceAll(o.Why, ":", "")) {
			t.Errorf("%s of %+v as %s %q: option %+v, decided %q", a, s, actor.Kind, actor.Roles, o, got)
		}
	}
	return len(options)
}

func TestRunActionsAskForWhatTheyNeed(t *testing.T) {
	t.Parallel()
	running := lifecycle.RunSubject{Kind: "provision", Status: "running"}
	given := lifecycle.RunSubject{Kind: "release", Status: "needs_operator"}
	refused := lifecycle.RunSubject{Kind: "power_off", Status: "needs_operator", DropletID: 4711}
	for _, c := range []struct {
		subject lifecycle.RunSubject
		action  lifecycle.RunAction
		reason  lifecycle.Reason
		note    string
		want    lifecycle.RefusalCode
	}{
		{running, "abort", "", "", lifecycle.ReasonMissing},
		{running, "abort", "seasonal", "", lifecycle.ReasonUnknown},
		{running, "abort", "customer_request", "", ""},
		{given, "clean", "", " \n", lifecycle.NoteMissing},
		{given, "clean", "", "droplet 4711 destroyed by hand", ""},
		{given, "retry", "", "", ""},
		{refused, "clean", "", "droplet 4711 destroyed by hand", lifecycle.RunStands},
		{refused, "retry", "", "", ""},
		{given, "explode", "", "", lifecycle.RunStands},
	} {
		refusal := lifecycle.DecideRun(admin, c.subject, c.action, c.reason, c.note)
		if got := codeOf(lifecycle.Decision{Refusal: refusal}); got != c.want {
			t.Errorf("%s with %q, %q: %q, want %q", c.action, c.reason, c.note, got, c.want)
		}
	}
	for _, a := range lifecycle.RunActions {
		if !a.Valid() || a.Label() == "" || a.Done() == "" || a.Summary() == "" || a.Asks() != (a.NeedsReason() || a.NeedsNote()) {
			t.Errorf("%s: %q %q %q", a, a.Label(), a.Done(), a.Summary())
		}
	}
	if lifecycle.RunAction("explode").Valid() {
		t.Error("explode is an action")
	}
}

// That a machine is gone is the provider's to say, and the refusal tells how to ask it.
func TestCleanedOnlyWhenTheProviderSaysSo(t *testing.T) {
	t.Parallel()
	s := lifecycle.RunSubject{Kind: lifecycle.PowerOff, Status: lifecycle.RunNeedsOperator, DropletID: 123}
	refusal := lifecycle.DecideRun(admin, s, lifecycle.RunClean, "", "I am sure.")
	if want := "Retry first: the provider has not said that droplet 123 is gone."; refusal == nil || refusal.Text != want {
		t.Errorf("refused by %+v, want %q", refusal, want)
	}
	s.Gone = true
	if refusal := lifecycle.DecideRun(admin, s, lifecycle.RunClean, "", "I am sure."); refusal != nil {
		t.Errorf("when it is gone: %+v", refusal)
	}
}

func TestWhoMayStartARun(t *testing.T) {
	t.Parallel()
	for roles := range access.Roles(32) {
		actor := access.Actor{Kind: access.Staff, ID: "a", Name: "A", Roles: roles}
		if got, want := lifecycle.PermitStart(actor) == nil, roles.Has(access.Support|access.Admin); got != want {
			t.Errorf("%q may start: %t", roles, got)
		}
	}
}

// Each live run is in one group, a stuck one in two; each that is over is among the finished.
func TestRunGroups(t *testing.T) {
	t.Parallel()
	for _, status := range lifecycle.RunStatuses {
		in := map[lifecycle.RunGroup]bool{}
		for _, g := range lifecycle.RunGroups {
			for _, s := range g.Statuses() {
				in[g] = in[g] || s == status
			}
		}
		stuck := in[lifecycle.RunsStuck]
		delete(in, lifecycle.RunsStuck)
		n := 0
		for _, yes := range in {
			if yes {
				n++
			}
		}
		if n != 1 || in[lifecycle.RunsFinished] == status.Live() || stuck != (status.Live() && status != lifecycle.RunNeedsOperator) {
			t.Errorf("%s: %v, stuck %t", status, in, stuck)
		}
	}
	for _, g := range lifecycle.RunGroups {
		if !g.Valid() || g.Label() == "" {
			t.Errorf("%s: %q", g, g.Label())
		}
	}
	if lifecycle.RunGroup("x").Valid() || len(lifecycle.RunGroup("").Statuses()) != len(lifecycle.RunStatuses) {
		t.Error("groups that are none")
	}
}

func TestStuckAfter(t *testing.T) {
	t.Parallel()
	names := lifecycle.StepNames()
	if len(names) != 11 {
		t.Errorf("%d steps", len(names))
	}
	for _, step := range names {
		got := lifecycle.StuckAfter(step)
		if got < time.Minute || step != lifecycle.StepWait && got >= lifecycle.StuckAfter(lifecycle.StepWait) {
			t.Errorf("%s is stuck after %s", step, got)
		}
	}
}
