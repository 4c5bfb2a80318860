package handlers

import (
	"os"
	"regexp"
	"testing"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

// Whatever the store records has words for people.
func TestEveryDeedHasWords(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../store/activity.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^\t\w+ +Deed = "(\w+)"$`).FindAllStringSubmatch(string(text), -1)
	if len(found) < 15 {
		t.Fatalf("only %d deeds were found in store/activity.go", len(found))
	}
	for _, deed := range found {
		if deedWords[store.Deed(deed[1])] == "" {
			t.Errorf("%s has no words", deed[1])
		}
	}
	if len(deedWords) != len(found) {
		t.Errorf("%d deeds have words, the store has %d", len(deedWords), len(found))
	}
}

func TestDeedLines(t *testing.T) {
	t.Parallel()
	lines := deedLines([]store.ActivityRow{
		{ActorKind: access.Staff, ActorName: "Ada", ActorRoles: "admin", Deed: store.StaffChanged, ObjectName: "Sam", Changes: []store.Change{{Field: "roles", From: "viewer", To: "admin"}}},
		{ActorKind: store.Nobody, ActorName: "eve@example.com", Deed: store.SignInFailed, ObjectName: "eve@example.com"},
		{ActorKind: access.System, ActorName: "root (command line)", ActorRoles: "gone", Deed: "flew"},
	})
	if l := lines[0]; l.ActedAs != "Admin" || l.About != "Sam" || len(l.Changes) != 1 || l.Changes[0].To != "admin" || l.Failed {
		t.Errorf("%+v", l)
	}
	if l := lines[1]; l.ActedAs != "" || l.About != "" || !l.Failed {
		t.Errorf("%+v", l)
	}
	if l := lines[2]; l.Text != "flew" || l.ActedAs != "System" {
		t.Errorf("%+v", l)
	}
}

// The words of a notice are made here: a cookie can only choose among them.
func TestNoticesOfTheSettings(t *testing.T) {
	t.Parallel()
	for code, text := range plainNotices {
		if got, ok := noticeText([]string{code}); !ok || got != text {
			t.Errorf("%s: %q", code, got)
		}
		if got, ok := noticeText([]string{code, "more"}); ok {
			t.Errorf("%s with an argument: %q", code, got)
		}
	}
}

func TestPasskeyLabel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ typed, device, want string }{
		{" My\x00 \x1b laptop\n", "Firefox on Linux", "My laptop"},
		{"  ", "Firefox on Linux", "Firefox on Linux"},
		{"", "", "Passkey"},
		{"ÄÖ\xff", "", "ÄÖ"},
	} {
		if got := passkeyLabel(c.typed, c.device); got != c.want {
			t.Errorf("%q: %q, want %q", c.typed, got, c.want)
		}
	}
	long := ""
	for range 150 {
		long += "ä"
	}
	if got := []rune(passkeyLabel(long, "")); len(got) != maxPasskeyLabel {
		t.Errorf("%d characters", len(got))
	}
}
