package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// stale is a browser whose person proved long ago who it is.
func (c *console) stale(role string) *browser {
	c.t.Helper()
	b := c.signedIn(role)
	c.owns(`UPDATE sessions SET stepped_up_at = now() - interval '10 minutes'`)
	return b
}

// cancelled brings the deployment to where it can be archived.
func (c *console) cancelled() {
	c.t.Helper()
	moved, err := c.store.Transition(c.t.Context(), store.Transition{
		Command: store.Command{Actor: c.staffOf("admin").Actor(), Key: "cancel"}, DeploymentID: c.deployment, Version: 1,
		Action: lifecycle.Cancel, Reason: lifecycle.Other,
	})
	if err != nil || moved.Verdict != lifecycle.Accepted {
		c.t.Fatalf("%+v %v", moved, err)
	}
}

func (c *console) state() string {
	c.t.Helper()
	return c.value(`SELECT state FROM cloud_deployments WHERE id = $1`, c.deployment)
}

const archive = "action=archive&version=2&key=arc&reason=other&notes=Goodbye+%26+thanks"

func TestArchiveAsksForAFreshProof(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.cancelled()
	b := c.stale("admin")
	dialog := c.path("/transitions/archive")
	c.leads(b.page(dialog), "/step-up?next="+url.QueryEscape(dialog))
	c.wants(b.page("/step-up?next="+url.QueryEscape(dialog)), http.StatusOK, "Confirm that it is you", `value="`+dialog+`"`)
	asked := b.page(dialog, htmx)
	c.wants(asked, http.StatusForbidden, "step-up-form", `hx-target="#dialog"`)
	if asked.header.Get("HX-Retarget") != "#dialog" || asked.header.Get("HX-Reswap") != "innerHTML" {
		t.Errorf("for elsewhere: %v", asked.header)
	}
	c.wants(b.post("/step-up", "password", "wrong", "next", dialog), http.StatusUnprocessableEntity, "not right")
	c.wants(b.post("/step-up", "next", dialog), http.StatusUnprocessableEntity, "Type your password")
	old := b.cookies["arcadia_session"]
	c.leads(b.post("/step-up", "password", password, "next", dialog), dialog)
	if b.cookies["arcadia_session"] == old {
		t.Error("the token is the old one")
	}
	c.wants(b.page(dialog), http.StatusOK, "transition-form")
	b.cookies["arcadia_session"] = old
	c.leads(b.page("/deployments"), "/login?next=%2Fdeployments")
}

// The form that waits is carried out right after the proof, as it was typed; without it nothing happens.
func TestAFormThatWaitsForProofIsNotLost(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string][]change{"a plain form": nil, "htmx": {htmx, header("HX-Target", "form")}} {
		c := newConsole(t)
		c.cancelled()
		b := c.stale("admin")
		held := b.raw("POST", c.path("/transitions"), archive, changes...)
		c.wants(held, http.StatusForbidden, "step-up-form", "What you asked for is done right after")
		if c.state() != "cancelled" {
			t.Fatal("it was archived without proof")
		}
		form := url.Values{
			"next": {first(t, `name="next" value="([^"]*)"`, held.body)}, "to": {first(t, `name="to" value="([^"]*)"`, held.body)},
			"again":  {strings.ReplaceAll(first(t, `name="again" value="([^"]*)"`, held.body), "&amp;", "&")},
			"dialog": {first(t, `name="dialog" value="([^"]*)"`, held.body)}, "password": {"wrong"},
		}
		again := b.do("POST", "/step-up", form, changes...)
		c.wants(again, http.StatusUnprocessableEntity, "not right", "Goodbye")
		form.Set("password", password)
		done := b.do("POST", "/step-up", form, changes...)
		if changes == nil {
			c.leads(done, c.path(""))
		} else {
			c.wants(done, http.StatusOK, c.panel(3))
		}
		if c.state() != "archived" {
			t.Errorf("%s: it is %s", name, c.state())
		}
		if notes := c.value(`SELECT notes FROM cloud_deployment_events WHERE deployment_id = $1 AND version = 3`, c.deployment); notes != "Goodbye & thanks" {
			t.Errorf("%s: the notes are %q", name, notes)
		}
		c.wants(b.page("/deployments"), http.StatusOK)
	}
}

