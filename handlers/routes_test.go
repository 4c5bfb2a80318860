package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"arcadia.example/console/access"
	"arcadia.example/console/static"
)

// allowed says for each way who gets past its permission: "all" is everybody, "staff" is everybody who is signed in.
var allowed = map[string]string{
	"GET /healthz":                             "all",
	"GET /readyz":                              "all",
	"GET /static/*":                            "all",
	"GET /":                                    "staff",
	"GET /search":                              "staff",
	"GET /tenants":                             "staff",
	"GET /tenants/new":                         "support billing admin",
	"POST /tenants":                            "support billing admin",
	"GET /tenants/:id":                         "staff",
	"GET /tenants/:id/edit":                    "support billing admin",
	"POST /tenants/:id/edit":                   "support billing admin",
	"POST /tenants/:id/notes":                  "support billing operator admin",
	"POST /tenants/:id/transitions":            "staff", // refused action by action, with the reason on the page
	"GET /tenants/:id/deployments/new":         "support billing admin",
	"POST /tenants/:id/deployments":            "support billing admin",
	"GET /deployments":                         "staff",
	"GET /deployments/:id":                     "staff",
	"GET /deployments/:id/edit":                "support billing admin",
	"POST /deployments/:id/edit":               "support billing admin",
	"POST /deployments/:id/notes":              "support billing operator admin",
	"GET /deployments/:id/transitions/:action": "staff", // refused edge by edge, with the reason on the page
	"POST /deployments/:id/transitions":        "staff",
	"GET /activity":                            "staff",
	"GET /provisioning":                        "staff",
	"GET /provisioning/:id":                    "staff",
	"GET /provisioning/:id/actions/:action":    "support operator admin", // decided run by run
	"POST /provisioning/:id/actions":           "support operator admin",
	"GET /api":                                 "staff",
	"GET /openapi.json":                        "staff",
	"GET /events":                              "staff",
	"GET /import":                              "admin",
	"POST /import":                             "admin",
	"GET /gallery":                             "staff",

	"GET /provisioning/droplets":                    "support operator admin",
	"POST /provisioning/droplets":                   "support operator admin",
	"GET /provisioning/droplets/:droplet/:decision": "support operator admin", // the lifecycle decides: operators alone
	"POST /provisioning/droplets/:droplet":          "support operator admin",

	"GET /login":                 "all",
	"POST /login":                "all",
	"GET /login/second":          "all",
	"POST /login/second":         "all",
	"POST /login/passkey/begin":  "all",
	"POST /login/passkey/finish": "all",
	"GET /login/sso":             "all",
	"GET /login/sso/callback":    "all",
	"POST /logout":               "all",
	"GET /welcome/:token":        "all",
	"POST /welcome/:token":       "all",

	"GET /step-up":                 "staff",
	"POST /step-up":                "staff",
	"GET /step-up/sso":             "staff",
	"GET /step-up/done":            "staff",
	"POST /step-up/passkey/begin":  "staff",
	"POST /step-up/passkey/finish": "staff",

	"GET /settings":                     "staff",
	"GET /settings/me":                  "staff",
	"POST /settings/me/preferences":     "staff",
	"POST /settings/me/password":        "staff",
	"POST /settings/me/totp":            "staff",
	"POST /settings/me/totp/remove":     "staff",
	"POST /settings/me/recovery-codes":  "staff",
	"POST /settings/me/passkeys/begin":  "staff",
	"POST /settings/me/passkeys/finish": "staff",
	"POST /settings/me/passkeys/remove": "staff",
	"POST /settings/me/sessions/end":    "staff",
	"GET /settings/me/sso":              "staff",

	"GET /settings/staff":                   "admin",
	"POST /settings/staff":                  "admin",
	"GET /settings/staff/:id":               "admin",
	"POST /settings/staff/:id":              "admin",
	"POST /settings/staff/:id/link":         "admin",
	"POST /settings/staff/:id/sessions/end": "admin",
	"POST /settings/staff/:id/sso/remove":   "admin",

	"GET /settings/integrations":                    "admin",
	"POST /settings/integrations":                   "admin",
	"GET /settings/integrations/:id":                "admin",
	"POST /settings/integrations/:id":               "admin",
	"POST /settings/integrations/:id/tokens":        "admin",
	"POST /settings/integrations/:id/tokens/revoke": "admin",

	// Nobody's session opens these; integrations are let in as api_test.go says.
	"GET /api/v1/me":                                "token",
	"GET /api/v1/openapi.json":                      "token",
	"GET /api/v1/tenants":                           "token",
	"POST /api/v1/tenants":                          "token",
	"GET /api/v1/tenants/:tenant":                   "token",
	"PATCH /api/v1/tenants/:tenant":                 "token",
	"GET /api/v1/tenants/:tenant/notes":             "token",
	"POST /api/v1/tenants/:tenant/notes":            "token",
	"GET /api/v1/tenants/:tenant/deployments/:slug": "token",
	"GET /api/v1/deployments":                       "token",
	"POST /api/v1/deployments":                      "token",
	"GET /api/v1/deployments/:id":                   "token",
	"PATCH /api/v1/deployments/:id":                 "token",
	"GET /api/v1/deployments/:id/events":            "token",
	"GET /api/v1/deployments/:id/notes":             "token",
	"POST /api/v1/deployments/:id/notes":            "token",
	"POST /api/v1/deployments/:id/transitions":      "token",
	"GET /api/v1/runs/:id":                          "token",
}

