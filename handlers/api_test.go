package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/handlers"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// wantsProblem expects an answer for programs: a problem of the status, with the words in it.
func (c *console) wantsProblem(a answer, status int, words ...string) {
	c.t.Helper()
	c.wants(a, status, words...)
	var p struct {
		Type, Title, Code, Detail string
		Status                    int
	}
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || p.Status != status || p.Title == "" || p.Type != "/api#"+p.Code {
		c.t.Errorf("no problem: %v %.300s", err, a.body)
	}
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		c.t.Errorf("Content-Type %q", got)
	}
}

var tester = access.Actor{Kind: access.System, ID: "test", Name: "Test"}

// program is an integration with a token that works.
type program struct {
	*console
	id    uuid.UUID
	token store.APIToken
}

func (c *console) program(name string, roles access.Roles) *program {
	c.t.Helper()
	id, err := c.store.CreateIntegration(c.t.Context(), tester, store.NewIntegration{Name: name, Roles: roles}, "")
	if err != nil {
		c.t.Fatal(err)
	}
	p := &program{console: c, id: id}
	p.token = p.again()
	return p
}

// again makes one more token.
func (p *program) again() store.APIToken {
	p.t.Helper()
	token, err := p.store.MakeToken(p.t.Context(), tester, store.NewIntegrationToken{
		IntegrationID: p.id, Ends: time.Now().AddDate(0, 0, 30), Key: uuid.NewString(),
	}, "")
	if err != nil {
		p.t.Fatal(err)
	}
	return token
}

// by puts a token where it belongs.
func by(token fmt.Stringer) change { return header("Authorization", "Bearer "+token.String()) }

// ask sends a request with the program's token.
func (p *program) ask(method, path string, changes ...change) answer {
	p.t.Helper()
	return p.as("", method, path, "", append([]change{by(p.token)}, changes...)...)
}

// disable keeps the integration out, or lets it in again.
func (p *program) set(disabled bool, roles access.Roles) {
	p.t.Helper()
	i, err := p.store.GetIntegration(p.t.Context(), p.id)
	if err != nil {
		p.t.Fatal(err)
	}
	err = p.store.ChangeIntegration(p.t.Context(), tester, store.IntegrationChange{
		ID: p.id, EditVersion: i.EditVersion, NewIntegration: store.NewIntegration{Name: i.Name, Roles: roles}, Disabled: disabled,
	}, "")
	if err != nil {
		p.t.Fatal(err)
	}
}

// revoke revokes a token of the integration.
func (p *program) revoke(token store.APIToken) {
	p.t.Helper()
	list, err := p.store.ListIntegrationTokens(p.t.Context(), p.id)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, one := range list {
		if one.Code == token.Code() {
			if err := p.store.RevokeToken(p.t.Context(), tester, p.id, one.ID, ""); err != nil {
				p.t.Fatal(err)
			}
		}
	}
}

func TestAPISaysWhoAsks(t *testing.T) {
	t.Parallel()
	p := newConsole(t).program("Billing bridge", access.Support|access.Billing)
	a := p.ask("GET", "/api/v1/me")
	p.wants(a, http.StatusOK)
	var me struct {
		Integration struct {
			Slug, Name string
			Roles      []string
		}
		Token struct {
			Code string
			Ends time.Time
		}
	}
	if err := json.Unmarshal([]byte(a.body), &me); err != nil {
		t.Fatal(err)
	}
	if i := me.Integration; i.Slug != "billing-bridge" || i.Name != "Billing bridge" || strings.Join(i.Roles, " ") != "support billing" {
		t.Errorf("%+v", me)
	}
	if me.Token.Code != p.token.Code() || time.Until(me.Token.Ends).Round(time.Hour) != 30*24*time.Hour {
		t.Errorf("%+v", me.Token)
	}
	if got := a.header.Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
		t.Errorf("Content-Type %q", got)
	}
	if a.header.Values("Set-Cookie") != nil || p.value(`SELECT count(*) FROM sessions`) != "0" {
		t.Error("a session began")
	}
	p.wants(p.ask("GET", "/api/v1/me", header("Authorization", "bearer "+p.token.String())), http.StatusOK)
	p.wantsProblem(p.ask("GET", "/api/v1/me?token=1"), http.StatusBadRequest, "“token”")
	p.wantsProblem(p.ask("GET", "/api/v1/nothing"), http.StatusNotFound)
	p.wantsProblem(p.ask("GET", "/api/v1/me/"), http.StatusNotFound)
	p.wantsProblem(p.ask("GET", "/api/"), http.StatusNotFound)
	not := p.ask("POST", "/api/v1/me")
	p.wantsProblem(not, http.StatusMethodNotAllowed)
	if got := not.header.Get("Allow"); !strings.Contains(got, "GET") || strings.Contains(got, "POST") {
		t.Errorf("Allow %q", got)
	}
	p.wants(p.ask("HEAD", "/api/v1/me"), http.StatusOK)
	p.wantsProblem(p.ask("GET", "/api/v1/me", func(r *http.Request) { r.Host = "evil.example" }), http.StatusBadRequest, "host name")
	if strings.Contains(p.log.String(), p.token.String()[13:]) || strings.Contains(p.log.String(), p.token.String()) {
		t.Error("the token is logged")
	}
}

