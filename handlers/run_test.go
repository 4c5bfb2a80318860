package handlers_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"arcadia.example/console/provisioning"

	"arcadia.example/console/handlers"
	"arcadia.example/console/store"
)

// Building is offered where there is a provider, to those who may have it done; others are told who may.
func TestBuildingIsOfferedToThoseWhoMay(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	form := b.tenantPath("/deployments/new")
	b.wants(b.as("support", "GET", form, ""), http.StatusOK, `name="provision"`, "Build it now", "Record only", "in a zone that DigitalOcean manages")
	for role, says := range map[string]bool{"billing": true, "admin": false} {
		a := b.as(role, "GET", form, "")
		if offered := strings.Contains(a.body, `name="provision"`); offered == says {
			t.Errorf("%s is offered to build: %t", role, offered)
		}
		if told := strings.Contains(a.body, "Having a machine built for it needs Support."); told != says {
			t.Errorf("%s is told who may: %t", role, told)
		}
	}
	if a := newConsole(t).as("support", "GET", newConsole(t).tenantPath("/deployments/new"), ""); strings.Contains(a.body, "provision") {
		t.Error("building is offered without a provider")
	}
}

// Whatever is wrong with an order is found before anything is begun, and what was typed comes back.
func TestAnOrderThatIsWrongKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	for name, o := range map[string]struct {
		role   string
		fault  error
		fields []string
		status int
		says   string
	}{
		"no host name":       {"support", nil, []string{"hostname", ""}, 422, "A host name is needed"},
		"no zone":            {"support", nil, []string{"hostname", "shop.elsewhere.example"}, 422, "It lies in no zone that DigitalOcean manages"},
		"no size":            {"support", nil, []string{"size", "huge"}, 422, `id="size-error"`},
		"a trial":            {"support", nil, []string{"state", "trial"}, 422, "Choose “Record only” for a trial"},
		"no answer":          {"support", errors.New("time-out"), nil, 503, "DigitalOcean does not answer"},
		"no right to ask":    {"support", &provisioning.Fault{Kind: provisioning.Definite, Message: "Unable to authenticate you"}, nil, 503, "“Unable to authenticate you”"},
		"who may not":        {"billing", nil, nil, 403, "Having a machine built needs Support"},
		"neither one's word": {"support", nil, []string{"provision", "maybe"}, 422, "Say whether its machine is to be built"},
	} {
		b.zones.fail(o.fault)
		b.unchanged(name, func() {
			a := b.as(o.role, http.MethodPost, b.tenantPath("/deployments"), order("k", append([]string{"name", "Typed name"}, o.fields...)...))
			b.wants(a, o.status, o.says, `value="Typed name"`, `value="storefront"`)
			if o.role == "support" && !strings.Contains(a.body, `value="true" checked`) && name != "neither one's word" {
				t.Errorf("%s: the choice is forgotten", name)
			}
		})
	}
	plain := newConsole(t)
	plain.unchanged("an order without a provider", func() {
		plain.wants(plain.as("support", http.MethodPost, plain.tenantPath("/deployments"), order("k")), 422, "There is no cloud provider here")
	})
}

// The provider is asked about the host name as it will be stored, and not at all for what is wrong anyway or not to be built.
func TestTheProviderIsAskedOnceAndOnlyWhereItHelps(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	post := func(fields string) answer {
		return b.as("support", http.MethodPost, b.tenantPath("/deployments"), fields)
	}
	b.wants(post(order("a", "hostname", " Shop.Managed.Example ")), http.StatusSeeOther)
	b.wants(post(order("b", "size", "huge")), 422)
	b.wants(post(order("c", "provision", "false", "hostname", "old.elsewhere.example", "name", "Old shop")), http.StatusSeeOther)
	b.zones.fail(errors.New("time-out"))
	b.wants(post(order("a", "hostname", " Shop.Managed.Example ")), http.StatusSeeOther) // sent again: answered from what is stored
	if asked := b.zones.questions(); !slices.Equal(asked, []string{"shop.managed.example"}) {
		t.Errorf("asked %q", asked)
	}
}

