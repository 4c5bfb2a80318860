package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"arcadia.example/console/access"
)

// pages walks a list by its own links, forwards and back again, and returns what member of the items was met on the way there.
func (p *program) pages(path, member string) []string {
	p.t.Helper()
	names := func(list map[string]any) (met []string) {
		for _, item := range list["items"].([]any) {
			met = append(met, fmt.Sprint(item.(map[string]any)[member]))
		}
		return met
	}
	var there, back []string
	for address := path; ; {
		a := p.ask("GET", address)
		p.wants(a, http.StatusOK)
		list := p.read(a)
		there = append(there, names(list)...)
		for _, rel := range []string{"prev", "next"} {
			wanted := fmt.Sprintf(`<%v>; rel="%s"`, list[rel], rel)
			if has := slices.Contains(a.header.Values("Link"), wanted); has != (list[rel] != nil) {
				p.t.Errorf("%s: Link %q, %s %v", address, a.header.Values("Link"), rel, list[rel])
			}
		}
		if list["next"] != nil {
			address = fmt.Sprint(list["next"])
			continue
		}
		for back = names(list); list["prev"] != nil; back = append(names(list), back...) {
			list = p.read(p.ask("GET", fmt.Sprint(list["prev"])))
		}
		if !slices.Equal(there, back) {
			p.t.Errorf("%s: there %v, back %v", path, there, back)
		}
		return there
	}
}

