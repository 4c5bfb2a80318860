package views

import (
	"strings"
	"testing"
	"time"

	"arcadia.example/console/lifecycle"
)

func accountMove(name string, from, to lifecycle.State, command string) Entry {
	return Entry{
		At: noon, From: from, To: to, Reason: "customer_request", Actor: "Billing", ActorID: "billing@arcadia.example", ActedAs: "Billing",
		Version: 2, DeploymentID: name, DeploymentName: name, Command: command,
	}
}

func TestWhatOneRequestDidIsOneEntry(t *testing.T) {
	t.Parallel()
	const one, two = "one", "two"
	list := Timeline{Entries: []Entry{
		accountMove("a", lifecycle.Paused, lifecycle.Active, two),
		accountMove("b", lifecycle.Active, lifecycle.Cancelled, one),
		accountMove("c", lifecycle.Active, lifecycle.Cancelled, one),
		accountMove("d", lifecycle.Trial, lifecycle.Cancelled, one),
		{At: noon, Actor: "Billing", Notes: "They called."},
		accountMove("e", "", lifecycle.Active, "import"),
		accountMove("f", "", lifecycle.Active, "import"),
	}}
	d := draw(t, TimelineList(Clock{Now: noon, Zone: time.UTC}, list))
	groups := d.with("data-testid", "event-group")
	if len(groups) != 2 || len(d.with("data-testid", "event")) != 7 {
		t.Fatalf("%d groups and %d events", len(groups), len(d.with("data-testid", "event")))
	}
	for i, want := range []string{"To cancelled 3 deployments", "Created as active 2 deployments"} {
		if got := strings.Join(strings.Fields(content(groups[i])), " "); !strings.HasPrefix(got, want) {
			t.Errorf("group %d says %q, not %q", i, got, want)
		}
	}
	if text := content(groups[0]); !strings.Contains(text, "was trial") {
		t.Errorf("the group does not say what each was: %q", text)
	}

	list.Older = "/tenants/x?before=y"
	list.Entries = list.Entries[1:4]
	if text := content(draw(t, TimelineList(Clock{Now: noon, Zone: time.UTC}, list)).with("data-testid", "event-group")[0]); !strings.Contains(text, "3 or more deployments") {
		t.Errorf("the page ends inside of the group, which says %q", text)
	}
}
