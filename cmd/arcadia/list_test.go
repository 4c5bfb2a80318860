package main

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"arcadia.example/console/lifecycle"
)

// both runs a test in a page with JavaScript and in one without.
func both(t *testing.T, c *console, who string, test func(t *testing.T, p *tab)) {
	t.Helper()
	t.Run("script", func(t *testing.T) { test(t, c.tab(t, who)) })
	t.Run("plain", func(t *testing.T) { test(t, c.plain(t, who)) })
}

func TestListFiltersSortsAndCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	for _, s := range lifecycle.States {
		w.deployment(tenant, "Shop "+string(s), s)
	}
	w.deployment(tenant, "Another active", lifecycle.Active)
	p := w.serve().tab(t, "support")
	p.open("/deployments")
	p.reads(testID("filter-all"), "All 9")
	for _, s := range lifecycle.States {
		want := "1"
		if s == lifecycle.Active {
			want = "2"
		}
		p.reads(testID("filter-state-"+string(s)), s.Label()+" "+want)
	}
	p.arrives(func() { p.click(testID("filter-state-active")) })
	p.at("/deployments?state=active")
	if n := p.count(testID("deployment-row")); n != 2 {
		t.Errorf("%d active rows, want 2", n)
	}
	p.arrives(func() { p.click(testID("filter-state-paused")) })
	if n := p.count(testID("deployment-row")); n != 3 {
		t.Errorf("%d rows in two states, want 3", n)
	}
	p.attr(testID("filter-state-paused"), "aria-current", "true")
	p.arrives(func() { p.click(testID("sort-name")) })
	p.reads(testID("deployment-row"), "Another active")
	p.attr(testID("sort-name"), "aria-current", "true")
	p.arrives(func() { p.click(testID("sort-since")) })
	p.reads(testID("deployment-row"), "Shop active")
	p.reads(testID("filter-all"), "All 9")
}

func TestListSearchIsInTheAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	wanted := w.deployment(tenant, "Wanted shop", lifecycle.Active)
	w.deployment(tenant, "Other", lifecycle.Active)
	p := w.serve().tab(t, "support")
	p.open("/deployments?state=active")
	js[bool](p, `window.kept = true`)
	p.click(testID("search"))
	for _, letter := range "wanted" {
		p.press(string(letter))
	}
	p.until(`new URLSearchParams(location.search).get("q") === "wanted"`)
	p.until(visible+`.length === 1`, testID("deployment-row"))
	p.sees(row(wanted))
	p.until(`window.kept && document.activeElement.id === "search" && new URLSearchParams(location.search).get("state") === "active"`)
	p.arrives(func() { js[bool](p, `location.reload() ?? true`) })
	p.value(testID("search"), "wanted")
	p.sees(row(wanted))
	if n := p.count(testID("deployment-row")); n != 1 {
		t.Errorf("%d rows after a reload, want 1", n)
	}
	p.arrives(func() { p.click(row(wanted) + " a") })
	p.at("/deployments/" + wanted.String())
	p.back()
	p.until(`new URLSearchParams(location.search).get("q") === "wanted"`)
	p.value(testID("search"), "wanted")
	p.until(visible+`.length === 1`, testID("deployment-row"))
	p.sees("h1")
	p.sees("nav.nav")
}

func TestListPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	for i := range 5 {
		w.deployment(tenant, fmt.Sprintf("Shop %d", i), lifecycle.Active)
	}
	both(t, w.serve(), "viewer", func(t *testing.T, p *tab) {
		p.open("/deployments?limit=2&sort=name")
		p.reads(testID("deployment-row"), "Shop 0")
		p.misses(testID("pager-prev"))
		p.arrives(func() { p.click(testID("pager-next")) })
		p.reads(testID("deployment-row"), "Shop 2")
		p.arrives(func() { p.click(testID("pager-next")) })
		p.reads(testID("deployment-row"), "Shop 4")
		p.misses(testID("pager-next"))
		p.arrives(func() { p.click(testID("pager-prev")) })
		p.reads(testID("deployment-row"), "Shop 2")
		if n := p.count(testID("deployment-row")); n != 2 {
			t.Errorf("%d rows, want 2", n)
		}
	})
}

func TestListKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	second := w.deployment(tenant, "Second", lifecycle.Active)
	first := w.deployment(tenant, "First", lifecycle.Active)
	p := w.serve().tab(t, "support")
	p.open("/tenants")
	p.press("/")
	p.until(`document.activeElement.id === "global-search"`)
	js[bool](p, `document.activeElement.blur() ?? true`)
	p.press("?")
	p.until(`document.getElementById("keys").open`)
	p.press(kb.Escape)
	p.until(`!document.getElementById("keys").open`)
	p.arrives(func() { p.press("gd") })
	p.at("/deployments")
	focused := func(record fmt.Stringer) {
		t.Helper()
		p.until(`document.activeElement.closest("tr")?.dataset.id === %s`, record.String())
	}
	p.press("j")
	focused(first)
	p.press("j")
	focused(second)
	p.press("k")
	focused(first)
	p.press("j")
	p.arrives(func() { p.enter(false) })
	p.at("/deployments/" + second.String())
}

func TestTenantListSearchesAndForgivesTypos(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wanted := w.tenant("Northwind Traders")
	w.deployment(wanted, "Shop", lifecycle.Active)
	w.tenant("Blue Harbor")
	both(t, w.serve(), "viewer", func(t *testing.T, p *tab) {
		p.open("/tenants")
		p.reads(testID("tenant-row"), "Blue Harbor")
		p.misses(testID("new-tenant"))
		p.arrives(func() {
			p.open("/tenants?q=nortwhind") // two letters changed places
		})
		p.sees(row(wanted))
		p.reads(row(wanted), "1 deployment")
		if n := p.count(testID("tenant-row")); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
		p.sees(testID("nearly"))
		p.arrives(func() { p.click(row(wanted) + " a") })
		p.at("/tenants/" + wanted.String())
	})
}
