package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

func TestOwnSettings(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Support|access.Billing)
	page := m.open("/settings/me")
	m.wants(page, http.StatusOK, "Somebody ada@example.com", "Support and Billing", "Firefox on Linux", "192.0.2.7", "This one", `data-set`)
	if strings.Contains(page.body, memberSecret) || strings.Contains(page.body, m.token().String()) {
		t.Error("the page has a secret in it")
	}
	m.wants(m.open("/settings/me?set=everything"), http.StatusBadRequest, "set")
	m.wants(m.open("/settings/me?role=admin"), http.StatusBadRequest, "no such field")
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Viewer)
	m.wants(m.post("/settings/me/preferences", "time_zone", "Europe/Berlin", "theme", "dark", "density", "compact"), http.StatusSeeOther)
	p := m.person()
	if p.TimeZone != "Europe/Berlin" || p.Theme != "dark" || p.Density != "compact" {
		t.Errorf("%+v", p)
	}
	m.wants(m.open("/settings/me"), http.StatusOK, `value="Europe/Berlin"`, `value="dark" checked`, `value="compact" checked`)
	bad := m.post("/settings/me/preferences", "time_zone", "Europe/Atlantis", "theme", "light", "density", "compact")
	m.wants(bad, http.StatusUnprocessableEntity, "There is no such time zone", `value="Europe/Atlantis"`, `value="light" checked`)
	for _, form := range [][]string{
		{"time_zone", "UTC", "theme", "pink", "density", "compact"},
		{"time_zone", "UTC", "theme", "dark", "density", "dense"},
		{"time_zone", "UTC", "theme", "dark"},
		{"time_zone", "UTC", "theme", "dark", "density", "compact", "role", "admin"},
		{"time_zone", "UTC", "theme", "dark", "theme", "light", "density", "compact"},
	} {
		m.wants(m.post("/settings/me/preferences", form...), http.StatusBadRequest)
	}
	if after := m.person(); after.TimeZone != p.TimeZone || after.Theme != p.Theme {
		t.Errorf("something was stored: %+v", after)
	}
}

// fits reports whether a password is that of the member.
func (m *member) fits(password string) bool {
	m.t.Helper()
	secrets, err := m.store.GetSecrets(m.t.Context(), m.email)
	if err != nil {
		m.t.Fatal(err)
	}
	fits, err := argon2id.ComparePasswordAndHash(password, secrets.PasswordHash)
	if err != nil {
		m.t.Fatal(err)
	}
	return fits
}

func TestPasswordIsChanged(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Support)
	other := m.again()
	const fresh = "a whole new sentence"
	done := m.post("/settings/me/password", "current", memberPassword, "password", fresh, "again", fresh)
	m.wants(done, http.StatusSeeOther)
	if !m.fits(fresh) || m.fits(memberPassword) {
		t.Error("the new password does not count")
	}
	if other.alive() {
		t.Error("another session outlived the change")
	}
	if m.alive() {
		t.Error("the cookie of before still counts")
	}
	m.cookie = first(t, `(arcadia_session=[^;]+);`, strings.Join(done.header.Values("Set-Cookie"), "\n"))
	if !m.alive() {
		t.Error("the person was signed out")
	}
	if got := m.value(`SELECT count(*) FROM activity WHERE kind = 'password_set'`); got != "1" {
		t.Errorf("%s deeds", got)
	}
}

func TestPasswordIsRefused(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Support)
	for _, c := range []struct{ current, password, again, says string }{
		{memberPassword, "tiny-7xk", "tiny-7xk", "at least 12"},
		{memberPassword, "a whole new sentence", "a whole new sentense", "do not match"},
		{memberPassword, "aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "more than one character"},
		{"wrong wrong wrong", "a whole new sentence", "a whole new sentence", "not your current password"},
		{"", "a whole new sentence", "a whole new sentence", "not your current password"},
	} {
		a := m.post("/settings/me/password", "current", c.current, "password", c.password, "again", c.again)
		m.wants(a, http.StatusUnprocessableEntity, c.says)
		if strings.Contains(a.body, c.password) || c.current != "" && strings.Contains(a.body, c.current) {
			t.Errorf("%s: a password comes back", c.says)
		}
	}
	if !m.fits(memberPassword) || !m.alive() {
		t.Error("something was changed")
	}
}

func TestGuessesAtTheCurrentPasswordAreCounted(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Support)
	try := func(current string) answer {
		return m.post("/settings/me/password", "current", current, "password", "a whole new sentence", "again", "a whole new sentence")
	}
	for range store.MaxAccountGuesses {
		m.wants(try("wrong wrong wrong"), http.StatusUnprocessableEntity)
	}
	m.wants(try(memberPassword), http.StatusTooManyRequests, "Too many tries")
	if !m.fits(memberPassword) {
		t.Error("the password was changed")
	}
}

func TestOwnSessionsEnd(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Viewer)
	two, three := m.again(), m.again()
	stranger := m.member("sam@example.com", access.Viewer)
	id := func(one *member) string {
		session, err := m.store.LookUpSession(t.Context(), one.token())
		if err != nil {
			t.Fatal(err)
		}
		return session.ID.String()
	}
	m.wants(m.post("/settings/me/sessions/end", "session", id(stranger)), http.StatusNotFound)
	m.wants(m.post("/settings/me/sessions/end", "session", otherID.String()), http.StatusNotFound)
	m.wants(m.post("/settings/me/sessions/end", "session", "00000000-0000-0000-0000-000000000000"), http.StatusNotFound)
	m.wants(m.post("/settings/me/sessions/end", "session", "all"), http.StatusNotFound)
	if !stranger.alive() || !two.alive() || !three.alive() {
		t.Error("a session ended that was not named")
	}
	m.wants(m.post("/settings/me/sessions/end", "session", id(two)), http.StatusSeeOther)
	if two.alive() || !three.alive() || !m.alive() {
		t.Error("not exactly the named session ended")
	}
	m.wants(m.post("/settings/me/sessions/end", "session", ""), http.StatusSeeOther)
	if three.alive() || !m.alive() || !stranger.alive() {
		t.Error("not exactly one's other sessions ended")
	}
	m.wants(m.post("/settings/me/sessions/end", "session", id(m)), http.StatusSeeOther)
	if m.alive() {
		t.Error("one's own session goes on")
	}
}
