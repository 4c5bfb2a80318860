package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

// integration makes one with the name and the roles.
func (w *world) integration(name string, roles access.Roles) store.Integration {
	w.t.Helper()
	id, err := w.CreateIntegration(w.t.Context(), admin, store.NewIntegration{Name: name, Roles: roles}, "192.0.2.1")
	if err != nil {
		w.t.Fatal(err)
	}
	return w.integrated(id)
}

func (w *world) integrated(id uuid.UUID) store.Integration {
	w.t.Helper()
	i, err := w.GetIntegration(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

// apiToken makes a token that works for a month.
func (w *world) apiToken(i store.Integration) store.APIToken {
	w.t.Helper()
	token, err := w.MakeToken(w.t.Context(), admin, w.wantedToken(i), "192.0.2.1")
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

func (w *world) wantedToken(i store.Integration) store.NewIntegrationToken {
	return store.NewIntegrationToken{IntegrationID: i.ID, Label: "CI", Ends: time.Now().AddDate(0, 0, 30), Key: uuid.NewString()}
}

// tokenRow is a token as it is listed.
func (w *world) tokenRow(i store.Integration, token store.APIToken) store.IntegrationToken {
	w.t.Helper()
	list, err := w.ListIntegrationTokens(w.t.Context(), i.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, row := range list {
		if row.Code == token.Code() {
			return row
		}
	}
	w.t.Fatalf("%s is not listed", token.Code())
	return store.IntegrationToken{}
}

func TestCreateIntegration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, err := w.CreateIntegration(t.Context(), admin,
		store.NewIntegration{Name: " Billing  Bridge ", Description: "Moves what\nwas not paid", Roles: access.Billing | access.Viewer}, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	i := w.integrated(id)
	if i.Name != "Billing Bridge" || i.Slug != "billing-bridge" || i.Description != "Moves what was not paid" || i.RolesText != "viewer,billing" ||
		i.Status != store.IntegrationActive || i.Tokens != 0 || i.EndsSoonest.Valid || i.EditVersion != 1 {
		t.Errorf("%+v", i)
	}
	if got := w.newest("concat_ws(' ', kind, object_kind, object_name, actor, address)"); got != "integration_created integration Billing Bridge admin@arcadia.test 192.0.2.1" {
		t.Errorf("recorded as %q", got)
	}
	good := store.NewIntegration{Name: "Other", Roles: access.Support}
	for name, c := range map[string]struct {
		edit   func(*store.NewIntegration)
		fields []string
	}{
		"nothing":              {func(n *store.NewIntegration) { *n = store.NewIntegration{} }, []string{"name", "roles"}},
		"a name that is taken": {func(n *store.NewIntegration) { n.Name = "billing bridge!" }, []string{"name"}},
		"a name without a letter that makes a slug": {func(n *store.NewIntegration) { n.Name = "!?" }, []string{"name"}},
		"a long name":        {func(n *store.NewIntegration) { n.Name = strings.Repeat("x", 101) }, []string{"name"}},
		"a long description": {func(n *store.NewIntegration) { n.Description = strings.Repeat("x", 501) }, []string{"description"}},
		"admin":              {func(n *store.NewIntegration) { n.Roles = access.Admin }, []string{"roles"}},
		"admin among others": {func(n *store.NewIntegration) { n.Roles |= access.Admin }, []string{"roles"}},
	} {
		n := good
		c.edit(&n)
		w.untouched(name, func() {
			_, err := w.CreateIntegration(t.Context(), admin, n, "")
			problems(t, err, c.fields...)
		})
	}
	w.untouched("no actor", func() {
		if _, err := w.CreateIntegration(t.Context(), access.Actor{}, good, ""); !errors.Is(err, access.ErrNoActor) {
			t.Errorf("%v", err)
		}
	})
}

func TestChangeIntegration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.integration("Bridge", access.Support)
	token := w.apiToken(i)
	change := store.IntegrationChange{ID: i.ID, EditVersion: 1, NewIntegration: store.NewIntegration{Name: "The bridge", Roles: access.Billing}}
	if err := w.ChangeIntegration(t.Context(), admin, change, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	if got := w.integrated(i.ID); got.Name != "The bridge" || got.Slug != "bridge" || got.RolesText != "billing" || got.EditVersion != 2 {
		t.Errorf("%+v", got)
	}
	if got := w.newest("kind || changes"); !strings.Contains(got, `"to": "billing", "from": "support", "field": "roles"`) || !strings.HasPrefix(got, "integration_changed") {
		t.Errorf("recorded as %s", got)
	}
	caller, err := w.Authenticate(t.Context(), token.String(), "192.0.2.9")
	if err != nil || caller.Roles() != access.Billing || caller.Name != "The bridge" || caller.Slug != "bridge" {
		t.Errorf("the change does not hold for the token: %+v %v", caller, err)
	}
	w.untouched("the same once more", func() {
		if err := w.ChangeIntegration(t.Context(), admin, change, ""); err != nil {
			t.Errorf("nothing to change is %v", err)
		}
	})
	change.Name = "Another"
	w.untouched("a stale change", func() {
		if err := w.ChangeIntegration(t.Context(), admin, change, ""); !errors.Is(err, store.ErrStale) {
			t.Errorf("%v, want ErrStale", err)
		}
	})
	change.ID = uuid.New()
	if err := w.ChangeIntegration(t.Context(), admin, change, ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v, want ErrNotFound", err)
	}
}

func TestListIntegrations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.integration("Zebra", access.Support), w.integration("Apple", access.Viewer)
	w.integration("Mango", access.Viewer)
	if err := w.ChangeIntegration(t.Context(), admin, store.IntegrationChange{
		ID: b.ID, EditVersion: 1, NewIntegration: store.NewIntegration{Name: b.Name, Roles: b.Roles()}, Disabled: true,
	}, ""); err != nil {
		t.Fatal(err)
	}
	soon, later := w.wantedToken(a), w.wantedToken(a)
	soon.Ends, later.Ends = time.Now().Add(48*time.Hour), time.Now().AddDate(1, 0, 0)
	for _, n := range []store.NewIntegrationToken{soon, later} {
		if _, err := w.MakeToken(t.Context(), admin, n, ""); err != nil {
			t.Fatal(err)
		}
	}
	ended := w.apiToken(a)
	if err := w.RevokeToken(t.Context(), admin, a.ID, w.tokenRow(a, ended).ID, ""); err != nil {
		t.Fatal(err)
	}
	list, err := w.ListIntegrations(t.Context())
	if err != nil || len(list) != 3 || list[0].Name != "Mango" || list[1].Name != "Zebra" || list[2].Name != "Apple" {
		t.Fatalf("%+v %v", list, err)
	}
	if z := list[1]; z.Tokens != 2 || z.EndsSoonest.Time.Sub(soon.Ends).Abs() > time.Second {
		t.Errorf("%d tokens, the first ends %v", z.Tokens, z.EndsSoonest)
	}
}
