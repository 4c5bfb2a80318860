package lifecycle_test

import (
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// moved is a deployment that went from one state to another a while before noon; before that it stood since a year ago.
func moved(from, to string, ago time.Duration) lifecycle.Subject {
	return lifecycle.Subject{
		State: lifecycle.State(to), Version: 7, LastFrom: lifecycle.State(from), LastAt: noon.Add(-ago), PreviousSince: noon.AddDate(-1, 0, 0),
	}
}

// undoable are the four moves whose reverse the map has as an undo, each with the action that is the reverse.
var undoable = map[[2]string]string{
	{"active", "paused"}: "resume", {"paused", "active"}: "pause",
	{"active", "past_due"}: "mark_paid", {"past_due", "active"}: "mark_past_due",
}

func TestUndoOfEveryPair(t *testing.T) {
	t.Parallel()
	for _, from := range append([]string{""}, states...) {
		for _, to := range states {
			s := moved(from, to, time.Minute)
			undo, ok := lifecycle.UndoOf(s, noon)
			want, possible := undoable[[2]string{from, to}]
			if ok != possible || string(undo.Action) != want {
				t.Errorf("undo of %q to %s: %t, %q, want %t, %q", from, to, ok, undo.Action, possible, want)
			}
			for action := range targets {
				checkUndo(t, s, action, want)
			}
		}
	}
}

// checkUndo asks for the action as an undo: only the reverse of the newest move is accepted, and gives the time back.
func checkUndo(t *testing.T, s lifecycle.Subject, action, want string) {
	t.Helper()
	r := asks(admin, action)
	r.Reason = lifecycle.Undo
	d := lifecycle.Decide(s, r)
	if (d.Verdict == lifecycle.Accepted) != (action == want) {
		t.Errorf("%s as an undo of %q to %s: %d %q", action, s.LastFrom, s.State, d.Verdict, codeOf(d))
		return
	}
	if d.Verdict == lifecycle.Accepted && (d.Reverts != s.Version || !d.Since.Equal(s.PreviousSince) || d.Reason != lifecycle.Undo || d.Move.To != s.LastFrom) {
		t.Errorf("undo of %s to %s: %+v", s.LastFrom, s.State, d)
	}
	if _, onTheMap := findEdge(string(s.State), action); onTheMap && d.Verdict == lifecycle.Refused && codeOf(d) != lifecycle.UndoImpossible {
		t.Errorf("%s as an undo of %q to %s: %q", action, s.LastFrom, s.State, codeOf(d))
	}
}

func TestUndoWindow(t *testing.T) {
	t.Parallel()
	if lifecycle.UndoWindow != 10*time.Minute {
		t.Errorf("the window is %s, want ten minutes", lifecycle.UndoWindow)
	}
	for ago, want := range map[time.Duration]bool{
		0: true, time.Second: true, 10*time.Minute - time.Nanosecond: true, 10 * time.Minute: true,
		10*time.Minute + time.Nanosecond: false, time.Hour: false, 24 * 365 * time.Hour: false,
	} {
		if _, ok := lifecycle.UndoOf(moved("active", "paused", ago), noon); ok != want {
			t.Errorf("%s later: %t, want %t", ago, ok, want)
		}
		r := lifecycle.Request{Actor: admin, Action: lifecycle.Resume, Version: 7, Reason: lifecycle.Undo, Now: noon}
		if d := lifecycle.Decide(moved("active", "paused", ago), r); (d.Verdict == lifecycle.Accepted) != want {
			t.Errorf("%s later: %d %q", ago, d.Verdict, codeOf(d))
		}
	}
}

// Undo is for who may take the reverse edge, not for who made the move.
func TestWhoMayUndo(t *testing.T) {
	t.Parallel()
	for pair, action := range undoable {
		s := moved(pair[0], pair[1], time.Minute)
		for _, actor := range everybody() {
			r := lifecycle.Request{Actor: actor, Action: lifecycle.Action(action), Version: 7, Reason: lifecycle.Undo, Now: noon}
			d := lifecycle.Decide(s, r)
			if may := mayOn(actor, pair[1], action); (d.Verdict == lifecycle.Accepted) != may || !may && codeOf(d) != lifecycle.Forbidden {
				t.Errorf("undo of %v by %s %q: %d %q", pair, actor.Kind, actor.Roles, d.Verdict, codeOf(d))
			}
		}
	}
}

// An undo of an undo is a move like any other: the first state comes back with its own time.
func TestUndoOfAnUndo(t *testing.T) {
	t.Parallel()
	s := moved("active", "paused", time.Minute)
	paused := s.LastAt
	d := lifecycle.Decide(s, lifecycle.Request{Actor: admin, Action: lifecycle.Resume, Version: 7, Reason: lifecycle.Undo, Now: noon})
	after := lifecycle.Subject{State: d.Move.To, Version: 8, LastFrom: d.Move.From, LastAt: noon, PreviousSince: paused}
	again := lifecycle.Decide(after, lifecycle.Request{Actor: admin, Action: lifecycle.Pause, Version: 8, Reason: lifecycle.Undo, Now: noon.Add(time.Minute)})
	if again.Verdict != lifecycle.Accepted || again.Reverts != 8 || !again.Since.Equal(paused) || again.Move.To != "paused" {
		t.Errorf("%+v", again)
	}
}

// Undo is no way around a stale page, and a second undo stands there already.
func TestUndoKeepsTheOrder(t *testing.T) {
	t.Parallel()
	r := lifecycle.Request{Actor: admin, Action: lifecycle.Resume, Version: 6, Reason: lifecycle.Undo, Now: noon}
	if d := lifecycle.Decide(moved("active", "paused", time.Minute), r); d.Verdict != lifecycle.Stale {
		t.Errorf("an old version: %d", d.Verdict)
	}
	if d := lifecycle.Decide(moved("paused", "active", time.Minute), r); d.Verdict != lifecycle.Already {
		t.Errorf("a second time: %d", d.Verdict)
	}
	viewer := access.Actor{Kind: access.Staff, ID: "v", Name: "V", Roles: access.Viewer}
	r.Actor = viewer
	if d := lifecycle.Decide(moved("active", "paused", time.Hour), r); codeOf(d) != lifecycle.Forbidden {
		t.Errorf("a viewer, too late: %q", codeOf(d))
	}
}
