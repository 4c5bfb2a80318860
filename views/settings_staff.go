package views

import (
	"strconv"
	"time"
)

// StaffPerson is a member of staff as others see them.
type StaffPerson struct {
	ID           string
	Name         string
	Email        string
	Roles        string // for the screen: "Support and Billing"
	Status       string // invited, active or disabled
	LastSignInAt time.Time
	Sessions     int
	Passkeys     int
	TOTP         bool
	Self         bool   // the one who looks
	SSO          string // URL of the provider of single sign-on at which the person is known; empty: none
	Withdrawn    bool   // disabled because no group there has a role any more
}

// StaffListPage is everybody who works with the console, with the form that invites one more.
type StaffListPage struct {
	Page
	Rows   []StaffPerson
	Link   *OneTimeLink // just made
	Invite InviteForm
}

// InviteForm is what is typed to invite somebody.
type InviteForm struct {
	Email  string
	Name   string
	Roles  string // comma-separated codes
	Errors []FieldError
}

// StaffPage is one member of staff.
type StaffPage struct {
	Page
	Person   StaffPerson
	Link     *OneTimeLink // just made
	Form     StaffForm
	Sessions []SettingsSession
	Passkeys []SettingsPasskey
	Deeds    []Deed
}

// StaffValues are what an admin may change about somebody.
type StaffValues struct {
	Name   string
	Roles  string // comma-separated codes
	Status string // "active" or "disabled"; whoever is still invited counts as active
}

// StaffForm changes a member of staff.
type StaffForm struct {
	ID          string
	EditVersion int // the one that the person saw, or the fresh one after Stale
	Values      StaffValues
	Errors      []FieldError
	Error       string // what is wrong with the whole
	Stale       *StaleStaff
}

// StaleStaff is what somebody else saved while the form was open.
type StaleStaff struct {
	By     string // empty: not known
	At     time.Time
	Theirs StaffValues
}

var staffStatuses = map[string]struct{ word, icon, state string }{
	"invited":  {"Invited", "mail", "trial"},
	"active":   {"Active", "circle-check", "active"},
	"disabled": {"Disabled", "ban", "cancelled"},
}

// statusWord, statusIcon and statusLook draw the status as a badge, in the colours of a state that means the like.
func (p StaffPerson) statusWord() string { return staffStatuses[p.Status].word }

func (p StaffPerson) statusIcon() string {
	if icon := staffStatuses[p.Status].icon; icon != "" {
		return icon
	}
	return "info"
}

func (p StaffPerson) statusLook() string { return staffStatuses[p.Status].state }

// factor says what the person proves itself with, besides a password.
func (p StaffPerson) factor() string {
	keys := counted(int64(p.Passkeys), "passkey")
	switch {
	case p.Passkeys > 0 && p.TOTP:
		return keys + ", app"
	case p.Passkeys > 0:
		return keys
	case p.TOTP:
		return "Authenticator app"
	case p.SSO != "":
		return "Single sign-on"
	}
	return "None"
}

func staffPath(id string) string { return "/settings/staff/" + id }

func (f InviteForm) emailField() Field {
	return Field{Name: "email", Label: "E-mail", Value: f.Email, Type: "email", Required: true, MaxLength: 254, Error: problemWith(f.Errors, "email")}
}

func (f InviteForm) nameField() Field {
	return Field{Name: "name", Label: "Name", Value: f.Name, Required: true, MaxLength: 200, Error: problemWith(f.Errors, "name")}
}

func (f InviteForm) rolesField() Field {
	return Field{Name: "roles", Label: "Roles", Value: f.Roles, Required: true, Error: problemWith(f.Errors, "roles")}
}

func (f StaffForm) nameField() Field {
	return Field{Name: "name", Label: "Name", Value: f.Values.Name, Required: true, MaxLength: 200, Error: problemWith(f.Errors, "name")}
}

func (f StaffForm) rolesField() Field {
	return Field{
		Name: "roles", Label: "Roles", Value: f.Values.Roles, Required: true, Error: problemWith(f.Errors, "roles"),
		Hint: "A change of roles ends the person's sessions: the new ones hold from the next sign-in, the old ones no longer.",
	}
}

func (f StaffForm) statusField() Field {
	return Field{Name: "status", Label: "May sign in", Value: f.Values.Status, Required: true, Error: problemWith(f.Errors, "status")}
}

var statusChoices = []Choice{{"active", "Yes", ""}, {"disabled", "No", "disabled: nothing of what they did goes"}}

func (f StaffForm) versionText() string { return strconv.Itoa(f.EditVersion) }

// submit is the word on the button.
func (f StaffForm) submit() string {
	if f.Stale != nil {
		return "Save mine"
	}
	return "Save"
}

// stale is the comparison of both versions.
func (f StaffForm) stale() staleEdit {
	both := func(v StaffValues) [][]recordField {
		return [][]recordField{{
			{Field: Field{Label: "Name", Value: v.Name}},
			{Field: Field{Label: "Roles", Value: roleWords(v.Roles)}},
			{Kind: radioField, Choices: statusChoices, Field: Field{Label: "May sign in", Value: v.Status}},
		}}
	}
	return staleEdit{By: f.Stale.By, At: f.Stale.At, Reload: staffPath(f.ID), Differences: differences(both(f.Values), both(f.Stale.Theirs))}
}

// summary has what went wrong, as the forms of records have it.
func (f StaffForm) summary() recordForm {
	return recordForm{Error: f.Error, Errors: f.Errors, Rows: [][]recordField{{
		{Field: f.nameField()}, {Kind: radioField, Field: f.rolesField()}, {Kind: radioField, Field: f.statusField()},
	}}}
}

func (f InviteForm) summary() recordForm {
	return recordForm{Errors: f.Errors, Rows: [][]recordField{{
		{Field: f.emailField()}, {Field: f.nameField()}, {Kind: radioField, Field: f.rolesField()},
	}}}
}

// roleWords are the labels of comma-separated codes: "Support, Billing".
func roleWords(codes string) string {
	var words string
	for _, c := range roleChoices {
		if (Field{Value: codes}).holds(c.Value) {
			if words != "" {
				words += ", "
			}
			words += c.Label
		}
	}
	return words
}

func staffSignIn(c Clock, p StaffPerson) string {
	if p.LastSignInAt.IsZero() {
		return "Never"
	}
	return c.Full(p.LastSignInAt)
}
