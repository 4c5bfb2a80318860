package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// life is one deployment: what is to happen to it, and what became of it.
type life struct {
	number int
	host   string
	after  time.Duration // it begins
	old    bool          // its host name points elsewhere before
	faults []cloudsim.Fault
	listed []cloudsim.Fault // about its tag, which is known once it is there
	ends   lifecycle.RunStatus
	abort  time.Duration // somebody asks for it to stop so long after its beginning; 0: nobody
	steps  []stride

	id     uuid.UUID
	keys   int
	state  lifecycle.State  // that was asked for last
	reason lifecycle.Reason // of the event at the end of the building
	moves  int              // events after that
	err    error
}

// stride is one move by a person.
type stride struct {
	action lifecycle.Action
	after  time.Duration
	calm   bool // once the run that follows the last one is over; otherwise while it may be under way
}

var mover = access.Actor{Kind: access.Staff, ID: "mara@arcadia.test", Name: "Mara", Roles: access.Admin}

// drawLives plans it all from the seed.
func (c *chaos) drawLives(r *rand.Rand) {
	for i := range c.storm.runs {
		l := &life{number: i, host: fmt.Sprintf("chaos-%d.%s", i, chaosZone), ends: lifecycle.RunDone}
		l.after = time.Duration(i) * c.storm.arrivals
		l.old = r.IntN(3) == 0
		switch n := r.IntN(100); {
		case n < 35: // nothing goes wrong but the processes
		case n < 80:
			l.passing(r, c.storm)
		case n < 95:
			l.passing(r, c.storm)
			l.refused(r)
		default:
			l.stuck()
		}
		switch n := r.IntN(100); {
		case l.ends != lifecycle.RunDone:
		case n < 25:
			l.drawMoves(r, c.storm)
		case n < 35:
			l.abort = 1 + time.Duration(r.Int64N(2*int64(c.storm.cloud.Activation)))
		}
		c.lives = append(c.lives, l)
	}
}

// pointing is the operation that points the host name.
func (l *life) pointing() cloudsim.Operation {
	if l.old {
		return cloudsim.EditRecord
	}
	return cloudsim.CreateRecord
}

// passing are faults that a run gets over.
func (l *life) passing(r *rand.Rand, s storm) {
	operations := []cloudsim.Operation{cloudsim.CreateDroplet, cloudsim.CreateDroplet, cloudsim.GetDroplet, cloudsim.ListDroplets, l.pointing(), cloudsim.ListRecords, cloudsim.Power}
	kinds := []cloudsim.FaultKind{
		cloudsim.Fail, cloudsim.FailAfter, cloudsim.Reset, cloudsim.ResetAfter, cloudsim.ResetAfter, cloudsim.GarbleAfter, cloudsim.Limit, cloudsim.Slow, cloudsim.HangAfter,
	}
	for range 1 + r.IntN(3) {
		f := cloudsim.Fault{
			Operation: operations[r.IntN(len(operations))], Kind: kinds[r.IntN(len(kinds))], Times: 1 + r.IntN(2), Skip: r.IntN(2), Delay: s.slow, About: l.host,
		}
		if f.Operation == cloudsim.ListDroplets {
			l.listed = append(l.listed, f)
			continue
		}
		l.faults = append(l.faults, f)
	}
}

// refused is a refusal for good, early or late; undoing what was done until then meets trouble that passes.
func (l *life) refused(r *rand.Rand) {
	l.ends = lifecycle.RunCompensated
	operation := []cloudsim.Operation{cloudsim.CreateDroplet, l.pointing()}[r.IntN(2)]
	l.faults = slices.DeleteFunc(l.faults, func(f cloudsim.Fault) bool { return f.Operation == operation }) // it may have done it
	l.faults = append(l.faults, cloudsim.Fault{Operation: operation, Kind: cloudsim.Refuse, About: l.host})
	kinds := []cloudsim.FaultKind{cloudsim.Fail, cloudsim.FailAfter, cloudsim.ResetAfter, cloudsim.Limit}
	l.faults = append(l.faults, cloudsim.Fault{
		Operation: cloudsim.DeleteDroplet, Kind: kinds[r.IntN(len(kinds))], Times: 1 + r.IntN(2), About: l.host,
	})
}

// stuck is a refusal whose undoing fails always.
func (l *life) stuck() {
	l.ends = lifecycle.RunNeedsOperator
	l.faults = append(l.faults,
		cloudsim.Fault{Operation: l.pointing(), Kind: cloudsim.Refuse, About: l.host},
		cloudsim.Fault{Operation: cloudsim.DeleteDroplet, Kind: cloudsim.Fail, About: l.host})
}

