package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestActivityPage(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.wants(c.move(pause("activity")), http.StatusSeeOther)
	hostile := `<img src=x onerror=alert(1)>@arcadia.test`
	c.wants(c.send(c.Server, http.MethodPost, "/login", url.Values{"email": {hostile}, "password": {"x"}, "next": {""}}.Encode()), http.StatusUnauthorized)

	all := c.as("admin", http.MethodGet, "/activity", "")
	c.wants(all, http.StatusOK, "Paused", "Seasonal", "Sign-in failed", "192.0.2.1", "Northwind", "Web shop")
	if !strings.Contains(all.body, "Today, ") && !strings.Contains(all.body, "Yesterday, ") { // when it is midnight just now
		t.Error("the entries stand under no day")
	}
	if strings.Contains(all.body, "<img") {
		t.Error("what a stranger typed is markup")
	}
	if !strings.Contains(all.body, "&lt;img src=x") {
		t.Error("an admin does not see under which e-mail somebody tried")
	}
	seen := c.as("viewer", http.MethodGet, "/activity", "")
	c.wants(seen, http.StatusOK, "Sign-in failed", "Somebody who is not known")
	for _, secret := range []string{"192.0.2.1", "&lt;img src=x"} {
		if strings.Contains(seen.body, secret) {
			t.Errorf("a viewer sees %q", secret)
		}
	}
	if a := c.as("viewer", http.MethodGet, "/activity?person="+url.QueryEscape(strings.ToLower(hostile)), ""); strings.Contains(a.body, "Sign-in failed") {
		t.Error("a viewer finds out whether an e-mail was tried")
	}
	c.wants(c.get("/activity?kind=moves&object="+c.deployment.String()), http.StatusOK, "About", "Web shop", "Paused")
	c.wants(c.get("/activity?kind=failures&person=billing%40arcadia.test"), http.StatusOK, "Nothing fits")
	c.wants(c.get("/activity?object=no-such-thing"), http.StatusOK, "Nothing is exactly")
}

func TestActivityRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	for query, word := range map[string]string{
		"kind=everything": "kind", "from=yesterday": "from", "to=2026-02-30": "to", "from=2026-02-02&to=2026-02-01": "to", "limit=0": "limit",
		"limit=1e9": "limit", "after=x": "after", "after=x&before=y": "before", "nonsense=1": "nonsense", "person=a&person=b": "person",
		"object=%00": "object", "object=%ff": "object", "from=99999-01-01": "from", "person=" + strings.Repeat("x", 201): "person",
	} {
		c.wants(c.get("/activity?"+query), http.StatusBadRequest, word)
	}
	c.wants(c.get("/activity?from=2026-02-01&to=2026-02-01&limit=7"), http.StatusOK)
}
