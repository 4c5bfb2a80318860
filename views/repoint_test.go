package views

import (
	"strings"
	"testing"

	"arcadia.example/console/lifecycle"
)

// The form of an edit says under the host name what becomes of DNS.
func TestTheFormSaysWhatBecomesOfDNS(t *testing.T) {
	t.Parallel()
	for want, dns := range map[string]FormDNS{
		"When it changes, DNS will be pointed at 203.0.113.7 after saving, and the former name taken back.": {Ours: true, Address: "203.0.113.7"},
		"Point this name at 203.0.113.7 yourself: its DNS is not managed here.":                             {Address: "203.0.113.7"},
		"Without https://.": {},
	} {
		form := SampleDeploymentForm()
		form.ID, form.DNS = sampleID, dns
		text := content(draw(t, recordFormCard(Clock{Now: noon}, form.record())).root)
		if !strings.Contains(text, want) || strings.Contains(text, "DNS") != strings.Contains(want, "DNS") {
			t.Errorf("%+v: the form says %q", dns, text)
		}
	}
}

// A run that points DNS is told as one: what goes on, what went wrong, and what a person's word about it means.
func TestWordsOfPointingDNS(t *testing.T) {
	t.Parallel()
	c := Clock{Now: noon}
	for _, w := range []struct {
		run   Run
		wants []string
	}{
		{sampleRepoint(1, lifecycle.RunRunning, noon), []string{"Pointing DNS at the droplet", "then: remove former DNS records", "shop.northwind.example"}},
		{sampleRepoint(2, lifecycle.RunRunning, noon), []string{"Removing the DNS records of former names", "A 198.51.100.7 to 203.0.113.24"}},
		{sampleRepoint(1, lifecycle.RunNeedsOperator, noon), []string{"DNS could not be pointed at storefront-eu.northwind.example", "No zone of the provider holds"}},
		{sampleRepoint(2, lifecycle.RunNeedsOperator, noon), []string{"DNS is pointed, but a former name may still lead to the droplet"}},
		{sampleRepoint(2, lifecycle.RunDone, noon), []string{"DNS pointed", "no former one does", "A record of shop.northwind.example 203.0.113.24 to none"}},
	} {
		text := content(draw(t, RunPanel(c, sampleID, RunCard{Run: &w.run})).root)
		for _, want := range w.wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s at %s: no %q in %q", w.run.Status, w.run.Step, want, text)
			}
		}
	}
	text := content(draw(t, RunDialog(c, sampleRepointForm(noon))).root)
	for _, want := range []string{"Is DNS of", "you say that DNS is as it should be", "Stays as it is", "must lead to that droplet"} {
		if !strings.Contains(text, want) || strings.Contains(text, "costing money") {
			t.Errorf("no %q in %q", want, text)
		}
	}
}
