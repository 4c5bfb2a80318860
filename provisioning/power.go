package provisioning

import (
	"context"
	"fmt"
	"time"

	"arcadia.example/console/lifecycle"
)

// powering is the intent of the step that switches a machine. There is nothing to undo: if the state asks for something else by
// then, another run follows.
type powering struct {
	DropletID int64     `json:"droplet_id"`
	On        bool      `json:"on"`
	CalledAt  time.Time `json:"called_at,omitzero"` // the newest call, when there was one
	Try       int       `json:"try,omitempty"`      // that made it
}

// powered is its result: what the machine was seen to be.
type powered struct {
	DropletID int64 `json:"droplet_id"`
	On        bool  `json:"on"`
}

// powerStep switches the machine on or off, until it is so. Before each look it asks what the state wants now.
type powerStep struct{}

func (powerStep) Intent(a *attempt) any {
	return powering{DropletID: a.Run.DropletID.Int64, On: a.Run.Kind == lifecycle.PowerOn}
}

func (s powerStep) Do(ctx context.Context, a *attempt) (outcome, error) {
	p, _ := s.Intent(a).(powering)
	if err := a.Intent(&p); err != nil {
		return outcome{}, err
	}
	if wanted, ok := lifecycle.WantedRun(a.Run.State, true); !ok || wanted != a.Run.Kind {
		return s.superseded(ctx, a, p)
	}
	d, err := machineThere(ctx, a)
	switch {
	case err != nil:
		return outcome{}, err
	case is(d, p.On):
		return s.seen(a, p)
	case p.Try == tryNumber(a.Step) && !p.CalledAt.IsZero():
		return s.expect(a, p, d)
	}
	return s.call(ctx, a, p)
}

func (powerStep) Undo(context.Context, *attempt) (outcome, error) { return outcome{}, nil }

// is reports whether the machine is on, or off, as it should be.
func is(d Droplet, on bool) bool {
	return on && d.Status == DropletActive || !on && d.Status == DropletOff
}

// machineThere is the machine of a run that builds none. One that is not there is for a person: nobody here has removed it.
func machineThere(ctx context.Context, a *attempt) (Droplet, error) {
	d, err := a.Cloud.GetDroplet(ctx, a.Run.DropletID.Int64)
	if err != nil && KindOf(err) == NotFound {
		return d, &Fault{Kind: NotFound, Call: "GetDroplet", Message: fmt.Sprintf(
			"The provider has no droplet %d. If it is gone for good, mark the run as cleaned; the deployment is then without a droplet.", a.Run.DropletID.Int64)}
	}
	return d, err
}

// seen ends the step, unless another run was given up a moment ago that wanted the opposite: its last call may still come to
// something.
func (powerStep) seen(a *attempt, p powering) (outcome, error) {
	if unsettled := a.Run.Spec.Unsettled; unsettled != nil && p.CalledAt.IsZero() {
		if left := unsettled.Add(a.Timing.PowerWait).Sub(a.Now); left > 0 {
			return outcome{Wait: min(left, a.Timing.Poll)}, nil
		}
	}
	return outcome{Result: powered{DropletID: p.DropletID, On: p.On}}, nil
}

// expect waits for what this try has asked for.
func (powerStep) expect(a *attempt, p powering, d Droplet) (outcome, error) {
	if a.Now.Before(p.CalledAt.Add(a.Timing.PowerWait)) {
		return outcome{Wait: spread(a.Timing.Poll)}, nil
	}
	return outcome{}, &Fault{Kind: Unknown, Call: "Power", Message: fmt.Sprintf(
		"Droplet %d was asked to switch %s and is still “%s” after %s.", p.DropletID, onOff(p.On), d.Status, a.Timing.PowerWait)}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// call asks for the switching. A provider that wants to be asked later has done nothing: then this try has not asked yet.
func (powerStep) call(ctx context.Context, a *attempt, before powering) (outcome, error) {
	p := before
	p.CalledAt, p.Try = a.Now, tryNumber(a.Step)
	if err := a.Intend(ctx, p); err != nil {
		return outcome{}, err
	}
	if err := a.Cloud.Power(ctx, p.DropletID, p.On); err != nil {
		if KindOf(err) == Limited {
			if err := a.Intend(ctx, before); err != nil {
				return outcome{}, err
			}
		}
		return outcome{}, err
	}
	return outcome{Wait: spread(a.Timing.Poll)}, nil
}

// superseded ends the run, as the state wants something else. What it has asked for is awaited first, though not for ever: the
// run that follows looks at the machine, and must not take for settled what is about to change.
func (powerStep) superseded(ctx context.Context, a *attempt, p powering) (outcome, error) {
	over := outcome{Over: "Superseded: the deployment is " + a.Run.State.Lower() + " now."}
	if p.CalledAt.IsZero() || !a.Now.Before(p.CalledAt.Add(a.Timing.PowerWait)) {
		return over, nil
	}
	d, err := a.Cloud.GetDroplet(ctx, p.DropletID)
	switch {
	case err != nil && KindOf(err) != NotFound:
		return outcome{}, err
	case err == nil && !is(d, p.On):
		return outcome{Wait: spread(a.Timing.Poll)}, nil
	}
	return over, nil
}
