package handlers

import (
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/store"
)

// Sizes of the hub.
const (
	heardKept  = 512             // changes that are remembered for pages that were drawn before their stream began
	ageSlack   = 2 * time.Second // how long the request for a stream may have been on its way
	maxPending = 100             // changes that wait in one stream; more are told as one: read anew
)

// hub tells all streams of this process what was committed in any.
type hub struct {
	perSession, perProcess int

	mu       sync.Mutex
	streams  map[*stream]struct{}
	sessions map[uuid.UUID]int // streams of each
	heard    []heard           // the newest last
	from     time.Time         // everything since then is in heard; zero: nothing is heard yet
	closed   bool
}

type heard struct {
	at     time.Time
	change store.News
}

// stream is what waits to be told to one browser. It never makes the hub wait.
type stream struct {
	session uuid.UUID
	wake    chan struct{} // holds one when there is something to tell
	done    chan struct{} // closed when the process stops

	mu      sync.Mutex
	pending []store.News
}

func newHub(perSession, perProcess int) *hub {
	return &hub{perSession: perSession, perProcess: perProcess, streams: map[*stream]struct{}{}, sessions: map[uuid.UUID]int{}}
}

// hubState says why there is no stream.
type hubState int

const (
	hubOpen hubState = iota
	hubFull          // too many streams
	hubDeaf          // nothing is heard of changes, or the process stops
)

// open begins a stream that is first told what happened since a page was asked for; zero: nothing.
func (h *hub) open(session uuid.UUID, since time.Time) (*stream, hubState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed || h.from.IsZero():
		return nil, hubDeaf
	case len(h.streams) >= h.perProcess || h.sessions[session] >= h.perSession:
		return nil, hubFull
	}
	s := &stream{session: session, wake: make(chan struct{}, 1), done: make(chan struct{})}
	h.streams[s] = struct{}{}
	h.sessions[session]++
	if !since.IsZero() {
		h.replay(s, since.Add(-ageSlack))
	}
	return s, hubOpen
}

func (h *hub) replay(s *stream, since time.Time) {
	if since.Before(h.from) {
		s.tell(store.News{})
		return
	}
	for _, one := range h.heard {
		if one.at.After(since) {
			s.tell(one.change)
		}
	}
}

// close ends a stream.
func (h *hub) close(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.streams[s]; !ok {
		return
	}
	delete(h.streams, s)
	if h.sessions[s.session]--; h.sessions[s.session] == 0 {
		delete(h.sessions, s.session)
	}
}

// tell passes a change on to everybody.
func (h *hub) tell(c store.News, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.Missed() {
		h.heard, h.from = nil, now
	} else {
		h.remember(heard{now, c})
	}
	for s := range h.streams {
		s.tell(c)
	}
}

func (h *hub) remember(one heard) {
	if len(h.heard) == heardKept {
		h.from = h.heard[0].at
		copy(h.heard, h.heard[1:])
		h.heard = h.heard[:heardKept-1]
	}
	h.heard = append(h.heard, one)
}

// shut ends all streams for good.
func (h *hub) shut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.closed = true
	for s := range h.streams {
		close(s.done)
	}
}

// count is how many streams there are.
func (h *hub) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.streams)
}

// tell adds a change to what waits. What is there already is not told twice, and too much becomes one: read anew.
func (s *stream) tell(c store.News) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending) > 0 && s.pending[0].Missed() {
		return
	}
	if c.Missed() || len(s.pending) == maxPending {
		s.pending = append(s.pending[:0], store.News{})
	} else if !slices.Contains(s.pending, c) {
		s.pending = append(s.pending, c)
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take empties what waits.
func (s *stream) take() []store.News {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.pending
	s.pending = nil
	return taken
}
