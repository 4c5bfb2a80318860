package lifecycle

import (
	"fmt"
	"time"
)

// Machine is how the machine of a deployment stands to its state: the words about a move depend on it.
type Machine int

// How a machine can stand.
const (
	MachineApart    Machine = iota // there is no provider here: the console marks states, and machines are switched apart from it
	MachineNone                    // there is a provider, but no machine is known
	MachineFollows                 // runs make it follow the state
	MachineBuilding                // a run builds it
	MachineGone                    // it was built here and is gone: another would be built
)

// Machine is how the deployment's machine stands to its state.
func (s Subject) Machine() Machine {
	switch {
	case s.Run.Builds():
		return MachineBuilding
	case !s.Provider:
		return MachineApart
	case s.Gone:
		return MachineGone
	case s.Droplet:
		return MachineFollows
	}
	return MachineNone
}

// WantedRun returns the run by which a machine would be brought to what the state asks for, if it may not be there yet.
func WantedRun(s State, hasDroplet bool) (RunKind, bool) {
	if !hasDroplet {
		return "", false
	}
	switch s.Facts().Droplet {
	case DropletOn:
		return PowerOn, true
	case DropletOff:
		return PowerOff, true
	case DropletReleased:
		return Release, true
	}
	return "", false
}

// MachineStatus is the machine's word for how a machine is.
type MachineStatus string

// How a machine can be, as far as the console knows.
const (
	MachineIsOn       MachineStatus = "on"       // a run saw it on
	MachineIsOff      MachineStatus = "off"      // a run saw it off
	MachineIsBuilt    MachineStatus = "building" // a run builds it
	MachineIsUndone   MachineStatus = "removing" // a run that built it removes it again
	MachineIsSwitched MachineStatus = "switching"
	MachineIsReleased MachineStatus = "releasing"
	MachineIsPointed  MachineStatus = "pointing" // DNS is being pointed at it
	MachineReleased   MachineStatus = "released"
	MachineTrouble    MachineStatus = "trouble" // a run needs an operator
	MachineMissing    MachineStatus = "none"    // there is none
	MachineUnknown    MachineStatus = "unknown" // nobody here ever looked
)

// MachineLine is a deployment's machine in one line, told apart from its state.
type MachineLine struct {
	Text   string // "Suspended; switching off, try 3 of 8, next in 40 s"
	Status MachineStatus
}

// MachineRunFacts are of the newest run of a deployment; the zero value: there was none.
type MachineRunFacts struct {
	Kind                 RunKind
	Status               RunStatus
	Attempt, MaxAttempts int       // of the step at which it stands; 0: not begun
	NextTry              time.Time // zero: none is set
}

// MachineLineOf tells how the machine is, from the state, whether a droplet is linked, and the newest run.
func MachineLineOf(s State, droplet bool, newest MachineRunFacts, now time.Time) MachineLine {
	if newest.Status.Live() {
		return liveLine(s, newest, now)
	}
	if !droplet {
		return withoutDroplet(s, newest)
	}
	wanted, _ := WantedRun(s, true)
	seen := newest.Status == RunDone && (newest.Kind == wanted || newest.Kind.Builds() && wanted == PowerOn)
	seen = seen || newest.Kind == Repoint // it makes way for whatever the machine still has to do, and follows it
	switch {
	case seen && wanted == PowerOn:
		return MachineLine{"On", MachineIsOn}
	case seen && wanted == PowerOff:
		return MachineLine{"Off, kept", MachineIsOff}
	case wanted == PowerOn:
		return MachineLine{"Should be on; not switched by the console so far", MachineUnknown}
	case wanted == PowerOff:
		return MachineLine{"Should be off; not switched by the console so far", MachineUnknown}
	}
	return MachineLine{"Unknown to the console", MachineUnknown}
}

func withoutDroplet(s State, newest MachineRunFacts) MachineLine {
	switch {
	case newest.Kind == Release && newest.Status == RunDone:
		return MachineLine{"Released", MachineReleased}
	case newest.Status == RunCompensated:
		return MachineLine{"None: what was built was removed again", MachineMissing}
	case newest.Status == RunFailed:
		return MachineLine{"None: removed by hand", MachineMissing}
	case s == Archived:
		return MachineLine{"None known to the console", MachineMissing}
	}
	return MachineLine{"Unknown to the console", MachineUnknown}
}

var liveWords = map[RunKind]struct {
	going, trouble string
	status         MachineStatus
}{
	Provision: {"being built", "the rollback is incomplete", MachineIsBuilt},
	Rebuild:   {"being built anew", "the rollback is incomplete", MachineIsBuilt},
	PowerOn:   {"switching on", "could not be switched on", MachineIsSwitched},
	PowerOff:  {"switching off", "could not be switched off", MachineIsSwitched},
	Release:   {"being released", "could not be released", MachineIsReleased},
	Repoint:   {"DNS is being pointed", "DNS could not be pointed", MachineIsPointed},
}

func liveLine(s State, newest MachineRunFacts, now time.Time) MachineLine {
	words, begin := liveWords[newest.Kind], s.Label()+"; "
	switch newest.Status {
	case RunNeedsOperator:
		return MachineLine{begin + words.trouble + ": needs an operator", MachineTrouble}
	case RunCompensating:
		return MachineLine{begin + "what was built is being removed" + triesText(newest, now), MachineIsUndone}
	case RunRetrying:
		return MachineLine{begin + words.going + triesText(newest, now), words.status}
	}
	return MachineLine{begin + words.going + "…", words.status}
}

// triesText says which try this was and when the next comes, where one failed: ", try 3 of 8, next in 40 s".
func triesText(newest MachineRunFacts, now time.Time) string {
	left := newest.NextTry.Sub(now)
	if newest.Attempt == 0 || left <= 0 {
		return "…"
	}
	return fmt.Sprintf(", try %d of %d, next in %s", newest.Attempt, newest.MaxAttempts, soonText(left))
}

// soonText is a time to come, rounded up: "40 s", "3 min".
func soonText(d time.Duration) string {
	if d <= 90*time.Second {
		return fmt.Sprintf("%d s", (d+time.Second-1)/time.Second)
	}
	return fmt.Sprintf("%d min", (d+time.Minute-1)/time.Minute)
}
