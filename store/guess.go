package store

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// How many passwords and codes may be tried in 15 minutes, by all processes together.
const (
	MaxAccountGuesses = 10
	MaxAddressGuesses = 50
	MaxAddressSteps   = 200 // sign-ins that were begun
)

// countedAgain begins a new window of 15 minutes or counts on in the one that runs.
const countedAgain = `
ON CONFLICT (subject) DO UPDATE
   SET n = CASE WHEN g.started_at < clock_timestamp() - interval '15 minutes' THEN 1 ELSE g.n + 1 END,
       started_at = CASE WHEN g.started_at < clock_timestamp() - interval '15 minutes' THEN clock_timestamp() ELSE g.started_at END`

// countGuessQuery counts one guess for two subjects, which are taken in one order so that guesses do not deadlock.
const countGuessQuery = `
INSERT INTO guesses AS g (subject, started_at, n)
SELECT subject, clock_timestamp(), 1 FROM unnest(ARRAY[$1::text, $2::text]) subject ORDER BY subject` + countedAgain + `
RETURNING subject, n`

const countStepQuery = `INSERT INTO guesses AS g (subject, started_at, n) VALUES ($1, clock_timestamp(), 1)` + countedAgain + `
RETURNING n`

// accountSubject is the same for every way to type an e-mail: otherwise each would have guesses of its own. No account has
// a longer one than 254 characters, so that the rest of what somebody sends need not be kept.
func accountSubject(account string) string { return "account:" + shortened(plainEmail(account), 254) }

// shortened is the text without what goes beyond n characters.
func shortened(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n])
	}
	return text
}

// CountGuess counts a guess before anything is checked, in one statement, and reports whether it may be checked: at most
// MaxAccountGuesses by account and MaxAddressGuesses by address in 15 minutes.
func (s *Store) CountGuess(ctx context.Context, account, address string) (bool, error) {
	allowed := true
	err := s.write(ctx, func(tx *sqlx.Tx) error {
		var rows []struct {
			Subject string `db:"subject"`
			N       int    `db:"n"`
		}
		byAccount := accountSubject(account)
		if err := tx.SelectContext(ctx, &rows, countGuessQuery, byAccount, "address:"+address); err != nil {
			return err
		}
		for _, row := range rows {
			most := MaxAddressGuesses
			if row.Subject == byAccount {
				most = MaxAccountGuesses
			}
			if row.N > most {
				allowed = false
			}
		}
		return nil
	})
	return allowed && err == nil, err
}

// CountStep counts that a sign-in was begun that has to be kept for a while, a passkey's challenge or a way to the provider of
// single sign-on, and reports whether it may be: at most MaxAddressSteps by address in 15 minutes.
func (s *Store) CountStep(ctx context.Context, address string) (bool, error) {
	var n int
	err := s.write(ctx, func(tx *sqlx.Tx) error {
		return tx.GetContext(ctx, &n, countStepQuery, "step:"+address)
	})
	return n <= MaxAddressSteps && err == nil, err
}

// ForgetGuesses lets an account start anew after it signed in; those of the address go on counting.
func (s *Store) ForgetGuesses(ctx context.Context, account string) error {
	return s.write(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM guesses WHERE subject = $1 OR started_at < now() - interval '1 day'`, accountSubject(account))
		return err
	})
}
