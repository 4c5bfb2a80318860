package views

import (
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

const sampleRunID = "01933f2e-7c41-7d1a-9b0e-5f2c8a6d1e47"

// sampleRun is a run of the kind as it was begun.
func sampleRun(kind lifecycle.RunKind, now time.Time) Run {
	r := Run{
		ID: sampleRunID, DeploymentID: sampleID, DeploymentName: "storefront-eu", TenantName: "Northwind Traders",
		Hostname: "storefront-eu.northwind.example", Region: "fra1", Kind: kind, Status: lifecycle.RunWaiting,
		By: "Tomás Reyes", ActedAs: "Support", Began: now.Add(-48 * time.Second), Since: now.Add(-48 * time.Second),
	}
	for _, name := range kind.Steps() {
		r.Steps = append(r.Steps, RunStep{Name: name, Status: lifecycle.RunWaiting, MaxTries: lifecycle.MaxTries, Plan: samplePlans[name]})
	}
	return r
}

var samplePlans = map[lifecycle.StepName]string{
	lifecycle.StepCreate: "2 CPUs, 4 GB in Frankfurt", lifecycle.StepDNS: "storefront-eu.northwind.example",
}

var sampleDid = map[lifecycle.StepName][]Change{
	lifecycle.StepCreate: {{Field: "Droplet", To: "431882910"}},
	lifecycle.StepWait:   {{Field: "Address", To: "203.0.113.24"}},
	lifecycle.StepDNS:    {{Field: "A", From: "198.51.100.7", To: "203.0.113.24"}},
}

// reached is the run at its n-th step, all before it done.
func (r Run) reached(n int, status lifecycle.RunStatus, now time.Time) Run {
	if n > 2 || r.Kind == lifecycle.PowerOff {
		r.Droplet = "431882910"
	}
	at := r.Began
	for i := range r.Steps {
		s := &r.Steps[i]
		if i >= n {
			break
		}
		s.Status, s.Try, s.Began, s.Ended, s.Did = lifecycle.RunDone, 1, at, at.Add(time.Duration(2+3*i)*time.Second), sampleDid[s.Name]
		at = s.Ended
	}
	r.Status, r.Since = status, at
	if n > 0 {
		s := &r.Steps[n-1]
		r.Step, s.Status, s.Ended, s.Did, s.Began = s.Name, status, time.Time{}, nil, now.Add(-19*time.Second)
		if s.Name == lifecycle.StepWait {
			s.Deadline = now.Add(9 * time.Minute)
		}
	}
	return r.Located()
}

const sampleTrouble = "DigitalOcean: 500 Server Error: the region is busy; try again later."

// SampleRun is a run of each status, as a panel would show it.
func SampleRun(status lifecycle.RunStatus, now time.Time) Run {
	r := sampleRun(lifecycle.Provision, now)
	switch status {
	case lifecycle.RunWaiting:
		return r.Located()
	case lifecycle.RunRunning:
		return r.reached(3, status, now)
	case lifecycle.RunRetrying:
		r = r.reached(2, status, now)
		r.Error, r.ErrorKind, r.NextTry = sampleTrouble, "unknown", now.Add(12*time.Second)
		r.Steps[1].Try, r.Steps[1].NextTry, r.Steps[1].Error = 2, r.NextTry, r.Error
		return r.Located()
	case lifecycle.RunDone:
		r = r.reached(7, status, now)
		r.Step, r.Ended, r.Steps[6].Ended = "", now.Add(-4*time.Second), now.Add(-4*time.Second)
		return r
	}
	return sampleFailure(r.reached(6, lifecycle.RunFailed, now), status, now)
}

// sampleFailure is a run that failed at DNS, on its way back.
func sampleFailure(r Run, status lifecycle.RunStatus, now time.Time) Run {
	r.Status, r.Error, r.ErrorKind = status, "DigitalOcean: 422 Unprocessable: the zone northwind.example is locked.", "definite"
	r.Steps[5].Error, r.Steps[5].Ended, r.Steps[5].Try = r.Error, now.Add(-14*time.Second), 1
	for i := 4; i >= 1; i-- {
		s := &r.Steps[i]
		if s.Name == lifecycle.StepWait || s.Name == lifecycle.StepCreate {
			continue
		}
		s.Status, s.Began, s.Ended = lifecycle.RunCompensated, now.Add(-13*time.Second), now.Add(-12*time.Second)
	}
	create := &r.Steps[1]
	create.Status, create.Began, create.Ended, create.Did = status, now.Add(-11*time.Second), time.Time{}, nil
	r.Step = lifecycle.StepCreate
	switch status {
	case lifecycle.RunCompensated:
		r.Step, r.Ended, create.Ended = "", now.Add(-3*time.Second), now.Add(-3*time.Second)
	case lifecycle.RunNeedsOperator:
		create.Try, r.Error = lifecycle.MaxTries, "DigitalOcean: 503 Service Unavailable: the droplet is locked by another event."
	case lifecycle.RunFailed:
		r.Step, r.Ended, r.Ending = "", now.Add(-3*time.Minute), "Droplet destroyed by hand in the provider's panel, ticket 8812."
		create.Ended = r.Ended
		create.Status = lifecycle.RunNeedsOperator
		create.Try = lifecycle.MaxTries
		return r
	}
	return r.Located()
}

// samplePower is a run that follows the state, in trouble.
func samplePower(now time.Time) Run {
	r := sampleRun(lifecycle.PowerOff, now).reached(1, lifecycle.RunNeedsOperator, now)
	r.Steps[0].Try, r.Error = lifecycle.MaxTries, sampleTrouble
	return r.Located()
}

func sampleCard(r Run, roles access.Roles, now time.Time) RunCard {
	subject := lifecycle.RunSubject{Kind: r.Kind, Status: r.Status, Resting: !r.NextTry.IsZero(), Gone: r.ErrorKind == "not_found"}
	r.Controls = NewRunControls(SampleActor(roles), subject, sampleKeys())
	card := RunCard{Run: &r}
	if r.Status == lifecycle.RunDone {
		earlier := sampleRun(lifecycle.PowerOn, now).reached(1, lifecycle.RunDone, now)
		earlier.Began, earlier.Ended = now.AddDate(0, 0, -20), now.AddDate(0, 0, -20)
		before := sampleFailure(sampleRun(lifecycle.Rebuild, now.AddDate(0, 0, -21)).reached(6, lifecycle.RunFailed, now), lifecycle.RunCompensated, now)
		before.ID = sampleTenantID
		card.Earlier = []Run{earlier, before}
	}
	return card
}

// sampleRunRows is one row for each status.
func sampleRunRows(now time.Time) []Run {
	names := []string{"storefront-eu", "crm", "wiki", "shop-prod", "staging", "erp", "helpdesk", "analytics"}
	rows := make([]Run, 0, len(lifecycle.RunStatuses)+1)
	for i, status := range append([]lifecycle.RunStatus{lifecycle.RunNeedsOperator}, lifecycle.RunStatuses...) {
		r := SampleRun(status, now)
		if i == 0 {
			r = samplePower(now)
		}
		r = *sampleCard(r, access.Operator, now).Run
		r.ID, r.DeploymentName = sampleRunID[:len(sampleRunID)-1]+string(rune('0'+i)), names[i%len(names)]
		r.Stuck = status == lifecycle.RunRunning
		rows = append(rows, r)
	}
	return rows
}

var sampleRunCounts = RunCounts{
	Of: []RunCount{
		{lifecycle.RunsRunning, 3},
		{lifecycle.RunsWaiting, 1},
		{lifecycle.RunsNeedOperator, 2},
		{lifecycle.RunsStuck, 1},
		{lifecycle.RunsFinished, 1001},
	},
	Cap: 1000,
}

func sampleRunForm(a lifecycle.RunAction, now time.Time) RunForm {
	status := lifecycle.RunNeedsOperator
	if a == lifecycle.RunAbort {
		status = lifecycle.RunRunning
	}
	f := RunForm{Run: SampleRun(status, now), Action: a, Key: "sample"}
	if a == lifecycle.RunClean {
		f.Error, f.FieldError = "Not recorded yet: something is missing below.", "Say what you found and what you removed: it stands in the record."
	}
	return f
}
