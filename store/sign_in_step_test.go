package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

var stepKinds = []store.StepKind{store.SecondFactorStep, store.PasskeyStep, store.NewPasskeyStep}

func (w *world) putStep(kind store.StepKind, step store.SignInStep) store.Token {
	w.t.Helper()
	token, err := w.PutStep(w.t.Context(), kind, step)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

func TestStepIsTakenOnceAndAsItsKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	p, _ := w.hire("dana", access.Support)
	for _, kind := range stepKinds {
		token := w.putStep(kind, store.SignInStep{StaffID: uuid.NullUUID{UUID: p.ID, Valid: true}, Data: []byte(`{"challenge": "c"}`)})
		for _, other := range stepKinds {
			if other == kind {
				continue
			}
			if _, err := w.TakeStep(t.Context(), other, token); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a step of %s is taken as one of %s: %v", kind, other, err)
			}
			if _, err := w.PeekStep(t.Context(), other, token); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a step of %s is seen as one of %s: %v", kind, other, err)
			}
		}
		for range 2 {
			if step, err := w.PeekStep(t.Context(), kind, token); err != nil || step.StaffID.UUID != p.ID {
				t.Errorf("seen: %+v %v", step, err)
			}
		}
		var taken atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				switch step, err := w.TakeStep(t.Context(), kind, token); {
				case err == nil && step.StaffID.UUID == p.ID && string(step.Data) == `{"challenge": "c"}`:
					taken.Add(1)
				case !errors.Is(err, store.ErrNotFound):
					t.Errorf("%+v %v", step, err)
				}
			})
		}
		all.Wait()
		if taken.Load() != 1 {
			t.Errorf("taken %d times", taken.Load())
		}
	}
}

func TestStepLastsFiveMinutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.putStep(store.PasskeyStep, store.SignInStep{})
	if got := w.value(`SELECT round(extract(epoch FROM expires_at - now()) / 60) FROM sign_in_steps`); got != "5" {
		t.Errorf("%s minutes", got)
	}
	w.exec(`UPDATE sign_in_steps SET expires_at = now()`)
	if _, err := w.PeekStep(t.Context(), store.PasskeyStep, token); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("seen: %v", err)
	}
	if _, err := w.TakeStep(t.Context(), store.PasskeyStep, token); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("taken: %v", err)
	}
	w.putStep(store.PasskeyStep, store.SignInStep{})
	if n := w.value(`SELECT count(*) FROM sign_in_steps`); n != "1" {
		t.Errorf("%s rows are kept, want 1", n)
	}
}

// A password alone opens a step and no session.
func TestStepIsNoSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, session := w.hire("dana", access.Support)
	token := w.putStep(store.SecondFactorStep, store.SignInStep{StaffID: uuid.NullUUID{UUID: p.ID, Valid: true}})
	w.dead("a step's token", token)
	if _, err := w.TakeStep(t.Context(), store.SecondFactorStep, session); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a session's token is a step's: %v", err)
	}
	if step, err := w.TakeStep(t.Context(), store.SecondFactorStep, token); err != nil || string(step.Data) != "{}" {
		t.Errorf("without data: %+v %v", step, err)
	}
}
