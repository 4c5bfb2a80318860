package main

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
)

// What is done by one process is on an open page of another in under a second, at the median: two consoles on one database,
// a form sent to the one, a page open in a browser at the other. The test runs alone, not beside others of its package.
func TestChangesOfOneProcessAreSoonOnPagesOfAnother(t *testing.T) {
	w, id := northwind(t, lifecycle.Active)
	here, there := w.serve(), w.serve()
	p := there.tab(t, "support")
	p.open("/deployments/" + id.String())
	session := here.session(t, "billing")
	w.renames(id, "Storefront") // the page is live
	p.reads("h1", "Storefront")
	var took []time.Duration
	for version := 1; version <= 15; version++ {
		time.Sleep(1100 * time.Millisecond) // a page is read once a second at most
		action := lifecycle.Pause
		if version%2 == 0 {
			action = lifecycle.Resume
		}
		begun := time.Now()
		send(t, here, session, id, action, version)
		p.attr(testID("action-panel"), "data-version", strconv.Itoa(version+1))
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	t.Logf("from the form of one process to the page of another: median %v of %v", took[len(took)/2], took)
	if median := took[len(took)/2]; median >= time.Second {
		t.Errorf("the median is %v: %v", median, took)
	}
}

// send posts the form of a move, as a browser would.
func send(t *testing.T, c *console, session string, id uuid.UUID, action lifecycle.Action, version int) {
	t.Helper()
	form := url.Values{"action": {string(action)}, "version": {strconv.Itoa(version)}, "key": {uuid.NewString()}, "reason": {""}, "notes": {""}}
	if action.NeedsReason() {
		form.Set("reason", string(lifecycle.Other))
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.base+"/deployments/"+id.String()+"/transitions", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("HX-Request", "true")
	r.AddCookie(&http.Cookie{Name: "arcadia_session", Value: session})
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s at version %d: %d", action, version, answer.StatusCode)
	}
}
