package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

func TestPreferences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, token := w.hire("dana", access.Viewer)
	want := store.Preferences{TimeZone: "Europe/Lisbon", Theme: "dark", Density: "compact"}
	if err := w.SetPreferences(t.Context(), p.ID, want); err != nil {
		t.Fatal(err)
	}
	s := w.session(token)
	if s.TimeZone != want.TimeZone || s.Theme != want.Theme || s.Density != want.Density || s.Zone().String() != want.TimeZone {
		t.Errorf("%+v", s.Staff)
	}
	if s.EditVersion != p.EditVersion {
		t.Error("an admin's form went stale by a person's own preferences")
	}
	w.untouched("the same once more", func() {
		if err := w.SetPreferences(t.Context(), p.ID, want); err != nil {
			t.Error(err)
		}
	})
	w.untouched("what does not exist", func() {
		for _, zone := range []string{"", "Local", "Europe/Atlantis", "../../etc/passwd", "/etc/localtime", "UTC\x00"} {
			problems(t, w.SetPreferences(t.Context(), p.ID, store.Preferences{TimeZone: zone, Theme: "dark", Density: "compact"}), "time_zone")
		}
		problems(t, w.SetPreferences(t.Context(), p.ID, store.Preferences{TimeZone: "UTC", Theme: "pink"}), "theme", "density")
		if err := w.SetPreferences(t.Context(), uuid.New(), want); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
	})
	if zone := (store.Staff{TimeZone: "Europe/Atlantis"}).Zone(); zone != time.UTC {
		t.Errorf("a zone that is gone is %s, want UTC", zone)
	}
	if roles := (store.Staff{RolesText: "admin,emperor"}).Roles(); roles != 0 {
		t.Errorf("unknown words grant %s", roles)
	}
}
