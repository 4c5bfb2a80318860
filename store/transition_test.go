package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// actors are each role alone and each program.
func actors() []access.Actor {
	var all []access.Actor
	for _, role := range access.AllRoles {
		all = append(all, person(role.String(), role))
	}
	for _, kind := range []access.Kind{access.System, access.Policy} {
		all = append(all, access.Actor{Kind: kind, ID: string(kind), Name: string(kind)})
	}
	return append(all, access.Actor{Kind: access.API, ID: "billing-sync", Name: "Billing sync", Roles: access.Billing | access.Support})
}

// Every state × action × actor through the real store: it does what the lifecycle decides, writes what it says, and what
// is not accepted leaves no event and no change of the deployment.
func TestEveryCell(t *testing.T) {
	t.Parallel()
	for _, state := range lifecycle.States {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tenantID := w.tenant("cells")
			id, n := w.in(tenantID, "first", state), 0
			for _, action := range lifecycle.Actions {
				for _, actor := range actors() {
					if w.cell(actor, id, action) == lifecycle.Accepted {
						n++
						id = w.in(tenantID, fmt.Sprintf("next-%d", n), state)
					}
				}
			}
			w.verified()
		})
	}
}

func (w *world) cell(actor access.Actor, id uuid.UUID, action lifecycle.Action) lifecycle.Verdict {
	w.t.Helper()
	before := w.get(id)
	request := w.ask(actor, id, action)
	want := lifecycle.Decide(before.Subject(), lifecycle.Request{
		Actor: actor, Action: action, Version: request.Version, Reason: request.Reason, Now: before.ReadAt,
	})
	moved, err := w.Transition(w.t.Context(), request)
	if err != nil || moved.Verdict != want.Verdict || moved.Replayed {
		w.t.Fatalf("%s of %s by %s: %+v %v, want %+v", action, before.State, actor.ID, moved, err, want)
	}
	if (moved.Refusal == nil) != (want.Refusal == nil) || want.Refusal != nil && *moved.Refusal != *want.Refusal {
		w.t.Errorf("%s of %s by %s refused by %v, want %v", action, before.State, actor.ID, moved.Refusal, want.Refusal)
	}
	after := moved.Deployment
	if want.Verdict == lifecycle.Accepted {
		if after.State != want.Move.To || after.Version != before.Version+1 || moved.Version != after.Version ||
			after.LastCommand != moved.CommandID || after.LastActor != actor.Name || after.LastReason != want.Reason ||
			!after.StateSince.Equal(after.LastAt) {
			w.t.Errorf("%s of %s by %s left %+v", action, before.State, actor.ID, after)
		}
		return want.Verdict
	}
	after.ReadAt = before.ReadAt
	if after != before {
		w.t.Errorf("%s of %s by %s changed\n%+v to\n%+v", action, before.State, actor.ID, before, after)
	}
	return want.Verdict
}

func TestRefusedAndStaleLeaveNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.deployment(w.tenant("t"), "d")
	requests := map[string]store.Transition{
		"refused by role":   w.ask(viewer, id, lifecycle.Pause),
		"refused by map":    w.ask(admin, id, lifecycle.Suspend),
		"without reason":    {Command: w.by(admin), DeploymentID: id, Action: lifecycle.Cancel, Version: 1},
		"wrong reason":      {Command: w.by(admin), DeploymentID: id, Action: lifecycle.Pause, Version: 1, Reason: lifecycle.Fraud},
		"unknown action":    {Command: w.by(admin), DeploymentID: id, Action: "explode", Version: 1},
		"undo of nothing":   {Command: w.by(admin), DeploymentID: id, Action: lifecycle.Pause, Version: 1, Reason: lifecycle.Undo},
		"stale":             {Command: w.by(admin), DeploymentID: id, Action: lifecycle.Pause, Version: 7},
		"a version of zero": {Command: w.by(admin), DeploymentID: id, Action: lifecycle.Pause},
	}
	for name, request := range requests {
		w.unchanged(name, func() {
			moved, err := w.Transition(t.Context(), request)
			if err != nil || moved.Verdict == lifecycle.Accepted || moved.Verdict == lifecycle.Already ||
				moved.CommandID != uuid.Nil || moved.Deployment.ID != id {
				t.Errorf("%s: %+v %v", name, moved, err)
			}
			if strings.HasPrefix(name, "stale") && moved.Verdict != lifecycle.Stale {
				t.Errorf("%s: %+v", name, moved)
			}
		})
	}
	// A key that was refused is free: the person mends the form and sends it again.
	mended := requests["without reason"]
	mended.Reason = lifecycle.CustomerRequest
	if moved, err := w.Transition(t.Context(), mended); err != nil || moved.Verdict != lifecycle.Accepted {
		t.Errorf("mended: %+v %v", moved, err)
	}
}

func TestTransitionErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.deployment(w.tenant("t"), "d")
	right := w.ask(admin, id, lifecycle.Pause)
	for name, c := range map[string]struct {
		change func(*store.Transition)
		want   error
	}{
		"no actor":        {func(r *store.Transition) { r.Actor = access.Actor{} }, access.ErrNoActor},
		"no name":         {func(r *store.Transition) { r.Actor.Name = "" }, access.ErrNoActor},
		"no kind":         {func(r *store.Transition) { r.Actor.Kind = "person" }, access.ErrNoActor},
		"no key":          {func(r *store.Transition) { r.Key = "" }, store.ErrInput},
		"a long key":      {func(r *store.Transition) { r.Key = strings.Repeat("k", 201) }, store.ErrInput},
		"NUL in the key":  {func(r *store.Transition) { r.Key = "a\x00b" }, store.ErrInput},
		"NUL in notes":    {func(r *store.Transition) { r.Notes = "a\x00b" }, store.ErrInput},
		"no UTF-8":        {func(r *store.Transition) { r.Notes = "a\xffb" }, store.ErrInput},
		"no such id":      {func(r *store.Transition) { r.DeploymentID = uuid.New() }, store.ErrNotFound},
		"nobody's nil id": {func(r *store.Transition) { r.DeploymentID = uuid.Nil }, store.ErrNotFound},
	} {
		request := right
		c.change(&request)
		w.unchanged(name, func() {
			if _, err := w.Transition(t.Context(), request); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		})
	}
	right.Notes = strings.Repeat("é", catalog.MaxNotes+1)
	_, err := w.Transition(t.Context(), right)
	problems(t, err, "notes")
}

// The outcome of a key is stored: the same request finds it again, whatever has happened since, and another request under
// the same key is refused.
func TestReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.deployment(w.tenant("t"), "d")
	request := w.ask(support, id, lifecycle.Pause)
	request.Notes = "closed in\r\nwinter "
	first, err := w.Transition(t.Context(), request)
	if err != nil || first.Verdict != lifecycle.Accepted {
		t.Fatalf("%+v %v", first, err)
	}
	already, err := w.Transition(t.Context(), w.ask(billing, id, lifecycle.Pause))
	if err != nil || already.Verdict != lifecycle.Already || already.Version != 2 || already.CommandID == uuid.Nil {
		t.Errorf("already there: %+v %v", already, err)
	}
	w.move(id, lifecycle.Resume)
	w.unchanged("a replay", func() {
		again, err := w.Transition(t.Context(), request)
		if err != nil || again.Verdict != lifecycle.Accepted || !again.Replayed || again.CommandID != first.CommandID ||
			again.Version != 2 || again.Deployment.Version != 3 {
			t.Errorf("replayed: %+v %v", again, err)
		}
	})
	for name, change := range map[string]func(*store.Transition){
		"action":  func(r *store.Transition) { r.Action = lifecycle.Cancel },
		"version": func(r *store.Transition) { r.Version++ },
		"reason":  func(r *store.Transition) { r.Reason = lifecycle.Other },
		"notes":   func(r *store.Transition) { r.Notes += "!" },
	} {
		other := request
		change(&other)
		w.unchanged("another "+name, func() {
			if _, err := w.Transition(t.Context(), other); !errors.Is(err, store.ErrKeyReused) {
				t.Errorf("another %s: %v", name, err)
			}
		})
	}
	// The key belongs to its actor.
	request.Actor, request.Version = billing, 3
	if moved, err := w.Transition(t.Context(), request); err != nil || moved.Verdict != lifecycle.Accepted || moved.Replayed {
		t.Errorf("the same key of another actor: %+v %v", moved, err)
	}
}

