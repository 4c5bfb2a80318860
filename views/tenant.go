package views

import (
	"time"

	"arcadia.example/console/lifecycle"
)

// Tenant is one customer account as its page shows it. Empty texts are left out of the page.
type Tenant struct {
	ID           string
	Name         string
	Slug         string
	Email        string
	BillingEmail string
	CustomerID   string         // at the billing provider
	TimeZone     string         // IANA name
	Zone         *time.Location // of TimeZone; nil when it cannot be found: then no local time is shown
	Created      time.Time
}

// TenantDeployment is one deployment on its tenant's page.
type TenantDeployment struct {
	ID        string
	Name      string
	Hostname  string
	State     lifecycle.State
	Since     time.Time
	TrialEnds time.Time // zero: not on trial
	Region    string
	Price     string // "€49/mo"
}

// TenantPage is the page of one tenant: contact, deployments, account actions, one timeline over all of it.
type TenantPage struct {
	Page
	Tenant      Tenant
	Counts      StateCounts // of all its deployments; the standing is told from them
	Deployments []TenantDeployment
	All         string // address of the list with all deployments, when Deployments is cut short; otherwise empty
	Account     AccountPanel
	Timeline    Timeline  // entries carry the deployment's ID and name
	Note        *NoteForm // nil for who may not write notes
}

// standing is how the account stands, in one sentence.
func (p TenantPage) standing() string {
	counts := make(map[lifecycle.State]int, len(p.Counts))
	for _, c := range p.Counts {
		counts[c.State] = int(c.Count)
	}
	return lifecycle.Standing(counts)
}

// standingOrder is what weighs most for how the account looks: trouble first, then what is live, then what is over.
var standingOrder = []lifecycle.State{
	lifecycle.Suspended, lifecycle.PastDue, lifecycle.Active, lifecycle.Trial, lifecycle.Provisioning, lifecycle.Paused,
	lifecycle.Cancelled, lifecycle.Archived,
}

// standingState gives the standing its shape and colour; empty without deployments.
func (p TenantPage) standingState() lifecycle.State {
	for _, s := range standingOrder {
		if p.Counts.Of(s) > 0 {
			return s
		}
	}
	return ""
}

func (p TenantPage) standingIcon() string {
	if s := p.standingState(); s != "" {
		return StateIcon(s)
	}
	return "info"
}

// localTime is the time where the customer is: "Mon 15:04 there now".
func (t Tenant) localTime(now time.Time) string {
	if t.Zone == nil {
		return ""
	}
	return now.In(t.Zone).Format("Mon 15:04") + " there now"
}

// facts are the contact card, without what is a link of another kind.
func (t Tenant) facts(c Clock) []Fact {
	return []Fact{
		{Label: "E-mail", Text: t.Email, Href: "mailto:" + t.Email},
		{Label: "Billing e-mail", Text: t.BillingEmail, Href: "mailto:" + t.BillingEmail},
		{Label: "Customer ID", Text: t.CustomerID, Mono: true},
		{Label: "Slug", Text: t.Slug},
		{Label: "Time zone", Text: t.TimeZone},
		{Label: "Local time", Text: t.localTime(c.Now)},
		{Label: "Created", Text: c.Day(t.Created)},
	}
}
