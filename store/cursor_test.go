package store_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// badPlaces are cursors that no page ever named.
var badPlaces = []string{
	"x", "=", "AAAA", "%", "a b", "-", "\x00", "é", strings.Repeat("A", 4000),
	place("", ""), place("2026-01-01T00:00:00.000000Z", ""), place("", uuid.NewString()), place("yesterday", uuid.NewString()),
	place("2026-01-01T00:00:00.000000Z", "1"), place("2026-01-01T00:00:00.000000Z", "' OR true --"),
	place("a\x00b", uuid.NewString()), place("a\xffb", uuid.NewString()), place("99999-01-01T00:00:00.000000Z", uuid.NewString()),
	place("0000-01-01T00:00:00.000000Z", uuid.NewString()), place("-infinity", uuid.NewString()),
	place("2026-13-41T00:00:00.000000Z", uuid.NewString()), place("2026-01-01T00:00:00.000000Z", uuid.NewString()+"\n"),
}

func place(key, tie string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(key + "\n" + tie))
}

// A bad cursor is told apart from a failure: it is ErrCursor, never the database's complaint.
func TestBadCursors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenantID := w.tenant("t")
	w.deployment(tenantID, "d")
	for _, at := range badPlaces {
		for _, page := range []store.Page{{After: at}, {Before: at}, {After: at, Before: at}} {
			w.tryPlace(page)
			if _, err := w.ListDeployments(t.Context(), store.DeploymentFilter{Page: page}); !errors.Is(err, store.ErrCursor) {
				t.Errorf("%q: %v", at, err)
			}
		}
	}
}

// tryPlace reads every list from there: each answers, or says that there is no such place.
func (w *world) tryPlace(page store.Page) {
	w.t.Helper()
	for _, sort := range store.DeploymentSorts {
		for _, f := range []store.DeploymentFilter{{}, {States: []lifecycle.State{lifecycle.Paused}}, {Search: "d"}} {
			f.Sort, f.Page = sort, page
			if _, err := w.ListDeployments(w.t.Context(), f); err != nil && !errors.Is(err, store.ErrCursor) {
				w.t.Errorf("%+v: %v", f, err)
			}
		}
	}
	for _, sort := range store.TenantSorts {
		if _, err := w.ListTenants(w.t.Context(), store.TenantFilter{Sort: sort, Page: page}); err != nil && !errors.Is(err, store.ErrCursor) {
			w.t.Errorf("tenants by %s at %+v: %v", sort, page, err)
		}
	}
	for what, read := range map[string]func() error{
		"deployment": func() error { _, err := w.GetDeploymentTimeline(w.t.Context(), uuid.New(), page.After); return err },
		"tenant":     func() error { _, err := w.GetTenantTimeline(w.t.Context(), uuid.New(), page.After); return err },
	} {
		if err := read(); err != nil && !errors.Is(err, store.ErrCursor) {
			w.t.Errorf("timeline of a %s at %+v: %v", what, page, err)
		}
	}
}

// FuzzCursor reads every list from any place.
func FuzzCursor(f *testing.F) {
	for _, at := range badPlaces {
		f.Add(at, true)
		raw, err := base64.RawURLEncoding.DecodeString(at)
		if err == nil && utf8.Valid(raw) {
			f.Add(string(raw), false)
		}
	}
	f.Add(place("2026-01-01T00:00:00.000000Z", uuid.NewString()), true)
	f.Add(place("shop", uuid.NewString()), true)
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, at string, encoded bool) {
		if !encoded {
			at = base64.RawURLEncoding.EncodeToString([]byte(at))
		}
		one := &world{Store: w.Store, t: t}
		one.tryPlace(store.Page{After: at})
		one.tryPlace(store.Page{Before: at})
	})
}
