package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

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

var errMismatch = errors.New("what is stored is not what was recorded")

// verify replays all events and follows the seals; it names what differs and fails then.
func verify(ctx context.Context, e environment, args []string) (err error) {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	file := flags.String("checkpoints", "", "a file of checkpoints that were kept, one a line")
	if err := parse(flags, args, 0); err != nil {
		return err
	}
	kept, err := keptCheckpoints(*file)
	if err != nil {
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
	v, err := s.Verify(ctx, kept...)
	if err != nil {
		return err
	}
	return report(e, v, len(kept))
}

func report(e environment, v store.Verified, checkpoints int) error {
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
	fmt.Fprintf(e.out, "%d seals over %d rows, compared with %d checkpoints\n", v.Seals, v.Sealed, checkpoints)
	if v.Unsealed > 0 {
		fmt.Fprintf(e.out, "not sealed yet: %d rows, the oldest of %s\n", v.Unsealed, v.UnsealedSince.UTC().Format(time.RFC3339))
	}
	if !v.OK() {
		return errMismatch
	}
	fmt.Fprintln(e.out, "All of it agrees.")
	return nil
}
