package lifecycle

import "slices"

// Action is the verb that a person clicks for one move.
type Action string

// The actions, each the name of one or more edges of the map.
const (
	Activate    Action = "activate"
	Abort       Action = "abort"
	Convert     Action = "convert"
	MarkPaid    Action = "mark_paid"
	Resume      Action = "resume"
	Restore     Action = "restore"
	Reactivate  Action = "reactivate"
	Pause       Action = "pause"
	MarkPastDue Action = "mark_past_due"
	Suspend     Action = "suspend"
	Cancel      Action = "cancel"
	Archive     Action = "archive"
)

// Actions lists all actions in the order in which they are shown.
var Actions = []Action{
	Activate, Convert, MarkPaid, Resume, Restore, Reactivate, Pause, MarkPastDue, Suspend, Abort, Cancel, Archive,
}

// actionFacts is what holds for an action on whichever edge it is taken.
type actionFacts struct {
	label       string
	done        string // past participle: "paused"
	to          State
	asks        bool // a dialog: it takes the app offline, ends something or needs a reason
	needsReason bool
	byDefault   Reason // recorded when nobody states one
	reasons     []Reason
	summary     string // the consequence in one line
}

// The summaries are true of the state alone: what becomes of the machine is added where the console switches it.
var actionTable = map[Action]actionFacts{
	Activate: {
		label: "Activate", done: "activated", to: Active, reasons: []Reason{Provisioned, Other},
		summary: "Active from now on. Billing starts.",
	},
	Convert: {
		label: "Convert to paid", done: "converted to paid", to: Active, reasons: []Reason{CustomerRequest, PaymentReceived, Other},
		summary: "Active from now on. Billing starts.",
	},
	MarkPaid: {
		label: "Mark paid", done: "marked paid", to: Active, byDefault: PaymentReceived, reasons: []Reason{PaymentReceived, Other},
		summary: "Back to active. Service and billing go on.",
	},
	Resume: {
		label: "Resume", done: "resumed", to: Active, reasons: []Reason{CustomerRequest, Seasonal, Maintenance, Other},
		summary: "Back to active. Billing starts again.",
	},
	Restore: {
		label: "Restore", done: "restored", to: Active, reasons: []Reason{PaymentReceived, CustomerRequest, Other},
		summary: "Back to active. Billing starts again.",
	},
	Reactivate: {
		label: "Reactivate", done: "reactivated", to: Active, reasons: []Reason{CustomerRequest, PaymentReceived, Other},
		summary: "Back to active. Billing starts again.",
	},
	Pause: {
		label: "Pause", done: "paused", to: Paused, asks: true, reasons: []Reason{CustomerRequest, Seasonal, Maintenance, Other},
		summary: "Marked paused, billing stops. Droplet is kept.",
	},
	MarkPastDue: {
		label: "Mark past due", done: "marked past due", to: PastDue, asks: true, needsReason: true,
		reasons: []Reason{PaymentFailed, CardExpired, Other},
		summary: "A payment is missing. Service and billing go on.",
	},
	Suspend: {
		label: "Suspend", done: "suspended", to: Suspended, asks: true, needsReason: true, reasons: []Reason{NonPayment, Fraud, Other},
		summary: "Marked suspended, billing stops. Droplet is kept.",
	},
	Abort: {
		label: "Abort provisioning", done: "aborted", to: Cancelled, asks: true, needsReason: true,
		reasons: []Reason{ProvisioningFailed, CustomerRequest, Other},
		summary: "Marked cancelled, billing never started. Can come back until archived.",
	},
	Cancel: {
		label: "Cancel", done: "cancelled", to: Cancelled, asks: true, needsReason: true,
		reasons: []Reason{CustomerRequest, NonPayment, TrialExpired, Fraud, Other},
		summary: "Marked cancelled and not billed. Can come back until archived.",
	},
	Archive: {
		label: "Archive", done: "archived", to: Archived, asks: true, needsReason: true,
		reasons: []Reason{Retention, CustomerRequest, Other},
		summary: "Final: nothing leads back. The record stays readable.",
	},
}

// Valid reports whether a is an action of the map.
func (a Action) Valid() bool { _, ok := actionTable[a]; return ok }

// Label is the word on the button.
func (a Action) Label() string { return actionTable[a].label }

// Done is the past participle for sentences: "paused".
func (a Action) Done() string { return actionTable[a].done }

// To is the state that the action leads to, from wherever it is taken.
func (a Action) To() State { return actionTable[a].to }

// Asks reports whether the action opens a dialog with consequences, reason and notes; the others go at once.
func (a Action) Asks() bool { return actionTable[a].asks }

// NeedsReason reports whether the action is refused without a reason code.
func (a Action) NeedsReason() bool { return actionTable[a].needsReason }

// Reasons lists the codes that a person may state for the action.
func (a Action) Reasons() []Reason { return slices.Clone(actionTable[a].reasons) }

// Summary is the consequence of the action in one line, for a deployment whose machine stands so.
func (a Action) Summary(machine Machine) string {
	switch {
	case a == Abort && machine == MachineBuilding:
		return "Stops the run and removes what was built. Cancelled when that is done."
	case a == Reactivate && machine == MachineGone:
		return "A run builds a new machine. Active, and billed, when that is done."
	case machine != MachineFollows:
		return actionTable[a].summary
	}
	switch a {
	case Resume, Restore, Reactivate:
		return "Back to active, billing starts again. A run switches the droplet on."
	case Pause:
		return "Marked paused, billing stops. A run switches the droplet off; it is kept."
	case Suspend:
		return "Marked suspended, billing stops. A run switches the droplet off; it is kept."
	case Cancel:
		return "Marked cancelled and not billed. The droplet is off and kept until archived."
	case Archive:
		return "Final: nothing leads back. A run destroys the droplet; the record stays readable."
	}
	return actionTable[a].summary
}
