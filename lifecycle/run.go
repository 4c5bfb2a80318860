package lifecycle

import "slices"

// RunKind is what a run does with the machine of a deployment.
type RunKind string

// The kinds of run. The first two build a machine and end with a move; the next make the machine follow the state, and the last makes
// DNS follow the host name.
const (
	Provision RunKind = "provision"  // build what a new deployment needs, then activate
	Rebuild   RunKind = "reactivate" // the same for a cancelled deployment whose machine is gone, then reactivate
	PowerOn   RunKind = "power_on"
	PowerOff  RunKind = "power_off"
	Release   RunKind = "release" // give the host name and the machine back
	Repoint   RunKind = "repoint" // point DNS at the machine under another host name, and take the former one back
)

// RunKinds lists all kinds.
var RunKinds = []RunKind{Provision, Rebuild, PowerOn, PowerOff, Release, Repoint}

var runLabels = map[RunKind]string{
	Provision: "Provisioning", Rebuild: "Rebuilding", PowerOn: "Switching on", PowerOff: "Switching off", Release: "Releasing",
	Repoint: "Pointing DNS",
}

// Valid reports whether there is such a kind.
func (k RunKind) Valid() bool { _, ok := runLabels[k]; return ok }

// Label is the kind for the screen, as something that goes on: "Switching off".
func (k RunKind) Label() string { return runLabels[k] }

// Builds reports whether the run builds a machine and ends with a move of the deployment; what it did is undone when it
// fails. The other kinds follow a state or a host name that stands already, and undo nothing.
func (k RunKind) Builds() bool { return k == Provision || k == Rebuild }

// switches reports whether the run leaves everything there is where it is, and only has the machine on or off.
func (k RunKind) switches() bool { return k == PowerOn || k == PowerOff }

// RunStatus is where a run or one of its steps stands.
type RunStatus string

// The statuses. A run is live until it is done, compensated or failed.
const (
	RunWaiting       RunStatus = "waiting"        // not begun
	RunRunning       RunStatus = "running"        // under way
	RunRetrying      RunStatus = "retrying"       // a try failed; another follows
	RunDone          RunStatus = "done"           // all of it
	RunCompensating  RunStatus = "compensating"   // what was done is being undone
	RunCompensated   RunStatus = "compensated"    // undone: rolled back
	RunFailed        RunStatus = "failed"         // of a step: definitely not done. Of a run: ended unfinished by a person's word
	RunNeedsOperator RunStatus = "needs_operator" // cannot go on by itself; something may still cost money
)

// RunStatuses lists all statuses.
var RunStatuses = []RunStatus{
	RunWaiting, RunRunning, RunRetrying, RunDone, RunCompensating, RunCompensated, RunFailed, RunNeedsOperator,
}

// Valid reports whether there is such a status.
func (s RunStatus) Valid() bool {
	for _, known := range RunStatuses {
		if s == known {
			return true
		}
	}
	return false
}

// Live reports whether a run of this status is not over: no other run of the deployment may begin.
func (s RunStatus) Live() bool {
	switch s {
	case RunDone, RunCompensated, RunFailed, "":
		return false
	}
	return true
}

// StepName is one step of a run.
type StepName string

// The steps. Those that make calls to the provider are Outside.
const (
	StepMark     StepName = "mark"     // provisioning, or still cancelled when rebuilding
	StepCreate   StepName = "create"   // the droplet
	StepWait     StepName = "wait"     // until the droplet is on and has an address
	StepRegister StepName = "register" // in the inventory
	StepLink     StepName = "link"     // droplet and address to the deployment
	StepDNS      StepName = "dns"      // the host name to the address
	StepActivate StepName = "activate" // the move, at the end: activate or reactivate
	StepPower    StepName = "power"    // on or off, until it is so
	StepUnpoint  StepName = "unpoint"  // the records of the host name, or of the former ones, removed where they are still ours
	StepDestroy  StepName = "destroy"  // the droplet
	StepUnlink   StepName = "unlink"   // droplet and address from the deployment, in the inventory released
)

// stepFacts are what holds for a step wherever it stands.
type stepFacts struct {
	label   string // what it does, as an order: "Create droplet"
	outside bool
}

var stepTable = map[StepName]stepFacts{
	StepMark:     {"Mark provisioning", false},
	StepCreate:   {"Create droplet", true},
	StepWait:     {"Wait until it is on", true},
	StepRegister: {"Register in inventory", false},
	StepLink:     {"Link to deployment", false},
	StepDNS:      {"Point DNS", true},
	StepActivate: {"Activate", false},
	StepPower:    {"Switch droplet", true},
	StepUnpoint:  {"Remove DNS record", true},
	StepDestroy:  {"Destroy droplet", true},
	StepUnlink:   {"Unlink from deployment", false},
}

var runSteps = map[RunKind][]StepName{
	Provision: {StepMark, StepCreate, StepWait, StepRegister, StepLink, StepDNS, StepActivate},
	Rebuild:   {StepMark, StepCreate, StepWait, StepRegister, StepLink, StepDNS, StepActivate},
	PowerOn:   {StepPower},
	PowerOff:  {StepPower},
	Release:   {StepUnpoint, StepDestroy, StepUnlink},
	Repoint:   {StepDNS, StepUnpoint}, // in this order: the app is never without a name
}

// StepNames lists all steps, each once, in the order in which runs have them.
func StepNames() []StepName {
	var names []StepName
	for _, kind := range RunKinds {
		for _, name := range runSteps[kind] {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// MaxTries is how often a step, or its compensation, is tried before it is given up.
const MaxTries = 8

// Steps lists the steps of a run of this kind, in order.
func (k RunKind) Steps() []StepName { return append([]StepName(nil), runSteps[k]...) }

// Valid reports whether there is such a step.
func (n StepName) Valid() bool { _, ok := stepTable[n]; return ok }

// Outside reports whether the step calls the provider.
func (n StepName) Outside() bool { return stepTable[n].outside }

// Label is the step for the screen, in a run of a kind.
func (n StepName) Label(kind RunKind) string {
	switch {
	case n == StepActivate && kind == Rebuild:
		return "Reactivate"
	case n == StepMark && kind == Rebuild:
		return "Check that it is cancelled"
	case n == StepPower && kind == PowerOn:
		return "Switch droplet on"
	case n == StepPower:
		return "Switch droplet off"
	case n == StepUnpoint && kind == Repoint:
		return "Remove former DNS records"
	}
	return stepTable[n].label
}

// MachineRun returns the run that makes the machine follow a move, if one is needed: the machine is there, and what it
// should be doing changes.
func MachineRun(from, to State, hasDroplet bool) (RunKind, bool) {
	before, after := from.Facts().Droplet, to.Facts().Droplet
	switch {
	case !hasDroplet || before == after || before == DropletBuilding:
		return "", false
	case after == DropletOn:
		return PowerOn, true
	case after == DropletOff:
		return PowerOff, true
	case after == DropletReleased:
		return Release, true
	}
	return "", false
}
