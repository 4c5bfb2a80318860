package lifecycle

import (
	"strings"

	"arcadia.example/console/access"
)

// invalid is the seed's {:invalid_transition, from, to}: it names both states. Where there is a way between the two, but
// by another verb, it does not deny the way.
func invalid(s Subject, a Action) *Refusal {
	from := s.State
	text := "Not possible from " + from.Lower() + " to " + a.To().Lower()
	if _, ok := Between(from, a.To()); ok {
		text = a.Label() + " does not lead from " + from.Lower() + " to " + a.To().Lower()
	}
	return &Refusal{Code: InvalidTransition, From: from, To: a.To(), Text: text + ". " + invalidText(s, a) + "."}
}

// invalidText is the map's reason why an action cannot be taken from a state, and what to do instead or first where that
// is of use. It is one sentence without its full stop.
func invalidText(s Subject, a Action) string {
	from := s.State
	switch {
	case from == a.To():
		return "It is " + from.Lower() + " already"
	case from == Archived:
		return "Archived is final: nothing leads out of it"
	case from == Provisioning && s.Aborting && (a == Cancel || a == Archive):
		return "It is being stopped, and is cancelled when that is done"
	case from == Provisioning && a == Cancel:
		return "While it is being built, abort it instead"
	}
	text := "Only " + sourcesPhrase(a.Sources()) + " can be " + a.Done()
	if other, ok := insteadOf(from, a); ok {
		return text + "; " + other.Order() + " instead"
	}
	if before, ok := stepBefore(from, a); ok {
		return text + "; " + before.Order() + " first"
	}
	return text
}

// insteadOf returns the action that leads from here to where the asked one would. Activating and converting begin the
// billing of somebody who never paid: they are not offered in passing.
func insteadOf(from State, a Action) (Action, bool) {
	m, ok := Between(from, a.To())
	return m.Action, ok && m.Action != Activate && m.Action != Convert
}

// stepBefore returns the one move from here to a state in which the action exists, where somebody could sensibly want
// both: nobody marks a deployment past due in order to suspend it, or cancels it in order to reactivate it.
func stepBefore(from State, a Action) (Action, bool) {
	if a != Pause && a != Archive {
		return "", false
	}
	var found []Action
	for _, m := range MovesFrom(from) {
		if _, ok := FindMove(m.To, a); ok {
			found = append(found, m.Action)
		}
	}
	if len(found) != 1 || found[0] == Activate || found[0] == Convert || found[0] == MarkPaid {
		return "", false
	}
	return found[0], true
}

// Order is the action as an order inside a sentence: "mark it paid".
func (a Action) Order() string {
	switch a {
	case Convert:
		return "convert it to paid"
	case MarkPaid:
		return "mark it paid"
	case MarkPastDue:
		return "mark it past due"
	}
	return string(a) + " it"
}

// sourcesPhrase names the deployments of the given states: "a cancelled deployment".
func sourcesPhrase(sources []State) string {
	if len(sources) == 1 {
		switch sources[0] {
		case Provisioning:
			return "a deployment in provisioning"
		case Trial:
			return "a deployment on trial"
		}
		return sources[0].Phrase() + " deployment"
	}
	words := make([]string, len(sources))
	for i, s := range sources {
		words[i] = s.Lower()
	}
	last := len(words) - 1
	return "a " + strings.Join(words[:last], ", ") + " or " + words[last] + " deployment"
}

func needsText(who access.Roles) string {
	if who.Has(access.Admin) || who == 0 {
		return "Needs Admin."
	}
	return "Needs " + who.Label("or") + "."
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
