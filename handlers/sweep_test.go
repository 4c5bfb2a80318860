package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
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

// What a form has not shown is not overruled by it: somebody else has decided since, of one or of several.
func TestADecisionThatWasNotReadStands(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	path := b.found("431882910", "limit")
	b.found("431882911", "limit")
	const many = "/provisioning/droplets"
	seen := func(page answer) string {
		found := regexp.MustCompile(`name="seen" value="([^"]+)"`).FindStringSubmatch(page.body)
		if found == nil {
			t.Fatalf("the form does not say when it was read: %.500s", page.body)
		}
		return "&seen=" + url.QueryEscape(found[1])
	}
	one := seen(b.as("operator", "GET", path+"/remove", ""))
	both := seen(b.as("operator", "GET", many+"?decision=remove&droplet=431882910&droplet=431882911", ""))
	b.wants(b.as("admin", "POST", path, "decision=keep&key=k&notes=Evidence"), http.StatusSeeOther)
	b.unchanged("a form from before", func() {
		b.wants(b.as("operator", "POST", path, "decision=remove&key=a"+one), 422, "has decided about it meanwhile")
		b.wants(b.as("operator", "POST", path, "decision=remove&key=a&seen=yesterday"), http.StatusBadRequest)
		b.wants(b.as("operator", "POST", many, "decision=remove&key=a&droplet=431882910&seen=yesterday"), http.StatusBadRequest)
	})
	b.wants(b.as("operator", "POST", many, "decision=remove&key=b&droplet=431882910&droplet=431882911"+both), http.StatusOK,
		"Not all were decided", "has decided about it meanwhile", "1 droplet: it is removed")
	if kept := b.value(`SELECT decision FROM sweep_findings WHERE droplet_id = 431882910`); kept != "keep" {
		t.Errorf("what was to be kept: %s", kept)
	}
	b.wants(b.as("operator", "POST", path, "decision=remove&key=c"+seen(b.as("operator", "GET", path+"/remove", ""))), http.StatusSeeOther)
}

// Several findings are decided at once, each recorded by itself; what cannot be decided is named, and the others stand.
func TestSeveralFindingsAreDecidedEachByItself(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	const path, three = "/provisioning/droplets", "droplet=431882910&droplet=431882911&droplet=431882912"
	for _, droplet := range []string{"431882910", "431882911", "431882912"} {
		b.found(droplet, "limit")
	}
	b.found("431882913", "young")
	b.wants(b.as("operator", "GET", "/provisioning", ""), http.StatusOK, `data-testid="choose-findings"`, `data-testid="chosen-remove"`)
	if a := b.as("viewer", "GET", "/provisioning", ""); strings.Contains(a.body, "choose-finding") {
		t.Error("a viewer is asked to choose")
	}
	b.unchanged("what is asked or refused", func() {
		b.wants(b.as("operator", "GET", path+"?decision=remove&"+three+"&droplet=431882913", ""), http.StatusOK, "Remove 3 droplets?", "Droplet 431882913: ", "Nobody was asked yet")
		b.wants(b.as("operator", "GET", path+"?decision=remove", ""), 422, "No droplet is ticked")
		b.wants(b.as("operator", "GET", path+"?decision=remove&droplet=431882913", ""), 422, "can be decided so", "Nobody was asked yet")
		b.wants(b.as("operator", "GET", path+"?decision=burn&"+three, ""), http.StatusBadRequest, "There is no such decision")
		b.wants(b.as("operator", "GET", path+"?decision=keep&droplet=12", ""), http.StatusNotFound)
		b.wants(b.as("support", "GET", path+"?decision=keep&"+three, ""), http.StatusForbidden, "Operator")
		b.wants(b.as("support", "POST", path, "decision=keep&key=s&notes=x&"+three), http.StatusForbidden)
		b.wants(b.as("viewer", "POST", path, "decision=keep&key=s&notes=x&"+three), http.StatusForbidden)
		b.wants(b.as("operator", "POST", path, "decision=keep&key=a&notes=+&"+three), 422, "Say why it is kept", "Keep 3 droplets?")
		b.wants(b.as("operator", "POST", path, "decision=keep&key=a&notes="+strings.Repeat("x", 10001)+"&"+three, header("HX-Request", "true")), 422, `hx-target="#dialog"`, "xxxx")
		b.wants(b.as("operator", "POST", path, "decision=keep&key=a&notes=x&droplet=431882910&droplet=1"), http.StatusNotFound)
		b.wants(b.as("operator", "POST", path, "decision=keep&key=a&notes=x"), 422, "No droplet is ticked")
	})
	keep := "decision=keep&key=k&notes=Ticket+8812&droplet=431882910&droplet=431882911"
	a := b.as("operator", "POST", path, keep)
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/provisioning#sweep" {
		t.Errorf("%d to %q: %.300s", a.status, a.header.Get("Location"), a.body)
	}
	b.wants(b.as("operator", "POST", path, keep), http.StatusSeeOther) // sent again: nothing twice
	if n := b.value(`SELECT count(*) FROM activity WHERE kind = 'sweep_kept'`); n != "2" {
		t.Errorf("%s decisions are recorded", n)
	}
	b.wants(b.as("operator", "POST", path, "decision=remove&key=r&"+three+"&droplet=431882913", header("HX-Request", "true")), http.StatusOK,
		`hx-target="#sweep"`, "3 droplets: each is removed within seconds", "Not all were decided", "Droplet 431882913: ")
	b.wants(b.as("operator", "POST", path, "decision=remove&key=again&"+three), 422, "Nothing was decided", "decided already")
}
