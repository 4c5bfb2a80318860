package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/lib/pq"

	"arcadia.example/console/internal/demo"
	"arcadia.example/console/internal/postgres"
	"arcadia.example/console/migrations"
)

// databasePrefix begins the names of the databases that are kept between runs. The rest is the size and the hash of the
// migrations, so that a changed schema is never measured on tables of the old one.
const databasePrefix = "bench_"

// database is one loaded set.
type database struct {
	server      *postgres.Server
	name        string
	deployments int
}

func (d database) ownerDSN() string { return d.server.DSN(postgres.OwnerRole, d.name) }
func (d database) appDSN() string   { return d.server.DSN(postgres.AppRole, d.name) }

// openOwner connects without the time limits of a server.
func (d database) openOwner() (*sql.DB, error) { return sql.Open("postgres", d.ownerDSN()) }

// startServer brings up a PostgreSQL of the bench's own in dir, with the settings of the product.
func startServer(ctx context.Context, dir string) (*postgres.Server, error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o711); err != nil {
		return nil, err
	}
	return postgres.Start(ctx, dir, slog.New(slog.NewTextHandler(os.Stderr, nil)))
}

// databases returns one loaded set for each number of deployments, with a tenth as many tenants unless that is stated;
// what an earlier run loaded is used again.
func (b bench) databases(ctx context.Context, server *postgres.Server) ([]database, error) {
	var wanted []database
	for _, n := range b.sizes {
		name := fmt.Sprintf("%s%d_%d_%s", databasePrefix, b.tenantsFor(n), n, migrations.Hash()[:8])
		wanted = append(wanted, database{server: server, name: name, deployments: n})
	}
	admin, err := sql.Open("postgres", server.AdminDSN("postgres"))
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	if err := dropOutdated(ctx, admin, "%_"+migrations.Hash()[:8]); err != nil {
		return nil, err
	}
	for _, d := range wanted {
		if err := b.load(ctx, admin, d); err != nil {
			return nil, fmt.Errorf("load %s: %w", d.name, err)
		}
	}
	return wanted, nil
}

// dropOutdated removes what was loaded into a schema of other migrations.
func dropOutdated(ctx context.Context, admin *sql.DB, current string) error {
	rows, err := admin.QueryContext(ctx,
		`SELECT datname FROM pg_database WHERE starts_with(datname, $1) AND datname NOT LIKE $2`, databasePrefix, current)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		if _, err := admin.ExecContext(ctx, `DROP DATABASE `+pq.QuoteIdentifier(name)); err != nil {
			return err
		}
	}
	return rows.Err()
}

// load fills the database if it is not there. A load is one transaction, so that a database has all rows or none.
func (b bench) load(ctx context.Context, admin *sql.DB, d database) error {
	var there bool
	if err := admin.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, d.name).Scan(&there); err != nil {
		return err
	}
	if !there {
		connect := func(name string) (*sql.DB, error) { return sql.Open("postgres", d.server.AdminDSN(name)) }
		if err := postgres.CreateDatabase(ctx, admin, d.name, connect); err != nil {
			return err
		}
	}
	if err := migrations.Up(ctx, d.ownerDSN()); err != nil {
		return err
	}
	db, err := d.openOwner()
	if err != nil {
		return err
	}
	defer db.Close()
	var loaded bool
	if err := db.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM cloud_tenants)`).Scan(&loaded); err != nil || loaded {
		return err
	}
	fmt.Fprintf(b.progress, "loading %d deployments of %d tenants\n", d.deployments, b.tenantsFor(d.deployments))
	if err := demo.LoadLarge(ctx, d.ownerDSN(), b.tenantsFor(d.deployments), d.deployments, time.Now(), b.progress); err != nil {
		return err
	}
	// Row visibility and a checkpoint are settled now rather than in the middle of what is measured.
	_, err = db.ExecContext(ctx, `VACUUM ANALYZE`)
	_, checkpoint := admin.ExecContext(ctx, `CHECKPOINT`)
	return errors.Join(err, checkpoint)
}
