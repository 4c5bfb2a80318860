package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"arcadia.example/console/store"
)

// keptCheckpoints reads a file of checkpoints, one a line.
func keptCheckpoints(path string) (list []store.Checkpoint, err error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	lines := bufio.NewScanner(file)
	for number := 1; lines.Scan(); number++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		c, err := store.ParseCheckpoint(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, number, err)
		}
		list = append(list, c)
	}
	return list, lines.Err()
}

// wantedSigners are the public keys that may have signed the checkpoints: those that are named, or that of the operator's own
// key. None: nobody says whose signature is right.
func wantedSigners(ctx context.Context, e environment, named string) ([]ed25519.PublicKey, error) {
	var signers []ed25519.PublicKey
	for word := range strings.SplitSeq(named, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		key, err := base64.RawURLEncoding.DecodeString(word)
		if err != nil || len(key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("%w: --signer %q is not the public key of a checkpoint, which is the fifth word of its line", errUsage, word)
		}
		signers = append(signers, key)
	}
	if len(signers) > 0 || e.getenv("ARCADIA_SEAL_KEY") == "" {
		return signers, nil
	}
	own, err := sealKey(ctx, e, nil)
	if err != nil {
		return nil, err
	}
	return []ed25519.PublicKey{publicKey(own)}, nil
}

func publicKey(key ed25519.PrivateKey) ed25519.PublicKey {
	return key.Public().(ed25519.PublicKey) //nolint:forcetypeassert // it always is one
}

// checkSigners refuses checkpoints that somebody else signed, and says who signed where nobody was named.
func checkSigners(e environment, kept []store.Checkpoint, wanted []ed25519.PublicKey) error {
	var told []ed25519.PublicKey
	same := func(key ed25519.PublicKey) func(ed25519.PublicKey) bool {
		return func(other ed25519.PublicKey) bool { return other.Equal(key) }
	}
	for _, c := range kept {
		name := base64.RawURLEncoding.EncodeToString(c.Signer)
		switch {
		case len(wanted) > 0 && !slices.ContainsFunc(wanted, same(c.Signer)):
			return fmt.Errorf("the checkpoint of seal %d is signed by %s, which is not a key that was named", c.Number, name)
		case len(wanted) == 0 && !slices.ContainsFunc(told, same(c.Signer)):
			fmt.Fprintf(e.out, "checkpoints signed by %s; name the right key by --signer to have that checked\n", name)
			told = append(told, c.Signer)
		}
	}
	return nil
}
