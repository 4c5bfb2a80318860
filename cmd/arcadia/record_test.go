package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"arcadia.example/console/lifecycle"
)

func TestTenantIsCreatedAndEdited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.serveEmpty()
	both(t, c, "support", func(t *testing.T, p *tab) {
		name := "Fjord " + strings.ToLower(filepath.Base(t.Name()))
		p.open("/tenants")
		p.arrives(func() { p.click(testID("new-tenant")) })
		p.fill("#name", name)
		p.fill("#slug", "somebody-else")
		p.fill("#email", "it@fjord.example")
		p.arrives(func() { p.click(testID("save")) })
		p.reads(testID("error"), "Another tenant has this slug.")
		p.value("#name", name)
		p.value("#email", "it@fjord.example")
		p.fill("#slug", "")
		p.arrives(func() { p.click(testID("save")) })
		p.reads(testID("notice"), "Tenant created.")
		p.reads("h1", name)
		p.arrives(func() { p.click(testID("edit")) })
		p.fill("#email", "office@fjord.example")
		p.arrives(func() { p.click(testID("save")) })
		p.reads(testID("notice"), "Saved.")
		p.reads("#tenant-head", "office@fjord.example")
		p.reads(testID("timeline"), "office@fjord.example")
	})
}

func TestDeploymentIsCreatedAndEdited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	both(t, w.serve(), "billing", func(t *testing.T, p *tab) {
		host := strings.ToLower(filepath.Base(t.Name())) + ".northwind.example"
		p.open("/tenants/" + tenant.String())
		p.arrives(func() { p.click(testID("new-deployment")) })
		p.fill("#name", "Web shop "+host)
		p.fill("#hostname", "no host name")
		p.choose("#plan", "standard")
		p.choose("#region", "fra1")
		p.choose("#size", "s-1vcpu-1gb")
		p.click(`[name="state"][value="trial"]`)
		p.arrives(func() { p.click(testID("save")) })
		p.sees(testID("error"))
		p.value("#name", "Web shop "+host)
		p.value("#hostname", "no host name")
		p.value("#plan", "standard")
		p.until(`document.querySelector("[name=state]:checked").value === "trial"`)
		p.fill("#hostname", host)
		p.arrives(func() { p.click(testID("save")) })
		p.reads(testID("notice"), "Deployment created.")
		p.attr(headBadge, "data-state", "trial")
		p.attr(testID("event"), "data-reason", "created")
		p.reads(testID("hostname"), host)
		p.arrives(func() { p.click(testID("edit")) })
		p.fill("#app_version", "9.9")
		p.arrives(func() { p.click(testID("save")) })
		p.reads(testID("notice"), "Saved.")
		p.reads("main", "9.9")
	})
}

func TestStaleEditShowsBoth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	c := w.serve()
	id := w.deployment(tenant, "Web shop", lifecycle.Active)
	for _, path := range []string{"/tenants/" + tenant.String(), "/deployments/" + id.String()} {
		first, second := c.tab(t, "support"), c.plain(t, "billing")
		first.open(path + "/edit")
		second.open(path + "/edit")
		second.fill("#name", "Theirs")
		second.arrives(func() { second.click(testID("save")) })
		first.fill("#name", "Mine")
		first.arrives(func() { first.click(testID("save")) })
		first.reads(testID("error"), "Edited meanwhile by Ines Okafor")
		first.reads(testID("difference"), "Mine")
		first.reads(testID("difference"), "Theirs")
		first.value("#name", "Mine")
		if status := first.status(path + "/edit"); status != 409 {
			t.Errorf("status %d, want 409", status)
		}
		first.arrives(func() { first.click(testID("save")) })
		first.reads("h1", "Mine")
	}
}

func TestSearchForAnything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind Traders")
	id := w.deployment(tenant, "Web shop", lifecycle.Active)
	both(t, w.serve(), "viewer", func(_ *testing.T, p *tab) {
		look := func(text string) {
			p.fill(testID("global-search"), text)
			p.arrives(func() { p.enter(false) })
		}
		p.open("/tenants")
		look("north")
		p.reads(row(tenant), "Northwind Traders")
		p.reads(row(id), "Web shop")
		look(id.String())
		p.at("/deployments/" + id.String())
		look(tenant.String())
		p.at("/tenants/" + tenant.String())
		look("nothing like this at all")
		p.reads(testID("empty"), "Nothing found")
	})
}

func TestImportUpload(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.serveEmpty()
	both(t, c, "admin", func(t *testing.T, p *tab) {
		mode := strings.ToLower(filepath.Base(t.Name()))
		header := "tenant_slug,tenant_name,tenant_email,deployment_name,plan,region,size,state\n"
		upload := func(name, text string) {
			t.Helper()
			file := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			p.open("/import")
			p.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
			p.arrives(func() { p.click(testID("import")) })
		}
		good := mode + ",Imported " + mode + ",it@" + mode + ".example,Shop,standard,fra1,s-1vcpu-1gb,paused\n"
		upload("bad.csv", header+good+"x,Bad,nobody,Shop,gold,fra1,s-1vcpu-1gb,active\n")
		p.sees(testID("error"))
		p.reads(testID("bad-row"), "3")
		if n := w.value(`SELECT count(*) FROM cloud_tenants WHERE slug = $1`, mode); n != "0" {
			t.Errorf("%s tenants of a bad file are there", n)
		}
		upload("good.csv", header+good)
		p.reads(testID("notice"), "1 tenant and 1 deployment")
		if n := w.value(`SELECT count(*) FROM cloud_deployments d JOIN cloud_tenants t ON t.id = d.tenant_id WHERE t.slug = $1 AND state = 'paused'`, mode); n != "1" {
			t.Errorf("%s deployments, want 1", n)
		}
		upload("good.csv", header+good)
		p.reads(testID("notice"), "imported before")
	})
}

// After htmx changed parts of pages, going back and forth shows whole pages.
func TestBackShowsWholePages(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	p := w.serve().tab(t, "support")
	p.open("/deployments")
	p.fill(testID("search"), "web")
	p.until(`location.search.includes("q=web")`)
	p.fill(testID("search"), "shop")
	p.until(`location.search.includes("q=shop")`)
	p.back()
	p.until(`location.search.includes("q=web")`)
	whole := func(title string) {
		t.Helper()
		p.reads("h1", title)
		p.sees("nav.nav")
		p.sees(testID("global-search"))
		p.until(`document.title.endsWith("Arcadia Console") && document.querySelectorAll("main").length === 1`)
	}
	whole("Deployments")
	p.value(testID("search"), "web")
	p.arrives(func() { p.click(row(id) + " a") })
	p.click(testID("action-pause"))
	p.click(confirm)
	p.attr(headBadge, "data-state", "paused")
	p.arrives(func() { p.click(`a[href="/tenants"].nav-item`) })
	p.arrives(p.back)
	whole("Web shop")
	p.attr(headBadge, "data-state", "paused")
}
