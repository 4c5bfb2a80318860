package handlers_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

// of is the address of an integration's page.
func (p *program) of(rest string) string { return "/settings/integrations/" + p.id.String() + rest }

func (p *program) stored() store.Integration {
	p.t.Helper()
	i, err := p.store.GetIntegration(p.t.Context(), p.id)
	if err != nil {
		p.t.Fatal(err)
	}
	return i
}

// form are the fields of the form about the integration as it is on the screen now, with some of them changed.
func (p *program) form(changes map[string]string) []string {
	p.t.Helper()
	i := p.stored()
	var fields []string
	for name, value := range map[string]string{
		"name": i.Name, "description": i.Description, "roles": i.RolesText, "status": string(i.Status), "edit_version": strconv.Itoa(i.EditVersion),
	} {
		if changed, ok := changes[name]; ok {
			value = changed
		}
		if name != "roles" {
			fields = append(fields, name, value)
			continue
		}
		for role := range strings.SplitSeq(value, ",") {
			fields = append(fields, name, role)
		}
	}
	return fields
}

// tokenIn is the token that a page shows once.
func tokenIn(t *testing.T, page answer) store.APIToken {
	t.Helper()
	token, ok := store.ParseAPIToken(first(t, `<code>(arc_\w{8}_\w{49})</code>`, page.body))
	if !ok {
		t.Fatal("the page shows no token")
	}
	return token
}

func TestIntegrationsAreForAdmins(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Viewer|access.Support|access.Billing|access.Operator)
	p := m.program("Bridge", access.Viewer)
	before := m.value(`SELECT md5(string_agg(i::text, '|')) || (SELECT md5(string_agg(t::text, '|')) FROM integration_tokens t) FROM integrations i`)
	for _, path := range []string{"/settings/integrations", p.of("")} {
		m.wants(m.open(path), http.StatusForbidden, "This needs Admin")
	}
	for path, fields := range map[string][]string{
		"/settings/integrations": {"name", "Mine", "description", "", "roles", "billing"}, p.of(""): p.form(map[string]string{"roles": "billing"}),
		p.of("/tokens"): {"key", "k", "label", "", "life", "30", "ends", ""}, p.of("/tokens/revoke"): {"token", otherID.String()},
	} {
		m.wants(m.post(path, fields...), http.StatusForbidden, "This needs Admin")
	}
	if after := m.value(`SELECT md5(string_agg(i::text, '|')) || (SELECT md5(string_agg(t::text, '|')) FROM integration_tokens t) FROM integrations i`); after != before {
		t.Error("something was changed")
	}
	if strings.Contains(m.open("/settings/me").body, "/settings/integrations") {
		t.Error("who may not is led there")
	}
}

func TestIntegrationIsCreated(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Admin)
	m.wants(m.open("/settings/integrations"), http.StatusOK, "No integrations yet")
	done := m.post("/settings/integrations", "name", "Billing bridge", "description", "Marks what was not paid", "roles", "billing", "roles", "viewer")
	to := done.header.Get("Location")
	if done.status != http.StatusSeeOther || !strings.HasPrefix(to, "/settings/integrations/") {
		t.Fatalf("%d to %q", done.status, to)
	}
	m.wants(m.open(to), http.StatusOK, "Billing bridge", "Marks what was not paid", "Viewer and Billing", "No token", "Integration created", "None yet")
	m.wants(m.open("/settings/integrations"), http.StatusOK, "billing-bridge", "Never")
	if got := m.value(`SELECT actor || ' ' || address FROM activity WHERE kind = 'integration_created'`); got != "ada@example.com 192.0.2.1" {
		t.Errorf("created by %q", got)
	}
	m.wants(m.post("/settings/integrations", "name", "billing  BRIDGE", "description", "typed", "roles", "support"),
		http.StatusUnprocessableEntity, "is there already", `value="typed"`, `value="support" checked`)
	m.wants(m.post("/settings/integrations", "name", "Boss", "description", "", "roles", "admin"), http.StatusUnprocessableEntity, "cannot be admin")
	m.wants(m.post("/settings/integrations", "name", "", "description", ""), http.StatusUnprocessableEntity, "The name is missing", "Choose at least one role")
	m.wants(m.post("/settings/integrations", "name", "Boss", "description", "", "roles", "root"), http.StatusBadRequest, "roles")
	m.wants(m.post("/settings/integrations", "name", "Boss", "description", "", "roles", "viewer", "slug", "x"), http.StatusBadRequest, "no such field")
	if got := m.value(`SELECT count(*) FROM integrations`); got != "1" {
		t.Errorf("%s integrations", got)
	}
}

