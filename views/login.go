package views

// LoginPage is where everybody signs in.
type LoginPage struct {
	Page
	Next     string // where to go on, a path of the console
	Error    string // why it did not work; the same for every e-mail
	Passkeys bool   // this console can be signed in to by passkey
	SSO      string // name of the provider of single sign-on; empty: there is none
	SSOLink  string // where signing in with it begins
	NoStaff  bool   // nobody can sign in yet
}

// demoRoles are the roles of the demo's accounts, which have them as their names.
var demoRoles = []string{"viewer", "support", "billing", "operator", "admin"}

// signInClass: a page has one first choice.
func (p LoginPage) signInClass() string {
	if p.SSO != "" {
		return "button wide-centre"
	}
	return "button primary wide-centre"
}

// The form keeps nothing of what was typed: the page has the same bytes for every e-mail.
func (p LoginPage) emailField() Field {
	return Field{Name: "email", Label: "E-mail", Type: "email", Required: true, MaxLength: 254, Autocomplete: "username webauthn"}
}

func (p LoginPage) passwordField() Field {
	return Field{Name: "password", Label: "Password", Type: "password", Required: true, MaxLength: 200, Autocomplete: "current-password"}
}

// SecondFactorPage asks for what is needed besides the password.
type SecondFactorPage struct {
	Page
	Next    string
	Error   string
	Code    bool // a code of the authenticator app, or a recovery code, will do
	Passkey bool // a passkey will do
}

func codeField(required bool) Field {
	return Field{
		Name: "code", Label: "Code", Required: required, MaxLength: 20, Autocomplete: "one-time-code",
		Hint: "Six digits from your authenticator app, or a recovery code.",
	}
}

// WelcomePage asks whoever came by a one-time link for a password.
type WelcomePage struct {
	Page
	Action string // path of the link
	Name   string
	Email  string
	Back   bool   // a way back in, not an invitation
	Error  string // what is wrong with the password
}

func (p WelcomePage) greeting() string {
	if p.Back {
		return "Welcome back, " + p.Name
	}
	return "Welcome, " + p.Name
}

func (p WelcomePage) passwordField() Field {
	return Field{
		Name: "password", Label: "New password", Type: "password", Required: true, MaxLength: 200, Autocomplete: "new-password",
		Hint: "At least 12 characters.", Error: p.Error,
	}
}

func (p WelcomePage) againField() Field {
	return Field{Name: "again", Label: "New password again", Type: "password", Required: true, MaxLength: 200, Autocomplete: "new-password"}
}

// SignInAgainPage answers a form of somebody who is not signed in any more. Nothing of what was typed is lost.
type SignInAgainPage struct {
	Page
	SignIn string // where to sign in, and back to the form
	Typed  []Typed
}

// Typed is what somebody typed into one field.
type Typed struct{ Name, Text string }
