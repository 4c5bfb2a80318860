package handlers_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"arcadia.example/console/access"
	"arcadia.example/console/handlers"
	"arcadia.example/console/store"
)

// citizen is somebody whom the provider knows.
type citizen struct {
	subject, email, name string
	groups               []string
	change               func(jwt.MapClaims) // of the ID token, before it is signed
}

func (u citizen) ID() string                        { return u.subject }
func (u citizen) Userinfo([]string) ([]byte, error) { return nil, errors.New("nobody asks for it") }

func (u citizen) Claims(_ []string, base *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	claims := jwt.MapClaims{
		"iss": base.Issuer, "sub": u.subject, "aud": base.Audience, "exp": base.ExpiresAt.Unix(), "iat": base.IssuedAt.Unix(),
		"nonce": base.Nonce, "email": u.email, "email_verified": true, "name": u.name, "groups": u.groups,
		"auth_time": time.Now().Unix(),
	}
	if u.change != nil {
		u.change(claims)
	}
	return claims, nil
}

// officialdom is a real provider of OpenID Connect in this process, with a console that trusts it.
type officialdom struct {
	*console
	provider *mockoidc.MockOIDC
	server   *handlers.Server
}

func newOfficialdom(t *testing.T, groups map[string]access.Roles) *officialdom {
	t.Helper()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	c := newConsole(t)
	return &officialdom{c, m, c.serve(c.store, handlers.Config{SingleSignOn: trusted(m, groups)})}
}

func trusted(m *mockoidc.MockOIDC, groups map[string]access.Roles) *handlers.SingleSignOn {
	_, _ = m.Keypair.KeyID() // worked out and kept at the first answer: two first answers at once would both write it
	return &handlers.SingleSignOn{
		Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret, Name: "Example ID", GroupsClaim: "groups", Groups: groups,
		Timeout: time.Minute, Patience: time.Minute,
	}
}

func (o *officialdom) visitor() *browser {
	return &browser{console: o.console, server: o.server, cookies: map[string]string{}, address: "192.0.2.77"}
}

// send begins at a path of the console and returns the way back that the provider chose for the citizen.
func (o *officialdom) send(b *browser, path string, who citizen) string {
	o.t.Helper()
	a := b.page(path)
	o.wants(a, http.StatusSeeOther)
	o.provider.QueueUser(who)
	r, err := http.NewRequestWithContext(o.t.Context(), http.MethodGet, a.header.Get("Location"), nil)
	if err != nil {
		o.t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	back, err := url.Parse(response.Header.Get("Location"))
	if err != nil || back.Path != "/login/sso/callback" {
		o.t.Fatalf("the provider leads to %q: %v", response.Header.Get("Location"), err)
	}
	return back.RequestURI()
}

func (o *officialdom) enter(b *browser, path string, who citizen) answer {
	o.t.Helper()
	return b.page(o.send(b, path, who))
}

// failed returns why the newest sign-in failed, as recorded.
func (o *officialdom) failed() string {
	o.t.Helper()
	var why string
	err := o.owner.QueryRowContext(o.t.Context(), `SELECT changes->0->>'to' FROM activity WHERE kind = 'sign_in_failed' ORDER BY id DESC LIMIT 1`).Scan(&why)
	if err != nil {
		o.t.Fatal(err)
	}
	return why
}

func (o *officialdom) person(email string) store.Staff {
	o.t.Helper()
	p, err := o.store.FindStaff(o.t.Context(), email)
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

var departments = map[string]access.Roles{"cloud-billing": access.Billing | access.Support, "cloud-admins": access.Admin}

func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, departments)
	b := o.visitor()
	o.wants(b.page("/login?next=/tenants"), http.StatusOK, "Sign in with Example ID", "/login/sso?next=%2Ftenants")
	nina := citizen{subject: "n-1", email: "Nina@Arcadia.test", name: "Nina", groups: []string{"cloud-billing", "choir"}}
	a := o.enter(b, "/login/sso?next=/tenants", nina)
	if o.wants(a, http.StatusSeeOther); a.header.Get("Location") != "/tenants" {
		t.Errorf("leads to %s", a.header.Get("Location"))
	}
	o.wants(b.page("/tenants"), http.StatusOK, "Nina", "Northwind")
	if p := o.person("nina@arcadia.test"); p.Roles() != access.Billing|access.Support || p.Status != store.StaffActive || !p.HasSSO() {
		t.Errorf("made as %+v", p)
	}
	// The groups decide at each sign-in, and the provider's own ID says who it is, whatever the e-mail is by then.
	other := o.visitor()
	nina.groups, nina.email = []string{"cloud-admins"}, "nina.new@arcadia.test"
	o.wants(o.enter(other, "/login/sso", nina), http.StatusSeeOther)
	if p := o.person("nina@arcadia.test"); p.Roles() != access.Admin {
		t.Errorf("the roles are %s", p.RolesText)
	}
	o.wants(b.page("/tenants"), http.StatusSeeOther) // the change of rights ended the earlier session
	o.wants(other.page("/settings/staff"), http.StatusOK)
}

