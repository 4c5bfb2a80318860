package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

const passphrase = "seven grey herons wade"

// serveReal starts a console that is no demo, and returns it with the path of the first admin's invitation.
func (w *world) serveReal(t *testing.T) (*console, string) {
	t.Helper()
	w.tenant("Northwind")
	c := startServing(t, environmentFor(w.db))
	out, err := attempt(t, environmentFor(w.db), "staff", "add", "ada@example.com", "--name", "Ada Lovelace", "--role", "admin")
	if err != nil {
		t.Fatal(err)
	}
	return c, welcomePath(t, out)
}

// welcomePath is the path of the one-time link in a text.
func welcomePath(t *testing.T, text string) string {
	t.Helper()
	for word := range strings.FieldsSeq(text) {
		if u, err := url.Parse(word); err == nil && strings.HasPrefix(u.Path, "/welcome/") {
			return u.Path
		}
	}
	t.Fatalf("there is no link in %q", text)
	return ""
}

// choosePassword uses a one-time link.
func (p *tab) choosePassword(path, password string) {
	p.t.Helper()
	p.open(path)
	p.fill(`[name="password"]`, password)
	p.fill(`[name="again"]`, password)
	p.arrives(func() { p.click(testID("choose-password")) })
}

// switchOnTOTP sets the authenticator app up and returns its secret and the recovery codes.
func (p *tab) switchOnTOTP() (secret string, codes []string) {
	p.t.Helper()
	p.open("/settings/me")
	p.arrives(func() { p.click(testID("set-totp")) })
	secret = js[string](p, `document.querySelector("[data-testid=totp-secret]").textContent.replace(/\s/g, "")`)
	p.fill(`[data-testid="totp-form"] [name="code"]`, code(p.t, secret, 0))
	p.arrives(func() { p.click(testID("confirm-totp")) })
	p.sees(testID("recovery-codes"))
	codes = js[[]string](p, `[...document.querySelectorAll("[data-testid=recovery-codes] code")].map(e => e.textContent)`)
	if len(codes) != 10 {
		p.t.Errorf("%d recovery codes, want 10", len(codes))
	}
	return secret, codes
}

// code is what the app shows, or will show after some periods of 30 seconds.
func code(t *testing.T, secret string, ahead int) string {
	t.Helper()
	text, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(ahead)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (p *tab) secondFactor(code string) {
	p.t.Helper()
	p.fill(`[name="code"]`, code)
	p.arrives(func() { p.click(testID("confirm-code")) })
}

// The whole way of the first admin: a fresh console says how, the link asks for a password, a second factor has to be set
// up, and then both are asked for.
func TestFirstAdminComesIn(t *testing.T) {
	t.Parallel()
	for _, script := range []bool{true, false} {
		t.Run(fmt.Sprint("script ", script), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, link := w.serveReal(t)
			p := c.plain(t, nobody)
			if script {
				p = c.tab(t, nobody)
			}
			p.open("/")
			p.reads(testID("no-staff"), "arcadia staff add")
			p.misses(testID("demo"))
			p.open(link)
			p.reads("h1", "Ada Lovelace")
			p.fill(`[name="password"]`, "short")
			p.fill(`[name="again"]`, "short")
			p.arrives(func() { p.click(testID("choose-password")) })
			p.reads("main", "at least 12 characters")
			p.choosePassword(link, passphrase)
			p.at("/settings/me")
			p.sees(testID("factor-required"))
			for _, path := range []string{"/deployments", "/tenants", "/settings/staff", "/search?q=north"} {
				p.open(path)
				p.at("/settings/me")
			}
			secret, codes := p.switchOnTOTP()
			p.open("/tenants")
			p.at("/tenants")
			p.signOut()

			p.signIn("ada@example.com", passphrase)
			p.until(`location.pathname === "/login/second"`)
			p.open("/tenants") // the password alone opens nothing
			p.at("/login?next=%2Ftenants")
			p.signIn("ada@example.com", passphrase)
			p.secondFactor("000000")
			p.reads(testID("error"), "not a code that works")
			next := code(t, secret, 1)
			p.secondFactor(next)
			p.at("/tenants")
			p.signOut()

			p.signIn("ada@example.com", passphrase)
			p.secondFactor(next)
			p.reads(testID("error"), "Each works once")
			p.secondFactor(strings.ToLower(strings.ReplaceAll(codes[0], "-", " ")))
			p.sees(testID("person"))
			p.signOut()
			p.signIn("ada@example.com", passphrase)
			p.secondFactor(codes[0])
			p.reads(testID("error"), "Each works once")
			p.open(link)
			p.reads(testID("error"), "This link does not work any more")
		})
	}
}

// An admin invites somebody on the page, who comes in by the link; a way back in clears what they had.
func TestInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, link := w.serveReal(t)
	boss := c.tab(t, nobody)
	boss.choosePassword(link, passphrase)
	boss.switchOnTOTP()
	boss.open("/settings/staff")
	boss.fill(`[data-testid="invite-form"] [name="email"]`, "grace@example.com")
	boss.fill(`[data-testid="invite-form"] [name="name"]`, "Grace Hopper")
	boss.arrives(func() { boss.click(testID("invite")) })
	boss.reads(testID("error"), "role")
	boss.value(`[data-testid="invite-form"] [name="email"]`, "grace@example.com")
	boss.click(`[data-testid="invite-form"] [name="roles"][value="support"]`)
	boss.arrives(func() { boss.click(testID("invite")) })
	const shown = `document.querySelector("[data-testid=one-time-link]").textContent + " " +
		[...document.querySelectorAll("[data-testid=one-time-link] input")].map(e => e.value).join(" ")`
	invitation := welcomePath(t, js[string](boss, shown))
	boss.open("/settings/staff")
	boss.misses(testID("one-time-link"))
	boss.reads(`[data-testid="staff-row"][data-email="grace@example.com"]`, "Invited")

	grace := c.tab(t, nobody)
	grace.authenticator()
	grace.choosePassword(invitation, "nine brown otters swim")
	grace.addPasskey("Laptop")
	grace.open("/tenants")
	grace.reads(testID("person"), "Grace Hopper")
	grace.signOut()
	grace.signIn("grace@example.com", "nine brown otters swim")
	grace.until(`location.pathname === "/login/second"`)
	grace.arrives(func() { grace.click(passkeyButton) })
	grace.reads(testID("person"), "Grace Hopper")

	boss.open("/settings/staff")
	boss.arrives(func() { boss.click(`[data-testid="staff-row"][data-email="grace@example.com"] a`) })
	boss.arrives(func() { boss.click(testID("make-link")) })
	back := welcomePath(t, js[string](boss, shown))
	again := c.tab(t, nobody)
	again.choosePassword(back, "two white storks stand")
	again.sees(testID("factor-required"))
	grace.open("/tenants")
	grace.at("/login?next=%2Ftenants")
	grace.click(passkeyButton)
	grace.reads(testID("passkey-error"), "This passkey does not work here.")
}

// The token of a link stands in no other place than its own address.
func TestLinkLeaksNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, link := w.serveReal(t)
	p := c.tab(t, nobody)
	p.choosePassword(link, passphrase)
	if referrer := js[string](p, `document.referrer`); referrer != c.base+"/" {
		t.Errorf("the next page hears of %q", referrer)
	}
}
