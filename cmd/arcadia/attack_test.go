package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"arcadia.example/console/lifecycle"
)

// elsewhere serves one page of another site, by the host name, and counts how often it is asked for anything.
func elsewhere(t *testing.T, host, body string) (address string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><title>Elsewhere</title>"+body)
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + host + ":" + u.Port() + "/", asked
}

// Another site, or another subdomain, sends a form with the cookies of somebody who is signed in: 403, and nothing happens.
func TestPostsFromOtherSitesInTheBrowser(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	c := w.serve()
	form := `<form method="post" action="` + c.base + "/deployments/" + id.String() + `/transitions">
		<input name="action" value="pause"><input name="version" value="1"><input name="key" value="%s">
		<input name="reason" value="seasonal"><input name="notes" value=""></form>`
	for name, host := range map[string]string{"another site": "127.0.0.1", "a sibling subdomain": "evil.localhost", "another port": "localhost"} {
		t.Run(name, func(t *testing.T) {
			p := c.tab(t, "billing")
			address, _ := elsewhere(t, host, fmt.Sprintf(form, host))
			p.do(chromedp.Navigate(address))
			p.arrives(func() { js[bool](p, `document.forms[0].submit() ?? true`) })
			p.until(`location.pathname.endsWith("/transitions")`)
			p.reads(testID("error"), "another site")
			if got := p.status("/deployments/" + id.String() + "/transitions"); got != http.StatusForbidden {
				t.Errorf("status %d, want 403", got)
			}
			p.forgive("request to another host")
		})
	}
	if n := w.events(id); n != "1" {
		t.Errorf("%s events, want 1", n)
	}
	// From its own page the same form is welcome, so that it is the place that was refused.
	p := c.tab(t, "billing")
	p.open("/deployments/" + id.String())
	p.arrives(func() {
		js[bool](p, `(() => { document.body.insertAdjacentHTML("beforeend", %s); document.forms[document.forms.length - 1].submit(); return true; })()`, fmt.Sprintf(form, "own"))
	})
	p.attr(headBadge, "data-state", "paused")
}

// forgive takes away what the tab was sure to complain about, and expects that it did.
func (p *tab) forgive(kind string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	var others []string
	for _, trouble := range p.troubles {
		if !strings.HasPrefix(trouble, kind+": ") {
			others = append(others, trouble)
		}
	}
	if len(others) == len(p.troubles) {
		p.t.Errorf("there was no %s", kind)
	}
	p.troubles = others
}

// injected is markup as it would stand in a page if something that people typed were not escaped. Whatever runs calls harm.
const injected = `<script>window.harm = "script"</script><script src="%[1]s"></script><img src="x" onerror="window.harm = 'onerror'">
<svg onload="window.harm = 'onload'"></svg><a id="js" href="javascript:window.harm='link'">x</a><iframe src="javascript:parent.harm='frame'"></iframe>
<iframe srcdoc="<script>parent.harm = 'srcdoc'</script>"></iframe><object data="%[1]s"></object><embed src="%[1]s"><base href="%[1]s">
<style>h1 { color: rgb(1, 2, 3) !important }</style><p id="styled" style="color: rgb(1, 2, 3)">x</p><link rel="stylesheet" href="%[1]s">
<form id="out" action="%[1]s" method="post"><input name="x"></form><div hx-on:load="window.harm = 'hx-on'" hx-get="/deployments" hx-trigger="load[window.harm='filter']"></div>
<meta http-equiv="Content-Security-Policy" content="script-src *">`

// injecting stands before the console and puts the markup into every page, behind the console's own headers.
func injecting(t *testing.T, base, markup string) string {
	t.Helper()
	target, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = target.Host
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: func(r *http.Response) error {
			if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
				return nil
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			body = bytes.Replace(body, []byte("</h1>"), []byte("</h1>"+markup), 1)
			r.Body = io.NopCloser(bytes.NewReader(body))
			r.ContentLength = int64(len(body))
			r.Header.Set("Content-Length", strconv.Itoa(len(body)))
			return nil
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
}

// If something were not escaped after all, the content security policy still lets nothing of it run, load or lead elsewhere.
func TestInjectedMarkupUnderTheContentSecurityPolicy(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	c := w.serve()
	foreign, asked := elsewhere(t, "127.0.0.1", "")
	p := c.tab(t, "billing")
	through := injecting(t, c.base, fmt.Sprintf(injected, foreign+"harm.js"))
	p.base = through
	p.become("billing")
	p.open("/deployments/" + id.String())
	p.sees("#styled") // the markup did get into the page
	js[bool](p, `(document.getElementById("js").click(), document.getElementById("out").submit(), true)`)
	p.until(`document.readyState === "complete"`)
	p.click(testID("action-pause")) // by script, or where the markup broke that, by the page behind it
	p.sees(testID("transition-form"))
	if harm := js[string](p, `String(window.harm)`); harm != "undefined" {
		t.Errorf("markup ran: %s", harm)
	}
	if color := js[string](p, `getComputedStyle(document.querySelector("h1")).color + getComputedStyle(document.getElementById("styled")).color`); strings.Contains(color, "rgb(1, 2, 3)") {
		t.Errorf("a style was taken: %s", color)
	}
	if at := js[string](p, `location.href + " " + document.baseURI`); !strings.HasPrefix(at, through) || strings.Contains(at, "harm.js") {
		t.Errorf("it leads elsewhere: %s", at)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("another host was asked %d times", n)
	}
	p.forgive("log") // the browser says what it refused, and htmx that it could not evaluate
	p.forgive("console")
	p.forgive("exception")
	p.forgive("request to another host") // was wanted, and not sent
}
