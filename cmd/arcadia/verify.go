package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"github.com/google/uuid"

	"arcadia.example/console/store"
)

// migrate brings the database up to this version.
func migrate(ctx context.Context, e environment, args []string) (err error) {
	if err := parse(flag.NewFlagSet("migrate", flag.ContinueOnError), args, 0); err != nil {
		return err
	}
	db, err := migrated(ctx, e, false)
	if err != nil {
		return err
	}
	fmt.Fprintln(e.out, "The database is up to date.")
	return db.close()
}

var errMismatch = errors.New("what is stored is not what the events say")

// verify replays all events; it names what differs and fails then.
func verify(ctx context.Context, e environment, args []string) (err error) {
	if err := parse(flag.NewFlagSet("verify", flag.ContinueOnError), args, 0); err != nil {
		return err
	}
	db, err := migrated(ctx, e, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	s, err := db.loader(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	v, err := s.Verify(ctx)
	if err != nil {
		return err
	}
	return report(e, v)
}

func report(e environment, v store.Verified) error {
	for _, m := range v.Mismatches {
		if m.DeploymentID == uuid.Nil {
			fmt.Fprintln(e.out, m.Text)
			continue
		}
		fmt.Fprintf(e.out, "deployment %s: %s\n", m.DeploymentID, m.Text)
	}
	if v.More > 0 {
		fmt.Fprintf(e.out, "and %d more\n", v.More)
	}
	fmt.Fprintf(e.out, "%d deployments, %d events replayed\n", v.Deployments, v.Events)
	if !v.OK() {
		return errMismatch
	}
	return nil
}
