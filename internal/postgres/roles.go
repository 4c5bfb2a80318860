package postgres

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/lib/pq"
)

// The roles of the console, and its database.
const (
	// OwnerRole owns the database and its tables; it migrates, loads, verifies.
	OwnerRole = "arcadia_owner"
	// AppRole serves, with no more rights than it needs and with time-outs.
	AppRole = "arcadia_app"
	// Database is the name of the console's database on its own server.
	Database = "arcadia"

	adminRole = "postgres"
)

// ensureRoles is safe to repeat: each start brings an older folder up to date.
const ensureRoles = `
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'arcadia_owner') THEN
		CREATE ROLE arcadia_owner LOGIN;
	END IF;
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'arcadia_app') THEN
		CREATE ROLE arcadia_app LOGIN;
	END IF;
END $$;
ALTER ROLE arcadia_app SET statement_timeout = '5s';
ALTER ROLE arcadia_app SET lock_timeout = '1s';
ALTER ROLE arcadia_app SET idle_in_transaction_session_timeout = '10s';`

// EnsureRoles creates OwnerRole and AppRole where they are missing and sets the
// time-outs of AppRole. db is connected as a superuser.
func EnsureRoles(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, ensureRoles); err != nil {
		return fmt.Errorf("create the roles %s and %s: %w", OwnerRole, AppRole, err)
	}
	return nil
}

// CreateDatabase creates an empty database that OwnerRole owns and in which it
// alone may create tables. db is connected as a superuser to any database of
// the server, connect opens the new one likewise.
func CreateDatabase(ctx context.Context, db *sql.DB, name string, connect func(name string) (*sql.DB, error)) error {
	_, err := db.ExecContext(ctx, fmt.Sprintf("CREATE DATABASE %s OWNER %s", pq.QuoteIdentifier(name), OwnerRole))
	if err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return restrictSchema(ctx, name, connect)
}

// restrictSchema matters before PostgreSQL 15, where anybody may create tables
// in the schema public. Safe to repeat.
func restrictSchema(ctx context.Context, name string, connect func(name string) (*sql.DB, error)) error {
	fresh, err := connect(name)
	if err != nil {
		return err
	}
	defer fresh.Close()
	_, err = fresh.ExecContext(ctx, "REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT CREATE, USAGE ON SCHEMA public TO "+OwnerRole)
	if err != nil {
		return fmt.Errorf("restrict the schema of %s: %w", name, err)
	}
	return nil
}

// prepare brings roles and database of a running server up to date.
func (s *Server) prepare(ctx context.Context) error {
	db, err := s.openAdmin(adminRole)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := EnsureRoles(ctx, db); err != nil {
		return err
	}
	var there bool
	if err := db.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", Database).Scan(&there); err != nil {
		return err
	}
	if there {
		return restrictSchema(ctx, Database, s.openAdmin)
	}
	return CreateDatabase(ctx, db, Database, s.openAdmin)
}

func (s *Server) openAdmin(name string) (*sql.DB, error) {
	return sql.Open("postgres", s.AdminDSN(name))
}
