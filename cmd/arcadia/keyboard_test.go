package main

import (
	"strings"
	"testing"

	"arcadia.example/console/lifecycle"
)

func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	p := w.serve().tab(t, "support")
	p.open("/deployments/" + id.String())
	for range 40 {
		if js[bool](p, `document.activeElement.dataset.testid === "action-pause"`) {
			break
		}
		p.press("\t")
	}
	p.until(`document.activeElement.dataset.testid === "action-pause"`)
	p.enter(false)
	p.sees("dialog[open] " + confirm)
	p.until(`document.activeElement.closest("#dialog")`)
	p.press("\x1b")
	p.misses("dialog[open]")
	p.until(`document.activeElement.dataset.testid === "action-pause"`)
	p.enter(false)
	p.until(`document.activeElement.name === "reason"`)
	p.enter(true)
	order := ""
	for range 8 {
		order += js[string](p, `(document.activeElement.name || document.activeElement.dataset.testid || document.activeElement.tagName) + " "`)
		if strings.HasSuffix(order, "confirm ") {
			break
		}
		p.press("\t")
	}
	if order != "reason notes dismiss confirm " {
		t.Errorf("Tab goes %q", order)
	}
	p.enter(false)
	p.attr(headBadge, "data-state", "paused")
	p.until(`document.activeElement !== document.body`)
}

// Escape while a move is on its way does not take away the place of its answer.
func TestEscapeWhileAMoveIsUnderWay(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	p := w.serve().tab(t, "support")
	p.open("/deployments/" + id.String())
	p.click(testID("action-pause"))
	p.sees(confirm)
	js[bool](p, `(ask => { window.fetch = (...args) => new Promise(go => { window.release = go; }).then(() => ask(...args)); return true; })(window.fetch)`)
	p.click(confirm)
	p.until(`document.querySelector("#dialog form.htmx-request")`)
	p.press("\x1b")
	js[bool](p, `window.release() ?? true`)
	p.attr(headBadge, "data-state", "paused")
	p.misses("dialog[open]")
}
