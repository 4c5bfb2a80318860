package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/handlers"
	"arcadia.example/console/store"
)

// processes are two servers with stores of their own on one database.
func (c *console) processes() []http.Handler {
	c.t.Helper()
	other, err := store.Open(c.t.Context(), c.db.AppDSN, store.Options{Conns: 2})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = other.Close() })
	return []http.Handler{c.Server, c.serve(other, handlers.Config{})}
}

// dead expects that the browser's session counts in no process.
func (b *browser) dead(why string, servers []http.Handler) {
	b.t.Helper()
	for i, server := range servers {
		b.server = server
		if a := b.page("/deployments"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/login?next=%2Fdeployments" {
			b.t.Errorf("%s: process %d answers %d", why, i, a.status)
		}
		if a := b.page("/deployments", htmx); a.status != http.StatusUnauthorized {
			b.t.Errorf("%s: process %d answers htmx %d", why, i, a.status)
		}
	}
}

// Old session cookies are dead at once, in every process.
func TestOldSessionsAreDeadInEveryProcess(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	servers := c.processes()
	c.staffOf("admin")
	chief := access.Actor{Kind: access.System, ID: "test", Name: "Test"}
	person := func() store.Staff {
		p, err := c.store.FindStaff(t.Context(), "support@arcadia.test")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	fresh := func() *browser {
		t.Helper()
		c.cookies["support"] = ""
		b := c.signedIn("support")
		for _, server := range servers {
			b.server = server
			c.wants(b.page("/deployments"), http.StatusOK, "Sam")
		}
		return b
	}
	change := func(roles access.Roles, disabled bool) {
		t.Helper()
		p := person()
		if err := c.store.ChangeStaff(t.Context(), chief, store.StaffChange{ID: p.ID, EditVersion: p.EditVersion, Name: p.Name, Roles: roles, Disabled: disabled}, ""); err != nil {
			t.Fatal(err)
		}
	}

	b := fresh()
	out := *b
	out.cookies = map[string]string{"arcadia_session": b.cookies["arcadia_session"]}
	c.leads(out.post("/logout"), "/login")
	b.dead("after logout", servers)

	b = fresh()
	change(access.Viewer, false)
	b.dead("after a role change", servers)
	again := fresh()
	c.wants(again.page("/tenants/new"), http.StatusForbidden, "You act as Viewer")

	change(access.Viewer, true)
	again.dead("after being disabled", servers)
	change(access.Support, false)
	again.dead("after being enabled again", servers)

	b = fresh()
	if err := c.store.EndSessions(t.Context(), chief, person().ID, uuid.Nil, uuid.Nil, ""); err != nil {
		t.Fatal(err)
	}
	b.dead("ended by somebody else", servers)
}

func TestSessionsEndByIdlenessAndAge(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	servers := c.processes()
	for why, change := range map[string]string{
		"after 30 minutes":   `UPDATE sessions SET seen_at = seen_at - interval '30 minutes'`,
		"after twelve hours": `UPDATE sessions SET signed_in_at = signed_in_at - interval '12 hours'`,
	} {
		c.cookies["viewer"] = ""
		b := c.signedIn("viewer")
		c.wants(b.page("/deployments"), http.StatusOK)
		c.owns(change)
		b.dead(why, servers)
	}
	c.cookies["viewer"] = ""
	b := c.signedIn("viewer")
	for range 3 { // in use all the time it lasts
		c.owns(`UPDATE sessions SET seen_at = seen_at - interval '29 minutes', signed_in_at = signed_in_at - interval '29 minutes'`)
		c.wants(b.page("/deployments"), http.StatusOK)
	}
}

// A session that ends during a call of the page's script: 401, and nothing of the console with it.
func TestSessionEndsDuringAnHtmxCall(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	b := c.signedIn("billing")
	c.owns(`DELETE FROM sessions`)
	c.unchanged("a move without a session", func() {
		a := b.raw("POST", c.path("/transitions"), pause("k"), htmx)
		c.wants(a, http.StatusUnauthorized, "hx-partial", "You are not signed in")
		if strings.Contains(a.body, "Web shop") {
			t.Error("the answer shows what only staff may see")
		}
	})
	c.wants(b.page("/deployments", htmx), http.StatusUnauthorized)
	c.leads(b.page("/deployments", htmx, header("HX-History-Restore-Request", "true")), "/login?next=%2Fdeployments")
	c.leads(b.do("HEAD", "/deployments", nil), "/login?next=%2Fdeployments")
	asked := b.script("/settings/me/passkeys/begin", struct{}{})
	c.wants(asked, http.StatusUnauthorized, `"goto":"/login"`)
}

// A plain form that comes too late is not carried out, and shows what was typed: text alone, and no secret.
func TestATypedFormIsNotLost(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	from := header("Referer", "http://localhost:8080"+c.path("?before=x"))
	hostile := `</textarea><script>alert(1)</script>`
	c.unchanged("forms without a session", func() {
		a := c.as("", "POST", c.path("/transitions"), "action=pause&version=1&key=k1&reason=other&notes=Customer+called%0Atwice", from)
		c.wants(a, http.StatusUnauthorized, "Customer called\ntwice</textarea>", `href="/login?next=%2Fdeployments%2F`, "other</textarea>")
		if strings.Contains(a.body, "k1") || strings.Contains(a.body, "Web shop") {
			t.Error("the page shows more than what was typed")
		}
		c.wants(c.as("", "POST", "/tenants", "name=New&slug=new", header("Referer", "https://evil.example/x")), http.StatusUnauthorized, `href="/login"`)
		a = c.as("", "POST", c.path("/notes"), "key=k&notes="+strings.ReplaceAll(hostile, "/", "%2F"))
		if a.status != http.StatusUnauthorized || strings.Contains(a.body, "<script>alert") {
			t.Errorf("%d %s", a.status, a.body)
		}
		a = c.as("", "POST", "/settings/me/password", "current=oldoldoldold&password=newnewnewnew&again=newnewnewnew")
		if a.status != http.StatusUnauthorized || strings.Contains(a.body, "newnew") || strings.Contains(a.body, "oldold") {
			t.Errorf("a secret came back: %d %s", a.status, a.body)
		}
		c.wants(c.as("", "POST", c.path("/notes"), "%zz"), http.StatusUnauthorized)
	})
}

func TestNobodyEndsTheSessionsOfOthers(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	victim, thief := c.signedIn("billing"), c.signedIn("support")
	sessions, err := c.store.ListSessions(t.Context(), c.staffOf("billing").ID)
	if err != nil {
		t.Fatal(err)
	}
	c.wants(thief.post("/settings/me/sessions/end", "session", sessions[0].ID.String()), http.StatusNotFound)
	c.wants(thief.post("/settings/staff/"+c.staffOf("billing").ID.String()+"/sessions/end", "session", ""), http.StatusForbidden)
	c.wants(victim.page("/deployments"), http.StatusOK)

	d := c.give(c.staffOf("billing"))
	c.wants(thief.post("/settings/me/passkeys/remove", "passkey", raw64.EncodeToString(d.id)), http.StatusNotFound)
	if c.staffOf("billing").Passkeys != 1 {
		t.Error("the passkey is gone")
	}
}

// Times, colours and density are those of who looks.
func TestThePageIsMadeForWhoLooks(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	b := c.signedIn("viewer")
	a := b.page(c.path(""))
	if strings.Contains(a.body, "data-theme") || strings.Contains(a.body, "data-density") || !strings.Contains(a.body, " UTC") {
		t.Error("the page has a choice that nobody made")
	}
	err := c.store.SetPreferences(t.Context(), c.staffOf("viewer").ID, store.Preferences{TimeZone: "Asia/Kolkata", Theme: "dark", Density: "compact"})
	if err != nil {
		t.Fatal(err)
	}
	c.wants(b.page(c.path("")), http.StatusOK, ` data-theme="dark"`, ` data-density="compact"`, " IST", `content="dark"`)
	c.wants(b.page("/nothing"), http.StatusNotFound, ` data-theme="dark"`)
	c.leads(b.page("/settings"), "/settings/me")
	c.leads(c.signedIn("admin").page("/settings"), "/settings/staff")
}
