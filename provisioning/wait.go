package provisioning

import (
	"context"
	"slices"
	"time"

	"arcadia.example/console/store"
)

// late is what a step died of that waited for longer than it may.
const late FaultKind = "deadline"

// waiting is the intent of the step that waits; there is nothing to undo.
type waiting struct {
	DropletID int64 `json:"droplet_id"`
}

// waited is its result: the machine as it is when it is on.
type waited struct {
	Name    string `json:"name"`
	Region  string `json:"region"`
	Size    string `json:"size"`
	Address string `json:"address"`
}

// waitStep waits until the machine is on and has an address. It has no tries but a deadline: early on, the provider may not even know
// the machine that it has just made.
type waitStep struct{}

func (waitStep) Intent(a *attempt) any { return waiting{DropletID: a.Run.DropletID.Int64} }

func (waitStep) Deadline(t Timing) time.Duration { return t.WaitDeadline }

func (waitStep) Do(ctx context.Context, a *attempt) (outcome, error) {
	d, err := a.Cloud.GetDroplet(ctx, a.Run.DropletID.Int64)
	if err == nil && d.Status == DropletActive && d.Address.IsValid() {
		// A process that was thought dead may have made another one meanwhile.
		if err := removeExtra(ctx, a, d.ID); err != nil {
			return outcome{}, err
		}
		return outcome{
			Result:  waited{Name: d.Name, Region: d.Region, Size: d.Size, Address: d.Address.String()},
			Machine: store.Machine{ID: d.ID},
		}, nil
	}
	why, failed := asFault(err)
	if err != nil && (!failed || why.Kind == Definite || why.Kind == Limited) {
		return outcome{}, err
	}
	if a.Step.DeadlineAt.Valid && !a.Now.Before(a.Step.DeadlineAt.Time) {
		return outcome{}, tooLate(a, why)
	}
	if why != nil && why.Kind == NotFound && a.young() {
		why = nil // it is not shown yet: nothing to worry people with
	}
	return outcome{Wait: spread(a.Timing.Poll), Why: why}, nil
}

// young reports whether what was just made may not be shown yet.
func (a *attempt) young() bool {
	return !a.Step.StartedAt.Valid || a.Now.Before(a.Step.StartedAt.Time.Add(a.Timing.ListGrace))
}

func tooLate(a *attempt, last *Fault) *Fault {
	text := "The droplet was not on within " + a.Timing.WaitDeadline.String() + "."
	if last != nil {
		text += " The last answer was: " + last.Message
	}
	return &Fault{Kind: late, Call: "GetDroplet", Message: text}
}

func removeExtra(ctx context.Context, a *attempt, keep int64) error {
	mine, err := ours(ctx, a)
	if err != nil {
		return err
	}
	return remove(ctx, a, slices.DeleteFunc(mine, func(d Droplet) bool { return d.ID == keep }))
}

func (waitStep) Undo(context.Context, *attempt) (outcome, error) { return outcome{}, nil }
