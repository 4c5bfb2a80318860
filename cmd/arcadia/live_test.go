package main

import (
	"testing"

	"arcadia.example/console/lifecycle"
)

// What one process does is on the open page of another, in place: header, panel, map and timeline.
func TestPageChangesByAnotherProcess(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	c := w.serve()
	p := c.tab(t, "support")
	p.open("/deployments/" + id.String())
	js[bool](p, `window.kept = true`)
	w.moveAs("billing", id, lifecycle.Pause)
	p.attr(headBadge, "data-state", "paused")
	p.attr(testID("lifecycle-map"), "data-state", "paused")
	p.attr(testID("action-panel"), "data-version", "2")
	p.attr(testID("event"), "data-to", "paused")
	p.sees(testID("action-resume"))
	p.until(`window.kept`)
}
