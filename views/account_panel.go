package views

import (
	"fmt"
	"strconv"
	"strings"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// AccountPanel is what one person can do with a whole account now, and what not with the reasons.
type AccountPanel struct {
	TenantID string
	As       string // what the person acts as: "Billing"
	Options  []AccountOption
}

// AccountOption is one account action.
type AccountOption struct {
	Action lifecycle.Action
	Open   bool
	Why    string // when not open; no full stop at the end
	Moves  int    // how many deployments it would move
}

// NewAccountPanel computes the panel from the rules alone. counts are the tenant's deployments by state; resumable is how
// many the last account pause moved that nobody moved since.
func NewAccountPanel(tenantID string, actor access.Actor, counts StateCounts, resumable int) AccountPanel {
	panel := AccountPanel{TenantID: tenantID, As: actor.Label()}
	for _, a := range lifecycle.AccountActions {
		option := AccountOption{Action: a, Moves: resumable}
		if a != lifecycle.Resume {
			option.Moves = movable(a, counts)
		}
		option.Why = accountWhy(actor, a, option.Moves, counts)
		option.Open = option.Why == ""
		panel.Options = append(panel.Options, option)
	}
	return panel
}

// version tells one panel from another: how many deployments each action would move.
func (p AccountPanel) version() string {
	moves := make([]string, len(p.Options))
	for i, o := range p.Options {
		moves[i] = strconv.Itoa(o.Moves)
	}
	return strings.Join(moves, ".")
}

func movable(a lifecycle.Action, counts StateCounts) int {
	n := 0
	for _, from := range a.Sources() {
		n += int(counts.Of(from))
	}
	return n
}

// accountWhy gives the reason of the facts before the role's, as on a deployment.
func accountWhy(actor access.Actor, a lifecycle.Action, moves int, counts StateCounts) string {
	switch {
	case moves == 0 && a == lifecycle.Resume && counts.Of(lifecycle.Paused) > 0:
		return "No account pause to take back; resume each deployment by itself"
	case moves == 0:
		return "No deployment can be " + a.Done() + " now"
	case moves > lifecycle.MaxAccountMoves:
		return fmt.Sprintf("It would move %s deployments, at most %d are possible", Number(int64(moves)), lifecycle.MaxAccountMoves)
	}
	if refusal := lifecycle.PermitAccount(actor, a); refusal != nil {
		return strings.TrimSuffix(refusal.Text, ".")
	}
	return ""
}

func (p AccountPanel) filter(open bool) []AccountOption {
	var kept []AccountOption
	for _, o := range p.Options {
		if o.Open == open {
			kept = append(kept, o)
		}
	}
	return kept
}

// label is the word on the button. All of them lead to a preview first.
func (o AccountOption) label() string {
	switch o.Action {
	case lifecycle.Pause, lifecycle.Suspend, lifecycle.Cancel:
		return o.Action.Label() + " all…"
	}
	return o.Action.Label() + "…"
}

func (o AccountOption) says() string {
	text := "Moves " + counted(int64(o.Moves), "deployment")
	if o.Action == lifecycle.Resume {
		return text + " back, as the last account pause found them."
	}
	return text + " to " + o.Action.To().Lower() + "."
}

// tone makes none of them the obvious one: one click would reach every app of a customer.
func (o AccountOption) tone() string {
	if o.Action == lifecycle.Cancel {
		return "button wide danger"
	}
	return "button wide"
}

func accountPath(tenantID string) string { return tenantPath(tenantID) + "/transitions" }
