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

	troubled bool  // the trouble that there is was logged
	told     int64 // number of the newest checkpoint
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

// run seals until the context ends.
func (s *sealer) run(ctx context.Context) {
	next := time.NewTimer(0)
	defer next.Stop()
	var lastTold time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		err := s.seal(ctx)
		if err == nil && time.Since(lastTold) >= checkpointInterval {
			lastTold = time.Now()
			err = s.tell(ctx)
		}
		s.report(ctx, err)
		next.Reset(sealInterval)
	}
}

// seal covers what can be covered now.
func (s *sealer) seal(ctx context.Context) error {
	for {
		sealed, err := s.store.Seal(ctx)
		if err != nil || !sealed.More {
			return err
		}
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

// keptCheckpoints reads a file of checkpoints, one a line.
func keptCheckpoints(path string) ([]store.Checkpoint, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []store.Checkpoint
	for number, line := range strings.Split(string(text), "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		c, err := store.ParseCheckpoint(line)
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, number+1, err)
		}
		list = append(list, c)
	}
	return list, nil
}
