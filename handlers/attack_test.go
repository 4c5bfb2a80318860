package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestUnknownAndLiteralIDsAreTheSameNotFound(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	request := regexp.MustCompile(`name="next" value="[^"]*"|datetime="[^"]*"`)
	for _, base := range []string{"/deployments/", "/tenants/"} {
		first := c.get(base + uuid.NewString())
		c.wants(first, http.StatusNotFound, "There is no such page")
		for _, id := range []string{":id", "%3Aid", "1", "new%00", uuid.Nil.String(), strings.ToUpper(uuid.NewString()), "{" + uuid.NewString() + "}"} {
			other := c.get(base + id)
			c.wants(other, http.StatusNotFound)
			if request.ReplaceAllString(other.body, "") != request.ReplaceAllString(first.body, "") {
				t.Errorf("%s%s has another body", base, id)
			}
		}
	}
	c.wants(c.get("/nothing/here"), http.StatusNotFound, "There is no such page")
	c.wants(c.get("/static/nothing.css"), http.StatusNotFound, "There is no such page")
	c.wants(c.as("", http.MethodGet, "/static/nothing.css", ""), http.StatusNotFound, "There is no such page")
}

func TestHiddenOrStaleMovesAreRefusedWithTheFreshPanel(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	panel := c.panel(1)
	c.unchanged("refused moves", func() {
		c.wants(c.move("action=suspend&version=1&reason=non_payment&notes=&key=a", htmx), http.StatusUnprocessableEntity, panel)
		c.wants(c.move("action=cancel&version=1&reason=&notes=&key=b", htmx), http.StatusUnprocessableEntity, panel, "Choose a reason")
		c.wants(c.move("action=pause&version=7&reason=&notes=typed&key=c", htmx), http.StatusConflict, panel, "Nothing was changed", ">typed</textarea>")
		c.wants(c.move("action=pause&version=7&reason=&notes=typed&key=d"), http.StatusConflict, "Nothing was changed", ">typed</textarea>")
		c.wants(c.as("viewer", "POST", c.path("/transitions"), pause("e"), htmx), http.StatusForbidden, "Needs Support or Billing", panel)
		c.wants(c.as("operator", "POST", c.path("/transitions"), pause("f")), http.StatusForbidden, "Needs Support or Billing")
		c.wants(c.move("action=destroy&version=1&key=g"), http.StatusBadRequest, "action")
	})
}

func TestReplayIsOneEvent(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	first := c.move(pause("once"))
	c.wants(first, http.StatusSeeOther)
	c.unchanged("a replay", func() {
		again := c.move(pause("once"))
		c.wants(again, http.StatusSeeOther)
		if first.header.Get("Location") != again.header.Get("Location") {
			t.Error("a replay leads elsewhere")
		}
		c.wants(c.move("action=pause&version=1&reason=seasonal&notes=other&key=once"), http.StatusUnprocessableEntity, "sent before")
	})
	c.wants(c.move(pause("another")), http.StatusSeeOther) // it stands there already
	if d, err := c.store.GetDeployment(t.Context(), c.deployment); err != nil || d.Version != 2 {
		t.Errorf("version %d %v, want 2", d.Version, err)
	}
}

func TestCrossSiteAndSiblingPostsAreForbidden(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	site := func(value string) change { return header("Sec-Fetch-Site", value) }
	origin := func(value string) change {
		return func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", value)
		}
	}
	c.unchanged("posts from elsewhere", func() {
		for i, from := range []change{
			site("cross-site"), site("same-site"), origin("https://evil.example"), origin("http://sub.localhost:8080"),
			origin("http://localhost:9090"), origin("null"),
		} {
			for _, w := range c.Ways() {
				if w[0] == http.MethodPost {
					a := c.as("admin", "POST", c.fill(w[1]), pause(fmt.Sprint(i)), from)
					c.wants(a, http.StatusForbidden, "another site")
				}
			}
		}
	})
	c.wants(c.move(pause("right"), origin("http://localhost:8080")), http.StatusSeeOther)
}

