package views

import (
	"arcadia.example/console/lifecycle"
)

// sentence is what stands first in the panel of a run.
func (r Run) sentence() string {
	if r.stopping() {
		return "Stopping: what was built is removed next"
	}
	switch r.Status {
	case lifecycle.RunRetrying:
		return upperFirst(doing(r.Kind, r.Step)) + " failed; it is tried again"
	case lifecycle.RunNeedsOperator:
		return r.trouble()
	case lifecycle.RunDone:
		return or(r.Ending, pastKinds[r.Kind])
	case lifecycle.RunCompensated:
		return "Rolled back: nothing of it is left"
	case lifecycle.RunFailed:
		return "Ended unfinished, by a person's word"
	}
	return upperFirst(r.phase())
}

// stopping reports whether somebody asked the run to stop and it has not begun to undo what it did. No step comes after.
func (r Run) stopping() bool {
	return r.AbortedBy != "" && (r.Status == lifecycle.RunWaiting || r.Status == lifecycle.RunRunning || r.Status == lifecycle.RunRetrying)
}

// undoes reports whether the run goes back: it removes what it built, or is about to.
func (r Run) undoes() bool { return r.stopping() || r.Status == lifecycle.RunCompensating }

// because is why it stands so: in the words of the provider, or of the person who decided.
func (r Run) because() string {
	aborted := ""
	if r.AbortedBy != "" {
		aborted = r.AbortedBy + " asked for it to stop."
	}
	switch r.Status {
	case lifecycle.RunFailed:
		return r.Ending
	case lifecycle.RunDone:
		return ""
	case lifecycle.RunWaiting:
		return aborted
	case lifecycle.RunRunning:
		if aborted != "" {
			return aborted + " It does so after this step."
		}
		return ""
	}
	return join(" ", aborted, r.Error)
}

// request is that of the sentence because: nothing where that has no words of the provider.
func (r Run) request() string {
	switch r.Status {
	case lifecycle.RunFailed, lifecycle.RunDone, lifecycle.RunWaiting, lifecycle.RunRunning:
		return ""
	}
	return r.Request
}

// hindrance is what stands in the way of the rollback, besides what it is for.
func (r Run) hindrance() string {
	if s, ok := r.current(); ok && r.Status == lifecycle.RunCompensating && s.Error != "" && (s.Error != r.Error || s.Request != r.Request) {
		return upperFirst(stepTable[r.Step].undoing) + " failed: " + s.Error
	}
	return ""
}

// aftermath says what is left of a run that is over.
func (r Run) aftermath() string {
	switch {
	case r.Status == lifecycle.RunCompensated && r.Kind == lifecycle.Provision:
		return "The deployment is cancelled; what was built is removed, and DNS is as it was."
	case r.Status == lifecycle.RunCompensated:
		return "The deployment stays cancelled; what was built is removed, and DNS is as it was."
	case r.Status == lifecycle.RunDone && r.Kind == lifecycle.Repoint && r.Ending == "":
		return "The host name leads to the droplet, and no former one does."
	case r.Status == lifecycle.RunFailed:
		return "The console does nothing more about it."
	}
	return "Nothing more is to be done."
}

// nextTry leads to the time of the next try. Tries are counted as everywhere: those that were made. Being told to wait is none.
func (r Run) nextTry() string {
	if r.ErrorKind == "limited" || r.Tries.Try == 0 {
		return "Next try"
	}
	return "Try " + r.Tries.all() + " failed; next"
}

// rests reports whether the next try is at a time that people want to know; a run that polls is at work.
func (r Run) rests() bool {
	return !r.NextTry.IsZero() && (r.Status == lifecycle.RunRetrying || r.Status == lifecycle.RunCompensating)
}

// labelOf is the step as what comes next.
func (r Run) labelOf(step lifecycle.StepName) string {
	if r.Status == lifecycle.RunCompensating {
		return stepTable[step].undoing
	}
	return step.Label(r.Kind)
}
