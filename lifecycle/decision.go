package lifecycle

import (
	"fmt"
	"time"

	"arcadia.example/console/access"
)

// UndoWindow is how long the newest move can be undone.
const UndoWindow = 10 * time.Minute

// Subject is a deployment as a decision sees it.
type Subject struct {
	State   State
	Version int // of its newest event

	Run      RunKind // that is live; empty: none
	Aborting bool    // the run was asked to stop, or undoes already what it did
	Stuck    bool    // the run cannot go on by itself: it needs an operator
	Gone     bool    // it was built by a run and its machine is gone: it comes back by being built anew
	Provider bool    // there is a cloud provider by which runs can be made
	Droplet  bool    // a machine is linked to it

	LastFrom      State     // of the newest event; empty for a new deployment
	LastAt        time.Time // when the newest event occurred
	PreviousSince time.Time // state_since as it was before the newest event
}

// Request is one actor asking for one move.
type Request struct {
	Actor   access.Actor
	Action  Action
	Version int // the version that the actor saw
	Reason  Reason
	Now     time.Time
	ByRun   bool // it is the last step of the run that carries it out
}

// Verdict is the outcome of a decision.
type Verdict int

// The outcomes. Accepted leaves an event, and Begun will.
const (
	Refused  Verdict = iota
	Accepted         // the move is made
	Already          // it stands in the asked state already: a success that records nothing
	Stale            // the actor saw an older version
	Begun            // a run carries it out: it is made when the run ends
)

// Decision is what is to happen with a request.
type Decision struct {
	Verdict Verdict
	Move    Move      // the edge to take, when accepted or begun
	Reason  Reason    // to be recorded, when accepted or begun
	Reverts int       // version of the event that this undoes; 0 when it is no undo
	Since   time.Time // state_since to store, when accepted
	Refusal *Refusal  // when refused
}

// RefusalCode is the machine's word for why a request was refused.
type RefusalCode string

// Why a request can be refused.
const (
	Forbidden         RefusalCode = "forbidden"
	InvalidTransition RefusalCode = "invalid_transition"
	RunIsOn           RefusalCode = "run_is_on"
	NoProvider        RefusalCode = "no_provider"
	ReasonMissing     RefusalCode = "reason_missing"
	ReasonUnknown     RefusalCode = "reason_unknown"
	UndoImpossible    RefusalCode = "undo_impossible"
	NoteMissing       RefusalCode = "note_missing"
	RunStands         RefusalCode = "run_stands_otherwise" // what a run was told does not fit how it stands
)

// Refusal says why, in words that can be shown to the actor.
type Refusal struct {
	Code     RefusalCode
	From, To State
	Needs    access.Roles // roles of which one would be enough, when forbidden
	Text     string
}

func (r *Refusal) Error() string { return string(r.Code) + ": " + r.Text }

// Permit is the first question of a decision: may this actor take the action here at all? Where the map has no
// such edge, the roles of the action anywhere are asked, so that an outsider learns nothing about the state.
func Permit(actor access.Actor, from State, action Action) *Refusal {
	m, ok := FindMove(from, action)
	who, programs := m.Who, m.Programs
	if !ok {
		who, programs = action.anybody()
	}
	if permits(actor, who, programs) {
		return nil
	}
	return &Refusal{Code: Forbidden, From: from, To: action.To(), Needs: who | access.Admin, Text: needsText(who)}
}

// Decide answers one request, in this order: permission; already there; version; the map and the facts. The command's
// key stands between the first two and belongs to the store, which asks Permit before it looks the key up.
func Decide(s Subject, r Request) Decision {
	if !r.Action.Valid() {
		return refuse(&Refusal{Code: InvalidTransition, From: s.State, Text: fmt.Sprintf("There is no action %q.", r.Action)})
	}
	if refusal := Permit(r.Actor, s.State, r.Action); refusal != nil {
		return refuse(refusal)
	}
	if s.State == r.Action.To() {
		return Decision{Verdict: Already}
	}
	if s.Version != r.Version {
		return Decision{Verdict: Stale}
	}
	move, ok := FindMove(s.State, r.Action)
	if !ok {
		return refuse(invalid(s, r.Action))
	}
	if !r.ByRun {
		if refusal := missingFact(s, r.Action); refusal != nil {
			return refuse(refusal)
		}
	}
	decision := accept(s, r, move)
	if decision.Verdict == Accepted && !r.ByRun && s.ByRun(r.Action) {
		decision.Verdict = Begun
	}
	return decision
}