// What is sent again has no more rights than who sends it, and leads nowhere else.
func TestAFormThatWaitsHasNoRightsOfItsOwn(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	b := c.stale("viewer")
	send := func(to, again string) answer {
		return b.post("/step-up", "password", password, "to", to, "again", again, "next", "/")
	}
	c.unchanged("forms sent again", func() {
		c.wants(send("/tenants", "name=New&email=a%40b.example&key=k"), http.StatusForbidden, "You act as Viewer")
		c.wants(send("/settings/staff", "email=a%40b.example&name=A&roles=admin"), http.StatusForbidden, "You act as Viewer")
		for _, to := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/step-up", "/step-up/passkey/begin", "/tenants?x=1", "/te%6eants"} {
			c.wants(send(to, ""), http.StatusBadRequest)
		}
		c.wants(send("/nothing", ""), http.StatusNotFound)
		c.wants(send("/deployments", ""), http.StatusMethodNotAllowed)
	})
	c.leads(b.post("/step-up", "password", password, "next", "//evil.example"), "/")
	c.wants(b.post("/step-up", "password", password, "role", "admin"), http.StatusBadRequest)
}

func TestWhatNeedsAFreshProof(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	b := c.stale("admin")
	id := c.staffOf("support").ID.String()
	before := c.everybody()
	c.owns(`UPDATE sessions SET stepped_up_at = now() - interval '10 minutes'`)
	c.unchanged("forms without fresh proof", func() {
		for _, path := range []string{
			"/settings/staff", "/settings/staff/" + id, "/settings/staff/" + id + "/link",
			"/settings/staff/" + id + "/sessions/end", "/settings/integrations", "/settings/integrations/" + id, "/settings/integrations/" + id + "/tokens",
			"/settings/integrations/" + id + "/tokens/revoke", "/settings/me/totp", "/settings/me/totp/remove", "/settings/me/recovery-codes",
			"/settings/me/passkeys/remove",
		} {
			c.wants(b.post(path, "some", "thing"), http.StatusForbidden, "step-up-form")
		}
		for _, path := range []string{"/settings/me/passkeys/begin", "/settings/me/passkeys/finish"} {
			c.wants(b.script(path, struct{}{}), http.StatusForbidden, `"goto":"/step-up"`)
		}
		preview := b.raw("POST", c.tenantPath("/transitions"), "action=pause&step=preview", htmx, header("HX-Target", "dialog#dialog"))
		c.wants(preview, http.StatusForbidden, `name="dialog" value="yes"`)
		move := b.raw("POST", c.path("/transitions"), "action=archive&version=1&key=k&reason=other", htmx)
		c.wants(move, http.StatusForbidden, "step-up-form")
	})
	if after := c.everybody(); after != before {
		t.Error("something changed")
	}
	// What can be taken back goes at once.
	c.wants(b.post(c.path("/notes"), "notes", "x", "key", "n"), http.StatusSeeOther)
	c.wants(b.raw("POST", c.path("/transitions"), pause("p")), http.StatusSeeOther)
	// Who may not archive is told that, and not asked for a password.
	c.wants(c.stale("support").raw("POST", c.path("/transitions"), "action=archive&version=2&key=k&reason=other"), http.StatusForbidden, "Needs Admin")
}

func TestStepUpByCodeIsLimitedAndOnce(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	b := c.stale("admin")
	right := code(t, appSecret)
	c.leads(b.post("/step-up", "code", right, "next", "/tenants"), "/tenants")
	c.owns(`UPDATE sessions SET stepped_up_at = now() - interval '10 minutes'`)
	c.wants(b.post("/step-up", "code", right, "next", "/tenants"), http.StatusUnprocessableEntity)
	for range store.MaxAccountGuesses - 1 {
		c.wants(b.post("/step-up", "password", "wrong"), http.StatusUnprocessableEntity)
	}
	locked := b.post("/step-up", "password", password)
	c.wants(locked, http.StatusTooManyRequests, "Too many tries")
	if n := c.value(`SELECT count(*) FROM activity WHERE kind = 'stepped_up'`); n != "1" {
		t.Errorf("%s proofs recorded, want 1", n)
	}
}

