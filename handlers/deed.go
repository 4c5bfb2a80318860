package handlers

import (
	"arcadia.example/console/access"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// deedWords say what somebody did.
var deedWords = map[store.Deed]string{
	store.SignedIn:          "Signed in",
	store.SignInFailed:      "Sign-in failed",
	store.SignedOut:         "Signed out",
	store.SteppedUp:         "Proved once more who it is",
	store.InvitedStaff:      "Invited",
	store.StaffLinkMade:     "One-time link made",
	store.StaffLinkUsed:     "One-time link used",
	store.StaffChanged:      "Name or rights changed",
	store.StaffAdmitted:     "Account made by single sign-on",
	store.SessionsEnded:     "Sessions ended",
	store.PasswordSet:       "Password changed",
	store.PasskeyAdded:      "Passkey added",
	store.PasskeyRemoved:    "Passkey removed",
	store.TOTPSet:           "Authenticator app switched on",
	store.TOTPRemoved:       "Authenticator app switched off",
	store.RecoveryCodesMade: "Recovery codes made",
	store.RecoveryCodeUsed:  "Recovery code used",
	store.PreferencesSet:    "Preferences changed",
	store.SSOLinked:         "Single sign-on linked",
	store.SSOUnlinked:       "Single sign-on unlinked",

	store.IntegrationCreated: "Integration created",
	store.IntegrationChanged: "Integration changed",
	store.TokenMade:          "Token made",
	store.TokenRevoked:       "Token revoked",

	store.RunStarted: "Building of a machine started",
	store.RunRetried: "Run told to try again now",
	store.RunAborted: "Run aborted",
	store.RunResumed: "Rollback resumed",
	store.RunCleaned: "Run marked as cleaned by hand",

	store.DropletSwept:   "Droplet that belonged to nothing removed",
	store.SweepConfirmed: "Removal of a left-over droplet asked for",
	store.SweepKept:      "Left-over droplet kept",
	store.RecordSwept:    "DNS record of a run that was rolled back taken back",
}

// deedText says what somebody did. A deed that nobody has words for is shown as it is stored.
func deedText(deed store.Deed) string {
	if text, known := deedWords[deed]; known {
		return text
	}
	return string(deed)
}

// deedLines are deeds for the screen.
func deedLines(rows []store.ActivityRow) []views.Deed {
	lines := make([]views.Deed, len(rows))
	for i, row := range rows {
		lines[i] = views.Deed{
			At: row.OccurredAt, Actor: row.ActorName, ActedAs: actedAs(row), Text: deedText(row.Deed), Address: row.Address,
			Failed: row.Deed == store.SignInFailed,
		}
		if row.ObjectName != row.ActorName {
			lines[i].About = row.ObjectName
		}
		for _, change := range row.Changes {
			lines[i].Changes = append(lines[i].Changes, views.DeedChange(change))
		}
	}
	return lines
}

// actedAs is the chip beside the actor's name; nobody acts as nothing.
func actedAs(row store.ActivityRow) string {
	if row.ActorKind == store.Nobody {
		return ""
	}
	// Roles of an earlier version that nobody knows any more are left out.
	roles, _ := access.ParseRoles(row.ActorRoles)
	return access.KindLabel(row.ActorKind, roles)
}
