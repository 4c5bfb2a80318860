package lifecycle

import (
	"slices"

	"arcadia.example/console/access"
)

// Move is one edge of the map.
type Move struct {
	Action   Action
	From, To State
	Who      access.Roles  // one of them is enough; admin always
	Programs []access.Kind // actors that are no person and may make the move without a role
	Undoable bool          // the reverse edge may be taken as an undo
}

const supportOrBilling = access.Support | access.Billing

// Map is every move that exists, in the order in which the moves from one state are offered.
var Map = []Move{
	{Action: Activate, From: Provisioning, To: Active, Who: access.Operator, Programs: []access.Kind{access.System}},
	{Action: Abort, From: Provisioning, To: Cancelled, Who: access.Support | access.Operator, Programs: []access.Kind{access.System}},
	{Action: Convert, From: Trial, To: Active, Who: access.Billing, Programs: []access.Kind{access.Policy}},
	{Action: Cancel, From: Trial, To: Cancelled, Who: supportOrBilling, Programs: []access.Kind{access.Policy}},
	{Action: Pause, From: Active, To: Paused, Who: supportOrBilling, Undoable: true},
	{Action: MarkPastDue, From: Active, To: PastDue, Who: access.Billing, Undoable: true},
	{Action: Cancel, From: Active, To: Cancelled, Who: supportOrBilling, Programs: []access.Kind{access.Policy}},
	{Action: Resume, From: Paused, To: Active, Who: supportOrBilling, Undoable: true},
	{Action: Cancel, From: Paused, To: Cancelled, Who: supportOrBilling, Programs: []access.Kind{access.Policy}},
	{Action: MarkPaid, From: PastDue, To: Active, Who: access.Billing, Undoable: true},
	{Action: Suspend, From: PastDue, To: Suspended, Who: access.Billing, Programs: []access.Kind{access.Policy}},
	{Action: Cancel, From: PastDue, To: Cancelled, Who: access.Billing, Programs: []access.Kind{access.Policy}},
	{Action: Restore, From: Suspended, To: Active, Who: access.Billing},
	{Action: Cancel, From: Suspended, To: Cancelled, Who: access.Billing, Programs: []access.Kind{access.Policy}},
	{Action: Reactivate, From: Cancelled, To: Active, Who: access.Billing},
	{Action: Archive, From: Cancelled, To: Archived, Who: access.Admin, Programs: []access.Kind{access.Policy}},
}

// MovesFrom lists the moves that the map has from a state.
func MovesFrom(s State) []Move {
	var moves []Move
	for _, m := range Map {
		if m.From == s {
			moves = append(moves, m)
		}
	}
	return moves
}

// FindMove returns the edge that the action takes from a state.
func FindMove(from State, a Action) (Move, bool) {
	for _, m := range Map {
		if m.From == from && m.Action == a {
			return m, true
		}
	}
	return Move{}, false
}

// Between returns the edge from one state to another.
func Between(from, to State) (Move, bool) {
	for _, m := range Map {
		if m.From == from && m.To == to {
			return m, true
		}
	}
	return Move{}, false
}

// Sources lists the states from which the action can be taken.
func (a Action) Sources() []State {
	var from []State
	for _, m := range Map {
		if m.Action == a {
			from = append(from, m.From)
		}
	}
	return from
}

// anybody returns the roles that may take the action on at least one edge.
func (a Action) anybody() (who access.Roles, programs []access.Kind) {
	for _, m := range Map {
		if m.Action == a {
			who |= m.Who
			programs = append(programs, m.Programs...)
		}
	}
	return who, programs
}

// permits reports whether the actor may make the move as far as roles go.
func permits(actor access.Actor, who access.Roles, programs []access.Kind) bool {
	switch actor.Kind {
	case access.Staff, access.API:
		return actor.Roles.May(who)
	}
	return slices.Contains(programs, actor.Kind)
}
