package views

import (
	"strconv"
	"time"

	"arcadia.example/console/lifecycle"
)

// Integration is a program that acts on the console by the API, as admins see it.
type Integration struct {
	ID          string
	Slug        string // under which it stands in every record
	Name        string
	Description string
	Roles       string // for the screen: "Support and Billing"
	Disabled    bool
	Tokens      int       // that work
	Ends        time.Time // when the first of those ends; zero: there is none
	Used        time.Time // to the minute; zero: never
	Made        time.Time
}

// IntegrationsPage is all integrations, with the form that makes one more.
type IntegrationsPage struct {
	Page
	Rows []Integration
	Form IntegrationForm
}

// IntegrationPage is one integration.
type IntegrationPage struct {
	Page
	Integration Integration
	Shown       *ShownToken // just made
	Form        IntegrationForm
	TokenForm   TokenForm
	Tokens      []Token
	Moves       []IntegrationMove
	Deeds       []Deed
}

// IntegrationValues are what an admin may say about an integration.
type IntegrationValues struct {
	Name        string
	Description string
	Roles       string // comma-separated codes
	Status      string // "active" or "disabled"
}

// IntegrationForm makes an integration, or changes one.
type IntegrationForm struct {
	ID          string // empty: a new one
	EditVersion int    // the one that the person saw, or the fresh one after Stale
	Values      IntegrationValues
	Errors      []FieldError
	Stale       *StaleIntegration
}

// StaleIntegration is what somebody else saved while the form was open.
type StaleIntegration struct {
	By     string // empty: not known
	At     time.Time
	Theirs IntegrationValues
}

// ShownToken is a token that is shown once, to who made it.
type ShownToken struct {
	Text string
	For  string // name of the integration
	Ends time.Time
}

// Token is a token as it is listed: by its beginning, which is no secret.
type Token struct {
	ID        string
	Code      string
	Label     string
	MadeBy    string
	Made      time.Time
	Ends      time.Time
	Live      bool      // neither ended nor revoked
	Revoked   time.Time // zero: it was not
	RevokedBy string
	Used      time.Time // to the minute; zero: never
	UsedFrom  string
}

// TokenForm asks for a token.
type TokenForm struct {
	ID     string // of the integration
	Key    string // one-time
	Label  string
	Life   string // "30", "90", "365" (days) or "day"
	Ends   string // the last day, with "day"
	Error  string // what is wrong with the whole
	Errors []FieldError
}

// IntegrationMove is one move that an integration made.
type IntegrationMove struct {
	DeploymentID, Deployment string
	From, To                 lifecycle.State // from nothing: it was created
	At                       time.Time
}

// endsSoon is how long before its end a token is warned of.
const endsSoon = 14 * 24 * time.Hour

// soon reports whether an end is so near that somebody should see to it.
func (c Clock) soon(ends time.Time) bool { return !ends.IsZero() && ends.Sub(c.Now) < endsSoon }

// untilEnd is how far an end lies ahead, in whole days to the nearest: 90 days are 90 days also a minute later.
func (c Clock) untilEnd(ends time.Time) string {
	if ends.Sub(c.Now) > 48*time.Hour {
		ends = ends.Add(12 * time.Hour)
	}
	return c.Until(ends)
}

func integrationPath(id string) string { return "/settings/integrations/" + id }

// statusWord, statusIcon and statusLook draw the status as a badge, in the colours of a state that means the like.
func (i Integration) statusWord() string {
	switch {
	case i.Disabled:
		return "Disabled"
	case i.Tokens == 0:
		return "No token"
	}
	return "Active"
}

func (i Integration) statusIcon() string {
	switch {
	case i.Disabled:
		return "ban"
	case i.Tokens == 0:
		return "hourglass"
	}
	return "circle-check"
}

func (i Integration) statusLook() string {
	switch {
	case i.Disabled:
		return "cancelled"
	case i.Tokens == 0:
		return "trial"
	}
	return "active"
}

func (i Integration) usedText(c Clock) string {
	if i.Used.IsZero() {
		return "Never"
	}
	return c.Full(i.Used)
}

// integrationRoleChoices are the roles that an integration can have.
var integrationRoleChoices = roleChoices[:len(roleChoices)-1]

