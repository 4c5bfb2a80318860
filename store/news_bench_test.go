package store_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"
)

// What it costs those who write that others are told: as many moves as eight clients make in a while, when nobody is told,
// when each commit tells by itself, and as it is. What counts are the medians of time a move to time when nobody is told, over
// rounds in which all three follow each other: the machine does other things too.
func BenchmarkMovesThatAreTold(b *testing.B) {
	const while = 3 * time.Second
	w := newWorld(b)
	movers := w.movers(8)
	asItIs := w.body("notify_change")
	moves := func(body string) float64 {
		w.exec(`CREATE OR REPLACE FUNCTION notify_change(kind text, deployment uuid, tenant uuid) RETURNS void LANGUAGE sql AS $$ ` + body + ` $$`)
		ctx, cancel := context.WithTimeout(b.Context(), while)
		defer cancel()
		var listening sync.WaitGroup
		defer listening.Wait()
		listening.Go(func() {
			for range w.ListenNews(ctx, func(error) {}) { // it ends in the middle of something
			}
		})
		return moveUntil(ctx, b, movers)
	}
	ways := []string{
		`SELECT`,
		`SELECT pg_notify('arcadia_changes', kind || ' ' || coalesce(deployment::text, '-') || ' ' || coalesce(tenant::text, '-'))`,
		asItIs,
	}
	moves(asItIs) // warm
	ratios, untold := make([][]float64, len(ways)), []float64{}
	for round := 0; b.Loop(); round++ {
		times := make([]float64, len(ways))
		for i := range ways {
			k := (i + round) % len(ways)
			times[k] = moves(ways[k])
		}
		untold = append(untold, times[0])
		for k := range ways {
			ratios[k] = append(ratios[k], times[k]/times[0])
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ratios[1]), "times-as-long-told-at-commit")
	b.ReportMetric(median(ratios[2]), "times-as-long-as-it-is")
	b.ReportMetric(1/median(untold), "moves/s-untold")
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// body is the text of a function of the database.
func (w *world) body(name string) string {
	w.t.Helper()
	var text string
	if err := w.owner.QueryRowContext(w.t.Context(), `SELECT prosrc FROM pg_proc WHERE proname = $1`, name).Scan(&text); err != nil {
		w.t.Fatal(err)
	}
	return text
}
