package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"arcadia.example/console/access"
)

const newShop = `{"tenant": "northwind", "name": "Outlet", "hostname": "Outlet.Northwind.Example", "app": "storefront", "plan": "starter", "region": "ams3", "size": "s-1vcpu-1gb"}`

func TestAPICreatesATenantAndADeployment(t *testing.T) {
	t.Parallel()
	p := newConsole(t).program("Shop", access.Billing)
	a := p.post("/tenants", "t", `{"name": "Fabrikam", "email": "it@fabrikam.example"}`)
	p.wants(a, http.StatusCreated)
	tenant := p.read(a)
	if tenant["slug"] != "fabrikam" || tenant["time_zone"] != "UTC" || tenant["billing_email"] != nil || a.header.Get("Location") != "/api/v1/tenants/"+fmt.Sprint(tenant["id"]) {
		t.Errorf("%v at %s", tenant, a.header.Get("Location"))
	}
	a = p.post("/deployments", "d", `{"tenant_id": "`+fmt.Sprint(tenant["id"])+`", "name": "Shop", "plan": "business", "region": "fra1", "size": "s-1vcpu-2gb", "state": "trial"}`)
	p.wants(a, http.StatusCreated)
	shop := p.read(a)
	if shop["state"] != "trial" || shop["trial_ends_at"] == nil || shop["price_cents"] != 14900.0 || shop["currency"] != "EUR" || shop["version"] != 1.0 {
		t.Errorf("%v", shop)
	}
	own := p.ask("GET", a.header.Get("Location"))
	if own.body != a.body || own.header.Get("ETag") != a.header.Get("ETag") {
		t.Errorf("what was created is read as something else: %s", own.body)
	}
	bySlug := p.ask("GET", "/api/v1/tenants/fabrikam/deployments/shop")
	if bySlug.body != own.body || bySlug.header.Get("Content-Location") != a.header.Get("Location") {
		t.Errorf("by its slug it is another one: %s", bySlug.body)
	}
	if got := p.fetch("/tenants/fabrikam")["deployments"]; fmt.Sprint(got) != "map[trial:1]" {
		t.Errorf("counted %v", got)
	}
	p.wants(p.as("billing", "GET", fmt.Sprint(shop["links"].(map[string]any)["page"]), ""), http.StatusOK, "Shop")
}

// One key is one deed: the same content gives the same answer, another one is refused.
func TestAPIKeysAreUsedOnce(t *testing.T) {
	t.Parallel()
	p := newConsole(t).program("Shop", access.Billing)
	move := "/deployments/" + p.deployment.String() + "/transitions"
	for path, bodies := range map[string][2]string{
		"/tenants":     {`{"name": "Fabrikam", "email": "it@fabrikam.example"}`, `{"name": "Fabrikam", "email": "office@fabrikam.example"}`},
		"/deployments": {newShop, strings.Replace(newShop, "Outlet", "Second", 1)},
		move:           {`{"action": "pause", "version": 1}`, `{"action": "pause", "version": 1, "reason": "other"}`},
		"/deployments/" + p.deployment.String() + "/notes": {`{"notes": "Called."}`, `{"notes": "Called again."}`},
		"/tenants/northwind/notes":                         {`{"notes": "Called."}`, `{"notes": "Called again."}`},
	} {
		first := p.post(path, "key of "+path, bodies[0])
		p.unchanged("the same again", func() {
			for _, again := range []answer{
				p.post(path, "key of "+path, bodies[0]),
				p.post(path, `"key of `+path+`"`, " "+strings.Replace(bodies[0], ":", " : ", 1)+"\n"),
			} {
				if again.status != first.status || again.body != first.body || again.header.Get("Location") != first.header.Get("Location") {
					t.Errorf("%s: again %d %s, first %d %s", path, again.status, again.body, first.status, first.body)
				}
			}
			p.refused(p.post(path, "key of "+path, bodies[1]), http.StatusUnprocessableEntity, "key_reused", "Idempotency-Key")
			p.refused(p.tell("POST", path, bodies[1]), http.StatusBadRequest, "key_missing")
			p.refused(p.post(path, "", bodies[1]), http.StatusBadRequest, "bad_request", "Idempotency-Key")
			p.refused(p.post(path, strings.Repeat("k", 201), bodies[1]), http.StatusBadRequest, "bad_request", "Idempotency-Key")
			p.refused(p.post(path, "schlüssel", bodies[1]), http.StatusBadRequest, "bad_request", "Idempotency-Key")
			p.refused(p.post(path, "a", bodies[1], func(r *http.Request) { r.Header.Add("Idempotency-Key", "b") }), http.StatusBadRequest, "bad_request", "Idempotency-Key")
		})
		if first.status >= 300 {
			t.Errorf("%s: %d %s", path, first.status, first.body)
		}
	}
	// Another integration has keys of its own.
	other := p.console.program("Other", access.Billing)
	p.wants(other.post("/tenants/northwind/notes", "key of /tenants/northwind/notes", `{"notes": "Mine."}`), http.StatusCreated)
}

