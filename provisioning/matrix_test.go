package provisioning

import (
	"fmt"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
)

// fault is what happens to a step of a run, once.
type fault string

const (
	timeoutAfterSuccess fault = "timeout after success"
	reset               fault = "reset"
	status500           fault = "500"
	status422           fault = "422"
	status429           fault = "429"
	killBeforeCall      fault = "kill before the call"
	killAfterCall       fault = "kill after the call"
	killBefore          fault = "kill before"
	killBeforeCommit    fault = "kill before the commit"
	killAfterCommit     fault = "kill after the commit"
	noFault             fault = "no fault"
)

var (
	outsideFaults = []fault{
		timeoutAfterSuccess, reset, status500, status422, status429, killBeforeCall, killAfterCall, killBeforeCommit, killAfterCommit,
	}
	localFaults = []fault{killBefore, killBeforeCommit, killAfterCommit}
)

// injected is what the provider does; a reset comes after the effect as the time-out does, a 500 without any.
var injected = map[fault]cloudsim.FaultKind{
	timeoutAfterSuccess: cloudsim.HangAfter, reset: cloudsim.ResetAfter, status500: cloudsim.Fail, status422: cloudsim.Refuse, status429: cloudsim.Limit,
}

// compensation is how the calls fare by which a run is undone.
type compensation string

const (
	works       compensation = "compensation works"
	failsOnce   compensation = "compensation fails once"
	failsAlways compensation = "compensation fails always"
)

// Then is what else happens, so that a run has something to undo whose fault it would have got over.
type then string

const (
	andGoesOn   then = ""                    // nothing: the fault alone decides
	isRefused   then = "then DNS is refused" // a later step fails for good: the provider answers 422
	isAborted   then = "aborted at that moment"
	cannotUndo  then = "it is over by then"
	withOld          = true  // the host name points elsewhere before
	withoutOld       = false // there is no record
	noneAtAll        = 0
	oneOfTheRun      = 1
)

// trial is one row of the matrix: a fault of a step, and what follows.
type trial struct {
	step  lifecycle.StepName
	fault fault
	then  then
	old   bool

	alone   lifecycle.RunStatus // how it ends when nothing else goes wrong
	undoes  bool                // undoing it calls the provider for a change: there is something that can fail
	creates int                 // creations that had an effect at the provider, in all
}

const (
	done        = lifecycle.RunDone
	compensated = lifecycle.RunCompensated
)

