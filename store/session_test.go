package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, first := w.hire("dana", access.Support|access.Billing)
	token, err := w.SignIn(t.Context(), p.ID, store.ByPasskey, store.Browser{Device: "Safari on iPhone", Address: "198.51.100.4"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := w.session(token)
	if s.Staff.ID != p.ID || s.Method != store.ByPasskey || s.Device != "Safari on iPhone" || s.Address != "198.51.100.4" || !s.Fresh() ||
		s.Roles() != p.Roles() || s.Staff.Sessions != 2 || s.ReadAt.Sub(s.SignedInAt) > time.Minute {
		t.Errorf("%+v", s)
	}
	w.alive("the session before, of another browser", first)
	if _, err := w.SignIn(t.Context(), uuid.New(), store.ByPasskey, firefox, nil); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	w.dead("made up", store.NewToken(), store.Token{})
}

// A cookie that was planted before the sign-in is worth nothing after it.
func TestSignInIsUnderANewToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, old := w.hire("dana", access.Support)
	planted := store.NewToken()
	for _, before := range []store.Token{old, planted} {
		token, err := w.SignIn(t.Context(), p.ID, store.ByPassword, firefox, &before)
		if err != nil {
			t.Fatal(err)
		}
		if token == before {
			t.Error("the token stayed the same")
		}
		w.dead("the token before", before)
		w.alive("the new token", token)
	}
}

func TestStepUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, token := w.hire("dana", access.Support)
	w.exec(`UPDATE sessions SET stepped_up_at = now() - interval '10 minutes', signed_in_at = now() - interval '3 hours'`)
	before := w.session(token)
	if before.Fresh() {
		t.Error("ten minutes are still fresh")
	}
	next, err := w.StepUp(t.Context(), before, token, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	w.dead("the token before", token)
	after := w.session(next)
	if !after.Fresh() || after.ID != before.ID || !after.SignedInAt.Equal(before.SignedInAt) {
		t.Errorf("%+v, want the same session, freshly proved and no longer lived for it", after)
	}
	w.untouched("a step-up of a session that ended", func() {
		if _, err := w.StepUp(t.Context(), before, token, time.Time{}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v, want ErrNotFound", err)
		}
	})
	w.exec(`UPDATE sessions SET stepped_up_at = now() - interval '9 minutes'`)
	if !w.session(next).Fresh() {
		t.Error("not fresh after less than ten minutes")
	}
}

func TestOneOfManyStepUpsWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	_, token := w.hire("dana", access.Support)
	session := w.session(token)
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = w.StepUp(t.Context(), session, token, time.Time{}) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d succeeded with one token", won)
	}
}

func TestSessionsEndByThemselves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, token := w.hire("dana", access.Support)
	for _, c := range []struct {
		what, seen, signedIn string
		lives                bool
	}{
		{"used just now", "0", "0", true},
		{"not used for almost 30 minutes", "29 minutes", "1 hour", true},
		{"not used for 30 minutes", "30 minutes", "1 hour", false},
		{"almost 12 hours old", "0", "11 hours 59 minutes", true},
		{"12 hours old and in use", "0", "12 hours", false},
	} {
		w.exec(`UPDATE sessions SET seen_at = clock_timestamp() - interval '` + c.seen + `', signed_in_at = clock_timestamp() - interval '` + c.signedIn + `'`)
		list, err := w.ListSessions(t.Context(), p.ID)
		if err != nil || (len(list) == 1) != c.lives || (w.staff(p.ID).Sessions == 1) != c.lives {
			t.Errorf("%s: %d in the list, %v", c.what, len(list), err)
		}
		if c.lives {
			w.alive(c.what, token)
		} else {
			w.dead(c.what, token)
			w.dead(c.what+", asked again", token) // asking did not bring it back
		}
	}
}

func TestUseKeepsASessionAlive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, token := w.hire("dana", access.Support)
	ago := func() string {
		return w.value(`SELECT round(extract(epoch FROM clock_timestamp() - seen_at) / 60) FROM sessions`)
	}
	w.exec(`UPDATE sessions SET seen_at = clock_timestamp() - interval '45 seconds'`)
	w.session(token)
	if got := ago(); got == "0" {
		t.Error("each request writes; once a minute is enough")
	}
	w.exec(`UPDATE sessions SET seen_at = clock_timestamp() - interval '29 minutes'`)
	w.session(token)
	if got := ago(); got != "0" {
		t.Errorf("its use is not known, by %s minutes", got)
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, token := w.hire("dana", access.Support)
	other := w.signIn(p)
	session := w.session(token)
	if err := w.SignOut(t.Context(), session, token); err != nil {
		t.Fatal(err)
	}
	w.dead("signed out", token)
	w.alive("in another browser", other)
	w.untouched("signed out twice", func() {
		if err := w.SignOut(t.Context(), session, token); err != nil {
			t.Error(err)
		}
	})
}

func TestEndSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, mine := w.hire("dana", access.Support)
	_, stranger := w.hire("eli", access.Support)
	end := func(session, keep uuid.UUID) error {
		return w.EndSessions(t.Context(), p.Actor(), p.ID, session, keep, "")
	}
	own := w.session(mine).ID
	one, two, three := w.signIn(p), w.signIn(p), w.signIn(p)
	if err := end(w.session(two).ID, own); err != nil {
		t.Error(err)
	}
	w.dead("the one that was named", two)
	w.alive("the others", mine, one, three, stranger)
	w.untouched("sessions that are not to be ended", func() {
		for what, id := range map[string]uuid.UUID{"of somebody else": w.session(stranger).ID, "of nobody": uuid.New()} {
			if err := end(id, own); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("one %s: %v, want ErrNotFound", what, err)
			}
		}
		if err := w.EndSessions(t.Context(), admin, uuid.New(), uuid.Nil, uuid.Nil, ""); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("all of nobody: %v", err)
		}
		if err := w.EndSessions(t.Context(), access.Actor{}, p.ID, uuid.Nil, uuid.Nil, ""); !errors.Is(err, access.ErrNoActor) {
			t.Errorf("by nobody: %v", err)
		}
	})
	if err := end(uuid.Nil, own); err != nil {
		t.Error(err)
	}
	w.dead("all but this one", one, three)
	w.alive("this one", mine, stranger)
	if err := w.EndSessions(t.Context(), admin, p.ID, uuid.Nil, uuid.Nil, ""); err != nil {
		t.Error(err)
	}
	w.dead("all", mine)
	w.alive("of somebody else", stranger)
}

func TestListSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, first := w.hire("dana", access.Support)
	second := w.signIn(p)
	w.hire("eli", access.Support)
	w.exec(`UPDATE sessions SET seen_at = clock_timestamp() - interval '5 minutes' WHERE id = '` + w.session(second).ID.String() + `'`)
	list, err := w.ListSessions(t.Context(), p.ID)
	if err != nil || len(list) != 2 || list[0].ID != w.session(first).ID || list[1].Method != store.ByPassword {
		t.Errorf("%+v %v", list, err)
	}
}

func TestOldSessionsAreClearedAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _ := w.hire("dana", access.Support)
	w.exec(`UPDATE sessions SET seen_at = now() - interval '25 hours'`)
	w.signIn(p)
	if n := w.value(`SELECT count(*) FROM sessions`); n != "1" {
		t.Errorf("%s rows are kept, want 1", n)
	}
}

// The look-up of a session adds one round trip to a page, also when it notes the use.
func TestSessionLookUpIsOneRoundTrip(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, token := w.hire("dana", access.Support)
	meter, dsn := newMeter(t, w.db.AppDSN)
	s := openStore(t, dsn, store.Options{Conns: 1})
	for _, what := range []string{"first", "again", "after two minutes"} {
		if what == "after two minutes" {
			w.exec(`UPDATE sessions SET seen_at = clock_timestamp() - interval '2 minutes'`)
		}
		before := meter.trips.Load()
		if _, err := s.LookUpSession(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if n := meter.trips.Load() - before; n != 1 {
			t.Errorf("%s: %d round trips, want 1", what, n)
		}
	}
}

func TestLimitsOfSessionsAreTheOperators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, token := w.hire("dana", access.Support)
	strict := openStore(t, w.db.AppDSN, store.Options{Conns: 1, SessionIdle: 5 * time.Minute, SessionLife: time.Hour})
	lax := openStore(t, w.db.AppDSN, store.Options{Conns: 1, SessionIdle: 2 * time.Hour, SessionLife: 24 * time.Hour})
	for _, c := range []struct {
		what, change       string
		strict, usual, lax bool
	}{
		{"just used", `UPDATE sessions SET seen_at = now()`, true, true, true},
		{"six minutes ago", `UPDATE sessions SET seen_at = now() - interval '6 minutes'`, false, true, true},
		{"an hour ago", `UPDATE sessions SET seen_at = now() - interval '1 hour'`, false, false, true},
		{"two hours old", `UPDATE sessions SET seen_at = now(), signed_in_at = now() - interval '2 hours'`, false, true, true},
		{"thirteen hours old", `UPDATE sessions SET seen_at = now(), signed_in_at = now() - interval '13 hours'`, false, false, true},
		{"a day old", `UPDATE sessions SET seen_at = now(), signed_in_at = now() - interval '24 hours'`, false, false, false},
	} {
		for i, s := range []*store.Store{strict, w.Store, lax} {
			w.exec(c.change) // a look-up notes that the session is in use
			_, err := s.LookUpSession(t.Context(), token)
			if want := []bool{c.strict, c.usual, c.lax}[i]; (err == nil) != want {
				t.Errorf("%s, store %d: %v, want it to live: %t", c.what, i, err, want)
			}
		}
	}
	if strict.SessionLife() != time.Hour || w.SessionLife() != 12*time.Hour {
		t.Errorf("cookies live %s and %s", strict.SessionLife(), w.SessionLife())
	}
}