func TestEveryRouteLetsInWhomTheTableNames(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	ways := c.Ways()
	if len(ways) != len(allowed) {
		t.Errorf("%d ways, the table has %d", len(ways), len(allowed))
	}
	before := c.everybody()
	c.unchanged("forms with a field that none has", func() {
		for _, w := range ways {
			who, ok := allowed[way(w)]
			if !ok {
				t.Errorf("%s is not in the table", way(w))
			}
			for _, p := range people {
				role, _, _ := strings.Cut(p.email, "@")
				a := c.as(role, w[0], c.fill(w[1]), "nonsense=1")
				if who == "token" {
					c.wantsProblem(a, http.StatusUnauthorized)
					continue
				}
				in := who == "all" || who == "staff" || slices.Contains(strings.Fields(who), role)
				if shut := a.status == http.StatusForbidden && strings.Contains(a.body, "You act as"); shut == in {
					t.Errorf("%s as %s: %d, let in %t, want %t", way(w), role, a.status, !shut, in)
				}
			}
			c.signedOut(w, who)
		}
	})
	if after := c.everybody(); after != before {
		t.Errorf("the staff changed from %s to %s", before, after)
	}
}

// everybody makes all people of the tests and tells all that a form could change about them.
func (c *console) everybody() (all string) {
	c.t.Helper()
	for _, p := range people {
		role, _, _ := strings.Cut(p.email, "@")
		c.cookie(role)
	}
	return c.value(`SELECT concat_ws(' ', (SELECT md5(string_agg(to_jsonb(p)::text, '|' ORDER BY id)) FROM staff p),
		(SELECT count(*) FROM sessions), (SELECT count(*) FROM staff_links), (SELECT count(*) FROM staff_passkeys),
		(SELECT count(*) FROM staff_recovery_codes))`)
}

