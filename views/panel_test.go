package views

import (
	"strings"
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"golang.org/x/net/html"
)

// Every state × every set of roles: what the panel offers is what the rules leave open, and everything else is explained.
func TestPanelEqualsOptions(t *testing.T) {
	for _, state := range lifecycle.States {
		for roles := access.Roles(0); roles <= access.Viewer|access.Support|access.Billing|access.Operator|access.Admin; roles++ {
			subject := lifecycle.Subject{State: state, Version: 4, LastAt: noon.Add(-time.Hour)}
			panel := NewPanel(sampleID, SampleActor(roles), subject, noon, sampleKeys())
			ids := draw(t, ActionPanel(panel)).testIDs()
			for _, o := range lifecycle.Options(SampleActor(roles), subject) {
				open, blocked := ids["action-"+string(o.Action)], ids["blocked-"+string(o.Action)]
				if o.Open && (open != 1 || blocked != 0) || !o.Open && (open != 0 || blocked != 1) {
					t.Errorf("%s as %q: %s has %d buttons and %d reasons", state, roles, o.Action, open, blocked)
				}
			}
		}
	}
}

func TestPanelSaysWhy(t *testing.T) {
	d := draw(t, ActionPanel(samplePanel(lifecycle.PastDue, access.Support, noon)))
	for _, n := range d.with("data-testid", "blocked-suspend") {
		if got := content(n); got != "Suspend Needs Billing" && !strings.Contains(got, "Needs Billing") {
			t.Errorf("suspend is explained by %q", got)
		}
	}
	if got := attr(d.with("data-testid", "action-panel")[0], "data-version"); got != "6" {
		t.Errorf("data-version is %q", got)
	}
}

// fieldsOf are the names that a form sends.
func fieldsOf(form *html.Node) map[string]bool {
	names := map[string]bool{}
	for n := range form.Descendants() {
		if n.Type == html.ElementNode && attr(n, "name") != "" {
			names[attr(n, "name")] = true
		}
	}
	return names
}

// The server refuses fields that it does not know.
func TestFormsOfMovesSendKnownFieldsAndTheirOwnKey(t *testing.T) {
	known := map[string]bool{"action": true, "version": true, "key": true, "reason": true, "notes": true}
	for _, state := range lifecycle.States {
		page := testDetail(state)
		page.Panel = samplePanel(state, access.Admin, noon)
		keys := map[string]bool{}
		draw(t, DeploymentDetail(page)).each(func(n *html.Node) {
			if n.Data != "form" || !strings.HasSuffix(attr(n, "action"), "/transitions") {
				return
			}
			fields := fieldsOf(n)
			for name := range fields {
				if !known[name] {
					t.Errorf("%s: the form of a move sends %q", state, name)
				}
			}
			if !fields["action"] || !fields["version"] || !fields["key"] {
				t.Errorf("%s: the form of a move lacks a field: %v", state, fields)
			}
			for k := range n.Descendants() {
				if attr(k, "name") == "key" {
					if value := attr(k, "value"); value == "" || keys[value] {
						t.Errorf("%s: the key %q is empty or used twice", state, value)
					} else {
						keys[value] = true
					}
				}
			}
		})
	}
}

func TestUndoIsOfferedByTheRules(t *testing.T) {
	subject := lifecycle.Subject{State: lifecycle.Paused, Version: 7, LastFrom: lifecycle.Active, LastAt: noon.Add(-3 * time.Minute)}
	offer := NewUndo(sampleID, SampleActor(access.Support), subject, noon, sampleKeys())
	if offer == nil || offer.Action != lifecycle.Resume || offer.Version != 7 || offer.Minutes != 7 || offer.Key == "" {
		t.Fatalf("the offer is %+v", offer)
	}
	if NewUndo(sampleID, SampleActor(access.Viewer), subject, noon, sampleKeys()) != nil {
		t.Error("a viewer is offered an undo")
	}
	if NewUndo(sampleID, SampleActor(access.Support), subject, noon.Add(time.Hour), sampleKeys()) != nil {
		t.Error("an old move is offered for undo")
	}
	d := draw(t, ActionPanel(sampleUndo(noon)))
	if d.testIDs()["undo"] != 1 || len(d.with("value", "undo")) != 1 {
		t.Error("the panel has no undo form")
	}
}

