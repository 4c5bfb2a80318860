package provisioning

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"

	"arcadia.example/console/store"
)

// Options are what the provisioner works with.
type Options struct {
	Store   *store.Store // its Provider names the Cloud
	Cloud   Cloud
	Image   string // of new machines; empty: debian-12-x64
	Log     *slog.Logger
	Timing  Timing // the zero value: the defaults
	Workers int    // runs that are worked on at the same time, most of them waiting for an answer; 0: 40
}

// Provisioner works on runs, with those of other processes: whoever comes first. Start it once.
type Provisioner struct {
	engine  *engine
	sweeper *Sweeper
	client  *client
	stop    chan struct{} // closed: no slice goes on after the try that is under way
	waker   sync.WaitGroup
	cancel  context.CancelFunc
}

// New prepares a provisioner; nothing runs yet.
func New(o Options) (*Provisioner, error) {
	if o.Workers == 0 {
		o.Workers = 40
	}
	if o.Image == "" {
		o.Image = "debian-12-x64"
	}
	p := &Provisioner{
		engine:  &engine{runs: o.Store, cloud: o.Cloud, image: o.Image, timing: o.Timing.orDefaults(), log: o.Log},
		sweeper: NewSweeper(o), stop: make(chan struct{}), cancel: func() {},
	}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &worker{provisioner: p}); err != nil {
		return nil, fmt.Errorf("provisioning: %w", err)
	}
	config := queueConfig(o, p.engine.timing)
	config.Workers = workers
	client, err := river.NewClient(riverdatabasesql.New(o.Store.DB()), config)
	if err != nil {
		return nil, fmt.Errorf("provisioning: job queue: %w", err)
	}
	p.client = client
	return p, nil
}

// queueConfig has the queue polled: LISTEN would take a connection for itself. Jobs whose process died are not waited for: see wake.
func queueConfig(o Options, t Timing) *river.Config {
	return &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: o.Workers}}, PollOnly: true, Logger: quiet(o.Log),
		FetchPollInterval: t.Fetch, FetchCooldown: min(t.Fetch, river.FetchCooldownDefault),
		JobTimeout: t.JobTimeout, RescueStuckJobsAfter: t.JobTimeout + 10*time.Second,
		CompletedJobRetentionPeriod: t.Retention, CancelledJobRetentionPeriod: t.Retention, DiscardedJobRetentionPeriod: t.Retention,
	}
}

// Start takes runs from now on. It returns at once; the context's end does not stop it, Stop does.
func (p *Provisioner) Start(ctx context.Context) error {
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := p.client.Start(ctx); err != nil {
		return fmt.Errorf("provisioning: start: %w", err)
	}
	p.waker.Go(func() { p.wake(ctx) })
	p.waker.Go(func() { p.sweep(ctx) })
	return nil
}

// Stop takes no more runs, lets the tries that are under way come to their end, and gives the runs back. When the context ends
// before that, calls are broken off; others go on with those runs as with a killed process's.
func (p *Provisioner) Stop(ctx context.Context) error {
	close(p.stop)
	err := p.client.Stop(ctx)
	if err != nil {
		cut, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer done()
		err = errors.Join(err, p.client.StopAndCancel(cut))
	}
	p.cancel()
	p.waker.Wait()
	return err
}

// wake puts in jobs for runs that have lost theirs: at the start, for those of the process that was here before, then now and then.
func (p *Provisioner) wake(ctx context.Context) {
	const most = 500
	t := p.engine.timing
	for pause := time.Duration(0); ; pause = spread(2 * t.Wake) {
		select {
		case <-p.stop:
			return
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		n, err := p.engine.runs.WakeRuns(ctx, t.WakeSlack, most)
		switch {
		case err != nil && ctx.Err() == nil:
			p.engine.log.WarnContext(ctx, "look for runs to take over", "error", err.Error())
		case n > 0:
			p.engine.log.InfoContext(ctx, "runs without a job", "woken", n)
		}
	}
}

// sweep looks for machines that belong to nothing, whenever it is time to. Of several processes one does.
func (p *Provisioner) sweep(ctx context.Context) {
	ctx, cancel := p.untilStop(ctx)
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(spread(2 * p.engine.timing.SweepLook)):
		}
		if err := p.sweeper.sweepIfDue(ctx); err != nil && ctx.Err() == nil {
			p.engine.log.WarnContext(ctx, "look for machines that belong to nothing", "error", err.Error())
		}
	}
}

// untilStop is a context that ends when the provisioner is told to stop, too: a sweep that is broken off is the next one's to finish.
func (p *Provisioner) untilStop(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-p.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
