package handlers_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/handlers"
	"arcadia.example/console/store"
)

// Kinds of e-mail that must not be told apart.
func (c *console) strangers() map[string]string {
	c.t.Helper()
	c.staffOf("viewer")
	gone := c.somebodyElse("gone@arcadia.test", access.Viewer)
	c.owns(`UPDATE staff SET status = 'disabled' WHERE id = $1`, gone.ID)
	if _, _, err := c.store.InviteStaff(c.t.Context(), access.Actor{Kind: access.System, ID: "test", Name: "Test"},
		store.NewStaff{Email: "new@arcadia.test", Name: "New", Roles: access.Viewer}, ""); err != nil {
		c.t.Fatal(err)
	}
	return map[string]string{
		"wrong password": "viewer@arcadia.test", "unknown user": "none@arcadia.test", "disabled user": "gone@arcadia.test",
		"invited user": "new@arcadia.test",
	}
}

// bytesOf is all of an answer that could differ.
func bytesOf(a answer) string {
	h := a.header.Clone()
	h.Del("Date")
	return fmt.Sprintln(a.status, h, a.body)
}

func TestWrongUnknownAndDisabledGetTheSameBytes(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	want := ""
	for kind, email := range c.strangers() {
		word := "wrong"
		if kind == "disabled user" {
			word = password // even the right one
		}
		a := c.browser("192.0.2.80").login(email, word)
		c.wants(a, http.StatusUnauthorized, "do not fit together")
		if want == "" {
			want = bytesOf(a)
		}
		if got := bytesOf(a); got != want {
			t.Errorf("%s is told apart:\n%s\n%s", kind, got, want)
		}
	}
	if n := c.value(`SELECT count(*) FROM activity WHERE kind = 'sign_in_failed'`); n != "4" {
		t.Errorf("%s failures recorded, want 4", n)
	}
}

// After ten tries an account is locked, in all processes together; every e-mail and password gets the same bytes then.
// Passkeys go on working.
func TestLockedAfterTenTriesInAllProcesses(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	kinds := c.strangers()
	second, err := store.Open(t.Context(), c.db.AppDSN, store.Options{Conns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = second.Close() })
	servers := []http.Handler{c.Server, c.serve(second, handlers.Config{})}
	n := 0
	try := func(email, word string) answer {
		n++
		b := c.browser(fmt.Sprintf("198.51.%d.%d", n/250, n%250))
		b.server = servers[n%2]
		return b.login(email, word)
	}
	want := ""
	for kind, email := range kinds {
		for range store.MaxAccountGuesses {
			c.wants(try(email, "wrong"), http.StatusUnauthorized)
		}
		for _, word := range []string{"wrong", password} {
			a := try(email, word)
			c.wants(a, http.StatusTooManyRequests, "Too many tries")
			if want == "" {
				want = bytesOf(a)
			}
			if bytesOf(a) != want {
				t.Errorf("locked, %s with %q is told apart", kind, word)
			}
		}
	}
	person := c.staffOf("viewer")
	d := c.give(person)
	b := c.browser("198.51.100.200")
	challenge := challengeIn(t, b.script("/login/passkey/begin", map[string]string{"next": "/tenants"}))
	c.wants(b.script("/login/passkey/finish", map[string]any{"credential": d.sign(t, challenge, person.ID, 2)}), http.StatusOK, `"next":"/tenants"`)
	c.wants(b.page("/tenants"), http.StatusOK, "Vera")

	// A quarter of an hour later the count begins anew.
	c.owns(`UPDATE guesses SET started_at = started_at - interval '16 minutes'`)
	c.leads(try("viewer@arcadia.test", password), "/login/second?next=%2Fdeployments")
}

