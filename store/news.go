package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// changesChannel is where the database says what was committed; its function tell_changes knows the name, too.
const changesChannel = "arcadia_changes"

// The kinds of news. Others may come from newer processes.
const (
	MoveNews = "move" // a deployment changed its state, or was created
	NoteNews = "note"
	EditNews = "edit" // a tenant or deployment was edited, or a tenant created
	RunNews  = "run"  // a run or a step of it went on
	// SweepNews: what sweeps found changed, or one ended
	SweepNews = "sweep"
)

// News is something that was committed, in whichever process. One that names neither deployment nor tenant stands for many
// of its kind at once. The zero News says that news may have been missed: whatever was read may be old.
type News struct {
	Kind         string
	DeploymentID uuid.NullUUID
	TenantID     uuid.NullUUID
}

// Missed reports whether it stands for whatever was not heard.
func (n News) Missed() bool { return n.Kind == "" }

// How the connection that listens is kept.
const (
	listenRetry   = 100 * time.Millisecond // the first pause before it is made anew
	listenMax     = 5 * time.Second        // the longest one
	listenProbe   = 20 * time.Second       // how often it is tried
	listenSilence = 10 * time.Second       // how long an answer to that may take
)

// ListenNews sends what is committed in this database, heard on one connection of its own, until the context ends; then it
// closes the channel. Whoever listens also tells the others, by the pool's connections. Missed news come first, and again whenever
// the connection was lost and is there again: everything that is committed after it will be heard. The receiver must not dawdle: what
// waits for it waits in the database. report is told of troubles, which end by themselves.
func (s *Store) ListenNews(ctx context.Context, report func(error)) <-chan News {
	news := make(chan News)
	told := make(chan struct{})
	go func() {
		defer close(told)
		s.tellNews(ctx, report)
	}()
	go func() {
		defer close(news)
		for ctx.Err() == nil {
			s.listen(ctx, news, report)
		}
		select {
		case <-told:
		case <-time.After(tellPatience): // a database that does not answer keeps no process from ending
		}
	}()
	return news
}

// errSilent is what is reported of a connection that neither answers nor breaks.
var errSilent = errors.New("the connection that listens for news does not answer")

// listen listens until the context ends or the connection falls silent. Breaks are mended by the library's listener.
func (s *Store) listen(ctx context.Context, news chan<- News, report func(error)) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	listener := pq.NewListener(s.dsn, listenRetry, listenMax, func(_ pq.ListenerEventType, err error) {
		if err != nil && ctx.Err() == nil {
			report(err)
		}
	})
	// Beside this goroutine: Close would wait for a Ping that gets no answer. It also ends a Listen that waits for a connection.
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	if err := listener.Listen(changesChannel); err != nil {
		if ctx.Err() == nil {
			report(err)
			time.Sleep(listenMax) // the server refuses to listen: nothing that a moment later would be otherwise
		}
		return
	}
	if !pass(ctx, news, News{}) {
		return
	}
	probe := time.NewTicker(listenProbe)
	defer probe.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case notice, open := <-listener.Notify:
			if !open || !pass(ctx, news, newsOf(notice)) {
				return
			}
		case <-probe.C:
			if !answers(listener) {
				report(errSilent)
				return
			}
		}
	}
}

func pass(ctx context.Context, news chan<- News, one News) bool {
	select {
	case news <- one:
		return true
	case <-ctx.Done():
		return false
	}
}

// answers reports whether the connection is alive or known to be broken, in which case it is being made again.
func answers(listener *pq.Listener) bool {
	answered := make(chan struct{})
	go func() {
		_ = listener.Ping() // that it failed is the listener's own business
		close(answered)
	}()
	select {
	case <-answered:
		return true
	case <-time.After(listenSilence):
		return false
	}
}

// newsOf reads a payload like "move 0197… 0196…", with "-" for no ID. Without a notice, or with one that is not ours, there
// is no telling what changed.
func newsOf(notice *pq.Notification) News {
	if notice == nil {
		return News{}
	}
	words := strings.Fields(notice.Extra)
	if len(words) != 3 {
		return News{}
	}
	return News{Kind: words[0], DeploymentID: idOf(words[1]), TenantID: idOf(words[2])}
}

func idOf(word string) uuid.NullUUID {
	id, err := uuid.Parse(word)
	return uuid.NullUUID{UUID: id, Valid: err == nil}
}