// trials are the 39 rows. After a fault of whose effect nobody knows, the abort comes at that very moment: what is undone then is the unknown.
var trials = []trial{
	{lifecycle.StepMark, killBefore, isRefused, withOld, done, true, oneOfTheRun},
	{lifecycle.StepMark, killBeforeCommit, isRefused, withoutOld, done, true, oneOfTheRun},
	{lifecycle.StepMark, killAfterCommit, isRefused, withOld, done, true, oneOfTheRun},

	{lifecycle.StepCreate, timeoutAfterSuccess, isAborted, withOld, done, true, oneOfTheRun},
	{lifecycle.StepCreate, reset, isAborted, withoutOld, done, true, oneOfTheRun},
	{lifecycle.StepCreate, status500, isRefused, withOld, done, true, oneOfTheRun},
	{lifecycle.StepCreate, status422, andGoesOn, withoutOld, compensated, false, noneAtAll},
	{lifecycle.StepCreate, status429, isRefused, withOld, done, true, oneOfTheRun},
	{lifecycle.StepCreate, killBeforeCall, isRefused, withoutOld, done, true, oneOfTheRun},
	{lifecycle.StepCreate, killAfterCall, isAborted, withOld, done, true, oneOfTheRun},
	{lifecycle.StepCreate, killBeforeCommit, isAborted, withoutOld, done, true, oneOfTheRun},
	{lifecycle.StepCreate, killAfterCommit, isAborted, withOld, done, true, oneOfTheRun},

	{lifecycle.StepWait, timeoutAfterSuccess, isRefused, withOld, done, true, oneOfTheRun},
	{lifecycle.StepWait, reset, isAborted, withoutOld, done, true, oneOfTheRun},
	{lifecycle.StepWait, status500, isAborted, withOld, done, true, oneOfTheRun},
	{lifecycle.StepWait, status422, andGoesOn, withoutOld, compensated, true, oneOfTheRun},
	{lifecycle.StepWait, status429, isAborted, withOld, done, true, oneOfTheRun},
	{lifecycle.StepWait, killBeforeCall, isAborted, withoutOld, done, true, oneOfTheRun},
	{lifecycle.StepWait, killAfterCall, isRefused, withOld, done, true, oneOfTheRun},
	{lifecycle.StepWait, killBeforeCommit, isRefused, withoutOld, done, true, oneOfTheRun},
	{lifecycle.StepWait, killAfterCommit, isAborted, withOld, done, true, oneOfTheRun},

	{lifecycle.StepRegister, killBefore, isRefused, withOld, done, true, oneOfTheRun},
	{lifecycle.StepRegister, killBeforeCommit, isAborted, withoutOld, done, true, oneOfTheRun},
	{lifecycle.StepRegister, killAfterCommit, isRefused, withOld, done, true, oneOfTheRun},

	{lifecycle.StepLink, killBefore, isRefused, withOld, done, true, oneOfTheRun},
	{lifecycle.StepLink, killBeforeCommit, isAborted, withoutOld, done, true, oneOfTheRun},
	{lifecycle.StepLink, killAfterCommit, isRefused, withOld, done, true, oneOfTheRun},

	{lifecycle.StepDNS, timeoutAfterSuccess, isAborted, withOld, done, true, oneOfTheRun},
	{lifecycle.StepDNS, reset, isAborted, withoutOld, done, true, oneOfTheRun},
	{lifecycle.StepDNS, status500, isAborted, withOld, done, true, oneOfTheRun},
	{lifecycle.StepDNS, status422, andGoesOn, withoutOld, compensated, true, oneOfTheRun},
	{lifecycle.StepDNS, status429, isAborted, withOld, done, true, oneOfTheRun},
	{lifecycle.StepDNS, killBeforeCall, isAborted, withoutOld, done, true, oneOfTheRun},
	{lifecycle.StepDNS, killAfterCall, isAborted, withOld, done, true, oneOfTheRun},
	{lifecycle.StepDNS, killBeforeCommit, isAborted, withoutOld, done, true, oneOfTheRun},
	{lifecycle.StepDNS, killAfterCommit, isAborted, withOld, done, true, oneOfTheRun},

	{lifecycle.StepActivate, killBefore, isAborted, withOld, done, true, oneOfTheRun},
	{lifecycle.StepActivate, killBeforeCommit, isAborted, withoutOld, done, true, oneOfTheRun},
	{lifecycle.StepActivate, killAfterCommit, cannotUndo, withOld, done, false, oneOfTheRun},
}

// cell is a trial with one fate of its compensation; with none it is the trial alone, which shows how a run gets over the fault.
type cell struct {
	trial
	compensation compensation
}

func (c cell) name() string {
	if c.compensation == "" {
		return fmt.Sprintf("%s, %s, alone", c.step, c.fault)
	}
	return fmt.Sprintf("%s, %s, %s", c.step, c.fault, c.compensation)
}

// cells are the 117 of the matrix.
func cells() []cell {
	var all []cell
	for _, t := range trials {
		for _, how := range []compensation{works, failsOnce, failsAlways} {
			all = append(all, cell{t, how})
		}
	}
	return all
}

// alone are the trials in which nothing but the fault goes wrong.
func alone() []cell {
	var all []cell
	for _, t := range trials {
		t.then = andGoesOn
		all = append(all, cell{trial: t})
	}
	return all
}

// ends is the status in which the run of the cell must end.
func (c cell) ends() lifecycle.RunStatus {
	switch {
	case c.compensation == "" || c.then == cannotUndo:
		return c.alone
	case c.compensation == failsAlways && c.undoes:
		return lifecycle.RunNeedsOperator
	}
	return compensated
}