func TestAPIRefusesWhatTheFormsRefuse(t *testing.T) {
	t.Parallel()
	p := newConsole(t).program("Shop", access.Billing)
	with := func(old, replacement string) string { return strings.Replace(newShop, old, replacement, 1) }
	p.unchanged("refused bodies", func() {
		for body, field := range map[string]string{
			with(`"Outlet"`, `""`):                                    "name",
			with(`"Outlet"`, `null`):                                  "name",
			with(`"name"`, `"slug": "web-shop", "name"`):              "slug", // taken
			with(`"name"`, `"slug": "a b", "name"`):                   "slug",
			with("Outlet.Northwind.Example", "localhost"):             "hostname",
			with("starter", "gold"):                                   "plan",
			with("ams3", "moon1"):                                     "region",
			with(`"northwind"`, `"southwind"`):                        "tenant",
			with(`"tenant": "northwind", `, ``):                       "tenant",
			with(`"tenant"`, `"tenant_id": "x", "tenant"`):            "tenant",
			with(`"tenant": "northwind"`, `"tenant_id": "northwind"`): "tenant_id",
			with(`"tenant": "northwind"`, `"tenant_id": "00000000-0000-0000-0000-000000000000"`): "tenant_id",
			with(`"tenant": "northwind"`, `"tenant": "`+p.tenant.String()+`"`):                   "tenant",
			with(`"name"`, `"state": "provisioning", "name"`):                                    "state",
			with(`"name"`, `"state": "archived", "name"`):                                        "state",
			with("Outlet", "Out\\u202elet"):                                                      "name",
		} {
			a := p.post("/deployments", "k", body)
			p.refused(a, http.StatusUnprocessableEntity, "invalid_fields", `"field":"`+field+`"`)
		}
		p.refused(p.post("/tenants", "k", `{"name": "Northwind", "email": "nobody"}`), http.StatusUnprocessableEntity, "invalid_fields", `"field":"email"`)
		p.refused(p.post("/tenants", "k", `{"name": "Northwind", "email": "a@b.example"}`), http.StatusUnprocessableEntity, "invalid_fields", "Another tenant has this slug")
		p.refused(p.post("/tenants/northwind/notes", "k", `{"notes": " \n"}`), http.StatusUnprocessableEntity, "invalid_fields", `"field":"notes"`)
		for _, path := range []string{"/tenants/southwind/notes", "/deployments/" + p.tenant.String() + "/notes", "/deployments/x/notes"} {
			p.refused(p.post(path, "k", `{"notes": "x"}`), http.StatusNotFound, "not_found")
		}
		for _, path := range []string{"/tenants/southwind", "/tenants/northwind/deployments/x", "/tenants/x/deployments/web-shop", "/deployments/x", "/deployments/" + p.tenant.String() + "/events"} {
			p.refused(p.ask("GET", "/api/v1"+path), http.StatusNotFound, "not_found")
		}
	})
}

