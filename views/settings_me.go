package views

import (
	"strconv"
	"strings"
)

// MePage is a person's own settings.
type MePage struct {
	Page
	Email        string
	Required     bool // nothing else opens until there is a passkey or an authenticator app
	Passkeys     []SettingsPasskey
	PasskeyLabel string // suggested for the next one
	TOTP         TOTPCard
	Password     PasswordForm
	Sessions     []SettingsSession
	Look         LookForm
	SSO          *SSOCard // nil: there is no single sign-on
}

// SSOCard is how one's account and the provider of single sign-on stand to each other.
type SSOCard struct {
	Name      string // of the provider; empty: there is none any more
	Linked    bool
	Elsewhere string // host of the earlier provider to which it is linked; empty: it is not
	Fresh     bool   // who looks has just proved who it is, and may go on to the provider
	Asked     bool   // the person asked to link it
	Error     string
}

// TOTPCard is the authenticator app: set, not set, or being set up.
type TOTPCard struct {
	Set           bool
	Setup         *TOTPSetup // being set up
	RecoveryCodes []string   // just made: shown this once
}

// TOTPSetup is what an authenticator app takes over, until a code from it proves that it did.
type TOTPSetup struct {
	Secret string // base32
	Code   QRCode // of the address that has the secret
	Error  string // what was wrong with the typed code
}

// PasswordForm changes the password. What is typed in it never comes back.
type PasswordForm struct {
	Has    bool // there is one already, and it is asked for
	Errors []FieldError
}

// LookForm is how a person wants the console to look.
type LookForm struct {
	TimeZone string
	Zones    []string // IANA names to suggest
	Theme    string   // system, light or dark
	Density  string   // comfortable or compact
	Errors   []FieldError
}

var (
	themeChoices   = []Choice{{"system", "As the system", ""}, {"light", "Light", ""}, {"dark", "Dark", ""}}
	densityChoices = []Choice{{"comfortable", "Comfortable", ""}, {"compact", "Compact", ""}}
)

func (p MePage) otherSessions() bool {
	for _, s := range p.Sessions {
		if !s.Current {
			return true
		}
	}
	return false
}

func (p MePage) labelField() Field {
	return Field{Name: "label", Label: "Name of the new passkey", Value: p.PasskeyLabel, Required: true, MaxLength: 100}
}

func (f LookForm) zoneField() recordField {
	zones := make([]Choice, len(f.Zones))
	for i, z := range f.Zones {
		zones[i] = Choice{Value: z, Label: z}
	}
	return recordField{Kind: comboField, Choices: zones, Field: Field{
		Name: "time_zone", Label: "Time zone", Value: f.TimeZone, Required: true, MaxLength: 64, Placeholder: "Europe/Berlin",
		Hint: "All times are shown to you in it.", Error: problemWith(f.Errors, "time_zone"),
	}}
}

func (f PasswordForm) field(name, label, autocomplete, hint string) Field {
	return Field{
		Name: name, Label: label, Type: "password", Required: true, MaxLength: 200, Autocomplete: autocomplete, Hint: hint,
		Error: problemWith(f.Errors, name),
	}
}

func (t TOTPSetup) codeField() Field {
	return Field{
		Name: "code", Label: "Code from the app", Required: true, MaxLength: 10, Autocomplete: "one-time-code", Placeholder: "123456",
		Error: t.Error,
	}
}

// grouped is the secret in fours, as people type it.
func (t TOTPSetup) grouped() string {
	var out strings.Builder
	for i, r := range t.Secret {
		if i > 0 && i%4 == 0 {
			out.WriteByte(' ')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// QRCode is a square of modules; true is dark.
type QRCode [][]bool

// qrQuiet is the empty border around a code, in modules; without it cameras do not find the code.
const qrQuiet = 4

func (q QRCode) viewBox() string {
	side := strconv.Itoa(len(q) + 2*qrQuiet)
	return "0 0 " + side + " " + side
}

// path draws the dark modules, each run in a row as one bar.
func (q QRCode) path() string {
	var out strings.Builder
	for y, row := range q {
		for x := 0; x < len(row); x++ {
			start := x
			for x < len(row) && row[x] {
				x++
			}
			if x > start {
				width := strconv.Itoa(x - start)
				out.WriteString("M" + strconv.Itoa(start+qrQuiet) + " " + strconv.Itoa(y+qrQuiet) + "h" + width + "v1h-" + width + "z")
			}
		}
	}
	return out.String()
}
