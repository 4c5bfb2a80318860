package store_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

func TestInviteStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	invited, link, err := w.InviteStaff(t.Context(), admin,
		store.NewStaff{Email: "  Dana@Arcadia.TEST ", Name: " Dana  Reyes ", Roles: access.Support | access.Billing}, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	if invited.Email != "dana@arcadia.test" || invited.Name != "Dana Reyes" || invited.RolesText != "support,billing" ||
		invited.Status != store.StaffInvited || invited.HasPassword || invited.EditVersion != 1 || invited.Theme != "system" {
		t.Errorf("%+v", invited)
	}
	if got, err := w.FindStaff(t.Context(), " DANA@arcadia.test"); err != nil || got.ID != invited.ID {
		t.Errorf("found %+v %v", got, err)
	}
	if who, purpose, err := w.LookUpLink(t.Context(), link); err != nil || who.ID != invited.ID || purpose != store.InvitationLink {
		t.Errorf("the link is of %+v for %s: %v", who, purpose, err)
	}
	if _, err := w.GetSecrets(t.Context(), invited.Email); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("who is only invited has secrets: %v", err)
	}
	if _, err := w.SignIn(t.Context(), invited.ID, store.ByPassword, firefox, nil); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("who is only invited signs in: %v", err)
	}
	w.untouched("the same e-mail in other letters", func() {
		_, _, err := w.InviteStaff(t.Context(), admin, store.NewStaff{Email: "DANA@arcadia.test", Name: "Other", Roles: access.Viewer}, "")
		problems(t, err, "email")
	})
}

func TestInviteStaffProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := staffFields("dana", access.Viewer)
	for name, c := range map[string]struct {
		edit   func(*store.NewStaff)
		fields []string
	}{
		"nothing":          {func(n *store.NewStaff) { *n = store.NewStaff{} }, []string{"email", "name", "roles"}},
		"no role":          {func(n *store.NewStaff) { n.Roles = 0 }, []string{"roles"}},
		"no name":          {func(n *store.NewStaff) { n.Name = " \t\n" }, []string{"name"}},
		"a long name":      {func(n *store.NewStaff) { n.Name = strings.Repeat("ä", 201) }, []string{"name"}},
		"no at sign":       {func(n *store.NewStaff) { n.Email = "dana" }, []string{"email"}},
		"a long e-mail":    {func(n *store.NewStaff) { n.Email = strings.Repeat("a", 250) + "@b.test" }, []string{"email"}},
		"two e-mails":      {func(n *store.NewStaff) { n.Email = "a@b.test, c@d.test" }, []string{"email"}},
		"NUL in the email": {func(n *store.NewStaff) { n.Email = "a\x00@b.test" }, []string{"email"}},
	} {
		n := good
		c.edit(&n)
		w.untouched(name, func() {
			_, _, err := w.InviteStaff(t.Context(), admin, n, "")
			problems(t, err, c.fields...)
		})
	}
	w.untouched("broken letters", func() {
		n := good
		n.Name = "D\xffna"
		if _, _, err := w.InviteStaff(t.Context(), admin, n, ""); !errors.Is(err, store.ErrInput) {
			t.Errorf("broken letters: %v, want ErrInput", err)
		}
	})
	w.untouched("no actor", func() {
		if _, _, err := w.InviteStaff(t.Context(), access.Actor{}, good, ""); !errors.Is(err, access.ErrNoActor) {
			t.Errorf("%v", err)
		}
	})
	// Letters whose small form differs from place to place must not be an error of the database.
	for _, email := range []string{"İpek@arcadia.test", "STRAßE@arcadia.test", "ΣΑΣ@arcadia.test", "Kelvin@arcadia.test"} {
		_, _, err := w.InviteStaff(t.Context(), admin, store.NewStaff{Email: email, Name: "N", Roles: access.Viewer}, "")
		if err != nil {
			problems(t, err, "email")
		} else if _, err := w.FindStaff(t.Context(), email); err != nil {
			t.Errorf("%s is not found again: %v", email, err)
		}
	}
}

func TestListStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if has, err := w.HasStaff(t.Context()); err != nil || has {
		t.Errorf("a fresh console has staff: %v", err)
	}
	boss, link := w.invite("zoe", access.Admin)
	if has, err := w.HasStaff(t.Context()); err != nil || has {
		t.Errorf("who is only invited can let nobody in: %v", err)
	}
	if _, err := w.UseLink(t.Context(), link, "hash", firefox); err != nil {
		t.Fatal(err)
	}
	if has, err := w.HasStaff(t.Context()); err != nil || !has {
		t.Errorf("there is an admin: %v", err)
	}
	w.invite("adam", access.Viewer)
	w.signIn(boss)
	w.exec(`UPDATE sessions SET seen_at = now() - interval '31 minutes' WHERE id = (SELECT min(id::text)::uuid FROM sessions)`)
	list, err := w.ListStaff(t.Context())
	if err != nil || len(list) != 2 || list[0].Name != "Adam" || list[1].Name != "Zoe" {
		t.Fatalf("%+v %v", list, err)
	}
	if z := list[1]; z.Sessions != 1 || !z.HasPassword || z.HasTOTP || z.Passkeys != 0 || !z.LastSignInAt.Valid {
		t.Errorf("%+v, want one live session of the two", z)
	}
	if _, err := w.GetStaff(t.Context(), uuid.New()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

// A change of rights holds at once and ends what was begun under the old ones.
func TestChangeOfRightsEndsSessions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*store.StaffChange)
		ends bool
	}{
		"name":        {func(c *store.StaffChange) { c.Name = "Another Name" }, false},
		"more roles":  {func(c *store.StaffChange) { c.Roles |= access.Operator }, true},
		"fewer roles": {func(c *store.StaffChange) { c.Roles = access.Viewer }, true},
		"disabled":    {func(c *store.StaffChange) { c.Disabled = true }, true},
		"nothing":     {func(*store.StaffChange) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, boss := w.hire("boss", access.Admin)
			p, first := w.hire("dana", access.Support|access.Viewer)
			second := w.signIn(p)
			other := openStore(t, w.db.AppDSN, store.Options{Conns: 2}) // another process
			w.changed(p, c.edit)
			if c.ends {
				w.dead(name, first, second)
				if _, err := other.LookUpSession(t.Context(), second); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("in another process: %v", err)
				}
			} else {
				w.alive(name, first, second)
			}
			w.alive("of somebody else", boss)
		})
	}
}

func TestRightsAreReadAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, token := w.hire("dana", access.Support)
	w.exec(`UPDATE staff SET roles = 'viewer' WHERE id = '` + p.ID.String() + `'`)
	if got := w.session(token); got.Roles() != access.Viewer || got.Actor().Can(access.EditRecords) {
		t.Errorf("still %s", got.RolesText)
	}
	w.exec(`UPDATE staff SET status = 'disabled' WHERE id = '` + p.ID.String() + `'`)
	w.dead("disabled by hand", token)
}

func TestDisableAndEnable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _ := w.hire("dana", access.Support)
	reset, err := w.MakeLink(t.Context(), admin, p.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	if p = w.changed(p, func(c *store.StaffChange) { c.Disabled = true }); p.Status != store.StaffDisabled {
		t.Fatalf("%+v", p)
	}
	if _, err := w.GetSecrets(t.Context(), p.Email); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("who is disabled has secrets: %v", err)
	}
	if _, err := w.SignIn(t.Context(), p.ID, store.ByPasskey, firefox, nil); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("who is disabled signs in: %v", err)
	}
	if p = w.changed(p, func(c *store.StaffChange) { c.Disabled = false }); p.Status != store.StaffActive {
		t.Errorf("enabled again: %+v", p)
	}
	if _, _, err := w.LookUpLink(t.Context(), reset); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a link from before works again: %v", err)
	}
	w.signIn(p)
	q, _ := w.invite("eli", access.Viewer)
	w.changed(q, func(c *store.StaffChange) { c.Disabled = true })
	if q = w.changed(q, func(c *store.StaffChange) { c.Disabled = false }); q.Status != store.StaffInvited {
		t.Errorf("who never had a password is active: %+v", q)
	}
}

func TestChangeStaffRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire("boss", access.Admin)
	p, token := w.hire("dana", access.Support)
	old := change(p)
	old.Roles = access.Viewer
	w.changed(p, func(c *store.StaffChange) { c.Name = "Dana Reyes-Holt" })
	for name, c := range map[string]struct {
		actor access.Actor
		edit  func(*store.StaffChange)
		want  error
	}{
		"stale":    {admin, func(*store.StaffChange) {}, store.ErrStale},
		"nobody":   {admin, func(c *store.StaffChange) { c.ID = uuid.New() }, store.ErrNotFound},
		"no actor": {access.Actor{}, func(*store.StaffChange) {}, access.ErrNoActor},
	} {
		w.untouched(name, func() {
			change := old
			c.edit(&change)
			if err := w.ChangeStaff(t.Context(), c.actor, change, ""); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		})
	}
	w.untouched("wrong fields", func() {
		c := change(w.staff(p.ID))
		c.Name, c.Roles = "", 0
		problems(t, w.ChangeStaff(t.Context(), admin, c, ""), "name", "roles")
	})
	w.alive("after refusals", token)
}

func TestLastAdminStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss, token := w.hire("boss", access.Admin|access.Billing)
	other, _ := w.invite("other", access.Admin) // cannot let anybody in yet
	retired, _ := w.hire("retired", access.Admin)
	w.changed(retired, func(c *store.StaffChange) { c.Disabled = true })
	for name, edit := range map[string]func(*store.StaffChange){
		"demoted":  func(c *store.StaffChange) { c.Roles = access.Billing },
		"disabled": func(c *store.StaffChange) { c.Disabled = true },
	} {
		w.untouched(name, func() {
			c := change(w.staff(boss.ID))
			edit(&c)
			if err := w.ChangeStaff(t.Context(), boss.Actor(), c, ""); !errors.Is(err, store.ErrLastAdmin) {
				t.Errorf("%s: %v, want ErrLastAdmin", name, err)
			}
		})
	}
	w.alive("the last admin", token)
	w.changed(boss, func(c *store.StaffChange) { c.Roles = access.Admin })
	w.changed(other, func(c *store.StaffChange) { c.Disabled = true })
	w.changed(retired, func(c *store.StaffChange) { c.Disabled = false })
	w.changed(boss, func(c *store.StaffChange) { c.Roles = access.Viewer })
}

// Before anybody has used a link, the command line corrects what it mistyped.
func TestChangeBeforeTheFirstAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _ := w.invite("dana", access.Viewer)
	if p = w.changed(p, func(c *store.StaffChange) { c.Roles = access.Admin }); p.Roles() != access.Admin {
		t.Errorf("%+v", p)
	}
	w.changed(p, func(c *store.StaffChange) { c.Disabled = true })
}

func TestTwoAdminsDemoteEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	a, _ := w.hire("ada", access.Admin)
	b, _ := w.hire("bob", access.Admin)
	processes := []*store.Store{openStore(t, w.db.AppDSN, store.Options{Conns: 2}), openStore(t, w.db.AppDSN, store.Options{Conns: 2})}
	for round := range 30 {
		a, b = w.staff(a.ID), w.staff(b.ID)
		attempts := []struct {
			by     access.Actor
			change store.StaffChange
		}{{a.Actor(), change(b)}, {b.Actor(), change(a)}}
		errs := make([]error, 2)
		var all sync.WaitGroup
		for i, attempt := range attempts {
			all.Go(func() {
				if c := attempt.change; round%2 == 0 {
					c.Roles = access.Viewer
					errs[i] = processes[i].ChangeStaff(t.Context(), attempt.by, c, "")
				} else {
					c.Disabled = true
					errs[i] = processes[i].ChangeStaff(t.Context(), attempt.by, c, "")
				}
			})
		}
		all.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), store.ErrLastAdmin) {
			t.Fatalf("round %d: %v", round, errs)
		}
		w.changed([]store.Staff{b, a}[slices.Index(errs, nil)], func(c *store.StaffChange) { c.Roles, c.Disabled = access.Admin, false })
	}
}

// Two admins change one person from the same page: the second is told so.
func TestTwoChangesOfOnePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	w.hire("boss", access.Admin)
	p, _ := w.hire("dana", access.Viewer)
	for range 20 {
		p = w.staff(p.ID)
		errs := make([]error, 2)
		var all sync.WaitGroup
		for i, roles := range []access.Roles{access.Support | p.Roles()&access.Admin, access.Billing} {
			c := change(p)
			c.Roles, c.Name = roles, uuid.NewString()
			all.Go(func() { errs[i] = w.ChangeStaff(t.Context(), admin, c, "") })
		}
		all.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), store.ErrStale) {
			t.Fatalf("%v", errs)
		}
	}
}
