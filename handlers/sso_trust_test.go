package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"arcadia.example/console/access"
	"arcadia.example/console/handlers"
	"arcadia.example/console/store"
)

// at opens a browser in which the person with the role is signed in, at the server that trusts the provider.
func (o *officialdom) at(role string) *browser {
	o.t.Helper()
	b := o.signedIn(role)
	b.server = o.server
	return b
}

func TestAnOldSessionAtTheProviderIsNoFreshProof(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, departments)
	for name, change := range map[string]func(jwt.MapClaims){
		"of this morning":  func(m jwt.MapClaims) { m["auth_time"] = time.Now().Add(-3 * time.Hour).Unix() },
		"nobody says when": func(m jwt.MapClaims) { delete(m, "auth_time") },
	} {
		b := o.visitor()
		ada := citizen{subject: "ada", email: "ada.sso@arcadia.test", name: "Ada", groups: []string{"cloud-admins"}, change: change}
		o.wants(o.enter(b, "/login/sso", ada), http.StatusSeeOther)
		a := b.post("/settings/staff", "email", "new@arcadia.test", "name", "New", "roles", "viewer")
		if o.wants(a, http.StatusForbidden, "Confirm with Example ID"); a.status == http.StatusOK {
			t.Errorf("%s counts as a proof of now", name)
		}
	}
}

func TestAnAnswerThatDoesNotFitUsesNothingUp(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, departments)
	nina := citizen{subject: "n-1", email: "nina@arcadia.test", name: "Nina", groups: []string{"cloud-billing"}}
	stranger, b := o.visitor(), o.visitor()
	foreign := o.send(stranger, "/login/sso", nina)
	first, second := o.send(b, "/login/sso?next=/tenants", nina), o.send(b, "/login/sso?next=/deployments", nina)
	for _, unfit := range []string{
		foreign, "/login/sso/callback", "/login/sso/callback?code=x&state=y", "/login/sso/callback?error=access_denied", first + "&iss=https%3A%2F%2Fevil.example",
	} {
		o.wants(b.page(unfit), http.StatusUnprocessableEntity, "begun in another browser")
	}
	// Both tabs of the browser come back to where they began.
	o.leads(b.page(second), "/deployments")
	o.leads(b.page(first), "/tenants")
	o.wants(b.page(first), http.StatusUnprocessableEntity)
}

func TestAdminsLinkFromTheirSettings(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, nil)
	b := o.at("admin")
	ada := citizen{subject: "a-1", email: "admin@arcadia.test", name: "Ada"}
	o.wants(o.enter(o.visitor(), "/login/sso", ada), http.StatusForbidden, "link it in your settings")
	if o.failed() != "admin who is not linked" {
		t.Errorf("recorded as %q", o.failed())
	}

	o.stale("admin")
	o.wants(b.page("/settings/me"), http.StatusOK, "Not linked", `href="/settings/me?set=sso#sso"`)
	o.leads(b.page("/settings/me/sso"), "/settings/me?set=sso")
	o.leads(b.page("/settings/me?set=sso"), "/step-up?next=%2Fsettings%2Fme%3Fset%3Dsso")
	o.leads(b.post("/step-up", "password", password, "code", "", "next", "/settings/me?set=sso"), "/settings/me?set=sso")
	o.wants(b.page("/settings/me?set=sso"), http.StatusOK, `href="/settings/me/sso"`)
	for _, site := range []string{"cross-site", "same-site", "none"} { // it is pressed on the page, or not at all
		o.leads(b.page("/settings/me/sso", header("Sec-Fetch-Site", site)), "/settings/me?set=sso")
	}

	other := ada
	other.email = "ada.private@elsewhere.test"
	o.wants(o.enter(b, "/settings/me/sso", other), http.StatusForbidden, "You are ada.private@elsewhere.test there", "Not linked")
	o.leads(o.enter(b, "/settings/me/sso", ada), "/settings/me")
	o.wants(b.page("/settings/me"), http.StatusOK, "Linked", "sign in with")
	o.leads(o.enter(o.visitor(), "/login/sso?next=/tenants", ada), "/tenants")
}

func TestALinkIsMadeForWhoWentAlone(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, nil)
	b := o.at("admin")
	ada := citizen{subject: "a-1", email: "admin@arcadia.test", name: "Ada"}
	back := o.send(b, "/settings/me/sso", ada)
	kept := b.cookies["arcadia_session"]
	delete(b.cookies, "arcadia_session")
	o.wants(b.page(back), http.StatusSeeOther) // to the sign-in
	if o.person(ada.email).HasSSO() {
		t.Fatal("linked without a session")
	}
	b.cookies["arcadia_session"] = kept
	back = o.send(b, "/settings/me/sso", ada)
	b.cookies["arcadia_session"] = o.signedIn("billing").cookies["arcadia_session"]
	o.wants(b.page(back), http.StatusSeeOther)
	if o.person(ada.email).HasSSO() || o.person("billing@arcadia.test").HasSSO() {
		t.Error("linked by somebody else's session")
	}
}

