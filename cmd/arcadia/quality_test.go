package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
)

// axe is the checker of accessibility, see testdata/VERSIONS.md.
func axe(t *testing.T) string {
	t.Helper()
	script, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

func TestVendoredTestDataIsWhatTheTableSays(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("testdata/VERSIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(axe(t)))
	if !strings.Contains(string(table), hex.EncodeToString(sum[:])) {
		t.Error("axe.min.js has another checksum than the table")
	}
}

// stop is one page of the tour, with what is done there first.
type stop struct {
	name, path string
	as         string // support when empty
	first      func(p *tab)
}

// tour is every page of the console, and the parts that open over it.
func tour(w *world, tenant uuid.UUID) []stop {
	deployment := func(s lifecycle.State) string {
		return "/deployments/" + w.deployment(tenant, "Shop "+string(s), s).String()
	}
	save := func(p *tab) {
		js[bool](p, `document.querySelectorAll("form").forEach(f => { f.noValidate = true; }) ?? true`)
		p.arrives(func() { p.click(testID("save")) })
		p.sees(testID("error"))
	}
	stops := []stop{
		{name: "tenants", path: "/tenants"},
		{name: "activity", path: "/activity", as: "admin"},
		{name: "activity of nothing", path: "/activity?kind=failures&from=2026-01-01"},
		{name: "nothing found", path: "/tenants?q=xxxxxxxxxx"},
		{name: "account", path: "/tenants/" + tenant.String(), as: "billing"},
		{name: "new tenant with errors", path: "/tenants/new", first: save},
		{name: "new deployment with errors", path: "/tenants/" + tenant.String() + "/deployments/new", first: save},
		{name: "edit tenant", path: "/tenants/" + tenant.String() + "/edit"},
		{name: "search", path: "/search?q=shop"},
		{name: "search help", path: "/search"},
		{name: "import", path: "/import", as: "admin"},
		{name: "API", path: "/api", as: "viewer", first: func(p *tab) {
			js[bool](p, `["listDeployments", "moveDeployment", "type-Deployment"].forEach(id => { document.getElementById(id).parentElement.open = true; }) ?? true`)
		}},
		{name: "not found", path: "/nothing"},
		{name: "forbidden", path: "/import"},
		{name: "bad request", path: "/deployments?sort=colour"},
		{name: "account dialog", path: "/tenants/" + tenant.String(), as: "billing", first: func(p *tab) {
			p.click(testID("account-action-pause"))
			p.sees(testID("transition-form"))
		}},
		{name: "keys", path: "/deployments", first: func(p *tab) {
			p.press("?")
			p.sees("#keys[open]")
		}},
	}
	stops = append(stops, runStops(w, tenant)...)
	var active string
	for _, s := range lifecycle.States {
		path := deployment(s)
		stops = append(stops, stop{name: string(s), path: path, as: "admin"})
		if s == lifecycle.Active {
			active = path
		}
	}
	return append(stops, stop{name: "list", path: "/deployments"},
		stop{name: "move as a page", path: active + "/transitions/pause"},
		stop{name: "dialog", path: active, as: "billing", first: func(p *tab) {
			p.click(testID("action-cancel"))
			p.sees(testID("transition-form"))
		}},
		stop{name: "edit deployment", path: active + "/edit"},
		stop{name: "list that others changed", path: "/deployments?state=active&sort=name", first: func(p *tab) {
			leaves := w.deployment(tenant, "Shop that will leave", lifecycle.Active)
			p.open("/deployments?state=active&sort=name")
			w.moveAs("billing", leaves, lifecycle.Pause)
			p.sees(row(leaves) + "[data-live-gone]")
			p.sees(testID("live-show"))
		}},
		stop{name: "dialog of what others moved", path: active, as: "support", first: func(p *tab) {
			id := w.deployment(tenant, "Shop of two", lifecycle.Active)
			p.open("/deployments/" + id.String())
			p.click(testID("action-pause"))
			p.sees(testID("transition-form"))
			w.moveAs("billing", id, lifecycle.MarkPastDue)
			p.sees(testID("live-stale"))
		}},
		stop{name: "toast with undo", path: "/deployments/" + w.deployment(tenant, "Shop to be paused", lifecycle.Active).String(), first: func(p *tab) {
			p.click(testID("action-pause"))
			p.click(confirm)
			p.sees(testID("notice", "undo"))
		}})
}

func TestEveryPageIsAccessibleAndFits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind Traders with quite a long name")
	stops := tour(w, tenant)
	c := w.serve()
	for _, s := range stops {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			visit(t, c, s)
		})
	}
}

