package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

// invite makes somebody who has only a link.
func (c *console) invite(email string) (store.Staff, store.Token) {
	c.t.Helper()
	person, token, err := c.store.InviteStaff(c.t.Context(), access.Actor{Kind: access.System, ID: "test", Name: "Test"},
		store.NewStaff{Email: email, Name: "Nia <b>New</b>", Roles: access.Support}, "")
	if err != nil {
		c.t.Fatal(err)
	}
	return person, token
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	_, token := c.invite("nia@arcadia.test")
	path := "/welcome/" + token.String()
	b := c.browser("192.0.2.100")
	for range 3 { // looking, as mail scanners do, uses nothing up
		c.wants(b.page(path), http.StatusOK, "nia@arcadia.test", "Welcome, Nia &lt;b&gt;New&lt;/b&gt;")
		b.do("HEAD", path, nil)
	}
	for word, again := range map[string]string{"short": "short", "long enough word": "another long word", "nia@arcadia.test!": "nia@arcadia.test!"} {
		if word == "nia@arcadia.test!" {
			continue // the name before the @ is too short to be told from a syllable
		}
		c.wants(b.post(path, "password", word, "again", again), http.StatusUnprocessableEntity, "password-error")
	}
	c.leads(b.page("/deployments"), "/login?next=%2Fdeployments")
	a := b.post(path, "password", password, "again", password)
	c.leads(a, "/settings/me")
	c.wants(b.page("/settings/me"), http.StatusOK, "factor-required", "Nia")
	c.leads(b.page("/deployments"), "/settings/me")

	other := c.browser("192.0.2.101")
	used, made := other.page(path), other.page("/welcome/"+store.NewToken().String())
	c.wants(used, http.StatusNotFound, "does not work any more")
	if used.body != made.body || used.body != other.page("/welcome/x").body {
		t.Error("a link that was used is told from one that never was")
	}
	c.wants(other.post(path, "password", password, "again", password), http.StatusNotFound)
	if strings.Contains(c.log.String(), token.String()) {
		t.Error("the log has the token")
	}
	if !strings.Contains(c.log.String(), `"path":"/welcome/:token"`) {
		t.Error("the log has no line of the link")
	}
	for _, a := range []answer{a, used} {
		if a.header.Get("Referrer-Policy") != "strict-origin" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v", a.header)
		}
	}
}

func TestALinkWorksOnceEvenAtOnce(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	_, token := c.invite("nia@arcadia.test")
	var in atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if a := c.browser("192.0.2.102").post("/welcome/"+token.String(), "password", password, "again", password); a.status == http.StatusSeeOther {
				in.Add(1)
			}
		})
	}
	all.Wait()
	if n := in.Load(); n != 1 {
		t.Errorf("%d came in by one link", n)
	}
}

func TestAWayBackInEndsWhatWasThere(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	person := c.staffOf("viewer")
	b := c.signedIn("viewer")
	c.give(person)
	token, err := c.store.MakeLink(t.Context(), access.Actor{Kind: access.System, ID: "test", Name: "Test"}, person.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	c.wants(c.browser("192.0.2.103").page("/welcome/"+token.String()), http.StatusOK, "Welcome back", "stop working")
	c.wants(b.page("/deployments"), http.StatusOK)
	c.leads(c.browser("192.0.2.103").post("/welcome/"+token.String(), "password", "another long password", "again", "another long password"), "/settings/me")
	c.leads(b.page("/deployments"), "/login?next=%2Fdeployments")
	if p := c.staffOf("viewer"); p.Passkeys != 0 || p.HasTOTP {
		t.Errorf("%+v", p)
	}
	c.wants(c.browser("192.0.2.104").login(person.Email, password), http.StatusUnauthorized)
}

// On a plain network browsers say nothing but the origin of where a form comes from: it must be told, and no more.
func TestWelcomeFormFromAPlainNetwork(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	_, link, err := c.store.InviteStaff(t.Context(), access.Actor{Kind: access.System, ID: "test", Name: "Test"},
		store.NewStaff{Email: "plain@arcadia.test", Name: "Plain", Roles: access.Viewer}, "")
	if err != nil {
		t.Fatal(err)
	}
	form := "password=" + url.QueryEscape(password) + "&again=" + url.QueryEscape(password)
	from := func(origin string) answer {
		return c.send(c.Server, http.MethodPost, "/welcome/"+link.String(), form, header("Origin", origin), func(r *http.Request) { r.Header.Del("Sec-Fetch-Site") })
	}
	c.wants(from("null"), http.StatusForbidden) // as no-referrer would have it
	c.wants(from("http://localhost:8080"), http.StatusSeeOther)
}

// Who may not make an account action is told so at once, and asked for no proof.
func TestAccountActionIsRefusedBeforeAProofIsAsked(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.cookie("viewer")
	c.cookie("billing")
	if _, err := c.owner.ExecContext(t.Context(), `UPDATE sessions SET stepped_up_at = now() - interval '1 hour'`); err != nil {
		t.Fatal(err)
	}
	const form = "action=suspend&step=preview&key=k&reason=&notes=&preview="
	if a := c.as("viewer", http.MethodPost, c.tenantPath("/transitions"), form); strings.Contains(a.body, "Confirm that it is you") || a.status < 400 {
		t.Errorf("a viewer gets %d", a.status)
	}
	c.wants(c.as("billing", http.MethodPost, c.tenantPath("/transitions"), form), http.StatusForbidden, "Confirm that it is you")
}
