package access

import "errors"

// Kind tells people from programs in every record of who did something.
type Kind string

// The kinds of actor.
const (
	Staff  Kind = "staff"  // a person who is signed in
	API    Kind = "api"    // an integration with a token
	System Kind = "system" // the console itself: a run, an import, the demo
	Policy Kind = "policy" // an automatic step of a billing policy
)

// Actor is who does something. Its name and roles are copied into what it leaves behind, so that
// the record stays true when the person changes or goes.
type Actor struct {
	Kind  Kind
	ID    string // stable: an e-mail for staff, the slug of an integration, a name for the others
	Name  string // for the screen
	Roles Roles
}

// ErrNoActor is returned for a write that nobody stands for.
var ErrNoActor = errors.New("a change needs an actor")

// Validate returns ErrNoActor unless kind, ID and name are there.
func (a Actor) Validate() error {
	switch a.Kind {
	case Staff, API, System, Policy:
	default:
		return ErrNoActor
	}
	if a.ID == "" || a.Name == "" {
		return ErrNoActor
	}
	return nil
}

// Label is the chip beside the name: what the actor acted as.
func (a Actor) Label() string { return KindLabel(a.Kind, a.Roles) }

// KindLabel is Label for a stored actor: the role of a person, the kind of anything else.
func KindLabel(kind Kind, roles Roles) string {
	switch kind {
	case API:
		return "API"
	case System:
		return "System"
	case Policy:
		return "Policy"
	}
	return roles.Label("and")
}
