package handlers_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/handlers"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// streaming is a server on a port, which hears of what is committed.
type streaming struct {
	*console
	server *handlers.Server
	http   *httptest.Server
}

func (c *console) streaming(bounds handlers.Streams, adapt ...func(*http.Server)) *streaming {
	c.t.Helper()
	s := &streaming{console: c, server: c.serve(c.store, handlers.Config{Streams: bounds})}
	s.http = httptest.NewUnstartedServer(s.server)
	for _, one := range adapt {
		one(s.http.Config)
	}
	s.http.Start()
	c.owns(`DELETE FROM outbox`) // nobody has told yet what was done to set the test up
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { s.server.Watch(ctx); close(ended) }()
	c.t.Cleanup(func() {
		s.server.Drain()
		s.http.Close()
		cancel()
		<-ended
	})
	c.soon("it hears", func() bool {
		a := s.listen("viewer", "")
		a.leave()
		return a.status == http.StatusOK
	})
	return s
}

// waitLimit is how long anything may take that comes about by itself: so long only where it does not come about.
const waitLimit = time.Minute

func (c *console) soon(what string, ok func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(waitLimit); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	c.t.Fatalf("not within %v: %s", waitLimit, what)
}

// listener is one who reads a stream.
type listener struct {
	*console
	status int
	header http.Header
	leave  func()
	lines  *bufio.Reader
}

// listen asks for the stream as the person with the role.
func (s *streaming) listen(role, query string, changes ...change) *listener {
	s.t.Helper()
	ctx, leave := context.WithTimeout(context.Background(), waitLimit)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.http.URL+"/events"+query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Cookie", s.cookie(role))
	for _, change := range changes {
		change(r)
	}
	a, err := new(http.Transport).RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { leave(); _ = a.Body.Close() })
	return &listener{s.console, a.StatusCode, a.Header, leave, bufio.NewReader(a.Body)}
}

// next is the name and the data of the next event; empty when the stream has ended.
func (l *listener) next() (name, data string) {
	l.t.Helper()
	for {
		line, err := l.lines.ReadString('\n')
		if err != nil {
			return "", ""
		}
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "event":
			name = value
		case "data":
			return name, value
		}
	}
}

// hears expects the next event.
func (l *listener) hears(name string, words ...string) {
	l.t.Helper()
	got, data := l.next()
	if got != name {
		l.t.Errorf("event %q %s, want %q", got, data, name)
	}
	for _, word := range words {
		if !strings.Contains(data, word) {
			l.t.Errorf("event %q says nothing of %q: %s", got, word, data)
		}
	}
}

// pauses moves the deployment, as another process would.
func (c *console) pauses(action lifecycle.Action) {
	c.t.Helper()
	d, err := c.store.GetDeployment(c.t.Context(), c.deployment)
	if err != nil {
		c.t.Fatal(err)
	}
	actor := access.Actor{Kind: access.Staff, ID: "else@arcadia.test", Name: "Else", Roles: access.Admin}
	reason := lifecycle.Reason("")
	if action.NeedsReason() {
		reason = lifecycle.Other
	}
	moved, err := c.store.Transition(c.t.Context(), store.Transition{
		Command: store.Command{Actor: actor, Key: fmt.Sprint(action, d.Version)}, DeploymentID: d.ID, Action: action, Version: d.Version, Reason: reason,
	})
	if err != nil || moved.Verdict != lifecycle.Accepted {
		c.t.Fatalf("%s: %+v %v", action, moved, err)
	}
}

