package views

import (
	"net/url"

	"github.com/a-h/templ"
)

// StepUp asks somebody who is signed in for a fresh proof, and carries what waits for it.
type StepUp struct {
	Next     string // where to go on
	To       string // where a form that was held up was sent; empty: none was
	Again    string // its fields
	Dialog   bool   // what comes then is the content of the dialog
	Error    string
	Password bool   // there is a password to type
	Code     bool   // there is an authenticator app
	Passkey  bool   // there is a passkey
	SSO      string // name of the provider of single sign-on that knows the person; empty: none does
}

// StepUpPage is the same as a page.
type StepUpPage struct {
	Page
	StepUp StepUp
}

// ssoLink leads to the provider. Where a form waits, in a tab of its own, so that nothing of it is lost.
func (s StepUp) ssoLink() string {
	next := s.Next
	if s.To != "" {
		next = "/step-up/done"
	}
	return "/step-up/sso?" + url.Values{"next": {next}}.Encode()
}

// byForm reports whether the form itself can prove something, or goes on after a proof in another tab.
func (s StepUp) byForm() bool { return s.Password || s.Code || s.SSO != "" && s.To != "" }

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
	return Field{Name: "password", Label: "Password", Type: "password", MaxLength: 200, Autocomplete: "current-password", Required: !s.Code && s.SSO == ""}
}
