package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/internal/demo"
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

var (
	errMismatch = errors.New("what is stored is not what was recorded")
	errLate     = errors.New("a console serves, but these rows are not sealed: its log says why, or somebody holds it back")
)

// verify replays all events and follows the seals; it names what differs and fails then.
func verify(ctx context.Context, e environment, args []string) (err error) {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	file := flags.String("checkpoints", "", "a file of checkpoints that were kept, one a line")
	signer := flags.String("signer", "", "public keys that may have signed them, with commas; otherwise that of ARCADIA_SEAL_KEY")
	if err := parse(flags, args, 0); err != nil {
		return err
	}
	kept, err := keptCheckpoints(*file)
	if err != nil {
		return err
	}
	wanted, err := wantedSigners(ctx, e, *signer)
	if err != nil {
		return err
	}
	if err := checkSigners(e, kept, wanted); err != nil {
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
	late, err := overdue(ctx, s, v)
	if err != nil {
		return err
	}
	return report(e, v, len(kept), late)
}

// How long rows may wait for a seal where a console serves, and how long verify watches whether it seals those that waited longer.
const (
	sealDue   = time.Minute
	sealWatch = 10 * time.Second
)

// overdue reports whether rows wait that a console which serves should have sealed and does not. Rows that a loader dated back
// are old from the beginning: they are watched until they are sealed.
func overdue(ctx context.Context, s *store.Store, v store.Verified) (bool, error) {
	if v.Unsealed == 0 || time.Since(v.UnsealedSince) < sealDue {
		return false, nil
	}
	if serving, err := s.Serving(ctx); err != nil || !serving {
		return false, err
	}
	for until := time.Now().Add(sealWatch); ; {
		lag, err := s.GetSealLag(ctx)
		if err != nil || lag.Rows == 0 || lag.Newest > v.Seals {
			return false, err
		}
		if time.Now().After(until) {
			return true, nil
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(sealInterval / 4):
		}
	}
}

// report says what was found; late, that rows wait for a seal although a console serves.
func report(e environment, v store.Verified, checkpoints int, late bool) error {
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
	fmt.Fprintf(e.out, "%s, %s replayed\n", demo.Count(v.Deployments, "deployment"), demo.Count(v.Events, "event"))
	fmt.Fprintf(e.out, "%s over %s, compared with %s\n",
		demo.Count(v.Seals, "seal"), demo.Count(v.Sealed, "row"), demo.Count(checkpoints, "checkpoint"))
	if v.Unsealed > 0 {
		fmt.Fprintf(e.out, "not sealed yet: %s, the oldest of %s\n", demo.Count(v.Unsealed, "row"), v.UnsealedSince.UTC().Format(time.RFC3339))
	}
	if !v.OK() {
		return errMismatch
	}
	if late {
		return errLate
	}
	fmt.Fprintln(e.out, "All of it agrees.")
	return nil
}
