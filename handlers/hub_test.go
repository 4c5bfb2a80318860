package handlers

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/store"
)

func newsOf(n byte) store.News {
	return store.News{Kind: store.MoveNews, DeploymentID: uuid.NullUUID{UUID: uuid.UUID{n}, Valid: true}}
}

// What waits in a stream is bounded, whether or not anybody takes it.
func TestWhatWaitsIsBounded(t *testing.T) {
	t.Parallel()
	h, begun := newHub(1, 1), time.Now()
	if _, state := h.open(uuid.UUID{}, time.Time{}); state != hubDeaf {
		t.Errorf("before anything is heard: %v", state)
	}
	h.tell(store.News{}, begun)
	s, state := h.open(uuid.UUID{}, time.Time{})
	if state != hubOpen {
		t.Fatalf("no stream: %v", state)
	}
	for range 5 {
		h.tell(newsOf(1), begun)
	}
	if got := s.take(); len(got) != 1 || got[0] != newsOf(1) {
		t.Errorf("the same five times is told as %v", got)
	}
	for n := range byte(200) {
		h.tell(newsOf(n), begun)
	}
	if got := s.take(); len(got) != 1 || !got[0].Missed() {
		t.Errorf("200 changes are told as %d", len(got))
	}
	h.close(s)
	h.close(s)
	if n := h.count(); n != 0 || len(h.sessions) != 0 {
		t.Errorf("%d streams are left, of %d sessions", n, len(h.sessions))
	}
}

// A stream begins with what the page may not show; where that is not known any more, it says so.
func TestWhereAStreamBegins(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return time.Unix(int64(1000+s), 0) }
	h := newHub(100, 100)
	h.tell(store.News{}, at(0))
	for n := range byte(10) {
		h.tell(newsOf(n), at(10+int(n)))
	}
	begin := func(since time.Time) []store.News {
		t.Helper()
		s, state := h.open(uuid.UUID{}, since)
		if state != hubOpen {
			t.Fatal(state)
		}
		return s.take()
	}
	if got := begin(time.Time{}); len(got) != 0 {
		t.Errorf("whoever does not ask is told %v", got)
	}
	if got := begin(at(17).Add(ageSlack)); len(got) != 2 || got[0] != newsOf(8) {
		t.Errorf("since 17 s there is %v", got)
	}
	if got := begin(at(-1)); len(got) != 1 || !got[0].Missed() {
		t.Errorf("before anything was heard there is %v", got)
	}
	for n := range heardKept {
		h.tell(newsOf(byte(n)), at(100+n))
	}
	if got := begin(at(50)); len(got) != 1 || !got[0].Missed() {
		t.Errorf("before what is remembered there is %v", got)
	}
	if len(h.heard) != heardKept {
		t.Errorf("%d changes are remembered", len(h.heard))
	}
}