// Made up, ended, revoked, of an integration that is disabled: the same bytes, in every process.
func TestTokensThatDoNotWorkGetTheSameBytes(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	p := c.program("Bridge", access.Support)
	other := c.serve(c.store, handlers.Config{})
	revoked, ended := p.again(), p.again()
	p.revoke(revoked)
	c.owns(`ALTER TABLE integration_tokens DISABLE TRIGGER keep_token`)
	c.owns(`UPDATE integration_tokens SET inserted_at = now() - interval '30 days', expires_at = now() - interval '1 second' WHERE code = $1`, ended.Code())
	c.owns(`ALTER TABLE integration_tokens ENABLE TRIGGER keep_token`)
	off := c.program("Off", access.Support)
	off.set(true, access.Support)
	want := ""
	for name, token := range map[string]string{
		"made up": store.NewAPIToken().String(), "revoked": revoked.String(), "ended": ended.String(), "disabled": off.token.String(),
		"nonsense": "nonsense", "empty": "", "a session": strings.TrimPrefix(c.cookie("admin"), "arcadia_session="),
		"two words": p.token.String() + " x", "with a tail": p.token.String() + "A", "in small letters": strings.ToLower(p.token.String()),
	} {
		for _, server := range []http.Handler{c.Server, other} {
			a := c.send(server, "GET", "/api/v1/me", "", header("Authorization", "Bearer "+token))
			c.wantsProblem(a, http.StatusUnauthorized, "This token does not work")
			if got := a.header.Get("WWW-Authenticate"); got != `Bearer realm="Arcadia Console", error="invalid_token"` {
				t.Errorf("%s: %q", name, got)
			}
			if want == "" {
				want = a.body
			}
			if a.body != want {
				t.Errorf("%s: other bytes: %s", name, a.body)
			}
		}
	}
	c.wants(p.ask("GET", "/api/v1/me"), http.StatusOK)
	off.set(false, access.Support)
	c.wants(off.ask("GET", "/api/v1/me"), http.StatusOK)
}

// A token counts in its header alone, and a session counts for nothing here.
func TestOnlyTheBearerHeaderLetsIn(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	p := c.program("Bridge", access.Support)
	text := p.token.String()
	for name, a := range map[string]answer{
		"nothing":                c.as("", "GET", "/api/v1/me", ""),
		"an admin's session":     c.as("admin", "GET", "/api/v1/me", ""),
		"in the query":           c.as("", "GET", "/api/v1/me?access_token="+text, ""),
		"as a cookie":            c.as("", "GET", "/api/v1/me", "", header("Cookie", "arcadia_session="+text)),
		"as a password":          c.as("", "GET", "/api/v1/me", "", func(r *http.Request) { r.SetBasicAuth("bridge", text) }),
		"by another scheme":      c.as("", "GET", "/api/v1/me", "", header("Authorization", "Token "+text)),
		"without a scheme":       c.as("", "GET", "/api/v1/me", "", header("Authorization", text)),
		"twice":                  c.as("", "GET", "/api/v1/me", "", by(p.token), func(r *http.Request) { r.Header.Add("Authorization", "Bearer "+text) }),
		"in a header of its own": c.as("", "GET", "/api/v1/me", "", header("X-API-Key", text)),
	} {
		c.wantsProblem(a, http.StatusUnauthorized, "Send the token")
		if got := a.header.Get("WWW-Authenticate"); got != `Bearer realm="Arcadia Console"` {
			t.Errorf("%s: %q", name, got)
		}
	}
	// A session beside the token changes nothing: who asks is the integration.
	a := c.as("admin", "GET", "/api/v1/me", "", by(p.token))
	c.wants(a, http.StatusOK, `"roles":["support"]`)
	// The browser of somebody who is signed in cannot be made to send one from another site, nor to read the answer.
	a = p.ask("POST", "/api/v1/me", header("Sec-Fetch-Site", "cross-site"))
	c.wantsProblem(a, http.StatusForbidden, "another site")
	for name := range a.header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("%s lets other sites in", name)
		}
	}
}

