package provisioning

import (
	"math/rand/v2"
	"time"
)

// Timing is how long things take and may take. The zero value of each field stands for the default that is said beside it.
type Timing struct {
	Lease   time.Duration // 15 s: a run whose process is silent for longer is taken over
	Attempt time.Duration // 12 s: one try with all its calls; less than Lease, so that a try never outlives it
	Slice   time.Duration // 8 s: after this, and the try that is under way, a worker takes another run

	Backoff    time.Duration // 1 s: before the second try; doubled each time
	BackoffMax time.Duration // 1 min
	LimitMax   time.Duration // 1 h: a provider that asks for a longer wait is asked again after this

	Poll         time.Duration // 3 s: between looks at a machine that is being built, or was not listed yet
	WaitDeadline time.Duration // 10 min: for a machine to be on
	PowerWait    time.Duration // 2 min: for a machine to be switched after it was asked for; longer, and it is asked for again
	ListGrace    time.Duration // 30 s: from the intent of a call on, until what it made must be listed; more than Attempt

	Fetch      time.Duration // 200 ms: between looks into the job queue
	Wake       time.Duration // 2 s: between looks for runs that are due and have no job
	WakeSlack  time.Duration // 3 s: for how long such a run must have been due
	BusyPause  time.Duration // 2 s: after trouble with the database
	JobTimeout time.Duration // 30 s: more than Slice and Attempt together; then the worker is let go
	Retention  time.Duration // 1 min: of jobs that are done with

	Sweep      time.Duration // 10 min: between looks for machines that belong to nothing
	SweepLook  time.Duration // 5 s: between looks whether it is time for that
	SweepLease time.Duration // 1 min: a sweeper that is silent for longer has died; more than one call can take
}

var defaults = Timing{
	Lease: 15 * time.Second, Attempt: 12 * time.Second, Slice: 8 * time.Second,
	Backoff: time.Second, BackoffMax: time.Minute, LimitMax: time.Hour,
	Poll: 3 * time.Second, WaitDeadline: 10 * time.Minute, PowerWait: 2 * time.Minute, ListGrace: 30 * time.Second,
	Fetch: 200 * time.Millisecond, Wake: 2 * time.Second, WakeSlack: 3 * time.Second, BusyPause: 2 * time.Second,
	JobTimeout: 30 * time.Second, Retention: time.Minute,
	Sweep: 10 * time.Minute, SweepLook: 5 * time.Second, SweepLease: time.Minute,
}

// orDefaults fills in what is not said.
func (t Timing) orDefaults() Timing {
	for _, f := range []struct{ field, value *time.Duration }{
		{&t.Lease, &defaults.Lease},
		{&t.Attempt, &defaults.Attempt},
		{&t.Slice, &defaults.Slice},
		{&t.Backoff, &defaults.Backoff},
		{&t.BackoffMax, &defaults.BackoffMax},
		{&t.LimitMax, &defaults.LimitMax},
		{&t.Poll, &defaults.Poll},
		{&t.WaitDeadline, &defaults.WaitDeadline},
		{&t.PowerWait, &defaults.PowerWait},
		{&t.ListGrace, &defaults.ListGrace},
		{&t.Fetch, &defaults.Fetch},
		{&t.Wake, &defaults.Wake},
		{&t.WakeSlack, &defaults.WakeSlack},
		{&t.BusyPause, &defaults.BusyPause},
		{&t.JobTimeout, &defaults.JobTimeout},
		{&t.Retention, &defaults.Retention},
		{&t.Sweep, &defaults.Sweep},
		{&t.SweepLook, &defaults.SweepLook},
		{&t.SweepLease, &defaults.SweepLease},
	} {
		if *f.field == 0 {
			*f.field = *f.value
		}
	}
	return t
}

// backoff is how long to wait after the failed try of that number: between a half and the whole of Backoff, doubled for each try
// before, so that runs that failed together do not come again together.
func (t Timing) backoff(attempt int) time.Duration {
	d := t.Backoff
	for i := 1; i < attempt && d < t.BackoffMax; i++ {
		d *= 2
	}
	return spread(min(d, t.BackoffMax))
}

// told is how long to wait when the provider said how long.
func (t Timing) told(d time.Duration) time.Duration {
	d = min(max(d, t.Backoff), t.LimitMax)
	return d + rand.N(d/4+1)
}

func spread(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
