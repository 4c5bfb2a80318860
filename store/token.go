package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// Token is a secret that somebody holds; the database has only its hash.
type Token struct{ secret [32]byte }

// NewToken is 256 random bits.
func NewToken() Token {
	var t Token
	_, _ = rand.Read(t.secret[:]) // never fails: the program ends instead
	return t
}

// ParseToken reads the text of a token; false for what is none.
func ParseToken(text string) (Token, bool) {
	var t Token
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != len(t.secret) {
		return Token{}, false
	}
	copy(t.secret[:], raw)
	if t.String() != text { // the decoder passes over line ends and spare bits; a token has one form
		return Token{}, false
	}
	return t, true
}

// String is the token for a cookie or a link. It is a secret: never log it.
func (t Token) String() string { return base64.RawURLEncoding.EncodeToString(t.secret[:]) }

func (t Token) hash() []byte {
	sum := sha256.Sum256(t.secret[:])
	return sum[:]
}