func TestAPIEditsWhatTheBodyNames(t *testing.T) {
	t.Parallel()
	p := newConsole(t).program("Shop", access.Billing)
	path := "/deployments/" + p.deployment.String()
	before := p.ask("GET", "/api/v1"+path)
	tag := before.header.Get("ETag")
	// A move in the meantime is no hindrance to an edit by the old ETag.
	p.wants(p.post(path+"/transitions", "m", `{"action": "pause"}`, header("If-Match", tag)), http.StatusOK)
	a := p.tell("PATCH", path, `{"hostname": "shop.northwind.example", "app": "storefront"}`, header("If-Match", tag))
	p.wants(a, http.StatusOK)
	if d := p.read(a); d["hostname"] != "shop.northwind.example" || d["name"] != "Web shop" || d["plan"] != "standard" || d["edit_version"] != 2.0 || d["version"] != 2.0 {
		t.Errorf("%v", d)
	}
	p.unchanged("the same edit again", func() {
		p.wants(p.tell("PATCH", path, `{"app": "storefront"}`, header("If-Match", tag)), http.StatusOK)
	})
	p.unchanged("edits that come too late", func() {
		p.refused(p.tell("PATCH", path, `{"app": "other"}`, header("If-Match", tag)), http.StatusPreconditionFailed, "stale")
		p.refused(p.tell("PATCH", path, `{"app": "other", "edit_version": 1}`), http.StatusConflict, "stale")
		p.refused(p.tell("PATCH", path, `{"app": "other"}`), http.StatusPreconditionRequired, "version_missing", "edit_version")
		p.refused(p.tell("PATCH", path, `{"app": "other", "edit_version": 2}`, header("If-Match", tag)), http.StatusBadRequest, "bad_request", "once")
		p.refused(p.tell("PATCH", path, `{"trial_ends_on": "2027-01-01", "edit_version": 2}`), http.StatusUnprocessableEntity, "invalid_fields", "trial_ends_on")
		p.refused(p.tell("PATCH", path, `{"state": "active", "edit_version": 2}`), http.StatusBadRequest, "bad_request", "“state”")
	})
	a = p.tell("PATCH", path, `{"hostname": null, "edit_version": 2}`, header("Content-Type", "application/merge-patch+json"))
	p.wants(a, http.StatusOK, `"hostname":null`, `"app":"storefront"`)

	tag = p.ask("GET", "/api/v1/tenants/northwind").header.Get("ETag")
	a = p.tell("PATCH", "/tenants/northwind", `{"billing_email": "invoices@northwind.example", "external_customer_id": "C-1"}`, header("If-Match", "W/"+tag))
	p.wants(a, http.StatusOK, `"external_customer_id":"C-1"`, `"email":"it@northwind.example"`, `"edit_version":2`)
	p.refused(p.tell("PATCH", "/tenants/northwind", `{"name": "Other"}`, header("If-Match", tag)), http.StatusPreconditionFailed, "stale")
	p.wants(p.tell("PATCH", "/tenants/northwind", `{"billing_email": null, "edit_version": 2}`), http.StatusOK, `"billing_email":null`)
	p.wants(p.as("billing", "GET", p.tenantPath(""), ""), http.StatusOK, "billing e-mail", "<span class=\"chip\">API</span>")
}

func TestAPITrialsEndOnTheDayThatIsAskedFor(t *testing.T) {
	t.Parallel()
	p := newConsole(t).program("Shop", access.Support)
	a := p.post("/deployments", "k", strings.Replace(newShop, `"name"`, `"state": "trial", "name"`, 1))
	p.wants(a, http.StatusCreated)
	path := strings.TrimPrefix(a.header.Get("Location"), "/api/v1")
	p.wants(p.tell("PATCH", path, `{"trial_ends_on": "2027-03-31"}`, header("If-Match", a.header.Get("ETag"))), http.StatusOK, `"trial_ends_at":"2027-03-31T00:00:00Z"`)
	p.refused(p.tell("PATCH", path, `{"trial_ends_on": "31.3.2027", "edit_version": 2}`), http.StatusUnprocessableEntity, "invalid_fields", "trial_ends_on")
}