func TestFiftyTriesByAddress(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.staffOf("viewer")
	c.owns(`INSERT INTO guesses (subject, started_at, n) VALUES ('address:192.0.2.90', now(), 49)`)
	c.wants(c.browser("192.0.2.90").login("one@arcadia.test", "x"), http.StatusUnauthorized)
	c.wants(c.browser("192.0.2.90").login("viewer@arcadia.test", password), http.StatusTooManyRequests)
	forged := header("X-Forwarded-For", "203.0.113.7")
	form := map[string][]string{"email": {"viewer@arcadia.test"}, "password": {password}}
	c.wants(c.browser("192.0.2.90").do("POST", "/login", form, forged), http.StatusTooManyRequests)
	c.leads(c.browser("192.0.2.91").login("viewer@arcadia.test", password), "/login/second?next=%2Fdeployments")
}

// Codes are guesses too: ten, then no code is looked at, not even the right one.
func TestCodesAreLimited(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.staffOf("viewer")
	b := c.browser("192.0.2.92")
	b.login("viewer@arcadia.test", password) // the first of ten
	for range store.MaxAccountGuesses - 1 {
		c.wants(b.post("/login/second", "code", "nothing"), http.StatusUnauthorized)
	}
	c.wants(b.post("/login/second", "code", code(t, appSecret)), http.StatusTooManyRequests, "Too many tries")
	c.leads(b.page("/deployments"), "/login?next=%2Fdeployments")
}

// A right password forgets the wrong ones before it, once the sign-in is whole.
func TestGuessesAreForgottenAfterAWholeSignIn(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.staffOf("viewer")
	b := c.browser("192.0.2.93")
	for range 5 {
		b.login("viewer@arcadia.test", "wrong")
	}
	b.login("viewer@arcadia.test", password)
	if n := c.value(`SELECT n FROM guesses WHERE subject LIKE 'account:%'`); n != "6" {
		t.Errorf("%s guesses counted before the second factor, want 6", n)
	}
	c.leads(b.post("/login/second", "code", code(t, appSecret)), "/")
	if n := c.value(`SELECT count(*) FROM guesses WHERE subject LIKE 'account:%'`); n != "0" {
		t.Error("the guesses at the account are remembered")
	}
	if n := c.value(`SELECT n FROM guesses WHERE subject LIKE 'address:%'`); n != "7" {
		t.Errorf("%s guesses of the address, want 7", n)
	}
}

// A thousand guesses at one account, from as many addresses at once, at three processes of which one is restarted in
// between: no more than the limit is checked.
func TestAThousandGuessesOverThreeProcesses(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.staffOf("viewer")
	process := func() (*store.Store, http.Handler) {
		s, err := store.Open(t.Context(), c.db.AppDSN, store.Options{Conns: 5})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s, c.serve(s, handlers.Config{})
	}
	var stores [3]*store.Store
	var servers [3]http.Handler
	for i := range servers {
		stores[i], servers[i] = process()
	}
	var checked, locked, busy atomic.Int64
	guess := func(i int) {
		b := c.browser(fmt.Sprintf("10.1.%d.%d", i/250, i%250))
		b.server = servers[i%3]
		switch a := b.login("viewer@arcadia.test", "wrong "+strconv.Itoa(i)); a.status {
		case http.StatusUnauthorized:
			checked.Add(1)
		case http.StatusTooManyRequests:
			locked.Add(1)
		case http.StatusServiceUnavailable:
			busy.Add(1)
		default:
			t.Errorf("status %d", a.status)
		}
	}
	volley := func(from, to int) {
		var all sync.WaitGroup
		for i := from; i < to; i++ {
			all.Go(func() { guess(i) })
		}
		all.Wait()
	}
	volley(0, 6)
	if err := stores[0].Close(); err != nil {
		t.Fatal(err)
	}
	stores[0], servers[0] = process()
	volley(6, 1000)
	t.Logf("checked %d, locked %d, busy %d", checked.Load(), locked.Load(), busy.Load())
	if n := checked.Load(); n > store.MaxAccountGuesses || n < 6 {
		t.Errorf("%d were checked, want at most %d", n, store.MaxAccountGuesses)
	}
	if n := c.value(`SELECT count(*) FROM activity WHERE kind = 'sign_in_failed'`); n != strconv.FormatInt(checked.Load(), 10) {
		t.Errorf("%s are recorded as checked", n)
	}
}

