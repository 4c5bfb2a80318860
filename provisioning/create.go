package provisioning

import (
	"context"
	"fmt"
	"slices"
	"time"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// ConsoleTag marks all machines that were built by a console.
const ConsoleTag = "arcadia"

// The tags that name a deployment and a run begin so.
const (
	deploymentPrefix = "dep-"
	runPrefix        = "run-"
)

// DeploymentTag marks all machines that were ever built for a deployment.
func DeploymentTag(run store.Run) string { return deploymentPrefix + run.DeploymentID.String() }

// RunTag marks the machines of one run: no run takes or removes those of another.
func RunTag(run store.Run) string { return runPrefix + run.ID.String() }

// creating is the intent of a creation. It is undone by deleting every machine that carries the tags.
type creating struct {
	Spec     DropletSpec `json:"spec"`
	CalledAt time.Time   `json:"called_at"` // the newest call; what it made is listed within the grace after it
}

// created is the result.
type created struct {
	DropletID int64 `json:"droplet_id"`
	Adopted   bool  `json:"adopted,omitempty"` // an earlier try had made it
}

// createStep makes exactly one machine, or none.
type createStep struct{}

func (createStep) Intent(a *attempt) any {
	spec := DropletSpec{
		Name: a.Run.Spec.Name, Region: a.Run.Spec.Region, Size: a.Run.Spec.Size, Image: a.Image,
		Tags: []string{ConsoleTag, DeploymentTag(a.Run), RunTag(a.Run)},
	}
	return creating{Spec: spec, CalledAt: a.Now}
}

func (s createStep) Do(ctx context.Context, a *attempt) (outcome, error) {
	intent, _ := s.Intent(a).(creating)
	if !a.Again {
		return create(ctx, a, intent.Spec)
	}
	mine, err := ours(ctx, a)
	switch {
	case err != nil:
		return outcome{}, err
	case len(mine) > 0:
		return adopted(mine[0].ID), remove(ctx, a, mine[1:])
	}
	if wait, err := unlisted(a, a.Step); wait > 0 || err != nil {
		return outcome{Wait: wait, Why: lookingOut}, err
	}
	if err := a.Intend(ctx, intent); err != nil {
		return outcome{}, err
	}
	return create(ctx, a, intent.Spec)
}

var lookingOut = &Fault{Kind: Unknown, Call: "ListDroplets", Message: "Looking whether the last call made a droplet after all."}

func create(ctx context.Context, a *attempt, spec DropletSpec) (outcome, error) {
	made, err := a.Cloud.CreateDroplet(ctx, spec)
	if err != nil {
		return outcome{}, err
	}
	return outcome{Result: created{DropletID: made.ID}, Machine: store.Machine{ID: made.ID}}, nil
}

func adopted(id int64) outcome {
	return outcome{Result: created{DropletID: id, Adopted: true}, Machine: store.Machine{ID: id}}
}

// Undo deletes what the step made. When it is not known what that was, or the provider does not know it yet, it looks until whatever
// there is must be seen.
func (createStep) Undo(ctx context.Context, a *attempt) (outcome, error) {
	if a.Step.Status == lifecycle.RunFailed && a.Step.Attempt <= 1 && a.Step.ErrorKind == string(Definite) {
		return outcome{}, nil // the provider said no to the only call
	}
	id, sure := a.Run.DropletID.Int64, false
	if id != 0 {
		err := a.Cloud.DeleteDroplet(ctx, id)
		if gone(err) != nil {
			return outcome{}, err
		}
		sure = err == nil && a.Step.Attempt <= 1 // there was one call, and this is what it made
	}
	mine, err := ours(ctx, a)
	if err != nil {
		return outcome{}, err
	}
	if len(mine) > 0 && id == 0 {
		id = mine[0].ID
		if err := a.Name(ctx, id); err != nil {
			return outcome{}, err
		}
	}
	if err := remove(ctx, a, mine); err != nil {
		return outcome{}, err
	}
	done := outcome{Machine: store.Machine{ID: id}, Change: store.ReleaseIt}
	if !sure {
		done.Wait, err = unlisted(a, a.Step)
	}
	return done, err
}

// ours lists the machines of this run, the oldest first.
func ours(ctx context.Context, a *attempt) ([]Droplet, error) {
	all, err := a.Cloud.ListDroplets(ctx, DeploymentTag(a.Run))
	if err != nil {
		return nil, err
	}
	tag := RunTag(a.Run)
	return slices.DeleteFunc(all, func(d Droplet) bool { return !slices.Contains(d.Tags, tag) || d.Status == DropletArchive }), nil
}

func remove(ctx context.Context, a *attempt, droplets []Droplet) error {
	for _, d := range droplets {
		if err := gone(a.Cloud.DeleteDroplet(ctx, d.ID)); err != nil {
			return fmt.Errorf("droplet %d: %w", d.ID, err)
		}
	}
	return nil
}

// gone is the error of a deletion; that there is nothing to delete is none.
func gone(err error) error {
	if err != nil && KindOf(err) == NotFound {
		return nil
	}
	return err
}

// unlisted is how long what the newest call made may still stay unlisted.
func unlisted(a *attempt, s store.RunStep) (time.Duration, error) {
	var intent creating
	if err := readJSON(s.Intent, &intent); err != nil {
		return 0, err
	}
	left := intent.CalledAt.Add(a.Timing.ListGrace).Sub(a.Now)
	if left <= 0 {
		return 0, nil
	}
	return min(left, a.Timing.Poll), nil
}