// ByRun reports whether a run carries the action out: an abort stops the run that is on, which then undoes what it did, and
// a deployment whose machine is gone comes back by being built anew. Otherwise a move is made at once.
func (s Subject) ByRun(a Action) bool {
	switch a {
	case Abort:
		return s.Run.Builds()
	case Reactivate:
		return s.Gone
	}
	return false
}

func refuse(r *Refusal) Decision { return Decision{Verdict: Refused, Refusal: r} }

// accept checks the reason, which the person can mend in the form, and fills in what is to be recorded.
func accept(s Subject, r Request, move Move) Decision {
	decision := Decision{Verdict: Accepted, Move: move, Reason: r.Reason, Since: r.Now}
	if r.Reason == Undo {
		undo, ok := UndoOf(s, r.Now)
		if !ok || undo.Action != r.Action {
			return refuse(&Refusal{
				Code: UndoImpossible, From: s.State, To: move.To,
				Text: "The last move can no longer be undone. Make the move itself instead.",
			})
		}
		decision.Reverts, decision.Since = s.Version, s.PreviousSince
		return decision
	}
	if r.Reason == "" {
		if r.Action.NeedsReason() {
			return refuse(&Refusal{
				Code: ReasonMissing, From: s.State, To: move.To,
				Text: "Choose a reason: " + r.Action.Label() + " is not recorded without one.",
			})
		}
		decision.Reason = actionTable[r.Action].byDefault
		return decision
	}
	if !r.Action.accepts(r.Reason, r.Actor.Kind == access.Policy) {
		return refuse(&Refusal{
			Code: ReasonUnknown, From: s.State, To: move.To,
			Text: fmt.Sprintf("%q is not a reason for %s.", r.Reason, r.Action.Label()),
		})
	}
	return decision
}

// UndoOf returns the move that would undo the newest event, if that is still possible. Who may take it is asked by Permit.
func UndoOf(s Subject, now time.Time) (Move, bool) {
	done, ok := Between(s.LastFrom, s.State)
	if !ok || !done.Undoable || now.Sub(s.LastAt) > UndoWindow {
		return Move{}, false
	}
	return Between(s.State, s.LastFrom)
}

// missingFact is what else stands in the way: a run that is on ends with a move of its own, and other moves would cross it.
// Runs that only switch or release a machine follow the state and are in nobody's way.
func missingFact(s Subject, a Action) *Refusal {
	building := s.Run.Builds()
	text, code := "", RunIsOn
	switch {
	case (a == Activate || a == Abort) && building && s.Stuck:
		text = "Its rollback is incomplete: somebody has to see to that first."
	case a == Activate && building && s.Aborting:
		text = "It is being stopped: what was built is being removed."
	case a == Activate && building:
		text = "A run is building it and activates it by itself; abort it to stop that."
	case a == Abort && building && s.Aborting:
		text = "It is being stopped already: what was built is being removed."
	case (a == Reactivate || a == Archive) && building && s.Stuck:
		text = "The rollback of its last run is incomplete: somebody has to see to that first."
	case a == Reactivate && building:
		text = "A run is rebuilding it and reactivates it by itself."
	case a == Archive && building:
		text = "A run is rebuilding it; abort the run first."
	case a == Reactivate && s.Gone && !s.Provider:
		text, code = "Its machine is gone, and there is no cloud provider here by which to build another.", NoProvider
	default:
		return nil
	}
	return &Refusal{Code: code, From: s.State, To: a.To(), Text: text}
}
