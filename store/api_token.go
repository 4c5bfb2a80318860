package store

import (
	"crypto/rand"
	"crypto/sha256"
	"hash/crc32"
	"strings"
)

// APIToken is what an integration proves itself with: "arc_", eight characters that are no secret, "_", 43 characters that
// are, and six of a checksum, all of 0-9A-Za-z. A program that looks for secrets in files finds it by its form, and knows by
// the checksum that it is no accident. The database has only its hash.
type APIToken struct{ text string }

const (
	apiTokenPrefix = "arc_"
	apiCodeLength  = len(apiTokenPrefix) + 8
	apiSecretPart  = 43 // 62^43 is a little more than 2^256
	apiCheckPart   = 6
	apiTokenLength = apiCodeLength + 1 + apiSecretPart + apiCheckPart
	base62         = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// NewAPIToken makes one that nobody can guess.
func NewAPIToken() APIToken {
	text := apiTokenPrefix + randomBase62(8) + "_" + randomBase62(apiSecretPart)
	return APIToken{text + apiCheck(text)}
}

// ParseAPIToken reads the text of a token; false for what cannot be one.
func ParseAPIToken(text string) (APIToken, bool) {
	if len(text) != apiTokenLength || !strings.HasPrefix(text, apiTokenPrefix) || text[apiCodeLength] != '_' {
		return APIToken{}, false
	}
	for i, c := range []byte(text) {
		if i >= len(apiTokenPrefix) && i != apiCodeLength && strings.IndexByte(base62, c) < 0 {
			return APIToken{}, false
		}
	}
	body := text[:apiTokenLength-apiCheckPart]
	return APIToken{text}, text == body+apiCheck(body)
}

// String is the token for the eyes of who made it. It is a secret: never log it.
func (t APIToken) String() string { return t.text }

// Code is its beginning, which is no secret and by which it is known.
func (t APIToken) Code() string { return t.text[:apiCodeLength] }

func (t APIToken) hash() []byte {
	sum := sha256.Sum256([]byte(t.text))
	return sum[:]
}

// apiCheck is the checksum of the rest, in six characters.
func apiCheck(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	var out [apiCheckPart]byte
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = base62[sum%62]
		sum /= 62
	}
	return string(out[:])
}

// randomBase62 is n characters, each as likely as any other.
func randomBase62(n int) string {
	const fair = 256 / 62 * 62 // what is beyond would make the first characters likelier
	out := make([]byte, 0, n)
	for buffer := make([]byte, 2*n); ; {
		_, _ = rand.Read(buffer) // never fails: the program ends instead
		for _, b := range buffer {
			if len(out) == n {
				return string(out)
			}
			if b < fair {
				out = append(out, base62[b%62])
			}
		}
	}
}
