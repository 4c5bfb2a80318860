package views

import (
	"strings"
	"testing"

	"arcadia.example/console/lifecycle"
)

func TestFindingsSayWhatBecomesOfThem(t *testing.T) {
	t.Parallel()
	d := draw(t, SweepCard(testPage().Clock(), SampleSweep(noon)))
	rows := d.with("data-testid", "finding")
	fates := []string{
		"Somebody has to decide", "Somebody has to decide", "Somebody has to decide", "Somebody has to decide", "Being removed", "Kept for now",
		"Will be removed", "Kept",
	}
	if len(rows) != len(fates) {
		t.Fatalf("%d rows", len(rows))
	}
	for i, f := range SampleSweep(noon).Rows {
		text := content(rows[i])
		for _, want := range []string{"Droplet " + f.Droplet, fates[i]} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q says nothing of %q", f.Verdict, text, want)
			}
		}
		if costs := strings.Contains(text, "May still cost money"); costs != (f.Verdict != lifecycle.SweepMissing) {
			t.Errorf("%s: says that it may cost money: %t", f.Verdict, costs)
		}
		for _, o := range lifecycle.SweepDecisions {
			if has, want := strings.Contains(text, f.label(o)+"…"), len(f.Options) > 0 && strings.Contains(joined(f.Options), string(o)); has != want {
				t.Errorf("%s: button %s: %t", f.Verdict, o, has)
			}
		}
	}
}

func joined(options []lifecycle.SweepDecision) (text string) {
	for _, o := range options {
		text += string(o) + " "
	}
	return text
}

func TestSweepsInOneLine(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]Sweep{
		"The sweeper has not looked yet.":                     {},
		"1 droplet looked at, none removed":                   {At: noon, LookedAt: 1},
		"3,117 droplets looked at, 5 removed":                 SampleSweep(noon),
		"The last sweep did not come to its end: 500 <b>busy": {At: noon, Error: "500 <b>busy"},
		"Nothing is left over at the provider":                {At: noon},
		"1 droplet left over or missing":                      {At: noon, Total: 1},
		"3 more follow when these are decided":                {At: noon, Total: 3},
		"8 droplets left over or missing":                     SampleSweep(noon),
	} {
		if text := content(draw(t, SweepCard(testPage().Clock(), s)).root); !strings.Contains(text, want) {
			t.Errorf("%q says nothing of %q", text, want)
		}
	}
}

// The dialog says what is lost, asks for a note where one is needed, and keeps what was typed.
func TestFindingForms(t *testing.T) {
	t.Parallel()
	finding := SampleSweep(noon).Rows[0]
	for name, c := range map[string]struct {
		form FindingForm
		want []string
	}{
		"remove": {FindingForm{Decision: lifecycle.SweepAway}, []string{"Remove droplet 431882910?", "cannot be undone", "More than 5 were found at once"}},
		"keep":   {FindingForm{Decision: lifecycle.SweepKeep}, []string{"Keep droplet 431882910?", "may still cost money", "Why it is kept"}},
		"again":  {FindingForm{Decision: lifecycle.SweepKeep, Notes: "half a", Error: "Not recorded yet", FieldError: "Say why"}, []string{"half a", "Not recorded yet", "Say why"}},
		"closed": {FindingForm{Decision: lifecycle.SweepKeep, Notes: "half a", Closed: true, Error: "It is settled"}, []string{"Nothing was done", "half a", "It is settled"}},
	} {
		c.form.Finding, c.form.Key = finding, "k"
		d := draw(t, FindingFormAlone(FindingFormPage{testPage(), c.form}))
		text := content(d.root)
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: nothing of %q in %q", name, want, text)
			}
		}
		if confirms := len(d.with("data-testid", "confirm")) == 1; confirms == c.form.Closed {
			t.Errorf("%s: can be confirmed: %t", name, confirms)
		}
	}
}

// Several are decided at once where the same can be decided about more than one, and each that is meant is named with its reason.
func TestSeveralFindingsAreDecidedAtOnce(t *testing.T) {
	s := SampleSweep(noon)
	d := draw(t, SweepCard(Clock{Now: noon}, s))
	if n := len(d.with("data-testid", "choose-finding")); n != s.choosable() || n != 7 || len(d.with("data-testid", "chosen-remove")) != 1 || len(d.with("data-testid", "chosen-keep")) != 1 {
		t.Errorf("%d boxes", n)
	}
	s.Rows = s.Rows[:1]
	if d := draw(t, SweepCard(Clock{Now: noon}, s)); len(d.with("data-testid", "choose-finding"))+len(d.with("data-testid", "choose-findings")) != 0 {
		t.Error("one is to be chosen from one")
	}
	d = draw(t, FindingsDialog(sampleFindings(noon, lifecycle.SweepAway)))
	text := content(d.root)
	for _, want := range []string{"Remove 3 droplets?", "cannot be undone", "Droplet 431882914: It is being removed already.", lifecycle.KeepLimit.Why() + ": 431882910", "Remove 3"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q: %s", want, text)
		}
	}
	if n := len(d.with("name", "droplet")); n != 3 {
		t.Errorf("%d droplets are sent", n)
	}
	missing := FindingsForm{Findings: SampleSweep(noon).Rows[3:4], Decision: lifecycle.SweepKeep, Key: "k"}
	if text := content(draw(t, FindingsDialog(missing)).root); strings.Contains(text, "cost money") || !strings.Contains(text, "The sweeper asks no more") {
		t.Errorf("what is not there: %q", text)
	}
}