// On pages a token is nothing: who has one is signed out there.
func TestTokensOpenNoPage(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	p := c.program("Bridge", access.IntegrationRoles)
	c.unchanged("a token on pages", func() {
		for _, w := range c.Ways() {
			who := allowed[way(w)]
			if who == "all" || who == "token" {
				continue
			}
			a := p.as("", w[0], p.fill(w[1]), "nonsense=1", by(p.token))
			if w[0] == http.MethodPost {
				p.wants(a, http.StatusUnauthorized, "not signed in")
			} else if a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/login") {
				t.Errorf("%s: %d to %q", way(w), a.status, a.header.Get("Location"))
			}
		}
	})
}

// apiAllowed says for each way of the API which roles of an integration get past its permission.
var apiAllowed = map[string]access.Roles{
	"GET /api/v1/me":           access.IntegrationRoles,
	"GET /api/v1/openapi.json": access.IntegrationRoles,

	"GET /api/v1/tenants":                           access.IntegrationRoles,
	"POST /api/v1/tenants":                          access.Support | access.Billing,
	"GET /api/v1/tenants/:tenant":                   access.IntegrationRoles,
	"PATCH /api/v1/tenants/:tenant":                 access.Support | access.Billing,
	"GET /api/v1/tenants/:tenant/notes":             access.IntegrationRoles,
	"POST /api/v1/tenants/:tenant/notes":            access.Support | access.Billing | access.Operator,
	"GET /api/v1/tenants/:tenant/deployments/:slug": access.IntegrationRoles,

	"GET /api/v1/deployments":                  access.IntegrationRoles,
	"POST /api/v1/deployments":                 access.Support | access.Billing,
	"GET /api/v1/deployments/:id":              access.IntegrationRoles,
	"PATCH /api/v1/deployments/:id":            access.Support | access.Billing,
	"GET /api/v1/deployments/:id/events":       access.IntegrationRoles,
	"GET /api/v1/deployments/:id/notes":        access.IntegrationRoles,
	"POST /api/v1/deployments/:id/notes":       access.Support | access.Billing | access.Operator,
	"POST /api/v1/deployments/:id/transitions": access.IntegrationRoles, // refused edge by edge
	"GET /api/v1/runs/:id":                     access.IntegrationRoles,
}

// Every way of the API, with the token of an integration of every role: as the table says.
func TestEveryWayOfTheAPILetsInWhomTheTableNames(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	found := 0
	for _, w := range c.Ways() {
		if !strings.HasPrefix(w[1], "/api/") {
			continue
		}
		found++
		needs, ok := apiAllowed[way(w)]
		if !ok || allowed[way(w)] != "token" {
			t.Errorf("%s is not in the tables", way(w))
		}
		for _, role := range access.AllRoles {
			if !access.IntegrationRoles.Has(role) {
				continue
			}
			p := c.program(fmt.Sprintf("%s %d", role, found), role)
			if a := p.ask(w[0], c.fill(w[1])); (a.status == http.StatusForbidden) == needs.Has(role) || a.status == http.StatusUnauthorized {
				t.Errorf("%s as %s: %d", way(w), role, a.status)
			}
		}
	}
	if found != len(apiAllowed) {
		t.Errorf("%d ways, the table has %d", found, len(apiAllowed))
	}
}

