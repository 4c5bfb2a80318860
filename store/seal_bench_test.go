package store_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"
)

// What sealing costs those who write: as many moves as four clients make in a while, beside sealing once a second and without,
// in turn. What counts is the median of time a move with sealing to time without, over pairs that follow each other: the
// machine does other things too. Beside it stands which part of the time something was being sealed, which is the most that
// sealing can have taken from others.
func BenchmarkMovesBesideSealing(b *testing.B) {
	const while = 5 * time.Second
	w := newWorld(b)
	movers := w.movers(4)
	var busy time.Duration
	moves := func(sealing bool) float64 {
		w.sealAll(b)
		ctx, cancel := context.WithTimeout(b.Context(), while)
		defer cancel()
		var beside sync.WaitGroup
		if sealing {
			beside.Go(func() { busy += w.sealEverySecond(ctx) })
		}
		defer beside.Wait()
		return moveUntil(ctx, b, movers)
	}
	moves(true) // warm
	busy = 0
	var ratios, without []float64
	for b.Loop() {
		var times [2]float64
		order := []int{0, 1}
		if len(ratios)%2 == 1 {
			slices.Reverse(order)
		}
		for _, k := range order {
			times[k] = moves(k == 1)
		}
		ratios, without = append(ratios, times[1]/times[0]), append(without, times[0])
	}
	slices.Sort(ratios)
	slices.Sort(without)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ratios[len(ratios)/2], "times-as-long")
	b.ReportMetric(100*busy.Seconds()/(while.Seconds()*float64(len(ratios))), "%-of-time-sealing")
	b.ReportMetric(ratios[0], "least")
	b.ReportMetric(ratios[len(ratios)-1], "most")
	b.ReportMetric(1/without[len(without)/2], "moves/s-without")
}

func (w *world) sealAll(b *testing.B) {
	b.Helper()
	for more := true; more; {
		sealed, err := w.Seal(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		more = sealed.More
	}
}

// sealEverySecond does as a console that serves, from the first second on, and returns how long that took together.
func (w *world) sealEverySecond(ctx context.Context) (busy time.Duration) {
	for {
		select {
		case <-ctx.Done():
			return busy
		case <-time.After(time.Second):
		}
		began := time.Now()
		if _, err := w.Seal(ctx); err != nil && ctx.Err() == nil {
			w.t.Error(err)
		}
		busy += time.Since(began)
	}
}
