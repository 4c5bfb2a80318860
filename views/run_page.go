package views

import (
	"strconv"
	"time"

	"arcadia.example/console/lifecycle"
)

// RunPage is one run by itself, with what only those want to know who look for the cause of trouble.
type RunPage struct {
	Page
	Run   Run
	Error string // what went wrong with the last request
	Token int64  // of who holds it or held it last: writes of an older one are refused
	Steps []RunStepDetail
}

// RunStepDetail is what is stored about a step beside what the panel shows.
type RunStepDetail struct {
	Intent           string // JSON: what was to be called and how it is undone, written before the call
	Result           string // JSON: what came of it
	Error, ErrorKind string // of the newest try
	Request          string // under which the provider's support finds its call
	Tries, UndoTries RunTries
	Began, Ended     time.Time
	UndoBegan        time.Time
	Undone           time.Time
	Deadline         time.Time
}

// steps are those of which there is a record.
func (p RunPage) steps() []RunStep { return p.Run.Steps[:min(len(p.Run.Steps), len(p.Steps))] }

func (d RunStepDetail) facts(c Clock, s RunStep) []Fact {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return c.Day(t) + ", " + c.Second(t)
	}
	return []Fact{
		{Label: "Status", Text: statusTable[s.Status].step},
		{Label: "Tries", Text: d.Tries.all()},
		{Label: "Began", Text: at(d.Began)},
		{Label: "Ended", Text: at(d.Ended)},
		{Label: "Waits until", Text: at(d.Deadline)},
		{Label: "Tries to undo it", Text: d.UndoTries.all()},
		{Label: "Undoing began", Text: at(d.UndoBegan)},
		{Label: "Undone", Text: at(d.Undone)},
		{Label: "Trouble", Text: d.Error},
		{Label: "Kind of trouble", Text: errorKindLabel(d.ErrorKind)},
		{Label: "Provider's request", Text: d.Request, Mono: true},
	}
}

// RunForm is what a person fills in before telling a run something that asks.
type RunForm struct {
	Run        Run
	Action     lifecycle.RunAction
	Key        string           // one-time
	Reason     lifecycle.Reason // what was chosen, when the form comes back
	Notes      string
	Error      string // what went wrong; what was typed stays
	FieldError string // what is wrong with the reason or the note
}

// RunFormPage is the form as a page of its own, for those without script.
type RunFormPage struct {
	Page
	Form RunForm
}

// RunRefusal says that something cannot be told a run any more, and keeps what was typed.
type RunRefusal struct {
	Run   Run
	Text  string
	Notes string
}

// RunRefusalPage is RunRefusal as a page of its own.
type RunRefusalPage struct {
	Page
	Refusal RunRefusal
}

// RunResult is the answer to something that was told a run by htmx: every part that may show it, drawn anew.
type RunResult struct {
	Clock      Clock
	Card       RunCard // of the deployment's page
	Run        Run     // of the list and of its own page
	Deployment Deployment
	Panel      Panel
	Filter     RunFilter
	Counts     RunCounts
	Notice     *Notice
	Form       *RunForm    // the dialog again, with its error; nil closes it
	Refusal    *RunRefusal // the dialog says that it is not possible any more
}

func (f RunForm) question() string {
	if f.Action == lifecycle.RunAbort {
		return f.Action.Label() + " " + lowerFirst(f.Run.Kind.Label()) + " of " + f.Run.DeploymentName + "?"
	}
	if f.Run.Kind == lifecycle.Repoint {
		return "Is DNS of " + f.Run.DeploymentName + " as it should be?"
	}
	return "Is everything of " + f.Run.DeploymentName + " cleaned up?"
}

