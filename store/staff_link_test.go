package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

func TestInvitationIsUsedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	invited, link := w.invite("dana", access.Support)
	for range 2 { // looking does not use it
		if _, _, err := w.LookUpLink(t.Context(), link); err != nil {
			t.Fatal(err)
		}
	}
	token, err := w.UseLink(t.Context(), link, "hash", firefox)
	if err != nil {
		t.Fatal(err)
	}
	s := w.session(token)
	if s.Staff.ID != invited.ID || s.Status != store.StaffActive || s.Method != store.ByLink || s.Device != firefox.Device ||
		s.Address != firefox.Address || !s.Fresh() || !s.LastSignInAt.Valid || token == link {
		t.Errorf("%+v", s)
	}
	if secrets, err := w.GetSecrets(t.Context(), "DANA@arcadia.test "); err != nil || secrets.PasswordHash != "hash" || secrets.StaffID != invited.ID {
		t.Errorf("%+v %v", secrets, err)
	}
	w.untouched("the same link again", func() {
		if _, err := w.UseLink(t.Context(), link, "other", firefox); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v, want ErrNotFound", err)
		}
	})
	if _, _, err := w.LookUpLink(t.Context(), link); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a used link is still there: %v", err)
	}
	w.dead("a link's token is no session's", link)
}

func TestLinkUsedByManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	_, link := w.invite("dana", access.Support)
	var used atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			switch _, err := w.UseLink(t.Context(), link, "hash", firefox); {
			case err == nil:
				used.Add(1)
			case !errors.Is(err, store.ErrNotFound):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if used.Load() != 1 || w.value(`SELECT count(*) FROM sessions`) != "1" {
		t.Errorf("used %d times", used.Load())
	}
}

func TestDeadLinks(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(*world, store.Staff){
		"too old": func(w *world, _ store.Staff) { w.exec(`UPDATE staff_links SET expires_at = now()`) },
		"a newer one was made": func(w *world, p store.Staff) {
			if _, err := w.MakeLink(w.t.Context(), admin, p.ID, ""); err != nil {
				w.t.Fatal(err)
			}
		},
		"disabled":         func(w *world, p store.Staff) { w.changed(p, func(c *store.StaffChange) { c.Disabled = true }) },
		"disabled by hand": func(w *world, _ store.Staff) { w.exec(`UPDATE staff SET status = 'disabled'`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			invited, link := w.invite("dana", access.Support)
			kill(w, invited)
			w.untouched(name, func() {
				if _, _, err := w.LookUpLink(t.Context(), link); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("looked up: %v", err)
				}
				if _, err := w.UseLink(t.Context(), link, "hash", firefox); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("used: %v", err)
				}
			})
		})
	}
}

func TestLinkLasts72Hours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("dana", access.Support)
	if got := w.value(`SELECT round(extract(epoch FROM expires_at - inserted_at) / 60) FROM staff_links`); got != "4320" {
		t.Errorf("%s minutes, want 72 hours", got)
	}
}

// A way back in takes everything away that a thief could have.
func TestResetLinkClearsTheOldCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, first := w.hire("dana", access.Support)
	other, others := w.hire("eli", access.Support)
	for _, someone := range []store.Staff{p, other} {
		if err := w.SetTOTP(t.Context(), someone, "SECRET", []string{"AAAAA-AAAAA"}, ""); err != nil {
			t.Fatal(err)
		}
		w.passkey(someone, "key of "+someone.Name)
	}
	link, err := w.MakeLink(t.Context(), admin, p.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	w.alive("until the link is used, nothing changes", first)
	if _, purpose, err := w.LookUpLink(t.Context(), link); err != nil || purpose != store.ResetLink {
		t.Errorf("for %s: %v", purpose, err)
	}
	token, err := w.UseLink(t.Context(), link, "new hash", firefox)
	if err != nil {
		t.Fatal(err)
	}
	w.dead("earlier session", first)
	w.alive("the new one, and that of somebody else", token, others)
	p, other = w.staff(p.ID), w.staff(other.ID)
	if p.HasTOTP || p.Passkeys != 0 || p.Sessions != 1 || !p.HasPassword || p.EditVersion != 3 {
		t.Errorf("%+v", p)
	}
	if !other.HasTOTP || other.Passkeys != 1 {
		t.Errorf("somebody else lost something: %+v", other)
	}
	if used, err := w.UseRecoveryCode(t.Context(), p.ID, "AAAAA-AAAAA", ""); used || err != nil {
		t.Errorf("an old recovery code works: %v", err)
	}
}

func TestMakeLinkRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _ := w.invite("dana", access.Viewer)
	w.untouched("refused links", func() {
		if _, err := w.MakeLink(t.Context(), admin, uuid.New(), ""); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("for nobody: %v", err)
		}
		if _, err := w.MakeLink(t.Context(), access.Actor{}, p.ID, ""); !errors.Is(err, access.ErrNoActor) {
			t.Errorf("by nobody: %v", err)
		}
	})
}

func TestManyLinksAtOnceLeaveOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	p, _ := w.invite("dana", access.Viewer)
	links := make([]store.Token, 12)
	var all sync.WaitGroup
	for i := range links {
		all.Go(func() {
			var err error
			if links[i], err = w.MakeLink(t.Context(), admin, p.ID, ""); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	works := 0
	for _, link := range links {
		if _, _, err := w.LookUpLink(t.Context(), link); err == nil {
			works++
		}
	}
	if works != 1 {
		t.Errorf("%d links work, want the newest alone", works)
	}
}

// Whoever is being disabled right now does not slip in.
func TestDisabledWhileComingIn(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(*store.Store, store.Staff, store.Token) error{
		"by a link": func(s *store.Store, _ store.Staff, link store.Token) error {
			_, err := s.UseLink(t.Context(), link, "hash", firefox)
			return err
		},
		"by a password": func(s *store.Store, p store.Staff, _ store.Token) error {
			_, err := s.SignIn(t.Context(), p.ID, store.ByPassword, firefox, nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p, _ := w.hire("dana", access.Support)
			link, err := w.MakeLink(t.Context(), admin, p.ID, "")
			if err != nil {
				t.Fatal(err)
			}
			before := w.value(`SELECT count(*) FROM sessions`)
			err = w.overtaken(`UPDATE staff SET status = 'disabled'`, func(s *store.Store) error { return act(s, p, link) })
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%v, want ErrNotFound", err)
			}
			if w.staff(p.ID).Status != store.StaffDisabled || w.value(`SELECT count(*) FROM sessions`) != before {
				t.Error("who was disabled is in again")
			}
		})
	}
}
