package views

import (
	"strconv"
	"strings"

	"arcadia.example/console/lifecycle"
)

// stepWords say what goes on in a step.
type stepWords struct {
	doing   string // "creating the droplet"
	undoing string // "destroying the droplet"; empty: there is nothing to undo
	undone  string // "Droplet destroyed"
	left    string // what is left behind if it cannot be undone
}

var stepTable = map[lifecycle.StepName]stepWords{
	lifecycle.StepMark:     {doing: "checking that it may begin"},
	lifecycle.StepCreate:   {"creating the droplet", "destroying the droplet", "Droplet destroyed", "the droplet may still cost money"},
	lifecycle.StepWait:     {doing: "waiting until the droplet is on"},
	lifecycle.StepRegister: {"registering the droplet", "taking the droplet out of the inventory", "Taken out of the inventory", "the inventory may still name the droplet"},
	lifecycle.StepLink:     {"linking the droplet to the deployment", "unlinking the droplet", "Droplet unlinked", "the deployment may still name the droplet"},
	lifecycle.StepDNS:      {"pointing DNS at the droplet", "restoring DNS", "DNS as it was before", "DNS may still point at the droplet"},
	lifecycle.StepActivate: {doing: "activating"},
	lifecycle.StepPower:    {doing: "switching the droplet"},
	lifecycle.StepUnpoint:  {doing: "removing the DNS record", left: "DNS may still point at the droplet"},
	lifecycle.StepDestroy:  {doing: "destroying the droplet", left: "the droplet may still cost money"},
	lifecycle.StepUnlink:   {doing: "unlinking the droplet", left: "the deployment may still name the droplet"},
}

// doing is what goes on in a step of a run of this kind.
func doing(kind lifecycle.RunKind, step lifecycle.StepName) string {
	switch {
	case step == lifecycle.StepPower && kind == lifecycle.PowerOn:
		return "switching the droplet on"
	case step == lifecycle.StepPower:
		return "switching the droplet off"
	case step == lifecycle.StepActivate && kind == lifecycle.Rebuild:
		return "reactivating"
	case step == lifecycle.StepUnpoint && kind == lifecycle.Repoint:
		return "removing the DNS records of former names"
	}
	return stepTable[step].doing
}

// statusWords are the words and the shape of a status.
type statusWords struct{ label, step, icon string }

var statusTable = map[lifecycle.RunStatus]statusWords{
	lifecycle.RunWaiting:       {"Waiting", "Not begun", "circle"},
	lifecycle.RunRunning:       {"Running", "Under way", "loader-circle"},
	lifecycle.RunRetrying:      {"Retrying", "Trying again", "refresh-cw"},
	lifecycle.RunDone:          {"Done", "Done", "check"},
	lifecycle.RunCompensating:  {"Rolling back", "Being undone", "undo-2"},
	lifecycle.RunCompensated:   {"Rolled back", "Undone", "rotate-ccw"},
	lifecycle.RunFailed:        {"Ended unfinished", "Not done", "x"},
	lifecycle.RunNeedsOperator: {"Needs operator", "Needs operator", "octagon-alert"},
}

// StatusLabel is the word on the badge of a run.
func StatusLabel(s lifecycle.RunStatus) string { return statusTable[s].label }

func statusIcon(s lifecycle.RunStatus) string { return statusTable[s].icon }

var pastKinds = map[lifecycle.RunKind]string{
	lifecycle.Provision: "Provisioned", lifecycle.Rebuild: "Rebuilt", lifecycle.PowerOn: "Switched on",
	lifecycle.PowerOff: "Switched off", lifecycle.Release: "Released", lifecycle.Repoint: "DNS pointed",
}

// title names the run: by what it does, or by what it did.
func (r Run) title() string {
	if r.Status == lifecycle.RunDone && r.Ending == "" { // else it was no longer wanted
		return pastKinds[r.Kind]
	}
	return r.Kind.Label()
}

// headline is the run in one line, to which its time is added: "Provisioning: waiting until the droplet is on, step 3 of 7,".
func (r Run) headline() string {
	switch r.Status {
	case lifecycle.RunDone:
		return r.title()
	case lifecycle.RunCompensated, lifecycle.RunFailed:
		return r.Kind.Label() + ": " + r.phase()
	}
	text := r.Kind.Label() + ": " + r.phase()
	if r.Status == lifecycle.RunNeedsOperator {
		return text
	}
	return join(", ", text, r.Tries.step()) + ","
}