// lines say what the action means.
func (f RunForm) lines() []lifecycle.Consequence {
	if move, ok := f.move(); ok {
		return lifecycle.Consequences(move, lifecycle.MachineBuilding)
	}
	if f.Action == lifecycle.RunAbort {
		return []lifecycle.Consequence{
			{Subject: "Run", Text: f.Action.Summary(), Changes: true},
			{Subject: "Droplet", Text: "Destroyed, if one was created.", Changes: true},
			{Subject: "DNS", Text: "As it was before.", Changes: true},
		}
	}
	if f.Run.Kind == lifecycle.Repoint {
		return f.pointedLines()
	}
	lines := []lifecycle.Consequence{{Subject: "Run", Text: f.Action.Summary(), Changes: true}}
	if f.Run.Droplet != "" {
		lines = append(lines, lifecycle.Consequence{
			Subject: "Droplet", Text: f.Run.Droplet + ": look at the provider first. If it is still there, it goes on costing money and nobody here is told.", Changes: true,
		})
	}
	if f.Run.Hostname != "" {
		lines = append(lines, lifecycle.Consequence{Subject: "DNS", Text: f.Run.Hostname + " must not point at that droplet any more.", Changes: true})
	}
	return append(lines, lifecycle.Consequence{Subject: "Console", Text: "Does nothing more about it.", Changes: true})
}

// pointedLines say what the word about a run means that only points DNS.
func (f RunForm) pointedLines() []lifecycle.Consequence {
	lines := []lifecycle.Consequence{{Subject: "Run", Text: f.Run.summary(f.Action), Changes: true}, {Subject: "Droplet", Text: "Stays as it is."}}
	if f.Run.Hostname != "" {
		lines = append(lines, lifecycle.Consequence{Subject: "DNS", Text: f.Run.Hostname + " must lead to that droplet.", Changes: true})
	}
	return append(lines, lifecycle.Consequence{Subject: "Console", Text: "Points DNS again when the host name is edited, and takes former names back then.", Changes: true})
}

func (f RunForm) reasonField() (Field, []Choice) {
	var choices []Choice
	for _, r := range lifecycle.Abort.Reasons() {
		choices = append(choices, Choice{Value: string(r), Label: r.Label()})
	}
	return Field{Name: "reason", Label: "Reason", Value: string(f.Reason), Error: f.FieldError, Required: true}, choices
}

func (f RunForm) notesField() Field {
	field := Field{Name: "notes", Label: "Notes", Value: f.Notes, MaxLength: 10000, Rows: 3, Hint: inRecord}
	if _, moves := f.move(); moves {
		field.Hint = inTimeline
	}
	if f.Action.NeedsNote() {
		field.Label, field.Required, field.Error = "What you found and removed", true, f.FieldError
	}
	return field
}

// dismiss is the way out of the dialog.
func (f RunForm) dismiss() string {
	if f.Action == lifecycle.RunAbort {
		return letGoOn
	}
	return "Not yet"
}

func (f RunForm) confirm() string {
	if f.Action == lifecycle.RunAbort {
		return f.Action.Label() + " " + lowerFirst(f.Run.Kind.Label())
	}
	return f.Action.Label()
}

func (f RunForm) tone() string {
	if f.Action == lifecycle.RunAbort {
		return "button danger-fill"
	}
	return "button primary"
}

// facts are the technical details of a run.
func (p RunPage) facts() []Fact {
	r, c := p.Run, p.Clock()
	facts := []Fact{
		{Label: "Deployment", Text: r.DeploymentName, Href: deploymentPath(r.DeploymentID)},
		{Label: "Run", Text: r.ID, Mono: true},
		{Label: "Region", Text: r.Region},
		{Label: "Host name", Text: r.Hostname},
		{Label: "Droplet", Text: r.Droplet, Mono: true},
		{Label: "Fencing token", Text: strconv.FormatInt(p.Token, 10), Mono: true},
		{Label: "Asked for", Text: c.Full(r.Began)},
	}
	if !r.Ended.IsZero() {
		facts = append(facts, Fact{Label: "Ended", Text: c.Full(r.Ended)}, Fact{Label: "Took", Text: Elapsed(r.Ended.Sub(r.Began))})
	}
	if !r.AbortedAt.IsZero() {
		facts = append(facts, Fact{Label: "Asked to stop", Text: r.AbortedBy + ", " + c.Full(r.AbortedAt)})
	}
	return append(facts,
		Fact{Label: "Kind of trouble", Text: errorKindLabel(r.ErrorKind)},
		Fact{Label: "Provider's request", Text: r.Request, Mono: true},
	)
}

func errorKindLabel(kind string) string {
	for _, k := range ErrorKinds {
		if k.Value == kind {
			return k.Label
		}
	}
	return kind
}