func TestAnOrderBeginsOneRun(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	path, run := b.ordered("Garden shop")
	if again, other := b.ordered("Garden shop"); again != path || other != run {
		t.Errorf("sent again it leads to %s, run %s", again, other)
	}
	page := b.as("viewer", "GET", path, "")
	b.wants(page, http.StatusOK, `data-testid="saga"`, `data-status="waiting"`, `data-step="dns"`, "Waiting to begin", "garden-shop.managed.example",
		"Provisioning: waiting to begin", `href="/provisioning/`+run+`"`)
	if strings.Contains(page.body, `data-testid="run-`+`retry"`) || strings.Contains(page.body, `data-testid="run-abort"`) {
		t.Error("a viewer has buttons")
	}
	b.wants(b.as("viewer", "GET", "/provisioning", ""), http.StatusOK, `data-testid="run-row" data-id="`+run+`"`, "Garden shop", `data-testid="group-waiting"`)
	b.wants(b.as("viewer", "GET", "/provisioning/"+run, ""), http.StatusOK, "Provisioning of Garden shop", "Fencing token", run)
	b.wants(b.as("viewer", "GET", "/deployments?state=provisioning", ""), http.StatusOK, `<td class="row-next">Being built…</td>`)
	b.wants(b.as("viewer", "GET", "/activity?kind=runs", ""), http.StatusOK, "Building of a machine started", "Garden shop")
}

// The buttons of a run go by its status and by who looks; a word that comes too late is refused and changes nothing.
func TestAWordThatComesTooLateIsRefused(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	path, run := b.ordered("Garden shop")
	b.put(run, "retrying", "create")
	b.wants(b.as("operator", "GET", path, ""), http.StatusOK, `data-testid="run-retry"`, `data-testid="run-abort"`, "the droplet is locked", "Try 8 of 8 failed")
	b.put(run, "running", "create")
	b.unchanged("words that come too late", func() {
		b.wants(b.tell("operator", run, "action=retry&key=r"), 422, "It is at work now", `data-testid="saga"`)
		b.wants(b.tell("operator", run, "action=retry&key=r", htmx), 422, `hx-target="#run"`, `hx-target="#run-row-`+run+`"`, "It is at work now", `hx-target="#notices"`)
		b.wants(b.tell("operator", run, "action=resume&key=r"), 422, "Nothing is being rolled back")
		b.wants(b.tell("operator", run, "action=clean&key=r&notes=All+gone"), 422, "only what needs an operator is cleaned up by hand", "All gone", "Nothing was done")
		b.wants(b.tell("operator", run, "action=clean&key=r&notes=All+gone", htmx), 422, `hx-target="#dialog"`, "All gone", `data-testid="run-refusal"`)
		b.wants(b.tell("support", run, "action=retry&key=r"), 403, "Needs Operator")
		b.wants(b.tell("billing", run, "action=retry&key=r"), 403, "You act as")
		b.wants(b.tell("operator", run, "action=explode&key=r"), 400, "There is no such action")
		b.wants(b.tell("operator", run, "action=retry&key=r&force=1"), 400, "force")
		b.wants(b.tell("operator", "00000000-0000-7000-8000-000000000000", "action=retry&key=r"), 404)
	})
}

func TestAbortAsksForAReason(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	_, run := b.ordered("Garden shop")
	b.put(run, "running", "create")
	dialog := "/provisioning/" + run + "/actions/abort"
	b.wants(b.as("support", "GET", dialog, ""), http.StatusOK, "<!doctype html>", "Abort provisioning of Garden shop?", `name="reason"`)
	if a := b.as("support", "GET", dialog, "", htmx); a.status != 200 || strings.Contains(a.body, "<html") || !strings.Contains(a.body, `data-testid="run-form"`) {
		t.Errorf("the dialog: %d %.200s", a.status, a.body)
	}
	b.unchanged("an abort without a reason", func() {
		b.wants(b.tell("support", run, "action=abort&key=a&notes=Customer+called"), 422, "Choose a reason", "Customer called", `data-testid="run-form"`)
		b.wants(b.tell("support", run, "action=abort&key=a&notes=Customer+called", htmx), 422, `hx-target="#dialog"`, "Choose a reason", "Customer called")
	})
	a := b.tell("support", run, "action=abort&key=b&reason=customer_request&notes=Customer+called", htmx)
	b.wants(a, http.StatusOK, "it stops; what was built is being removed", `hx-target="#action-panel"`, `hx-target="#deployment-head"`)
	b.wants(b.as("support", "GET", dialog, ""), 422, "It is being aborted already", `data-testid="run-refusal"`)
	b.wants(b.as("viewer", "GET", "/activity?kind=runs", ""), http.StatusOK, "Run aborted")
	for _, action := range []string{"retry", "resume", "nothing"} { // these ask nothing
		b.wants(b.as("operator", "GET", "/provisioning/"+run+"/actions/"+action, ""), http.StatusNotFound)
	}
}