func TestFormOfAMove(t *testing.T) {
	for _, move := range lifecycle.Map {
		f := sampleForm(move.Action, move.From, noon)
		f.Notes, f.Error = "typed", "Somebody was faster."
		d := draw(t, Transition(TransitionPage{testPage(), f}))
		ids := d.testIDs()
		for _, id := range []string{"transition-form", "confirm", "dismiss", "error"} {
			if ids[id] != 1 {
				t.Errorf("%s: %s %d times", move.Action, id, ids[id])
			}
		}
		for _, line := range lifecycle.Consequences(move, lifecycle.MachineApart) {
			if !strings.Contains(content(d.root), line.Text) {
				t.Errorf("%s: the form does not say %q", move.Action, line.Text)
			}
		}
		want := len(move.Action.Reasons())
		if !move.Action.NeedsReason() {
			want++ // none given
		}
		if got := len(d.with("name", "reason")); got != want {
			t.Errorf("%s: %d reasons, not %d", move.Action, got, want)
		}
		for _, n := range d.with("name", "reason") {
			required := len(n.Attr) > 0 && strings.Contains(d.text, "required")
			if move.Action.NeedsReason() && !required {
				t.Errorf("%s: the reason is not required", move.Action)
			}
		}
		if notes := d.with("name", "notes"); len(notes) != 1 || content(notes[0]) != "typed" {
			t.Errorf("%s: what was typed is gone", move.Action)
		}
	}
}

// Who finds no move is told what is true for him: what he can do elsewhere, who else could move it, or that it goes on by itself.
func TestAPanelWithoutMovesSaysWhatIsTrue(t *testing.T) {
	run := func(status lifecycle.RunStatus, roles access.Roles) *Run {
		return sampleCard(SampleRun(status, noon), roles, noon).Run
	}
	for name, c := range map[string]struct {
		subject lifecycle.Subject
		roles   access.Roles
		run     *Run
		says    string
		not     string
	}{
		"support after a rollback":         {lifecycle.Subject{State: lifecycle.Cancelled, Gone: true, Provider: true}, access.Support, run(lifecycle.RunCompensated, access.Support), "No move for you to make here: Billing can reactivate it, Admin can archive it.", "Nothing"},
		"support during a rollback":        {lifecycle.Subject{State: lifecycle.Provisioning, Run: lifecycle.Provision, Aborting: true}, access.Support, run(lifecycle.RunCompensating, access.Support), "what was built is being removed, and that goes on by itself", "Resume"},
		"operator beside live buttons":     {lifecycle.Subject{State: lifecycle.Provisioning, Run: lifecycle.Provision, Aborting: true, Stuck: true}, access.Operator, run(lifecycle.RunNeedsOperator, access.Operator), "What you can do is at its run: resume rollback or mark as cleaned.", "Nothing"},
		"operator, and others can move it": {lifecycle.Subject{State: lifecycle.Active, Run: lifecycle.Repoint, Droplet: true, Provider: true}, access.Operator, sampleCard(sampleRepoint(1, lifecycle.RunNeedsOperator, noon), access.Operator, noon).Run, "No move for you to make here: Support or Billing can pause it or cancel it, Billing can mark it past due. What you can do is at its run: retry now or mark as cleaned.", "cannot be moved"},
		"operator, released by no run":     {lifecycle.Subject{State: lifecycle.Archived, Run: lifecycle.Repoint, Droplet: true, Provider: true}, access.Operator, sampleCard(sampleRepoint(1, lifecycle.RunNeedsOperator, noon), access.Operator, noon).Run, "No move is left to make here. What you can do is at its run", "cannot be moved"},
		"support without these buttons":    {lifecycle.Subject{State: lifecycle.Provisioning, Run: lifecycle.Provision, Aborting: true, Stuck: true}, access.Support, run(lifecycle.RunNeedsOperator, access.Support), "an operator has to see to what is left over", "resume"},
		"billing while it is built":        {lifecycle.Subject{State: lifecycle.Provisioning, Run: lifecycle.Provision}, access.Billing, run(lifecycle.RunRunning, access.Billing), "a run is building it, and goes on by itself", "removed"},
		"anybody, archived":                {lifecycle.Subject{State: lifecycle.Archived}, access.Admin, nil, "archived is final", "run"},
		"a viewer":                         {lifecycle.Subject{State: lifecycle.Suspended}, access.Viewer, nil, "Billing can restore it or cancel it.", "run"},
	} {
		p := NewPanel(sampleID, SampleActor(c.roles), c.subject, noon, sampleKeys())
		p.Run = c.run
		places := draw(t, ActionPanel(p)).with("data-testid", "no-moves")
		if len(places) != 1 {
			t.Fatalf("%s: %d sentences", name, len(places))
		}
		if text := strings.Join(strings.Fields(content(places[0])), " "); !strings.Contains(text, c.says) || strings.Contains(text, c.not) {
			t.Errorf("%s reads %q", name, text)
		}
	}
}
