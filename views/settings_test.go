package views

import (
	"strings"
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

func settingsPage() Page {
	p := testPage()
	p.Nav, p.Path, p.Viewer = "settings", "/settings/me", NewViewer(SampleActor(access.Admin))
	return p
}

// sampleMe is a page with everything that it can have, and the given text wherever somebody types.
func sampleMe(text string) MePage {
	return MePage{
		Page: settingsPage(), Email: text, Required: true, PasskeyLabel: text,
		Passkeys: []SettingsPasskey{{ID: text, Label: text, Added: noon.AddDate(0, -2, 0), Used: noon.Add(-time.Hour)}, {ID: "b", Label: "Phone", Added: noon}},
		TOTP:     TOTPCard{Setup: &TOTPSetup{Secret: text, Code: QRCode{{true, true, false}, {false, true, false}, {true, false, true}}, Error: text}},
		Password: PasswordForm{Has: true, Errors: []FieldError{{"current", text}}},
		Sessions: []SettingsSession{
			{ID: "a", Device: text, Address: text, Method: text, Since: noon.Add(-time.Hour), Seen: noon, Current: true},
			{ID: text, Device: "", Method: "passkey", Since: noon.Add(-time.Hour), Seen: noon},
		},
		SSO:  &SSOCard{Name: text, Fresh: true, Asked: true, Error: text},
		Look: LookForm{TimeZone: text, Zones: []string{"UTC", text}, Theme: "dark", Density: "compact", Errors: []FieldError{{"time_zone", text}}},
	}
}

func sampleStaff(text string) StaffPage {
	form := StaffForm{
		ID: text, EditVersion: 4, Values: StaffValues{Name: text, Roles: "support,billing", Status: "active"}, Error: text,
		Errors: []FieldError{{"roles", text}},
		Stale:  &StaleStaff{By: text, At: noon, Theirs: StaffValues{Name: "Sam", Roles: "support", Status: "disabled"}},
	}
	return StaffPage{
		Page: settingsPage(), Form: form,
		Person:   StaffPerson{ID: text, Name: text, Email: text, Roles: text, Status: "active", Passkeys: 1, TOTP: true, SSO: text, Withdrawn: true},
		Link:     &OneTimeLink{URL: text, For: text, Ends: noon.Add(72 * time.Hour), Back: true},
		Sessions: []SettingsSession{{ID: text, Device: text, Address: text, Method: "link", Since: noon, Seen: noon}},
		Passkeys: []SettingsPasskey{{ID: "k", Label: text, Added: noon}},
		Deeds: []Deed{{
			At: noon, Actor: text, ActedAs: text, Text: text, About: text, Address: text, Failed: true,
			Changes: []DeedChange{{text, text, text}, {"roles", "", text}, {"status", text, ""}},
		}},
	}
}

func sampleStaffList(text string) StaffListPage {
	person := StaffPerson{ID: text, Name: text, Email: text, Roles: text}
	page := StaffListPage{
		Page: settingsPage(), Link: &OneTimeLink{URL: text, For: text, Ends: noon.Add(time.Hour)},
		Invite: InviteForm{Email: text, Name: text, Roles: text, Errors: []FieldError{{"email", text}}},
	}
	for _, status := range []string{"invited", "active", "disabled", text} {
		person.Status, person.LastSignInAt = status, noon
		page.Rows = append(page.Rows, person)
	}
	return page
}

func sampleIntegration(text string) IntegrationPage {
	token := Token{ID: text, Code: text, Label: text, MadeBy: text, Made: noon, Ends: noon.Add(72 * time.Hour), Live: true, Used: noon, UsedFrom: text}
	ended, revoked := token, token
	ended.Live, ended.Ends = false, noon.Add(-time.Hour)
	revoked.Live, revoked.Revoked, revoked.RevokedBy = false, noon.Add(-time.Hour), text
	values := IntegrationValues{Name: text, Description: text, Roles: "support,billing", Status: "active"}
	return IntegrationPage{
		Page: settingsPage(), Integration: Integration{ID: text, Slug: text, Name: text, Description: text, Roles: text, Tokens: 1, Ends: noon, Used: noon, Made: noon},
		Shown: &ShownToken{Text: text, For: text, Ends: noon.Add(time.Hour)},
		Form: IntegrationForm{
			ID: text, EditVersion: 4, Values: values, Errors: []FieldError{{"name", text}},
			Stale: &StaleIntegration{By: text, At: noon, Theirs: IntegrationValues{Name: "Other", Roles: "support", Status: "disabled"}},
		},
		TokenForm: TokenForm{ID: text, Key: "k", Label: text, Life: "day", Ends: text, Error: text, Errors: []FieldError{{"ends", text}, {"label", text}}},
		Tokens:    []Token{token, ended, revoked},
		Moves:     []IntegrationMove{{DeploymentID: text, Deployment: text, To: lifecycle.Active, At: noon}, {Deployment: text, From: lifecycle.Active, To: lifecycle.Paused, At: noon}},
		Deeds:     sampleStaff(text).Deeds,
	}
}

func settingsPages(text string) map[string]templ.Component {
	on := sampleMe(text)
	on.Required, on.TOTP = false, TOTPCard{Set: true, RecoveryCodes: []string{"ABCDE-FGHIJ", text}}
	on.SSO = &SSOCard{Linked: true, Elsewhere: text}
	bare := MePage{Page: settingsPage(), Look: LookForm{TimeZone: "UTC", Theme: "system", Density: "comfortable"}}
	invited, gone, self := sampleStaff(text), sampleStaff(text), sampleStaff(text)
	invited.Person.Status, gone.Person.Status, self.Person.Self = "invited", "disabled", true
	invited.Deeds, invited.Sessions, invited.Link, invited.Form.Stale = nil, nil, nil, nil
	return map[string]templ.Component{
		"me": Me(sampleMe(text)), "me with an app": Me(on), "me bare": Me(bare), "staff": StaffList(sampleStaffList(text)),
		"integration": IntegrationDetail(sampleIntegration(text)), "new integration": IntegrationDetail(IntegrationPage{Page: settingsPage(), Integration: Integration{Name: text}}),
		"integrations":    Integrations(IntegrationsPage{Page: settingsPage(), Rows: []Integration{{Name: text, Slug: text, Roles: text}}, Form: IntegrationForm{Values: IntegrationValues{Name: text}}}),
		"no integrations": Integrations(IntegrationsPage{Page: settingsPage(), Form: IntegrationForm{Errors: []FieldError{{"name", text}}}}),
		"person":          StaffDetail(sampleStaff(text)), "invited": StaffDetail(invited), "disabled": StaffDetail(gone), "oneself": StaffDetail(self),
	}
}

func TestSettingsAreInert(t *testing.T) {
	for _, text := range []string{
		"plain", `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `javascript:alert(1)`, `x" hx-get="/logout" hx-trigger="load`,
		"\u202egnp.exe", `' onfocus='alert(1)`, `</title><script>alert(1)</script>`,
	} {
		for name, c := range settingsPages(text) {
			page := draw(t, c)
			checkInert(t, name+" "+text, page)
			if len(page.with("hx-trigger", "load")) > 0 {
				t.Errorf("%s: %q became an attribute", name, text)
			}
			if name != "me bare" && !strings.Contains(content(page.root), strings.Join(strings.Fields(text), " ")) {
				t.Errorf("%s: %q is not shown as text", name, text)
			}
		}
	}
}

func TestSettingsIDs(t *testing.T) {
	for name, c := range settingsPages("Northwind") {
		page := draw(t, c)
		ids := map[string]bool{"dialog-title": true}
		for _, n := range page.with("id", "") {
			if ids[attr(n, "id")] {
				t.Errorf("%s: the id %q stands twice", name, attr(n, "id"))
			}
			ids[attr(n, "id")] = true
		}
		for _, reference := range []string{"for", "list", "aria-labelledby", "aria-describedby"} {
			for _, n := range page.with(reference, "") {
				for id := range strings.FieldsSeq(attr(n, reference)) {
					if !ids[id] {
						t.Errorf("%s: %s=%q leads nowhere", name, reference, id)
					}
				}
			}
		}
		page.each(func(n *html.Node) {
			if n.Data == "use" {
				if _, icon, _ := strings.Cut(attr(n, "href"), "#"); !icons(t)[icon] {
					t.Errorf("%s: there is no icon %q", name, icon)
				}
			}
		})
	}
}

func TestSettingsFormsHaveExactlyTheirFields(t *testing.T) {
	pages := settingsPages("Northwind")
	for _, tt := range []struct{ page, with, want string }{
		{"me", `action="/settings/me/passkeys/remove"`, "passkey"},
		{"me", `data-testid="totp-form"`, "code secret"},
		{"me", `data-testid="password-form"`, "again current password"},
		{"me bare", `data-testid="password-form"`, "again password"},
		{"me", `action="/settings/me/sessions/end"`, "session"},
		{"me", `data-testid="preferences-form"`, "density theme time_zone"},
		{"me with an app", `action="/settings/me/totp/remove"`, ""},
		{"staff", `data-testid="invite-form"`, "email name roles"},
		{"person", `data-testid="staff-form"`, "edit_version name roles status"},
		{"person", `sessions/end"`, "session"},
		{"integrations", `data-testid="integration-form"`, "description name roles"},
		{"integration", `data-testid="integration-form"`, "description edit_version name roles status"},
		{"integration", `data-testid="token-form"`, "ends key label life"},
		{"integration", `tokens/revoke"`, "token"},
	} {
		if got := formFields(t, drawRecord(t, pages[tt.page]), tt.with); got != tt.want {
			t.Errorf("%s, %s: %q, want %q", tt.page, tt.with, got, tt.want)
		}
	}
}

func TestPasswordsNeverComeBack(t *testing.T) {
	for _, n := range draw(t, Me(sampleMe("typed"))).with("type", "password") {
		if attr(n, "value") != "" {
			t.Errorf("%s comes back as %q", attr(n, "name"), attr(n, "value"))
		}
	}
}

func TestOwnSessionCannotBeEndedByMistake(t *testing.T) {
	page := draw(t, Me(sampleMe("x")))
	if n := len(page.with("data-testid", "session")); n != 2 {
		t.Fatalf("%d sessions", n)
	}
	if n := len(page.with("data-testid", "end-session")); n != 1 {
		t.Errorf("%d sessions can be ended, not only the other one", n)
	}
	alone := sampleMe("x")
	alone.Sessions = alone.Sessions[:1]
	if ids := draw(t, Me(alone)).testIDs(); ids["end-other-sessions"] > 0 {
		t.Error("there are no others to end")
	}
}

func TestOnlyAdminsAreLedToTheStaff(t *testing.T) {
	me := sampleMe("x")
	me.Viewer = NewViewer(SampleActor(access.Support))
	if strings.Contains(drawRecord(t, Me(me)), `"/settings/staff"`) {
		t.Error("support is led to the staff")
	}
	if !strings.Contains(drawRecord(t, Me(sampleMe("x"))), `"/settings/staff"`) {
		t.Error("an admin is not led to the staff")
	}
}

func TestStatusDecidesAboutTheLink(t *testing.T) {
	pages := settingsPages("x")
	for name, want := range map[string]int{"person": 1, "invited": 1, "disabled": 0, "oneself": 0} {
		if got := draw(t, pages[name]).testIDs()["make-link"]; got != want {
			t.Errorf("%s: %d buttons for a link, want %d", name, got, want)
		}
	}
}

func TestStaleStaffShowsWhatDiffers(t *testing.T) {
	p := sampleStaff("Mine")
	page := draw(t, StaffDetail(p))
	var got []string
	for _, n := range page.with("data-testid", "difference") {
		got = append(got, content(n))
	}
	want := "NameMineSam|RolesSupport, BillingSupport|May sign inYesNo"
	if strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", strings.Join(got, "|"), want)
	}
	if boxes := page.with("checked", ""); len(boxes) != 3 { // two roles and the status
		t.Errorf("%d boxes are ticked", len(boxes))
	}
}

