package handlers

import (
	"context"
	"errors"
	"runtime"
	"strings"

	"arcadia.example/console/store"
)

// verdict is what came of a guess at a password or a code.
type verdict int

const (
	wrongGuess verdict = iota
	rightGuess
	tooManyGuesses // not looked at
)

// hashing has a slot for each hash that may be computed at once: each takes 19 MiB and a processor for a while.
var hashing = make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))

// compared is passwordFits, waiting for its turn. Whether the account exists makes no difference to what it costs.
func compared(ctx context.Context, password, hash string) (bool, error) {
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
		return passwordFits(password, hash), nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// tryPassword counts a guess at the password of an account and then, within the limits, compares it: always with one
// hash. What failed is recorded. The secrets are those of the account when the guess is right.
func (s *Server) tryPassword(ctx context.Context, email, password, address string) (store.Secrets, verdict, error) {
	allowed, err := s.store.CountGuess(ctx, email, address)
	if err != nil || !allowed {
		return store.Secrets{}, tooManyGuesses, err
	}
	secrets, err := s.store.GetSecrets(ctx, email)
	hash := secrets.PasswordHash
	known := err == nil
	if errors.Is(err, store.ErrNotFound) {
		hash, err = nobodysHash, nil
	}
	if err != nil {
		return store.Secrets{}, wrongGuess, err
	}
	fits, err := compared(ctx, password, hash)
	if err != nil {
		return store.Secrets{}, wrongGuess, err
	}
	if !fits || !known {
		return store.Secrets{}, wrongGuess, s.store.RecordFailedSignIn(ctx, email, "wrong password", address)
	}
	return secrets, rightGuess, nil
}

// tryCode counts a guess at a code and then, within the limits, compares it: a code of the authenticator app, each of
// which is good once, or a recovery code.
func (s *Server) tryCode(ctx context.Context, person store.Staff, code, address string) (verdict, error) {
	allowed, err := s.store.CountGuess(ctx, person.Email, address)
	if err != nil || !allowed {
		return tooManyGuesses, err
	}
	right, err := s.codeFits(ctx, person, strings.TrimSpace(code), address)
	if err != nil || right {
		return rightGuess, err
	}
	return wrongGuess, s.store.RecordFailedSignIn(ctx, person.Email, "wrong code", address)
}

func (s *Server) codeFits(ctx context.Context, person store.Staff, code, address string) (bool, error) {
	secrets, err := s.store.GetSecrets(ctx, person.Email)
	if errors.Is(err, store.ErrNotFound) || err == nil && secrets.TOTPSecret == "" {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if step, right := totpStep(secrets.TOTPSecret, strings.ReplaceAll(code, " ", ""), now()); right {
		return s.store.UseTOTPStep(ctx, person.ID, step)
	}
	return s.store.UseRecoveryCode(ctx, person.ID, code, address)
}
