package views

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"arcadia.example/console/lifecycle"
)

// Sweep is what the sweeper found and is not over, and how its newest look ended.
type Sweep struct {
	Rows     []Finding
	Total    int       // findings in all; those that are not listed come later
	At       time.Time // when the newest sweep ended; zero: there was none yet
	LookedAt int       // droplets at the provider
	Removed  int
	Error    string // why it did not come to its end
	Request  string // under which the provider's support finds the call that failed
}

// Finding is a droplet that belongs to nothing here, or that the provider does not know.
type Finding struct {
	Droplet        string
	Name           string
	Region         string
	Size           string
	DeploymentID   string // empty: its tags name no deployment here
	DeploymentName string
	RunID          string // empty: no run here
	RunKind        lifecycle.RunKind
	Created        time.Time // zero: not known
	Seen           time.Time // first
	Verdict        lifecycle.SweepVerdict
	Decision       lifecycle.SweepDecision
	DecidedBy      string
	DecidedAt      time.Time
	Note           string
	Removing       bool
	Error          string // of the newest try to remove it, in the provider's words
	Request        string // under which the provider's support finds that call
	Over           bool   // removed, or it belongs to something by now
	Options        []lifecycle.SweepDecision
}

// FindingForm is what a person fills in before deciding about a finding.
type FindingForm struct {
	Finding    Finding
	Decision   lifecycle.SweepDecision
	Key        string // one-time
	Seen       string // when the finding was read, as the server has said
	Notes      string
	Error      string // what went wrong; what was typed stays
	FieldError string // what is wrong with the note
	Closed     bool   // it cannot be decided any more: nothing but the way back is offered
}

// FindingFormPage is the form as a page of its own, for those without script.
type FindingFormPage struct {
	Page
	Form FindingForm
}

// FindingResult is the answer to a decision by htmx.
type FindingResult struct {
	Clock  Clock
	Sweep  Sweep
	Notice *Notice
	Form   *FindingForm  // the dialog again, with its error; nil closes it
	Many   *FindingsForm // the dialog about several; nil closes it
}

func (f Finding) path() string { return provisioningPath + "/droplets/" + f.Droplet }

// label is the word on the button: what is not there cannot be kept.
func (f Finding) label(d lifecycle.SweepDecision) string {
	if d == lifecycle.SweepKeep && !f.costs() {
		return "Leave it"
	}
	return d.Label()
}

func (f Finding) title() string { return "Droplet " + f.Droplet }

// asks reports whether somebody has to decide.
func (f Finding) asks() bool {
	return f.Verdict.Asks() && (f.Decision == "" || f.Verdict == lifecycle.KeepFailing)
}

// tone is the status whose colour it has: what asks, what goes, and what stays.
func (f Finding) tone() string {
	switch {
	case f.asks():
		return string(lifecycle.RunNeedsOperator)
	case f.goes():
		return string(lifecycle.RunCompensating)
	}
	return string(lifecycle.RunWaiting)
}

// goes reports whether a sweep removes it.
func (f Finding) goes() bool {
	return !f.asks() && (f.Removing || f.Decision == lifecycle.SweepAway || f.Verdict == lifecycle.SweepRemove)
}

func (f Finding) icon() string {
	switch {
	case f.asks():
		return "octagon-alert"
	case f.goes():
		return "brush-cleaning"
	case f.Decision == lifecycle.SweepKeep:
		return "check"
	}
	return "hourglass"
}

// fate is what becomes of it, in a few words.
func (f Finding) fate() string {
	switch {
	case f.asks():
		return "Somebody has to decide"
	case f.Decision == lifecycle.SweepKeep:
		return "Kept"
	case f.Removing:
		return "Being removed"
	case f.goes():
		return "Will be removed"
	}
	return "Kept for now"
}

// why is the reason, with who decided and the provider's words, where there are any.
func (f Finding) why() string {
	switch {
	case f.Decision == lifecycle.SweepKeep:
		return join(": ", "Kept by "+f.DecidedBy, f.Note)
	case f.Decision == lifecycle.SweepAway && f.Verdict != lifecycle.KeepFailing:
		return join(": ", "Its removal was asked for by "+f.DecidedBy, f.Note)
	}
	return join(": ", f.Verdict.Why(), f.Error)
}