func TestMarkedAsCleanedWithANote(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	path, run := b.ordered("Garden shop")
	b.put(run, "needs_operator", "create")
	b.wants(b.as("operator", "GET", path, ""), http.StatusOK, "Rollback incomplete: droplet 431882910 may still cost money", `data-testid="run-resume"`, `data-testid="run-clean"`)
	b.wants(b.as("operator", "GET", "/provisioning/"+run+"/actions/clean", ""), http.StatusOK, "Is everything of Garden shop cleaned up?", "431882910: look at the provider first")
	b.unchanged("cleaned without a note", func() {
		b.wants(b.tell("operator", run, "action=clean&key=c&notes=+"), 422, "Say what you found", `id="notes-error"`)
		b.wants(b.tell("operator", run, "action=clean&key=c&notes="+strings.Repeat("x", 10001)), 422, "xxxx", `data-testid="run-form"`)
	})
	a := b.tell("operator", run, "action=clean&key=d&notes=Gone,+ticket+8812", header("Referer", "http://localhost:8080/provisioning?group=needs_operator"))
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/provisioning?group=needs_operator" {
		t.Errorf("%d to %q", a.status, a.header.Get("Location"))
	}
	b.wants(b.as("viewer", "GET", path, ""), http.StatusOK, `data-testid="saga"`, `data-status="failed"`, "Gone, ticket 8812", "Ended unfinished")
	b.wants(b.tell("operator", run, "action=clean&key=d&notes=Gone,+ticket+8812"), http.StatusSeeOther) // the same form, sent again
	b.wants(b.tell("operator", run, "action=clean&key=e&notes=Again"), 422, "It is over", "Again")
}

// A machine that was only not switched is not cleaned away: there is no button, and whoever asks or sends all the same is told what to do.
func TestNotCleanedWhileTheProviderHasNotSaidThatItIsGone(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	if _, err := b.owner.ExecContext(t.Context(), `UPDATE cloud_deployments SET droplet_id = 431882910, edit_version = edit_version + 1`); err != nil {
		t.Fatal(err)
	}
	b.wants(b.move(pause("k")), http.StatusSeeOther)
	run := b.value(`SELECT id FROM runs WHERE kind = 'power_off'`)
	b.put(run, "needs_operator", "power")
	dialog, why := "/provisioning/"+run+"/actions/clean", "Retry first: the provider has not said that droplet 431882910 is gone."
	page := b.as("operator", "GET", "/provisioning/"+run, "")
	b.wants(page, http.StatusOK, `data-testid="run-retry"`)
	if strings.Contains(page.body, `data-testid="run-clean"`) {
		t.Error("there is a button")
	}
	b.wants(b.as("operator", "GET", dialog, ""), 422, why, `data-testid="run-refusal"`)
	b.unchanged("cleaned while it is there", func() {
		b.wants(b.tell("operator", run, "action=clean&key=c&notes=All+gone"), 422, why, "All gone", "Nothing was done")
	})
	if _, err := b.owner.ExecContext(t.Context(), `UPDATE runs SET error_kind = 'not_found' WHERE id = $1`, run); err != nil {
		t.Fatal(err)
	}
	b.wants(b.as("operator", "GET", "/provisioning/"+run, ""), http.StatusOK, `data-testid="run-clean"`)
	b.wants(b.as("operator", "GET", dialog, ""), http.StatusOK, `data-testid="run-form"`)
	b.wants(b.tell("operator", run, "action=clean&key=d&notes=All+gone"), http.StatusSeeOther)
}

// Where a form of a run was sent from is followed only to pages of ours.
func TestBackFromARunLeadsToPagesOfOurs(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	path, run := b.ordered("Garden shop")
	for from, want := range map[string]string{
		"https://evil.example/provisioning//evil": path + "#run", "http://localhost:8080/provisioning?step=create": "/provisioning?step=create",
		"http://localhost:8080/provisioning/" + run: "/provisioning/" + run, "": path + "#run", "http://localhost:8080/tenants": path + "#run",
	} {
		b.put(run, "retrying", "create")
		a := b.tell("operator", run, "action=retry&key=from"+from, header("Referer", from))
		if a.status != http.StatusSeeOther || a.header.Get("Location") != want {
			t.Errorf("from %q: %d to %q, want %q", from, a.status, a.header.Get("Location"), want)
		}
	}
}

