package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// mover pauses and resumes one deployment in turn.
type mover struct {
	w       *world
	id      uuid.UUID
	version int
}

// movers are n of them, each with a deployment of its own.
func (w *world) movers(n int) []mover {
	w.t.Helper()
	tenant := w.tenant("northwind")
	movers := make([]mover, n)
	for i := range movers {
		movers[i] = mover{w, w.in(tenant, fmt.Sprint("shop-", i), lifecycle.Active), 1}
	}
	return movers
}

func (m *mover) move(b *testing.B) {
	action := lifecycle.Pause
	if m.version%2 == 0 {
		action = lifecycle.Resume
	}
	moved, err := m.w.Transition(context.Background(), store.Transition{
		Command: m.w.by(billing), DeploymentID: m.id, Action: action, Version: m.version, Reason: reasonFor(action),
	})
	if err != nil || moved.Verdict != lifecycle.Accepted {
		b.Error(moved.Verdict, err)
	}
	m.version++
}

// moveUntil has all of them move until the context ends, and returns the seconds for each move.
func moveUntil(ctx context.Context, b *testing.B, movers []mover) float64 {
	b.Helper()
	var all sync.WaitGroup
	var made atomic.Int64
	began := time.Now()
	for i := range movers {
		all.Go(func() {
			for ctx.Err() == nil {
				movers[i].move(b)
				made.Add(1)
			}
		})
	}
	all.Wait()
	return time.Since(began).Seconds() / float64(made.Load())
}