func TestGetAndHeadChangeNothing(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	gets := map[string]bool{}
	for _, w := range c.Ways() {
		gets[w[1]] = gets[w[1]] || w[0] == http.MethodGet
	}
	c.unchanged("GET and HEAD", func() {
		for _, w := range c.Ways() {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				a := c.as("admin", method, c.fill(w[1])+"?action=pause&version=1&key=x", "")
				if w[0] == http.MethodPost && !gets[w[1]] && a.status != http.StatusMethodNotAllowed {
					t.Errorf("%s %s: %d, want 405", method, w[1], a.status)
				}
			}
		}
		for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, "TRACE", "MOVE"} {
			a := c.as("admin", method, c.path(""), "", header("Sec-Fetch-Site", "same-origin"))
			c.wants(a, http.StatusMethodNotAllowed, "does not work that way")
		}
	})
}

func TestUnknownAndRepeatedFieldsChangeNothing(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	tenant := "name=New&slug=&email=a%40b.example&billing_email=&external_customer_id=&time_zone=&key=k"
	c.unchanged("forms with more than their fields", func() {
		c.wants(c.as("support", "POST", "/tenants?role=admin", tenant), http.StatusBadRequest, "address")
		c.wants(c.move(pause("a"), func(r *http.Request) { r.URL.RawQuery = "role=admin" }), http.StatusBadRequest, "address")
		for _, more := range []string{"&role=admin", "&actor=admin", "&tenant_id=" + c.tenant.String(), "&notes=twice", "&action=cancel", "&Reason=x", "&id=1", "&tenantFields.Name=x"} {
			c.wants(c.move(pause("b")+more), http.StatusBadRequest)
		}
		c.wants(c.as("support", "POST", "/tenants", tenant+"&tenantFields.Name=x"), http.StatusBadRequest, "tenantFields")
		c.wants(c.as("support", "POST", "/tenants", tenant+"&id=1"), http.StatusBadRequest, "“id”")
		c.wants(c.as("support", "POST", "/tenants", tenant+"&edit_version=1"), http.StatusBadRequest, "“edit_version”")
		c.wants(c.move("action=pause&version=1"), http.StatusBadRequest, "“key”")
		c.wants(c.move("action=pause&version=1&notes=%00&key=c"), http.StatusBadRequest, "“notes”")
		c.wants(c.move("action=pause&version=1&notes=%ff%fe&key=c"), http.StatusBadRequest, "“notes”")
		c.wants(c.move("action=pause&version=9223372036854775808&key=c"), http.StatusBadRequest, "“version”")
		c.wants(c.move("action=pause&version=-1&key=c"), http.StatusBadRequest, "“version”")
		c.wants(c.move("action=pause&version=0&key=c"), http.StatusBadRequest, "“version”")
		c.wants(c.move("action=pause&version=%zz"), http.StatusBadRequest, "form")
		c.wants(c.move(`{"action":"pause"}`, header("Content-Type", "application/json")), http.StatusUnsupportedMediaType)
		c.wants(c.move(pause(strings.Repeat("k", 5000))), http.StatusBadRequest)
		c.wants(c.move("action=pause&version=1&reason=&key=d&notes="+strings.Repeat("n", 10001)), http.StatusUnprocessableEntity, "10001 characters")
	})
}

func TestImpossibleListParametersAreNamed(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	for query, name := range map[string]string{
		"sort=colour": "sort", "sort=id;DROP": "address", "limit=1e9": "limit", "limit=0": "limit", "limit=101": "limit",
		"limit=9223372036854775808": "limit", "limit=-1": "limit", "page=-1": "page", "q=%00": "q", "q=%ff": "q", "state=gone": "state",
		"state=active&state=gone": "state", "tenant=1": "tenant", "after=x": "after", "before=%2F%2F": "before", "after=a&before=b": "before",
		"sort=name&sort=since": "sort", "q=a&q=b": "q", "q=" + strings.Repeat("x", 201): "q", "limit=+5": "limit", "%00=1": "",
	} {
		c.wants(c.get("/deployments?"+query), http.StatusBadRequest, name)
	}
	for query, name := range map[string]string{"state=active": "state", "sort=since": "sort", "limit=1e9": "limit", "after=x": "after", "q=%ff": "q"} {
		c.wants(c.get("/tenants?"+query), http.StatusBadRequest, name)
	}
	c.wants(c.get("/search?q=%00"), http.StatusBadRequest, "q")
	c.wants(c.get(c.path("?before=x")), http.StatusBadRequest, "before")
	c.wants(c.get(c.tenantPath("?x=1")), http.StatusBadRequest, "x")
	c.wants(c.get("/deployments?tenant="+uuid.NewString()), http.StatusNotFound)
	c.wants(c.get("/deployments?state=active&state=active&limit=100&sort=since&q=web"), http.StatusOK, "Web shop")
}