// admin is the superuser's connection, who sees what others ask.
func (c *console) admin() *sql.DB {
	c.t.Helper()
	db, err := sql.Open("postgres", c.db.AdminDSN)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestEventsTellWhatWasCommitted(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	s := c.streaming(handlers.Streams{})
	l := s.listen("viewer", "", header("Accept-Encoding", "gzip, zstd"))
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "Content-Encoding": "", "X-Accel-Buffering": "no", "Cache-Control": "no-store"} {
		if got := l.header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	c.pauses(lifecycle.Pause)
	name, data := l.next()
	var told struct{ Kind, Deployment, Tenant string }
	if err := json.Unmarshal([]byte(data), &told); err != nil || name != "change" ||
		told.Kind != store.MoveNews || told.Deployment != c.deployment.String() || told.Tenant != c.tenant.String() {
		t.Errorf("a move is told as %s %s", name, data)
	}
	b := c.signedIn("billing")
	b.post(c.tenantPath("/notes"), "notes", "Called.", "key", "note-1")
	l.hears("change", `"note"`, c.tenant.String())
}

// A page that was asked for a moment ago is told what it may not show; one that is older than what is remembered is told so.
func TestEventsBeginWhereThePageEnds(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	s := c.streaming(handlers.Streams{})
	begun := time.Now()
	time.Sleep(2100 * time.Millisecond) // past what a request may have been on its way
	l := s.listen("viewer", "")
	c.pauses(lifecycle.Pause)
	l.hears("change", `"move"`)
	asked := time.Since(begun) - 2*time.Second // before the move, and after the first change that could be heard
	s.listen("viewer", fmt.Sprintf("?age=%d", asked.Milliseconds())).hears("change", `"move"`)
	s.listen("viewer", fmt.Sprintf("?age=%d", (time.Since(begun)+time.Hour).Milliseconds())).hears("anew")
	for _, query := range []string{"?age=x", "?age=-1", "?age=99999999999999999999", "?since=1"} {
		if l := s.listen("viewer", query); l.status != http.StatusBadRequest {
			t.Errorf("%s: %d", query, l.status)
		}
	}
}

// The deadlines of other requests are not those of a stream.
func TestAStreamOutlivesTheServersDeadlines(t *testing.T) {
	t.Parallel()
	const deadline = 3 * time.Second // which a busy machine keeps for the other requests of the test
	c := newConsole(t)
	s := c.streaming(handlers.Streams{Heartbeat: 50 * time.Millisecond}, func(h *http.Server) {
		h.ReadTimeout, h.WriteTimeout, h.IdleTimeout = deadline, deadline, deadline
	})
	l := s.listen("viewer", "")
	time.Sleep(deadline + time.Second)
	c.pauses(lifecycle.Pause)
	l.hears("change", `"move"`)
}

func TestOneStreamMoreThanTheCap(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	s := c.streaming(handlers.Streams{PerSession: 2, PerProcess: 3})
	refused := func(what, role string) {
		t.Helper()
		if l := s.listen(role, ""); l.status != http.StatusTooManyRequests || l.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d, Retry-After %q", what, l.status, l.header.Get("Retry-After"))
		}
	}
	c.soon("the streams of the beginning are gone", func() bool { return s.server.Streams() == 0 })
	first, second := s.listen("viewer", ""), s.listen("viewer", "")
	refused("the third of a session", "viewer")
	third := s.listen("billing", "")
	refused("the fourth of the process", "support")
	c.pauses(lifecycle.Pause)
	for _, l := range []*listener{first, second, third} {
		l.hears("change", `"move"`)
	}
	first.leave()
	c.soon("a place is free", func() bool { return s.server.Streams() == 2 })
	s.listen("viewer", "")
	if n := s.server.Streams(); n != 3 {
		t.Errorf("%d streams, want 3", n)
	}
}

// Streams take no connection to the database: many of them, and one page, with a pool of four.
func TestStreamsHoldNoConnection(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	s := c.streaming(handlers.Streams{PerSession: 40})
	for range 30 {
		s.listen("viewer", "")
	}
	c.wants(c.send(s.server, http.MethodGet, "/deployments", "", header("Cookie", c.cookie("viewer"))), http.StatusOK, "Web shop")
	var n int
	err := c.admin().QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'`).Scan(&n)
	if err != nil || n != 1 {
		t.Errorf("%d connections listen, want 1: %v", n, err)
	}
}

// Whoever does not take what is sent is closed; others are told as ever.
func TestSlowReaderIsClosed(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	// Small buffers: what the reader does not take is soon felt.
	s := c.streaming(handlers.Streams{Heartbeat: 100 * time.Microsecond, WriteLimit: 2 * time.Second}, func(h *http.Server) {
		h.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
			_ = conn.(*net.TCPConn).SetWriteBuffer(4096)
			return ctx
		}
	})
	c.soon("the streams of the beginning are gone", func() bool { return s.server.Streams() == 0 })
	other := s.listen("billing", "")
	told := make(chan string, 1)
	go func() { // as a browser does, which takes all that comes
		name, data := other.next()
		told <- name + " " + data
	}()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET /events HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n", c.cookie("viewer"))
	if _, err := io.ReadFull(conn, make([]byte, len("HTTP/1.1 200"))); err != nil { // it is there, and takes no more
		t.Fatal(err)
	}
	c.soon("the slow one is closed", func() bool { return s.server.Streams() == 1 })
	c.pauses(lifecycle.Pause)
	if got := <-told; !strings.HasPrefix(got, "change ") || !strings.Contains(got, `"move"`) {
		t.Errorf("the other one is told %q", got)
	}
}

