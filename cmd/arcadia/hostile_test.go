package main

import (
	"fmt"
	"strings"
	"testing"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// hostile are names as somebody might choose them who means harm.
var hostile = []string{
	`<script>alert(1)</script><img src=x onerror=alert(2)>`,
	`"><a href="javascript:alert(3)" hx-get="/evil" hx-trigger="load" onfocus=alert(4) autofocus>`,
	"\u200fevil\u200e \u0645\u0631\u062d\u0628\u0627\u200f",
	`'; DROP TABLE cloud_tenants; -- {{constructor}} ${alert(5)} %s &lt;b&gt;`,
	`<hx-partial hx-target="#main">gone</hx-partial><template hx-swap-oob="true" id="main"></template>`,
}

// hurt puts into the world a tenant and a deployment of which everything that can be typed is hostile.
func (w *world) hurt(slug, name string) (tenantPath, deploymentPath string) {
	w.t.Helper()
	ctx := w.t.Context()
	tenant, err := w.store.CreateTenant(ctx, store.NewTenant{Command: w.by("support"), Fields: catalog.Tenant{
		Name: name, Slug: slug, Email: "it@bad.example", ExternalCustomerID: name,
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	id, err := w.store.CreateDeployment(ctx, store.NewDeployment{Command: w.by("support"), TenantID: tenant, Fields: catalog.Deployment{
		Name: name, Slug: slug, App: "javascript:alert(6)", AppVersion: "<b>", Plan: "standard", Region: "fra1", Size: "s-1vcpu-1gb",
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.store.Transition(ctx, store.Transition{
		Command: w.by("billing"), DeploymentID: id, Action: lifecycle.Pause, Version: 1, Notes: name,
	}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.store.AddNote(ctx, store.NewNote{Command: w.by("support"), TenantID: tenant, Notes: name + "\u202e\u2066"}); err != nil {
		w.t.Fatal(err)
	}
	return "/tenants/" + tenant.String(), "/deployments/" + id.String()
}

// inert expects that nothing of what people typed became markup. The tab itself fails for a dialog, a script or a
// violated policy.
func (p *tab) inert(where string) {
	p.t.Helper()
	p.until(`document.readyState === "complete" && document.querySelector("main")`)
	const harm = `document.querySelectorAll("main script, main img, main [onfocus], main [onerror], [href^=javascript], [hx-get='/evil'], main template, #dialog script").length`
	if n := js[int](p, harm); n != 0 {
		p.t.Errorf("%s: a name became markup", where)
	}
}

// spells waits until the page has the name letter by letter, in its text or in a field.
const spells = `(name => document.querySelector("main").textContent.includes(name) ||
	[...document.querySelectorAll("main input")].some(e => e.value === name))(%s)`

func TestHostileNamesAreText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var pages [][2]string
	for i, name := range hostile {
		tenant, deployment := w.hurt(fmt.Sprintf("bad-%d", i), name)
		pages = append(pages, [2]string{tenant, deployment})
	}
	p := w.serve().tab(t, "billing")
	for _, path := range []string{"/tenants", "/deployments", "/search?q=bad", "/nothing/%3Cscript%3Ealert(7)%3C%2Fscript%3E"} {
		p.open(path)
		p.inert(path)
	}
	for i, name := range hostile {
		tenant, deployment := pages[i][0], pages[i][1]
		for _, path := range []string{tenant, tenant + "/edit", deployment, deployment + "/edit", deployment + "/transitions/cancel"} {
			p.open(path)
			p.inert(path)
			p.until(spells, name)
		}
	}
}

// What htmx puts into a page that is open is as inert as the page.
func TestHostileNamesAreTextInAnswersToHTMX(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	name := strings.Join(hostile, " ")[:190]
	tenant, deployment := w.hurt("bad", name)
	p := w.serve().tab(t, "billing")
	p.open(deployment)
	p.click(testID("action-resume"))
	p.attr(headBadge, "data-state", "active")
	p.inert("after a move")
	p.click(testID("action-pause"))
	p.sees(testID("transition-form"))
	p.fill(`[data-testid="transition-form"] [name="notes"]`, name)
	p.inert("dialog")
	p.click(confirm)
	p.attr(headBadge, "data-state", "paused")
	p.inert("after a move with notes")
	p.open(tenant)
	p.click(testID("account-action-cancel"))
	p.sees(testID("transition-form"))
	p.inert("preview")
}
