package views

import (
	"strings"
	"time"

	"arcadia.example/console/lifecycle"
)

// Deployment is one deployment as its page shows it. Empty texts are left out of the page.
type Deployment struct {
	ID         string
	Name       string
	Slug       string
	Hostname   string
	TenantID   string
	TenantName string
	App        string // with its version: "storefront 4.2"
	Plan       string // with its price: "Standard · €49/mo"
	Region     string // code: "fra1"
	RegionName string // "Frankfurt"
	Size       string
	Droplet    string
	Address    string
	State      lifecycle.State
	Since      time.Time
	TrialEnds  time.Time // zero: not on trial
	Created    time.Time

	Machine lifecycle.MachineLine // the machine, told apart from the state; without text: nothing is known and nobody asks
	Run     *Run                  // that is on, or was until a moment ago; nil: none
}

// DeploymentPage is the page of one deployment.
type DeploymentPage struct {
	Page
	Deployment Deployment
	Panel      Panel
	Machine    RunCard
	Timeline   Timeline
	Note       *NoteForm // nil for who may not write notes
}

// MoveResult is the answer to a move asked for by htmx: every part of the page that shows the deployment, drawn anew.
// Parts whose place is not on the page do no harm, so that the same answer serves the list and the deployment's page.
type MoveResult struct {
	Clock      Clock
	Deployment Deployment
	Panel      Panel // its Error is shown on the deployment's page; set Notice instead for other pages
	Machine    RunCard
	Timeline   Timeline
	Row        *DeploymentRow  // for lists; nil leaves the row as it is
	Filter     *StateFilter    // for lists: the chips with the counts; nil leaves them as they are
	Notice     *Notice         // what happened, as a toast
	Form       *TransitionForm // the dialog again, with its error; nil closes it
	Kept       *KeptNotes      // the dialog says that the move is no longer possible; nil closes it
}

// NoteResult is the answer to a note written by htmx.
type NoteResult struct {
	Clock    Clock
	Timeline Timeline
	Form     NoteForm // a fresh one, or the same with its error
	Notice   *Notice
}

// facts are the details card.
func (d Deployment) facts(c Clock) []Fact {
	region := d.Region
	if d.RegionName != "" {
		region = d.RegionName + " · " + d.Region
	}
	facts := []Fact{
		{Label: "Tenant", Text: d.TenantName, Href: "/tenants/" + d.TenantID},
		{Label: "App", Text: d.App},
		{Label: "Plan", Text: d.Plan},
		{Label: "Region", Text: region},
		{Label: "Size", Text: d.Size},
		{Label: "Slug", Text: d.Slug},
		{Label: "Machine", Text: d.machine()},
		{Label: "Droplet", Text: d.Droplet},
		{Label: "Address", Text: d.Address, Mono: true},
		{Label: "Created", Text: c.Day(d.Created)},
	}
	if !d.TrialEnds.IsZero() {
		facts = append(facts, Fact{Label: "Trial ends", Text: c.Day(d.TrialEnds)})
	}
	return facts
}

// machine is how the machine is, without the state, which stands above, and without the tries, which stand beside the run.
func (d Deployment) machine() string {
	text := strings.TrimPrefix(d.Machine.Text, d.State.Label()+"; ")
	if d.Run != nil {
		text, _, _ = strings.Cut(text, ", ")
	}
	return upperFirst(text)
}

// meaning says what its state means; while a run builds or removes a machine, what that means.
func (d Deployment) meaning() string {
	r := d.Run
	switch {
	case r == nil || !r.live() || !r.Kind.Builds():
		return d.State.Facts().Meaning
	case r.Status == lifecycle.RunNeedsOperator:
		return "Its rollback is incomplete; not billed."
	case r.undoes():
		return "It is being rolled back; not billed."
	case r.Kind == lifecycle.Rebuild:
		return "It is being built anew; billed again once it is active."
	}
	return d.State.Facts().Meaning
}

// site is the address of the app. A hostname is what somebody typed: it can only ever become the host of an https link.
func (d Deployment) site() string { return "https://" + d.Hostname }

// next says what is known to come: "Trial ends in 5 days". Nothing is guessed.
func nextFact(c Clock, s lifecycle.State, trialEnds time.Time) string {
	if s != lifecycle.Trial || trialEnds.IsZero() {
		return ""
	}
	if trialEnds.Before(c.Now) {
		return "Trial ended " + c.Ago(trialEnds)
	}
	return "Trial ends " + c.Until(trialEnds)
}
