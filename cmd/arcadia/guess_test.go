package main

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"arcadia.example/console/store"
)

// What a thousand guesses at once get of three processes, one of which is killed and comes back in between: no more of them
// are looked at than of one process.
func TestAThousandGuessesAtProcessesOfWhichOneIsKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("Northwind")
	env := environmentFor(w.db)
	processes := []*process{startProcess(t, env), startProcess(t, env), startProcess(t, env)}
	transport := &http.Transport{MaxConnsPerHost: 40}
	t.Cleanup(transport.CloseIdleConnections)
	var mu sync.Mutex
	statuses := map[int]int{}
	volley := func(from, to int) {
		var all sync.WaitGroup
		for i := from; i < to; i++ {
			all.Go(func() {
				status := guess(t, transport, processes[i%3].base, "wrong "+strconv.Itoa(i))
				mu.Lock()
				defer mu.Unlock()
				statuses[status]++
			})
		}
		all.Wait()
	}
	volley(0, 6)
	processes[0].kill()
	processes[0] = startProcess(t, env)
	volley(6, 1000)
	checked := statuses[http.StatusUnauthorized]
	t.Logf("answers by status: %v", statuses)
	if checked < 6 || checked > store.MaxAccountGuesses || checked+statuses[http.StatusTooManyRequests]+statuses[http.StatusServiceUnavailable] != 1000 {
		t.Errorf("%d were looked at, want %d at most; by status: %v", checked, store.MaxAccountGuesses, statuses)
	}
}

// guess tries a password of somebody of the demo and returns the status.
func guess(t *testing.T, transport http.RoundTripper, base, password string) int {
	form := url.Values{"email": {personNamed(t, "support").ID}, "password": {password}, "next": {"/"}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		t.Error(err)
		return 0
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}
