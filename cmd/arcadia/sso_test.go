package main

import (
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"

	"arcadia.example/console/access"
	"arcadia.example/console/internal/demo"
)

func TestSingleSignOnFromTheEnvironment(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"ARCADIA_OIDC_ISSUER": "https://login.example.com/realms/cloud", "ARCADIA_OIDC_CLIENT_ID": "console",
		"ARCADIA_OIDC_GROUPS": "cloud-admins=admin, cloud-billing = billing+support,cloud-billing=viewer",
	}
	sso, err := singleSignOn(func(name string) string { return good[name] })
	if err != nil {
		t.Fatal(err)
	}
	if sso.Name != "login.example.com" || sso.GroupsClaim != "groups" || sso.Groups["cloud-billing"] != access.Billing|access.Support|access.Viewer {
		t.Errorf("read as %+v", sso)
	}
	if sso, err := singleSignOn(func(string) string { return "" }); sso != nil || err != nil {
		t.Errorf("of nothing: %+v, %v", sso, err)
	}
	for name, wrong := range map[string]string{
		"ARCADIA_OIDC_ISSUER":    "http://login.example.com",
		"ARCADIA_OIDC_CLIENT_ID": "",
		"ARCADIA_OIDC_GROUPS":    "cloud-admins",
	} {
		_, err := singleSignOn(func(asked string) string {
			if asked == name {
				return wrong
			}
			return good[asked]
		})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%q: %v", name, wrong, err)
		}
	}
	for _, groups := range []string{"=admin", "a=", "a=root", "a=admin,"} {
		if _, err := parseGroups(groups); err == nil {
			t.Errorf("%q is taken", groups)
		}
	}
	_, err = singleSignOn(func(asked string) string { return map[string]string{"ARCADIA_OIDC_GROUPS": "a=admin"}[asked] })
	if err == nil || !strings.Contains(err.Error(), "ARCADIA_OIDC_ISSUER") {
		t.Errorf("groups without a provider: %v", err)
	}
}

// withProvider is the environment of a console that trusts a real provider in this process.
func withProvider(t *testing.T, w *world) (*mockoidc.MockOIDC, variables) {
	t.Helper()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	env := environmentFor(w.db)
	env["ARCADIA_OIDC_ISSUER"], env["ARCADIA_OIDC_CLIENT_ID"], env["ARCADIA_OIDC_CLIENT_SECRET"] = m.Issuer(), m.ClientID, m.ClientSecret
	env["ARCADIA_OIDC_NAME"] = "Example ID"
	return m, env
}

// In a browser, against a real provider in this process: the button leads there and back to the page that was asked for.
func TestSignInWithAProvider(t *testing.T) {
	t.Parallel()
	m, env := withProvider(t, newWorld(t))
	env["ARCADIA_OIDC_GROUPS"] = "cloud-billing=billing"
	c := startServing(t, env)
	m.QueueUser(&mockoidc.MockUser{Subject: "u-1", Email: "nina@arcadia.test", EmailVerified: true, Groups: []string{"cloud-billing"}})
	p := c.tab(t, nobody)
	p.elsewhere = m.Addr()
	p.open("/deployments?state=active")
	p.arrives(func() { p.click(testID("sso")) })
	p.at("/deployments?state=active")
	p.reads("body", "nina@arcadia.test")
}

// From one's own settings to the provider and back, by a link: a form that is posted may lead nowhere else, and says so here
// by a browser's own policy.
func TestAnAdminLinksTheAccountInTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("Northwind")
	m, env := withProvider(t, w)
	p := startConsole(t, env).tab(t, "admin")
	p.elsewhere = m.Addr()
	person := w.person("admin")
	p.open("/settings/me")
	w.staleProof(p)
	p.open("/settings/me")
	p.arrives(func() { p.click(testID("link-sso")) })
	p.arrives(func() { p.prove(demo.Password) })
	p.at("/settings/me?set=sso")
	m.QueueUser(&mockoidc.MockUser{Subject: "u-1", Email: person.Email, EmailVerified: true})
	p.arrives(func() { p.click(testID("link-sso")) })
	p.at("/settings/me")
	p.reads(testID("notice"), "Linked.")
	p.attr(testID("sso-card"), "data-linked", "")

	p.signOut()
	m.QueueUser(&mockoidc.MockUser{Subject: "u-1", Email: person.Email, EmailVerified: true})
	p.open("/settings/staff/" + person.ID.String())
	p.arrives(func() { p.click(testID("sso")) })
	p.reads(testID("sso-card"), m.Issuer())
}
