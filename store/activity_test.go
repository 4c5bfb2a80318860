package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

// deedCase is one change and the record that it leaves.
type deedCase struct {
	deed    store.Deed
	by      access.Actor // the person it is about, when empty
	changes string
	do      func(*world, store.Staff, store.Token) error
}

var deedCases = []deedCase{
	{store.InvitedStaff, admin, `[{"to": "viewer", "from": "", "field": "roles"}]`, func(w *world, _ store.Staff, _ store.Token) error {
		_, _, err := w.InviteStaff(w.t.Context(), admin, staffFields("newcomer", access.Viewer), "192.0.2.9")
		return err
	}},
	{
		store.StaffChanged, admin, `[{"to": "Other", "from": "Dana", "field": "name"}, {"to": "viewer", "from": "support", "field": "roles"}]`,
		func(w *world, p store.Staff, _ store.Token) error {
			c := change(p)
			c.Name, c.Roles = "Other", access.Viewer
			return w.ChangeStaff(w.t.Context(), admin, c, "192.0.2.9")
		},
	},
	{store.StaffChanged, admin, `[{"to": "disabled", "from": "active", "field": "status"}]`, func(w *world, p store.Staff, _ store.Token) error {
		c := change(p)
		c.Disabled = true
		return w.ChangeStaff(w.t.Context(), admin, c, "192.0.2.9")
	}},
	{store.StaffLinkMade, admin, `[{"to": "reset", "from": "", "field": "purpose"}]`, func(w *world, p store.Staff, _ store.Token) error {
		_, err := w.MakeLink(w.t.Context(), admin, p.ID, "192.0.2.9")
		return err
	}},
	{store.SignedIn, access.Actor{}, `[{"to": "passkey", "from": "", "field": "by"}]`, func(w *world, p store.Staff, token store.Token) error {
		_, err := w.SignIn(w.t.Context(), p.ID, store.ByPasskey, store.Browser{Address: "192.0.2.9"}, &token)
		return err
	}},
	{store.SignedOut, access.Actor{}, `[]`, func(w *world, _ store.Staff, token store.Token) error {
		return w.SignOut(w.t.Context(), w.session(token), token)
	}},
	{store.SteppedUp, access.Actor{}, `[]`, func(w *world, _ store.Staff, token store.Token) error {
		_, err := w.StepUp(w.t.Context(), w.session(token), token, time.Time{})
		return err
	}},
	{store.SessionsEnded, admin, `[]`, func(w *world, p store.Staff, _ store.Token) error {
		return w.EndSessions(w.t.Context(), admin, p.ID, uuid.Nil, uuid.Nil, "192.0.2.9")
	}},
	{store.PasswordSet, access.Actor{}, `[]`, func(w *world, p store.Staff, _ store.Token) error {
		return w.SetPassword(w.t.Context(), p, "new hash", uuid.Nil, "192.0.2.9")
	}},
	{store.TOTPSet, access.Actor{}, `[]`, func(w *world, p store.Staff, _ store.Token) error {
		return w.SetTOTP(w.t.Context(), p, "NEWSECRET", []string{"CCCCC-CCCCC"}, "192.0.2.9")
	}},
	{store.TOTPRemoved, access.Actor{}, `[]`, func(w *world, p store.Staff, _ store.Token) error {
		return w.SetTOTP(w.t.Context(), p, "", nil, "192.0.2.9")
	}},
	{store.RecoveryCodesMade, access.Actor{}, `[]`, func(w *world, p store.Staff, _ store.Token) error {
		return w.SetRecoveryCodes(w.t.Context(), p, []string{"DDDDD-DDDDD"}, "192.0.2.9")
	}},
	{store.RecoveryCodeUsed, access.Actor{}, `[]`, func(w *world, p store.Staff, _ store.Token) error {
		ok, err := w.UseRecoveryCode(w.t.Context(), p.ID, "AAAAA-AAAAA", "192.0.2.9")
		if err == nil && !ok {
			w.t.Error("the code does not work")
		}
		if err != nil && ok {
			w.t.Error("the code works although its use failed")
		}
		return err
	}},
	{store.PasskeyAdded, access.Actor{}, `[{"to": "Phone", "from": "", "field": "passkey"}]`, func(w *world, p store.Staff, _ store.Token) error {
		return w.AddPasskey(w.t.Context(), p, store.Passkey{ID: []byte("phone"), Label: "Phone", Credential: []byte(`{}`)}, "192.0.2.9")
	}},
	{store.PasskeyRemoved, admin, `[{"to": "", "from": "Laptop", "field": "passkey"}]`, func(w *world, p store.Staff, _ store.Token) error {
		return w.RemovePasskey(w.t.Context(), admin, p, []byte("id of Laptop"), "192.0.2.9")
	}},
	{store.PreferencesSet, access.Actor{}, `[{"to": "dark", "from": "system", "field": "theme"}]`, func(w *world, p store.Staff, _ store.Token) error {
		return w.SetPreferences(w.t.Context(), p.ID, store.Preferences{TimeZone: "UTC", Theme: "dark", Density: "comfortable"})
	}},
}