// drawMoves lets people move the deployment once it is active; the machine follows.
func (l *life) drawMoves(r *rand.Rand, s storm) {
	ways := [][]lifecycle.Action{
		{lifecycle.Pause, lifecycle.Resume},
		{lifecycle.Pause, lifecycle.Resume, lifecycle.Pause},
		{lifecycle.MarkPastDue, lifecycle.Suspend, lifecycle.Restore},
		{lifecycle.Pause, lifecycle.Cancel, lifecycle.Archive},
		{lifecycle.Cancel, lifecycle.Archive},
	}
	for _, action := range ways[r.IntN(len(ways))] {
		l.steps = append(l.steps, stride{action, time.Duration(r.Int64N(int64(s.cloud.Switching))), r.IntN(2) == 0})
	}
}

func (l *life) command() store.Command {
	l.keys++
	return store.Command{Actor: mover, Key: fmt.Sprintf("life-%d-%d", l.number, l.keys)}
}

// live lets it all happen to one deployment, until nobody has anything to do with it.
func (l *life) live(c *chaos) error {
	time.Sleep(l.after)
	if err := l.begin(c); err != nil {
		return err
	}
	if l.abort > 0 {
		time.Sleep(l.abort)
		if err := l.stop(c); err != nil {
			return err
		}
	}
	stands, err := c.settled(l.id)
	if err != nil || stands.Status != lifecycle.RunDone {
		return err
	}
	for _, s := range l.steps {
		time.Sleep(s.after)
		if s.calm {
			if _, err := c.settled(l.id); err != nil {
				return err
			}
		}
		if err := l.move(c, s.action); err != nil {
			return err
		}
	}
	_, err = c.settled(l.id)
	return err
}

func (l *life) begin(c *chaos) error {
	ctx := c.t.Context()
	c.sim.Inject(l.faults...)
	if l.old {
		seed := cloudsim.Seed{Records: []cloudsim.Record{{Kind: "A", Hostname: l.host, Value: chaosOld, TTL: 3600}}}
		if err := c.sim.Seed(seed); err != nil {
			return err
		}
	}
	command := l.command()
	name := fmt.Sprintf("Chaos %d", l.number)
	err := insist(func() (err error) {
		l.id, err = c.CreateDeployment(ctx, store.NewDeployment{
			Command: command, TenantID: c.tenant, Provision: true,
			Fields: catalog.Deployment{Name: name, Hostname: l.host, Plan: "starter", Region: "fra1", Size: "s-1vcpu-1gb"},
		})
		return err
	})
	for _, f := range l.listed {
		f.About = "dep-" + l.id.String()
		c.sim.Inject(f)
	}
	l.state, l.reason = lifecycle.Active, lifecycle.Provisioned
	if l.ends != lifecycle.RunDone {
		l.state, l.reason = lifecycle.Cancelled, lifecycle.ProvisioningFailed
	}
	return err
}

// stop asks for the building to stop. It may be too late.
func (l *life) stop(c *chaos) error {
	t := store.Transition{Command: l.command(), DeploymentID: l.id, Action: lifecycle.Abort, Version: 1, Reason: lifecycle.CustomerRequest}
	var moved store.Moved
	err := insist(func() (err error) { moved, err = c.Transition(c.t.Context(), t); return err })
	if err == nil && moved.Verdict == lifecycle.Begun {
		l.ends, l.state, l.reason = lifecycle.RunCompensated, lifecycle.Cancelled, lifecycle.CustomerRequest
	}
	return err
}

// move is accepted whatever the machine does at the moment.
func (l *life) move(c *chaos, action lifecycle.Action) error {
	ctx := c.t.Context()
	deployment, err := c.GetDeployment(ctx, l.id)
	if err != nil {
		return err
	}
	t := store.Transition{Command: l.command(), DeploymentID: l.id, Action: action, Version: deployment.Version, Reason: lifecycle.Other, Notes: "chaos"}
	var moved store.Moved
	err = insist(func() (err error) { moved, err = c.Transition(ctx, t); return err })
	if err != nil || moved.Verdict != lifecycle.Accepted {
		return fmt.Errorf("%s: verdict %d, %+v: %w", action, moved.Verdict, moved.Refusal, err)
	}
	l.moves++
	l.state = moved.Deployment.State
	return nil
}

// insist sends again what a busy database did not take.
func insist(fn func() error) error {
	for try := 1; ; try++ {
		err := fn()
		if !errors.Is(err, store.ErrBusy) || try == 20 {
			return err
		}
		time.Sleep(time.Duration(try) * 20 * time.Millisecond)
	}
}
