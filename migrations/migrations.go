// Package migrations holds the schema as goose SQL files and brings a database up to it.
package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/lib/pq" // also the driver that goose runs over
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed *.sql
var files embed.FS

// Up applies what is missing, as the owner of the tables. Processes that start at once take turns on an advisory
// lock; each waits up to a minute.
func Up(ctx context.Context, ownerDSN string) (err error) {
	db, err := sql.Open("postgres", ownerDSN)
	if err != nil {
		return fmt.Errorf("migrations: open: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return fmt.Errorf("migrations: lock: %w", err)
	}
	provider, err := newProvider(db, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("migrations: read: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrations: apply: %w", err)
	}
	return nil
}

// newProvider knows all migrations, the SQL files and the job queue's.
func newProvider(db *sql.DB, options ...goose.ProviderOption) (*goose.Provider, error) {
	options = append(options, goose.WithGoMigrations(riverMigration()), goose.WithDisableGlobalRegistry(true))
	return goose.NewProvider(goose.DialectPostgres, db, files, options...)
}

// ErrOutdated is returned by Check for a database that this binary does not fit.
var ErrOutdated = errors.New("the database lacks migrations of this version: run arcadia migrate")

// undefinedTable is what PostgreSQL says of a database to which no migration was ever applied.
const undefinedTable = "42P01"

// Check reports ErrOutdated unless the database has at least the newest migration of this binary. A newer database is
// fine: migrations run while the previous binary serves.
func Check(ctx context.Context, db *sql.DB) error {
	var applied int64
	err := db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&applied)
	var pqErr *pq.Error
	if errors.As(err, &pqErr) && pqErr.Code == undefinedTable {
		return ErrOutdated
	}
	if err != nil {
		return fmt.Errorf("migrations: check: %w", err)
	}
	if applied < Newest() {
		return ErrOutdated
	}
	return nil
}

// Newest is the number of the newest migration in this binary.
func Newest() int64 {
	names, _ := fs.Glob(files, "*.sql") // the pattern is constant and right
	newest, _ := goose.NumericComponent(names[len(names)-1])
	return max(newest, riverNumber)
}

// Hash names the content of all migrations: the key of the template database of tests.
func Hash() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "river %d %s\n", riverVersion, riverGrants)
	names, _ := fs.Glob(files, "*.sql") // the pattern is constant and right
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			panic(fmt.Sprintf("migrations: embedded file %s: %v", name, err))
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(content), content)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}
