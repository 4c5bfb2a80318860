package migrations_test

import (
	"database/sql"
	"fmt"
	"testing"
)

const (
	program1 = "00000000-0000-7000-8000-0000000000e1"
	program2 = "00000000-0000-7000-8000-0000000000e2"
	key1     = "00000000-0000-7000-8000-0000000000f1"
	key2     = "00000000-0000-7000-8000-0000000000f2"
)

func integration(id, slug string, pairs ...string) string {
	return insert("integrations", append([]string{"id=" + quote(id), "slug=" + quote(slug), "name='Bridge'", "roles='support'"}, pairs...)...)
}

func apiToken(id, code string, pairs ...string) string {
	return insert("integration_tokens", append([]string{
		"id=" + quote(id), "integration_id=" + quote(program1), "code=" + quote(code), "token_hash=sha256(" + quote(code) + ")", "form_key=" + quote(id),
		"made_by='dana@example.com'", "made_by_name='Dana'", "expires_at=now() + interval '30 days'",
	}, pairs...)...)
}

// newProgramWorld has an integration with a token that is revoked.
func newProgramWorld(t *testing.T) world {
	t.Helper()
	w := newWorld(t)
	must(t, w.app, integration(program1, "bridge"), apiToken(key1, "arc_AAAAAAAA"),
		"UPDATE integration_tokens SET revoked_at = now(), revoked_by = 'Dana', last_used_at = now(), last_used_from = '192.0.2.1'")
	return w
}

// What an integration did stays true: neither it nor its tokens go, and a token is never made to work again or for longer.
func TestIntegrationsAreKept(t *testing.T) {
	t.Parallel()
	w := newProgramWorld(t)
	for _, statement := range []string{
		"DELETE FROM integrations", "TRUNCATE integrations CASCADE", "DELETE FROM integration_tokens", "TRUNCATE integration_tokens",
	} {
		t.Run(statement, func(t *testing.T) {
			refused(t, w.app, privilege, "", statement)
			refused(t, w.owner, privilege, "rows_are_kept", statement)
			refused(t, w.loader, privilege, "rows_are_kept", statement)
		})
	}
	for _, statement := range []string{
		"UPDATE integrations SET slug = 'other'",
		"UPDATE integration_tokens SET expires_at = expires_at + interval '1 day'",
		"UPDATE integration_tokens SET token_hash = sha256('other')",
		"UPDATE integration_tokens SET integration_id = id",
		"UPDATE integration_tokens SET code = 'arc_BBBBBBBB'",
		"UPDATE integration_tokens SET made_by = 'eli@example.com'",
		"UPDATE integration_tokens SET inserted_at = now()",
	} {
		t.Run(statement, func(t *testing.T) {
			refused(t, w.app, privilege, "", statement)
			refused(t, w.owner, integrity, "identity_is_kept", statement)
		})
	}
	for _, statement := range []string{
		"UPDATE integration_tokens SET revoked_at = NULL, revoked_by = ''", "UPDATE integration_tokens SET revoked_by = 'Eli'",
	} {
		for who, db := range map[string]*sql.DB{"app": w.app, "owner": w.owner} {
			t.Run(fmt.Sprint(statement, ", ", who), func(t *testing.T) { refused(t, db, integrity, "identity_is_kept", statement) })
		}
	}
}

// programChecks are rows that no code may leave, with the constraint that refuses them.
var programChecks = []struct{ name, code, constraint, statement string }{
	{"an admin", check, "integrations_roles_check", integration(program2, "two", "roles='admin'")},
	{"an admin among others", check, "integrations_roles_check", integration(program2, "two", "roles='support,admin'")},
	{"made admin later", check, "integrations_roles_check", "UPDATE integrations SET roles = 'billing,admin'"},
	{"no role", check, "integrations_roles_check", integration(program2, "two", "roles=''")},
	{"no name", check, "integrations_name_check", integration(program2, "two", "name=' '")},
	{"a slug with a space", check, "integrations_slug_check", integration(program2, "t wo")},
	{"a slug that is taken", unique, "integrations_slug_key", integration(program2, "bridge")},
	{"an unknown status", check, "integrations_status_check", integration(program2, "two", "status='asleep'")},
	{"a token of nobody", foreignKey, "integration_tokens_integration_id_fkey", apiToken(key2, "arc_BBBBBBBB", "integration_id="+quote(program2))},
	{"a token that is not hashed", check, "integration_tokens_token_hash_check", apiToken(key2, "arc_BBBBBBBB", "token_hash='secret'")},
	{"more of a token than its beginning", check, "integration_tokens_code_check", apiToken(key2, "arc_BBBBBBBB_secret")},
	{"a token without an end", "23502", "", apiToken(key2, "arc_BBBBBBBB", "expires_at=NULL")},
	{"a token for more than a year", check, "ends_within_a_year", apiToken(key2, "arc_BBBBBBBB", "expires_at=now() + interval '368 days'")},
	{"a token for longer by an earlier start", check, "ends_within_a_year", apiToken(key2, "arc_BBBBBBBB", "inserted_at=now() + interval '10 years'", "expires_at=now() + interval '10 years 1 day'")},
	{"a token that has ended", check, "ends_within_a_year", apiToken(key2, "arc_BBBBBBBB", "expires_at=now() - interval '1 second'")},
	{"a token that nobody revoked", check, "revoked_by_somebody", apiToken(key2, "arc_BBBBBBBB", "revoked_at=now()")},
	{"a token that nobody made", check, "integration_tokens_made_by_check", apiToken(key2, "arc_BBBBBBBB", "made_by=''")},
}

func TestNobodyCanBreakTheRulesOfIntegrations(t *testing.T) {
	t.Parallel()
	w := newProgramWorld(t)
	for _, c := range programChecks {
		for who, db := range map[string]*sql.DB{"app": w.app, "owner": w.owner} {
			t.Run(fmt.Sprint(c.name, ", ", who), func(t *testing.T) { refused(t, db, c.code, c.constraint, c.statement) })
		}
	}
}
