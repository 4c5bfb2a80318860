package views

import (
	"strconv"
	"strings"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"github.com/a-h/templ"
)

// Panel is what one person can do with one deployment now, and what not with the reasons.
type Panel struct {
	DeploymentID string
	State        lifecycle.State
	Version      int    // that the forms send
	As           string // what the person acts as: "Billing"
	Options      []PanelOption
	Undo         *UndoOffer // nil when there is nothing to undo, or not for this person
	UndoText     string     // what would be undone
	Error        string     // what went wrong with the last request, where there is no dialog to say it
	Run          *Run       // the newest run, as far as it matters to who reads the panel; nil: none
}

// PanelOption is one action with the one-time key of its form.
type PanelOption struct {
	lifecycle.Option
	Key string
}

// NewPanel computes the panel from the rules alone. Each form gets a key of its own from newKey.
func NewPanel(deploymentID string, actor access.Actor, s lifecycle.Subject, now time.Time, newKey func() string) Panel {
	p := Panel{DeploymentID: deploymentID, State: s.State, Version: s.Version, As: actor.Label()}
	for _, o := range lifecycle.Options(actor, s) {
		option := PanelOption{Option: o}
		if o.Open && !o.Action.Asks() {
			option.Key = newKey()
		}
		p.Options = append(p.Options, option)
	}
	if p.Undo = NewUndo(deploymentID, actor, s, now, newKey); p.Undo != nil {
		p.UndoText = s.LastFrom.Label() + " → " + s.State.Label() + ", " + Clock{Now: now}.Ago(s.LastAt)
	}
	return p
}

// NewUndo is the undo of the newest move, where the rules allow it to this actor; nil otherwise.
func NewUndo(deploymentID string, actor access.Actor, s lifecycle.Subject, now time.Time, newKey func() string) *UndoOffer {
	move, ok := lifecycle.UndoOf(s, now)
	if !ok || lifecycle.Permit(actor, s.State, move.Action) != nil {
		return nil
	}
	left := lifecycle.UndoWindow - now.Sub(s.LastAt)
	return &UndoOffer{
		DeploymentID: deploymentID, Action: move.Action, Version: s.Version, Key: newKey(),
		Minutes: int((left + time.Minute - 1) / time.Minute),
	}
}

func (p Panel) open() []PanelOption {
	return p.filter(func(o PanelOption) bool { return o.Open })
}

// near are the actions that only a role or one other move keeps away; far are the rest.
func (p Panel) near() []PanelOption {
	return p.filter(func(o PanelOption) bool { return !o.Open && o.NextDoor })
}

func (p Panel) far() []PanelOption {
	return p.filter(func(o PanelOption) bool { return !o.Open && !o.NextDoor })
}

func (p Panel) filter(keep func(PanelOption) bool) []PanelOption {
	var kept []PanelOption
	for _, o := range p.Options {
		if keep(o) {
			kept = append(kept, o)
		}
	}
	return kept
}

// nothing says why there is no move to take, so that it is true for who reads it.
func (p Panel) nothing() string {
	if p.Run != nil && p.Run.live() && p.Run.Kind.Builds() {
		switch {
		case p.Run.Status == lifecycle.RunNeedsOperator:
			return "Nothing for you to do here now: an operator has to see to what is left over."
		case p.Run.undoes():
			return "Nothing to do here now: what was built is being removed, and that goes on by itself."
		}
		return "Nothing for you to do here now: a run is building it, and goes on by itself."
	}
	if others := p.others(); others != "" {
		return "No move for you to make here: " + others + "."
	}
	if p.State == lifecycle.Archived {
		return "Nothing can be done any more: archived is final."
	}
	return "Nothing can be done here now."
}

// unmoved says why there is no move to take beside what can be told the run. A run that builds stands in the way of moves; one that follows a
// state or a host name does not.
func (p Panel) unmoved() string {
	others := p.others()
	switch {
	case p.Run.Kind.Builds():
		return "Its state cannot be moved now."
	case others != "":
		return "No move for you to make here: " + others + "."
	}
	return "No move is left to make here."
}

// others says who else could do what: "Billing can reactivate it, Admin can archive it".
func (p Panel) others() string {
	var who []access.Roles
	what := map[access.Roles][]string{}
	for _, o := range p.Options {
		if o.Needs == 0 {
			continue
		}
		if what[o.Needs] == nil {
			who = append(who, o.Needs)
		}
		what[o.Needs] = append(what[o.Needs], o.Action.Order())
	}
	parts := make([]string, len(who))
	for i, roles := range who {
		parts[i] = roles.Label("or") + " can " + listed(what[roles], "or")
	}
	return strings.Join(parts, ", ")
}

// toRun is what the reader can tell the run, where that is all there is to do: "resume rollback or mark as cleaned".
func (p Panel) toRun() string {
	if p.Run == nil {
		return ""
	}
	var labels []string
	for _, c := range p.Run.Controls {
		labels = append(labels, lowerFirst(c.Action.Label()))
	}
	return listed(labels, "or")
}

// listed are words in a row: "pause, suspend or cancel".
func listed(words []string, joiner string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " " + joiner + " " + words[last]
}

// moveForm are the attributes of a form that asks for a move. A second submission while the first is under way is
// dropped rather than disabled, because a disabled button loses the focus.
func moveForm(deploymentID string) templ.Attributes {
	action := movesPath(deploymentID)
	return templ.Attributes{
		"method": "post", "action": action,
		"hx-post": action, "hx-swap": "none", "hx-sync": "this:drop",
	}
}

// dialogLink are the attributes of a link that opens the dialog of an action; without script it leads to a page.
func dialogLink(deploymentID string, a lifecycle.Action) templ.Attributes {
	href := movesPath(deploymentID) + "/" + string(a)
	return templ.Attributes{
		"href": href, "hx-get": href, "hx-target": "#dialog", "hx-swap": "innerHTML", "hx-sync": "this:drop",
		"aria-haspopup": "dialog", "data-testid": "action-" + string(a),
	}
}

func deploymentPath(id string) string { return "/deployments/" + id }

func movesPath(id string) string { return deploymentPath(id) + "/transitions" }

func versionText(v int) string { return strconv.Itoa(v) }
