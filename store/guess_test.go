package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"arcadia.example/console/store"
)

// guessing sends n guesses through several processes at once and returns how many of them may be checked. The first
// process ends halfway and another one takes its place.
func (w *world) guessing(n int, guess func(i int) (account, address string)) int {
	w.t.Helper()
	processes := make([]*store.Store, 3)
	for i := range processes {
		processes[i] = openStore(w.t, w.db.AppDSN, store.Options{Conns: 5})
	}
	var allowed atomic.Int64
	half := func(from, to int) {
		var all sync.WaitGroup
		for i := from; i < to; i++ {
			account, address := guess(i)
			process := processes[i%len(processes)]
			all.Go(func() {
				ok, err := process.CountGuess(w.t.Context(), account, address)
				for errors.Is(err, store.ErrBusy) { // nothing was counted: whoever guesses tries again
					ok, err = process.CountGuess(w.t.Context(), account, address)
				}
				if err != nil {
					w.t.Error(err)
				}
				if ok {
					allowed.Add(1)
				}
			})
		}
		all.Wait()
	}
	half(0, n/200) // fewer than any limit
	if err := processes[0].Close(); err != nil {
		w.t.Error(err)
	}
	processes[0] = openStore(w.t, w.db.AppDSN, store.Options{Conns: 5})
	half(n/200, n)
	return int(allowed.Load())
}

func TestAThousandGuessesAtOneAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.guessing(1000, func(i int) (string, string) { return "dana@arcadia.test", fmt.Sprintf("10.0.%d.%d", i/250, i%250) })
	if got != store.MaxAccountGuesses {
		t.Errorf("%d were checked, want exactly %d", got, store.MaxAccountGuesses)
	}
	if n := w.value(`SELECT n FROM guesses WHERE subject LIKE 'account:%'`); n != "1000" {
		t.Errorf("%s were counted", n)
	}
	fresh := openStore(t, w.db.AppDSN, store.Options{Conns: 1})
	if ok, err := fresh.CountGuess(t.Context(), "dana@arcadia.test", "10.9.9.9"); ok || err != nil {
		t.Errorf("a process that just started allows it: %v", err)
	}
	if ok, err := fresh.CountGuess(t.Context(), "eli@arcadia.test", "10.9.9.9"); !ok || err != nil {
		t.Errorf("somebody else from there is kept out: %v", err)
	}
}

func TestAThousandGuessesFromOneAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.guessing(1000, func(i int) (string, string) { return fmt.Sprintf("p%d@arcadia.test", i), "203.0.113.9" })
	if got != store.MaxAddressGuesses {
		t.Errorf("%d were checked, want exactly %d", got, store.MaxAddressGuesses)
	}
}

// Each way to type an e-mail counts for the same account; otherwise there would be as many guesses as ways.
func TestGuessesCountHoweverTheEmailIsTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ways := []string{"dana@arcadia.test", "DANA@arcadia.test", " dana@Arcadia.test\t", "Dana@Arcadia.Test\n", "\u00a0dana@arcadia.test"}
	got := w.guessing(200, func(i int) (string, string) { return ways[i%len(ways)], fmt.Sprintf("10.0.0.%d", i) })
	if got != store.MaxAccountGuesses {
		t.Errorf("%d were checked, want %d", got, store.MaxAccountGuesses)
	}
	if err := w.ForgetGuesses(t.Context(), " DANA@ARCADIA.TEST"); err != nil {
		t.Fatal(err)
	}
	if ok, err := w.CountGuess(t.Context(), "dana@arcadia.test", "10.1.1.1"); !ok || err != nil {
		t.Errorf("after a sign-in: %v", err)
	}
}

func TestGuessesAtWhatIsNoEmail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, account := range map[string]string{
		"nothing": "", "words that do not compress": strings.Join(strings.Split(fmt.Sprint(primes(20_000)), " "), ""), "wide": strings.Repeat("🎭", 5000),
	} {
		if ok, err := w.CountGuess(t.Context(), account, "192.0.2.1"); !ok || err != nil {
			t.Errorf("%s: %t %v", name, ok, err)
		}
		if err := w.RecordFailedSignIn(t.Context(), account, "unknown", "192.0.2.1"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.value(`SELECT max(char_length(actor)) FROM activity`); n != "254" {
		t.Errorf("%s characters of it are kept", n)
	}
}

// primes are numbers without a pattern that a compression could use.
func primes(below int) (list []int) {
	composite := make([]bool, below)
	for i := 2; i < below; i++ {
		if composite[i] {
			continue
		}
		list = append(list, i)
		for j := i * i; j < below; j += i {
			composite[j] = true
		}
	}
	return list
}

func TestGuessWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	guess := func() bool {
		ok, err := w.CountGuess(t.Context(), "dana@arcadia.test", "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	for i := range store.MaxAccountGuesses {
		if !guess() {
			t.Fatalf("guess %d is refused", i+1)
		}
	}
	if guess() {
		t.Error("one more is allowed")
	}
	w.exec(`UPDATE guesses SET started_at = clock_timestamp() - interval '14 minutes'`)
	if guess() {
		t.Error("the window ended early")
	}
	w.exec(`UPDATE guesses SET started_at = clock_timestamp() - interval '15 minutes 1 second'`)
	if !guess() || w.value(`SELECT max(n) FROM guesses`) != "1" {
		t.Error("the next window does not start anew")
	}
}

// A right password frees the account, and not the address, from which others may be guessed at meanwhile.
func TestForgetGuesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range store.MaxAccountGuesses + 1 {
		if _, err := w.CountGuess(t.Context(), "dana@arcadia.test", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	w.exec(`INSERT INTO guesses VALUES ('address:10.0.0.1', now() - interval '25 hours', 3)`)
	if err := w.ForgetGuesses(t.Context(), "dana@arcadia.test"); err != nil {
		t.Fatal(err)
	}
	if got := w.value(`SELECT string_agg(subject || '=' || n, ' ') FROM guesses`); got != "address:192.0.2.1=11" {
		t.Errorf("left: %s", got)
	}
}

// Guesses at two accounts from two addresses, crosswise, never wait for each other in a circle.
func TestGuessesDoNotDeadlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := time.Now()
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			_, err := w.CountGuess(t.Context(), fmt.Sprintf("p%d@arcadia.test", i%2), fmt.Sprintf("10.0.0.%d", i/2%2))
			if err != nil && (!errors.Is(err, store.ErrBusy) || strings.Contains(err.Error(), "deadlock")) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if took := time.Since(start); took > waitLimit {
		t.Errorf("took %s", took)
	}
}
