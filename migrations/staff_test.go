package migrations_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

const (
	person1 = "00000000-0000-7000-8000-0000000000d1"
	person2 = "00000000-0000-7000-8000-0000000000d2"
)

func staff(id, email string, pairs ...string) string {
	return insert("staff", append([]string{"id=" + quote(id), "email=" + quote(email), "name='Dana'", "roles='viewer'", "status='active'"}, pairs...)...)
}

func session(token string, pairs ...string) string {
	return insert("sessions", append([]string{
		"token_hash=sha256(" + quote(token) + ")", "id=gen_random_uuid()", "staff_id=" + quote(person1), "method='password'",
	}, pairs...)...)
}

func activity(pairs ...string) string {
	return insert("activity", append([]string{"actor_kind='staff'", "actor='dana@example.com'", "actor_name='Dana'", "kind='signed_in'"}, pairs...)...)
}

// newStaffWorld has one row in every table of staff and sign-in.
func newStaffWorld(t *testing.T) world {
	t.Helper()
	w := newWorld(t)
	must(t, w.app, staff(person1, "dana@example.com"), session("one"), activity(),
		insert("staff_passkeys", "id='k'", "staff_id="+quote(person1), "label='Laptop'", "credential='{}'"),
		insert("staff_recovery_codes", "staff_id="+quote(person1), "code_hash=sha256('c')"),
		insert("staff_links", "token_hash=sha256('l')", "staff_id="+quote(person1), "purpose='reset'", "expires_at=now()"),
		insert("sign_in_steps", "token_hash=sha256('s')", "kind='passkey'", "expires_at=now()"),
		insert("guesses", "subject='account:a'", "started_at=now()", "n=1"))
	return w
}

// What anybody did stays as it was written, and people stay although they go: for the serving role by its rights, for the
// owner by triggers.
func TestActivityAndStaffAreKept(t *testing.T) {
	t.Parallel()
	w := newStaffWorld(t)
	for _, statement := range []string{
		"UPDATE activity SET actor = 'other'", "DELETE FROM activity", "TRUNCATE activity", "DELETE FROM staff", "TRUNCATE staff CASCADE",
	} {
		t.Run(statement, func(t *testing.T) {
			refused(t, w.app, privilege, "", statement)
			refused(t, w.owner, privilege, "rows_are_kept", statement)
			refused(t, w.loader, privilege, "rows_are_kept", statement)
		})
	}
	for _, statement := range []string{
		"TRUNCATE sessions", "TRUNCATE guesses", "TRUNCATE staff_links", "ALTER TABLE activity DISABLE TRIGGER ALL",
		"DROP TRIGGER keep_rows ON activity", "ALTER TABLE staff DISABLE TRIGGER ALL",
		"SELECT setval(pg_get_serial_sequence('public.activity', 'id'), 1)",
	} {
		t.Run(statement, func(t *testing.T) { refused(t, w.app, privilege, "", statement) })
	}
}

// The serving role can do what the console does.
func TestServingRoleWorksWithStaff(t *testing.T) {
	t.Parallel()
	w := newStaffWorld(t)
	must(t, w.app,
		"UPDATE staff SET name = 'Dana Holt', edit_version = 2", "UPDATE sessions SET seen_at = now()", "UPDATE guesses SET n = 2",
		"UPDATE staff_passkeys SET last_used_at = now()", "DELETE FROM staff_passkeys", "DELETE FROM staff_recovery_codes", "DELETE FROM staff_links",
		"DELETE FROM sessions", "DELETE FROM sign_in_steps", "DELETE FROM guesses")
	if n := value(t, w.owner, "SELECT count(*) FROM staff WHERE name = 'Dana Holt'"); n != "1" {
		t.Errorf("%s are renamed", n)
	}
}

