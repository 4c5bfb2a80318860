package provisioning

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// step is how one step of a run is done and undone. The engine records each try before it and its outcome after it, and
// decides by the kind of the *Fault whether to try again, to wait or to turn back; a step makes its calls and nothing else. An error that
// is no *Fault comes from the database: nothing is recorded then, and the try counts as one whose outcome is not known.
type step interface {
	// Do does the step. When a.Again, an earlier try may have done it, wholly or in part: look first.
	Do(ctx context.Context, a *attempt) (outcome, error)
	// Undo takes back what Do did, in any of its tries, known or not. What is gone already is undone.
	Undo(ctx context.Context, a *attempt) (outcome, error)
}

// planned is a step that calls the provider. What it is about to call, and how that is undone, is written down before its first try;
// later ones find it as a.Intent.
type planned interface {
	Intent(a *attempt) any
}

// limited is a step that waits for something, no longer than the deadline from its first try on.
type limited interface {
	Deadline(Timing) time.Duration
}

// steps is the one table of how each step is done.
var steps = map[lifecycle.StepName]step{
	lifecycle.StepMark:     localStep{change: store.CheckState},
	lifecycle.StepCreate:   createStep{},
	lifecycle.StepWait:     waitStep{},
	lifecycle.StepRegister: localStep{change: store.RegisterIt},
	lifecycle.StepLink:     localStep{change: store.LinkIt, undo: store.UnlinkIt},
	lifecycle.StepDNS:      dnsStep{},
	lifecycle.StepActivate: localStep{change: store.MoveIt},
	lifecycle.StepPower:    powerStep{},
	lifecycle.StepUnpoint:  unpointStep{},
	lifecycle.StepDestroy:  destroyStep{},
	lifecycle.StepUnlink:   localStep{change: store.UnlinkAndOut},
}

// outcome is how a try ended that did not fail.
type outcome struct {
	Wait    time.Duration // not there yet: look again after this, within the same try. 0: done
	Why     *Fault        // what is waited for, when it is worth saying
	Result  any           // kept as JSON: what later steps and the undoing need
	Machine store.Machine // the ID alone is kept with the run; Change may need the rest
	Change  store.StepChange
	Over    string // the run ends here, as done: what to say of it
}

// attempt is one try of a step, or of its compensation.
type attempt struct {
	Run    store.Run     // as it was just read
	Step   store.RunStep // as it stood before this try
	Again  bool          // an earlier try began and its outcome is not known
	Cloud  Cloud
	Image  string // of new machines
	Timing Timing
	Now    time.Time // by the clock of the database

	intended bool // what is recorded is more than was planned: it was learnt on the way
	intend   func(context.Context, any) error
	name     func(context.Context, int64) error
}

// Intend records what is about to be called in place of what was recorded before, and must precede the call.
func (a *attempt) Intend(ctx context.Context, intent any) error {
	a.intended = true
	return a.intend(ctx, intent)
}

// Name records the droplet that the run has to answer for, before anything else is done with it.
func (a *attempt) Name(ctx context.Context, id int64) error { return a.name(ctx, id) }

// Intent reads what was recorded by earlier tries; v stays as it is when nothing was.
func (a *attempt) Intent(v any) error { return readJSON(a.Step.Intent, v) }

// Result reads what a step left that is done; v stays as it is when it is not.
func (a *attempt) Result(name lifecycle.StepName, v any) error {
	for _, s := range a.Run.Steps {
		if s.Name == name {
			return readJSON(s.Result, v)
		}
	}
	return nil
}

// machine is the droplet of the run, as far as it is known.
func (a *attempt) machine() (store.Machine, error) {
	var m waited
	if err := a.Result(lifecycle.StepWait, &m); err != nil {
		return store.Machine{}, err
	}
	return store.Machine{ID: a.Run.DropletID.Int64, Name: m.Name, Region: m.Region, Size: m.Size, Address: m.Address}, nil
}

func readJSON(b []byte, v any) error {
	if len(b) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("provisioning: what was recorded of a step: %w", err)
	}
	return nil
}

// localStep changes rows of ours alone: the change and the record that it is done are one transaction.
type localStep struct{ change, undo store.StepChange }

func (s localStep) Do(_ context.Context, a *attempt) (outcome, error) {
	m, err := a.machine()
	return outcome{Machine: m, Change: s.change}, err
}

func (s localStep) Undo(_ context.Context, a *attempt) (outcome, error) {
	m, err := a.machine()
	return outcome{Machine: m, Change: s.undo}, err
}
