package access_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"arcadia.example/console/access"
)

// held is who holds what, as the description of the domain has it; admin holds everything.
var held = map[access.Permission]string{
	access.Read:            "viewer support billing operator",
	access.WriteNotes:      "support billing operator", // viewers only read
	access.EditRecords:     "support billing",
	access.MoveDeployments: "viewer support billing operator", // decided edge by edge
	access.MoveAccounts:    "viewer support billing operator", // decided action by action
	access.Import:          "",
	access.OwnSettings:     "viewer support billing operator",
	access.ManageStaff:     "",
	access.ReadActivity:    "viewer support billing operator",
	access.StartRuns:       "support",
	access.OperateRuns:     "support operator", // decided run by run

	access.ManageIntegrations: "",
}

func TestPermissionsOfEverySetOfRoles(t *testing.T) {
	t.Parallel()
	for roles := range access.Roles(32) {
		for permission, who := range held {
			want := roles.Has(access.Admin)
			for _, name := range strings.Fields(who) {
				want = want || slices.Contains(roles.Names(), name)
			}
			actor := access.Actor{Kind: access.Staff, ID: "a", Name: "A", Roles: roles}
			if got := actor.Can(permission); got != want {
				t.Errorf("%q may %s: %t", roles, permission, got)
			}
		}
	}
}

// Who has no role, or is not signed in, gets what anyone gets and nothing else.
func TestWithoutRoles(t *testing.T) {
	t.Parallel()
	for _, actor := range []access.Actor{{}, {Kind: access.Staff, ID: "a", Name: "A"}} {
		if !actor.Can(access.Anyone) {
			t.Error("anyone is everybody")
		}
		for permission := range held {
			if actor.Can(permission) {
				t.Errorf("nobody may %s", permission)
			}
		}
	}
	if !access.Anyone.Known() || access.Anyone.Needs() != 0 {
		t.Error("anyone is known and needs nothing")
	}
}

func TestUnknownPermission(t *testing.T) {
	t.Parallel()
	for _, p := range []access.Permission{"", "fly"} {
		if p.Known() || p.Needs() != 0 || (access.Actor{Roles: 31}).Can(p) {
			t.Errorf("%q is known or held", p)
		}
	}
	for p := range held {
		if !p.Known() {
			t.Errorf("%q is not known", p)
		}
	}
}

func TestRolesRoundTrip(t *testing.T) {
	t.Parallel()
	for roles := range access.Roles(32) {
		got, err := access.ParseRoles(roles.String())
		if err != nil || got != roles {
			t.Errorf("%q is read as %q: %v", roles, got, err)
		}
	}
}

func TestParseRoles(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]access.Roles{
		"": 0, " , ": 0, "billing": access.Billing, " support , billing ": access.Support | access.Billing, "admin,admin": access.Admin,
	} {
		if got, err := access.ParseRoles(text); err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"Admin", "admln", "support billing", "viewer;admin"} {
		if got, err := access.ParseRoles(text); err == nil || got != 0 {
			t.Errorf("%q: %q, want an error and no role", text, got)
		}
	}
}

func TestRolesInWords(t *testing.T) {
	t.Parallel()
	for roles, want := range map[access.Roles]string{
		0: "", access.Viewer: "Viewer", access.Support | access.Billing: "Support or Billing",
		access.Billing | access.Viewer | access.Admin: "Viewer, Billing or Admin",
	} {
		if got := roles.Label("or"); got != want {
			t.Errorf("%s: %q, want %q", roles, got, want)
		}
	}
	if !access.Admin.May(access.Billing) || access.Viewer.May(access.Billing) || !access.Admin.May(0) || access.Operator.May(0) {
		t.Error("admin may all of it, and alone what no role is named for")
	}
}

func TestActorValidate(t *testing.T) {
	t.Parallel()
	for _, kind := range []access.Kind{access.Staff, access.API, access.System, access.Policy} {
		if err := (access.Actor{Kind: kind, ID: "id", Name: "Name"}).Validate(); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	for name, actor := range map[string]access.Actor{
		"nobody": {}, "no kind": {ID: "id", Name: "Name"}, "unknown kind": {Kind: "cat", ID: "id", Name: "Name"},
		"no ID": {Kind: access.Staff, Name: "Name"}, "no name": {Kind: access.Staff, ID: "id"},
	} {
		if err := actor.Validate(); !errors.Is(err, access.ErrNoActor) {
			t.Errorf("%s: %v, want ErrNoActor", name, err)
		}
	}
}

func TestActorLabel(t *testing.T) {
	t.Parallel()
	for want, actor := range map[string]access.Actor{
		"Billing":             {Kind: access.Staff, Roles: access.Billing},
		"Support and Billing": {Kind: access.Staff, Roles: access.Support | access.Billing},
		"":                    {Kind: access.Staff},
		"API":                 {Kind: access.API, Roles: access.Billing},
		"System":              {Kind: access.System},
		"Policy":              {Kind: access.Policy},
	} {
		if got := actor.Label(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
