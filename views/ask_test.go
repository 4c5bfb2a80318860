package views

import (
	"strings"
	"testing"

	"arcadia.example/console/lifecycle"
)

// Whether provisioning is aborted at the deployment or at its run, people read the same.
func TestBothAbortsReadTheSame(t *testing.T) {
	move, _ := lifecycle.FindMove(lifecycle.Provisioning, lifecycle.Abort)
	run := SampleRun(lifecycle.RunRunning, noon)
	atRun := RunForm{Run: run, Action: lifecycle.RunAbort, Key: "k"}
	atDeployment := TransitionForm{
		DeploymentID: run.DeploymentID, DeploymentName: run.DeploymentName, TenantName: run.TenantName, Move: move,
		Machine: lifecycle.MachineBuilding, Since: run.Began, Version: 1, Key: "k",
	}
	c := Clock{Now: noon}
	words := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	one, other := words(content(draw(t, RunDialog(c, atRun)).root)), words(content(draw(t, TransitionDialog(c, atDeployment)).root))
	if one != other {
		t.Errorf("at the run:\n%s\nat the deployment:\n%s", one, other)
	}
	for _, want := range []string{"Abort provisioning of storefront-eu?", "Northwind Traders · provisioning for under a minute", "What was built is removed by the run", "Let it go on", "Reason"} {
		if !strings.Contains(one, want) {
			t.Errorf("it does not say %q: %s", want, one)
		}
	}
}

// A rebuilding leads to no other state, and its abort says so.
func TestTheAbortOfARebuildingPromisesNoMove(t *testing.T) {
	run := sampleRun(lifecycle.Rebuild, noon)
	text := content(draw(t, RunDialog(Clock{Now: noon}, RunForm{Run: run, Action: lifecycle.RunAbort})).root)
	if !strings.Contains(text, "Abort rebuilding of storefront-eu?") || !strings.Contains(text, "leaves the deployment cancelled") || strings.Contains(text, "Billing") {
		t.Errorf("it says %q", text)
	}
}
