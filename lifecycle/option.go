package lifecycle

import (
	"strings"

	"arcadia.example/console/access"
)

// Option is one action as it stands for one actor and one deployment now: a button, or the reason why there is none.
type Option struct {
	Action   Action
	Open     bool   // a request for it would be accepted with an event, or begun
	ByRun    bool   // when open: a run carries it out, and the event comes when it ends
	Says     string // when open: the consequence in one line
	Why      string // when not open: the map's reason before the role's; no full stop at the end
	NextDoor bool   // when not open: only a role or one other move stands between, so it is worth showing first

	Needs access.Roles // when only a role is missing: those of which one would be enough; Admin alone where no other is
}

// Options lists every action once: the open ones in the order of the map, then the others.
func Options(actor access.Actor, s Subject) []Option {
	var open, blocked []Option
	for _, m := range MovesFrom(s.State) {
		if refusal := blockedHere(actor, s, m.Action); refusal != nil {
			needs := refusal.Needs
			if others := needs &^ access.Admin; others != 0 {
				needs = others
			}
			blocked = append(blocked, Option{Action: m.Action, Why: strings.TrimSuffix(refusal.Text, "."), NextDoor: true, Needs: needs})
			continue
		}
		open = append(open, Option{Action: m.Action, Open: true, ByRun: s.ByRun(m.Action), Says: m.Action.Summary(s.Machine())})
	}
	for _, a := range Actions {
		if _, here := FindMove(s.State, a); !here {
			blocked = append(blocked, Option{Action: a, Why: invalidText(s, a), NextDoor: oneMoveAway(s.State, a)})
		}
	}
	return append(open, blocked...)
}

// Open lists the actions that the actor can take now: the open Options, without working out why the others are not.
func Open(actor access.Actor, s Subject) []Action {
	var actions []Action
	for _, m := range Map {
		if m.From == s.State && blockedHere(actor, s, m.Action) == nil {
			actions = append(actions, m.Action)
		}
	}
	return actions
}

func blockedHere(actor access.Actor, s Subject, a Action) *Refusal {
	if refusal := missingFact(s, a); refusal != nil {
		return refusal
	}
	return Permit(actor, s.State, a)
}

// oneMoveAway reports whether a state that can be reached from here by one move offers the action. What leads back to
// active is never one move away: nobody suspends a deployment in order to restore it.
func oneMoveAway(from State, a Action) bool {
	if from == a.To() || a.To() == Active {
		return false
	}
	for _, m := range MovesFrom(from) {
		if _, ok := FindMove(m.To, a); ok {
			return true
		}
	}
	return false
}
