package views

import (
	"time"

	"arcadia.example/console/lifecycle"
)

// TransitionForm is what a person fills in before a move that asks.
type TransitionForm struct {
	DeploymentID   string
	DeploymentName string
	TenantName     string
	Move           lifecycle.Move
	Machine        lifecycle.Machine // what becomes of it is told accordingly
	Since          time.Time         // how long it has been in the state that it leaves
	Version        int
	Key            string           // one-time
	Reason         lifecycle.Reason // what was chosen, when the form comes back
	Notes          string           // what was typed, when the form comes back
	Error          string           // what went wrong; what was typed stays
	FieldError     string           // what is wrong with the reason
}

// TransitionPage is the form as a page of its own, for those without script.
type TransitionPage struct {
	Page
	Form TransitionForm
}

// KeptNotes is what was typed for a move that is no longer possible: to be copied, or saved as a note.
type KeptNotes struct {
	DeploymentID   string
	DeploymentName string
	Error          string // who moved it, and when
	Notes          string // may be empty: then there is nothing to save
	Key            string // one-time, of the form that saves the note
}

// KeptNotesPage is KeptNotes as a page of its own, for those without script.
type KeptNotesPage struct {
	Page
	Kept KeptNotes
}

// reasonField is required where the rules say so. A list of few is shown at once.
func (f TransitionForm) reasonField() (Field, []Choice) {
	choices := make([]Choice, 0, 5)
	for _, r := range f.Move.Action.Reasons() {
		choices = append(choices, Choice{Value: string(r), Label: r.Label()})
	}
	return Field{
		Name: "reason", Label: "Reason", Value: string(f.Reason), Error: f.FieldError, Required: f.Move.Action.NeedsReason(),
	}, choices
}

func (f TransitionForm) notesField() Field {
	return Field{
		Name: "notes", Label: "Notes", Value: f.Notes, MaxLength: 10000, Rows: 3,
		Hint: inTimeline,
	}
}

// question is the title of the dialog: "Suspend storefront-eu?", "Mark storefront-eu past due?".
func (f TransitionForm) question() string {
	switch f.Move.Action {
	case lifecycle.MarkPastDue:
		return "Mark " + f.DeploymentName + " past due?"
	case lifecycle.Abort:
		return "Abort provisioning of " + f.DeploymentName + "?"
	}
	return f.Move.Action.Label() + " " + f.DeploymentName + "?"
}

func (f TransitionForm) confirmTone() string {
	if to := f.Move.To; to == lifecycle.Cancelled || to == lifecycle.Archived {
		return "button danger-fill"
	}
	return "button primary"
}
