package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"arcadia.example/console/access"
	"arcadia.example/console/handlers"
)

func TestSignInByPasswordAndCode(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	person := c.staffOf("billing")
	b := c.browser("192.0.2.60")
	c.leads(b.page("/deployments?state=active"), "/login?next=%2Fdeployments%3Fstate%3Dactive")
	c.wants(b.page("/login?next=%2Fdeployments%3Fstate%3Dactive"), http.StatusOK, `name="next" value="/deployments?state=active"`)
	c.leads(b.post("/login", "email", " Billing@ARCADIA.test ", "password", password, "next", "/deployments?state=active"),
		"/login/second?next=%2Fdeployments%3Fstate%3Dactive")
	c.leads(b.page("/deployments"), "/login?next=%2Fdeployments") // half a sign-in is none
	c.wants(b.page("/login/second?next=%2Fdeployments%3Fstate%3Dactive"), http.StatusOK, "authenticator app", `value="/deployments?state=active"`)
	b.script("/login/passkey/begin", map[string]string{"next": "/"}) // tried first and given up
	right := code(t, appSecret)
	wrong := "000000"
	if right == wrong {
		wrong = "000001"
	}
	c.wants(b.post("/login/second", "code", wrong, "next", "/deployments"), http.StatusUnauthorized, "not a code that works")
	in := b.post("/login/second", "code", right[:3]+" "+right[3:], "next", "/deployments?state=active")
	c.leads(in, "/deployments?state=active")
	for _, want := range []string{"arcadia_session=", "Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=43200"} {
		if got := strings.Join(in.header.Values("Set-Cookie"), "\n"); !strings.Contains(got, want) {
			t.Errorf("the cookie has no %s: %s", want, got)
		}
	}
	c.wants(b.page("/deployments"), http.StatusOK, "Bill", "Web shop")
	c.leads(b.page("/login?next=%2Ftenants"), "/tenants") // there already

	// Neither the code nor the half sign-in works again.
	again := c.browser("192.0.2.61")
	c.leads(again.login("billing@arcadia.test", password), "/login/second?next=%2Fdeployments")
	c.wants(again.post("/login/second", "code", right), http.StatusUnauthorized)
	sessions, err := c.store.ListSessions(t.Context(), person.ID)
	if err != nil || sessions[0].Device != "Firefox on Linux" || sessions[0].Address != "192.0.2.60" {
		t.Errorf("%+v %v", sessions, err)
	}
}

func TestRecoveryCodeStandsInOnce(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	if err := c.store.SetTOTP(t.Context(), c.staffOf("viewer"), appSecret, []string{"ABCDE-FGHIJ"}, ""); err != nil {
		t.Fatal(err)
	}
	b := c.browser("192.0.2.62")
	b.login("viewer@arcadia.test", password)
	c.leads(b.post("/login/second", "code", "abcde fghij", "next", "/"), "/")
	other := c.browser("192.0.2.62")
	other.login("viewer@arcadia.test", password)
	c.wants(other.post("/login/second", "code", "ABCDE-FGHIJ"), http.StatusUnauthorized)
}

func TestSecondFactorWithoutAPasswordBefore(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.staffOf("viewer")
	b := c.browser("192.0.2.63")
	c.leads(b.page("/login/second"), "/login")
	c.wants(b.post("/login/second", "code", code(t, appSecret)), http.StatusUnauthorized, "Sign in again")
	b.login("viewer@arcadia.test", password)
	c.owns(`UPDATE sign_in_steps SET expires_at = now()`)
	c.wants(b.post("/login/second", "code", code(t, appSecret)), http.StatusUnauthorized, "Sign in again")
	b.login("viewer@arcadia.test", password)
	c.owns(`UPDATE staff SET status = 'disabled' WHERE email = 'viewer@arcadia.test'`)
	c.wants(b.post("/login/second", "code", code(t, appSecret)), http.StatusUnauthorized, "Sign in again")
	if b.cookies["arcadia_session"] != "" {
		t.Error("there is a session")
	}
}

// An old session cookie is dead after a sign-in in the same browser; a planted one never lives.
func TestTheSessionIsRenewedAtSignIn(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.Server = c.serve(c.store, handlers.Config{Demo: true})
	c.owns(`SELECT 1`)
	b := c.signedIn("viewer")
	c.owns(`UPDATE staff SET totp_secret = ''`)
	old := b.cookies["arcadia_session"]
	b.cookies["arcadia_session"] = strings.Repeat("A", 43)
	planted := b.cookies["arcadia_session"]
	c.leads(b.login("viewer@arcadia.test", password), "/deployments")
	if b.cookies["arcadia_session"] == planted {
		t.Error("the planted token became a session")
	}
	b.cookies["arcadia_session"] = old
	c.leads(b.login("viewer@arcadia.test", password), "/deployments")
	if b.cookies["arcadia_session"] == old {
		t.Error("the token stayed the same")
	}
	b.cookies["arcadia_session"] = old
	c.leads(b.page("/deployments"), "/login?next=%2Fdeployments")
}

