package lifecycle

import "time"

// RunGroup is a part of all runs, as people look for them.
type RunGroup string

// The groups. A stuck run is in two of them.
const (
	RunsRunning      RunGroup = "running"        // under way: forwards or backwards, also between two tries
	RunsWaiting      RunGroup = "waiting"        // not begun
	RunsNeedOperator RunGroup = "needs_operator" // does not go on by itself
	RunsStuck        RunGroup = "stuck"          // should go on by itself and has not for longer than StuckAfter
	RunsFinished     RunGroup = "finished"
)

// RunGroups lists all groups in the order in which they are shown.
var RunGroups = []RunGroup{RunsRunning, RunsWaiting, RunsNeedOperator, RunsStuck, RunsFinished}

var runGroupTable = map[RunGroup]struct {
	label    string
	statuses []RunStatus
}{
	RunsRunning:      {"Running", []RunStatus{RunRunning, RunRetrying, RunCompensating}},
	RunsWaiting:      {"Waiting", []RunStatus{RunWaiting}},
	RunsNeedOperator: {"Needs operator", []RunStatus{RunNeedsOperator}},
	RunsStuck:        {"Stuck", []RunStatus{RunWaiting, RunRunning, RunRetrying, RunCompensating}},
	RunsFinished:     {"Finished", []RunStatus{RunDone, RunCompensated, RunFailed}},
}

// Valid reports whether there is such a group.
func (g RunGroup) Valid() bool { _, ok := runGroupTable[g]; return ok }

// Label is the group for the screen.
func (g RunGroup) Label() string { return runGroupTable[g].label }

// Statuses lists the statuses of the runs in the group; all of them for the empty group.
func (g RunGroup) Statuses() []RunStatus {
	if g == "" {
		return append([]RunStatus(nil), RunStatuses...)
	}
	return append([]RunStatus(nil), runGroupTable[g].statuses...)
}

// StuckAfter is how long a run may stand at a step without any progress before it is listed as stuck: much longer than a
// try takes, and the wait for a droplet longer than its deadline. The empty name is before the first step.
func StuckAfter(step StepName) time.Duration {
	switch {
	case step == StepWait:
		return 20 * time.Minute
	case step.Outside():
		return 5 * time.Minute
	}
	return 2 * time.Minute
}