// signedOut asks for a way without a session: only what is for everybody answers.
func (c *console) signedOut(w [2]string, who string) {
	c.t.Helper()
	a, fromScript := c.as("", w[0], c.fill(w[1]), "nonsense=1"), c.as("", w[0], c.fill(w[1]), "nonsense=1", htmx)
	if who == "token" {
		c.wantsProblem(a, http.StatusUnauthorized)
		c.wantsProblem(fromScript, http.StatusUnauthorized)
		return
	}
	if who == "all" {
		if to := a.header.Get("Location"); a.status == http.StatusSeeOther && w[1] != "/login/second" {
			c.t.Errorf("%s signed out: leads to %s", way(w), to)
		}
		return
	}
	if fromScript.status != http.StatusUnauthorized {
		c.t.Errorf("%s signed out, by htmx: %d", way(w), fromScript.status)
	}
	if w[0] == http.MethodPost {
		c.wants(a, http.StatusUnauthorized, "not signed in any more", "nonsense")
		return
	}
	if to, want := a.header.Get("Location"), "/login?next="+url.QueryEscape(c.fill(w[1])); a.status != http.StatusSeeOther || to != want && w[1] != "/" {
		c.t.Errorf("%s signed out: %d to %q, want %q", way(w), a.status, to, want)
	}
}

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	check := func(what string, a answer) {
		t.Helper()
		for name, want := range map[string]string{
			"Content-Security-Policy": "script-src 'self'; style-src 'self'", "X-Content-Type-Options": "nosniff",
			"X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := a.header.Get(name); !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q", what, name, got)
			}
		}
		if policy := a.header.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", what, policy)
		}
		if got := a.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q", what, got)
		}
		if got := a.header.Get("Server") + a.header.Get("X-Powered-By"); got != "" {
			t.Errorf("%s: tells %q", what, got)
		}
	}
	for _, w := range c.Ways() {
		if w[1] == "/static/*" {
			continue
		}
		a, referrer := c.as("viewer", w[0], c.fill(w[1]), "nonsense=1"), "same-origin"
		if w[1] == "/welcome/:token" {
			referrer = "strict-origin" // the address is a secret
		}
		if got := a.header.Get("Referrer-Policy"); got != referrer {
			t.Errorf("%s: Referrer-Policy %q", way(w), got)
		}
		check(way(w), a)
		check(way(w)+" signed out", c.as("", w[0], c.fill(w[1]), "nonsense=1"))
	}
	check("404", c.get("/nothing"))
	check("405", c.as("viewer", "DELETE", "/deployments", "", header("Sec-Fetch-Site", "same-origin")))
	check("400", c.get("/deployments?x=1"))
	check("400 for a host", c.get("/", func(r *http.Request) { r.Host = "evil.example" }))
	check("403", c.move(pause("k"), header("Sec-Fetch-Site", "cross-site")))
	check("413", c.move(strings.Repeat("x", 1<<21)))
}

func TestAssetsAreKeptForGood(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	for _, name := range []string{"app.css", "app.js", "htmx.js", "inter.woff2", "icons.svg"} {
		a := c.get(static.Path(name))
		if got := a.header.Get("Cache-Control"); a.status != http.StatusOK || got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %d %q", name, a.status, got)
		}
	}
	a := c.get("/static/app-000000000000.css")
	if got := a.header.Get("Cache-Control"); a.status != http.StatusNotFound || got != "no-store" {
		t.Errorf("an asset that is not there: %d %q", a.status, got)
	}
}

func TestHeadAnswersAsGetWithoutBody(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	for _, w := range c.Ways() {
		if w[0] != http.MethodGet || w[1] == "/static/*" {
			continue
		}
		got, head := c.as("admin", "GET", c.fill(w[1]), ""), c.as("admin", "HEAD", c.fill(w[1]), "")
		if head.status != got.status || head.header.Get("Content-Type") != got.header.Get("Content-Type") {
			t.Errorf("%s: HEAD %d %q, GET %d %q", w[1], head.status, head.header.Get("Content-Type"), got.status, got.header.Get("Content-Type"))
		}
	}
}

// Where htmx asks for a part, the answer says that it depends on that; going back in the browser shows a whole page.
func TestPartialsAndHistory(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	whole := "<!doctype html>"
	dialog := c.path("/transitions/pause")
	for _, asked := range []struct {
		name    string
		changes []change
		whole   bool
	}{
		{"a person", nil, true},
		{"htmx", []change{htmx}, false},
		{"htmx for the history", []change{htmx, header("HX-History-Restore-Request", "true")}, true},
	} {
		a := c.get(dialog, asked.changes...)
		if got := strings.HasPrefix(strings.ToLower(a.body), whole); got != asked.whole || a.status != http.StatusOK {
			t.Errorf("%s: %d, whole %t, want %t", asked.name, a.status, got, asked.whole)
		}
		if vary := strings.Join(a.header.Values("Vary"), ", "); !strings.Contains(vary, "HX-Request") {
			t.Errorf("%s: Vary %q", asked.name, vary)
		}
	}
	c.wants(c.get("/nothing", htmx), http.StatusNotFound, "<hx-partial")
	if a := c.get("/nothing", htmx); strings.Contains(strings.ToLower(a.body), whole) {
		t.Error("an error for htmx is a whole page")
	}
}

// The table is registered by the same function when the console starts, which fails with it.
func TestARouteWithoutAPermissionDoesNotStart(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	before := len(c.Ways())
	for _, permission := range []access.Permission{"", "made up"} {
		if err := c.AddRoute(http.MethodGet, "/test/none", permission, false); err == nil {
			t.Errorf("a route with the permission %q is there", permission)
		}
	}
	if after := len(c.Ways()); after != before {
		t.Errorf("%d ways, before %d", after, before)
	}
}
