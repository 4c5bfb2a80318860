package views

import (
	"slices"
	"strconv"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"

	"github.com/a-h/templ"
)

// Run is one building, switching or releasing of a deployment's machine, as the screen shows it. Empty texts and zero times
// are left out.
type Run struct {
	ID             string
	DeploymentID   string
	DeploymentName string
	TenantName     string
	Hostname       string
	Region         string // code
	Droplet        string // its ID at the provider, once it is known
	Kind           lifecycle.RunKind
	Status         lifecycle.RunStatus
	Step           lifecycle.StepName // at which it stands
	Steps          []RunStep          // in order; none in a list
	Tries          RunTries           // where it stands among its steps

	Error     string // the newest trouble, in the provider's words
	Request   string // under which the provider's support finds the call that it is about
	ErrorKind string // "definite", "unknown", …
	Ending    string // what was said at its end
	By        string // who began it
	ActedAs   string
	AbortedBy string    // who asked for it to stop
	AbortedAt time.Time // zero: nobody

	Began    time.Time // when it was asked for
	Since    time.Time // at its step, or in its status where it is at none
	NextTry  time.Time // zero: at once, or never
	Ended    time.Time // zero: it is live
	Stuck    bool      // without progress for longer than it should be
	Controls []RunControl
}

// RunTries is where a run stands: step 3 of 7, try 2 of 8.
type RunTries struct{ Place, Of, Try, MaxTries int }

// RunStep is one step of a run.
type RunStep struct {
	Name     lifecycle.StepName
	Status   lifecycle.RunStatus
	Try      int // of it, or of its undoing when that has begun
	MaxTries int
	Plan     string   // what it will do, where more is known than its name
	Did      []Change // what it did: a droplet, an address, a record before and after
	Error    string
	Request  string    // as of a run
	Began    time.Time // of it, or of its undoing
	Ended    time.Time
	NextTry  time.Time
	Deadline time.Time // until when it waits
}

// RunControl is something that the viewer can tell a run now, with the one-time key of its form where it goes at once.
type RunControl struct {
	Action lifecycle.RunAction
	Key    string
}

// NewRunControls computes the buttons from the rules alone.
func NewRunControls(actor access.Actor, s lifecycle.RunSubject, newKey func() string) []RunControl {
	var controls []RunControl
	for _, o := range lifecycle.RunOptions(actor, s) {
		if !o.Open {
			continue
		}
		control := RunControl{Action: o.Action}
		if !o.Action.Asks() {
			control.Key = newKey()
		}
		controls = append(controls, control)
	}
	return controls
}

// RunCard is what a deployment's page says about its machine: the newest run, and those before.
type RunCard struct {
	Run     *Run // nil: there never was one
	Earlier []Run
	Error   string // what went wrong with the last request about it
	Whole   bool   // the run stands for itself, on its own page: open, and without a way there
}

// fresh is how long a run that ended still stands open: who watched it sees all of it.
const fresh = 2 * time.Minute

func (r Run) live() bool { return r.Status.Live() }

// goesOn reports whether the run changes without anybody's doing.
func (r Run) goesOn() bool { return r.live() && r.Status != lifecycle.RunNeedsOperator }

// open reports whether the steps are shown without being asked for.
func (p RunCard) open(c Clock) bool { return p.Whole || p.Run.Recent(c.Now) }

// leads reports whether the run is what people look for on the page: on a phone it comes before what can be done.
func (p RunCard) leads(c Clock) bool { return p.Run != nil && p.open(c) }

// Recent reports whether the run is on, or was until a moment ago.
func (r Run) Recent(now time.Time) bool { return r.live() || now.Sub(r.Ended) < fresh }

func (r Run) path() string { return runPath(r.ID) }

func runPath(id string) string { return "/provisioning/" + id }

func runActionsPath(id string) string { return runPath(id) + "/actions" }

// current is the step at which the run stands.
func (r Run) current() (RunStep, bool) {
	i := slices.IndexFunc(r.Steps, func(s RunStep) bool { return s.Name == r.Step })
	if i < 0 {
		return RunStep{}, false
	}
	return r.Steps[i], true
}

// following is the step after the present one, forwards or, when it is being undone, backwards.
func (r Run) following() (lifecycle.StepName, bool) {
	i := slices.IndexFunc(r.Steps, func(s RunStep) bool { return s.Name == r.Step })
	if r.Status == lifecycle.RunCompensating {
		for i--; i >= 0; i-- {
			if r.Steps[i].Status == lifecycle.RunDone && stepTable[r.Steps[i].Name].undoing != "" {
				return r.Steps[i].Name, true
			}
		}
		return "", false
	}
	if i+1 >= len(r.Steps) {
		return "", false
	}
	return r.Steps[i+1].Name, true
}

// finished is how many steps are done.
func (r Run) finished() int {
	n := 0
	for _, s := range r.Steps {
		if s.Status == lifecycle.RunDone {
			n++
		}
	}
	return n
}

// Located fills in where the run stands, from its kind and from the step at which it stands.
func (r Run) Located() Run {
	names := r.Kind.Steps()
	r.Tries = RunTries{Place: slices.Index(names, r.Step) + 1, Of: len(names)}
	if s, ok := r.current(); ok {
		r.Tries.Try, r.Tries.MaxTries = s.Try, s.MaxTries
		if !s.Began.IsZero() {
			r.Since = s.Began
		}
	}
	return r
}

// attrs are what the contract promises of the element of a run.
func (r Run) attrs() templ.Attributes {
	return templ.Attributes{
		"data-testid": "saga", "data-id": r.ID, "data-kind": string(r.Kind), "data-status": string(r.Status),
		"data-step": string(r.Step), "data-attempt": strconv.Itoa(r.Tries.Try),
	}
}

func (r Run) first() lifecycle.StepName { return r.Kind.Steps()[0] }

func (c RunControl) id(r Run) string { return "run-" + string(c.Action) + "-" + r.ID }

// runForm are the attributes of a form that tells a run something.
func runForm(id string) templ.Attributes {
	action := runActionsPath(id)
	return templ.Attributes{"method": "post", "action": action, "hx-post": action, "hx-swap": "none", "hx-sync": "this:drop"}
}

// runDialogLink are the attributes of a link that opens the dialog of an action; without script it leads to a page.
func runDialogLink(id string, a lifecycle.RunAction) templ.Attributes {
	href := runActionsPath(id) + "/" + string(a)
	return templ.Attributes{
		"href": href, "hx-get": href, "hx-target": "#dialog", "hx-swap": "innerHTML", "hx-sync": "this:drop",
		"aria-haspopup": "dialog", "data-testid": "run-" + string(a),
	}
}