func TestSingleSignOnRefuses(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, departments)
	ann := citizen{subject: "a-1", email: "ann@arcadia.test", name: "Ann", groups: []string{"cloud-billing"}}
	for name, wrong := range map[string]func(jwt.MapClaims){
		"another nonce":             func(m jwt.MapClaims) { m["nonce"] = "x" },
		"no nonce":                  func(m jwt.MapClaims) { delete(m, "nonce") },
		"another audience":          func(m jwt.MapClaims) { m["aud"] = "another" },
		"made for another party":    func(m jwt.MapClaims) { m["azp"] = "another" },
		"two audiences and no word": func(m jwt.MapClaims) { m["aud"] = []string{m["aud"].(jwt.ClaimStrings)[0], "another"} },
		"another issuer":            func(m jwt.MapClaims) { m["iss"] = "https://evil.example" },
		"over":                      func(m jwt.MapClaims) { m["exp"] = time.Now().Add(-time.Hour).Unix() },
		"e-mail not verified":       func(m jwt.MapClaims) { m["email_verified"] = false },
		"nothing about the e-mail":  func(m jwt.MapClaims) { delete(m, "email_verified") },
		"no e-mail":                 func(m jwt.MapClaims) { delete(m, "email") },
		"no group with a role":      func(m jwt.MapClaims) { m["groups"] = []string{"choir"} },
		"groups of another kind":    func(m jwt.MapClaims) { m["groups"] = 7 },
	} {
		b := o.visitor()
		who := ann
		who.change = wrong
		if a := o.enter(b, "/login/sso", who); a.status != http.StatusForbidden || b.cookies["arcadia_session"] != "" {
			t.Errorf("%s: %d, cookies %v", name, a.status, slices.Sorted(maps.Keys(b.cookies)))
		}
	}
	if _, err := o.store.FindStaff(t.Context(), ann.email); !errors.Is(err, store.ErrNotFound) {
		t.Error("an account was made")
	}
}

func TestSingleSignOnIsBoundToTheBrowserAndGoodOnce(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, departments)
	mallory := citizen{subject: "m-1", email: "mallory@arcadia.test", name: "Mallory", groups: []string{"cloud-billing"}}
	attacker, victim := o.visitor(), o.visitor()
	back := o.send(attacker, "/login/sso", mallory)
	o.wants(victim.page(back), http.StatusUnprocessableEntity, "begun in another browser")
	// The victim has begun a sign-in of its own: its state is another one.
	o.send(victim, "/login/sso", mallory)
	o.wants(victim.page(back), http.StatusUnprocessableEntity)

	back = o.send(attacker, "/login/sso", mallory)
	kept := maps.Clone(attacker.cookies)
	o.wants(attacker.page(back), http.StatusSeeOther)
	attacker.cookies = kept
	o.wants(attacker.page(back), http.StatusUnprocessableEntity)
	o.wants(victim.page("/login/sso/callback"), http.StatusUnprocessableEntity)
}