// The name of an uploaded file is whatever somebody called it.
func TestNamesOfUploadedFiles(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	upload := func(name string) answer {
		body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\ntenant_slug,tenant_name,tenant_email\nacme,Acme,a@b.example\n\r\n--b--\r\n"
		return c.as("admin", "POST", "/import", body, header("Content-Type", "multipart/form-data; boundary=b"))
	}
	for _, name := range []string{"a.csv", `a\b.csv`, `C:\fakepath\a.csv`, `a\"b.csv`, "a;b.csv", "\xff.csv", "", "a<b>.csv", "../../a.csv", "\u202ea.csv"} {
		if a := upload(name); a.status != http.StatusOK || strings.Contains(a.body, "a<b>") {
			t.Errorf("%q: %d", name, a.status)
		}
	}
	for _, name := range []string{"a\x1b[31m.csv", "a\x7f.csv", `a\`} {
		c.wants(upload(name), http.StatusBadRequest, "rename the file")
	}
}

func TestABodyOverOneMebibyteIsTooLarge(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	large := pause("k") + "&x=" + strings.Repeat("x", 1<<20)
	c.unchanged("a large body", func() {
		c.wants(c.move(large), http.StatusRequestEntityTooLarge)
		c.wants(c.move(large, func(r *http.Request) { r.ContentLength = -1 }), http.StatusRequestEntityTooLarge)
		c.wants(c.as("admin", "POST", "/import", large, header("Content-Type", "multipart/form-data; boundary=b")), http.StatusRequestEntityTooLarge)
		body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\n" + large + "\r\n--b--\r\n"
		c.wants(c.as("admin", "POST", "/import", body, header("Content-Type", "multipart/form-data; boundary=b"),
			func(r *http.Request) { r.ContentLength = -1 }), http.StatusRequestEntityTooLarge)
	})
}

func TestLineEndsInAPathAreOneLineOfTheLog(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.wants(c.get("/a%0d%0a%1b%5b31mforged%22%7d%0a%7b%22level%22:%22INFO"), http.StatusNotFound)
	lines := strings.Split(strings.TrimSpace(c.log.String()), "\n")
	if len(lines) != 1 || strings.ContainsAny(lines[0], "\r\x1b") {
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	var line struct{ Path string }
	if err := json.Unmarshal([]byte(lines[0]), &line); err != nil || !strings.Contains(line.Path, "\r\n\x1b[31mforged") {
		t.Errorf("%v %q", err, lines[0])
	}
}

func TestForgedHostAndForwardedHeaders(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	host := func(name string) change { return func(r *http.Request) { r.Host = name } }
	for _, name := range []string{"evil.example", "localhost.evil.example", "", "127.0.0.1.evil.example:8080"} {
		c.wants(c.get("/deployments", host(name)), http.StatusBadRequest, "host name")
	}
	for _, name := range []string{"localhost", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:8080"} {
		c.wants(c.get("/deployments", host(name)), http.StatusOK)
	}
	a := c.get("/", header("X-Forwarded-Host", "evil.example"), header("X-Forwarded-Proto", "https"), header("X-Forwarded-For", "203.0.113.9"),
		header("X-Real-IP", "203.0.113.9"), header("Forwarded", "host=evil.example"))
	if got := a.header.Get("Location"); got != "/deployments" {
		t.Errorf("leads to %q", got)
	}
	if strings.Contains(c.log.String(), "203.0.113.9") {
		t.Error("the log believes a forwarded address")
	}
}

// htmx and header names that could matter are not taken from names and notes.
func TestMarkupInNamesStaysText(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	evil := `<hx-partial hx-target="#main"><script>alert(1)</script>"onload=x javascript:alert(1)`
	c.wants(c.as("support", "POST", c.path("/notes"), url.Values{"notes": {evil}, "key": {"k"}}.Encode()), http.StatusSeeOther)
	for _, a := range []answer{c.get(c.path("")), c.get("/deployments?q=" + url.QueryEscape(evil)), c.get("/search?q=" + url.QueryEscape(evil))} {
		if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, `<hx-partial hx-target="#main">`) {
			t.Error("markup came through")
		}
	}
}