func TestQRCodeIsDrawnWithItsQuietZone(t *testing.T) {
	code := QRCode{{true, true, false}, {false, false, false}, {true, false, true}}
	if got := code.viewBox(); got != "0 0 11 11" {
		t.Error(got)
	}
	if got := code.path(); got != "M4 4h2v1h-2zM4 6h1v1h-1zM6 6h1v1h-1z" {
		t.Error(got)
	}
	if got := (TOTPSetup{Secret: "ABCDEFGHIJ"}).grouped(); got != "ABCD EFGH IJ" {
		t.Error(got)
	}
}

func TestIntegrationInWords(t *testing.T) {
	page := draw(t, IntegrationDetail(sampleIntegration("Bridge")))
	if n := len(page.with("data-testid", "revoke-token")); n != 1 {
		t.Errorf("%d tokens can be revoked, want the one that works", n)
	}
	if ids := page.testIDs(); ids["token"] != 3 || ids["shown-token"] != 1 {
		t.Errorf("%v", ids)
	}
	for _, n := range page.with("name", "roles") {
		if attr(n, "value") == "admin" {
			t.Error("an integration can be made admin")
		}
	}
	c := Clock{Now: noon}
	for days, want := range map[int]string{6: "in 6 days", 90: "in 90 days", 365: "in 365 days"} {
		if got := c.untilEnd(noon.AddDate(0, 0, days).Add(-time.Second)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for ends, soon := range map[time.Duration]bool{13 * 24 * time.Hour: true, 15 * 24 * time.Hour: false, -time.Hour: true} {
		if c.soon(noon.Add(ends)) != soon {
			t.Errorf("in %s: soon %t", ends, !soon)
		}
	}
	if c.soon(time.Time{}) {
		t.Error("no end is soon")
	}
}
