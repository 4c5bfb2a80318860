package cloudsim

import (
	"slices"
	"time"
)

// journalLength is how many calls are remembered; all are counted.
const journalLength = 20_000

// Call is one call that came in.
type Call struct {
	Number    int       `json:"number"` // the first is 1
	At        time.Time `json:"at"`     // by the provider's clock
	Operation Operation `json:"operation"`
	About     []string  `json:"about"`           // names, tags and numbers
	Status    int       `json:"status"`          // that was answered or would have been
	Fault     FaultKind `json:"fault,omitempty"` // empty: it went well
	Effect    bool      `json:"effect"`          // something changed by it
}

// Count is how often something was called.
type Count struct {
	Calls   int `json:"calls"`
	Effects int `json:"effects"` // calls by which something changed
}

type journal struct {
	calls  []Call
	counts map[Operation]Count
	number int
}

func newJournal() journal { return journal{counts: map[Operation]Count{}} }

func (j *journal) add(c Call) {
	j.number++
	c.Number = j.number
	if len(j.calls) >= journalLength {
		j.calls = append(j.calls[:0], j.calls[journalLength/2:]...)
	}
	j.calls = append(j.calls, c)
	count := j.counts[c.Operation]
	count.Calls++
	if c.Effect {
		count.Effects++
	}
	j.counts[c.Operation] = count
}

// Journal is the calls that came in, the oldest first; the newest 10,000 at least.
func (s *Simulator) Journal() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.journal.calls)
}

// Calls is how often an operation was called, and Effects how often something changed by it.
func (s *Simulator) Calls(operation Operation) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.counts[operation].Calls
}

// Effects is how often something changed by an operation, whether or not its answer arrived.
func (s *Simulator) Effects(operation Operation) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.counts[operation].Effects
}
