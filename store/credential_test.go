package store_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

// passkey gives somebody a passkey and returns its ID.
func (w *world) passkey(p store.Staff, label string) []byte {
	w.t.Helper()
	id := []byte("id of " + label)
	err := w.AddPasskey(w.t.Context(), p, store.Passkey{ID: id, Label: label, Credential: []byte(`{"sign": 1}`)}, "192.0.2.7")
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func TestSetPasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, mine := w.hire("dana", access.Support)
	other := w.signIn(p)
	_, stranger := w.hire("eli", access.Support)
	if err := w.SetPassword(t.Context(), p, "new hash", w.session(mine).ID, ""); err != nil {
		t.Fatal(err)
	}
	w.dead("under the old password", other)
	w.alive("the one that changed it, and somebody else's", mine, stranger)
	if secrets, err := w.GetSecrets(t.Context(), p.Email); err != nil || secrets.PasswordHash != "new hash" {
		t.Errorf("%+v %v", secrets, err)
	}
	if err := w.SetPassword(t.Context(), p, "newer hash", uuid.Nil, ""); err != nil {
		t.Fatal(err)
	}
	w.dead("with none to keep", mine)
}

func TestGetSecretsOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _ := w.hire("dana", access.Support)
	w.exec(`UPDATE staff SET password_hash = ''`) // came by a passkey or single sign-on
	for _, email := range []string{p.Email, "nobody@arcadia.test", "", "%", "dana_arcadia.test"} {
		if _, err := w.GetSecrets(t.Context(), email); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v, want ErrNotFound", email, err)
		}
	}
}

func TestTOTPStepIsUsedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	p, _ := w.hire("dana", access.Support)
	if err := w.SetTOTP(t.Context(), p, "SECRET", nil, ""); err != nil {
		t.Fatal(err)
	}
	processes := []*store.Store{w.Store, openStore(t, w.db.AppDSN, store.Options{Conns: 4})}
	use := func(step int64) int {
		var used atomic.Int32
		var all sync.WaitGroup
		for i := range 24 {
			all.Go(func() {
				ok, err := processes[i%2].UseTOTPStep(t.Context(), p.ID, step)
				if err != nil {
					t.Error(err)
				}
				if ok {
					used.Add(1)
				}
			})
		}
		all.Wait()
		return int(used.Load())
	}
	for _, c := range []struct {
		step int64
		want int
	}{{100, 1}, {100, 0}, {99, 0}, {101, 1}, {100, 0}} {
		if got := use(c.step); got != c.want {
			t.Errorf("step %d was used %d times, want %d", c.step, got, c.want)
		}
	}
	if ok, err := w.UseTOTPStep(t.Context(), uuid.New(), 100); ok || err != nil {
		t.Errorf("of nobody: %t %v", ok, err)
	}
}

func TestRecoveryCodesAreUsedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	p, _ := w.hire("dana", access.Support)
	q, _ := w.hire("eli", access.Support)
	if err := w.SetTOTP(t.Context(), p, "SECRET", []string{"ABCDE-FGHIJ", "KLMNO-PQRST"}, ""); err != nil {
		t.Fatal(err)
	}
	try := func(id uuid.UUID, code string) int {
		var used atomic.Int32
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() {
				ok, err := w.UseRecoveryCode(t.Context(), id, code, "192.0.2.7")
				if err != nil {
					t.Error(err)
				}
				if ok {
					used.Add(1)
				}
			})
		}
		all.Wait()
		return int(used.Load())
	}
	for _, c := range []struct {
		id   uuid.UUID
		code string
		want int
	}{
		{q.ID, "ABCDE-FGHIJ", 0}, {p.ID, " abcde fghij", 1}, {p.ID, "ABCDE-FGHIJ", 0}, {p.ID, "", 0}, {p.ID, "KLMNO-PQRSS", 0}, {p.ID, "KLMNOPQRST", 1},
	} {
		if got := try(c.id, c.code); got != c.want {
			t.Errorf("%q was used %d times, want %d", c.code, got, c.want)
		}
	}
	if n := slices.Index(w.deeds(), string(store.RecoveryCodeUsed)); n < 0 {
		t.Error("the use left no record")
	}
}

