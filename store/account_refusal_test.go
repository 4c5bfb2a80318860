package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// A preview can be confirmed only as it was shown: by the same actor, for the same tenant and action, within the hour.
func TestForeignPreviews(t *testing.T) {
	t.Parallel()
	w := newAccountWorld(t)
	p := w.preview(lifecycle.Pause)
	other := w.tenant("other")
	w.deployment(other, "d")
	for name, change := range map[string]func(*store.AccountMove){
		"another actor":     func(m *store.AccountMove) { m.Actor = admin },
		"the same name":     func(m *store.AccountMove) { m.Actor.Kind = "api" },
		"another tenant":    func(m *store.AccountMove) { m.TenantID = other },
		"another action":    func(m *store.AccountMove) { m.Action, m.Reason = lifecycle.Cancel, lifecycle.Other },
		"no such preview":   func(m *store.AccountMove) { m.PreviewID = uuid.New() },
		"no such tenant":    func(m *store.AccountMove) { m.TenantID = uuid.New() },
		"no preview at all": func(m *store.AccountMove) { m.PreviewID = uuid.Nil },
	} {
		move := w.confirm(p)
		change(&move)
		w.unchanged(name, func() {
			if moved, err := w.MoveAccount(t.Context(), move); !errors.Is(err, store.ErrStale) {
				t.Errorf("%s: %+v %v", name, moved, err)
			}
		})
	}
	w.age(time.Hour + time.Minute)
	if moved, err := w.MoveAccount(t.Context(), w.confirm(p)); !errors.Is(err, store.ErrStale) {
		t.Errorf("an old preview: %+v %v", moved, err)
	}
	if moved, err := w.MoveAccount(t.Context(), w.confirm(w.preview(lifecycle.Pause))); err != nil || moved.Moved != 1 {
		t.Errorf("a fresh one: %+v %v", moved, err)
	}
}

func TestAccountRefusals(t *testing.T) {
	t.Parallel()
	w := newAccountWorld(t)
	for _, actor := range actors() {
		for _, action := range lifecycle.Actions {
			want := lifecycle.PermitAccount(actor, action)
			p, err := w.PreviewAccount(t.Context(), actor, w.tenantID, action)
			if err != nil || (p.Refusal == nil) != (want == nil) || want != nil && *p.Refusal != *want {
				t.Errorf("%s by %s: %+v %v, want %v", action, actor.ID, p.Refusal, err, want)
			}
			if want == nil {
				continue
			}
			w.unchanged("a refusal", func() {
				moved, err := w.MoveAccount(t.Context(), store.AccountMove{Command: w.by(actor), TenantID: w.tenantID, PreviewID: p.ID, Action: action})
				if err != nil || moved.Refusal == nil || moved.Refusal.Code != want.Code {
					t.Errorf("%s by %s: %+v %v", action, actor.ID, moved, err)
				}
			})
		}
	}
	if _, err := w.PreviewAccount(t.Context(), billing, uuid.New(), lifecycle.Pause); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v", err)
	}
	for name, c := range map[string]struct {
		action lifecycle.Action
		reason lifecycle.Reason
		code   lifecycle.RefusalCode
	}{
		"without a reason": {lifecycle.Suspend, "", lifecycle.ReasonMissing},
		"a wrong reason":   {lifecycle.Pause, lifecycle.Fraud, lifecycle.ReasonUnknown},
		"undo":             {lifecycle.Pause, lifecycle.Undo, lifecycle.ReasonUnknown},
		"nothing to do":    {lifecycle.Resume, "", lifecycle.InvalidTransition},
	} {
		move := w.confirm(w.preview(c.action))
		move.Reason = c.reason
		w.unchanged(name, func() {
			if moved, err := w.MoveAccount(t.Context(), move); err != nil || moved.Refusal == nil || moved.Refusal.Code != c.code {
				t.Errorf("%s: %+v %v", name, moved, err)
			}
		})
	}
	long := w.confirm(w.preview(lifecycle.Pause))
	long.Notes = strings.Repeat("x", catalog.MaxNotes+1)
	_, err := w.MoveAccount(t.Context(), long)
	problems(t, err, "notes")
}

// Five hundred move in one transaction; with one more nothing can be confirmed.
func TestAccountLimit(t *testing.T) {
	t.Parallel()
	w := accountWorld{world: newWorld(t)}
	w.tenantID = w.tenant("large")
	w.many(w.tenantID, lifecycle.MaxAccountMoves)
	if moved := w.moveAll(lifecycle.Pause); moved.Moved != 500 {
		t.Errorf("%+v", moved)
	}
	w.moveAll(lifecycle.Resume)
	extra := w.deployment(w.tenantID, "one-more")
	w.unchanged("a preview of too many", func() {
		p, err := w.PreviewAccount(t.Context(), billing, w.tenantID, lifecycle.Pause)
		if err != nil || p.Refusal == nil || p.Moving() != 501 || !strings.Contains(p.Refusal.Text, "501") {
			t.Errorf("%+v %v", p.Refusal, err)
		}
		if _, err := w.MoveAccount(t.Context(), w.confirm(p)); !errors.Is(err, store.ErrStale) {
			t.Errorf("%v", err)
		}
	})
	w.move(extra, lifecycle.Cancel)
	if moved := w.moveAll(lifecycle.Pause); moved.Moved != 500 {
		t.Errorf("%+v", moved)
	}
	w.verified()
}