// costs reports whether there is a machine that may cost money.
func (f Finding) costs() bool { return f.Verdict != lifecycle.SweepMissing && !f.Over }

// machine is what it is: name, size and region.
func (f Finding) machine() string { return join(" · ", f.Name, f.Size, f.Region) }

// result is the newest sweep in one line.
func (s Sweep) result() string {
	if s.Error != "" {
		return "The last sweep did not come to its end: " + s.Error
	}
	removed := "none removed"
	if s.Removed > 0 {
		removed = strconv.Itoa(s.Removed) + " removed"
	}
	return join(", ", counted(int64(s.LookedAt), "droplet")+" looked at", removed)
}

func (s Sweep) more() int { return max(s.Total-len(s.Rows), 0) }

// title is the head of the card.
func (s Sweep) title() string {
	if s.Total == 0 {
		return "Nothing is left over at the provider"
	}
	return counted(int64(s.Total), "droplet") + " left over or missing"
}

// decide are the attributes of the link that opens the dialog of a decision; without script it leads to a page.
func (f Finding) decide(d lifecycle.SweepDecision) templ.Attributes {
	href := f.path() + "/" + string(d)
	return templ.Attributes{
		"href": href, "hx-get": href, "hx-target": "#dialog", "hx-swap": "innerHTML", "hx-sync": "this:drop",
		"aria-haspopup": "dialog", "data-testid": "finding-" + string(d), "id": "finding-" + string(d) + "-" + f.Droplet,
	}
}

func decideTone(d lifecycle.SweepDecision) string {
	if d == lifecycle.SweepAway {
		return "button small danger"
	}
	return "button small"
}

func (f FindingForm) attrs() templ.Attributes {
	return templ.Attributes{"method": "post", "action": f.Finding.path(), "hx-post": f.Finding.path(), "hx-swap": "none", "hx-sync": "this:drop"}
}

func (f FindingForm) question() string {
	switch {
	case f.Closed:
		return "Nothing was done"
	case f.Decision == lifecycle.SweepAway:
		return "Remove droplet " + f.Finding.Droplet + "?"
	case f.Finding.costs():
		return "Keep droplet " + f.Finding.Droplet + "?"
	}
	return "Leave it at that?"
}

// lines say what the decision means.
func (f FindingForm) lines() []lifecycle.Consequence {
	if f.Decision == lifecycle.SweepAway {
		return []lifecycle.Consequence{
			{Subject: "Droplet", Text: "Destroyed with everything on it, within seconds. This cannot be undone.", Changes: true},
			{Subject: "Found", Text: f.Finding.Verdict.Why() + ".", Changes: true},
			{Subject: "Before that", Text: "Everything is asked once more: what is linked or in use by then is kept.", Changes: true},
		}
	}
	if !f.Finding.costs() {
		return []lifecycle.Consequence{{Subject: "Console", Text: "Asks no more. The inventory still has the droplet until its deployment releases it.", Changes: true}}
	}
	return []lifecycle.Consequence{
		{Subject: "Droplet", Text: "Stays as it is, and may still cost money.", Changes: true},
		{Subject: "Sweeper", Text: "Asks no more, and leaves it alone. It stays in the list, and can be removed later.", Changes: true},
	}
}

func (f FindingForm) notesField() Field {
	field := Field{Name: "notes", Label: "Notes", Value: f.Notes, MaxLength: 10000, Rows: 3, Hint: "Stands in the record with your name.", Error: f.FieldError}
	if f.Decision == lifecycle.SweepKeep {
		field.Label, field.Required = "Why it is left so", true
		if f.Finding.costs() {
			field.Label = "Why it is kept"
		}
	}
	return field
}

func (f FindingForm) tone() string {
	if f.Decision == lifecycle.SweepAway {
		return "button danger-fill"
	}
	return "button primary"
}
