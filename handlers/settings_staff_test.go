package handlers_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

// of is the address of somebody's page.
func (m *member) of(rest string) string { return "/settings/staff/" + m.person().ID.String() + rest }

// form are the fields of the form about somebody as it is on the screen now, with some of them changed.
func (m *member) form(changes map[string]string) []string {
	m.t.Helper()
	p := m.person()
	status := "active"
	if p.Status == store.StaffDisabled {
		status = "disabled"
	}
	now := map[string]string{"name": p.Name, "roles": p.RolesText, "status": status, "edit_version": strconv.Itoa(p.EditVersion)}
	var fields []string
	for name, value := range now {
		if changed, ok := changes[name]; ok {
			value = changed
		}
		if name != "roles" {
			fields = append(fields, name, value)
			continue
		}
		for role := range strings.SplitSeq(value, ",") {
			if role != "" {
				fields = append(fields, name, role)
			}
		}
	}
	return fields
}

func TestStaffIsForAdmins(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Viewer|access.Support|access.Billing|access.Operator)
	sam := m.member("sam@example.com", access.Viewer)
	before := m.value(`SELECT md5(string_agg(s::text, '|' ORDER BY id)) FROM staff s`)
	for _, path := range []string{"/settings/staff", sam.of("")} {
		m.wants(m.open(path), http.StatusForbidden, "This needs Admin")
	}
	for path, fields := range map[string][]string{
		"/settings/staff": {"email", "eve@example.com", "name", "Eve", "roles", "admin"}, sam.of(""): sam.form(map[string]string{"roles": "admin"}),
		m.of(""): m.form(map[string]string{"roles": "admin"}), sam.of("/link"): nil, sam.of("/sessions/end"): {"session", ""},
	} {
		m.wants(m.post(path, fields...), http.StatusForbidden, "This needs Admin")
	}
	if after := m.value(`SELECT md5(string_agg(s::text, '|' ORDER BY id)) FROM staff s`); after != before || !sam.alive() {
		t.Error("something was changed")
	}
}

func TestStaffAreInvited(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Admin)
	done := m.post("/settings/staff", "email", "Sam@Example.com", "name", "Sam", "roles", "support", "roles", "billing")
	m.wants(done, http.StatusOK, "An invitation for", "sam@example.com", "Support and Billing", `data-status="invited"`)
	person, purpose, err := m.store.LookUpLink(t.Context(), linkIn(t, done))
	if err != nil || person.Email != "sam@example.com" || purpose != store.InvitationLink {
		t.Errorf("the link is for %s, to %s: %v", person.Email, purpose, err)
	}
	if strings.Contains(m.open("/settings/staff").body, "/welcome/") {
		t.Error("the link is shown twice")
	}
	if got := m.value(`SELECT actor || ' ' || address FROM activity WHERE kind = 'staff_invited' AND object_id = $1`, person.ID); got != "ada@example.com 192.0.2.1" {
		t.Errorf("invited by %q", got)
	}
	again := m.post("/settings/staff", "email", "sam@example.com", "name", "Samuel", "roles", "viewer")
	m.wants(again, http.StatusUnprocessableEntity, "is there already", `value="Samuel"`, `value="viewer" checked`)
	m.wants(m.post("/settings/staff", "email", "nowhere", "name", ""), http.StatusUnprocessableEntity, "not an e-mail", "Choose at least one role", `value="nowhere"`)
	m.wants(m.post("/settings/staff", "email", "eve@example.com", "name", "Eve", "roles", "root"), http.StatusBadRequest, "roles")
	m.wants(m.post("/settings/staff", "email", "eve@example.com", "name", "Eve", "roles", "viewer", "status", "active"), http.StatusBadRequest, "no such field")
	if got := m.value(`SELECT count(*) FROM staff WHERE email IN ('eve@example.com', 'nowhere')`); got != "0" {
		t.Errorf("%s people too many", got)
	}
}

func TestStaffAreChanged(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Admin)
	sam := m.member("sam@example.com", access.Support)
	m.wants(m.post(sam.of(""), sam.form(map[string]string{"name": "Samira"})...), http.StatusSeeOther)
	if !sam.alive() {
		t.Error("a new name ended the session")
	}
	m.wants(m.post(sam.of(""), sam.form(map[string]string{"roles": "support,operator"})...), http.StatusSeeOther)
	if p := sam.person(); p.Name != "Samira" || p.RolesText != "support,operator" || sam.alive() {
		t.Errorf("%s is %s, signed in: %t", p.Name, p.RolesText, sam.alive())
	}
	m.wants(m.open(sam.of("")), http.StatusOK, "Name or rights changed", "<dt>roles</dt>", "<bdi>support,operator</bdi>", "Somebody ada@example.com")
	sam = sam.again()
	m.wants(m.post(sam.of(""), sam.form(map[string]string{"status": "disabled"})...), http.StatusSeeOther)
	if sam.person().Status != store.StaffDisabled || sam.alive() {
		t.Error("sam is not disabled, or still signed in")
	}
	m.wants(m.post(sam.of(""), sam.form(map[string]string{"status": "active"})...), http.StatusSeeOther)
	if sam.person().Status != store.StaffActive {
		t.Error("sam is still disabled")
	}
	for _, wrong := range []map[string]string{{"roles": "root"}, {"status": "invited"}, {"status": ""}, {"edit_version": "x"}} {
		m.wants(m.post(sam.of(""), sam.form(wrong)...), http.StatusBadRequest)
	}
	m.wants(m.post(sam.of(""), sam.form(map[string]string{"roles": "", "name": " "})...), http.StatusUnprocessableEntity, "Choose at least one role")
	m.wants(m.open("/settings/staff/"+otherID.String()), http.StatusNotFound)
	m.wants(m.post("/settings/staff/"+otherID.String(), sam.form(nil)...), http.StatusNotFound)
	m.wants(m.open("/settings/staff/:id"), http.StatusNotFound)
}

