package lifecycle_test

import (
	"testing"
	"time"

	"arcadia.example/console/lifecycle"
)

func TestMachineLine(t *testing.T) {
	t.Parallel()
	run := func(kind lifecycle.RunKind, status lifecycle.RunStatus, attempt int, next time.Duration) lifecycle.MachineRunFacts {
		f := lifecycle.MachineRunFacts{Kind: kind, Status: status, Attempt: attempt, MaxAttempts: 8}
		if next != 0 {
			f.NextTry = noon.Add(next)
		}
		return f
	}
	for _, c := range []struct {
		state   lifecycle.State
		droplet bool
		newest  lifecycle.MachineRunFacts
		text    string
		status  lifecycle.MachineStatus
	}{
		{"suspended", true, run("power_off", "waiting", 0, 0), "Suspended; switching off…", "switching"},
		{"suspended", true, run("power_off", "running", 1, 0), "Suspended; switching off…", "switching"},
		{"active", true, run("power_on", "retrying", 3, 39500*time.Millisecond), "Active; switching on, try 3 of 8, next in 40 s", "switching"},
		{"active", true, run("power_on", "retrying", 7, 4*time.Minute+time.Second), "Active; switching on, try 7 of 8, next in 5 min", "switching"},
		{"active", true, run("power_on", "retrying", 3, -time.Second), "Active; switching on…", "switching"},
		{"suspended", true, run("power_off", "needs_operator", 8, 0), "Suspended; could not be switched off: needs an operator", "trouble"},
		{"archived", true, run("release", "running", 1, 0), "Archived; being released…", "releasing"},
		{"archived", true, run("release", "needs_operator", 8, 0), "Archived; could not be released: needs an operator", "trouble"},
		{"provisioning", false, run("provision", "running", 1, time.Second), "Provisioning; being built…", "building"},
		{"provisioning", true, run("provision", "compensating", 0, 0), "Provisioning; what was built is being removed…", "removing"},
		{"cancelled", true, run("provision", "needs_operator", 8, 0), "Cancelled; the rollback is incomplete: needs an operator", "trouble"},
		{"cancelled", false, run("reactivate", "waiting", 0, 0), "Cancelled; being built anew…", "building"},
		{"active", true, run("power_on", "done", 1, 0), "On", "on"},
		{"active", true, run("provision", "done", 1, 0), "On", "on"},
		{"past_due", true, run("power_on", "done", 1, 0), "On", "on"},
		{"active", true, run("repoint", "running", 1, 0), "Active; DNS is being pointed…", "pointing"},
		{"suspended", true, run("repoint", "retrying", 2, 9*time.Second), "Suspended; DNS is being pointed, try 2 of 8, next in 9 s", "pointing"},
		{"active", true, run("repoint", "needs_operator", 8, 0), "Active; DNS could not be pointed: needs an operator", "trouble"},
		{"active", true, run("repoint", "done", 1, 0), "On", "on"},
		{"cancelled", true, run("repoint", "failed", 8, 0), "Off, kept", "off"},
		{"paused", true, run("power_off", "done", 1, 0), "Off, kept", "off"},
		{"cancelled", true, run("power_off", "done", 1, 0), "Off, kept", "off"},
		{"active", true, run("power_off", "done", 1, 0), "Should be on; not switched by the console so far", "unknown"},
		{"active", true, lifecycle.MachineRunFacts{}, "Should be on; not switched by the console so far", "unknown"},
		{"suspended", true, lifecycle.MachineRunFacts{}, "Should be off; not switched by the console so far", "unknown"},
		{"provisioning", true, lifecycle.MachineRunFacts{}, "Unknown to the console", "unknown"},
		{"active", false, lifecycle.MachineRunFacts{}, "Unknown to the console", "unknown"},
		{"archived", false, lifecycle.MachineRunFacts{}, "None known to the console", "none"},
		{"archived", false, run("release", "done", 1, 0), "Released", "released"},
		{"cancelled", false, run("provision", "compensated", 0, 0), "None: what was built was removed again", "none"},
		{"cancelled", false, run("provision", "failed", 0, 0), "None: removed by hand", "none"},
	} {
		line := lifecycle.MachineLineOf(c.state, c.droplet, c.newest, noon)
		if line.Text != c.text || line.Status != c.status {
			t.Errorf("%s, droplet %t, %+v: %+v, want %q %s", c.state, c.droplet, c.newest, line, c.text, c.status)
		}
	}
}