// stopwatch says how much of something has gone by.
type stopwatch func() time.Duration

// wall is the time that somebody outside could measure. It says little on a machine that does other things as well.
func wall() stopwatch {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

// processor is the time for which this process kept processors busy, which others on the machine hardly change.
func processor(t *testing.T) stopwatch {
	used := func() time.Duration {
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			t.Fatal(err)
		}
		return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	start := used()
	return func() time.Duration { return used() - start }
}

// timed makes n more interleaved tries of each kind, and returns the medians of all, in the same order.
func (c *console) timed(n int, watch func() stopwatch, kinds []func(b *browser) answer, took [][]time.Duration) []time.Duration {
	c.t.Helper()
	for round := range n {
		for i := range kinds {
			kind := (i + round) % len(kinds)
			b := c.browser(fmt.Sprintf("10.%d.%d.%d", 2+kind, round/250, round%250))
			elapsed := watch()
			kinds[kind](b)
			took[kind] = append(took[kind], elapsed())
		}
		c.owns(`DELETE FROM guesses WHERE n < 100`)
	}
	medians := make([]time.Duration, len(kinds))
	for i, list := range took {
		slices.Sort(list)
		medians[i] = list[len(list)/2]
	}
	return medians
}

// apart is by how much the largest is more than the smallest: 0.1 is ten in a hundred.
func apart(medians []time.Duration) float64 {
	return float64(slices.Max(medians))/float64(slices.Min(medians)) - 1
}

// The medians of interleaved tries lie within 10 %: by processor time, few tries; or by the clock on the wall and as many as
// ARCADIA_TIMING_TRIES says, on a machine that does nothing else. The test runs alone, not beside others of its package.
func TestMediansOfWrongUnknownDisabledAndInvited(t *testing.T) {
	c := newConsole(t)
	kinds := c.strangers()
	tries, watch := 15, func() stopwatch { return processor(t) }
	if n, err := strconv.Atoi(os.Getenv("ARCADIA_TIMING_TRIES")); err == nil {
		tries, watch = n, wall
	}
	var order []func(*browser) answer
	for _, kind := range []string{"wrong password", "unknown user", "disabled user", "invited user"} {
		order = append(order, func(b *browser) answer { return b.login(kinds[kind], "wrong password") })
	}
	c.within("wrong, unknown, disabled, invited", tries, watch, order)
	if os.Getenv("ARCADIA_TIMING_TRIES") == "" {
		return // without a hash there is too little to measure in processor time
	}
	// Locked accounts: the right password takes as long as a wrong one and as an e-mail that nobody has.
	c.owns(`INSERT INTO guesses (subject, started_at, n) VALUES ('account:viewer@arcadia.test', now(), 100), ('account:none@arcadia.test', now(), 100)`)
	c.within("locked: right, wrong, unknown", tries, watch, []func(*browser) answer{
		func(b *browser) answer { return b.login("viewer@arcadia.test", password) },
		func(b *browser) answer { return b.login("viewer@arcadia.test", "wrong password") },
		func(b *browser) answer { return b.login("none@arcadia.test", "wrong password") },
	})
}

// within expects medians that are not apart. Of few tries they may be, when something else has come between: then more are added to
// them, up to eight times as many.
func (c *console) within(what string, n int, watch func() stopwatch, kinds []func(b *browser) answer) {
	c.t.Helper()
	took := make([][]time.Duration, len(kinds))
	for tries := n; ; tries += n {
		medians := c.timed(n, watch, kinds, took)
		c.t.Logf("%s: medians of %d tries %v, %.1f %% apart", what, tries, medians, 100*apart(medians))
		if apart(medians) <= 0.10 {
			return
		}
		if tries == 8*n {
			c.t.Errorf("%s: %v are %.1f %% apart", what, medians, 100*apart(medians))
			return
		}
	}
}
