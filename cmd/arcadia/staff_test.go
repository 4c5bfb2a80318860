package main

import (
	"regexp"
	"strings"
	"testing"

	"arcadia.example/console/store"
)

var linkText = regexp.MustCompile(`(http\S+)/welcome/(\S{43})\n`)

// staffRun runs arcadia staff on the world's database.
func (w *world) staffRun(args ...string) (string, error) {
	w.t.Helper()
	env := environmentFor(w.db)
	env["USER"], env["ARCADIA_PUBLIC_URL"] = "root", "https://console.example.com"
	return attempt(w.t, env, append([]string{"staff"}, args...)...)
}

// link takes the one-time link out of what a command printed.
func (w *world) link(out string) store.Token {
	w.t.Helper()
	found := linkText.FindStringSubmatch(out)
	if found == nil || found[1] != "https://console.example.com" {
		w.t.Fatalf("there is no link in %q", out)
	}
	token, ok := store.ParseToken(found[2])
	if !ok {
		w.t.Fatalf("%q is no token", found[2])
	}
	return token
}

func TestStaffAddMakesTheFirstAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, err := w.staffRun("list")
	if err != nil || !strings.Contains(out, "Nobody yet") || !strings.Contains(out, "arcadia staff add") {
		t.Fatalf("%q, %v", out, err)
	}
	out, err = w.staffRun("add", "Ada@Example.com", "--name", "Ada  Lovelace", "--role", "admin,billing")
	if err != nil || !strings.Contains(out, "Ada Lovelace <ada@example.com> is invited as Billing and Admin.") {
		t.Fatalf("%q, %v", out, err)
	}
	person, purpose, err := w.store.LookUpLink(t.Context(), w.link(out))
	if err != nil || person.Email != "ada@example.com" || purpose != store.InvitationLink {
		t.Errorf("the link is for %s, to %s: %v", person.Email, purpose, err)
	}
	if actor := w.value(`SELECT actor_kind || ' ' || actor FROM activity WHERE kind = 'staff_invited'`); actor != "system cli:root" {
		t.Errorf("invited by %q", actor)
	}
	out, err = w.staffRun("list")
	if err != nil || !regexp.MustCompile(`ada@example.com +Ada Lovelace +billing,admin +invited +none +never +0`).MatchString(out) {
		t.Errorf("%q, %v", out, err)
	}
	_, err = w.staffRun("add", "ada@example.com", "--name", "Ada", "--role", "viewer")
	refused(t, err, "e-mail is there already")
}

func TestStaffFlagsStandAnywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.staffRun("add", "--name", "Ada", "--role", "admin", "ada@example.com"); err != nil {
		t.Fatal(err)
	}
	if got := w.value(`SELECT name FROM staff`); got != "Ada" {
		t.Error(got)
	}
}

func TestStaffRoleDisableAndReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, sam := w.activeStaff("ada@example.com", "admin"), w.activeStaff("sam@example.com", "support")
	out, err := w.staffRun("role", "sam@example.com", "support,billing")
	if err != nil || !strings.Contains(out, "Support and Billing") {
		t.Errorf("%q, %v", out, err)
	}
	if got := w.value(`SELECT roles FROM staff WHERE email = 'sam@example.com'`); got != "support,billing" {
		t.Errorf("sam is %s", got)
	}
	if _, err := w.store.LookUpSession(t.Context(), sam); err == nil {
		t.Error("a session outlived the change of roles")
	}
	if _, err := w.store.LookUpSession(t.Context(), ada); err != nil {
		t.Errorf("ada's session ended too: %v", err)
	}

	out, err = w.staffRun("reset", "SAM@example.com")
	if err != nil || !strings.Contains(out, "clears") {
		t.Errorf("%q, %v", out, err)
	}
	if _, purpose, err := w.store.LookUpLink(t.Context(), w.link(out)); err != nil || purpose != store.ResetLink {
		t.Errorf("%s, %v", purpose, err)
	}

	if out, err = w.staffRun("disable", "sam@example.com"); err != nil || !strings.Contains(out, "disabled") {
		t.Errorf("%q, %v", out, err)
	}
	_, err = w.staffRun("reset", "sam@example.com")
	refused(t, err, "is disabled")
	if got := w.value(`SELECT count(*) FROM staff_links WHERE expires_at > now()`); got != "0" {
		t.Errorf("%s links", got)
	}
}

func TestStaffKeepsTheLastAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.activeStaff("ada@example.com", "admin")
	_, err := w.staffRun("disable", "ada@example.com")
	refused(t, err, "last admin")
	_, err = w.staffRun("role", "ada@example.com", "viewer")
	refused(t, err, "last admin")
	if got := w.value(`SELECT roles || ' ' || status FROM staff`); got != "admin active" {
		t.Errorf("ada is %s", got)
	}
}

func TestStaffMistakesAreSaidInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "arcadia staff add EMAIL"},
		{[]string{"fire"}, "arcadia staff disable EMAIL"},
		{[]string{"add"}, "1 argument"},
		{[]string{"add", "ada@example.com", "extra", "--role", "admin"}, "0 arguments"},
		{[]string{"add", "ada@example.com", "--name", "Ada"}, "a role is viewer"},
		{[]string{"add", "ada@example.com", "--name", "Ada", "--role", "root"}, "a role is viewer"},
		{[]string{"add", "ada", "--name", "Ada", "--role", "admin"}, "not an e-mail address"},
		{[]string{"add", "ada@example.com", "--role", "admin"}, "name"},
		{[]string{"disable", "nobody@example.com"}, `nobody has the e-mail "nobody@example.com"`},
		{[]string{"role", "nobody@example.com", "admin"}, "nobody has"},
		{[]string{"role", "nobody@example.com"}, "2 arguments"},
		{[]string{"reset", "nobody@example.com"}, "nobody has"},
		{[]string{"list", "all"}, "0 arguments"},
	} {
		_, err := w.staffRun(c.args...)
		refused(t, err, c.says)
	}
	if got := w.value(`SELECT count(*) FROM staff`); got != "0" {
		t.Errorf("%s people were stored", got)
	}
	_, err := attempt(t, variables{"ARCADIA_PUBLIC_URL": "console"}, "staff", "list")
	refused(t, err, "ARCADIA_PUBLIC_URL")
}

func TestStaffListCannotSteerTheTerminal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.staffRun("add", "ada@example.com", "--name", "Ada \u202eÄ", "--role", "admin"); err == nil {
		t.Error("a name that turns letters around is taken")
	}
	if _, err := w.staffRun("add", "ada@example.com", "--name", "Ada", "--role", "admin"); err != nil {
		t.Fatal(err)
	}
	w.change(`UPDATE staff SET name = $1`, "Ada \u202eÄ") // as it may stand there from before
	out, err := w.staffRun("list")
	if err != nil || strings.ContainsAny(out, "\u202e") || !strings.Contains(out, "Ä") {
		t.Errorf("%q, %v", out, err)
	}
}

func TestLinksLeadWhereServeWould(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ public, address, want string }{
		{"", "", "http://localhost:8080"},
		{"", "127.0.0.1:9000", "http://localhost:9000"},
		{"", "127.0.0.1:0", "http://localhost:8080"},
		{"https://console.example.com", "0.0.0.0:80", "https://console.example.com"},
	} {
		got, err := linkBase(environment{getenv: variables{"ARCADIA_PUBLIC_URL": c.public, "ARCADIA_ADDR": c.address}.get})
		if err != nil || got.String() != c.want {
			t.Errorf("%q, %q: %v, %v", c.public, c.address, got, err)
		}
	}
}

func TestAFreshConsoleSaysHowToBegin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := startServing(t, environmentFor(w.db))
	soon(t, "the hint is there", func() bool { return strings.Contains(c.out.String(), "arcadia staff add") })
	if got := w.value(`SELECT count(*) FROM staff`); got != "0" {
		t.Errorf("a fresh console has %s accounts", got)
	}
	// The command works while the console serves, and once somebody can sign in, nothing is said any more.
	w.activeStaff("ada@example.com", "admin")
	again := startServing(t, environmentFor(w.db))
	if strings.Contains(again.out.String(), "staff add") {
		t.Errorf("%q", again.out.String())
	}
}

func TestTheDemoAndRealPeopleDoNotMix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	startConsole(t, environmentFor(w.db)).stop()
	if got := w.value(`SELECT count(*) FROM staff WHERE status = 'active'`); got != "5" {
		t.Fatalf("the demo has %s accounts", got)
	}
	c := startServing(t, environmentFor(w.db))
	if !strings.Contains(c.out.String(), "admin@arcadia.example is disabled now") {
		t.Errorf("%q", c.out.String())
	}
	if got := w.value(`SELECT count(*) FROM staff WHERE status <> 'disabled' OR password_hash <> ''`); got != "0" {
		t.Errorf("%s accounts of the demo are open in a console that is none", got)
	}
	w.activeStaff("ada@example.com", "admin")
	_, err := attempt(t, environmentFor(w.db), "serve", "--demo")
	refused(t, err, "besides the demo's")
}

// activeStaff is somebody who used an invitation, with a session.
func (w *world) activeStaff(email, roles string) store.Token {
	w.t.Helper()
	out, err := w.staffRun("add", email, "--name", "Somebody", "--role", roles)
	if err != nil {
		w.t.Fatal(err)
	}
	session, err := w.store.UseLink(w.t.Context(), w.link(out), "hash", store.Browser{})
	if err != nil {
		w.t.Fatal(err)
	}
	return session
}
