package cloudsim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"arcadia.example/console/catalog"
)

// Options say how the provider behaves. The zero Options are one that is never late and manages no zone.
type Options struct {
	Token string // that callers must bring; empty: any, but one
	Zones []string

	Activation time.Duration // from the creation of a machine until it is active and has an address
	Listing    time.Duration // from its creation until lists have it
	Showing    time.Duration // from its creation until it can be got; before, that is 404
	Switching  time.Duration // how long power actions take
	Latency    time.Duration // how long each call takes, half of it before its effect and half after

	StateFile string           // kept there over restarts; empty: in memory alone
	Clock     func() time.Time // nil: the machine's
}

// Simulator is the provider. It is safe for use by several goroutines.
type Simulator struct {
	options Options
	mux     *http.ServeMux

	mu      sync.Mutex
	state   state
	faults  []*Fault
	journal journal

	url    string
	server *http.Server
}

// sizes and regions are those that the console sells; others are refused as the provider refuses what it does not know.
var (
	sizes   = codes(catalog.Sizes, func(s catalog.Size) string { return s.Code })
	regions = codes(catalog.Regions, func(p catalog.Place) string { return p.Code })
	images  = []string{"debian-12-x64", "debian-13-x64", "ubuntu-22-04-x64", "ubuntu-24-04-x64", "rockylinux-9-x64"}
)

func codes[T any](list []T, code func(T) string) []string {
	all := make([]string, 0, len(list))
	for _, item := range list {
		all = append(all, code(item))
	}
	return all
}

// New returns a provider that does not listen yet, with what its state file holds.
func New(o Options) (*Simulator, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	s := &Simulator{options: o, journal: newJournal()}
	if err := s.load(); err != nil {
		return nil, err
	}
	for _, zone := range o.Zones {
		s.state.addZone(zone)
	}
	s.mux = s.routes()
	return s, nil
}

// Start returns a provider that listens on a free port of loopback until it is closed.
func Start(o Options) (*Simulator, error) {
	s, err := New(o)
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cloudsim: %w", err)
	}
	if err := s.prepare(listener); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	go func() { _ = s.server.Serve(listener) }() // ends by Close
	return s, nil
}

// Serve is a provider for a process of its own: it answers on the listener, which must be on loopback, until the context ends.
func Serve(ctx context.Context, listener net.Listener, o Options) error {
	s, err := New(o)
	if err != nil {
		return err
	}
	return s.Serve(ctx, listener)
}

// Serve answers on the listener, which must be on loopback, until the context ends.
func (s *Simulator) Serve(ctx context.Context, listener net.Listener) error {
	if err := s.prepare(listener); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = s.server.Close() })()
	if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (s *Simulator) prepare(listener net.Listener) error {
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok || !address.IP.IsLoopback() {
		return fmt.Errorf("cloudsim: %s is not on loopback", listener.Addr())
	}
	s.url = "http://" + listener.Addr().String()
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second}
	return nil
}

// URL is where it listens, as "http://127.0.0.1:40123".
func (s *Simulator) URL() string { return s.url }

// Close ends the server and the calls that hang.
func (s *Simulator) Close() error {
	if s.server == nil {
		return nil
	}
	return s.server.Close()
}

// ServeHTTP answers one call. A name that leads here from elsewhere, as one on a page of the web could, is refused.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if ip := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		http.Error(w, "only by a loopback address", http.StatusForbidden)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// Now is the provider's time.
func (s *Simulator) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// now is Now for who holds the lock.
func (s *Simulator) now() time.Time { return s.options.Clock().Add(s.state.Ahead).UTC() }

// Advance moves the provider's clock forward: what takes time is done sooner. It panics if that cannot be kept in the state file.
func (s *Simulator) Advance(d time.Duration) {
	if err := s.advance(d); err != nil {
		panic(err)
	}
}

func (s *Simulator) advance(d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Ahead += d
	return s.save()
}

// Droplets are the machines that exist and carry the tag, or all for "", seen or not; by their number.
func (s *Simulator) Droplets(tag string) []Droplet {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Droplet
	for _, d := range s.state.Droplets {
		if tag == "" || d.carries(tag) {
			d.settle(s.now())
			list = append(list, d.copied())
		}
	}
	slices.SortFunc(list, func(a, b Droplet) int { return int(a.ID - b.ID) })
	return list
}

// Zones are the managed zones, sorted.
func (s *Simulator) Zones() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.zoneNames()
}

// Records are the records at a host name, or all for "", by their number.
func (s *Simulator) Records(hostname string) []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Record
	for _, records := range s.state.Zones {
		for _, r := range records {
			if hostname == "" || r.Hostname == plain(hostname) {
				list = append(list, *r)
			}
		}
	}
	slices.SortFunc(list, func(a, b Record) int { return int(a.ID - b.ID) })
	return list
}
