package cloudsim

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"time"
)

// wireFault is a Fault as people write it: {"operation": "CreateDroplet", "kind": "limit", "times": 2, "retry_after": "5s"}.
type wireFault struct {
	Operation  Operation `json:"operation,omitempty"`
	Kind       FaultKind `json:"kind"`
	Times      int       `json:"times,omitempty"`
	Skip       int       `json:"skip,omitempty"`
	About      string    `json:"about,omitempty"`
	Status     int       `json:"status,omitempty"`
	RetryAfter string    `json:"retry_after,omitempty"`
	Delay      string    `json:"delay,omitempty"`
	Message    string    `json:"message,omitempty"`
}

func (f wireFault) fault() (Fault, error) {
	fault := Fault{Operation: f.Operation, Kind: f.Kind, Times: f.Times, Skip: f.Skip, About: f.About, Status: f.Status, Message: f.Message}
	for text, field := range map[*string]*time.Duration{&f.RetryAfter: &fault.RetryAfter, &f.Delay: &fault.Delay} {
		if *text == "" {
			continue
		}
		d, err := time.ParseDuration(*text)
		if err != nil || d < 0 {
			return fault, fmt.Errorf("%q is not a duration like 5s", *text)
		}
		*field = d
	}
	return fault, fault.check()
}

func wired(faults []Fault) []wireFault {
	list := make([]wireFault, 0, len(faults))
	for _, f := range faults {
		w := wireFault{Operation: f.Operation, Kind: f.Kind, Times: f.Times, Skip: f.Skip, About: f.About, Status: f.Status, Message: f.Message}
		if f.RetryAfter > 0 {
			w.RetryAfter = f.RetryAfter.String()
		}
		if f.Delay > 0 {
			w.Delay = f.Delay.String()
		}
		list = append(list, w)
	}
	return list
}

// control are the routes by which people and other processes steer the provider; it has none of them.
func (s *Simulator) control(mux *http.ServeMux) {
	mux.HandleFunc("GET /_sim/state", func(w http.ResponseWriter, _ *http.Request) { tell(w, s.report()) })
	mux.HandleFunc("GET /_sim/journal", func(w http.ResponseWriter, _ *http.Request) { tell(w, s.Journal()) })
	mux.HandleFunc("GET /_sim/faults", func(w http.ResponseWriter, _ *http.Request) { tell(w, wired(s.Faults())) })
	mux.HandleFunc("DELETE /_sim/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.Clear()
		tell(w, wired(s.Faults()))
	})
	mux.HandleFunc("POST /_sim/faults", func(w http.ResponseWriter, r *http.Request) {
		var wire wireFault
		if !hear(w, r, &wire) {
			return
		}
		fault, err := wire.fault()
		if err == nil {
			err = s.inject([]Fault{fault})
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		tell(w, wired(s.Faults()))
	})
	mux.HandleFunc("POST /_sim/advance", func(w http.ResponseWriter, r *http.Request) {
		var wire struct {
			By string `json:"by"`
		}
		if !hear(w, r, &wire) {
			return
		}
		d, err := time.ParseDuration(wire.By)
		if err != nil || d < 0 {
			http.Error(w, fmt.Sprintf("by: %q is not a duration like 30s", wire.By), http.StatusBadRequest)
			return
		}
		if err := s.advance(d); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		tell(w, map[string]time.Time{"now": s.Now()})
	})
}

// report is all that can be seen.
func (s *Simulator) report() any {
	type machine struct {
		Droplet
		Status string `json:"status"`
	}
	now, machines := s.Now(), []machine{}
	for _, d := range s.Droplets("") {
		machines = append(machines, machine{d, d.Status(now)})
	}
	s.mu.Lock()
	counts := map[Operation]Count{}
	for operation, count := range s.journal.counts {
		counts[operation] = count
	}
	s.mu.Unlock()
	return map[string]any{
		"now": now, "droplets": machines, "zones": s.Zones(), "records": s.Records(""), "faults": wired(s.Faults()), "counts": counts,
	}
}

func tell(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(what) // the caller may have gone
}

// hear reads a body that says it is JSON: a form on a page of the web cannot say that.
func hear(w http.ResponseWriter, r *http.Request, into any) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		http.Error(w, "the body must be application/json", http.StatusUnsupportedMediaType)
		return false
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		http.Error(w, "the body cannot be read: "+err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}
