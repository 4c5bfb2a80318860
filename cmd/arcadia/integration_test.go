package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// apiMe asks the API who a token lets in, as a program does.
func (c *console) apiMe(t *testing.T, token string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+"/api/v1/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// An integration gets its token, which is shown once; a second process lets it in, and keeps it out as soon as it is revoked.
func TestTokenIsMadeShownOnceAndRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.serveEmpty(), w.serve()
	names := map[string]string{"script": "Billing bridge", "plain": "Status page"}
	both(t, first, "admin", func(t *testing.T, p *tab) {
		name := names[t.Name()[strings.LastIndex(t.Name(), "/")+1:]]
		p.open("/settings")
		p.arrives(func() { p.click(`a[href="/settings/integrations"]`) })
		p.fill("#name", name)
		p.click(`[name="roles"][value="support"]`)
		p.arrives(func() { p.click(testID("save")) })
		p.reads("h1", name)
		p.reads(testID("notice"), "Integration created")
		p.reads(testID("integration-status"), "No token")
		path := js[string](p, `location.pathname`)
		p.click(`[name="life"][value="30"]`)
		p.arrives(func() { p.click(testID("make-token")) })
		p.reads(testID("shown-token"), "shown only here and only now")
		token := js[string](p, `document.querySelector("[data-testid=shown-token] code").textContent`)
		if t.Name() == "TestTokenIsMadeShownOnceAndRevoked/script" {
			p.sees(testID("shown-token") + " [data-copy]")
		}
		status, body := second.apiMe(t, token)
		var me struct{ Integration struct{ Name string } }
		if err := json.Unmarshal([]byte(body), &me); err != nil || status != http.StatusOK || me.Integration.Name != name {
			t.Errorf("%d %s", status, body)
		}
		p.open(path)
		p.reads(testID("token"), "used")
		if js[bool](p, `document.documentElement.outerHTML.includes(%s)`, token) {
			t.Error("the token is shown twice")
		}
		p.reads(testID("integration-status"), "Active")
		p.arrives(func() { p.click(testID("revoke-token")) })
		p.reads(testID("notice"), "Token revoked")
		p.attr(testID("token"), "data-works", "false")
		if status, body := second.apiMe(t, token); status != http.StatusUnauthorized || !strings.Contains(body, "does not work") {
			t.Errorf("%d %s", status, body)
		}
	})
}

// The rights of a program are as touchy as those of people.
func TestIntegrationWantsAFreshProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.serveEmpty().tab(t, "admin")
	p.open("/settings/integrations")
	p.fill("#name", "Billing bridge")
	p.click(`[name="roles"][value="billing"]`)
	w.staleProof(p)
	p.arrives(func() { p.click(testID("save")) })
	p.sees(proof)
	if n := w.value(`SELECT count(*) FROM integrations WHERE slug = 'billing-bridge'`); n != "0" {
		t.Errorf("%s integrations without a proof", n)
	}
	p.arrives(func() { p.prove("arcadia-demo") })
	p.reads("h1", "Billing bridge")
}

// What an integration did is marked in the timelines that people read.
func TestMovesOfAnIntegrationAreMarked(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	robot := access.Actor{Kind: access.API, ID: "dunning-robot", Name: "Dunning robot", Roles: access.Billing}
	if _, err := w.store.Transition(t.Context(), store.Transition{
		Command: store.Command{Actor: robot, Key: "k"}, DeploymentID: id, Action: lifecycle.MarkPastDue, Version: 1, Reason: lifecycle.PaymentFailed,
	}); err != nil {
		t.Fatal(err)
	}
	p := w.serve().tab(t, "viewer")
	for _, path := range []string{"/deployments/" + id.String(), "/tenants/" + w.get(id).TenantID.String()} {
		p.open(path)
		p.reads(testID("event")+`[data-actor="dunning-robot"] .chip`, "API")
	}
}

// integration makes one with tokens in all states, and returns its ID.
func (w *world) integration(name string) string {
	w.t.Helper()
	ctx, by := w.t.Context(), personNamed(w.t, "admin").Actor()
	id, err := w.store.CreateIntegration(ctx, by, store.NewIntegration{Name: name, Description: name, Roles: access.Support | access.Billing}, "192.0.2.1")
	if err != nil {
		w.t.Fatal(err)
	}
	for i, days := range []int{3, 300, 30} {
		if _, err := w.store.MakeToken(ctx, by, store.NewIntegrationToken{
			IntegrationID: id, Label: "billing server", Ends: time.Now().AddDate(0, 0, days), Key: strconv.Itoa(i),
		}, ""); err != nil {
			w.t.Fatal(err)
		}
	}
	tokens, err := w.store.ListIntegrationTokens(ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.store.RevokeToken(ctx, by, id, tokens[0].ID, ""); err != nil {
		w.t.Fatal(err)
	}
	return id.String()
}
