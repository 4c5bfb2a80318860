package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

const issuer = "https://id.example.test"

// vouched is what the provider says of whoever has the name, who has just signed in there. Without roles the console has them.
func vouched(name string, roles ...access.Roles) store.Identity {
	who := store.Identity{Issuer: issuer, Subject: "id of " + name, Email: name + "@arcadia.test", Name: name, ProvedAt: time.Now()}
	for _, r := range roles {
		who.Managed, who.Roles = true, who.Roles|r
	}
	return who
}

// enters expects the sign-in to end with the error.
func (w *world) enters(who store.Identity, want error) store.Token {
	w.t.Helper()
	token, err := w.SignInByProvider(w.t.Context(), who, firefox, nil)
	if !errors.Is(err, want) {
		w.t.Errorf("%s: %v, want %v", who.Email, err, want)
	}
	return token
}

func (w *world) found(email string) store.Staff {
	w.t.Helper()
	p, err := w.FindStaff(w.t.Context(), email)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func TestFreshnessCountsFromTheProofAtTheProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire("dana", access.Support)
	for name, c := range map[string]struct {
		proved time.Time
		fresh  bool
	}{
		"just now":                     {time.Now(), true},
		"nine minutes ago":             {time.Now().Add(-9 * time.Minute), true},
		"this morning":                 {time.Now().Add(-3 * time.Hour), false},
		"nobody says when":             {time.Time{}, false},
		"a clock that is an hour fast": {time.Now().Add(time.Hour), true},
	} {
		who := vouched("dana")
		who.ProvedAt = c.proved
		session := w.session(w.enters(who, nil))
		if session.Fresh() != c.fresh || session.SteppedUpAt.After(session.ReadAt) {
			t.Errorf("%s: fresh %t, counted from %s at %s", name, session.Fresh(), session.SteppedUpAt, session.ReadAt)
		}
	}

	w.exec(`UPDATE sessions SET stepped_up_at = now() - interval '1 hour'`)
	token := w.enters(vouched("dana"), nil)
	w.exec(`UPDATE sessions SET stepped_up_at = now() - interval '1 hour'`)
	next, err := w.StepUp(t.Context(), w.session(token), token, time.Now().Add(-4*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if after := w.session(next); !after.Fresh() || after.ReadAt.Sub(after.SteppedUpAt) < 3*time.Minute {
		t.Errorf("a proof of four minutes ago counts from %s at %s", after.SteppedUpAt, after.ReadAt)
	}
}

func TestAccountsOfAdminsAreLinkedFromWithin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	chief, _ := w.hire("chief", access.Admin|access.Billing)
	w.invite("deputy", access.Admin)
	for _, who := range []store.Identity{vouched("chief"), vouched("chief", access.Billing), vouched("deputy")} {
		w.untouched("an e-mail alone", func() { w.enters(who, store.ErrNotLinked) })
	}

	other := vouched("chief")
	other.Email = "other@arcadia.test"
	w.untouched("a link to another e-mail", func() {
		if err := w.LinkIdentity(t.Context(), chief.ID, other, ""); !errors.Is(err, store.ErrOtherEmail) {
			t.Errorf("linked to another e-mail: %v", err)
		}
	})
	for range 2 { // the second time there is nothing to do
		if err := w.LinkIdentity(t.Context(), chief.ID, vouched("chief"), firefox.Address); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.newest("changes"); w.newest("actor") != chief.Email || got != `[{"to": "https://id.example.test", "from": "", "field": "provider"}]` {
		t.Errorf("recorded as %s by %s", got, w.newest("actor"))
	}
	w.alive("an admin who is linked", w.enters(vouched("chief"), nil))

	second := vouched("chief")
	second.Subject = "another ID"
	if err := w.LinkIdentity(t.Context(), chief.ID, second, ""); !errors.Is(err, store.ErrIdentityTaken) {
		t.Errorf("linked to a second one: %v", err)
	}
	dana, _ := w.hire("dana", access.Support)
	thief := vouched("chief")
	thief.Email = dana.Email
	if err := w.LinkIdentity(t.Context(), dana.ID, thief, ""); !errors.Is(err, store.ErrIdentityTaken) {
		t.Errorf("one ID linked to two accounts: %v", err)
	}
	w.enters(vouched("dana"), nil) // who is no admin is found by the e-mail
}

func TestAnAccountIsPinnedToItsProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire("root", access.Admin)
	w.hire("dana", access.Support)
	w.enters(vouched("dana"), nil)
	for _, moved := range []store.Identity{vouched("dana"), vouched("dana", access.Billing)} {
		moved.Issuer = "https://new.example.test" // the same ID, the same e-mail
		w.untouched("another issuer", func() { w.enters(moved, store.ErrIdentityTaken) })
	}
	dana := w.found("dana@arcadia.test")
	token := w.enters(vouched("dana"), nil)
	if err := w.UnlinkIdentity(t.Context(), admin, dana.ID, ""); err != nil {
		t.Fatal(err)
	}
	w.dead("a session by the link that is gone", token)
	moved := vouched("dana")
	moved.Issuer = "https://new.example.test"
	w.enters(moved, nil)
	w.enters(vouched("dana"), store.ErrIdentityTaken)
}

func TestLosingAllRolesEndsEverySession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire("root", access.Admin)
	dana, _ := w.hire("dana", access.Support)
	byProvider, byPassword := w.enters(vouched("dana", access.Support), nil), w.signIn(dana)
	w.alive("before", byProvider, byPassword)
	w.enters(vouched("dana", 0), store.ErrNoRole)
	w.dead("in no group any more", byProvider, byPassword)
	if p := w.staff(dana.ID); p.Status != store.StaffDisabled || !p.Withdrawn || w.newest("actor") != "single-sign-on" {
		t.Errorf("left as %+v", p)
	}
	if _, err := w.SignIn(t.Context(), dana.ID, store.ByPassword, firefox, nil); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("in by password: %v", err)
	}
	w.untouched("once more", func() { w.enters(vouched("dana", 0), store.ErrNoRole) })

	w.alive("in a group again", w.enters(vouched("dana", access.Billing), nil))
	if p := w.staff(dana.ID); p.Status != store.StaffActive || p.Withdrawn || p.Roles() != access.Billing {
		t.Errorf("back as %+v", p)
	}
	// Whom an admin disabled stays out, whatever the groups say.
	w.enters(vouched("dana", 0), store.ErrNoRole)
	w.changed(dana, func(c *store.StaffChange) { c.Disabled = false })
	w.changed(dana, func(c *store.StaffChange) { c.Disabled = true })
	w.untouched("disabled by an admin", func() { w.enters(vouched("dana", access.Billing), store.ErrDisabledIdentity) })
}

func TestTheLastAdminWithoutGroupsStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enters(vouched("chief", access.Admin), nil)
	w.enters(vouched("chief", 0), nil)
	if p := w.found("chief@arcadia.test"); p.Roles() != access.Admin || p.Status != store.StaffActive {
		t.Errorf("left as %+v", p)
	}
}

func TestFirstSignInsAtOnceAreOneAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	w.invite("ivy", access.Viewer)
	for _, who := range []store.Identity{vouched("nina", access.Billing), vouched("ivy")} {
		tokens, errs := make([]store.Token, 6), make([]error, 6)
		var all sync.WaitGroup
		for i := range tokens {
			all.Go(func() { tokens[i], errs[i] = w.SignInByProvider(t.Context(), who, firefox, nil) })
		}
		all.Wait()
		for i, err := range errs {
			if err != nil {
				t.Errorf("%s, %d: %v", who.Email, i, err)
			}
		}
		w.alive("all of them", tokens...)
	}
	if n := w.value(`SELECT count(*) FROM staff WHERE sso_subject <> ''`); n != "2" {
		t.Errorf("%s accounts", n)
	}
}

// Each holds the row of one admin and wants those of all: in any other order than that of lockStaff they block each other.
func TestAdminsSignInAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	for i := range 4 {
		w.enters(vouched(fmt.Sprint("admin", i), access.Admin), nil)
	}
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 10 {
				if _, err := w.SignInByProvider(t.Context(), vouched(fmt.Sprint("admin", i), access.Admin), firefox, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func TestAOneTimeLinkUnlinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire("root", access.Admin)
	w.enters(vouched("nina", access.Admin), nil)
	nina := w.found("nina@arcadia.test")
	link, err := w.MakeLink(t.Context(), admin, nina.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.UseLink(t.Context(), link, "hash", firefox); err != nil {
		t.Fatal(err)
	}
	if w.staff(nina.ID).HasSSO() {
		t.Error("the way back in leaves the link of whoever got in before")
	}
}

func TestTheLastAdminKeepsTheOnlyWayIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enters(vouched("chief", access.Admin), nil)
	chief := w.found("chief@arcadia.test")
	w.untouched("unlinking the last admin", func() {
		if err := w.UnlinkIdentity(t.Context(), admin, chief.ID, ""); !errors.Is(err, store.ErrLastAdmin) {
			t.Errorf("%v, want ErrLastAdmin", err)
		}
	})
	w.hire("second", access.Admin)
	if err := w.UnlinkIdentity(t.Context(), admin, chief.ID, ""); err != nil {
		t.Error(err)
	}
}
