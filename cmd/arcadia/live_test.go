package main

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/google/uuid"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
)

// stale makes the page deaf: it stays as it is, as one whose stream broke a moment ago.
func (p *tab) stale() {
	p.t.Helper()
	js[bool](p, `document.querySelectorAll("[data-live]").forEach(e => e.removeAttribute("data-live")) ?? true`)
}

// offers waits until the page says how many changes it does not show.
func (p *tab) offers(text string) {
	p.t.Helper()
	p.until(`document.getElementById("live").querySelector("p")?.textContent === %s`, text)
}

// offersNothing waits until all is shown.
func (p *tab) offersNothing() {
	p.t.Helper()
	p.until(`document.getElementById("live").childElementCount === 0`)
}

// renames edits the name of a deployment, as another process would.
func (w *world) renames(id uuid.UUID, name string) {
	w.t.Helper()
	d := w.get(id)
	err := w.store.UpdateDeployment(w.t.Context(), personNamed(w.t, "support").Actor(), id, d.EditVersion, catalog.Deployment{
		Name: name, Slug: d.Slug, Hostname: d.Hostname.String, App: d.App, AppVersion: d.AppVersion, Plan: d.Plan, Region: d.Region, Size: d.Size,
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// What one process does is on the open page of another, in place: header, panel, map, timeline and totals.
func TestPageChangesByAnotherProcess(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	p := w.serve().tab(t, "support")
	p.open("/deployments/" + id.String())
	p.attr(testID("live-state"), "data-up", "yes")
	js[bool](p, `window.kept = true`)
	w.moveAs("billing", id, lifecycle.Pause)
	p.attr(headBadge, "data-state", "paused")
	p.attr(testID("lifecycle-map"), "data-state", "paused")
	p.attr(testID("action-panel"), "data-version", "2")
	p.attr(testID("event"), "data-to", "paused")
	p.sees(testID("action-resume"))
	p.until(`document.getElementById("live-said").textContent === "Web shop: Paused"`)
	w.renames(id, "Storefront")
	p.reads("h1", "Storefront")
	w.deployment(w.tenant("Blue Harbor"), "Other", lifecycle.Active) // not on this page, but in its totals
	w.moveAs("billing", id, lifecycle.Resume)
	p.reads("#count-deployments", "2")
	p.click(testID("action-pause")) // it is a panel like any other
	p.reason(lifecycle.Seasonal)
	p.click(confirm)
	p.attr(headBadge, "data-state", "paused")
	p.until(`window.kept`)
}

func TestListRowsChangeInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	first, second := w.deployment(tenant, "First", lifecycle.Active), w.deployment(tenant, "Second", lifecycle.Active)
	p := w.serve().tab(t, "support")
	p.open("/deployments?sort=name")
	p.until(`document.fonts.status === "loaded"`)
	js[bool](p, `(window.rows = [...document.querySelectorAll("tbody tr")]).length === 2`)
	w.moveAs("billing", first, lifecycle.MarkPastDue)
	p.attr(row(first)+" "+testID("state-badge"), "data-state", "past_due")
	p.reads(testID("filter-state-past_due"), "Past due 1")
	p.until(`[...document.querySelectorAll("tbody tr")].every((row, i) => row === window.rows[i])`)
	p.still()
	w.moveAs("billing", second, lifecycle.Pause)
	p.attr(row(second)+" "+testID("state-badge"), "data-state", "paused")
	p.click(row(second) + " " + testID("action-resume"))
	p.attr(row(second)+" "+testID("state-badge"), "data-state", "active")
	p.offersNothing()
}

// Which rows a list has, and in which order, changes when the person wants it.
func TestListOffersWhatIsNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	first, second := w.deployment(tenant, "First", lifecycle.Active), w.deployment(tenant, "Second", lifecycle.Active)
	c := w.serve()
	t.Run("a new row", func(t *testing.T) {
		p := c.tab(t, "support")
		p.open("/deployments?sort=name&q=first")
		p.open("/deployments?sort=name")
		fresh := w.deployment(tenant, "Fresh", lifecycle.Active)
		p.offers("1 changed")
		p.misses(row(fresh))
		p.click(testID("live-show"))
		p.sees(row(fresh))
		p.offersNothing()
		p.until(`document.activeElement.matches("[data-row-link]")`)
	})
	t.Run("a row that does not belong there any more", func(t *testing.T) {
		p := c.tab(t, "support")
		p.open("/deployments?state=active&sort=name")
		w.moveAs("billing", second, lifecycle.Pause)
		p.offers("1 changed")
		p.sees(row(second) + "[data-live-gone]")
		p.misses(row(second) + " " + testID("action-pause"))
		p.click(testID("live-show"))
		p.misses(row(second))
		p.sees(row(first))
		p.offersNothing()
	})
	t.Run("another order", func(t *testing.T) {
		p := c.tab(t, "support")
		p.open("/deployments?sort=since")
		order := `[...document.querySelectorAll("tbody tr")].map(r => r.dataset.id).join()`
		before := js[string](p, order)
		w.moveAs("billing", first, lifecycle.Pause)
		p.attr(row(first)+" "+testID("state-badge"), "data-state", "paused")
		p.offers("1 changed")
		if after := js[string](p, order); after != before {
			t.Error("rows changed their places by themselves")
		}
		p.click(testID("live-show"))
		p.until(order+` !== %s`, before)
		p.offersNothing()
	})
}

func TestTenantsAndAccountAreLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	first, second := w.deployment(tenant, "First", lifecycle.Active), w.deployment(tenant, "Second", lifecycle.Active)
	c := w.serve()
	list, account := c.tab(t, "billing"), c.tab(t, "billing")
	list.open("/tenants")
	account.open("/tenants/" + tenant.String())
	w.moveAs("admin", first, lifecycle.MarkPastDue)
	w.moveAs("admin", second, lifecycle.MarkPastDue)
	account.reads(testID("standing"), "Payment is missing")
	account.attr(row(first)+" "+testID("state-badge"), "data-state", "past_due")
	account.attr(testID("event"), "data-to", "past_due")
	account.sees(testID("account-action-suspend"))
	list.until(`document.querySelector("[data-testid=tenant-row] svg").getAttribute("aria-label").includes("2 past due")`)
	other := w.tenant("Another")
	list.offers("1 changed")
	list.misses(row(other))
	list.click(testID("live-show"))
	list.sees(row(other))
	third := w.deployment(tenant, "Third", lifecycle.Active)
	account.offers("1 changed")
	account.click(testID("live-show"))
	account.sees(row(third))
}

