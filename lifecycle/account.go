package lifecycle

import (
	"slices"

	"arcadia.example/console/access"
)

// MaxAccountMoves is how many deployments one account action may move in its one transaction.
const MaxAccountMoves = 500

// AccountActions lists the actions that can be taken on all deployments of a tenant at once.
var AccountActions = []Action{Pause, Resume, Suspend, Restore, Cancel}

// accountRoles is stricter than the map: one click reaches every app of a customer.
var accountRoles = map[Action]access.Roles{
	Pause: supportOrBilling, Resume: supportOrBilling,
	Suspend: access.Billing, Restore: access.Billing, Cancel: access.Billing,
}

// PermitAccount asks whether the actor may take the action on a whole account.
func PermitAccount(actor access.Actor, a Action) *Refusal {
	if !slices.Contains(AccountActions, a) {
		return &Refusal{Code: InvalidTransition, To: a.To(), Text: "There is no such account action."}
	}
	if who := accountRoles[a]; !permits(actor, who, nil) {
		return &Refusal{Code: Forbidden, To: a.To(), Needs: who | access.Admin, Text: needsText(who)}
	}
	return nil
}

// Reversible reports whether an account action has an exact reverse: resume brings back what the last pause moved.
// Suspend, restore and cancel have none, and a preview says so.
func Reversible(a Action) bool { return a == Pause || a == Resume }