// Every change leaves its record in its own transaction: where the record fails, nothing has changed.
func TestEveryChangeLeavesItsRecord(t *testing.T) {
	t.Parallel()
	for _, c := range deedCases {
		t.Run(string(c.deed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p, token := w.hire("dana", access.Support)
			if err := w.SetTOTP(t.Context(), p, "SECRET", []string{"AAAAA-AAAAA"}, ""); err != nil {
				t.Fatal(err)
			}
			w.passkey(p, "Laptop")
			p = w.staff(p.ID)
			w.recorded(t, c, p, token)
		})
	}
}

func (w *world) recorded(t *testing.T, c deedCase, p store.Staff, token store.Token) {
	t.Helper()
	for _, fault := range []string{
		`CREATE TRIGGER zzz BEFORE INSERT ON activity FOR EACH ROW EXECUTE FUNCTION fail()`,
		`CREATE CONSTRAINT TRIGGER zzz AFTER INSERT ON activity DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()`,
	} {
		w.exec(failFunction, fault)
		w.untouched(string(c.deed)+" that failed", func() { injected(t, c.do(w, p, token)) })
		w.exec(`DROP FUNCTION fail() CASCADE`)
	}
	before := w.deeds()
	if err := c.do(w, p, token); err != nil {
		t.Fatal(err)
	}
	if added := w.deeds()[len(before):]; !slices.Equal(added, []string{string(c.deed)}) {
		t.Fatalf("recorded %q, want one %s", added, c.deed)
	}
	by := c.by
	if by.Kind == "" {
		by = p.Actor()
	}
	for column, want := range map[string]string{
		"actor_kind": string(by.Kind), "actor": by.ID, "actor_name": by.Name, "actor_roles": by.Roles.String(), "object_kind": "staff",
		"changes": c.changes,
	} {
		if got := w.newest(column); got != want {
			t.Errorf("%s is %s, want %s", column, got, want)
		}
	}
	if c.deed != store.InvitedStaff && (w.newest("object_id") != p.ID.String() || w.newest("object_name") != "Dana") {
		t.Errorf("about %s, want %s", w.newest("object_name"), p.Name)
	}
}

// A link leaves two things: that it was used, and a session. Both or none.
func TestUsedLinkLeavesItsRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, link := w.invite("dana", access.Support)
	c := deedCase{
		store.StaffLinkUsed,
		access.Actor{},
		`[{"to": "invitation", "from": "", "field": "purpose"}]`,
		func(w *world, _ store.Staff, link store.Token) error {
			_, err := w.UseLink(w.t.Context(), link, "hash", firefox)
			return err
		},
	}
	w.recorded(t, c, p, link)
	if got := w.newest("address"); got != firefox.Address {
		t.Errorf("from %s", got)
	}
}

