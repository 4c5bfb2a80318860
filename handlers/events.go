package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

// eventsPath is where browsers hear of changes. Its answer has no end, and so no deadline.
const eventsPath = "/events"

// liveHeader marks what a page's script reads by itself, because something changed: nobody is there because of it.
const liveHeader = "Arcadia-Live"

// Streams bounds the streams of events. What is zero is as usual.
type Streams struct {
	PerSession int           // at once; 6: as many connections as a browser has to one host
	PerProcess int           // at once; 1000
	Recheck    time.Duration // how often is asked whether the session still holds; 10 s, so that a stream outlives it by less than 30 s
	Heartbeat  time.Duration // how often a sign of life is sent; 15 s
	WriteLimit time.Duration // how long a reader may take for what is sent; 5 s
}

func (s Streams) orUsual() Streams {
	usual := func(d *time.Duration, otherwise time.Duration) {
		if *d == 0 {
			*d = otherwise
		}
	}
	if s.PerSession == 0 {
		s.PerSession = 6
	}
	if s.PerProcess == 0 {
		s.PerProcess = 1000
	}
	usual(&s.Recheck, 10*time.Second)
	usual(&s.Heartbeat, 15*time.Second)
	usual(&s.WriteLimit, 5*time.Second)
	return s
}

// eventSpacing is the shortest time between two messages of a stream: what happens meanwhile is told together.
const eventSpacing = 50 * time.Millisecond

// Watch hears what is committed by any process and tells the streams, until the context ends. Without it there are no streams.
func (s *Server) Watch(ctx context.Context) {
	report := func(err error) { s.log.WarnContext(ctx, "listening for changes", "error", err.Error()) }
	for change := range s.store.ListenNews(ctx, report) {
		s.hub.tell(change, now())
	}
}

type eventsQuery struct {
	Age string `schema:"age"` // how long ago the page was asked for, in milliseconds
}

// events is the one stream of a browser. Each message says what changed, not how: whoever shows it reads it anew.
func (s *Server) events(c echo.Context) error {
	if site := c.Request().Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return failure{status: http.StatusForbidden, text: "This request came from another site."}
	}
	var q eventsQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	since, err := q.since()
	if err != nil {
		return err
	}
	session, _ := sessionOf(c)
	stream, state := s.hub.open(session.ID, since)
	switch state {
	case hubFull:
		c.Response().Header().Set("Retry-After", "30")
		return failure{status: http.StatusTooManyRequests, text: "There are too many streams of events. Pages work without."}
	case hubDeaf:
		c.Response().Header().Set("Retry-After", "5")
		return failure{status: http.StatusServiceUnavailable, text: "There are no live updates at the moment. Pages work without."}
	}
	defer s.hub.close(stream)
	out, err := s.openEvents(c)
	if err != nil || c.Request().Method == http.MethodHead {
		return err
	}
	return s.stream(wholeRequest(c), out, stream, tokenOf(c))
}

// since is when the page was asked for, by our clock: what was committed later it may not show. Zero: whenever.
func (q eventsQuery) since() (time.Time, error) {
	if q.Age == "" {
		return time.Time{}, nil
	}
	ms, err := strconv.ParseUint(q.Age, 10, 32)
	if err != nil {
		return time.Time{}, badRequest("age", "This is no number of milliseconds.")
	}
	return now().Add(-time.Duration(ms) * time.Millisecond), nil
}

// stream tells one browser what it waits for until one of both goes, or the session ends.
func (s *Server) stream(ctx context.Context, out *eventWriter, waiting *stream, token store.Token) error {
	heartbeat, recheck := time.NewTicker(s.limits.Heartbeat), time.NewTicker(s.limits.Recheck)
	defer heartbeat.Stop()
	defer recheck.Stop()
	var quiet <-chan time.Time // until when nothing more is told
	wake := waiting.wake
	failures := 0
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-waiting.done:
			return out.end("going_down")
		case <-recheck.C:
			in, checkErr := s.stillIn(ctx, token)
			if failures++; checkErr == nil {
				failures = 0
			}
			if checkErr == nil && !in || failures == 2 { // whether the rights still hold is not known: then they do not
				return out.end("signed_out")
			}
		case <-heartbeat.C:
			err = out.send(": here\n\n")
		case <-quiet:
			wake, quiet = waiting.wake, nil
		case <-wake:
			wake, quiet = nil, time.After(eventSpacing)
			err = out.changes(waiting.take())
		}
		if err != nil {
			return fmt.Errorf("stream of events: %w", err)
		}
	}
}

// stillIn reports whether the session holds and may read. It is not used by that.
func (s *Server) stillIn(ctx context.Context, token store.Token) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	session, err := s.store.PeekSession(ctx, token)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return session.Actor().Can(access.Read) && !s.lacksFactor(session), err
}

// eventWriter writes server-sent events. A reader who does not take them in time is given up.
type eventWriter struct {
	to      http.ResponseWriter
	control *http.ResponseController
	limit   time.Duration
}

func (s *Server) openEvents(c echo.Context) (*eventWriter, error) {
	out := &eventWriter{to: c.Response(), control: http.NewResponseController(c.Response()), limit: s.limits.WriteLimit}
	if err := out.control.SetReadDeadline(time.Time{}); err != nil { // that of the server would end the stream
		return nil, err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	if c.Request().Method == http.MethodHead {
		return out, c.NoContent(http.StatusOK)
	}
	c.Response().WriteHeader(http.StatusOK)
	return out, out.send(": here\n\n")
}

func (w *eventWriter) send(text string) error {
	if err := w.control.SetWriteDeadline(time.Now().Add(w.limit)); err != nil {
		return err
	}
	if _, err := w.to.Write([]byte(text)); err != nil {
		return err
	}
	return w.control.Flush()
}

func (w *eventWriter) changes(list []store.News) error {
	var text string
	for _, c := range list {
		if c.Missed() {
			return w.send("event: anew\ndata: {}\n\n")
		}
		data, err := json.Marshal(changeData{c.Kind, idText(c.DeploymentID), idText(c.TenantID)})
		if err != nil {
			return err
		}
		text += "event: change\ndata: " + string(data) + "\n\n"
	}
	return w.send(text)
}

// end says why the stream ends. Whoever does not hear it finds out.
func (w *eventWriter) end(why string) error {
	_ = w.send("event: end\ndata: {\"why\":\"" + why + "\"}\n\n")
	return nil
}

// changeData is what is told of a change. Without IDs it stands for many.
type changeData struct {
	Kind         string `json:"kind"`
	DeploymentID string `json:"deployment,omitempty"`
	TenantID     string `json:"tenant,omitempty"`
}

func idText(id uuid.NullUUID) string {
	if !id.Valid {
		return ""
	}
	return id.UUID.String()
}
