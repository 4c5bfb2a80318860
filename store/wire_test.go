package store_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lib/pq"
)

// cut says what the wire does with a COMMIT.
type cut int32

const (
	cutBefore   cut = iota // the connection breaks before the COMMIT reaches the server
	cutAfter               // the server has answered the COMMIT, and the connection breaks before the answer gets through
	cutInFlight            // the connection breaks while the server works on the COMMIT
)

// wire stands between a store and its database, and breaks connections at a COMMIT.
type wire struct {
	listener net.Listener
	how      atomic.Int32 // a cut
	left     atomic.Int32 // how many COMMITs are still to be cut
	closed   atomic.Bool  // nobody gets through any more
	hung     atomic.Bool  // answers get lost on the way, and no connection breaks
	whenCut  func()       // called at each cut, before the connection breaks
	mu       sync.Mutex
	open     []net.Conn
}

// newWire returns a wire and the address of the database through it.
func newWire(t *testing.T, dsn string) (*wire, string) {
	t.Helper()
	cfg, err := pq.NewConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	network, target := "unix", fmt.Sprintf("%s/.s.PGSQL.%d", cfg.Host, cfg.Port)
	if !filepath.IsAbs(cfg.Host) {
		network, target = "tcp", net.JoinHostPort(cfg.Host, fmt.Sprint(cfg.Port))
	}
	w := &wire{whenCut: func() {}}
	if w.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = w.listener.Close()
		w.shut()
	})
	go w.serve(network, target)
	return w, fmt.Sprintf("host=127.0.0.1 port=%d user='%s' password='%s' dbname='%s' sslmode=disable",
		w.listener.Addr().(*net.TCPAddr).Port, cfg.User, cfg.Password, cfg.Database)
}

// shut breaks all connections and lets no new one through.
func (w *wire) shut() {
	w.closed.Store(true)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.open {
		_ = c.Close()
	}
}

func (w *wire) serve(network, target string) {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial(network, target)
		w.mu.Lock()
		if err != nil || w.closed.Load() {
			w.mu.Unlock()
			_ = client.Close()
			continue
		}
		w.open = append(w.open, client, server)
		w.mu.Unlock()
		c := &call{wire: w, client: client, server: server}
		go c.answers()
		go c.requests()
	}
}

// call is one connection through the wire.
type call struct {
	wire           *wire
	client, server net.Conn
	mute           atomic.Bool // the next answer breaks the connection
}

// commit is COMMIT as it is sent.
var commit = append(binary.BigEndian.AppendUint32([]byte{'Q'}, 4+7), "COMMIT\x00"...)

func (c *call) requests() {
	defer func() { _ = c.client.Close() }() // the other side is closed by answers, when there are none left
	buf := make([]byte, 64<<10)
	for {
		n, err := c.client.Read(buf)
		if bytes.HasSuffix(buf[:n], commit) && c.wire.left.Add(-1) >= 0 {
			c.wire.whenCut()
			if cut(c.wire.how.Load()) == cutBefore {
				_ = c.server.Close()
				return
			}
			c.mute.Store(true)
			_, _ = c.server.Write(buf[:n])
			if cut(c.wire.how.Load()) == cutInFlight {
				return
			}
			continue // until the answer breaks the connection
		}
		if _, failed := c.server.Write(buf[:n]); failed != nil || err != nil {
			_ = c.server.Close()
			return
		}
	}
}

func (c *call) answers() {
	defer func() { _, _ = c.client.Close(), c.server.Close() }()
	buf := make([]byte, 64<<10)
	for {
		n, err := c.server.Read(buf)
		if c.wire.hung.Load() && !c.wire.closed.Load() {
			time.Sleep(time.Millisecond) // also when the server has given up: nobody hears of that, either
			continue
		}
		if err != nil || c.mute.Load() {
			return
		}
		if _, err := c.client.Write(buf[:n]); err != nil {
			return
		}
	}
}