func (f IntegrationForm) action() string {
	if f.ID == "" {
		return "/settings/integrations"
	}
	return integrationPath(f.ID)
}

func (f IntegrationForm) title() string {
	if f.ID == "" {
		return "New integration"
	}
	return "Name and rights"
}

// submit is the word on the button.
func (f IntegrationForm) submit() string {
	switch {
	case f.ID == "":
		return "Create integration"
	case f.Stale != nil:
		return "Save mine"
	}
	return "Save"
}

func (f IntegrationForm) versionText() string { return strconv.Itoa(f.EditVersion) }

func (f IntegrationForm) nameField() Field {
	field := Field{Name: "name", Label: "Name", Value: f.Values.Name, Required: true, MaxLength: 100, Error: problemWith(f.Errors, "name")}
	if f.ID == "" {
		field.Hint = "Of the program, such as “Billing bridge”. It stands beside everything that the program does."
	}
	return field
}

func (f IntegrationForm) descriptionField() Field {
	return Field{
		Name: "description", Label: "Description", Value: f.Values.Description, MaxLength: 500, Error: problemWith(f.Errors, "description"),
		Hint: "What it does, and whom to ask about it.",
	}
}

func (f IntegrationForm) rolesField() Field {
	return Field{
		Name: "roles", Label: "Roles", Value: f.Values.Roles, Required: true, Error: problemWith(f.Errors, "roles"),
		Hint: "As few as it needs. A program cannot be admin.",
	}
}

func (f IntegrationForm) statusField() Field {
	return Field{Name: "status", Label: "May act", Value: f.Values.Status, Required: true, Error: problemWith(f.Errors, "status")}
}

var integrationStatusChoices = []Choice{{"active", "Yes", ""}, {"disabled", "No", "disabled: all its tokens stop working at once, and work again afterwards"}}

// summary has what went wrong, as the forms of records have it.
func (f IntegrationForm) summary() recordForm {
	return recordForm{Errors: f.Errors, Rows: [][]recordField{{
		{Field: f.nameField()}, {Field: f.descriptionField()}, {Kind: radioField, Field: f.rolesField()}, {Kind: radioField, Field: f.statusField()},
	}}}
}

// stale is the comparison of both versions.
func (f IntegrationForm) stale() staleEdit {
	both := func(v IntegrationValues) [][]recordField {
		return [][]recordField{{
			{Field: Field{Label: "Name", Value: v.Name}},
			{Field: Field{Label: "Description", Value: v.Description}},
			{Field: Field{Label: "Roles", Value: roleWords(v.Roles)}},
			{Kind: radioField, Choices: integrationStatusChoices, Field: Field{Label: "May act", Value: v.Status}},
		}}
	}
	return staleEdit{By: f.Stale.By, At: f.Stale.At, Reload: integrationPath(f.ID), Differences: differences(both(f.Values), both(f.Stale.Theirs))}
}

// lifeChoices are how long a token may work.
var lifeChoices = []Choice{{"30", "30 days", ""}, {"90", "90 days", ""}, {"365", "A year", ""}, {"day", "Until a day", "within a year"}}

func (f TokenForm) labelField() Field {
	return Field{
		Name: "label", Label: "Where it is used", Value: f.Label, MaxLength: 100, Error: problemWith(f.Errors, "label"), Placeholder: "billing server",
	}
}

func (f TokenForm) lifeField() Field {
	return Field{Name: "life", Label: "Works for", Value: f.Life, Required: true, Error: problemWith(f.Errors, "life")}
}

func (f TokenForm) endsField() Field {
	return Field{Name: "ends", Label: "Last day", Value: f.Ends, Type: "date", Error: problemWith(f.Errors, "ends")}
}

func (f TokenForm) summary() recordForm {
	return recordForm{Error: f.Error, Errors: f.Errors, Rows: [][]recordField{{
		{Field: f.labelField()}, {Kind: radioField, Field: f.lifeField()}, {Field: f.endsField()},
	}}}
}

// what tells the move in words: "Active to Paused".
func (m IntegrationMove) what() string {
	if m.From == "" {
		return "created as " + m.To.Label()
	}
	return m.From.Label() + " to " + m.To.Label()
}
