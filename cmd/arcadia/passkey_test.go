package main

import (
	"testing"

	"github.com/chromedp/cdproto/webauthn"

	"arcadia.example/console/internal/demo"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// authenticator plugs a device for passkeys into the tab, whose owner it recognises at once.
func (p *tab) authenticator() webauthn.AuthenticatorID {
	p.t.Helper()
	call(p, webauthn.Enable, webauthn.EnableParams{})
	return call(p, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true,
		AutomaticPresenceSimulation: true,
	}}).AuthenticatorID
}

// addPasskey adds one on the person's own settings.
func (p *tab) addPasskey(label string) {
	p.t.Helper()
	p.open("/settings/me")
	p.fill(`[name="label"]`, label)
	p.arrives(func() { p.click(testID("add-passkey")) })
	p.reads(testID("passkey"), label)
}

const passkeyButton = `[data-testid="passkey-button"]`

func TestPasskeySignsInAndStepsUp(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Cancelled)
	p := w.serve().tab(t, "admin")
	p.authenticator()
	p.addPasskey("Laptop")
	p.signOut()
	path := "/deployments/" + id.String()
	p.open(path)
	p.arrives(func() { p.click(passkeyButton) })
	p.at(path)
	p.reads(testID("person"), personNamed(t, "admin").Name)
	if method := w.value(`SELECT method FROM sessions ORDER BY signed_in_at DESC LIMIT 1`); method != "passkey" {
		t.Errorf("signed in by %s", method)
	}
	w.staleProof(p)
	p.click(testID("action-archive"))
	p.reads(testID("step-up-form"), "Confirm that it is you")
	p.click(testID("step-up-form") + " " + passkeyButton)
	p.reads(testID("transition-form"), "Archive Web shop?")
	p.reason(lifecycle.Other)
	p.click(confirm)
	p.attr(headBadge, "data-state", "archived")
	if n := w.value(`SELECT count(*) FROM activity WHERE kind = 'stepped_up'`); n != "1" {
		t.Errorf("%s step-ups are recorded", n)
	}
}

// Whoever guesses at somebody's password does not keep them out: passkeys go on working.
func TestPasskeyWorksWhilePasswordsAreLocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.serveEmpty().tab(t, "support")
	p.authenticator()
	p.addPasskey("Phone")
	p.signOut()
	for range store.MaxAddressGuesses + 1 {
		for _, address := range []string{"127.0.0.1", "::1"} {
			if _, err := w.store.CountGuess(t.Context(), "support@arcadia.example", address); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.signIn("support@arcadia.example", demo.Password)
	p.reads(testID("error"), "Too many tries")
	p.arrives(func() { p.click(passkeyButton) })
	p.reads(testID("person"), personNamed(t, "support").Name)
}

func TestPasskeysThatDoNotDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.serveEmpty()
	t.Run("removed", func(t *testing.T) {
		p := c.tab(t, "support")
		p.authenticator()
		p.addPasskey("Lost phone")
		p.arrives(func() { p.click(testID("remove-passkey")) })
		p.misses(testID("passkey"))
		p.signOut()
		p.click(passkeyButton)
		p.reads(testID("passkey-error"), "This passkey does not work here.")
		p.at("/login")
	})
	t.Run("owner not recognised", func(t *testing.T) {
		p := c.tab(t, "billing")
		device := p.authenticator()
		p.addPasskey("Laptop")
		p.signOut()
		call(p, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: device, IsUserVerified: false})
		p.click(passkeyButton)
		p.reads(testID("passkey-error"), "cancelled")
		p.at("/login")
	})
	t.Run("signature forged", func(t *testing.T) {
		p := c.tab(t, "operator")
		device := p.authenticator()
		p.addPasskey("Laptop")
		p.signOut()
		call(p, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: device, IsBogusSignature: new(true)})
		p.click(passkeyButton)
		p.reads(testID("passkey-error"), "This passkey does not work here.")
		p.open("/deployments")
		p.at("/login?next=%2Fdeployments")
	})
	t.Run("disabled person", func(t *testing.T) {
		p := c.tab(t, "viewer")
		p.authenticator()
		p.addPasskey("Laptop")
		p.signOut()
		w.change(`UPDATE staff SET status = 'disabled' WHERE id = $1`, w.person("viewer").ID)
		p.click(passkeyButton)
		p.reads(testID("passkey-error"), "This passkey does not work here.")
	})
	t.Run("cloned", func(t *testing.T) {
		p := c.tab(t, "admin")
		p.authenticator()
		p.addPasskey("Key ring")
		p.signOut()
		w.change(`UPDATE staff_passkeys SET credential = jsonb_set(credential, '{authenticator,signCount}', '1000') WHERE label = 'Key ring'`)
		p.click(passkeyButton)
		p.reads(testID("passkey-error"), "This passkey does not work here.")
	})
}

// A device that has a passkey of the account already does not make a second one.
func TestSecondPasskeyOfOneDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.serveEmpty().tab(t, "support")
	p.authenticator()
	p.addPasskey("Laptop")
	p.fill(`[name="label"]`, "Laptop again")
	p.click(testID("add-passkey"))
	p.reads(testID("passkey-error"), "already")
	if n := w.person("support").Passkeys; n != 1 {
		t.Errorf("%d passkeys, want 1", n)
	}
}

// Adding one wants a fresh proof, and comes back to the page.
func TestNewPasskeyWantsAFreshProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.serveEmpty().tab(t, "support")
	p.authenticator()
	p.open("/settings/me")
	w.staleProof(p)
	p.fill(`[name="label"]`, "Laptop")
	p.click(testID("add-passkey"))
	p.until(`location.pathname === "/step-up"`)
	p.fill(`[name="password"]`, demo.Password)
	p.arrives(func() { p.click(testID("confirm")) })
	p.at("/settings/me")
	p.addPasskey("Laptop")
}

// Without script there is a hint instead of a button that does nothing.
func TestPasskeysWithoutScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.serveEmpty().plain(t, "support")
	p.open("/settings/me")
	p.sees(testID("no-passkey"))
	p.misses(testID("add-passkey"))
	p.signOut()
	p.misses(passkeyButton)
	p.sees(testID("login-form"))
}
