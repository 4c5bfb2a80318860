package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

// loader is who the demo data as such was loaded by.
var loader = access.Actor{Kind: access.System, ID: "demo", Name: "Demo data"}

const (
	keyPrefix    = "demo "
	keyStarted   = keyPrefix + "started"
	keyCompleted = keyPrefix + "completed"
)

// Load fills an empty database with the demo's customers and their histories up to the day of now (in UTC), through the
// same methods of the store that serve people. The same day gives the same data. A load that was broken off is completed
// for the day on which it began; where there are other tenants, or the demo is complete, nothing happens. out is told which.
// ownerDSN connects as the owner of the tables; processes that load at once take turns.
func Load(ctx context.Context, ownerDSN string, now time.Time, out io.Writer) (err error) {
	p := &player{today: now.UTC().Truncate(oneDay)}
	p.now = p.today
	// One connection: everything stands in the order in which it happened, and the settings below hold for all of it.
	p.store, err = store.Open(ctx, ownerDSN, store.Options{
		Loading: true, Conns: 1, Clock: func() time.Time { return p.now }, NewID: p.newID,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.store.Close()) }()
	// What a crash of the machine takes away is simply played again. The lock ends with the connection.
	if _, err := p.store.DB().ExecContext(ctx, `SET synchronous_commit = off; SELECT pg_advisory_lock(hashtext('arcadia demo'))`); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	note, err := p.load(ctx)
	if err == nil {
		_, err = fmt.Fprintln(out, note)
	}
	return err
}

// load does what is left to be done and says what that was.
func (p *player) load(ctx context.Context) (string, error) {
	_, completed, err := p.store.FindMark(ctx, loader, keyCompleted)
	if completed || err != nil {
		return "The demo data is there already.", err
	}
	began, started, err := p.store.FindMark(ctx, loader, keyStarted)
	if err != nil {
		return "", err
	}
	if started {
		p.today = began.UTC().Truncate(oneDay)
	} else {
		counts, err := p.store.GetCounts(ctx)
		if err != nil || counts.Tenants > 0 {
			return "There are tenants already: no demo data is loaded.", err
		}
	}
	return p.play(ctx)
}

func (p *player) play(ctx context.Context) (string, error) {
	start := time.Now()
	p.now, p.words = p.today, keyStarted
	if err := p.store.Mark(ctx, store.Command{Actor: loader, Key: keyStarted}); err != nil {
		return "", err
	}
	var err error
	if p.done, err = p.store.ListKeys(ctx, keyPrefix); err != nil {
		return "", err
	}
	for _, s := range scripts(p.today) {
		if err := p.perform(ctx, s); err != nil {
			return "", fmt.Errorf("demo: %s: %w", s.tenant.Name, err)
		}
	}
	p.now, p.words = p.today, keyCompleted
	if err := p.store.Mark(ctx, store.Command{Actor: loader, Key: keyCompleted}); err != nil {
		return "", err
	}
	counts, err := p.store.GetCounts(ctx)
	return fmt.Sprintf("Demo data: %s and %s, loaded in %.1f s.",
		Count(counts.Tenants, "tenant"), Count(counts.Deployments, "deployment"), time.Since(start).Seconds()), err
}
