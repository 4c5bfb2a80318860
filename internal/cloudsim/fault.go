package cloudsim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Operation is what a call asks for, by the name of the method of provisioning.Cloud that makes it.
type Operation string

// The operations.
const (
	CreateDroplet Operation = "CreateDroplet"
	GetDroplet    Operation = "GetDroplet"
	ListDroplets  Operation = "ListDroplets"
	DeleteDroplet Operation = "DeleteDroplet"
	Power         Operation = "Power"
	FindZone      Operation = "FindZone"
	ListRecords   Operation = "ListRecords"
	CreateRecord  Operation = "CreateRecord"
	EditRecord    Operation = "EditRecord"
	DeleteRecord  Operation = "DeleteRecord"
)

// Operations lists them all.
var Operations = []Operation{
	CreateDroplet, GetDroplet, ListDroplets, DeleteDroplet, Power, FindZone, ListRecords, CreateRecord, EditRecord, DeleteRecord,
}

// FaultKind is how a call goes wrong.
type FaultKind string

// The kinds. Those that end in After let the call have its effect first.
const (
	Refuse      FaultKind = "refuse"       // 422, or Status; no effect
	Limit       FaultKind = "limit"        // 429 with Retry-After; no effect
	Fail        FaultKind = "fail"         // 500, or Status; no effect
	FailAfter   FaultKind = "fail_after"   // 500, or Status
	Hang        FaultKind = "hang"         // no answer until the caller goes; no effect
	HangAfter   FaultKind = "hang_after"   // the same, after the effect: a time-out after success
	Reset       FaultKind = "reset"        // the connection is reset; no effect
	ResetAfter  FaultKind = "reset_after"  //
	GarbleAfter FaultKind = "garble_after" // success, with a body that nobody can read
	Slow        FaultKind = "slow"         // goes well, after Delay
)

// FaultKinds lists them all.
var FaultKinds = []FaultKind{Refuse, Limit, Fail, FailAfter, Hang, HangAfter, Reset, ResetAfter, GarbleAfter, Slow}

// After reports whether a call that goes wrong in this way has its effect all the same.
func (k FaultKind) After() bool {
	return k == FailAfter || k == HangAfter || k == ResetAfter || k == GarbleAfter || k == Slow
}

// Fault makes calls go wrong.
type Fault struct {
	Operation  Operation // empty: every one
	Kind       FaultKind
	Times      int           // how many calls; 0: until it is cleared
	Skip       int           // how many go well before
	About      string        // only calls about a machine or host name one of whose names, tags or numbers is this
	Status     int           // instead of 422 or 500
	RetryAfter time.Duration // of Limit; at least a second is told
	Delay      time.Duration // of Slow
	Message    string        // in the provider's answer; empty: what it usually says

	hits int
}

func (f Fault) check() error {
	switch {
	case f.Operation != "" && !slices.Contains(Operations, f.Operation):
		return fmt.Errorf("cloudsim: there is no operation %q", f.Operation)
	case !slices.Contains(FaultKinds, f.Kind):
		return fmt.Errorf("cloudsim: there is no kind of fault %q", f.Kind)
	case f.Times < 0 || f.Skip < 0 || f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return fmt.Errorf("cloudsim: times, skip or status of the fault are out of range")
	}
	return nil
}

// Inject switches faults on. Of several that fit a call, the one that was switched on first is taken. It panics for a fault that
// there is not: a test that injects nothing proves nothing.
func (s *Simulator) Inject(faults ...Fault) {
	if err := s.inject(faults); err != nil {
		panic(err)
	}
}

func (s *Simulator) inject(faults []Fault) error {
	for _, f := range faults {
		if err := f.check(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &f)
	}
	return nil
}

// Clear switches all faults off.
func (s *Simulator) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Faults are those that are on.
func (s *Simulator) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Fault, 0, len(s.faults))
	for _, f := range s.faults {
		if f.Times > 0 {
			left := *f
			left.Times, left.Skip = f.Times-max(f.hits-f.Skip, 0), max(f.Skip-f.hits, 0)
			list = append(list, left)
			continue
		}
		list = append(list, *f)
	}
	return list
}

// strike returns the fault of a call and counts it; nil if it goes well. One that has been used up is forgotten.
func (s *Simulator) strike(operation Operation, names []string) *Fault {
	for i, f := range s.faults {
		if f.Operation != "" && f.Operation != operation || f.About != "" && !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, f.About) }) {
			continue
		}
		f.hits++
		if f.hits <= f.Skip {
			continue
		}
		if f.Times > 0 && f.hits-f.Skip >= f.Times {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return f
	}
	return nil
}

// answer is what a fault has the provider say; false if it says nothing, or what it would have said.
func (f *Fault) answer() (answer, bool) {
	status, id, message := http.StatusInternalServerError, "server_error", "Server Error"
	switch f.Kind {
	case Refuse:
		status, id, message = http.StatusUnprocessableEntity, "unprocessable_entity", "The request was refused."
	case Limit:
		status, id, message = http.StatusTooManyRequests, "too_many_requests", "API Rate limit exceeded."
	case Fail, FailAfter:
	default:
		return answer{}, false
	}
	if f.Status != 0 {
		status = f.Status
	}
	if f.Message != "" {
		message = f.Message
	}
	a := failed(status, id, message)
	if f.Kind == Limit {
		a.retryAfter = max(f.RetryAfter, time.Second)
	}
	return a, true
}
