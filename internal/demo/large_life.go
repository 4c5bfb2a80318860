package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// maxLargeEvents bounds a history: it is also how many commands the set shares.
const maxLargeEvents = 12

// likely is how a life of a large set goes on: from each state, what may come next, with a weight for each, and how many
// days pass before. What is left of 100 is the weight of nothing ever happening again.
var likely = map[lifecycle.State][]struct {
	action lifecycle.Action
	weight int
	days   float64
}{
	lifecycle.Provisioning: {{lifecycle.Activate, 96, 0.02}, {lifecycle.Abort, 3, 0.02}},
	lifecycle.Trial:        {{lifecycle.Convert, 78, 12}, {lifecycle.Cancel, 20, 14}},
	lifecycle.Active:       {{lifecycle.Pause, 22, 150}, {lifecycle.MarkPastDue, 34, 120}, {lifecycle.Cancel, 6, 250}},
	lifecycle.Paused:       {{lifecycle.Resume, 80, 40}, {lifecycle.Cancel, 8, 60}},
	lifecycle.PastDue:      {{lifecycle.MarkPaid, 76, 6}, {lifecycle.Suspend, 18, 14}, {lifecycle.Cancel, 2, 9}},
	lifecycle.Suspended:    {{lifecycle.Restore, 58, 9}, {lifecycle.Cancel, 30, 30}},
	lifecycle.Cancelled:    {{lifecycle.Reactivate, 12, 20}, {lifecycle.Archive, 46, 120}},
}

// deployment makes row i and its history from its number alone, so that both can be written one after the other.
func (s *largeSet) deployment(i int) (store.BulkDeployment, []store.BulkEvent) {
	pcg := rand.NewPCG(largeSeed+2, uint64(i))
	rng := rand.New(pcg)
	t := s.tenant(int(s.owner[i]))
	at := s.deploymentAt(i)
	d := store.BulkDeployment{ID: idFrom(at, rng.Uint64(), rng.Uint64()), TenantID: t.ID, InsertedAt: at, Fields: s.fields(rng, i, t.Fields.Slug)}
	events := s.history(rng, d.ID, at)
	last := events[len(events)-1]
	d.State, d.Version, d.StateSince = last.To, last.Version, last.StateSince
	if events[0].To == lifecycle.Trial {
		d.Fields.TrialEndsAt = at.Add(store.TrialLength)
		if d.State == lifecycle.Trial && d.Fields.TrialEndsAt.Before(s.now) { // extended: a trial in the past is none
			d.Fields.TrialEndsAt = s.now.Add(time.Duration(1+rng.IntN(30)) * 24 * time.Hour)
		}
	}
	if d.State != lifecycle.Provisioning && d.State != lifecycle.Archived {
		d.DropletID = 400_000_000 + int64(i)
		d.Address = fmt.Sprintf("198.%d.%d.%d", 18+i>>16&1, i>>8&255, i&255) // the range set aside for benchmarks
	}
	return d, events
}

func (s *largeSet) fields(rng *rand.Rand, i int, tenantSlug string) catalog.Deployment {
	app := apps[rng.IntN(len(apps))]
	purpose := pick(rng, purposes)
	name := app.name + " " + purpose
	switch {
	case i == s.deployments/2:
		name = app.name + " " + RareWord
	case i%1000 == 501:
		name = app.name + " " + SomeWord
	case i%33 == 7:
		name = app.name + " " + CommonWord
	}
	slug := fmt.Sprintf("%s-%d", catalog.Slugify(name), s.ordinal[i]+1)
	return catalog.Deployment{
		Name: name, Slug: slug, Hostname: slug + "." + tenantSlug + ".example", App: app.name, AppVersion: pick(rng, app.versions),
		Plan: weighted(rng, catalog.Plans, planWeights).Code, Region: pick(rng, catalog.Regions).Code, Size: pick(rng, catalog.Sizes).Code,
	}
}

// history walks over the map from a start until nothing happens any more or the present is reached.
func (s *largeSet) history(rng *rand.Rand, id uuid.UUID, at time.Time) []store.BulkEvent {
	start := lifecycle.Active
	switch n := rng.IntN(100); {
	case n < 40:
		start = lifecycle.Trial
	case n < 70:
		start = lifecycle.Provisioning
	}
	events := []store.BulkEvent{{
		DeploymentID: id, Version: 1, To: start, Reason: lifecycle.Created, Actor: support.Actor(), OccurredAt: at, StateSince: at,
	}}
	for len(events) < maxLargeEvents {
		last := events[len(events)-1]
		action, wait := s.next(rng, last.To)
		if action == "" {
			return events
		}
		event := follow(last, action, last.OccurredAt.Add(wait).Truncate(time.Microsecond))
		if event.OccurredAt.After(s.now) {
			return events
		}
		events = append(events, event)
		if undo, ok := s.slip(rng, event, last.StateSince); ok && len(events) < maxLargeEvents {
			events = append(events, undo)
		}
	}
	return events
}

func (s *largeSet) next(rng *rand.Rand, from lifecycle.State) (lifecycle.Action, time.Duration) {
	n := rng.IntN(100)
	for _, step := range likely[from] {
		if n -= step.weight; n < 0 {
			days := step.days * (0.2 + 1.6*rng.Float64())
			return step.action, time.Duration(days*24*float64(time.Hour)) + time.Minute
		}
	}
	return "", 0
}

// follow is the event of an action after another event.
func follow(last store.BulkEvent, action lifecycle.Action, at time.Time) store.BulkEvent {
	reason := lifecycle.Reason("")
	if reasons := action.Reasons(); len(reasons) > 0 {
		reason = reasons[0]
	}
	return store.BulkEvent{
		DeploymentID: last.DeploymentID, Version: last.Version + 1, From: last.To, To: action.To(), Reason: reason,
		Actor: actorFor(last.To, action), OccurredAt: at, StateSince: at,
	}
}

// slip undoes one of a hundred moves that can be undone, a few minutes later.
func (s *largeSet) slip(rng *rand.Rand, done store.BulkEvent, since time.Time) (store.BulkEvent, bool) {
	move, ok := lifecycle.Between(done.From, done.To)
	at := done.OccurredAt.Add(time.Duration(20+rng.IntN(500)) * time.Second)
	if !ok || !move.Undoable || rng.IntN(100) > 0 || at.After(s.now) {
		return store.BulkEvent{}, false
	}
	back, _ := lifecycle.Between(done.To, done.From)
	undo := follow(done, back.Action, at)
	undo.Reason, undo.Reverts, undo.StateSince, undo.Actor = lifecycle.Undo, done.Version, since, done.Actor
	return undo, true
}

// actorFor is who usually makes a move: dunning and trials run by themselves, the rest is somebody's work.
func actorFor(from lifecycle.State, action lifecycle.Action) access.Actor {
	move, _ := lifecycle.FindMove(from, action)
	switch action {
	case lifecycle.Activate, lifecycle.Abort:
		return Provisioner
	case lifecycle.Suspend, lifecycle.Archive:
		return DunningPolicy
	case lifecycle.MarkPastDue, lifecycle.MarkPaid:
		return Stripe
	}
	if move.Who.Has(access.Support) {
		return support.Actor()
	}
	return billing.Actor()
}
