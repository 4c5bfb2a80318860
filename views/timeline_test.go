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

// What a run links reads as that, by the run; what a person edits stays an edit, whatever the field.
func TestALinkedDropletReadsAsThat(t *testing.T) {
	t.Parallel()
	linked := []Change{{Field: "droplet", To: "431882910"}, {Field: "address", To: "203.0.113.24"}}
	unlinked := []Change{{Field: "droplet", From: "431882910"}, {Field: "address", From: "203.0.113.24"}}
	for name, c := range map[string]struct {
		byRun   bool
		changes []Change
		says    string
		not     string
	}{
		"linked":             {true, linked, "Linked droplet 431882910, address 203.0.113.24 By a run · Provisioning System", "Edited"},
		"without an address": {true, linked[:1], "Linked droplet 431882910 By a run", "address"},
		"unlinked":           {true, unlinked, "Unlinked droplet 431882910 By a run", "203"},
		"by hand":            {false, linked, "Edited Provisioning System droplet 431882910", "run"},
		"something else":     {true, append([]Change{{Field: "host name", From: "a", To: "b"}}, linked...), "Edited Provisioning System host name a to b", "Linked"},
	} {
		e := Entry{At: noon, Actor: "Provisioning", ActorID: "provisioning", ActedAs: "System", Edited: true, ByRun: c.byRun, Changes: c.changes}
		d := draw(t, TimelineList(Clock{Now: noon}, Timeline{Entries: []Entry{e}}))
		text := spaced(d, "event")
		if !strings.HasPrefix(text, c.says) || strings.Contains(text, c.not) {
			t.Errorf("%s reads %q", name, text)
		}
		if icon := e.icon(); !icons(t)[icon] {
			t.Errorf("%s has no icon %q", name, icon)
		}
	}
}
