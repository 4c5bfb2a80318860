package views

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"arcadia.example/console/lifecycle"
)

// FindingsForm is what a person fills in before deciding about several findings at once: each is decided, and recorded, by itself.
type FindingsForm struct {
	Findings   []Finding // to be decided
	Left       []string  // what is left out or was refused, and why: "Droplet 12: it is being removed already."
	Decision   lifecycle.SweepDecision
	Key        string // one-time
	Seen       string // when the findings were read, as the server has said
	Notes      string
	Error      string // what went wrong; what was typed stays
	FieldError string // what is wrong with the note
	Closed     bool   // nothing can be decided: nothing but the way back is offered
	Some       bool   // when closed: the others were decided
}

// FindingsFormPage is the form as a page of its own, for those without script.
type FindingsFormPage struct {
	Page
	Form FindingsForm
}

// manyPath is where several findings are decided.
const manyPath = provisioningPath + "/droplets"

// choosable are the findings about which the viewer can decide.
func (s Sweep) choosable() int {
	n := 0
	for _, f := range s.Rows {
		if len(f.Options) > 0 {
			n++
		}
	}
	return n
}

// offers are the decisions that can be made about several of them; none where one by one is as good.
func (s Sweep) offers() []lifecycle.SweepDecision {
	var offered []lifecycle.SweepDecision
	for _, d := range lifecycle.SweepDecisions {
		n := 0
		for _, f := range s.Rows {
			for _, option := range f.Options {
				if option == d {
					n++
				}
			}
		}
		if n > 1 {
			offered = append(offered, d)
		}
	}
	return offered
}

// chooseAttrs are those of the form that leads to the dialog; without script it leads to a page.
func chooseAttrs() templ.Attributes {
	return templ.Attributes{
		"method": "get", "action": manyPath, "hx-get": manyPath, "hx-target": "#dialog", "hx-swap": "innerHTML", "hx-sync": "this:drop",
	}
}

// decideManyAttrs are those of the form that decides.
func decideManyAttrs() templ.Attributes {
	return templ.Attributes{"method": "post", "action": manyPath, "hx-post": manyPath, "hx-swap": "none", "hx-sync": "this:drop"}
}

func (f FindingsForm) question() string {
	switch {
	case f.Some:
		return "Not all were decided"
	case f.Closed:
		return "Nothing was done"
	case f.Decision == lifecycle.SweepAway:
		return "Remove " + counted(int64(len(f.Findings)), "droplet") + "?"
	}
	return "Keep " + counted(int64(len(f.Findings)), "droplet") + "?"
}

// lines say what the decision means, and about which droplets it is, by the reason for which they were found.
func (f FindingsForm) lines() []lifecycle.Consequence {
	lines := f.found()
	if f.Decision == lifecycle.SweepAway {
		lines = append(lines,
			lifecycle.Consequence{Subject: "Each", Text: "Destroyed with everything on it, within seconds. This cannot be undone.", Changes: true},
			lifecycle.Consequence{Subject: "Before that", Text: "Everything is asked once more: what is linked or in use by then is kept.", Changes: true})
	} else {
		text := "Left as it is. The sweeper asks no more about it."
		if slices.ContainsFunc(f.Findings, Finding.costs) {
			text = "Stays as it is, and may still cost money. The sweeper asks no more about it."
		}
		lines = append(lines, lifecycle.Consequence{Subject: "Each", Text: text, Changes: true})
	}
	for i, left := range f.Left {
		line := lifecycle.Consequence{Text: left}
		if i == 0 {
			line.Subject = "Left out"
		}
		lines = append(lines, line)
	}
	return lines
}

// found names the droplets of each reason.
func (f FindingsForm) found() []lifecycle.Consequence {
	var reasons []string
	names := map[string][]string{}
	for _, one := range f.Findings {
		why := one.Verdict.Why()
		if names[why] == nil {
			reasons = append(reasons, why)
		}
		names[why] = append(names[why], one.Droplet)
	}
	lines := make([]lifecycle.Consequence, len(reasons))
	for i, why := range reasons {
		lines[i] = lifecycle.Consequence{Subject: counted(int64(len(names[why])), "droplet"), Text: why + ": " + strings.Join(names[why], ", "), Changes: true}
	}
	return lines
}

// confirm is the word on the button.
func (f FindingsForm) confirm() string {
	return f.Decision.Label() + " " + strconv.Itoa(len(f.Findings))
}

func (f FindingsForm) notesField() Field {
	field := FindingForm{Finding: Finding{Verdict: lifecycle.KeepLimit}, Decision: f.Decision, Notes: f.Notes, FieldError: f.FieldError}.notesField()
	if f.Decision == lifecycle.SweepKeep && len(f.Findings) > 1 {
		field.Label = "Why they are kept"
	}
	return field
}

// ask is the form as it is drawn.
func (f FindingsForm) ask() askBox {
	hidden := []Choice{{string(f.Decision), "decision", ""}, {f.Key, "key", ""}, {f.Seen, "seen", ""}}
	for _, one := range f.Findings {
		hidden = append(hidden, Choice{one.Droplet, "droplet", ""})
	}
	return askBox{
		TestID: "findings-form", Form: decideManyAttrs(), Hidden: hidden, Question: f.question(), Error: f.Error, Lines: f.lines(),
		Notes: f.notesField(), Back: provisioningPath, Dismiss: "Not now", Confirm: f.confirm(), Tone: FindingForm{Decision: f.Decision}.tone(),
		Icon: decideIcons[f.Decision],
	}
}

var decideIcons = map[lifecycle.SweepDecision]string{lifecycle.SweepAway: "brush-cleaning", lifecycle.SweepKeep: "check"}
