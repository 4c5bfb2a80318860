package pgtest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"github.com/lib/pq"

	"arcadia.example/console/internal/postgres"
)

// roleMark marks the roles that the tests made, whose passwords they may set.
const roleMark = "made by the tests of Arcadia Console"

// useServer uses the server of ARCADIA_TEST_DATABASE_URL.
func (c *cluster) useServer(dsn string) error {
	admin, err := parse(dsn)
	if err != nil {
		return fmt.Errorf("ARCADIA_TEST_DATABASE_URL: %w", err)
	}
	password := derivePassword(admin["password"])
	c.dsn = func(role, database string) string {
		with := map[string]string{}
		for key, value := range admin {
			with[key] = value
		}
		if database != "" {
			with["dbname"] = database
		}
		if role != "" {
			with["user"], with["password"] = role, password
		}
		return join(with)
	}
	if c.admin, err = sql.Open("postgres", c.dsn("", "")); err != nil {
		return err
	}
	return c.ownRoles(password)
}

// ownRoles creates the two roles, with passwords. It refuses a server that has
// them from elsewhere: their passwords may be in use.
func (c *cluster) ownRoles(password string) error {
	ctx := context.Background()
	tx, err := c.admin.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1, 0)", lockPrepare); err != nil {
		return err
	}
	for _, role := range []string{postgres.OwnerRole, postgres.AppRole} {
		var exists, ours bool
		err := tx.QueryRowContext(ctx, `
			SELECT count(*) > 0, coalesce(bool_or(shobj_description(oid, 'pg_authid') = $2), false)
			FROM pg_roles WHERE rolname = $1`, role, roleMark).Scan(&exists, &ours)
		if err != nil {
			return err
		}
		if exists && !ours {
			return fmt.Errorf("the server of ARCADIA_TEST_DATABASE_URL already has a role %s that the tests did not make: give the tests a server of their own", role)
		}
		verb := "CREATE"
		if exists {
			verb = "ALTER"
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf("%s ROLE %s LOGIN PASSWORD %s; COMMENT ON ROLE %s IS %s",
			verb, role, pq.QuoteLiteral(password), role, pq.QuoteLiteral(roleMark)))
		if err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return postgres.EnsureRoles(ctx, c.admin)
}

// derivePassword gives each process the same password without storing one.
func derivePassword(admin string) string {
	mac := hmac.New(sha256.New, []byte(admin))
	mac.Write([]byte(roleMark))
	return hex.EncodeToString(mac.Sum(nil))
}

// parse reads a connection string of either form into its parts.
func parse(dsn string) (map[string]string, error) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return parseURL(dsn)
	}
	return parsePairs(dsn)
}

func parseURL(dsn string) (map[string]string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, fmt.Errorf("it is no connection string")
	}
	parts := map[string]string{}
	set := func(key, value string) {
		if value != "" {
			parts[key] = value
		}
	}
	set("host", u.Hostname())
	set("port", u.Port())
	set("user", u.User.Username())
	if password, ok := u.User.Password(); ok {
		set("password", password)
	}
	set("dbname", strings.TrimPrefix(u.Path, "/"))
	for key, values := range u.Query() {
		set(key, values[0])
	}
	return parts, nil
}

// parsePairs reads key=value pairs, whose values may be quoted and escaped.
func parsePairs(dsn string) (map[string]string, error) {
	parts := map[string]string{}
	for rest := strings.TrimSpace(dsn); rest != ""; rest = strings.TrimSpace(rest) {
		key, after, ok := strings.Cut(rest, "=")
		if !ok {
			return nil, fmt.Errorf("it is no connection string")
		}
		value, left := cutValue(strings.TrimSpace(after))
		parts[strings.TrimSpace(key)] = value
		rest = left
	}
	return parts, nil
}

// cutValue returns the value at the start of text and what follows it.
func cutValue(text string) (value, rest string) {
	quoted := strings.HasPrefix(text, "'")
	if quoted {
		text = text[1:]
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case quoted && text[i] == '\'', !quoted && text[i] == ' ':
			return b.String(), text[i+1:]
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String(), ""
}

// join writes the parts as key=value pairs, the form that also takes sockets.
func join(parts map[string]string) string {
	escape := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	var b strings.Builder
	for key, value := range parts {
		fmt.Fprintf(&b, "%s='%s' ", key, escape.Replace(value))
	}
	return strings.TrimSpace(b.String())
}
