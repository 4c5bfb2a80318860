package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// accountWorld is a tenant with a deployment in each state, and a neighbour that must not notice anything.
type accountWorld struct {
	*world
	tenantID  uuid.UUID
	in        map[lifecycle.State]uuid.UUID
	neighbour uuid.UUID
}

func newAccountWorld(t *testing.T) accountWorld {
	t.Helper()
	w := accountWorld{world: newWorld(t), in: map[lifecycle.State]uuid.UUID{}}
	w.tenantID = w.tenant("account")
	for _, state := range lifecycle.States {
		w.in[state] = w.world.in(w.tenantID, strings.ReplaceAll(string(state), "_", "-"), state)
	}
	w.neighbour = w.deployment(w.tenant("neighbour"), "d")
	return w
}

func (w accountWorld) preview(action lifecycle.Action) store.AccountPreview {
	w.t.Helper()
	p, err := w.PreviewAccount(w.t.Context(), billing, w.tenantID, action)
	if err != nil || p.Refusal != nil {
		w.t.Fatalf("%+v %v", p, err)
	}
	return p
}

// confirm is the confirmation of a preview by who made it.
func (w accountWorld) confirm(p store.AccountPreview) store.AccountMove {
	return store.AccountMove{
		Command: w.by(billing), TenantID: w.tenantID, PreviewID: p.ID, Action: p.Action, Reason: reasonFor(p.Action), Notes: "all of it",
	}
}

func (w accountWorld) moveAll(action lifecycle.Action) store.AccountMoved {
	w.t.Helper()
	moved, err := w.MoveAccount(w.t.Context(), w.confirm(w.preview(action)))
	if err != nil || moved.Refusal != nil {
		w.t.Fatalf("%s: %+v %v", action, moved, err)
	}
	return moved
}

func movingIDs(p store.AccountPreview) map[uuid.UUID]bool {
	moving := map[uuid.UUID]bool{}
	for _, line := range p.Lines {
		if line.Moves {
			moving[line.ID] = true
		}
	}
	return moving
}

// Each action moves those for which the move is valid, exactly as its preview said, in one transaction, and no others.
func TestAccountActions(t *testing.T) {
	t.Parallel()
	for action, from := range map[lifecycle.Action][]lifecycle.State{
		lifecycle.Pause:   {lifecycle.Active},
		lifecycle.Suspend: {lifecycle.PastDue},
		lifecycle.Restore: {lifecycle.Suspended},
		lifecycle.Cancel:  {lifecycle.Trial, lifecycle.Active, lifecycle.Paused, lifecycle.PastDue, lifecycle.Suspended},
	} {
		t.Run(string(action), func(t *testing.T) {
			t.Parallel()
			w := newAccountWorld(t)
			w.t = t
			before := map[lifecycle.State]store.Deployment{}
			for state, id := range w.in {
				before[state] = w.get(id)
			}
			p := w.preview(action)
			byName := slices.IsSortedFunc(p.Lines, func(a, b store.AccountLine) int { return strings.Compare(a.Name, b.Name) })
			if p.Moving() != len(from) || len(p.Lines) != len(lifecycle.States) || !byName {
				t.Errorf("%d of %d would move, want %d", p.Moving(), len(p.Lines), len(from))
			}
			moved, err := w.MoveAccount(t.Context(), w.confirm(p))
			if err != nil || moved.Moved != len(from) || moved.Refusal != nil || moved.Replayed {
				t.Errorf("%+v %v", moved, err)
			}
			for _, state := range from {
				d := w.get(w.in[state])
				if d.State != action.To() || d.Version != before[state].Version+1 || d.LastCommand != moved.CommandID ||
					d.LastActor != "Billing" || d.LastReason != reasonFor(action) || lifecycle.State(d.LastFrom.String) != state {
					t.Errorf("from %s: %+v", state, d)
				}
				delete(before, state)
			}
			for state, d := range before {
				now := w.get(d.ID)
				if now.ReadAt = d.ReadAt; now != d {
					t.Errorf("%s was touched: %+v", state, now)
				}
			}
			if d := w.get(w.neighbour); d.Version != 1 {
				t.Errorf("the neighbour was moved")
			}
			if notes := w.value(`SELECT count(DISTINCT notes) || max(notes) FROM cloud_deployment_events WHERE command_id = $1`, moved.CommandID); notes != "1all of it" {
				t.Errorf("notes %s", notes)
			}
			w.verified()
		})
	}
}

