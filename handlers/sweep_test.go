package handlers_test

import (
	"net/http"
	"strings"
	"testing"
)

// found puts a finding there, as a sweep leaves it.
func (b builder) found(droplet, verdict string) string {
	b.t.Helper()
	_, err := b.owner.ExecContext(b.t.Context(), `
WITH swept AS (INSERT INTO sweeps (id, provider, origin, dry, looked_at, removed, finished_at)
               VALUES (gen_random_uuid(), 'test', 'console', false, 12, 5, clock_timestamp()) RETURNING id)
INSERT INTO sweep_findings (provider, droplet_id, name, region, size, created_at, verdict, seen, sweep_id)
SELECT 'test', $1, 'stray.managed.example', 'fra1', 's-1vcpu-1gb', clock_timestamp() - interval '2 hours', $2, 2, id FROM swept`, droplet, verdict)
	if err != nil {
		b.t.Fatal(err)
	}
	return "/provisioning/droplets/" + droplet
}

// Everybody sees what is left over; operators decide, once, and it is recorded.
func TestFindingsAreDecidedByOperators(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	b.wants(b.as("viewer", "GET", "/provisioning", ""), http.StatusOK, "Nothing is left over at the provider", "The sweeper has not looked yet.")
	path := b.found("431882910", "limit")
	for role, offered := range map[string]bool{"viewer": false, "support": false, "billing": false, "operator": true, "admin": true} {
		a := b.as(role, "GET", "/provisioning", "")
		b.wants(a, http.StatusOK, `data-testid="finding" data-id="431882910"`, "May still cost money", "12 droplets looked at, 5 removed")
		if has := strings.Contains(a.body, `data-testid="finding-remove"`); has != offered {
			t.Errorf("%s is offered to remove it: %t", role, has)
		}
	}
	b.wants(b.as("operator", "GET", path+"/remove", ""), http.StatusOK, "Remove droplet 431882910?", "cannot be undone")
	b.wants(b.as("support", "GET", path+"/remove", ""), http.StatusForbidden, "Operator")
	b.unchanged("what is refused", func() {
		b.wants(b.as("support", "POST", path, "decision=remove&key=s"), http.StatusForbidden)
		b.wants(b.as("viewer", "POST", path, "decision=remove&key=v"), http.StatusForbidden)
		b.wants(b.as("operator", "POST", path, "decision=keep&key=a&notes="), 422, "Say why it is kept")
		b.wants(b.as("operator", "POST", path, "decision=burn&key=a"), http.StatusBadRequest)
		b.wants(b.as("operator", "POST", path, "decision=keep&key=a&notes="+strings.Repeat("x", 10001)), 422, "xxxx")
		b.wants(b.as("operator", "POST", path, "decision=remove"), http.StatusBadRequest)
	})
	a := b.as("operator", "POST", path, "decision=remove&key=r")
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/provisioning#sweep" {
		t.Errorf("%d to %q", a.status, a.header.Get("Location"))
	}
	b.wants(b.as("viewer", "GET", "/provisioning", ""), http.StatusOK, "Its removal was asked for by", "Will be removed")
	b.wants(b.as("operator", "POST", path, "decision=remove&key=again"), 422, "decided already")
	b.wants(b.as("operator", "POST", path, "decision=keep&key=k&notes=Ticket+8812", header("HX-Request", "true")), http.StatusOK,
		`hx-target="#sweep"`, "Ticket 8812", "it is left as it is")
	b.wants(b.as("viewer", "GET", "/activity?kind=runs", ""), http.StatusOK, "Left-over droplet kept", "Removal of a left-over droplet asked for", "Droplet 431882910")
}

// What changed meanwhile is refused in the dialog, which keeps what was typed.
func TestStaleFindingsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	path := b.found("431882910", "limit")
	b.wants(b.as("operator", "POST", path, "decision=keep&key=a&notes=", header("HX-Request", "true")), 422, `hx-target="#dialog"`, "Say why it is kept")
	if _, err := b.owner.ExecContext(t.Context(), `UPDATE sweep_findings SET status = 'settled'`); err != nil {
		t.Fatal(err)
	}
	b.wants(b.as("operator", "GET", path+"/keep", ""), 422, "Nothing was done", "It is settled")
	b.wants(b.as("operator", "POST", path, "decision=keep&key=b&notes=Half+a+page", header("HX-Request", "true")), 422, "It is settled", "Half a page", "Nothing of it is stored")
	young := b.found("431882911", "young")
	b.wants(b.as("operator", "POST", young, "decision=remove&key=c"), 422, "Nobody was asked yet")
}

func TestFindingsThatThereAreNot(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	path := b.found("431882910", "limit")
	for _, other := range []string{"/provisioning/droplets/431882911", "/provisioning/droplets/0", "/provisioning/droplets/-1", "/provisioning/droplets/0431882910", "/provisioning/droplets/99999999999999999999", "/provisioning/droplets/:droplet"} {
		b.wants(b.as("operator", "GET", other+"/remove", ""), http.StatusNotFound)
		b.wants(b.as("operator", "POST", other, "decision=remove&key=x"), http.StatusNotFound)
	}
	b.wants(b.as("operator", "GET", path+"/burn", ""), http.StatusNotFound)
	plain := newConsole(t) // nobody has a provider
	plain.wants(plain.as("operator", "GET", path+"/remove", ""), http.StatusNotFound)
	plain.wants(plain.as("operator", "POST", path, "decision=remove&key=y"), http.StatusNotFound)
}
