package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// idOf is a version 7 UUID of the given moment whose random part follows from the words: the same words at the same
// moment give the same ID.
func idOf(at time.Time, words string) uuid.UUID {
	sum := sha256.Sum256([]byte(words))
	return idFrom(at, binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:]))
}

// idFrom puts 48 bits of milliseconds before 74 given bits, with version and variant between them.
func idFrom(at time.Time, a, b uint64) uuid.UUID {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:], uint64(at.UnixMilli())<<16|0x7000|a&0x0fff)
	binary.BigEndian.PutUint64(id[8:], b&0x3fffffffffffffff|0x8000000000000000)
	return id
}