func TestListOfRunsIsNarrowed(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	_, broken := b.ordered("Garden shop")
	_, fresh := b.ordered("Flower shop")
	b.put(broken, "needs_operator", "create")
	for query, want := range map[string][]string{
		"": {broken, fresh}, "group=needs_operator": {broken}, "group=waiting": {fresh}, "group=finished": nil, "step=create": {broken},
		"region=fra1": {broken, fresh}, "region=ams3": nil, "error=unknown": {broken}, "error=limited": nil, "kind=provision": {broken, fresh}, "kind=release": nil,
		"group=needs_operator&region=fra1&step=create&error=unknown&limit=10": {broken},
	} {
		a := b.as("viewer", "GET", "/provisioning?"+query, "")
		b.wants(a, http.StatusOK)
		for _, run := range []string{broken, fresh} {
			if listed := strings.Contains(a.body, `id="run-row-`+run+`"`); listed != slices.Contains(want, run) {
				t.Errorf("%s: run %s listed %t", query, run, listed)
			}
		}
		if len(want) == 0 && !strings.Contains(a.body, `data-testid="empty"`) {
			t.Errorf("%s: nothing says that there is nothing", query)
		}
	}
	for query, name := range map[string]string{
		"group=all": "group", "step=fly": "step", "region=moon1": "region", "error=bad": "error", "kind=x": "kind", "limit=0": "limit", "after=x": "after",
		"after=a&before=b": "before", "state=active": "state", "group=waiting&group=stuck": "group",
	} {
		b.wants(b.as("viewer", "GET", "/provisioning?"+query, ""), http.StatusBadRequest, name)
	}
	first := b.as("viewer", "GET", "/provisioning?limit=1", "")
	b.wants(first, http.StatusOK, `data-testid="pager-next"`, "Flower shop")
	if strings.Contains(first.body, "Garden shop") {
		t.Error("a page of one row has two")
	}
}

// A console that was not given the provider's token shows the runs of those that were, and passes on what people tell them.
func TestRunsAreShownWhereverAProviderIs(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	path, run := b.ordered("Garden shop")
	b.put(run, "needs_operator", "create")
	if err := b.store.AnnounceProvider(t.Context()); err != nil {
		t.Fatal(err)
	}
	plain, err := store.Open(t.Context(), b.db.AppDSN, store.Options{Conns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = plain.Close() })
	b.Server = b.serve(plain, handlers.Config{Dev: true})
	b.wants(b.as("viewer", "GET", "/provisioning", ""), http.StatusOK, `data-testid="run-row" data-id="`+run+`"`)
	b.wants(b.as("operator", "GET", path, ""), http.StatusOK, `href="/provisioning"`, `data-testid="run-clean"`)
	b.wants(b.tell("operator", run, "action=clean&key=d&notes=Gone"), http.StatusSeeOther)
	b.wants(b.as("operator", "GET", "/provisioning/"+run, ""), http.StatusOK, `data-status="failed"`)
}

func TestNothingOfRunsWithoutAProvider(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	id := c.deployment.String()
	for _, path := range []string{"/provisioning", "/provisioning/" + id, "/provisioning/" + id + "/actions/abort"} {
		c.wants(c.as("admin", "GET", path, ""), http.StatusNotFound)
	}
	c.wants(c.as("admin", "POST", "/provisioning/"+id+"/actions", "action=retry&key=k"), http.StatusNotFound)
	if a := c.as("admin", "GET", "/deployments", ""); strings.Contains(a.body, `href="/provisioning"`) {
		t.Error("the navigation leads to runs")
	}
}

// A move that needs the machine to follow shows the run that does it, beside the state.
func TestAMoveShowsTheRunThatFollows(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	if _, err := b.owner.ExecContext(t.Context(), `UPDATE cloud_deployments SET droplet_id = 431882910, edit_version = edit_version + 1 WHERE id = $1`, b.deployment); err != nil {
		t.Fatal(err)
	}
	b.wants(b.move(pause("k"), htmx), http.StatusOK, `hx-target="#run"`, `data-kind="power_off"`, "Paused; switching off")
	b.wants(b.get(b.path("")), http.StatusOK, `data-kind="power_off"`, "Paused; switching off", `data-testid="run-line"`)
}