func TestOverTLSTheCookiesAreBoundToTheHost(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	person := c.staffOf("viewer")
	c.Server = c.serve(c.store, handlers.Config{PublicURL: &url.URL{Scheme: "https", Host: "console.example.com"}})
	own := func(r *http.Request) { r.Host = "console.example.com" }
	b := c.browser("192.0.2.64")
	form := url.Values{"email": {person.Email}, "password": {password}}
	b.do("POST", "/login", form, own)
	a := b.do("POST", "/login/second", url.Values{"code": {code(t, appSecret)}}, own)
	c.leads(a, "/")
	for _, line := range a.header.Values("Set-Cookie") {
		if !strings.HasPrefix(line, "__Host-arcadia") || !strings.Contains(line, "Secure") || strings.Contains(line, "Domain") || !strings.Contains(line, "Path=/;") {
			t.Errorf("cookie %q", line)
		}
	}
	c.wants(b.page("/deployments", own), http.StatusOK)
	if a.header.Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
	// The name without the prefix, which a sibling could plant, says nothing there.
	planted := header("Cookie", "arcadia_session="+b.cookies["__Host-arcadia"])
	c.leads(b.page("/deployments", own, planted), "/login?next=%2Fdeployments")
}

// Outside the demo a password alone opens nothing but the page on which to add what is missing.
func TestAPasswordAloneIsNotEnough(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	b := c.signedIn("admin")
	c.owns(`UPDATE staff SET totp_secret = ''`)
	c.leads(b.page("/deployments"), "/settings/me")
	c.leads(b.page("/settings/staff"), "/settings/me")
	c.wants(b.page("/deployments", htmx), http.StatusForbidden, "Set up a passkey")
	c.unchanged("a form without a second factor", func() {
		c.wants(b.post(c.path("/notes"), "notes", "x", "key", "k"), http.StatusForbidden, "Set up a passkey")
	})
	c.wants(b.page("/settings/me"), http.StatusOK, "factor-required")
	other := c.browser("192.0.2.65")
	c.leads(other.login("admin@arcadia.test", password), "/deployments")
	c.leads(other.page("/deployments"), "/settings/me")

	// With a passkey everything opens; but then the password alone does not sign in.
	c.give(c.staffOf("admin"))
	c.wants(other.page("/deployments"), http.StatusOK)
	third := c.browser("192.0.2.66")
	c.leads(third.login("admin@arcadia.test", password), "/login/second?next=%2Fdeployments")
	c.wants(third.page("/login/second"), http.StatusOK, "Use your passkey")
	c.leads(third.page("/deployments"), "/login?next=%2Fdeployments")
}

func TestTheDemoTakesAPasswordAlone(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.staffOf("viewer")
	c.owns(`UPDATE staff SET totp_secret = ''`)
	c.Server = c.serve(c.store, handlers.Config{Demo: true})
	b := c.browser("192.0.2.67")
	c.wants(b.page("/login"), http.StatusOK, "Demo", "viewer@arcadia.example", "arcadia-demo")
	c.leads(b.login("viewer@arcadia.test", password), "/deployments")
	c.wants(b.page("/deployments"), http.StatusOK, "Vera")
}

func TestAFreshConsoleSaysHowToBegin(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	b := c.browser("192.0.2.68")
	c.wants(b.page("/login"), http.StatusOK, "Nobody can sign in yet", "arcadia staff add")
	if page := b.page("/login"); strings.Contains(page.body, "arcadia-demo") {
		t.Error("the page speaks of the demo")
	}
	c.somebodyElse("ann@arcadia.test", access.Admin)
	if page := b.page("/login"); strings.Contains(page.body, "Nobody can sign in yet") {
		t.Error("the page says that nobody can sign in")
	}
}

// Back after a logout: nothing is stored, what was is cleared, and the old cookie leads to the sign-in page.
func TestBackButtonAfterLogout(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	b := c.signedIn("billing")
	token := b.cookies["arcadia_session"]
	page := b.page("/deployments")
	c.wants(page, http.StatusOK)
	if got := page.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	out := b.post("/logout")
	c.leads(out, "/login")
	if got := out.header.Get("Clear-Site-Data"); got != `"cache"` {
		t.Errorf("Clear-Site-Data %q", got)
	}
	if b.cookies["arcadia_session"] != "" {
		t.Error("the cookie stays")
	}
	b.cookies["arcadia_session"] = token
	c.leads(b.page("/deployments"), "/login?next=%2Fdeployments")
	c.leads(b.post("/logout"), "/login") // again does no harm
	c.wants(b.page("/logout"), http.StatusMethodNotAllowed)
	c.wants(b.post("/logout", "all", "yes"), http.StatusBadRequest)
}

func TestSignInPagesAreNeverStored(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	b := c.browser("192.0.2.69")
	for _, a := range []answer{b.page("/login"), b.login("a@b.example", "x"), b.page("/login/second"), b.script("/login/passkey/begin", map[string]string{"next": "/"})} {
		if got := a.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control %q", got)
		}
	}
}

func TestStrictSignInForms(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	b := c.browser("192.0.2.70")
	c.wants(b.post("/login", "email", "a@b.example", "password", "x", "role", "admin"), http.StatusBadRequest, "role")
	c.wants(b.post("/login", "email", "a@b.example", "email", "b@b.example", "password", "x"), http.StatusBadRequest, "twice")
	c.wants(b.post("/login", "email", "a\x00", "password", "x"), http.StatusBadRequest)
	c.wants(b.post("/login", "email", "a\xff", "password", "x"), http.StatusBadRequest)
	c.wants(b.page("/login?role=admin"), http.StatusBadRequest)
	c.wants(b.post("/login"), http.StatusUnauthorized)
	c.wants(b.post("/login", "email", strings.Repeat("x", 300_000), "password", strings.Repeat("y", 300_000)), http.StatusUnauthorized)
	c.wants(b.script("/login", map[string]string{"email": "a@b.example"}), http.StatusUnsupportedMediaType)
	c.wants(b.script("/login/passkey/begin", map[string]string{"next": "/", "role": "admin"}), http.StatusBadRequest)
	c.wants(b.script("/login/passkey/finish", map[string]string{"credential": "x"}), http.StatusBadRequest)
}
