package views

import "github.com/a-h/templ"

// StepUp asks somebody who is signed in for a fresh proof, and carries what waits for it.
type StepUp struct {
	Next     string // where to go on
	To       string // where a form that was held up was sent; empty: none was
	Again    string // its fields
	Dialog   bool   // what comes then is the content of the dialog
	Error    string
	Password bool // there is a password to type
	Code     bool // there is an authenticator app
	Passkey  bool // there is a passkey
}

// StepUpPage is the same as a page.
type StepUpPage struct {
	Page
	StepUp StepUp
}

// swap is where htmx puts what comes afterwards.
func (s StepUp) swap() templ.Attributes {
	if s.Dialog {
		return templ.Attributes{"hx-post": "/step-up", "hx-target": "#dialog", "hx-swap": "innerHTML", "hx-sync": "this:drop"}
	}
	return templ.Attributes{"hx-post": "/step-up", "hx-swap": "none", "hx-sync": "this:drop"}
}

// dialogText is "yes" where what comes then is the content of the dialog.
func (s StepUp) dialogText() string {
	if s.Dialog {
		return "yes"
	}
	return ""
}

func (s StepUp) passwordField() Field {
	return Field{Name: "password", Label: "Password", Type: "password", MaxLength: 200, Autocomplete: "current-password", Required: !s.Code}
}
