package demo_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"arcadia.example/console/access"
	"arcadia.example/console/internal/demo"
	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/store"
)

var owner = access.Actor{Kind: access.System, ID: "test", Name: "Test"}

func loadStaff(t *testing.T, dsn string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := demo.LoadStaff(t.Context(), dsn, &out)
	return out.String(), err
}

func retireStaff(t *testing.T, dsn string) string {
	t.Helper()
	var out bytes.Buffer
	if err := demo.RetireStaff(t.Context(), dsn, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// canSignIn reports whether the demo's password opens the account, with the demo's roles.
func canSignIn(t *testing.T, s *store.Store, p demo.Person) bool {
	t.Helper()
	secrets, err := s.GetSecrets(t.Context(), p.ID)
	if errors.Is(err, store.ErrNotFound) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	fits, err := argon2id.ComparePasswordAndHash(demo.Password, secrets.PasswordHash)
	if err != nil {
		t.Fatal(err)
	}
	person, err := s.FindStaff(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return fits && person.Roles() == p.Roles && !person.HasTOTP
}

// The program of the histories has its page, once, and nobody has a token of it.
func TestTheProgramOfTheDemoIsAnIntegration(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for range 2 {
		if _, err := loadStaff(t, db.OwnerDSN); err != nil {
			t.Fatal(err)
		}
	}
	list, err := open(t, db.OwnerDSN).ListIntegrations(t.Context())
	if err != nil || len(list) != 1 || list[0].Slug != demo.Stripe.ID || list[0].Roles() != demo.Stripe.Roles || list[0].Tokens != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestEverybodyOfTheDemoCanSignIn(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := open(t, db.OwnerDSN)
	out, err := loadStaff(t, db.OwnerDSN)
	if err != nil || !strings.Contains(out, "5 demo accounts") || !strings.Contains(out, demo.Password) {
		t.Fatalf("%q, %v", out, err)
	}
	for _, p := range demo.People {
		if !canSignIn(t, s, p) {
			t.Errorf("%s cannot sign in", p.ID)
		}
		if person, err := s.FindStaff(t.Context(), p.ID); err != nil || person.LastSignInAt.Valid {
			t.Errorf("%s is said to have signed in: %v, %v", p.ID, person.LastSignInAt, err)
		}
	}
	if out, err := loadStaff(t, db.OwnerDSN); err != nil || out != "" {
		t.Errorf("a second load says %q, %v", out, err)
	}
}

func TestADemoThatWasPlayedWithIsMended(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := open(t, db.OwnerDSN)
	if _, err := loadStaff(t, db.OwnerDSN); err != nil {
		t.Fatal(err)
	}
	support, billing, viewer := demo.People[1], demo.People[2], demo.People[0]
	change := func(p demo.Person, roles access.Roles, disabled bool) {
		person, err := s.FindStaff(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		err = s.ChangeStaff(t.Context(), owner, store.StaffChange{
			ID: person.ID, EditVersion: person.EditVersion, Name: person.Name, Roles: roles, Disabled: disabled,
		}, "")
		if err != nil {
			t.Fatal(err)
		}
	}
	change(support, access.Viewer, false)
	person, err := s.FindStaff(t.Context(), billing.ID)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := argon2id.CreateHash("something else", argon2id.DefaultParams)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetPassword(t.Context(), person, hash, person.ID, ""); err != nil {
		t.Fatal(err)
	}
	session, err := s.SignIn(t.Context(), person.ID, store.ByPassword, store.Browser{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := loadStaff(t, db.OwnerDSN)
	if err != nil || !strings.Contains(out, "2 demo accounts") {
		t.Errorf("%q, %v", out, err)
	}
	if _, err := s.LookUpSession(t.Context(), session); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a session outlived the change of the password: %v", err)
	}
	change(viewer, viewer.Roles, true)
	if _, err := loadStaff(t, db.OwnerDSN); err != nil {
		t.Error(err)
	}
	for _, p := range demo.People {
		if !canSignIn(t, s, p) {
			t.Errorf("%s cannot sign in", p.ID)
		}
	}
}

// Whoever works with a database for real does not get accounts whose password everybody knows.
func TestNoDemoAmongRealPeople(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := open(t, db.OwnerDSN)
	_, _, err := s.InviteStaff(t.Context(), owner, store.NewStaff{Email: "ada@example.com", Name: "Ada", Roles: access.Admin}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loadStaff(t, db.OwnerDSN); !errors.Is(err, demo.ErrNotDemo) {
		t.Errorf("%v, want ErrNotDemo", err)
	}
	if list, err := s.ListStaff(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("%d people, %v", len(list), err)
	}
}

func TestInADemoMorePeopleCanBeInvited(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := open(t, db.OwnerDSN)
	if _, err := loadStaff(t, db.OwnerDSN); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.InviteStaff(t.Context(), owner, store.NewStaff{Email: "ada@example.com", Name: "Ada", Roles: access.Viewer}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loadStaff(t, db.OwnerDSN); err != nil {
		t.Error(err)
	}
}

func TestOutsideOfTheDemoItsAccountsAreShut(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := open(t, db.OwnerDSN)
	if out := retireStaff(t, db.OwnerDSN); out != "" {
		t.Errorf("an empty console says %q", out)
	}
	if _, err := loadStaff(t, db.OwnerDSN); err != nil {
		t.Fatal(err)
	}
	admin, err := s.FindStaff(t.Context(), "admin@arcadia.example")
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.SignIn(t.Context(), admin.ID, store.ByPassword, store.Browser{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if out := retireStaff(t, db.OwnerDSN); strings.Count(out, "disabled now") != 5 {
		t.Errorf("%q", out)
	}
	for _, p := range demo.People {
		if canSignIn(t, s, p) {
			t.Errorf("%s can still sign in", p.ID)
		}
	}
	if _, err := s.LookUpSession(t.Context(), session); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a session goes on: %v", err)
	}
	if out := retireStaff(t, db.OwnerDSN); out != "" {
		t.Errorf("a second time it says %q", out)
	}
	// The same database as a demo again, as long as nobody else works with it.
	if _, err := loadStaff(t, db.OwnerDSN); err != nil || !canSignIn(t, s, demo.People[4]) {
		t.Errorf("the demo does not come back: %v", err)
	}
}

// The serving role's store hands out no passwords.
func TestOnlyALoaderPutsStaff(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s, err := store.Open(t.Context(), db.AppDSN, store.Options{Conns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.PutStaff(t.Context(), owner, store.NewStaff{Email: "ada@example.com", Name: "Ada", Roles: access.Admin}, "x"); err == nil {
		t.Error("a password was handed out")
	}
	if err := s.RetireStaff(t.Context(), owner, "ada@example.com"); err == nil {
		t.Error("somebody was retired")
	}
}
