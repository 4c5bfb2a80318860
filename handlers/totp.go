package handlers

import (
	"crypto/rand"
	"encoding/base32"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

const (
	totpIssuer = "Arcadia Console"
	totpPeriod = 30 // seconds
)

// newTOTP makes the secret of a second factor and the address by which an authenticator app takes it over.
func newTOTP(email string) (*otp.Key, error) {
	return totp.Generate(totp.GenerateOpts{Issuer: totpIssuer, AccountName: email, Period: totpPeriod})
}

// totpStep finds the time step for which a code is right: now, or one before or after for clocks that are off. Each step
// is to be used once.
func totpStep(secret, code string, now time.Time) (int64, bool) {
	for _, off := range []int64{0, -1, 1} {
		step := now.Unix()/totpPeriod + off
		right, err := totp.ValidateCustom(code, secret, time.Unix(step*totpPeriod, 0), totp.ValidateOpts{
			Period: totpPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
		})
		if err == nil && right {
			return step, true
		}
	}
	return 0, false
}

const recoveryCodes = 10

// newRecoveryCodes are ten codes of 50 random bits each, as people write them down: "ABCDE-FGHIJ".
func newRecoveryCodes() []string {
	codes := make([]string, recoveryCodes)
	for i := range codes {
		var raw [7]byte
		_, _ = rand.Read(raw[:]) // never fails: the program ends instead
		text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:])
		codes[i] = text[:5] + "-" + text[5:10]
	}
	return codes
}