func TestStaleChangeOfStaffShowsBoth(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Admin)
	bea, sam := m.member("bea@example.com", access.Admin), m.member("sam@example.com", access.Support)
	mine := sam.form(map[string]string{"roles": "viewer", "name": "Mine"})
	m.wants(bea.post(sam.of(""), sam.form(map[string]string{"roles": "billing"})...), http.StatusSeeOther)
	a := m.post(sam.of(""), mine...)
	m.wants(a, http.StatusConflict, "Edited meanwhile", "Somebody bea@example.com", `value="Mine"`, `value="viewer" checked`, "Save mine")
	if p := sam.person(); p.RolesText != "billing" {
		t.Errorf("sam is %s", p.RolesText)
	}
	fresh := first(t, `name="edit_version" value="(\d+)"`, a.body)
	m.wants(m.post(sam.of(""), sam.form(map[string]string{"roles": "viewer", "name": "Mine", "edit_version": fresh})...), http.StatusSeeOther)
	if p := sam.person(); p.RolesText != "viewer" || p.Name != "Mine" {
		t.Errorf("%s is %s", p.Name, p.RolesText)
	}
}

// The last admin demotes or disables himself: refused.
func TestAdminsStayAdmin(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Admin)
	bea := m.member("bea@example.com", access.Admin)
	for _, wrong := range []map[string]string{{"roles": "viewer"}, {"status": "disabled"}} {
		m.wants(m.post(m.of(""), m.form(wrong)...), http.StatusUnprocessableEntity, "from yourself")
	}
	if !m.alive() || !m.person().Roles().Has(access.Admin) {
		t.Fatal("an admin demoted himself")
	}
	m.wants(m.post(bea.of(""), bea.form(map[string]string{"roles": "viewer"})...), http.StatusSeeOther)
	if bea.alive() {
		t.Error("bea's session outlived her admin role")
	}
	m.wants(m.post(m.of(""), m.form(map[string]string{"name": "Ada the last"})...), http.StatusSeeOther)
	err := m.store.ChangeStaff(t.Context(), access.Actor{Kind: access.System, ID: "test", Name: "Test"}, store.StaffChange{
		ID: m.person().ID, EditVersion: m.person().EditVersion, Name: "Ada", Roles: access.Viewer,
	}, "")
	if _, other := m.store.FindStaff(t.Context(), "admin@arcadia.test"); errors.Is(other, store.ErrNotFound) && !errors.Is(err, store.ErrLastAdmin) {
		t.Errorf("%v, want ErrLastAdmin", err)
	}
}

func TestStaffGetANewLink(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Admin)
	sam := m.member("sam@example.com", access.Support)
	one := m.post(sam.of("/link"))
	m.wants(one, http.StatusOK, "A way back in for", "clears")
	two := m.post(sam.of("/link"))
	if _, _, err := m.store.LookUpLink(t.Context(), linkIn(t, one)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the earlier link still works: %v", err)
	}
	if p, purpose, err := m.store.LookUpLink(t.Context(), linkIn(t, two)); err != nil || p.Email != sam.email || purpose != store.ResetLink {
		t.Errorf("%s, %s, %v", p.Email, purpose, err)
	}
	if !sam.alive() {
		t.Error("the link alone ended the session")
	}
	m.wants(m.post("/settings/staff", "email", "eve@example.com", "name", "Eve", "roles", "viewer"), http.StatusOK)
	eve := &member{console: m.console, email: "eve@example.com"}
	m.wants(m.post(eve.of("/link")), http.StatusOK, "An invitation for")
	m.wants(m.post(eve.of(""), eve.form(map[string]string{"status": "disabled"})...), http.StatusSeeOther)
	m.wants(m.post(eve.of("/link")), http.StatusUnprocessableEntity, "disabled")
	m.wants(m.post(eve.of("/link"), "purpose", "invitation"), http.StatusBadRequest)
}

func TestAdminsEndSessions(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Admin)
	second := m.again()
	sam := m.member("sam@example.com", access.Support)
	twin := sam.again()
	session, err := m.store.LookUpSession(t.Context(), twin.token())
	if err != nil {
		t.Fatal(err)
	}
	m.wants(m.open(sam.of("")), http.StatusOK, "Safari on iPhone", "192.0.2.8", session.ID.String())
	m.wants(m.post(m.of("/sessions/end"), "session", session.ID.String()), http.StatusNotFound)
	m.wants(m.post(sam.of("/sessions/end"), "session", session.ID.String()), http.StatusSeeOther)
	if twin.alive() || !sam.alive() {
		t.Error("not exactly the named session ended")
	}
	m.wants(m.post(sam.of("/sessions/end"), "session", ""), http.StatusSeeOther)
	if sam.alive() {
		t.Error("sam is still signed in")
	}
	m.wants(m.post(m.of("/sessions/end"), "session", ""), http.StatusSeeOther)
	if !m.alive() || second.alive() {
		t.Error("not exactly the admin's other session ended")
	}
	m.wants(m.post("/settings/staff/"+otherID.String()+"/sessions/end", "session", ""), http.StatusNotFound)
}