// Rights that are taken away end the stream, in a process other than that where they are taken.
func TestRightsTakenAwayEndTheStream(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	s := c.streaming(handlers.Streams{Recheck: 100 * time.Millisecond})
	chief := access.Actor{Kind: access.System, ID: "test", Name: "Test"}
	person := c.staffOf("support")
	for what, take := range map[string]func() error{
		"disabled": func() error {
			p := c.staffOf("operator")
			return c.store.ChangeStaff(t.Context(), chief, store.StaffChange{ID: p.ID, EditVersion: p.EditVersion, Name: p.Name, Roles: p.Roles(), Disabled: true}, "")
		},
		"other roles": func() error {
			return c.store.ChangeStaff(t.Context(), chief, store.StaffChange{ID: person.ID, EditVersion: person.EditVersion, Name: person.Name, Roles: access.Viewer}, "")
		},
	} {
		role := "operator"
		if what == "other roles" {
			role = "support"
		}
		l := s.listen(role, "")
		if err := take(); err != nil {
			t.Fatal(err)
		}
		l.hears("end", "signed_out")
		if name, _ := l.next(); name != "" {
			t.Errorf("%s: the stream goes on with %s", what, name)
		}
	}
	out := s.listen("billing", "")
	c.leads(c.signedIn("billing").post("/logout"), "/login")
	out.hears("end", "signed_out")
	usual := handlers.UsualStreams()
	if longest := 2*usual.Recheck + 5*time.Second; longest > 30*time.Second {
		t.Errorf("a stream may outlive its session by %v", longest)
	}
}

// Streams end when the process stops, and hold nothing up.
func TestStreamsEndOnShutdown(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	s := c.streaming(handlers.Streams{})
	l := s.listen("viewer", "")
	s.server.Drain()
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit/2) // by which the listener has not left by itself
	defer cancel()
	if err := s.http.Config.Shutdown(ctx); err != nil {
		t.Errorf("the shutdown: %v", err)
	}
	l.hears("end", "going_down")
	a := c.send(s.server, http.MethodGet, "/events", "", header("Cookie", c.cookie("viewer")))
	c.wants(a, http.StatusServiceUnavailable, "Pages work without")
}

// The one connection that listens is cut: streams stay, and are told that something may have been missed.
func TestStreamsSurviveTheListenersConnection(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	s := c.streaming(handlers.Streams{})
	l := s.listen("viewer", "")
	if _, err := c.admin().ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN %'`); err != nil {
		t.Fatal(err)
	}
	l.hears("anew")
	c.pauses(lifecycle.Pause)
	l.hears("change", `"move"`)
}

// What a page's script does by itself keeps no session alive: neither a stream nor a page that is read because of it.
func TestOpenPagesKeepNoSessionAlive(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	s := c.streaming(handlers.Streams{Recheck: 50 * time.Millisecond})
	cookie := header("Cookie", c.cookie("viewer"))
	c.owns(`UPDATE sessions SET seen_at = seen_at - interval '20 minutes'`)
	seen := func() string { return c.value(`SELECT max(seen_at) FROM sessions`) }
	before := seen()
	l := s.listen("viewer", "")
	for range 3 {
		c.wants(c.send(s.server, http.MethodGet, c.path(""), "", cookie, header("Arcadia-Live", "read")), http.StatusOK, "Web shop")
	}
	time.Sleep(200 * time.Millisecond)
	if after := seen(); after != before {
		t.Errorf("the session was used at %s, before at %s", after, before)
	}
	c.owns(`UPDATE sessions SET seen_at = seen_at - interval '10 minutes'`)
	l.hears("end", "signed_out")
	a := c.send(s.server, http.MethodGet, c.path(""), "", cookie, header("Arcadia-Live", "read"))
	if a.status != http.StatusSeeOther {
		t.Errorf("after 30 minutes a live reading is answered with %d", a.status)
	}
	c.owns(`UPDATE sessions SET seen_at = seen_at + interval '15 minutes'`)
	before = seen()
	c.wants(c.send(s.server, http.MethodGet, c.path(""), "", cookie), http.StatusOK)
	if seen() == before {
		t.Error("a page that somebody opens does not use the session")
	}
}

// A page that reads itself again does not take the words that another waits for.
func TestLiveReadingLeavesTheNotice(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	b := c.signedIn("billing")
	b.post(c.path("/notes"), "notes", "Called.", "key", "note-1")
	if a := b.page(c.path(""), header("Arcadia-Live", "read")); strings.Contains(a.body, "Note added.") {
		t.Error("the reading took the notice")
	}
	c.wants(b.page(c.path("")), http.StatusOK, "Note added.")
}

func TestEventsAreForTheConsolesOwnPages(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	s := c.streaming(handlers.Streams{})
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 200, "none": 200} {
		if l := s.listen("viewer", "", header("Sec-Fetch-Site", site)); l.status != want {
			t.Errorf("from %s: %d, want %d", site, l.status, want)
		}
	}
	c.leads(c.send(s.server, http.MethodGet, "/events", ""), "/login?next=%2Fevents")
}