func TestNewRecoveryCodesReplaceTheOld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _ := w.hire("dana", access.Support)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	works := func(code string) bool {
		ok, err := w.UseRecoveryCode(t.Context(), p.ID, code, "")
		must(err)
		return ok
	}
	must(w.SetTOTP(t.Context(), p, "SECRET", []string{"AAAAA-AAAAA", "BBBBB-BBBBB"}, ""))
	must(w.SetRecoveryCodes(t.Context(), p, []string{"CCCCC-CCCCC", "DDDDD-DDDDD"}, ""))
	if works("AAAAA-AAAAA") || !works("CCCCC-CCCCC") {
		t.Error("the old codes work, or the new do not")
	}
	if _, err := w.UseTOTPStep(t.Context(), p.ID, 100); err != nil {
		t.Fatal(err)
	}
	must(w.SetTOTP(t.Context(), p, "", nil, ""))
	if p := w.staff(p.ID); p.HasTOTP || works("DDDDD-DDDDD") {
		t.Errorf("removed, and still there: %+v", p)
	}
	must(w.SetTOTP(t.Context(), p, "OTHER", nil, ""))
	if ok, err := w.UseTOTPStep(t.Context(), p.ID, 99); !ok || err != nil {
		t.Errorf("a new secret starts anew: %v", err)
	}
}

func TestPasskeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _ := w.hire("dana", access.Support)
	q, _ := w.hire("eli", access.Support)
	first, second := w.passkey(p, "Laptop"), w.passkey(p, "Phone")
	strangers := w.passkey(q, "Key ring")
	if err := w.UsePasskey(t.Context(), first, []byte(`{"sign": 2}`)); err != nil {
		t.Fatal(err)
	}
	list, err := w.ListPasskeys(t.Context(), p.ID)
	if err != nil || len(list) != 2 || list[0].Label != "Laptop" || string(list[0].Credential) != `{"sign": 2}` || !list[0].LastUsedAt.Valid ||
		list[1].LastUsedAt.Valid || list[0].StaffID != p.ID {
		t.Errorf("%+v %v", list, err)
	}
	w.untouched("passkeys of others", func() {
		for what, id := range map[string][]byte{"of somebody else": strangers, "of nobody": []byte("none"), "nothing": nil} {
			if err := w.RemovePasskey(t.Context(), p.Actor(), p, id, ""); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, want ErrNotFound", what, err)
			}
		}
		if err := w.UsePasskey(t.Context(), []byte("none"), []byte(`{}`)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("used, of nobody: %v", err)
		}
		if err := w.RemovePasskey(t.Context(), access.Actor{}, p, first, ""); !errors.Is(err, access.ErrNoActor) {
			t.Errorf("by nobody: %v", err)
		}
		// An authenticator that is registered for one person cannot be put under another.
		if err := w.AddPasskey(t.Context(), p, store.Passkey{ID: strangers, Label: "Mine now", Credential: []byte(`{}`)}, ""); err == nil {
			t.Error("somebody took over a passkey")
		}
		for _, label := range []string{"", strings.Repeat("ä", 101)} {
			if err := w.AddPasskey(t.Context(), p, store.Passkey{ID: []byte("new"), Label: label, Credential: []byte(`{}`)}, ""); err == nil {
				t.Errorf("a label of %d bytes", len(label))
			}
		}
	})
	if err := w.RemovePasskey(t.Context(), p.Actor(), p, second, ""); err != nil {
		t.Error(err)
	}
	if p, q := w.staff(p.ID), w.staff(q.ID); p.Passkeys != 1 || q.Passkeys != 1 {
		t.Errorf("%d and %d are left, want one each", p.Passkeys, q.Passkeys)
	}
}