// "Already there" is stored, too: the same key gives it again even when it would be a move by now.
func TestAlreadyIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.in(w.tenant("t"), "d", lifecycle.Paused)
	request := w.ask(support, id, lifecycle.Pause)
	if moved, err := w.Transition(t.Context(), request); err != nil || moved.Verdict != lifecycle.Already {
		t.Fatalf("%+v %v", moved, err)
	}
	w.move(id, lifecycle.Resume)
	moved, err := w.Transition(t.Context(), request)
	if err != nil || moved.Verdict != lifecycle.Already || !moved.Replayed || moved.Version != 2 || moved.Deployment.State != lifecycle.Active {
		t.Errorf("%+v %v", moved, err)
	}
}

// A hundred posts of one form: one event and one answer.
func TestHundredPostsOfOneKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := openStore(t, w.db.AppDSN, store.Options{Conns: 10})
	id := w.deployment(w.tenant("t"), "d")
	request := w.ask(support, id, lifecycle.Pause)
	answers := make([]store.Moved, 100)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			s := []*store.Store{w.Store, other}[i%2]
			for {
				moved, err := s.Transition(t.Context(), request)
				if errors.Is(err, store.ErrBusy) {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				answers[i] = moved
				return
			}
		})
	}
	wg.Wait()
	replayed := 0
	for _, a := range answers {
		if a.Replayed {
			replayed++
		}
		if a.Verdict != lifecycle.Accepted || a.CommandID != answers[0].CommandID || a.Version != 2 || a.Deployment.Version != 2 {
			t.Errorf("answer %+v", a)
		}
	}
	if events := w.value(`SELECT count(*) FROM cloud_deployment_events WHERE deployment_id = $1`, id); replayed != 99 || events != "2" {
		t.Errorf("%d replayed, %s events", replayed, events)
	}
	w.verified()
}

// Two who act on the same page: one is accepted, the other is told that it stands there already, or that the page is old,
// and sees what is there now.
func TestTwoActors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	tenantID := w.tenant("t")
	for i, second := range []lifecycle.Action{lifecycle.Pause, lifecycle.Cancel} {
		for n := range 10 {
			id := w.deployment(tenantID, fmt.Sprintf("d%d-%d", i, n))
			requests := []store.Transition{w.ask(support, id, lifecycle.Pause), w.ask(billing, id, second)}
			answers := make([]store.Moved, 2)
			var wg sync.WaitGroup
			for i, r := range requests {
				wg.Go(func() {
					var err error
					if answers[i], err = w.Transition(t.Context(), r); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			winner, loser := answers[0], answers[1]
			if winner.Verdict != lifecycle.Accepted {
				winner, loser = loser, winner
			}
			want := lifecycle.Stale
			if second == lifecycle.Pause {
				want = lifecycle.Already
			}
			if winner.Verdict != lifecycle.Accepted || loser.Verdict != want || loser.Deployment.Version != 2 ||
				loser.Deployment.LastCommand != winner.CommandID {
				t.Errorf("%+v\n%+v", winner, loser)
			}
		}
	}
	w.verified()
}

// Who did it is copied, with name and roles as they were.
func TestActorIsCopied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.deployment(w.tenant("t"), "d")
	actor := access.Actor{Kind: access.API, ID: "crm", Name: "The CRM", Roles: access.Billing | access.Support}
	request := w.ask(actor, id, lifecycle.Pause)
	request.Reason, request.Notes = lifecycle.Seasonal, "  until\r\nspring  "
	if _, err := w.Transition(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	line, err := w.GetDeploymentTimeline(t.Context(), id, "")
	if err != nil || len(line.Entries) != 2 {
		t.Fatalf("%+v %v", line, err)
	}
	e := line.Entries[0]
	if e.Kind != store.EventEntry || e.From != lifecycle.Active || e.To != lifecycle.Paused || e.Reason != lifecycle.Seasonal ||
		e.ActorKind != access.API || e.Actor != "crm" || e.ActorName != "The CRM" || e.ActorRoles != "support,billing" ||
		e.ActorLabel() != "API" || e.Notes != "until\nspring" || e.Version != 2 {
		t.Errorf("%+v", e)
	}
	if first := line.Entries[1]; first.From != "" || first.To != lifecycle.Active || first.Reason != lifecycle.Created || first.ActorLabel() != "Support" {
		t.Errorf("%+v", first)
	}
}