// Going back shows a live page again, whether or not the browser kept it.
func TestBackIsLive(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	p := w.serve().tab(t, "support")
	p.open("/deployments/" + id.String())
	p.arrives(func() { p.click(".nav a[href='/deployments']") })
	p.at("/deployments")
	p.back()
	p.at("/deployments/" + id.String())
	p.sees(testID("action-pause"))
	w.moveAs("billing", id, lifecycle.Pause)
	p.attr(headBadge, "data-state", "paused")
}

// hearing notes in a page of which kinds of changes it has heard.
const hearing = `(own => {
	window.heard = new Set();
	Object.defineProperty(MessagePort.prototype, "onmessage", {...own, set(hear) {
		own.set.call(this, message => { hear(message); message.data.list?.forEach(change => heard.add(change.kind)); });
	}});
})(Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage"))`

// Nothing is read while nobody looks, and once when somebody does.
func TestHiddenPagesRest(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	p := w.serve().tab(t, "support")
	call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: hearing})
	p.open("/deployments/" + id.String())
	look := func(hidden bool) {
		t.Helper()
		js[bool](p, `Object.defineProperty(document, "hidden", {configurable: true, get: () => %s}) && document.dispatchEvent(new Event("visibilitychange"))`, hidden)
	}
	js[bool](p, `(ask => { window.readings = 0; window.fetch = (...all) => { window.readings++; return ask(...all); }; return true; })(window.fetch)`)
	look(true)
	w.moveAs("billing", id, lifecycle.Pause)
	w.moveAs("billing", id, lifecycle.Resume)
	w.renames(id, "Storefront")
	p.until(`window.heard.has("move") && window.heard.has("edit")`)
	time.Sleep(1500 * time.Millisecond)
	if n := js[int](p, `window.readings`); n != 0 {
		t.Errorf("a hidden page was read %d times", n)
	}
	look(false)
	p.attr(testID("action-panel"), "data-version", "3")
	p.reads("h1", "Storefront")
	time.Sleep(1500 * time.Millisecond)
	if n := js[int](p, `window.readings`); n != 1 {
		t.Errorf("it was read %d times when it was looked at", n)
	}
}