func TestAnotherProviderKnowsNobodyYet(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, nil)
	o.staffOf("support")
	sam := citizen{subject: "s-1", email: "support@arcadia.test", name: "Sam"}
	o.wants(o.enter(o.visitor(), "/login/sso", sam), http.StatusSeeOther)

	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	moved := &officialdom{o.console, m, o.serve(o.store, handlers.Config{SingleSignOn: trusted(m, nil)})}
	o.wants(moved.enter(moved.visitor(), "/login/sso", sam), http.StatusForbidden, "An admin can unlink it")
	person := o.person(sam.email)
	if person.SSOIssuer != o.provider.Issuer() {
		t.Errorf("linked anew, to %s", person.SSOIssuer)
	}
	own := moved.visitor()
	own.cookies["arcadia_session"] = o.console.enter(person).String()
	o.wants(own.page("/settings/me"), http.StatusOK, "does not use any more")

	page := "/settings/staff/" + person.ID.String()
	b := moved.at("admin")
	o.wants(b.page(page), http.StatusOK, o.provider.Issuer(), "Unlink")
	o.stale("admin")
	o.wants(b.post(page+"/sso/remove"), http.StatusForbidden, "Confirm that it is you")
	o.owns(`UPDATE sessions SET stepped_up_at = now()`)
	o.leads(b.post(page+"/sso/remove"), page)
	o.wants(moved.enter(moved.visitor(), "/login/sso", sam), http.StatusSeeOther)
}

func TestInNoGroupAnyMoreEndsEverySession(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, departments)
	o.staffOf("admin")
	b, other := o.visitor(), o.visitor()
	nina := citizen{subject: "n-1", email: "nina@arcadia.test", name: "Nina", groups: []string{"cloud-billing"}}
	o.wants(o.enter(b, "/login/sso", nina), http.StatusSeeOther)
	o.wants(b.page("/tenants"), http.StatusOK)
	nina.groups = nil
	o.wants(o.enter(other, "/login/sso", nina), http.StatusForbidden, "None of your groups")
	o.wants(b.page("/tenants"), http.StatusSeeOther)
	page := "/settings/staff/" + o.person(nina.email).ID.String()
	o.wants(o.at("admin").page(page), http.StatusOK, "because none of their groups has a role any more")
}

// hangingProvider answers nobody until it is let go, and counts who asks.
func hangingProvider(t *testing.T) (address string, asked *atomic.Int32, letGo func()) {
	t.Helper()
	asked = new(atomic.Int32)
	held := make(chan struct{})
	letGo = sync.OnceFunc(func() { close(held) })
	var provider *httptest.Server
	provider = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		select {
		case <-held:
		case <-r.Context().Done():
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(strings.ReplaceAll(`{"issuer":"@","authorization_endpoint":"@/auth","token_endpoint":"@/token","jwks_uri":"@/keys"}`, "@", provider.URL)))
	}))
	t.Cleanup(func() {
		letGo()
		provider.Close()
	})
	return provider.URL, asked, letGo
}

func TestAProviderThatHangsMakesNobodyWaitInTurn(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	address, asked, letGo := hangingProvider(t)
	const patience = 3 * time.Second // longer than a page takes on a busy machine
	o := &officialdom{console: c, server: c.serve(c.store, handlers.Config{SingleSignOn: &handlers.SingleSignOn{
		Issuer: address, ClientID: "console", Name: "Example ID", Timeout: time.Minute, Patience: patience,
	}})}
	visit := func() time.Duration {
		began := time.Now()
		o.wants(o.visitor().page("/login/sso?next=/tenants"), http.StatusBadGateway, "Example ID does not answer", `name="password"`)
		return time.Since(began)
	}
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if took := visit(); took > 3*patience {
				t.Errorf("waited %s, as if in turn", took)
			}
		})
	}
	all.Wait()
	if took := visit(); took >= patience {
		t.Errorf("while it still hangs, one more waited %s", took)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the provider was asked %d times at once", n)
	}
	letGo()
	c.soon("it answers now, and people are sent there", func() bool { return o.visitor().page("/login/sso").status == http.StatusSeeOther })
	if n := asked.Load(); n != 1 {
		t.Errorf("what came late was thrown away: asked %d times", n)
	}
}

func TestFirstSignInsOfOnePersonAtOnce(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, map[string]access.Roles{"cloud-billing": access.Billing})
	nina := citizen{subject: "n-1", email: "nina@arcadia.test", name: "Nina", groups: []string{"cloud-billing"}}
	browsers := []*browser{o.visitor(), o.visitor(), o.visitor()}
	backs := make([]string, len(browsers))
	for i, b := range browsers {
		backs[i] = o.send(b, "/login/sso?next=/tenants", nina)
	}
	var all sync.WaitGroup
	for i, b := range browsers {
		all.Go(func() { o.leads(b.page(backs[i]), "/tenants") })
	}
	all.Wait()
	for _, b := range browsers {
		o.wants(b.page("/tenants"), http.StatusOK, "Nina")
	}
	if p := o.person(nina.email); p.Status != store.StaffActive || p.Sessions != len(browsers) {
		t.Errorf("%+v", p)
	}
}

func TestTheOnlyAdminCannotUnlinkTheOnlyWayIn(t *testing.T) {
	t.Parallel()
	o := newOfficialdom(t, departments)
	b := o.visitor()
	o.wants(o.enter(b, "/login/sso", citizen{subject: "c-1", email: "chief@arcadia.test", name: "Chief", groups: []string{"cloud-admins"}}), http.StatusSeeOther)
	page := "/settings/staff/" + o.person("chief@arcadia.test").ID.String()
	o.wants(b.post(page+"/sso/remove"), http.StatusUnprocessableEntity, "no other way in")
	o.wants(b.page(page), http.StatusOK, "Unlink")
}
