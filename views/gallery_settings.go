package views

import "time"

// SampleStaff is somebody in each status.
func SampleStaff(now time.Time) []StaffPerson {
	return []StaffPerson{
		{ID: sampleID, Name: "Ines Okafor", Email: "ines@example.com", Roles: "Billing", Status: "active", LastSignInAt: now.Add(-4 * time.Minute), Sessions: 2, Passkeys: 2, TOTP: true},
		{ID: sampleID, Name: "Tomás Reyes", Email: "tomas@example.com", Roles: "Support and Operator", Status: "invited"},
		{ID: sampleID, Name: "Jonas Lindqvist", Email: "jonas@example.com", Roles: "Operator", Status: "disabled", LastSignInAt: now.AddDate(0, -2, 0), TOTP: true},
	}
}

func sampleSessions(now time.Time) []SettingsSession {
	return []SettingsSession{
		{ID: "a", Device: "Firefox on Linux", Address: "192.0.2.7", Method: "passkey", Since: now.Add(-3 * time.Hour), Seen: now, Current: true},
		{ID: "b", Device: "Safari on iPhone", Address: "198.51.100.20", Method: "password", Since: now.Add(-9 * time.Hour), Seen: now.Add(-20 * time.Minute)},
		{ID: "c", Method: "one-time link", Since: now.Add(-time.Hour), Seen: now.Add(-time.Hour)},
	}
}

func sampleDeeds(now time.Time) []Deed {
	return []Deed{
		{
			At: now.Add(-7 * time.Minute), Actor: "Mara Whitfield", ActedAs: "Admin", Text: "Name or rights changed", About: "Ines Okafor", Address: "192.0.2.7",
			Changes: []DeedChange{{"roles", "support", "support,billing"}, {"name", "Ines", "Ines Okafor"}},
		},
		{At: now.Add(-2 * time.Hour), Actor: "Ines Okafor", ActedAs: "Support", Text: "Passkey removed", Changes: []DeedChange{{"passkey", "Old phone", ""}}},
		{At: now.AddDate(0, 0, -3), Actor: "ines@example.com", Text: "Sign-in failed", Address: "203.0.113.9", Failed: true, Changes: []DeedChange{{"reason", "", "wrong password"}}},
	}
}

// sampleCode is a picture of nothing, about as large as a real one.
func sampleCode() QRCode {
	code := make(QRCode, 41)
	for y := range code {
		code[y] = make([]bool, len(code))
		for x := range code[y] {
			code[y][x] = (x*x+y*7+x*y)%3 == 0
		}
	}
	return code
}

func sampleTOTP() []TOTPCard {
	return []TOTPCard{
		{},
		{Set: true, RecoveryCodes: []string{"ABCDE-FGHIJ", "KLMNO-PQRST", "UVWXY-Z2345", "67ABC-DEFGH"}},
		{Setup: &TOTPSetup{Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", Code: sampleCode(), Error: "This is not the code that the app shows now."}},
	}
}

func sampleSSO() []SSOCard {
	return []SSOCard{
		{Name: "Example ID"},
		{Name: "Example ID", Fresh: true, Asked: true, Error: "You are ines@elsewhere.example there and ines@example.com here. Only accounts with the same e-mail are linked."},
		{Name: "Example ID", Linked: true},
		{Name: "Example ID", Linked: true, Elsewhere: "id.earlier.example"},
	}
}

func sampleInvite() InviteForm {
	return InviteForm{Email: "ines", Name: "Ines Okafor", Roles: "billing", Errors: []FieldError{{"email", "This is not an e-mail address."}}}
}

// SampleIntegrations is an integration in each status.
func SampleIntegrations(now time.Time) []Integration {
	return []Integration{
		{
			ID: sampleID, Slug: "billing-bridge", Name: "Billing bridge", Roles: "Support and Billing", Tokens: 2, Ends: now.Add(6 * 24 * time.Hour),
			Used: now.Add(-4 * time.Minute),
		},
		{ID: sampleID, Slug: "status-page", Name: "Status page", Roles: "Viewer"},
		{ID: sampleID, Slug: "old-robot", Name: "Old robot", Roles: "Operator", Disabled: true, Tokens: 1, Ends: now.AddDate(0, 5, 0), Used: now.AddDate(0, -2, 0)},
	}
}

// sampleShownToken has the form of a token and is none: its checksum is wrong.
func sampleShownToken(now time.Time) ShownToken {
	return ShownToken{Text: "arc_SampleOf_000000000000000000000000000000000000000000Sample", For: "Billing bridge", Ends: now.AddDate(0, 0, 90)}
}

// sampleTokens is a token in each state, and the form with everything wrong.
func sampleTokens(p GalleryPage) IntegrationPage {
	now := p.Now
	return IntegrationPage{
		Page: p.Page, Integration: SampleIntegrations(now)[0],
		TokenForm: TokenForm{ID: sampleID, Key: "k", Label: "billing server", Life: "day", Errors: []FieldError{{"ends", "Choose a day that is still to come."}}},
		Tokens: []Token{
			{ID: "a", Code: "arc_7Yk2mQ0d", Label: "billing server", MadeBy: "Mara Whitfield", Made: now.AddDate(0, 0, -1), Ends: now.AddDate(0, 0, 89), Live: true},
			{
				ID: "b", Code: "arc_pL93sTzB", Label: "billing server", MadeBy: "Mara Whitfield", Made: now.AddDate(0, 0, -84), Ends: now.AddDate(0, 0, 6), Live: true,
				Used: now.Add(-4 * time.Minute), UsedFrom: "192.0.2.40",
			},
			{
				ID: "c", Code: "arc_Qx81nVcE", MadeBy: "Jonas Lindqvist", Made: now.AddDate(0, 0, -200), Ends: now.AddDate(0, 0, 20), Revoked: now.AddDate(0, 0, -3),
				RevokedBy: "Mara Whitfield", Used: now.AddDate(0, 0, -4), UsedFrom: "198.51.100.7",
			},
			{ID: "d", Code: "arc_w2RtY6uI", Label: "trial run", MadeBy: "Jonas Lindqvist", Made: now.AddDate(0, 0, -40), Ends: now.AddDate(0, 0, -10)},
		},
	}
}