func TestWhatTheProviderSaysIsText(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, departments)
	b := o.visitor()
	a := b.page("/login/sso")
	to, _ := url.Parse(a.header.Get("Location"))
	state := to.Query().Get("state")
	if to.Query().Get("code_challenge_method") != "S256" || to.Query().Get("code_challenge") == "" || to.Query().Get("nonce") == "" || state == "" {
		t.Errorf("asked for by %s", to)
	}
	a = b.page("/login/sso/callback?state=" + state + "&error=%3Cscript%3E%00%FF" + strings.Repeat("x", 5000))
	o.wants(a, http.StatusForbidden, "did not let you in")
	if strings.Contains(a.body, "<script>x") || len([]rune(o.failed())) > 100 {
		t.Errorf("the page or the record has what the provider said: %q", o.failed())
	}
}

func TestSingleSignOnOfAccountsThatAreThere(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, nil) // roles are given in the console
	by := access.Actor{Kind: access.System, ID: "test", Name: "Test"}
	stranger := citizen{subject: "s-1", email: "stranger@arcadia.test", name: "Stranger"}
	o.wants(o.enter(o.visitor(), "/login/sso", stranger), http.StatusForbidden, "no account")

	invited, _, err := o.store.InviteStaff(t.Context(), by, store.NewStaff{Email: "ivy@arcadia.test", Name: "Ivy", Roles: access.Viewer}, "")
	if err != nil {
		t.Fatal(err)
	}
	ivy := citizen{subject: "i-1", email: "ivy@arcadia.test", name: "Ivy"}
	o.wants(o.enter(o.visitor(), "/login/sso", ivy), http.StatusSeeOther)
	if p := o.person(ivy.email); p.Status != store.StaffActive || p.Roles() != access.Viewer {
		t.Errorf("came in as %+v", p)
	}
	// Whoever has the e-mail later is somebody else.
	heir := ivy
	heir.subject = "i-2"
	o.wants(o.enter(o.visitor(), "/login/sso", heir), http.StatusForbidden, "linked to somebody else")

	person := o.person(ivy.email)
	if err := o.store.ChangeStaff(t.Context(), by, store.StaffChange{
		ID: invited.ID, EditVersion: person.EditVersion, Name: "Ivy", Roles: access.Viewer, Disabled: true,
	}, ""); err != nil {
		t.Fatal(err)
	}
	o.wants(o.enter(o.visitor(), "/login/sso", ivy), http.StatusForbidden, "disabled")
	if o.failed() != "disabled" {
		t.Errorf("recorded as %q", o.failed())
	}
}

func TestTheLastAdminStaysOneWhateverTheGroupsSay(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, departments)
	chief := citizen{subject: "c-1", email: "chief@arcadia.test", name: "Chief", groups: []string{"cloud-admins"}}
	o.wants(o.enter(o.visitor(), "/login/sso", chief), http.StatusSeeOther)
	chief.groups = []string{"cloud-billing"}
	b := o.visitor()
	o.wants(o.enter(b, "/login/sso", chief), http.StatusSeeOther)
	if p := o.person(chief.email); !p.Roles().Has(access.Admin) {
		t.Errorf("nobody is admin any more: %s", p.RolesText)
	}
	second := citizen{subject: "c-2", email: "second@arcadia.test", name: "Second", groups: []string{"cloud-admins"}}
	o.wants(o.enter(o.visitor(), "/login/sso", second), http.StatusSeeOther)
	o.wants(o.enter(b, "/login/sso", chief), http.StatusSeeOther)
	if p := o.person(chief.email); p.Roles().Has(access.Admin) {
		t.Errorf("still %s beside another admin", p.RolesText)
	}
}

