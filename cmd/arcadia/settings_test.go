package main

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/internal/demo"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// gates is every page of sign-in and settings, and the parts that open over it.
func gates(w *world, tenant uuid.UUID) []stop {
	cancelled := "/deployments/" + w.deployment(tenant, "Shop cancelled", lifecycle.Cancelled).String()
	invited := func(name string) string {
		_, link, err := w.store.InviteStaff(w.t.Context(), personNamed(w.t, "admin").Actor(),
			store.NewStaff{Email: name + "@example.com", Name: "A name that is quite long for a person", Roles: access.Viewer}, "")
		if err != nil {
			w.t.Fatal(err)
		}
		return "/welcome/" + link.String()
	}
	integration := w.integration("A program whose name is quite long for a table of them")
	press := func(id string) func(p *tab) {
		return func(p *tab) { p.arrives(func() { p.click(testID(id)) }) }
	}
	return []stop{
		{name: "sign-in", path: "/login", as: nobody},
		{name: "sign-in with an error", path: "/login", as: nobody, first: func(p *tab) { p.signIn("support@arcadia.example", "wrong") }},
		{name: "welcome", path: invited("welcome"), as: nobody},
		{name: "welcome with an error", path: invited("mistaken"), as: nobody, first: func(p *tab) {
			p.fill(`[name="password"]`, "short")
			p.fill(`[name="again"]`, "short")
			press("choose-password")(p)
		}},
		{name: "dead link", path: "/welcome/none", as: nobody},
		{name: "step-up", path: "/step-up", as: "support"},
		{name: "step-up in the dialog", path: cancelled, as: "admin", first: func(p *tab) {
			w.staleProof(p)
			p.click(testID("action-archive"))
			p.prove("wrong")
			p.reads(proof, "This is not right")
		}},
		{name: "signed out meanwhile", path: "/tenants/" + tenant.String() + "/edit", as: "billing", first: func(p *tab) {
			p.fill("#name", "Typed for nothing")
			w.endSession(p)
			press("save")(p)
		}},
		{name: "own settings", path: "/settings/me", as: "viewer", first: func(p *tab) {
			p.authenticator()
			p.addPasskey("Laptop")
		}},
		{name: "own settings of an admin", path: "/settings/me", as: "admin"},
		{name: "authenticator app", path: "/settings/me?set=totp", as: "support", first: func(p *tab) {
			p.fill(`[data-testid="totp-form"] [name="code"]`, "000000")
			press("confirm-totp")(p)
		}},
		{name: "new password with errors", path: "/settings/me", as: "support", first: func(p *tab) {
			js[bool](p, `document.querySelectorAll("form").forEach(f => { f.noValidate = true; }) ?? true`)
			press("save-password")(p)
		}},
		{name: "staff", path: "/settings/staff", as: "admin"},
		{name: "invitation with errors", path: "/settings/staff", as: "admin", first: func(p *tab) {
			js[bool](p, `document.querySelectorAll("form").forEach(f => { f.noValidate = true; }) ?? true`)
			press("invite")(p)
		}},
		{name: "one-time link", path: "/settings/staff", as: "admin", first: func(p *tab) {
			p.fill(`[data-testid="invite-form"] [name="email"]`, "link@example.com")
			p.fill(`[data-testid="invite-form"] [name="name"]`, "Somebody New")
			p.click(`[data-testid="invite-form"] [name="roles"][value="support"]`)
			press("invite")(p)
			p.sees(testID("one-time-link"))
		}},
		{name: "integrations with errors", path: "/settings/integrations", as: "admin", first: func(p *tab) {
			js[bool](p, `document.querySelectorAll("form").forEach(f => { f.noValidate = true; }) ?? true`)
			press("save")(p)
		}},
		{name: "shown token", path: "/settings/integrations/" + integration, as: "admin", first: func(p *tab) {
			press("make-token")(p)
			p.sees(testID("shown-token"))
		}},
		{name: "member of staff", path: "/settings/staff/" + w.person("support").ID.String(), as: "admin"},
	}
}

