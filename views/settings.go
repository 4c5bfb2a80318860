package views

import (
	"strconv"
	"strings"
	"time"
)

// SettingsSession is somebody signed in at one browser.
type SettingsSession struct {
	ID      string
	Device  string // "Firefox on Linux"; empty: not known
	Address string // from where
	Method  string // how it began: "password"
	Since   time.Time
	Seen    time.Time // to the minute
	Current bool      // the one that looks at the page
}

func (s SettingsSession) device() string {
	if s.Device == "" {
		return "Unknown browser"
	}
	return s.Device
}

// SettingsPasskey is one passkey of a person.
type SettingsPasskey struct {
	ID    string // for the form that removes it
	Label string
	Added time.Time
	Used  time.Time // zero: never
}

// Deed is one line of what a person did, or of what was done about a person.
type Deed struct {
	At      time.Time
	Actor   string
	ActedAs string // "Admin", "System"
	Text    string // "Settings changed"
	About   string // name of the object, where it is not the actor
	Address string // from where; may be empty
	Failed  bool   // something was tried and refused
	Changes []DeedChange
}

// DeedChange is one field before and after. Either side may be empty.
type DeedChange struct{ Field, From, To string }

// OneTimeLink is shown once, to who made it.
type OneTimeLink struct {
	URL  string
	For  string    // name of whom it is for
	Ends time.Time // it works once, and not after this
	Back bool      // a way back in, which clears password, passkeys, authenticator app and single sign-on; else an invitation
}

// roleChoices are the roles that a person can have, with what each is for.
var roleChoices = []Choice{
	{"viewer", "Viewer", "reads everything"},
	{"support", "Support", "pauses, resumes, cancels; creates and edits"},
	{"billing", "Billing", "the same, and every move about money"},
	{"operator", "Operator", "provisioning"},
	{"admin", "Admin", "everything, and who else may do what"},
}

// holds reports whether the comma-separated value of the field has the word.
func (f Field) holds(word string) bool {
	for one := range strings.SplitSeq(f.Value, ",") {
		if one == word {
			return true
		}
	}
	return false
}

// numbered is the id of the n-th box of a group.
func (f Field) numbered(n int) string { return f.Name + "-" + strconv.Itoa(n) }

// problemWith is what is wrong with the named field; empty when nothing is.
func problemWith(errors []FieldError, name string) string {
	for _, e := range errors {
		if e.Field == name {
			return e.Text
		}
	}
	return ""
}
