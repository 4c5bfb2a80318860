package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"github.com/lib/pq"

	"arcadia.example/console/internal/postgres"
	"arcadia.example/console/migrations"
	"arcadia.example/console/store"
)

// database is where a subcommand finds its data: a server of one's own, or the embedded one.
type database struct {
	app      string           // DSN of the serving role
	owner    string           // DSN of the role that owns the tables
	embedded *postgres.Server // nil with DATABASE_URL
}

// openDatabase finds the database. serving owns the embedded server; the others join it while it runs.
func openDatabase(ctx context.Context, e environment, serving bool) (database, error) {
	if url := e.getenv("DATABASE_URL"); url != "" {
		owner := e.getenv("ARCADIA_MIGRATE_URL")
		if owner == "" {
			owner = url
		}
		return database{app: url, owner: owner}, nil
	}
	start := postgres.Join
	if serving {
		start = func(ctx context.Context, dir string, log *slog.Logger) (*postgres.Server, error) {
			return postgres.Start(ctx, dir, log)
		}
	}
	server, err := start(ctx, dataDir(e), e.log)
	if errors.Is(err, postgres.ErrInUse) {
		return database{}, fmt.Errorf("%w: for a second console, give both a PostgreSQL by DATABASE_URL", err)
	}
	if err != nil {
		return database{}, err
	}
	return database{app: server.AppDSN(), owner: server.OwnerDSN(), embedded: server}, nil
}

// dataDir is the folder of the embedded server, and of what is kept beside it.
func dataDir(e environment) string {
	if dir := e.getenv("ARCADIA_DATA"); dir != "" {
		return dir
	}
	return ".arcadia"
}

// died is closed when the embedded server ends by itself; nil where there is none of ours.
func (d database) died() <-chan struct{} {
	if d.embedded == nil {
		return nil
	}
	return d.embedded.Done()
}

// close stops the embedded server if this process started it.
func (d database) close() error {
	if d.embedded == nil {
		return nil
	}
	return d.embedded.Stop()
}

// migrated is openDatabase with the schema brought up to date, and the chain of seals with it.
func migrated(ctx context.Context, e environment, serving bool) (database, error) {
	db, err := openDatabase(ctx, e, serving)
	if err != nil {
		return db, err
	}
	if db.embedded == nil {
		if err := reachable(ctx, db.owner); err != nil {
			return db, err
		}
	}
	err = migrations.Up(ctx, db.owner)
	if err == nil {
		err = alignSeals(ctx, db)
	}
	if err != nil {
		return db, errors.Join(err, db.close())
	}
	return db, nil
}

// alignSeals has the chain of seals go on in a database that was restored elsewhere, before anything is written there.
func alignSeals(ctx context.Context, db database) error {
	s, err := store.Open(ctx, db.owner, store.Options{Conns: 1})
	if err != nil {
		return err
	}
	return errors.Join(s.AlignSeals(ctx), s.Close())
}

// reachable says in plain words what is wrong with an address or the server behind it. The address itself, which may have
// a password in it, is not repeated.
func reachable(ctx context.Context, dsn string) error {
	cfg, err := pq.NewConfig(dsn)
	if err != nil {
		return errors.New("DATABASE_URL or ARCADIA_MIGRATE_URL is no address of a PostgreSQL: write it like " +
			"postgres://user:password@host:5432/database?sslmode=require, with % and other signs in the password percent-encoded")
	}
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return fmt.Errorf("DATABASE_URL or ARCADIA_MIGRATE_URL: %w", err)
	}
	db := sql.OpenDB(connector)
	defer func() { _ = db.Close() }() // nothing was written
	if err := db.PingContext(ctx); err != nil {
		return fmt.Errorf("cannot use the PostgreSQL of DATABASE_URL or ARCADIA_MIGRATE_URL (host %s, port %d, database %s): %w",
			cfg.Host, cfg.Port, cfg.Database, err)
	}
	return nil
}

// loader is a store without time limits that states times itself.
func (d database) loader(ctx context.Context) (*store.Store, error) {
	return store.Open(ctx, d.owner, store.Options{Conns: 2, Loading: true})
}

// warnOneRole says that the serving role owns the tables: the triggers hold, its rights do not.
func warnOneRole(ctx context.Context, e environment, db *sql.DB) error {
	var owns bool
	err := db.QueryRowContext(ctx, `
SELECT pg_has_role(current_user, relowner, 'MEMBER') FROM pg_class WHERE oid = 'cloud_deployment_events'::regclass`).Scan(&owns)
	if err == nil && owns {
		e.log.WarnContext(ctx, "the serving role owns the tables: events are kept by triggers alone; see docs/operate.md on the two roles")
	}
	return err
}
