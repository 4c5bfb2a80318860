package views

import (
	"github.com/a-h/templ"

	"arcadia.example/console/lifecycle"
)

// askBox is the form before something that asks, of a deployment or of a run: the question, what it means, the reason and the note,
// and two ways out. Both ways to the same abort draw the same one.
type askBox struct {
	TestID   string
	Form     templ.Attributes // of the form: where it is sent
	Hidden   []Choice         // value and, as Label, name
	Question string
	Error    string // what went wrong; what was typed stays
	Lines    []lifecycle.Consequence
	Reason   Field
	Reasons  []Choice // none: no reason is asked for
	Notes    Field
	Back     string // where to go without doing it
	Dismiss  string
	Confirm  string
	Tone     string // classes of the button that confirms
	Icon     string
}

const (
	inTimeline = "Stands in the timeline with your name."
	inRecord   = "Stands in the record with your name."
	letGoOn    = "Let it go on" // the way out of an abort
)

// abortsRun reports whether a run carries the abort out.
func (f TransitionForm) abortsRun() bool {
	return f.Move.Action == lifecycle.Abort && f.Machine == lifecycle.MachineBuilding
}

func (f TransitionForm) ask() askBox {
	dismiss := "Keep it " + f.Move.From.Lower()
	if f.abortsRun() {
		dismiss = letGoOn
	}
	reason, reasons := f.reasonField()
	return askBox{
		TestID: "transition-form", Form: moveForm(f.DeploymentID), Question: f.question(), Error: f.Error,
		Hidden: []Choice{{string(f.Move.Action), "action", ""}, {versionText(f.Version), "version", ""}, {f.Key, "key", ""}},
		Lines:  lifecycle.Consequences(f.Move, f.Machine), Reason: reason, Reasons: reasons, Notes: f.notesField(),
		Back: deploymentPath(f.DeploymentID), Dismiss: dismiss, Confirm: f.Move.Action.Label(), Tone: f.confirmTone(), Icon: ActionIcon(f.Move.Action),
	}
}

// move is that of the deployment in which the action ends, where it ends in one.
func (f RunForm) move() (lifecycle.Move, bool) {
	if f.Action != lifecycle.RunAbort || f.Run.Kind != lifecycle.Provision {
		return lifecycle.Move{}, false
	}
	return lifecycle.FindMove(lifecycle.Provisioning, lifecycle.Abort)
}

func (f RunForm) ask() askBox {
	box := askBox{
		TestID: "run-form", Form: runForm(f.Run.ID), Question: f.question(), Error: f.Error, Lines: f.lines(),
		Hidden: []Choice{{string(f.Action), "action", ""}, {f.Key, "key", ""}},
		Notes:  f.notesField(), Back: f.Run.path(), Dismiss: f.dismiss(), Confirm: f.confirm(), Tone: f.tone(), Icon: runActionIcons[f.Action],
	}
	if f.Action.NeedsReason() {
		box.Reason, box.Reasons = f.reasonField()
	}
	return box
}
