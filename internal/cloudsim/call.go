package cloudsim

import (
	"crypto/subtle"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

const bodyLimit = 1 << 20

// call is a request while it is answered.
type call struct {
	operation Operation
	request   *http.Request
	body      []byte
	now       time.Time
	droplet   int64  // of the path, or the one that was made
	zone      string // of the path
	record    int64  // of the path
}

// answer is what the provider says.
type answer struct {
	status     int
	body       any // nil: none
	effect     bool
	retryAfter time.Duration
}

func found(body any) answer            { return answer{status: http.StatusOK, body: body} }
func done(status int, body any) answer { return answer{status: status, body: body, effect: true} }

func missing() answer {
	return failed(http.StatusNotFound, "not_found", "The resource you were accessing could not be found.")
}

func failed(status int, id, message string) answer {
	return answer{status: status, body: map[string]any{"id": id, "message": message, "request_id": uuid.NewString()}}
}

// routes are the provider's, and those by which people steer it.
func (s *Simulator) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, o := range map[string]struct {
		operation Operation
		work      func(*call) answer
		names     func(*call) []string
	}{
		"POST /v2/droplets":                          {CreateDroplet, s.createDroplet, s.dropletNames},
		"GET /v2/droplets":                           {ListDroplets, s.listDroplets, s.dropletNames},
		"GET /v2/droplets/{droplet}":                 {GetDroplet, s.getDroplet, s.dropletNames},
		"DELETE /v2/droplets/{droplet}":              {DeleteDroplet, s.deleteDroplet, s.dropletNames},
		"POST /v2/droplets/{droplet}/actions":        {Power, s.power, s.dropletNames},
		"GET /v2/domains":                            {FindZone, s.listDomains, func(*call) []string { return nil }},
		"GET /v2/domains/{zone}/records":             {ListRecords, s.listRecords, s.recordNames},
		"POST /v2/domains/{zone}/records":            {CreateRecord, s.createRecord, s.recordNames},
		"PUT /v2/domains/{zone}/records/{record}":    {EditRecord, s.editRecord, s.recordNames},
		"DELETE /v2/domains/{zone}/records/{record}": {DeleteRecord, s.deleteRecord, s.recordNames},
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, o.operation, o.work, o.names) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { missing().write(w) })
	s.control(mux)
	return mux
}

// answer has one call done, or go wrong.
func (s *Simulator) answer(w http.ResponseWriter, r *http.Request, operation Operation, work func(*call) answer, names func(*call) []string) {
	if !s.authorized(r) {
		failed(http.StatusUnauthorized, "Unauthorized", "Unable to authenticate you").write(w)
		return
	}
	// All of it is read first: until then net/http does not notice that the caller goes.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		failed(http.StatusRequestEntityTooLarge, "too_large", "The body of the request is too large.").write(w)
		return
	}
	c := &call{operation: operation, request: r, body: body, zone: plain(r.PathValue("zone"))}
	c.droplet, _ = strconv.ParseInt(r.PathValue("droplet"), 10, 64) // 0 is the number of none
	c.record, _ = strconv.ParseInt(r.PathValue("record"), 10, 64)
	fault := s.fate(c, names)
	if fault != nil && fault.Kind == Slow {
		pass(r, fault.Delay)
	}
	pass(r, s.options.Latency/2)
	a := s.perform(c, fault, work, names)
	pass(r, s.options.Latency/2)
	s.deliver(w, r, fault, a)
}

// pass lets time go by, unless the caller goes.
func pass(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-r.Context().Done():
	}
}

// fate is the fault that a call meets.
func (s *Simulator) fate(c *call, names func(*call) []string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.strike(c.operation, names(c))
}

// perform does what is asked for, unless a fault is before it, and writes the call down.
func (s *Simulator) perform(c *call, fault *Fault, work func(*call) answer, names func(*call) []string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = s.now()
	entry := Call{At: c.now, Operation: c.operation, About: names(c)}
	var a answer
	if fault == nil || fault.Kind.After() {
		a = work(c)
		entry.Effect = a.effect
		for _, name := range names(c) { // what was made has a name only now, what was removed had one
			if !slices.Contains(entry.About, name) {
				entry.About = append(entry.About, name)
			}
		}
		if a.effect {
			if err := s.save(); err != nil {
				a = failed(http.StatusInternalServerError, "server_error", "The state could not be kept: "+err.Error())
			}
		}
	}
	if fault != nil {
		entry.Fault = fault.Kind
		if said, ok := fault.answer(); ok {
			a = said
		}
	}
	entry.Status = a.status
	s.journal.add(entry)
	return a
}

// deliver brings the answer to the caller, or does not.
func (s *Simulator) deliver(w http.ResponseWriter, r *http.Request, fault *Fault, a answer) {
	if fault == nil {
		a.write(w)
		return
	}
	switch fault.Kind {
	case Hang, HangAfter:
		<-r.Context().Done()
		panic(http.ErrAbortHandler) // for net/http: end it without a word
	case Reset, ResetAfter:
		reset(w)
	case GarbleAfter:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, `{"droplet": {"id": 5000`) // it may have gone
	default:
		a.write(w)
	}
}

// reset ends the connection so that the other side sees a reset and not an orderly end.
func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}

func (s *Simulator) authorized(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && token != "" && (s.options.Token == "" || subtle.ConstantTimeCompare([]byte(token), []byte(s.options.Token)) == 1)
}

func (a answer) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("RateLimit-Limit", "5000")
	h.Set("RateLimit-Remaining", "4999")
	h.Set("X-Request-Id", uuid.NewString())
	if a.retryAfter > 0 {
		h.Set("RateLimit-Remaining", "0")
		h.Set("Retry-After", strconv.Itoa(int(a.retryAfter/time.Second)))
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.body) // the caller may have gone
}
