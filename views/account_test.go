package views

import (
	"slices"
	"strings"
	"testing"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

func TestAccountPanelFollowsTheRules(t *testing.T) {
	for roles := range access.Roles(1 << len(access.AllRoles)) {
		actor := SampleActor(roles)
		for _, counts := range []StateCounts{nil, sampleTenantCounts, {{lifecycle.Paused, 2}}, {{lifecycle.Active, lifecycle.MaxAccountMoves + 1}}} {
			for _, resumable := range []int{0, int(counts.Of(lifecycle.Paused))} {
				panel := NewAccountPanel(sampleTenantID, actor, counts, resumable)
				out := drawRecord(t, AccountActions(panel))
				for _, o := range panel.Options {
					want := o.Moves > 0 && o.Moves <= lifecycle.MaxAccountMoves && lifecycle.PermitAccount(actor, o.Action) == nil
					button := strings.Contains(out, `data-testid="account-action-`+string(o.Action)+`"`)
					reason := strings.Contains(out, `data-testid="account-blocked-`+string(o.Action)+`"`)
					if button != want || reason == want || (o.Why == "") != want {
						t.Errorf("roles %s, %s over %v: button %v, reason %q; want open %v", roles, o.Action, counts, button, o.Why, want)
					}
				}
			}
		}
	}
}

func TestAccountPreviewListsEachDeploymentOnce(t *testing.T) {
	for _, a := range lifecycle.AccountActions {
		p := SamplePreview(a, 20)
		out := drawRecord(t, AccountPreviewDialog(p))
		moves, stays := strings.Count(out, `data-testid="account-move"`), strings.Count(out, `data-testid="account-stay"`)
		if moves != p.moving() || moves+stays != len(p.Lines) {
			t.Errorf("%s: %d move and %d stay of %d", a, moves, stays, len(p.Lines))
		}
		if got := strings.Contains(out, `data-testid="no-reverse"`); got == lifecycle.Reversible(a) {
			t.Errorf("%s: says that there is no reverse: %v", a, got)
		}
		if !strings.Contains(out, `value="confirm"`) || !strings.Contains(out, `name="preview" value="`+p.ID+`"`) {
			t.Errorf("%s: cannot be confirmed", a)
		}
		if a.NeedsReason() != strings.Contains(out, `value="`+string(a.Reasons()[0])+`" required`) {
			t.Errorf("%s: the reason is required: %v expected", a, a.NeedsReason())
		}
		for _, g := range p.groups() {
			for _, s := range g.From {
				m, _ := lifecycle.FindMove(s, a)
				if !slices.Equal(lifecycle.Consequences(m, lifecycle.MachineApart), g.Means) {
					t.Errorf("%s from %s: other consequences than those of the move", a, s)
				}
			}
		}
		for _, g := range p.stays() {
			if g.Why == "" {
				t.Errorf("%s: %v stay for no reason", a, g.Lines)
			}
		}
	}
}

func TestResumeLeavesOutWhatItDidNotPause(t *testing.T) {
	p := AccountPreview{Action: lifecycle.Resume, Lines: []AccountLine{{ID: "a", Name: "a", State: lifecycle.Paused, Moves: true}, {ID: "b", Name: "b", State: lifecycle.Paused}}}
	stays := p.stays()
	if p.moving() != 1 || len(stays) != 1 || !strings.Contains(stays[0].Why, "last account pause") {
		t.Errorf("%d move, %v", p.moving(), stays)
	}
}

func TestPreviewComesBack(t *testing.T) {
	p := SamplePreview(lifecycle.Suspend, 0)
	p.Stale, p.Notes, p.Reason = true, "Told them.", lifecycle.Fraud
	out := drawRecord(t, AccountPreviewDialog(p))
	for _, want := range []string{`data-testid="error"`, "Nothing was moved", ">Told them.</textarea>", `value="fraud" checked`} {
		if !strings.Contains(out, want) {
			t.Errorf("stale: no %s", want)
		}
	}
	p.Lines = nil
	out = drawRecord(t, AccountPreviewDialog(p))
	if strings.Contains(out, `data-testid="confirm"`) || !strings.Contains(out, "Told them.") || !strings.Contains(out, `data-testid="save-note"`) {
		t.Error("nothing to move: it can be confirmed, or the typed text is lost")
	}
}

func TestAccountAnswerFillsOrEmptiesTheDialog(t *testing.T) {
	r := AccountResult{Page: SampleTenantPage(recordsPage(), access.Billing), Notice: &Notice{Kind: NoticeDone, Text: "Done."}}
	out := drawRecord(t, AccountAnswer(r))
	for _, target := range []string{"#tenant-head", "#account-panel", "#tenant-deployments", "#timeline", "#notices", "#dialog"} {
		if !strings.Contains(out, `hx-target="`+target+`"`) {
			t.Errorf("no part for %s", target)
		}
	}
	if !strings.Contains(out, `hx-target="#dialog" hx-swap="innerHTML"></hx-partial>`) {
		t.Error("the dialog stays open")
	}
	p := SamplePreview(lifecycle.Pause, 0)
	r.Preview = &p
	if !strings.Contains(drawRecord(t, AccountAnswer(r)), `data-testid="transition-form"`) {
		t.Error("the dialog does not come back")
	}
}
