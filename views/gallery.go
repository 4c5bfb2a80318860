package views

import (
	"strconv"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// GalleryPage shows each component in all its states, from sample models: for development only.
type GalleryPage struct {
	Page
}

// sampleID is the deployment of the samples.
const sampleID = "01933f2e-7c41-7d1a-9b0e-5f2c8a6d1e44"

// SampleActor is the person through whose eyes the samples are drawn.
func SampleActor(roles access.Roles) access.Actor {
	return access.Actor{Kind: access.Staff, ID: "sample@arcadia.example", Name: "Ines Okafor", Roles: roles}
}

// SampleDeployment is a deployment in the given state, as of now.
func SampleDeployment(s lifecycle.State, now time.Time) Deployment {
	d := Deployment{
		ID: sampleID, Name: "storefront-eu", Slug: "storefront-eu", Hostname: "storefront-eu.northwind.example",
		TenantID: "01933f2e-7c41-7d1a-9b0e-5f2c8a6d1e45", TenantName: "Northwind Traders",
		App: "storefront 4.2", Plan: "Standard · €49/mo", Region: "fra1", RegionName: "Frankfurt", Size: "2 CPUs, 4 GB",
		Droplet: "431 882 910", Address: "203.0.113.24",
		State: s, Since: now.Add(-6 * 24 * time.Hour), Created: now.AddDate(0, -8, 0),
	}
	if s == lifecycle.Trial {
		d.TrialEnds = now.Add(5*24*time.Hour + time.Hour)
	}
	return d
}

// SampleTimeline is a history with every kind of entry.
func SampleTimeline(now time.Time) Timeline {
	day := func(n int) time.Time { return now.AddDate(0, 0, -n) }
	return Timeline{Older: "/gallery?older", Entries: []Entry{
		{
			At: now.Add(-7 * time.Minute), From: lifecycle.Paused, To: lifecycle.Active, Reason: lifecycle.Undo, Reverts: 7, Version: 8,
			Actor: "Ines Okafor", ActorID: "ines@arcadia.example", ActedAs: "Billing",
		},
		{
			At: day(6), From: lifecycle.Active, To: lifecycle.PastDue, Reason: lifecycle.PaymentFailed, Version: 6,
			Actor: "Stripe", ActorID: "stripe", ActedAs: "API",
			Notes: "Invoice NW-2291 declined (insufficient funds). Customer emailed, replied they change cards this week.",
		},
		{At: day(20), Actor: "Tomás Reyes", ActorID: "tomas@arcadia.example", ActedAs: "Support", Notes: "Asked about a second region.\nWill call back in December."},
		{
			At: day(52), From: lifecycle.Paused, To: lifecycle.Active, Reason: lifecycle.CustomerRequest, Version: 5,
			Actor: "Tomás Reyes", ActorID: "tomas@arcadia.example", ActedAs: "Support",
		},
		{
			At: day(87), From: lifecycle.Active, To: lifecycle.Paused, Reason: lifecycle.Seasonal, Version: 4, Notes: "Summer closing, resume first week of October.",
			Actor: "Ines Okafor", ActorID: "ines@arcadia.example", ActedAs: "Billing",
		},
		{
			At: day(265), From: lifecycle.Provisioning, To: lifecycle.Active, Reason: lifecycle.Provisioned, Version: 2,
			Actor: "Provisioning", ActorID: "provisioning", ActedAs: "System",
		},
		{
			At: day(266), To: lifecycle.Provisioning, Reason: lifecycle.Created, Version: 1,
			Actor: "Tomás Reyes", ActorID: "tomas@arcadia.example", ActedAs: "Support",
		},
	}}
}

func samplePanel(s lifecycle.State, roles access.Roles, now time.Time) Panel {
	subject := lifecycle.Subject{State: s, Version: 6, LastAt: now.Add(-6 * 24 * time.Hour)}
	return NewPanel(sampleID, SampleActor(roles), subject, now, sampleKeys())
}

// sampleUndo is the panel a moment after a move.
func sampleUndo(now time.Time) Panel {
	subject := lifecycle.Subject{State: lifecycle.Paused, Version: 7, LastFrom: lifecycle.Active, LastAt: now.Add(-3 * time.Minute)}
	return NewPanel(sampleID, SampleActor(access.Support), subject, now, sampleKeys())
}

func sampleError(now time.Time) Panel {
	p := samplePanel(lifecycle.Suspended, access.Billing, now)
	p.Error = "Tomás Reyes suspended it at 14:02 while you were looking. Nothing was changed by you."
	return p
}

func sampleKeys() func() string {
	n := 0
	return func() string { n++; return "sample-" + strconv.Itoa(n) }
}

func sampleForm(a lifecycle.Action, from lifecycle.State, now time.Time) TransitionForm {
	move, _ := lifecycle.FindMove(from, a)
	return TransitionForm{
		DeploymentID: sampleID, DeploymentName: "storefront-eu", TenantName: "Northwind Traders", Move: move,
		Since: now.Add(-6 * 24 * time.Hour), Version: 6, Key: "sample",
	}
}

func sampleFormWithError(now time.Time) TransitionForm {
	f := sampleForm(lifecycle.Cancel, lifecycle.PastDue, now)
	f.Error = "Not recorded yet: something is missing below."
	f.FieldError = "Choose a reason: Cancel is not recorded without one."
	f.Notes = "Customer moves to another provider at the end of the month."
	return f
}

var sampleCounts = StateCounts{
	{lifecycle.Active, 2180},
	{lifecycle.Trial, 214},
	{lifecycle.Paused, 187},
	{lifecycle.PastDue, 156},
	{lifecycle.Suspended, 94},
	{lifecycle.Provisioning, 16},
	{lifecycle.Cancelled, 192},
	{lifecycle.Archived, 78},
}

// SampleRows is one row for each state.
func SampleRows(now time.Time) []DeploymentRow {
	names := []string{"storefront-eu", "crm", "wiki", "shop-prod", "staging", "erp", "helpdesk", "analytics"}
	tenants := []string{
		"Northwind Traders", "Halden Logistics", "Oak & Ember Studio", "Bluepeak Outdoor", "Bluepeak Outdoor", "Castell & Sons", "Vireo Health", "Marrow Press",
	}
	regions := []string{"fra1", "ams3", "nyc1", "sfo3", "sfo3", "lon1", "tor1", "fra1"}
	rows := make([]DeploymentRow, 0, len(lifecycle.States))
	for i, s := range lifecycle.States {
		row := DeploymentRow{
			ID: sampleID[:len(sampleID)-1] + strconv.Itoa(i), Name: names[i], TenantName: tenants[i], State: s,
			Since: now.Add(-time.Duration(i*i*i) * 17 * time.Hour), Region: regions[i], Version: 3, Key: "sample-" + strconv.Itoa(i),
		}
		if s == lifecycle.Provisioning {
			row.Machine = "Being built…"
		}
		if s == lifecycle.Trial {
			row.TrialEnds = now.Add(5*24*time.Hour + time.Hour)
		}
		if open := lifecycle.Open(SampleActor(access.Billing), lifecycle.Subject{State: s}); len(open) > 0 {
			row.Action = open[0]
		}
		rows = append(rows, row)
	}
	return rows
}

var sampleFields = []Field{
	{Name: "g-name", Label: "Name", Value: "storefront-eu", Required: true, Hint: "As the customer calls it."},
	{Name: "g-host", Label: "Hostname", Value: "storefront eu", Required: true, Error: "A hostname has letters, digits, dots and hyphens only.", Hint: "Without https://."},
	{Name: "g-optional", Label: "External customer ID", Placeholder: "cus_…"},
}

var sampleChoices = []Choice{{"fra1", "Frankfurt", ""}, {"ams3", "Amsterdam", ""}, {"lon1", "London", ""}}

var swatches = []string{"bg", "panel", "sunken", "hover", "line", "line-strong", "control", "ink", "ink-2", "ink-3", "accent", "accent-soft", "danger", "danger-soft"}