// Whatever the state, and whichever run: there is a line, and a status that is not empty.
func TestMachineLineIsNeverEmpty(t *testing.T) {
	t.Parallel()
	for _, state := range lifecycle.States {
		for _, kind := range append(lifecycle.RunKinds, "") {
			for _, status := range append(lifecycle.RunStatuses, "") {
				for _, droplet := range []bool{true, false} {
					line := lifecycle.MachineLineOf(state, droplet, lifecycle.MachineRunFacts{Kind: kind, Status: status}, noon)
					if kind != "" && (line.Text == "" || line.Status == "") {
						t.Errorf("%s, %s %s, %t: %+v", state, kind, status, droplet, line)
					}
				}
			}
		}
	}
}

func TestMachineOfASubject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		subject lifecycle.Subject
		want    lifecycle.Machine
	}{
		{lifecycle.Subject{}, lifecycle.MachineApart},
		{lifecycle.Subject{Droplet: true}, lifecycle.MachineApart},
		{lifecycle.Subject{Provider: true}, lifecycle.MachineNone},
		{lifecycle.Subject{Provider: true, Droplet: true}, lifecycle.MachineFollows},
		{lifecycle.Subject{Provider: true, Droplet: true, Run: lifecycle.PowerOff}, lifecycle.MachineFollows},
		{lifecycle.Subject{Provider: true, Run: lifecycle.Provision}, lifecycle.MachineBuilding},
		{lifecycle.Subject{Run: lifecycle.Rebuild}, lifecycle.MachineBuilding},
		{lifecycle.Subject{Provider: true, Gone: true}, lifecycle.MachineGone},
	} {
		if got := c.subject.Machine(); got != c.want {
			t.Errorf("%+v: %d, want %d", c.subject, got, c.want)
		}
	}
}

// What a state wants of a machine, and the run that a move starts, agree.
func TestWantedRunIsWhereTheMoveLeads(t *testing.T) {
	t.Parallel()
	for _, m := range lifecycle.Map {
		moved, runs := lifecycle.MachineRun(m.From, m.To, true)
		wanted, ok := lifecycle.WantedRun(m.To, true)
		if runs && (!ok || moved != wanted) {
			t.Errorf("%s from %s starts %s, and the state wants %s", m.Action, m.From, moved, wanted)
		}
		if _, any := lifecycle.WantedRun(m.To, false); any {
			t.Errorf("%s wants a run without a droplet", m.To)
		}
	}
	if _, any := lifecycle.WantedRun(lifecycle.Provisioning, true); any {
		t.Error("provisioning wants a run beside the one that builds")
	}
}

// The store leaves runs out of account when it decides over account actions: none of them is ever in the way.
func TestNoRunStandsInTheWayOfAccountActions(t *testing.T) {
	t.Parallel()
	for _, state := range states {
		for _, c := range circumstances {
			for _, a := range lifecycle.AccountActions {
				plain, with := lifecycle.Decide(standing(state), asks(admin, string(a))), lifecycle.Decide(c.of(state), asks(admin, string(a)))
				if plain.Verdict != with.Verdict || plain.Reason != with.Reason || with.Verdict == lifecycle.Begun {
					t.Errorf("%s from %s, %+v: %d, without %d", a, state, c, with.Verdict, plain.Verdict)
				}
			}
		}
	}
}