func TestEveryGateIsAccessibleAndFits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind Traders with quite a long name")
	c := w.serve() // makes the people whom the stops name
	for _, s := range gates(w, tenant) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			visit(t, c, s)
		})
	}
}

// With a second factor the pages have more on them; outside the demo too.
func TestSecondFactorPagesAreAccessibleAndFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, link := w.serveReal(t)
	visit(t, c, stop{name: "no staff", path: "/login", as: nobody})
	visit(t, c, stop{name: "factor required", path: link, as: nobody, first: func(p *tab) { p.choosePassword(link, passphrase) }})
	visit(t, c, stop{name: "recovery codes", path: "/settings/me", as: "ada@example.com", first: func(p *tab) { p.switchOnTOTP() }})
	visit(t, c, stop{name: "second factor", path: "/login", as: nobody, first: func(p *tab) {
		p.signIn("ada@example.com", passphrase)
		p.secondFactor("000000")
		p.sees(testID("error"))
	}})
}

// What somebody chose holds on every page, against what the system says.
func TestPreferencesHold(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	both(t, w.serve(), "support", func(t *testing.T, p *tab) {
		p.look("light", 1360)
		p.open("/settings/me")
		p.click(`[name="theme"][value="dark"]`)
		p.click(`[name="density"][value="compact"]`)
		p.fill(`[data-testid="preferences-form"] [name="time_zone"]`, "Asia/Tokyo")
		p.arrives(func() { p.click(testID("save-preferences")) })
		p.sees(testID("notice"))
		p.open("/deployments")
		p.until(`document.documentElement.dataset.theme === "dark" && document.documentElement.dataset.density === "compact"`)
		brightness := js[float64](p, `getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).slice(0, 3).reduce((a, b) => a + +b, 0)`)
		if brightness > 200 {
			t.Errorf("the page is light (%v) although dark was chosen", brightness)
		}
		height := js[float64](p, `document.querySelector(%s).getBoundingClientRect().height`, row(id))
		w.change(`UPDATE staff SET theme = 'system', density = 'comfortable'`)
		p.open("/deployments")
		if wide := js[float64](p, `document.querySelector(%s).getBoundingClientRect().height`, row(id)); wide <= height {
			t.Errorf("a compact row is %v high, a comfortable one %v", height, wide)
		}
		p.open("/deployments/" + id.String())
		p.reads(testID("event"), w.get(id).StateSince.In(time.FixedZone("Tokyo", 9*60*60)).Format("15:04"))
	})
}

// A new password ends the other sessions, and the old one does not work any more.
func TestNewPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.serveEmpty()
	p, other := c.tab(t, "operator"), c.tab(t, "operator")
	p.open("/settings/me")
	other.open("/deployments")
	save := func(current, password, again string) {
		p.fill(`[data-testid="password-form"] [name="current"]`, current)
		p.fill(`[data-testid="password-form"] [name="password"]`, password)
		p.fill(`[data-testid="password-form"] [name="again"]`, again)
		p.arrives(func() { p.click(testID("save-password")) })
	}
	save("not the password", passphrase, passphrase)
	p.sees(`[data-testid="password-form"] [aria-invalid="true"]`)
	save(demo.Password, passphrase, passphrase+"s")
	p.sees(`[data-testid="password-form"] [aria-invalid="true"]`)
	save(demo.Password, passphrase, passphrase)
	p.sees(testID("notice"))
	other.open("/deployments")
	other.at("/login?next=%2Fdeployments")
	other.signIn("operator@arcadia.example", demo.Password)
	other.reads(testID("error"), "do not fit together")
	other.signIn("operator@arcadia.example", passphrase)
	other.reads(testID("person"), personNamed(t, "operator").Name)
}
