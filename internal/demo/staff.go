package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/alexedwards/argon2id"

	"arcadia.example/console/store"
)

// Password is that of all the demo's people.
const Password = "arcadia-demo"

// argon are the costs of the handlers' own hashes, so that the demo's sign-in takes as long as any.
var argon = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// ErrNotDemo is returned where other people work with the database already: they would share it with accounts whose
// password everybody knows.
var ErrNotDemo = errors.New("there are members of staff besides the demo's: the demo makes no accounts here")

// LoadStaff makes sure that each of People can sign in with Password and has the roles of the demo, and that its program is there; whoever can already is
// left alone. ErrNotDemo where others work with the database. ownerDSN connects as the owner of the tables.
func LoadStaff(ctx context.Context, ownerDSN string, out io.Writer) error {
	return withLoader(ctx, ownerDSN, func(s *store.Store) error {
		missing, others, err := census(ctx, s)
		if err != nil {
			return err
		}
		if len(missing) > 0 && others {
			return ErrNotDemo
		}
		made := 0
		for _, p := range People {
			done, err := put(ctx, s, p)
			if err != nil {
				return fmt.Errorf("demo: %s: %w", p.ID, err)
			}
			if done {
				made++
			}
		}
		if err := putIntegration(ctx, s); err != nil {
			return fmt.Errorf("demo: %s: %w", Stripe.Name, err)
		}
		if made > 0 {
			_, err = fmt.Fprintf(out, "%s, password %s.\n", Count(made, "demo account"), Password)
		}
		return err
	})
}

// census lists who of the demo's people is not active, and reports whether anybody else is or will be.
func census(ctx context.Context, s *store.Store) (missing []Person, others bool, err error) {
	list, err := s.ListStaff(ctx)
	active := map[string]bool{}
	for _, person := range list {
		if isDemo(person.Email) {
			active[person.Email] = person.Status == store.StaffActive
			continue
		}
		others = true
	}
	for _, p := range People {
		if !active[p.ID] {
			missing = append(missing, p)
		}
	}
	return missing, others, err
}

func isDemo(email string) bool {
	for _, p := range People {
		if p.ID == email {
			return true
		}
	}
	return false
}

// put makes or mends one account; false when there was nothing to do.
func put(ctx context.Context, s *store.Store, p Person) (bool, error) {
	person, err := s.FindStaff(ctx, p.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	fits, err2 := hasPassword(ctx, s, p.ID)
	if err2 != nil {
		return false, err2
	}
	if err == nil && fits && person.Roles() == p.Roles {
		return false, nil
	}
	hash, err := argon2id.CreateHash(Password, argon)
	if err != nil {
		return false, err
	}
	return true, s.PutStaff(ctx, loader, store.NewStaff{Email: p.ID, Name: p.Name, Roles: p.Roles}, hash)
}

// hasPassword reports whether somebody can sign in with the demo's password.
func hasPassword(ctx context.Context, s *store.Store, email string) (bool, error) {
	secrets, err := s.GetSecrets(ctx, email)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return argon2id.ComparePasswordAndHash(Password, secrets.PasswordHash)
}

// RetireStaff disables those of People who could still sign in with Password: a console that is no demo must have no
// password that everybody knows. Where there are none it does nothing. ownerDSN connects as the owner of the tables.
func RetireStaff(ctx context.Context, ownerDSN string, out io.Writer) error {
	return withLoader(ctx, ownerDSN, func(s *store.Store) error {
		for _, p := range People {
			known, err := hasPassword(ctx, s, p.ID)
			if err != nil {
				return err
			}
			if !known {
				continue
			}
			if err := s.RetireStaff(ctx, loader, p.ID); err != nil {
				return fmt.Errorf("demo: %s: %w", p.ID, err)
			}
			if _, err := fmt.Fprintf(out, "The demo account %s is disabled now: everybody knows its password.\n", p.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// withLoader runs fn with a store that may state times and passwords, while no other loader of the demo runs.
func withLoader(ctx context.Context, ownerDSN string, fn func(*store.Store) error) (err error) {
	s, err := store.Open(ctx, ownerDSN, store.Options{Loading: true, Conns: 1, Clock: time.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if _, err := s.DB().ExecContext(ctx, `SELECT pg_advisory_lock(hashtext('arcadia demo'))`); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return fn(s)
}
