package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// client is one browser with one connection, as lean as can be: it shares the machine with what it measures.
type client struct {
	conn  net.Conn
	in    *bufio.Reader
	host  string
	who   string // cookie of somebody who is signed in
	bytes int64  // received so far, heads included
}

func dial(to *console) (*client, error) {
	conn, err := net.Dial("tcp", to.address)
	if err != nil {
		return nil, err
	}
	c := &client{conn: conn, host: to.address, who: to.session}
	c.in = bufio.NewReaderSize(c, 64<<10)
	return c, nil
}

// Read counts what comes over the wire.
func (c *client) Read(p []byte) (int, error) {
	n, err := c.conn.Read(p)
	c.bytes += int64(n)
	return n, err
}

// request is one request; form makes it a post. status is the only answer that counts as one.
type request struct {
	path   string
	form   url.Values
	status int
}

// do sends a request and returns the body as it came, compressed.
func (c *client) do(r request) ([]byte, error) {
	method, body := http.MethodGet, ""
	if r.form != nil {
		method, body = http.MethodPost, r.form.Encode()
	}
	head := method + " " + r.path + " HTTP/1.1\r\nHost: " + c.host + "\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nCookie: " + c.who + "\r\n"
	if r.form != nil {
		head += fmt.Sprintf("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(body))
	}
	if err := c.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(c.conn, head+"\r\n"+body); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != r.status {
		err = fmt.Errorf("%s %s: %s", method, r.path, response.Status)
	}
	return content, err
}

// figures are what one measurement gave.
type figures struct {
	perSecond float64
	p50, p99  time.Duration
	slowest   time.Duration
	bytes     int64 // of one answer, on average
}

// drive lets clients ask one request after the other until the time is over. next gives each client its requests; its
// second result is told of each answer.
func drive(ctx context.Context, to *console, clients int, length time.Duration, next func(client int) func() request) (figures, error) {
	var group sync.WaitGroup
	took := make([][]time.Duration, clients)
	errs := make([]error, clients)
	bytes := make([]int64, clients)
	start := time.Now()
	for i := range clients {
		group.Go(func() {
			took[i], bytes[i], errs[i] = ask(ctx, to, start.Add(length), next(i))
		})
	}
	group.Wait()
	passed := time.Since(start)
	for _, err := range errs {
		if err != nil {
			return figures{}, err
		}
	}
	all := slices.Concat(took...)
	var received int64
	for _, n := range bytes {
		received += n
	}
	f := figuresOf(all, passed)
	f.bytes = received / int64(len(all))
	return f, nil
}

func ask(ctx context.Context, to *console, end time.Time, next func() request) (took []time.Duration, bytes int64, err error) {
	c, err := dial(to)
	if err != nil {
		return nil, 0, err
	}
	defer c.conn.Close()
	for {
		start := time.Now()
		if len(took) > 0 && start.After(end) || ctx.Err() != nil {
			return took, c.bytes, ctx.Err()
		}
		if _, err := c.do(next()); err != nil {
			return nil, 0, err
		}
		took = append(took, time.Since(start))
	}
}

// figuresOf needs at least one time.
func figuresOf(took []time.Duration, passed time.Duration) figures {
	slices.Sort(took)
	at := func(share float64) time.Duration { return took[min(len(took)-1, int(share*float64(len(took))))] }
	return figures{perSecond: float64(len(took)) / passed.Seconds(), p50: at(0.5), p99: at(0.99), slowest: at(1)}
}

// medianOf takes the median of each figure over rounds.
func medianOf(rounds []figures) figures {
	return figures{
		perSecond: median(rounds, func(f figures) float64 { return f.perSecond }),
		p50:       median(rounds, func(f figures) time.Duration { return f.p50 }),
		p99:       median(rounds, func(f figures) time.Duration { return f.p99 }),
		bytes:     median(rounds, func(f figures) int64 { return f.bytes }),
	}
}

func median[T float64 | time.Duration | int64](rounds []figures, of func(figures) T) T {
	values := make([]T, len(rounds))
	for i, f := range rounds {
		values[i] = of(f)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