// staffChecks are rows that no code may leave, with the constraint that refuses them.
var staffChecks = []struct{ name, code, constraint, statement string }{
	{"an e-mail in capitals", check, "staff_email_check", staff(person2, "Eli@example.com")},
	{"no e-mail", check, "staff_email_check", staff(person2, "")},
	{"an e-mail without a place", check, "staff_email_check", staff(person2, "eli@")},
	{"a long e-mail", check, "staff_email_check", staff(person2, strings.Repeat("a", 250)+"@b.test")},
	{"an e-mail that is taken", unique, "staff_email_key", staff(person2, "dana@example.com")},
	{"no name", check, "staff_name_check", staff(person2, "eli@example.com", "name=' '")},
	{"no role", check, "staff_roles_check", staff(person2, "eli@example.com", "roles=''")},
	{"an unknown role", check, "staff_roles_check", staff(person2, "eli@example.com", "roles='viewer,emperor'")},
	{"a role that only begins like one", check, "staff_roles_check", staff(person2, "eli@example.com", "roles='administrator'")},
	{"roles over two lines", check, "staff_roles_check", staff(person2, "eli@example.com", "roles=E'viewer\nadmin'")},
	{"an unknown status", check, "staff_status_check", staff(person2, "eli@example.com", "status='fired'")},
	{"no time zone", check, "staff_time_zone_check", staff(person2, "eli@example.com", "time_zone=''")},
	{"an unknown theme", check, "staff_theme_check", staff(person2, "eli@example.com", "theme='pink'")},
	{"an unknown density", check, "staff_density_check", staff(person2, "eli@example.com", "density='dense'")},
	{"somebody who is withdrawn and may sign in", check, "withdrawn_is_disabled", staff(person2, "eli@example.com", "withdrawn=true")},
	{"half an identity at a provider", check, "sso_both_or_none", staff(person2, "eli@example.com", "sso_subject='e-1'")},
	{"one identity of two accounts", unique, "staff_sso", "INSERT INTO staff (id, email, name, roles, status, sso_issuer, sso_subject) " +
		"SELECT gen_random_uuid(), n || '@example.com', 'Eli', 'viewer', 'active', 'https://id.example', 'e-1' FROM generate_series(1, 2) n"},
	{"another id", integrity, "identity_is_kept", "UPDATE staff SET id = " + quote(person2)},
	{"another creation", integrity, "identity_is_kept", "UPDATE staff SET inserted_at = now() - interval '1 day'"},

	{"a token that is not hashed", check, "sessions_token_hash_check", session("two", "token_hash='two'")},
	{"a session under a taken token", unique, "sessions_pkey", session("one")},
	{"an unknown method", check, "sessions_method_check", session("two", "method='guess'")},
	{"a session of nobody", foreignKey, "sessions_staff_id_fkey", session("two", "staff_id="+quote(person2))},
	{"a link that is not hashed", check, "staff_links_token_hash_check", "UPDATE staff_links SET token_hash = 'l'"},
	{"an unknown purpose", check, "staff_links_purpose_check", "UPDATE staff_links SET purpose = 'fun'"},
	{"a recovery code that is not hashed", check, "staff_recovery_codes_code_hash_check", "UPDATE staff_recovery_codes SET code_hash = 'ABCDE'"},
	{"a step that is not hashed", check, "sign_in_steps_token_hash_check", "UPDATE sign_in_steps SET token_hash = 's'"},
	{"an unknown step", check, "sign_in_steps_kind_check", "UPDATE sign_in_steps SET kind = 'dance'"},
	{"a passkey without a label", check, "staff_passkeys_label_check", "UPDATE staff_passkeys SET label = ''"},
	{"a passkey of nobody", foreignKey, "staff_passkeys_staff_id_fkey", "UPDATE staff_passkeys SET staff_id = " + quote(person2)},

	{"a deed of an unknown kind of actor", check, "activity_actor_kind_check", activity("actor_kind='cat'")},
	{"a deed without a kind", check, "activity_kind_check", activity("kind=''")},
	{"a deed under a number of one's own", "428C9", "", activity("id=7")},
}

func TestNobodyCanBreakTheRulesOfStaff(t *testing.T) {
	t.Parallel()
	w := newStaffWorld(t)
	for _, c := range staffChecks {
		for who, db := range map[string]*sql.DB{"app": w.app, "owner": w.owner} {
			t.Run(fmt.Sprint(c.name, ", ", who), func(t *testing.T) { refused(t, db, c.code, c.constraint, c.statement) })
		}
	}
}

// When something was done is the database's word, whatever a client says; a loader alone states it.
func TestTimesOfStaffAndActivity(t *testing.T) {
	t.Parallel()
	w := newStaffWorld(t)
	old := "'2001-01-01'"
	claim := []string{
		activity("actor='app'", "occurred_at="+old), staff(person2, "eli@example.com", "inserted_at="+old, "updated_at="+old),
	}
	must(t, w.app, append([]string{"SET LOCAL arcadia.loading = 'on'"}, claim...)...)
	const early = "SELECT (SELECT count(*) FROM activity WHERE occurred_at < '2002-01-01') + (SELECT count(*) FROM staff WHERE inserted_at < '2002-01-01' OR updated_at < '2002-01-01')"
	if n := value(t, w.owner, early); n != "0" {
		t.Errorf("the serving role stated %s times", n)
	}
	must(t, w.loader, activity("occurred_at="+old))
	if n := value(t, w.owner, early); n != "1" {
		t.Errorf("a loader stated %s times, want 1", n)
	}
}