func TestIntegrationIsChanged(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Admin)
	p := m.program("Bridge", access.Support)
	m.wants(m.post(p.of(""), p.form(map[string]string{"name": "The bridge", "roles": "support,operator"})...), http.StatusSeeOther)
	m.wants(p.ask("GET", "/api/v1/me"), http.StatusOK, `"slug":"bridge"`, "The bridge", `["support","operator"]`)
	m.wants(m.open(p.of("")), http.StatusOK, "Integration changed", "<dt>roles</dt>", "Somebody ada@example.com")
	m.wants(m.post(p.of(""), p.form(map[string]string{"status": "disabled"})...), http.StatusSeeOther)
	m.wantsProblem(p.ask("GET", "/api/v1/me"), http.StatusUnauthorized)
	m.wants(m.open("/settings/integrations"), http.StatusOK, `data-status="Disabled"`)
	m.wants(m.post(p.of(""), p.form(map[string]string{"status": "active"})...), http.StatusSeeOther)
	m.wants(p.ask("GET", "/api/v1/me"), http.StatusOK)
	for _, wrong := range []map[string]string{{"roles": "root"}, {"status": "gone"}, {"status": ""}, {"edit_version": "x"}} {
		m.wants(m.post(p.of(""), p.form(wrong)...), http.StatusBadRequest)
	}
	m.wants(m.post(p.of(""), p.form(map[string]string{"name": " ", "roles": "admin"})...), http.StatusUnprocessableEntity, "The name is missing", "cannot be admin")
	m.wants(m.open("/settings/integrations/"+otherID.String()), http.StatusNotFound)
	m.wants(m.post("/settings/integrations/"+otherID.String(), p.form(nil)...), http.StatusNotFound)
	m.wants(m.open("/settings/integrations/:id"), http.StatusNotFound)
}

func TestStaleChangeOfAnIntegrationShowsBoth(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Admin)
	bea, p := m.member("bea@example.com", access.Admin), m.program("Bridge", access.Support)
	mine := p.form(map[string]string{"roles": "viewer", "name": "Mine"})
	m.wants(bea.post(p.of(""), p.form(map[string]string{"roles": "billing"})...), http.StatusSeeOther)
	a := m.post(p.of(""), mine...)
	m.wants(a, http.StatusConflict, "Edited meanwhile", "Somebody bea@example.com", `value="Mine"`, `value="viewer" checked`, "Save mine")
	if got := p.stored().RolesText; got != "billing" {
		t.Errorf("it is %s", got)
	}
	fresh := first(t, `name="edit_version" value="(\d+)"`, a.body)
	m.wants(m.post(p.of(""), p.form(map[string]string{"roles": "viewer", "name": "Mine", "edit_version": fresh})...), http.StatusSeeOther)
	if got := p.stored(); got.RolesText != "viewer" || got.Name != "Mine" {
		t.Errorf("%s is %s", got.Name, got.RolesText)
	}
}

func TestTokenIsShownOnce(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Admin)
	p := m.program("Bridge", access.Support)
	made := m.post(p.of("/tokens"), "key", "one", "label", "billing server", "life", "90", "ends", "")
	m.wants(made, http.StatusOK, "shown only here and only now", "billing server")
	token := tokenIn(t, made)
	m.wants(m.as("", "GET", "/api/v1/me", "", by(token)), http.StatusOK, token.Code())
	again := m.open(p.of(""))
	m.wants(again, http.StatusOK, token.Code()+"…", "billing server", "Token made", "<bdi>192.0.2.1</bdi>")
	if strings.Contains(again.body, token.String()) {
		t.Error("the token is shown twice")
	}
	m.wants(m.post(p.of("/tokens"), "key", "one", "label", "billing server", "life", "90", "ends", ""), http.StatusUnprocessableEntity, "is in use")
	m.wants(m.as("", "GET", "/api/v1/me", "", by(token)), http.StatusOK)
	if strings.Contains(m.log.String(), token.String()) {
		t.Error("the token is logged")
	}
	// A form that is sent again before anybody used the token: the first one is worthless, for nobody may have seen it.
	first, second := m.post(p.of("/tokens"), "key", "two", "label", "", "life", "30", "ends", ""), m.post(p.of("/tokens"), "key", "two", "label", "", "life", "30", "ends", "")
	m.wants(m.as("", "GET", "/api/v1/me", "", by(tokenIn(t, first))), http.StatusUnauthorized)
	m.wants(m.as("", "GET", "/api/v1/me", "", by(tokenIn(t, second))), http.StatusOK)
}