func TestAPIListsArePagedByTheirOwnLinks(t *testing.T) {
	t.Parallel()
	p := newConsole(t).program("Reader", access.Billing)
	for i := range 6 {
		state := []string{"active", "trial"}[i%2]
		p.wants(p.post("/deployments", fmt.Sprint(i), fmt.Sprintf(
			`{"tenant": "northwind", "name": "Shop %d", "plan": "starter", "region": "ams3", "size": "s-1vcpu-1gb", "state": "%s"}`, i, state)), http.StatusCreated)
		p.wants(p.post("/tenants", "t"+fmt.Sprint(i), fmt.Sprintf(`{"name": "Tenant %d", "email": "a@b.example"}`, i)), http.StatusCreated)
		p.wants(p.post("/tenants/northwind/notes", "n"+fmt.Sprint(i), fmt.Sprintf(`{"notes": "Note %d"}`, i)), http.StatusCreated)
	}
	shop := strings.TrimPrefix(fmt.Sprint(p.fetch("/tenants/northwind/deployments/shop-0")["links"].(map[string]any)["self"]), "/api/v1")
	for i, action := range []string{"pause", "resume", "pause", "resume"} {
		p.wants(p.post(shop+"/transitions", "m"+fmt.Sprint(i), fmt.Sprintf(`{"action": "%s", "version": %d}`, action, i+1)), http.StatusOK)
	}
	p.wants(p.post(shop+"/notes", "on the shop", `{"notes": "On the shop"}`), http.StatusCreated)
	for path, want := range map[string]string{
		"/deployments?sort=name&limit=2":                           "Shop 0 Shop 1 Shop 2 Shop 3 Shop 4 Shop 5 Web shop",
		"/deployments?limit=3":                                     "Shop 5 Shop 4 Shop 3 Shop 2 Shop 1 Shop 0 Web shop",
		"/deployments?state=trial&sort=name&limit=2":               "Shop 1 Shop 3 Shop 5",
		"/deployments?state=trial&state=active&q=shop+5&limit=2":   "Shop 5",
		"/deployments?tenant=" + p.tenant.String() + "&sort=since": "Web shop Shop 1 Shop 2 Shop 3 Shop 4 Shop 5 Shop 0",
		"/deployments?state=archived":                              "",
		"/tenants?limit=3":                                         "Northwind Tenant 0 Tenant 1 Tenant 2 Tenant 3 Tenant 4 Tenant 5",
		"/tenants?sort=newest&q=tenant&limit=4":                    "Tenant 5 Tenant 4 Tenant 3 Tenant 2 Tenant 1 Tenant 0",
		"/tenants?q=nortwhind":                                     "", // nearly, which is for people's eyes
	} {
		if got := strings.Join(p.pages("/api/v1"+path, "name"), " "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	for path, want := range map[string]string{
		shop + "/events?limit=2":             "1 2 3 4 5",
		shop + "/events?sort=newest&limit=2": "5 4 3 2 1",
		shop + "/events":                     "1 2 3 4 5",
	} {
		if got := strings.Join(p.pages("/api/v1"+path, "version"), " "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	for path, want := range map[string]string{
		"/tenants/northwind/notes?limit=2": "On the shop|Note 5|Note 4|Note 3|Note 2|Note 1|Note 0",
		shop + "/notes":                    "On the shop",
	} {
		if got := strings.Join(p.pages("/api/v1"+path, "notes"), "|"); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// What the page refuses in its address the API refuses, with the parameter named.
func TestAPIListsRefuseWhatThePagesRefuse(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	p := c.program("Reader", access.Viewer)
	for query, name := range map[string]string{
		"sort=colour": "sort", "limit=0": "limit", "limit=101": "limit", "limit=1e9": "limit", "state=gone": "state", "page=2": "page",
		"q=%00": "q", "q=%ff": "q", "q=" + strings.Repeat("x", 201): "q", "q=a&q=b": "q", "tenant=northwind": "tenant",
		"after=a&before=b": "before", "after=nonsense": "after", "before=x": "before", "State=active": "State", "%zz": "address",
	} {
		a := p.ask("GET", "/api/v1/deployments?"+query)
		p.refused(a, http.StatusBadRequest, "bad_request", "“"+name+"”")
		if page := c.get("/deployments?" + query); page.status != a.status {
			t.Errorf("%s: the page answers %d", query, page.status)
		}
	}
	p.refused(p.ask("GET", "/api/v1/deployments?tenant="+c.deployment.String()), http.StatusNotFound, "not_found")
	for _, query := range []string{"state=active", "tenant=1", "sort=since", "limit=x", "after=x"} {
		name, _, _ := strings.Cut(query, "=")
		p.refused(p.ask("GET", "/api/v1/tenants?"+query), http.StatusBadRequest, "bad_request", "“"+name+"”")
	}
	events := "/api/v1/deployments/" + c.deployment.String() + "/events?"
	for _, query := range []string{"sort=name", "limit=x", "after=x", "after=dmVyc2lvbgox&before=dmVyc2lvbgox", "before=dmVyc2lvbgow", "q=x"} {
		p.refused(p.ask("GET", events+query), http.StatusBadRequest, "bad_request")
	}
}

func TestAPISaysWhatHasNotChanged(t *testing.T) {
	t.Parallel()
	p := newConsole(t).program("Reader", access.Billing)
	path := "/api/v1/deployments/" + p.deployment.String()
	for _, path := range []string{path, path + "/events", path + "/notes", "/api/v1/deployments", "/api/v1/tenants", "/api/v1/tenants/northwind", "/api/v1/openapi.json"} {
		a := p.ask("GET", path)
		tag := a.header.Get("ETag")
		for _, sent := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			if same := p.ask("GET", path, header("If-None-Match", sent)); same.status != http.StatusNotModified || same.body != "" || same.header.Get("ETag") != tag {
				t.Errorf("%s with %s: %d %s", path, sent, same.status, same.body)
			}
		}
		p.wants(p.ask("HEAD", path, header("If-None-Match", tag)), http.StatusNotModified)
		p.wants(p.ask("GET", path, header("If-None-Match", `"x"`)), http.StatusOK)
	}
	tag := p.ask("GET", path).header.Get("ETag")
	p.wants(p.post(strings.TrimPrefix(path, "/api/v1")+"/transitions", "k", `{"action": "pause"}`, header("If-Match", tag)), http.StatusOK)
	p.wants(p.ask("GET", path, header("If-None-Match", tag)), http.StatusOK)
	// What somebody else may do is another answer.
	viewer := p.console.program("Viewer", access.Viewer)
	p.wants(viewer.ask("GET", path, header("If-None-Match", p.ask("GET", path).header.Get("ETag"))), http.StatusOK)
}