// phase is what goes on, in the middle of a sentence.
func (r Run) phase() string {
	if r.stopping() {
		return "stopping, " + doing(r.Kind, r.Step)
	}
	switch r.Status {
	case lifecycle.RunWaiting:
		return "waiting to begin"
	case lifecycle.RunRunning:
		return doing(r.Kind, r.Step)
	case lifecycle.RunRetrying:
		return "trying again, " + doing(r.Kind, r.Step)
	case lifecycle.RunCompensating:
		if undoing := stepTable[r.Step].undoing; undoing != "" {
			return "rolling back, " + undoing
		}
		return "rolling back"
	case lifecycle.RunNeedsOperator:
		return lowerFirst(r.trouble())
	}
	return strings.ToLower(StatusLabel(r.Status))
}

// trouble says what an operator has to see to.
func (r Run) trouble() string {
	left := stepTable[r.Step].left
	if r.Droplet != "" {
		left = strings.Replace(left, "the droplet", "droplet "+r.Droplet, 1)
	}
	switch {
	case r.Kind.Builds() && left != "":
		return "Rollback incomplete: " + left
	case r.Kind.Builds():
		return "Rollback incomplete"
	case r.Kind == lifecycle.Release && left != "":
		return "Release incomplete: " + left
	case r.Kind == lifecycle.Repoint && r.Step == lifecycle.StepUnpoint:
		return "DNS is pointed, but a former name may still lead to the droplet"
	case r.Kind == lifecycle.Repoint:
		return "DNS could not be pointed at " + r.Hostname
	case r.Kind == lifecycle.PowerOff:
		return "The droplet could not be switched off"
	case r.Kind == lifecycle.PowerOn:
		return "The droplet could not be switched on"
	}
	return r.Kind.Label() + " is incomplete"
}

// step is where the run stands: "step 3 of 7"; empty where there is but one.
func (t RunTries) step() string {
	if t.Place == 0 || t.Of < 2 {
		return ""
	}
	return "step " + strconv.Itoa(t.Place) + " of " + strconv.Itoa(t.Of)
}

// try is which attempt it is: "try 2 of 8"; empty at the first.
func (t RunTries) try() string {
	if t.Try < 2 {
		return ""
	}
	return "try " + strconv.Itoa(t.Try) + " of " + strconv.Itoa(t.MaxTries)
}

// all is how many of the tries were made: "2 of 8"; empty before the first.
func (t RunTries) all() string {
	if t.Try == 0 {
		return ""
	}
	return strconv.Itoa(t.Try) + " of " + strconv.Itoa(t.MaxTries)
}

func (s RunStep) tries() RunTries { return RunTries{Try: s.Try, MaxTries: s.MaxTries} }

// says is the line below a step, where it did nothing that is listed.
func (s RunStep) says(r Run) string {
	switch s.Status {
	case lifecycle.RunWaiting:
		return s.Plan
	case lifecycle.RunRunning:
		if r.rests() && s.Name == r.Step { // told to come later, which is no failed try
			return "Waits for the next try"
		}
		return join(", ", upperFirst(doing(r.Kind, s.Name)), s.tries().try())
	case lifecycle.RunRetrying:
		return "Try " + strconv.Itoa(s.Try) + " of " + strconv.Itoa(s.MaxTries) + " failed"
	case lifecycle.RunCompensating:
		return join(", ", upperFirst(stepTable[s.Name].undoing), s.tries().try())
	case lifecycle.RunCompensated:
		if s.Name == lifecycle.StepCreate && r.Droplet == "" {
			return "No droplet is left"
		}
		return or(stepTable[s.Name].undone, "Nothing to undo")
	case lifecycle.RunNeedsOperator:
		undoing := ""
		if r.Kind.Builds() {
			undoing = upperFirst(stepTable[s.Name].undoing)
		}
		return join(": ", undoing, strconv.Itoa(s.Try)+" tries failed")
	case lifecycle.RunFailed:
		return join(": ", statusTable[s.Status].step, s.Error)
	}
	return statusTable[s.Status].step
}

var runActionIcons = map[lifecycle.RunAction]string{
	lifecycle.RunRetry: "refresh-cw", lifecycle.RunAbort: "x", lifecycle.RunResume: "undo-2", lifecycle.RunClean: "brush-cleaning",
}

// summary is what an action does with this run, in one line.
func (r Run) summary(a lifecycle.RunAction) string {
	if r.Kind == lifecycle.Repoint && a == lifecycle.RunClean {
		return "Ends the run: you say that DNS is as it should be."
	}
	return a.Summary()
}

// controlTone styles the button of an action on a run.
func controlTone(a lifecycle.RunAction) string {
	if a == lifecycle.RunAbort {
		return "button small danger"
	}
	return "button small"
}

// controlLabel is the word on the button; three dots where a dialog comes first.
func controlLabel(a lifecycle.RunAction) string {
	if a.Asks() {
		return a.Label() + "…"
	}
	return a.Label()
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// join puts what there is together.
func join(between string, parts ...string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	return strings.Join(there, between)
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
