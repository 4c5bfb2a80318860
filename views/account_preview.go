package views

import (
	"slices"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// AccountLine is one deployment of the account as the action would treat it.
type AccountLine struct {
	ID    string
	Name  string
	State lifecycle.State
	Moves bool

	Machine lifecycle.Machine
}

// AccountPreview is what an account action would do, before it is confirmed.
type AccountPreview struct {
	ID         string // of the frozen preview, which the form sends back
	TenantID   string
	TenantName string
	Action     lifecycle.Action
	Lines      []AccountLine // every deployment of the account
	Refusal    string        // why the action cannot be taken at all; then there is nothing to confirm
	Stale      bool          // the account changed since the preview that was confirmed: nothing moved, this is a fresh one
	Error      string        // why the confirmation was refused
	FieldError string        // what is wrong with the reason
	Key        string        // one-time, of the form: for the move, or for the note when nothing can be moved
	Reason     lifecycle.Reason
	Notes      string // what was typed, when the form comes back
}

// AccountPreviewPage is the preview as a page of its own, for those without script.
type AccountPreviewPage struct {
	Page
	Preview AccountPreview
}

// AccountResult is the answer to a confirmed account action by htmx: the parts of the tenant's page, drawn anew.
type AccountResult struct {
	Page    TenantPage
	Notice  *Notice         // what happened, as a toast
	Preview *AccountPreview // the dialog again: refused, or stale; nil closes it
}

// frame is the page in which the preview stands. Its own address answers to posts only: what leads back leads to the tenant.
func (p AccountPreviewPage) frame() Page {
	page := p.Page
	page.Path = tenantPath(p.Preview.TenantID)
	return page
}

// accountGroup are the deployments for which the action means the same.
type accountGroup struct {
	From  []lifecycle.State
	Means []lifecycle.Consequence
	Names []AccountLine
}

// groups are the moving deployments by what the move means for them.
func (p AccountPreview) groups() []accountGroup {
	var groups []accountGroup
	for _, s := range lifecycle.States {
		move, ok := lifecycle.FindMove(s, p.Action)
		if !ok {
			continue
		}
		for _, line := range p.lines(func(l AccountLine) bool { return l.Moves && l.State == s }) {
			means := lifecycle.Consequences(move, line.Machine)
			i := slices.IndexFunc(groups, func(g accountGroup) bool { return slices.Equal(g.Means, means) })
			if i < 0 {
				groups = append(groups, accountGroup{Means: means})
				i = len(groups) - 1
			}
			if !slices.Contains(groups[i].From, s) {
				groups[i].From = append(groups[i].From, s)
			}
			groups[i].Names = append(groups[i].Names, line)
		}
	}
	return groups
}

// stayGroup are the deployments that stay where they are for the same reason.
type stayGroup struct {
	Why   string
	Lines []AccountLine
}

func (p AccountPreview) stays() []stayGroup {
	var groups []stayGroup
	for _, line := range p.lines(func(l AccountLine) bool { return !l.Moves }) {
		why := p.stayWhy(line.State)
		i := slices.IndexFunc(groups, func(g stayGroup) bool { return g.Why == why })
		if i < 0 {
			groups = append(groups, stayGroup{Why: why})
			i = len(groups) - 1
		}
		groups[i].Lines = append(groups[i].Lines, line)
	}
	return groups
}

// stayWhy is the map's reason. Where the map would allow the move, only a resume leaves a deployment out.
func (p AccountPreview) stayWhy(s lifecycle.State) string {
	if _, ok := lifecycle.FindMove(s, p.Action); ok {
		return "Paused by itself, or moved since the last account pause"
	}
	anybody := access.Actor{Kind: access.Staff, Roles: access.Admin}
	for _, o := range lifecycle.Options(anybody, lifecycle.Subject{State: s}) {
		if o.Action == p.Action {
			return o.Why
		}
	}
	return ""
}

func (p AccountPreview) lines(keep func(AccountLine) bool) []AccountLine {
	var kept []AccountLine
	for _, l := range p.Lines {
		if keep(l) {
			kept = append(kept, l)
		}
	}
	return kept
}

func (p AccountPreview) moving() int {
	return len(p.lines(func(l AccountLine) bool { return l.Moves }))
}

// possible reports whether there is something to confirm.
func (p AccountPreview) possible() bool { return p.Refusal == "" && p.moving() > 0 }

// question is the title: "Suspend 3 deployments?".
func (p AccountPreview) question() string {
	if !p.possible() {
		return p.Action.Label() + ": nothing to move"
	}
	return p.order() + "?"
}

func (p AccountPreview) order() string {
	return p.Action.Label() + " " + counted(int64(p.moving()), "deployment")
}

// stopped says why there is nothing to confirm.
func (p AccountPreview) stopped() string {
	if p.Refusal != "" {
		return p.Refusal
	}
	return "No deployment of this account can be " + p.Action.Done() + " now."
}

func (p AccountPreview) reverseText() string {
	if lifecycle.Reversible(p.Action) {
		return ""
	}
	return "There is no exact reverse: each deployment would have to be moved back by itself."
}

func (p AccountPreview) reasonField() (Field, []Choice) {
	choices := make([]Choice, 0, 5)
	for _, r := range p.Action.Reasons() {
		choices = append(choices, Choice{Value: string(r), Label: r.Label()})
	}
	return Field{
		Name: "reason", Label: "Reason", Value: string(p.Reason), Error: p.FieldError, Required: p.Action.NeedsReason(),
	}, choices
}

func (p AccountPreview) notesField() Field {
	return Field{
		Name: "notes", Label: "Notes", Value: p.Notes, MaxLength: 10000, Rows: 2,
		Hint: "Stands in the timeline of each deployment that moves, with your name.",
	}
}

func (p AccountPreview) confirmTone() string {
	if p.Action == lifecycle.Cancel {
		return "button danger-fill"
	}
	return "button primary"
}

// shownNames is how many names of a group stand there at once; the rest can be unfolded.
const shownNames = 8

func firstNames(lines []AccountLine) []AccountLine { return lines[:min(len(lines), shownNames)] }

func otherNames(lines []AccountLine) []AccountLine { return lines[min(len(lines), shownNames):] }