func TestEndOfAToken(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Admin)
	p := m.program("Bridge", access.Support)
	m.owns(`UPDATE staff SET time_zone = 'Pacific/Auckland'`)
	zone, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	day := time.Now().In(zone).AddDate(0, 0, 10)
	token := tokenIn(t, m.post(p.of("/tokens"), "key", "a", "label", "", "life", "day", "ends", day.Format(time.DateOnly)))
	end := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, zone)
	want := end.UTC().Format(time.RFC3339)
	if got := m.value(`SELECT to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM integration_tokens WHERE code = $1`, token.Code()); got != want {
		t.Errorf("it ends %s, want the end of that day where the admin is, %s", got, want)
	}
	left := func() string { return strconv.Itoa(int((time.Until(end) + 12*time.Hour) / (24 * time.Hour))) } // rounded
	before, list := left(), m.open("/settings/integrations")
	m.wants(list, http.StatusOK, "token-soon")
	if got := first(t, `ends in (\d+) days`, list.body); got != before && got != left() {
		t.Errorf("it ends in %s days, want %s", got, before)
	}
	for _, ends := range []string{"", "tomorrow", "2020-01-01", day.AddDate(2, 0, 0).Format(time.DateOnly)} {
		m.wants(m.post(p.of("/tokens"), "key", "b"+ends, "label", "typed", "life", "day", "ends", ends), http.StatusUnprocessableEntity, `value="typed"`, `id="ends-error"`)
	}
	for _, life := range []string{"", "0", "-1", "366", "9223372036854775808", "1e3", "365.0"} {
		m.wants(m.post(p.of("/tokens"), "key", "c"+life, "label", "", "life", life, "ends", ""), http.StatusBadRequest, "life")
	}
	m.wants(m.post(p.of("/tokens"), "key", "d", "label", strings.Repeat("x", 101), "life", "30", "ends", ""), http.StatusUnprocessableEntity, "101 characters")
	m.wants(m.post("/settings/integrations/"+otherID.String()+"/tokens", "key", "e", "label", "", "life", "30", "ends", ""), http.StatusNotFound)
	if got := p.stored().Tokens; got != 2 {
		t.Errorf("%d tokens, want the first and the one until a day", got)
	}
}

func TestTokenIsRevoked(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Admin)
	p, q := m.program("Bridge", access.Support), m.program("Other", access.Support)
	id := m.value(`SELECT id FROM integration_tokens WHERE code = $1`, p.token.Code())
	m.wants(m.post(q.of("/tokens/revoke"), "token", id), http.StatusNotFound)
	m.wants(m.post(p.of("/tokens/revoke"), "token", otherID.String()), http.StatusNotFound)
	m.wants(m.post(p.of("/tokens/revoke"), "token", "nonsense"), http.StatusBadRequest, "token")
	m.wants(p.ask("GET", "/api/v1/me"), http.StatusOK)
	for range 2 { // a second time changes nothing
		m.wants(m.post(p.of("/tokens/revoke"), "token", id), http.StatusSeeOther)
	}
	m.wantsProblem(p.ask("GET", "/api/v1/me"), http.StatusUnauthorized)
	m.wants(q.ask("GET", "/api/v1/me"), http.StatusOK)
	m.wants(m.open(p.of("")), http.StatusOK, `data-works="false"`, "revoked", "Token revoked", "Somebody ada@example.com")
	if n := m.value(`SELECT count(*) FROM activity WHERE kind = 'token_revoked'`); n != "1" {
		t.Errorf("%s revocations are recorded", n)
	}
}