// The other writes leave nothing either when one of their statements fails.
func TestFailedSignInLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, token := w.hire("dana", access.Support)
	_, link := w.invite("eli", access.Viewer)
	for table, write := range map[string]func() error{
		"sessions": func() error {
			_, err := w.SignIn(t.Context(), p.ID, store.ByPassword, firefox, &token)
			return err
		},
		"sessions too": func() error {
			_, err := w.UseLink(t.Context(), link, "hash", firefox)
			return err
		},
		"staff_links": func() error {
			_, _, err := w.InviteStaff(t.Context(), admin, staffFields("fay", access.Viewer), "")
			return err
		},
		"staff_recovery_codes": func() error { return w.SetTOTP(t.Context(), p, "S", []string{"AAAAA-AAAAA"}, "") },
		"guesses": func() error {
			ok, err := w.CountGuess(t.Context(), p.Email, "192.0.2.1")
			if ok {
				t.Error("a guess that was not counted may be checked")
			}
			return err
		},
	} {
		if table == "sessions too" {
			table = "sessions"
		}
		w.exec(failFunction, `CREATE TRIGGER zzz AFTER INSERT ON `+table+` FOR EACH STATEMENT EXECUTE FUNCTION fail()`)
		w.untouched("a failed insert into "+table, func() { injected(t, write()) })
		w.exec(`DROP FUNCTION fail() CASCADE`)
	}
	w.alive("after failures", token)
}

func TestFailedSignInIsRecordedForAnybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _ := w.hire("dana", access.Support)
	for _, email := range []string{" Dana@ARCADIA.test", "nobody@arcadia.test"} {
		if err := w.RecordFailedSignIn(t.Context(), email, "password", "192.0.2.66"); err != nil {
			t.Fatal(err)
		}
	}
	if kind, who := w.newest("actor_kind"), w.newest("actor"); kind != "nobody" || who != "nobody@arcadia.test" {
		t.Errorf("%s %s", kind, who)
	}
	rows, err := w.ListStaffActivity(t.Context(), p.ID, p.Email, 10)
	if err != nil || len(rows) == 0 {
		t.Fatalf("%+v %v", rows, err)
	}
	if r := rows[0]; r.Deed != store.SignInFailed || r.Address != "192.0.2.66" || len(r.Changes) != 1 || r.Changes[0].To != "password" {
		t.Errorf("%+v", r)
	}
	for _, r := range rows {
		if r.Actor == "nobody@arcadia.test" {
			t.Error("the failure of another one is listed")
		}
	}
}

func TestListStaffActivity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss, _ := w.hire("boss", access.Admin)
	p, token := w.hire("dana", access.Support)
	q, _ := w.hire("eli", access.Viewer)
	if err := w.SignOut(context.Background(), w.session(token), token); err != nil {
		t.Fatal(err)
	}
	c := change(p)
	c.Name = "Dana Holt"
	if err := w.ChangeStaff(t.Context(), boss.Actor(), c, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	list := func(p store.Staff, limit int) (deeds []store.Deed) {
		rows, err := w.ListStaffActivity(t.Context(), p.ID, p.Email, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			deeds = append(deeds, r.Deed)
		}
		return deeds
	}
	if got, want := list(p, 10), []store.Deed{store.StaffChanged, store.SignedOut, store.StaffLinkUsed, store.InvitedStaff}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := list(boss, 1), []store.Deed{store.StaffChanged}; !slices.Equal(got, want) {
		t.Errorf("by the admin: %q, want %q", got, want)
	}
	if got, want := list(q, 10), []store.Deed{store.StaffLinkUsed, store.InvitedStaff}; !slices.Equal(got, want) {
		t.Errorf("of somebody else: %q, want %q", got, want)
	}
	// The names in it are those of then.
	if got := w.value(`SELECT string_agg(DISTINCT object_name, ',') FROM activity WHERE object_id = $1`, p.ID); got != "Dana" {
		t.Errorf("told of %s", got)
	}
}
