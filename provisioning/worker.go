package provisioning

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"arcadia.example/console/store"
)

type client = river.Client[*sql.Tx]

// worker goes on with the run of a job. A run that waits does so in the database: its job is put back until then and no
// worker is kept.
type worker struct {
	river.WorkerDefaults[store.RunJob]
	provisioner *Provisioner
}

func (w *worker) Work(ctx context.Context, job *river.Job[store.RunJob]) error {
	e := w.provisioner.engine
	n, err := e.work(ctx, job.Args.RunID, w.provisioner.stop)
	switch {
	case errors.Is(err, store.ErrFenced):
		return nil // who took it over has a job for it
	case err != nil:
		e.log.WarnContext(ctx, "run", "run", job.Args.RunID, "error", err.Error())
		return e.putOff(e.timing.BusyPause)
	case n.over:
		return nil
	}
	return e.putOff(n.wait)
}

// putOff puts a job off for so long by the database's clock, by which jobs are fetched. The library counts from the clock here, so that the job of
// a process whose clock is ahead would lie there, and that of one whose clock is behind would come again and again. What is less than a second
// apart is the time that an answer takes.
func (e *engine) putOff(wait time.Duration) error {
	if ahead := time.Duration(e.ahead.Load()); ahead.Abs() > time.Second {
		wait -= ahead
	}
	return river.JobSnooze(wait)
}

// quiet lets through what the job queue warns of; what it does every day is of no interest.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(warnings{log.Handler()}) }

type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
