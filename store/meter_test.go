package store_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/lib/pq"
)

// meter stands between a store and its database and counts the round trips: how often the server says that it is ready.
type meter struct{ trips atomic.Int64 }

// newMeter returns a meter and the address of the database through it.
func newMeter(t *testing.T, dsn string) (*meter, string) {
	t.Helper()
	cfg, err := pq.NewConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	network, target := "unix", fmt.Sprintf("%s/.s.PGSQL.%d", cfg.Host, cfg.Port)
	if !filepath.IsAbs(cfg.Host) {
		network, target = "tcp", net.JoinHostPort(cfg.Host, fmt.Sprint(cfg.Port))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	m := new(meter)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(network, target)
			if err != nil {
				_ = client.Close()
				continue
			}
			go func() {
				_, _ = io.Copy(server, client) // until the client has gone
				_ = server.Close()
			}()
			go func() {
				m.answers(client, server)
				_ = client.Close()
			}()
		}
	}()
	return m, fmt.Sprintf("host=127.0.0.1 port=%d user='%s' password='%s' dbname='%s' sslmode=disable",
		listener.Addr().(*net.TCPAddr).Port, cfg.User, cfg.Password, cfg.Database)
}

// answers passes on what the server says, message by message: one byte of kind, four of length, the rest.
func (m *meter) answers(client io.Writer, server io.Reader) {
	from := bufio.NewReader(server)
	for {
		head, err := from.Peek(5)
		if err != nil {
			return
		}
		if head[0] == 'Z' {
			m.trips.Add(1)
		}
		if _, err := io.CopyN(client, from, 1+int64(binary.BigEndian.Uint32(head[1:]))); err != nil {
			return
		}
	}
}
