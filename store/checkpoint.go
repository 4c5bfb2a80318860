package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// Checkpoint says how far the chain of seals reached at a moment. Kept outside of the database, it shows whether the
// chain was cut or written anew.
type Checkpoint struct {
	Number int64     // of the newest seal
	At     time.Time // when it was made
	Hash   [32]byte
	Signer ed25519.PublicKey // by whom it is signed; filled in by ParseCheckpoint
}

const checkpointWord = "arcadia-checkpoint-1"

func (c Checkpoint) body() string {
	return fmt.Sprintf("%s %d %s %s", checkpointWord, c.Number, c.At.UTC().Format(time.RFC3339Nano), hex.EncodeToString(c.Hash[:]))
}

// Sign is the checkpoint as one line of text: what it says, the public key, the signature (Ed25519).
func (c Checkpoint) Sign(key ed25519.PrivateKey) string {
	body := c.body() + " " + base64.RawURLEncoding.EncodeToString(key.Public().(ed25519.PublicKey)) //nolint:forcetypeassert // it is one
	return body + " " + base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, []byte(body)))
}

// ErrCheckpoint is returned for a line that is no checkpoint, or whose signature is wrong.
var ErrCheckpoint = errors.New("this is no checkpoint, or not as it was signed")

// ParseCheckpoint reads a line that Sign made, and checks its signature.
func ParseCheckpoint(line string) (Checkpoint, error) {
	fields := strings.Fields(line)
	if len(fields) != 6 || fields[0] != checkpointWord {
		return Checkpoint{}, ErrCheckpoint
	}
	var c Checkpoint
	_, numberErr := fmt.Sscanf(fields[1], "%d", &c.Number)
	at, timeErr := time.Parse(time.RFC3339Nano, fields[2])
	hash, hashErr := hex.DecodeString(fields[3])
	signer, signerErr := base64.RawURLEncoding.DecodeString(fields[4])
	signature, signatureErr := base64.RawURLEncoding.DecodeString(fields[5])
	if errors.Join(numberErr, timeErr, hashErr, signerErr, signatureErr) != nil || len(hash) != len(c.Hash) || len(signer) != ed25519.PublicKeySize {
		return Checkpoint{}, ErrCheckpoint
	}
	c.At, c.Signer = at, signer
	copy(c.Hash[:], hash)
	if !ed25519.Verify(c.Signer, []byte(strings.Join(fields[:5], " ")), signature) {
		return Checkpoint{}, ErrCheckpoint
	}
	return c, nil
}

// NewestCheckpoint is how far the chain reaches now. ErrNotFound before the first seal.
func (s *Store) NewestCheckpoint(ctx context.Context) (Checkpoint, error) {
	last, _, err := lastSeal(ctx, s.db)
	if err != nil {
		return Checkpoint{}, translate(err)
	}
	if last.Number == 0 {
		return Checkpoint{}, ErrNotFound
	}
	c := Checkpoint{Number: last.Number, At: last.SealedAt}
	copy(c.Hash[:], last.Hash)
	return c, nil
}

// SealKey is the key of this database that signs checkpoints where the operator named none. It is made once.
func (s *Store) SealKey(ctx context.Context) (ed25519.PrivateKey, error) {
	var seed []byte
	err := s.write(ctx, func(tx *sqlx.Tx) error {
		fresh := make([]byte, ed25519.SeedSize)
		_, _ = rand.Read(fresh) // never fails: the program ends instead
		err := tx.GetContext(ctx, &seed, `SELECT seed FROM seal_keys`)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO seal_keys (seed) VALUES ($1) ON CONFLICT DO NOTHING`, fresh); err != nil {
			return err
		}
		return tx.GetContext(ctx, &seed, `SELECT seed FROM seal_keys`)
	})
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// fits reports whether a seal is the one that the checkpoint tells of.
func (c Checkpoint) fits(r sealRow) bool {
	return c.Number == r.Number && bytes.Equal(c.Hash[:], r.Hash)
}