// Resume brings back exactly what the last account pause moved and nobody moved since.
func TestAccountResumeIsExact(t *testing.T) {
	t.Parallel()
	w := newAccountWorld(t)
	kept := w.in[lifecycle.Active]
	touched, cancelled := w.deployment(w.tenantID, "touched"), w.deployment(w.tenantID, "cancelled-later")
	if p := w.preview(lifecycle.Resume); p.Moving() != 0 {
		t.Errorf("without an account pause %d would be resumed", p.Moving())
	}
	if moved := w.moveAll(lifecycle.Pause); moved.Moved != 3 {
		t.Errorf("paused %d", moved.Moved)
	}
	w.move(touched, lifecycle.Resume) // by hand, and paused again: that is somebody's own wish now
	w.move(touched, lifecycle.Pause)
	w.move(cancelled, lifecycle.Cancel)
	p := w.preview(lifecycle.Resume)
	if moving := movingIDs(p); len(moving) != 1 || !moving[kept] {
		t.Errorf("would resume %v, want %s", moving, kept)
	}
	if moved, err := w.MoveAccount(t.Context(), w.confirm(p)); err != nil || moved.Moved != 1 {
		t.Errorf("%+v %v", moved, err)
	}
	for id, want := range map[uuid.UUID]lifecycle.State{
		kept: lifecycle.Active, touched: lifecycle.Paused, cancelled: lifecycle.Cancelled, w.in[lifecycle.Paused]: lifecycle.Paused,
	} {
		if got := w.get(id).State; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	// The next pause is the last one then: what the one before moved is not resumed by it.
	w.moveAll(lifecycle.Pause)
	again := w.deployment(w.tenantID, "later")
	w.moveAll(lifecycle.Pause)
	if moving := movingIDs(w.preview(lifecycle.Resume)); len(moving) != 1 || !moving[again] {
		t.Errorf("would resume %v, want %s alone", moving, again)
	}
	w.verified()
}

// If anything of the account changed since the preview, nothing moves.
func TestAccountStale(t *testing.T) {
	t.Parallel()
	w := newAccountWorld(t)
	n := 0
	for name, change := range map[string]func(){
		"one of those that would move": func() { w.move(w.deployment(w.tenantID, "x"), lifecycle.Pause) },
		"one that would not move":      func() { w.move(w.in[lifecycle.Cancelled], lifecycle.Reactivate) },
		"a new deployment":             func() { n++; w.deployment(w.tenantID, fmt.Sprintf("new-%d", n)) },
		"a new one that does not move": func() { w.create(w.tenantID, deploymentFields("new-trial"), lifecycle.Trial) },
		"there and back": func() {
			w.move(w.in[lifecycle.Active], lifecycle.Pause)
			w.move(w.in[lifecycle.Active], lifecycle.Resume)
		},
	} {
		p := w.preview(lifecycle.Pause)
		change()
		w.unchanged(name, func() {
			if moved, err := w.MoveAccount(t.Context(), w.confirm(p)); !errors.Is(err, store.ErrStale) {
				t.Errorf("%s: %+v %v", name, moved, err)
			}
		})
	}
	// Edits and notes are no change of what was shown.
	p := w.preview(lifecycle.Pause)
	d := w.get(w.in[lifecycle.Active])
	fields := d.Fields()
	fields.App = "other"
	if err := w.UpdateDeployment(t.Context(), support, d.ID, d.EditVersion, fields); err != nil {
		t.Fatal(err)
	}
	if moved, err := w.MoveAccount(t.Context(), w.confirm(p)); err != nil || moved.Moved == 0 {
		t.Errorf("%+v %v", moved, err)
	}
	w.verified()
}

func TestAccountReplay(t *testing.T) {
	t.Parallel()
	w := newAccountWorld(t)
	w.deployment(w.tenantID, "second")
	move := w.confirm(w.preview(lifecycle.Pause))
	answers := make([]store.AccountMoved, 20)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			var err error
			for {
				if answers[i], err = w.MoveAccount(t.Context(), move); !errors.Is(err, store.ErrBusy) {
					break
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	replayed := 0
	for _, a := range answers {
		if a.Replayed {
			replayed++
		}
		if a.Moved != 2 || a.Refusal != nil || a.CommandID != answers[0].CommandID {
			t.Errorf("%+v", a)
		}
	}
	if replayed != 19 {
		t.Errorf("%d replayed", replayed)
	}
	move.Notes = "other"
	w.unchanged("a used key", func() {
		if _, err := w.MoveAccount(t.Context(), move); !errors.Is(err, store.ErrKeyReused) {
			t.Errorf("%v", err)
		}
	})
	w.verified()
}

// Two account actions on one tenant at once: one moves, the other is stale, and nothing is moved twice.
func TestTwoAccountActions(t *testing.T) {
	t.Parallel()
	w := newAccountWorld(t)
	w.patient()
	for range 5 {
		moves := []store.AccountMove{w.confirm(w.preview(lifecycle.Pause)), w.confirm(w.preview(lifecycle.Pause))}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i := range moves {
			wg.Go(func() { _, errs[i] = w.MoveAccount(t.Context(), moves[i]) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), store.ErrStale) {
			t.Errorf("%v", errs)
		}
		w.moveAll(lifecycle.Resume)
	}
	w.verified()
}

// The page of the account counts by state, and says what a resume would bring back.
func TestAccountPage(t *testing.T) {
	t.Parallel()
	w := newAccountWorld(t)
	for range 2 {
		account, err := w.GetAccount(t.Context(), w.tenantID)
		if err != nil || account.Total != 8 || len(account.Rows) != 8 || !strings.HasPrefix(account.Rows[0].Name, "Deployment a") {
			t.Errorf("%+v %v", account, err)
		}
		if want := w.preview(lifecycle.Resume).Moving(); account.Resumable != want {
			t.Errorf("%d would be resumed, the page says %d", want, account.Resumable)
		}
		for state, n := range account.States {
			if want := w.value(`SELECT count(*) FROM cloud_deployments WHERE tenant_id = $1 AND state = $2`, w.tenantID, string(state)); fmt.Sprint(n) != want {
				t.Errorf("%d %s, want %s", n, state, want)
			}
		}
		if account.Resumable == 0 {
			w.moveAll(lifecycle.Pause)
		}
	}
}