// The gallery is there in development alone, which is a matter of the whole process.
func TestGalleryIsAccessibleAndFits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("Northwind")
	env := environmentFor(w.db)
	env["ARCADIA_DEV"] = "1"
	visit(t, startProcess(t, env).console(), stop{name: "gallery", path: "/gallery"})
}

// visit goes to one stop and looks at it in light and dark, wide and narrow.
func visit(t *testing.T, c *console, s stop) {
	t.Helper()
	who := s.as
	if who == "" {
		who = "support"
	}
	p := c.tab(t, who)
	p.open(s.path)
	if s.first != nil {
		s.first(p)
	}
	js[bool](p, axe(t)+"; true")
	for _, width := range []int64{1360, 360} {
		for _, scheme := range []string{"light", "dark"} {
			p.look(scheme, width)
			for _, violation := range js[[]string](p, violations, rules[scheme]) {
				t.Errorf("%s, %s, %d wide: %s", s.name, scheme, width, violation)
			}
		}
		if over := js[int](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
			t.Errorf("%s, %d wide: %d px stick out", s.name, width, over)
		}
	}
}

// rules are those that axe checks: in dark the ones that depend on colour, as all others see the same page as in light.
var rules = map[string]map[string]any{
	"light": {"resultTypes": []string{"violations"}},
	"dark":  {"resultTypes": []string{"violations"}, "runOnly": []string{"color-contrast", "link-in-text-block"}},
}

const violations = `axe.run(document, %s).then(r => r.violations.map(v =>
	v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.target.join(" ")).join(", ")))`

// look sets colour scheme and width of the page, without motion.
func (p *tab) look(scheme string, width int64) {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(width, 900))
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// The list of the demo, as somebody sees it who was never here: light, and nothing moves while it loads.
func TestFirstPageIsLightAndStill(t *testing.T) {
	t.Parallel()
	c := startConsole(t, environmentFor(newWorld(t).db))
	p := c.tab(t, "support")
	p.open("/deployments")
	p.until(`document.fonts.status === "loaded"`)
	const limit = 60 << 10
	soon(t, "all is loaded", func() bool { return p.transferred("/deployments") > 0 && p.transferred(".js") > 0 })
	if sum := p.transferred("") - p.transferred(".woff2"); sum > limit {
		t.Errorf("%.0f bytes without the font, more than %d", sum, limit)
	}
	p.still()
	p.arrives(func() { p.click("[data-row-link]") })
	p.until(`document.fonts.status === "loaded"`)
	p.still()
}

// transferred is how many bytes came from addresses with the end.
func (p *tab) transferred(end string) (sum float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for address, n := range p.bytes {
		if strings.HasSuffix(address, end) {
			sum += n
		}
	}
	return sum
}

// still expects that nothing was shifted since the page began to load.
func (p *tab) still() {
	p.t.Helper()
	moved := js[[]string](p, `new Promise(done => {
		const moved = [];
		new PerformanceObserver(list => list.getEntries().forEach(e => {
			moved.push(e.value.toFixed(4) + " " + e.sources.map(s => (s.node?.className || s.node?.nodeName) +
				" from " + JSON.stringify(s.previousRect) + " to " + JSON.stringify(s.currentRect)).join(", "));
		})).observe({type: "layout-shift", buffered: true});
		requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(moved), 50)));
	})`)
	if len(moved) > 0 {
		p.t.Errorf("the layout shifted: %q", moved)
	}
}