func TestStepUpByPasskey(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	person, other := c.staffOf("admin"), c.staffOf("support")
	mine, theirs := c.give(person), c.give(other)
	b := c.stale("admin")
	begin := func() string { return challengeIn(t, b.script("/step-up/passkey/begin", struct{}{})) }
	finish := func(b *browser, credential any) answer {
		return b.script("/step-up/passkey/finish", map[string]any{"credential": credential})
	}
	c.wants(finish(b, theirs.sign(t, begin(), other.ID, 2)), http.StatusUnprocessableEntity, "does not work here")
	c.wants(finish(b, theirs.sign(t, begin(), person.ID, 2)), http.StatusUnprocessableEntity)
	unverified := mine
	unverified.verified = false
	c.wants(finish(b, unverified.sign(t, begin(), person.ID, 2)), http.StatusUnprocessableEntity)

	// Somebody else's step does not do, nor one of a sign-in.
	thief := c.stale("support")
	challengeIn(t, thief.script("/step-up/passkey/begin", struct{}{}))
	challenge := begin()
	b.cookies["arcadia_passkey"], thief.cookies["arcadia_passkey"] = thief.cookies["arcadia_passkey"], b.cookies["arcadia_passkey"]
	c.wants(finish(b, mine.sign(t, challenge, person.ID, 2)), http.StatusUnprocessableEntity, "took too long")
	anyone := challengeIn(t, b.script("/login/passkey/begin", map[string]string{"next": "/"}))
	c.wants(finish(b, mine.sign(t, anyone, person.ID, 2)), http.StatusUnprocessableEntity, "took too long")
	c.wants(b.post("/step-up", "next", "/tenants"), http.StatusUnprocessableEntity)

	good := mine.sign(t, begin(), person.ID, 3)
	step := b.cookies["arcadia_passkey"]
	c.wants(finish(b, good), http.StatusNoContent)
	c.leads(b.post("/step-up", "next", "/tenants"), "/tenants")
	b.cookies["arcadia_passkey"] = step
	c.wants(finish(b, good), http.StatusUnprocessableEntity, "took too long")
}

func TestSignInByPasskey(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	person := c.staffOf("billing")
	d := c.give(person)
	try := func(change func(*device), handle store.Staff, count uint32) (*browser, answer) {
		b := c.browser("192.0.2.95")
		challenge := challengeIn(t, b.script("/login/passkey/begin", map[string]string{"next": "//evil.example"}))
		used := d
		if change != nil {
			change(&used)
		}
		return b, b.script("/login/passkey/finish", map[string]any{"credential": used.sign(t, challenge, handle.ID, count)})
	}
	b, a := try(nil, person, 5)
	c.wants(a, http.StatusOK, `"next":"/"`)
	c.wants(b.page("/deployments"), http.StatusOK, "Bill")
	for what, attempt := range map[string]func() (*browser, answer){
		"of another site": func() (*browser, answer) {
			return try(func(d *device) { d.origin = "https://evil.example" }, person, 6)
		},
		"of another port": func() (*browser, answer) {
			return try(func(d *device) { d.origin = "http://localhost:9999" }, person, 6)
		},
		"for another name":           func() (*browser, answer) { return try(func(d *device) { d.site = "evil.example" }, person, 6) },
		"without its person":         func() (*browser, answer) { return try(func(d *device) { d.verified = false }, person, 6) },
		"of somebody else":           func() (*browser, answer) { return try(nil, c.staffOf("admin"), 6) },
		"of nobody":                  func() (*browser, answer) { return try(nil, store.Staff{ID: otherID}, 6) },
		"that nobody has":            func() (*browser, answer) { return try(func(d *device) { *d = newDevice() }, person, 6) },
		"with another key":           func() (*browser, answer) { return try(func(d *device) { d.key = newDevice().key }, person, 6) },
		"copied: its counter is old": func() (*browser, answer) { return try(nil, person, 4) },
	} {
		b, a := attempt()
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "This passkey does not work here") {
			t.Errorf("a passkey %s: %d %s", what, a.status, a.body)
		}
		c.leads(b.page("/deployments"), "/login?next=%2Fdeployments")
	}
	c.owns(`UPDATE staff SET status = 'disabled' WHERE id = $1`, person.ID)
	_, a = try(nil, person, 7)
	c.wants(a, http.StatusUnprocessableEntity)
}
