// Package access says who somebody is and what a role may do. It is pure: no I/O, no clock.
package access

import (
	"fmt"
	"strings"
)

// Roles is a set of roles. The zero value holds none.
type Roles uint8

// The five roles. A person or an integration may hold several.
const (
	Viewer Roles = 1 << iota
	Support
	Billing
	Operator
	Admin
)

// AllRoles lists each role once, from the least to the most.
var AllRoles = []Roles{Viewer, Support, Billing, Operator, Admin}

var roleNames = map[Roles]string{
	Viewer: "viewer", Support: "support", Billing: "billing", Operator: "operator", Admin: "admin",
}

// Has reports whether the set holds at least one of the given roles.
func (r Roles) Has(any Roles) bool { return r&any != 0 }

// May reports whether a holder of the set may do what needs one of the given roles. Admin may do all of it.
func (r Roles) May(needs Roles) bool { return r.Has(needs | Admin) }

// Names lists the roles of the set as lower-case words, from the least to the most.
func (r Roles) Names() []string {
	var names []string
	for _, role := range AllRoles {
		if r.Has(role) {
			names = append(names, roleNames[role])
		}
	}
	return names
}

// String joins the names with commas: the form in which a set is stored.
func (r Roles) String() string { return strings.Join(r.Names(), ",") }

// Label is the set for the screen: "Support", "Support or Billing".
func (r Roles) Label(joiner string) string {
	names := r.Names()
	for i, n := range names {
		names[i] = strings.ToUpper(n[:1]) + n[1:]
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " " + joiner + " " + names[len(names)-1]
}

// ParseRoles reads the stored form. An unknown word is an error, so that a typing mistake never grants nothing in silence.
func ParseRoles(s string) (Roles, error) {
	var set Roles
	for word := range strings.SplitSeq(s, ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		role, ok := roleByName(word)
		if !ok {
			return 0, fmt.Errorf("unknown role %q", word)
		}
		set |= role
	}
	return set, nil
}

func roleByName(name string) (Roles, bool) {
	for role, n := range roleNames {
		if n == name {
			return role, true
		}
	}
	return 0, false
}
