package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"arcadia.example/console/access"
)

// RunAction is what a person can tell a run.
type RunAction string

// The actions on a run.
const (
	RunRetry  RunAction = "retry"  // try again now
	RunAbort  RunAction = "abort"  // stop, and undo what was done
	RunResume RunAction = "resume" // go on with a rollback that was given up
	RunClean  RunAction = "clean"  // a person has seen to what is left over: the run is over
)

// RunActions lists all actions on a run in the order in which they are shown.
var RunActions = []RunAction{RunRetry, RunAbort, RunResume, RunClean}

var runActionTable = map[RunAction]struct{ label, done, summary string }{
	RunRetry:  {"Retry now", "retried", "Goes on at once instead of at its time."},
	RunAbort:  {"Abort", "aborted", "Stops, removes what was built, and leaves the deployment cancelled."},
	RunResume: {"Resume rollback", "resumed", "Tries again to remove what is left over."},
	RunClean:  {"Mark as cleaned", "marked as cleaned", "Ends the run: you say that nothing of its droplet and its DNS record is left."},
}

// Valid reports whether there is such an action.
func (a RunAction) Valid() bool { _, ok := runActionTable[a]; return ok }

// Label is the word on the button.
func (a RunAction) Label() string { return runActionTable[a].label }

// Done is the past participle for sentences: "retried".
func (a RunAction) Done() string { return runActionTable[a].done }

// Summary is what the action does, in one line.
func (a RunAction) Summary() string { return runActionTable[a].summary }

// Asks reports whether the action opens a dialog; the others go at once.
func (a RunAction) Asks() bool { return a == RunAbort || a == RunClean }

// NeedsReason reports whether the action is refused without a reason code: one of those of Abort.
func (a RunAction) NeedsReason() bool { return a == RunAbort }

// NeedsNote reports whether the action is refused without words of the person: nobody else knows what was found and done.
func (a RunAction) NeedsNote() bool { return a == RunClean }

// RunSubject is a run as a decision sees it.
type RunSubject struct {
	Kind      RunKind
	Status    RunStatus
	Aborting  bool  // it was asked to stop
	Resting   bool  // the time of its next try is still to come
	DropletID int64 // that it has to answer for; 0: none that is known
	Gone      bool  // the provider's last word was that it has no such droplet
}

// RunOption is one action as it stands for one actor and one run now: a button, or the reason why there is none.
type RunOption struct {
	Action RunAction
	Open   bool   // DecideRun would accept it, with the reason or note that it needs
	Why    string // when not open: how the run stands before the role; no full stop at the end
}

// RunOptions lists every action once, in their order.
func RunOptions(actor access.Actor, s RunSubject) []RunOption {
	options := make([]RunOption, len(RunActions))
	for i, a := range RunActions {
		options[i] = RunOption{Action: a, Open: true}
		for _, refusal := range []*Refusal{runStands(s, a), PermitRun(actor, s.Kind, a)} {
			if refusal != nil {
				options[i] = RunOption{Action: a, Why: strings.TrimSuffix(refusal.Text, ".")}
				break
			}
		}
	}
	return options
}

// DecideRun answers one request: nil, or why not. In this order: permission; how the run stands; the reason and the note.
func DecideRun(actor access.Actor, s RunSubject, a RunAction, reason Reason, note string) *Refusal {
	if !a.Valid() {
		return &Refusal{Code: RunStands, Text: "There is no such action."}
	}
	if refusal := PermitRun(actor, s.Kind, a); refusal != nil {
		return refusal
	}
	if refusal := runStands(s, a); refusal != nil {
		return refusal
	}
	switch {
	case a.NeedsReason() && reason == "":
		return &Refusal{Code: ReasonMissing, Text: "Choose a reason: a run is not aborted without one."}
	case a.NeedsReason() && !slices.Contains(Abort.Reasons(), reason):
		return &Refusal{Code: ReasonUnknown, Text: "That is not a reason for " + a.Label() + "."}
	case a.NeedsNote() && strings.TrimSpace(note) == "":
		return &Refusal{Code: NoteMissing, Text: "Say what you found and what you removed: it stands in the record."}
	}
	return nil
}

// PermitStart asks whether the actor may have a machine built for a new deployment.
func PermitStart(actor access.Actor) *Refusal {
	if actor.Can(access.StartRuns) {
		return nil
	}
	who := access.StartRuns.Needs()
	return &Refusal{Code: Forbidden, To: Provisioning, Needs: who | access.Admin, Text: needsText(who)}
}

// PermitRun asks whether the actor may tell that to a run of the kind at all. To abort provisioning is a move of the
// deployment, and the map says who may make it.
func PermitRun(actor access.Actor, kind RunKind, a RunAction) *Refusal {
	if kind == Provision && a == RunAbort {
		refusal := Permit(actor, Provisioning, Abort)
		if refusal != nil {
			refusal.From, refusal.To = "", ""
		}
		return refusal
	}
	if permits(actor, access.Operator, nil) {
		return nil
	}
	return &Refusal{Code: Forbidden, Needs: access.Operator | access.Admin, Text: needsText(access.Operator)}
}

// runStands is why a run cannot be told that now.
func runStands(s RunSubject, a RunAction) *Refusal {
	if text := runStandsText(s, a); text != "" {
		return &Refusal{Code: RunStands, Text: text + "."}
	}
	return nil
}

func runStandsText(s RunSubject, a RunAction) string {
	if !s.Status.Live() {
		return "It is over"
	}
	switch a {
	case RunRetry:
		return retryText(s)
	case RunAbort:
		return abortText(s)
	case RunResume:
		return resumeText(s)
	}
	return cleanText(s)
}

// cleanText: of a machine that was in use and is only not switched, nobody's word takes it from its deployment while the provider has
// not said that it is gone. It would stand there with its customer's data, charged for and belonging to nothing.
func cleanText(s RunSubject) string {
	switch {
	case s.Status != RunNeedsOperator:
		return "It goes on by itself: only what needs an operator is cleaned up by hand"
	case s.Kind.switches() && !s.Gone:
		return fmt.Sprintf("Retry first: the provider has not said that droplet %d is gone", s.DropletID)
	}
	return ""
}

func retryText(s RunSubject) string {
	switch {
	case s.Status == RunNeedsOperator && s.Kind.Builds():
		return "Its rollback was given up; resume the rollback instead"
	case s.Status == RunNeedsOperator:
		return ""
	case s.Status == RunWaiting:
		return "It has not begun yet, and begins by itself"
	case s.Status == RunRunning || !s.Resting:
		return "It is at work now"
	}
	return ""
}

func abortText(s RunSubject) string {
	switch {
	case s.Kind == Repoint:
		return "It follows the host name of the deployment: edit that instead"
	case !s.Kind.Builds():
		return "It follows the state of the deployment: move that instead"
	case s.Status == RunNeedsOperator:
		return "It was stopped already, and its rollback was given up"
	case s.Status == RunCompensating:
		return "It is being rolled back already"
	case s.Aborting:
		return "It is being aborted already"
	}
	return ""
}

func resumeText(s RunSubject) string {
	switch {
	case s.Kind == Repoint:
		return "There is nothing to roll back: it follows the host name of the deployment"
	case !s.Kind.Builds():
		return "There is nothing to roll back: it follows the state of the deployment"
	case s.Status == RunCompensating:
		return "The rollback goes on by itself"
	case s.Status != RunNeedsOperator:
		return "Nothing is being rolled back"
	}
	return ""
}
