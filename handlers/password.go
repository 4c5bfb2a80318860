package handlers

import (
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
)

// argon are the costs of a password hash: about 30 ms and 19 MiB, as OWASP advises for argon2id.
var argon = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobodysHash is compared with where there is no account, so that an unknown e-mail costs what a wrong password costs.
var nobodysHash = mustHash("nobody has this password")

const minPassword, maxPassword = 12, 200 // characters

// HashPassword makes the form in which a password is kept.
func HashPassword(password string) (string, error) { return argon2id.CreateHash(password, argon) }

func mustHash(password string) string {
	hash, err := HashPassword(password)
	if err != nil {
		panic(err) // only without random numbers, and then nothing works
	}
	return hash
}

// passwordFits compares a password with a hash; a hash that cannot be read fits nothing.
func passwordFits(password, hash string) bool {
	fits, err := argon2id.ComparePasswordAndHash(password, hash)
	return err == nil && fits
}

// passwordProblem says what is wrong with a new password; "" when nothing is.
func passwordProblem(password, again, email string) string {
	n := utf8.RuneCountInString(password)
	local, _, _ := strings.Cut(email, "@")
	switch {
	case n < minPassword:
		return "Use at least 12 characters. A few words in a row are easy to remember."
	case n > maxPassword:
		return "Use at most 200 characters."
	case strings.Contains(strings.ToLower(password), strings.ToLower(local)) && len(local) > 3:
		return "Leave your e-mail out of it."
	case strings.Count(password, string([]rune(password)[0])) == n:
		return "Use more than one character."
	case password != again:
		return "The two do not match."
	}
	return ""
}
