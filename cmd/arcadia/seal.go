package main

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"arcadia.example/console/store"
)

const (
	sealInterval       = time.Second
	checkpointInterval = time.Minute
)

// sealer seals the record as long as the console serves, and says now and then how far it has come.
type sealer struct {
	store *store.Store
	env   environment
	key   ed25519.PrivateKey
	file  string // where checkpoints are added; empty: they stand in the log alone

	mark     *store.ServingMark // nil: not set
	troubled bool               // the trouble that there is was logged
	told     int64              // number of the newest checkpoint
	lag      store.SealLag      // as of the last look
	held     bool               // that sealing is held back was logged
}

func newSealer(ctx context.Context, e environment, s *store.Store) (*sealer, error) {
	key, err := sealKey(ctx, e, s)
	if err != nil {
		return nil, err
	}
	return &sealer{store: s, env: e, key: key, file: e.getenv("ARCADIA_CHECKPOINTS")}, nil
}

// sealKey is the operator's, in a file with 32 bytes in base64, or the database's own.
func sealKey(ctx context.Context, e environment, s *store.Store) (ed25519.PrivateKey, error) {
	path := e.getenv("ARCADIA_SEAL_KEY")
	if path == "" {
		return s.SealKey(ctx)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("ARCADIA_SEAL_KEY: %w", err)
	}
	seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("ARCADIA_SEAL_KEY: %s does not hold 32 bytes in base64, as made by: openssl rand -base64 32", path)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// run seals until the context ends, and once a minute says how far it has come and looks how that goes.
func (s *sealer) run(ctx context.Context) {
	defer s.unmark()
	s.report(ctx, s.marked(ctx))
	next := time.NewTimer(0)
	defer next.Stop()
	var looked time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		err, due := s.seal(ctx), time.Since(looked) >= checkpointInterval
		if err == nil && (due || s.told == 0) { // the first checkpoint comes with the first seal
			err = s.tell(ctx)
		}
		if err == nil && due {
			looked = time.Now()
			err = s.look(ctx)
		}
		s.report(ctx, err)
		next.Reset(sealInterval)
	}
}

// look sees to the mark, and says whether something holds sealing back.
func (s *sealer) look(ctx context.Context) error {
	if err := s.marked(ctx); err != nil {
		return err
	}
	lag, err := s.store.GetSealLag(ctx)
	if err != nil {
		return err
	}
	held := lag.Rows > 0 && s.lag.Rows > 0 && lag.Newest == s.lag.Newest
	switch {
	case held && !s.held:
		s.env.log.WarnContext(ctx, "sealing is held back, by a transaction that is left open or a lock that is kept: rows wait for more than a minute",
			"rows", lag.Rows, "since", lag.Since.UTC())
	case !held && s.held:
		s.env.log.InfoContext(ctx, "sealing is no longer held back")
	}
	s.lag, s.held = lag, held
	return nil
}

// marked shows others that a console serves here, anew when the connection broke.
func (s *sealer) marked(ctx context.Context) error {
	if s.mark != nil && s.mark.Stands(ctx) {
		return nil
	}
	s.unmark()
	mark, err := s.store.MarkServing(ctx)
	if err == nil {
		s.mark = &mark
	}
	return err
}

func (s *sealer) unmark() {
	if s.mark != nil {
		s.mark.Remove()
		s.mark = nil
	}
}

// seal covers what can be covered now. What takes more than one step is said: after an upgrade it is everything.
func (s *sealer) seal(ctx context.Context) error {
	for total := 0; ; {
		sealed, err := s.store.Seal(ctx)
		total += sealed.Rows
		if err == nil && sealed.More {
			continue
		}
		if total > sealed.Rows {
			s.env.log.InfoContext(ctx, "much was sealed at once", "rows", total)
		}
		return err
	}
}

// tell says how far the chain reaches, in the log and in the file, if it is further than before.
func (s *sealer) tell(ctx context.Context) error {
	c, err := s.store.NewestCheckpoint(ctx)
	if errors.Is(err, store.ErrNotFound) || err == nil && c.Number == s.told {
		return nil
	}
	if err != nil {
		return err
	}
	line := c.Sign(s.key)
	s.env.log.InfoContext(ctx, "checkpoint", "line", line)
	if s.file != "" {
		if err := appendLine(s.file, line); err != nil {
			return fmt.Errorf("ARCADIA_CHECKPOINTS: %w", err)
		}
	}
	s.told = c.Number
	return nil
}

// report logs trouble when it begins and when it is over, not every second.
func (s *sealer) report(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err != nil && !s.troubled:
		s.env.log.ErrorContext(ctx, "the record cannot be sealed; it is tried again every second", "error", err.Error())
		s.troubled = true
	case err == nil && s.troubled:
		s.env.log.InfoContext(ctx, "the record is sealed again")
		s.troubled = false
	}
}

func appendLine(path, line string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, line)
	return errors.Join(err, file.Close())
}

// checkpoint prints how far the chain of seals reaches, signed, to be kept elsewhere.
func checkpoint(ctx context.Context, e environment, args []string) (err error) {
	if err := parse(flag.NewFlagSet("checkpoint", flag.ContinueOnError), args, 0); err != nil {
		return err
	}
	db, err := migrated(ctx, e, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	s, err := store.Open(ctx, db.app, store.Options{Conns: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	seals, err := newSealer(ctx, e, s)
	if err != nil {
		return err
	}
	if err := seals.seal(ctx); err != nil {
		return err
	}
	c, err := s.NewestCheckpoint(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("nothing has happened yet that could be sealed")
	}
	if err == nil {
		fmt.Fprintln(e.out, c.Sign(seals.key))
	}
	return err
}