func TestStepUpBySingleSignOn(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, departments)
	b := o.visitor()
	ada := citizen{subject: "ada", email: "ada.sso@arcadia.test", name: "Ada", groups: []string{"cloud-admins"}}
	o.wants(o.enter(b, "/login/sso", ada), http.StatusSeeOther)
	stale := func() {
		if _, err := o.owner.ExecContext(t.Context(), `UPDATE sessions SET stepped_up_at = now() - interval '1 hour'`); err != nil {
			t.Fatal(err)
		}
	}
	stale()
	invite := []string{"email", "new@arcadia.test", "name", "New", "roles", "viewer"}
	o.wants(b.post("/settings/staff", invite...), http.StatusForbidden, "Confirm with Example ID", `target="_blank"`, "Nothing was done yet")

	// The provider did not ask anew, or was asked about somebody else.
	lazy := ada
	lazy.change = func(m jwt.MapClaims) { m["auth_time"] = time.Now().Add(-time.Hour).Unix() }
	o.wants(o.enter(b, "/step-up/sso?next=/step-up/done", lazy), http.StatusUnprocessableEntity, "did not ask you anew")
	silent := ada
	silent.change = func(m jwt.MapClaims) { delete(m, "auth_time") }
	o.wants(o.enter(b, "/step-up/sso", silent), http.StatusUnprocessableEntity)
	other := ada
	other.subject = "bob"
	o.wants(o.enter(b, "/step-up/sso", other), http.StatusUnprocessableEntity)
	o.wants(b.post("/settings/staff", invite...), http.StatusForbidden)

	a := o.enter(b, "/step-up/sso?next=/step-up/done", ada)
	if o.wants(a, http.StatusSeeOther); a.header.Get("Location") != "/step-up/done" {
		t.Errorf("leads to %s", a.header.Get("Location"))
	}
	o.wants(b.page("/step-up/done"), http.StatusOK, "Close this tab")
	// The form that waited is carried out with nothing more typed.
	held := url.Values{"email": {"new@arcadia.test"}, "name": {"New"}, "roles": {"viewer"}}
	o.wants(b.post("/step-up", "to", "/settings/staff", "again", held.Encode(), "next", "/", "dialog", "", "password", "", "code", ""), http.StatusOK, "New")
	o.person("new@arcadia.test")
}

func TestProviderThatIsDown(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	cfg := trusted(m, departments)
	if err := m.Shutdown(); err != nil {
		t.Fatal(err)
	}
	o := &officialdom{c, m, c.serve(c.store, handlers.Config{SingleSignOn: cfg})} // it starts all the same
	o.wants(o.visitor().page("/login"), http.StatusOK)
	o.wants(o.visitor().page("/login/sso?next=/tenants"), http.StatusBadGateway, "Example ID does not answer", "next=%2Ftenants", `name="password"`)
	o.wants(c.get("/login/sso"), http.StatusNotFound) // without single sign-on there is no such page
	o.wants(c.get("/login/sso/callback?code=x&state=y"), http.StatusNotFound)
}

func TestSignInsThatAreBegunAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	for range store.MaxAddressSteps {
		if allowed, err := c.store.CountStep(context.Background(), "192.0.2.77"); err != nil || !allowed {
			t.Fatal(allowed, err)
		}
	}
	b := c.browser("192.0.2.77")
	a := b.raw(http.MethodPost, "/login/passkey/begin", "{}", header("Content-Type", "application/json"), header("Accept", "application/json"))
	if c.wants(a, http.StatusTooManyRequests, "quarter of an hour"); a.header.Get("Retry-After") == "" {
		t.Error("it does not say how long to wait")
	}
	elsewhere := c.browser("192.0.2.78")
	c.wants(elsewhere.raw(http.MethodPost, "/login/passkey/begin", "{}", header("Content-Type", "application/json")), http.StatusOK)
}
