package views

import (
	"time"

	"arcadia.example/console/lifecycle"
)

// sampleFindings is the form about several, of which one is left out.
func sampleFindings(now time.Time, d lifecycle.SweepDecision) FindingsForm {
	return FindingsForm{Findings: SampleSweep(now).Rows[:3], Decision: d, Key: "k", Left: []string{"Droplet 431882914: It is being removed already."}}
}

// SampleSweep is one of each that a sweep may find.
func SampleSweep(now time.Time) Sweep {
	found := func(droplet string, v lifecycle.SweepVerdict, options ...lifecycle.SweepDecision) Finding {
		return Finding{
			Droplet: droplet, Name: "storefront-eu.northwind.example", Region: "fra1", Size: "s-2vcpu-4gb", DeploymentID: sampleID,
			DeploymentName: "storefront-eu", RunID: sampleRunID, RunKind: lifecycle.Provision, Created: now.Add(-26 * time.Hour),
			Seen: now.Add(-25 * time.Hour), Verdict: v, Options: options,
		}
	}
	limit := found("431882910", lifecycle.KeepLimit, lifecycle.SweepDecisions...)
	unknown := found("431882911", lifecycle.KeepUnknown, lifecycle.SweepDecisions...)
	unknown.DeploymentID, unknown.DeploymentName, unknown.RunID, unknown.Name = "", "", "", "staging-17.example.com"
	failing := found("431882912", lifecycle.KeepFailing, lifecycle.SweepDecisions...)
	failing.Error = sampleTrouble
	missing := found("431882913", lifecycle.SweepMissing, lifecycle.SweepKeep)
	missing.Created = time.Time{}
	removing := found("431882914", lifecycle.SweepRemove)
	removing.Removing = true
	young := found("431882915", lifecycle.KeepYoung, lifecycle.SweepKeep)
	young.Created, young.Seen = now.Add(-11*time.Minute), now.Add(-4*time.Minute)
	asked := found("431882916", lifecycle.KeepLimit, lifecycle.SweepKeep)
	asked.Decision, asked.DecidedBy = lifecycle.SweepAway, "Ola Nwosu"
	kept := found("431882917", lifecycle.KeepDecided, lifecycle.SweepAway)
	kept.Decision, kept.DecidedBy, kept.Note = lifecycle.SweepKeep, "Ola Nwosu", "A copy for the forensic report; gone by Friday."
	return Sweep{
		Rows: []Finding{limit, unknown, failing, missing, removing, young, asked, kept}, Total: 8, At: now.Add(-4 * time.Minute), LookedAt: 3117, Removed: 5,
	}
}