// The permission on the line of a route of the API holds as it does on the line of a page.
func TestPermissionsOfTheAPI(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	for path, permission := range map[string]access.Permission{
		"/api/v1/test/edit": access.EditRecords, "/api/v1/test/import": access.Import, "/api/v1/test/anyone": access.Anyone, "/api/v1/test/staff": access.ManageStaff,
	} {
		if err := c.AddRoute("POST", path, permission, false); err != nil {
			t.Fatal(err)
		}
	}
	viewer, support, all := c.program("Viewer", access.Viewer), c.program("Support", access.Support), c.program("All", access.IntegrationRoles)
	c.wantsProblem(viewer.ask("POST", "/api/v1/test/edit"), http.StatusForbidden, "acts as Viewer. This needs Support or Billing.")
	c.wants(support.ask("POST", "/api/v1/test/edit"), http.StatusNoContent)
	c.wantsProblem(all.ask("POST", "/api/v1/test/import"), http.StatusForbidden, "No integration may do this")
	c.wantsProblem(all.ask("POST", "/api/v1/test/staff"), http.StatusForbidden, "No integration may do this")
	c.wants(c.as("", "POST", "/api/v1/test/anyone", ""), http.StatusNoContent)
	support.set(false, access.Viewer)
	c.wantsProblem(support.ask("POST", "/api/v1/test/edit"), http.StatusForbidden)
	c.wantsProblem(support.ask("POST", "/api/v1/test/edit", header("Sec-Fetch-Site", "cross-site")), http.StatusForbidden, "another site")
	c.wantsProblem(c.as("admin", "POST", "/api/v1/test/edit", ""), http.StatusUnauthorized)
	if c.AddRoute("POST", "/api/v1/test/proof", access.EditRecords, true) == nil {
		t.Error("a program is asked for a fresh proof")
	}
	if c.AddRoute("POST", "/api/v1/test/none", "", false) == nil {
		t.Error("a route without a permission starts")
	}
	// A form that waited for a proof is not sent on to the API in the name of the person.
	b := c.signedIn("admin")
	c.wants(b.post("/step-up", "to", "/api/v1/test/edit", "again", "x=1"), http.StatusBadRequest, "no such form")
}

func TestWrongTokensAreLimited(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	p := c.program("Bridge", access.Support)
	from := func(address string) change { return func(r *http.Request) { r.RemoteAddr = address + ":4000" } }
	for range store.MaxTokenGuesses {
		c.wantsProblem(c.as("", "GET", "/api/v1/me", "", by(store.NewAPIToken()), from("203.0.113.7")), http.StatusUnauthorized)
	}
	a := c.as("", "GET", "/api/v1/me", "", by(store.NewAPIToken()), from("203.0.113.7"))
	c.wantsProblem(a, http.StatusTooManyRequests, "Too many")
	if a.header.Get("Retry-After") != "900" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	c.wants(p.ask("GET", "/api/v1/me", from("203.0.113.7")), http.StatusOK)
	c.wantsProblem(c.as("", "GET", "/api/v1/me", "", by(store.NewAPIToken()), from("203.0.113.8")), http.StatusUnauthorized)
}

// What an integration did is marked as such, in the timeline of the deployment and in that of the account.
func TestWhatAnIntegrationDidIsMarkedAPI(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	p := c.program("Dunning robot", access.Support)
	caller, err := c.store.Authenticate(t.Context(), p.token.String(), "")
	if err != nil {
		t.Fatal(err)
	}
	moved, err := c.store.Transition(t.Context(), store.Transition{
		Command: store.Command{Actor: caller.Actor(), Key: "k"}, DeploymentID: c.deployment, Action: lifecycle.Pause, Version: 1, Reason: lifecycle.Seasonal,
	})
	if err != nil || moved.Verdict != lifecycle.Accepted {
		t.Fatalf("%+v %v", moved, err)
	}
	for _, path := range []string{c.path(""), c.tenantPath("")} {
		body := c.get(path).body
		entry := first(t, `(?s)data-actor="dunning-robot"(.*?)</li>`, body)
		if !strings.Contains(entry, "Dunning robot") || !strings.Contains(entry, `<span class="chip">API</span>`) {
			t.Errorf("%s: the move is not marked: %s", path, entry)
		}
	}
	c.wants(c.as("admin", "GET", "/settings/integrations/"+p.id.String(), ""), http.StatusOK, "Its last moves", "Web shop", "Active to Paused")
}