// A console that goes is looked for until there is one, and the page is read anew.
func TestStreamIsMadeAgain(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	c := w.serve()
	p := c.tab(t, "support")
	p.open("/deployments/" + id.String())
	w.moveAs("billing", id, lifecycle.Pause) // it is live
	p.attr(headBadge, "data-state", "paused")
	begun := time.Now()
	c.stop()
	if took := time.Since(begun); took > shutdownTimeout*3/4 { // were it to wait for the stream: all of that
		t.Errorf("with an open stream the console took %v to stop", took)
	}
	w.moveAs("billing", id, lifecycle.Resume)
	env := environmentFor(w.db)
	env["ARCADIA_ADDR"] = "127.0.0.1:" + c.base[len("http://localhost:"):]
	startConsole(t, env)
	p.attr(headBadge, "data-state", "active")
}

// Where there are no shared workers, the page that is looked at has the stream itself.
func TestLiveWithoutSharedWorkers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	c := w.serveEmpty()
	for name, script := range map[string]string{
		"none": `delete window.SharedWorker`,
		"one that cannot start": `window.SharedWorker = class extends EventTarget {
			port = {postMessage() {}};
			constructor() { super(); setTimeout(() => this.dispatchEvent(new Event("error"))); }
		}`,
	} {
		t.Run(name, func(t *testing.T) {
			id := w.deployment(tenant, "Shop "+name, lifecycle.Active)
			p := c.tab(t, "support")
			call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
			p.open("/deployments/" + id.String())
			p.attr(testID("live-state"), "data-up", "yes")
			w.moveAs("billing", id, lifecycle.Pause)
			p.attr(headBadge, "data-state", "paused")
		})
	}
}

// A page whose session ended, or that has become somebody else's, says so and shows nothing of another person.
func TestOpenPageOfAnEndedSession(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	c := w.serve()
	t.Run("signed out", func(t *testing.T) {
		p := c.tab(t, "support")
		p.open("/deployments/" + id.String())
		other := p.another()
		other.open("/deployments")
		other.arrives(func() { other.click(testID("logout")) })
		w.renames(id, "Renamed")
		p.offers("You are signed out.")
		p.attr(testID("live-state"), "data-up", "no")
		p.reads("h1", "Web shop")
		p.arrives(func() { p.click(testID("live-way")) })
		p.at("/login?next=%2Fdeployments%2F" + id.String())
	})
	t.Run("somebody else", func(t *testing.T) {
		p := c.tab(t, "support")
		p.open("/deployments/" + id.String())
		other := p.another()
		other.become("viewer")
		other.open("/deployments")
		w.renames(id, "Renamed again")
		p.offers("Somebody else is signed in now.")
		p.reads(testID("person"), personNamed(t, "support").Name)
		p.sees(testID("action-pause"))
	})
}

// Twelve tabs of one browser share one stream, and the thirteenth loads at once.
func TestThirteenTabsOfOneBrowser(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	p := w.serve().tab(t, "support")
	tabs := []*tab{p}
	for len(tabs) < 12 {
		tabs = append(tabs, p.another())
	}
	for _, one := range tabs {
		one.open("/deployments/" + id.String())
	}
	w.moveAs("billing", id, lifecycle.Pause)
	for _, one := range tabs {
		one.attr(headBadge, "data-state", "paused")
	}
	last := p.another()
	begun := time.Now()
	last.open("/deployments/" + id.String())
	t.Logf("the thirteenth tab was there after %v", time.Since(begun)) // and never, were it to wait for a connection
	w.moveAs("billing", id, lifecycle.Resume)
	for _, one := range append(tabs, last) {
		one.attr(headBadge, "data-state", "active")
	}
}
