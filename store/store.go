// Package store keeps tenants, deployments and their events in PostgreSQL. Every query of the console stands here. An
// exported method is one transaction and thereby one use case; what it writes is decided by the lifecycle package
// and refused by the database if this code gets it wrong.
package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"arcadia.example/console/migrations"
)

// Options are how a Store connects. The zero value serves a console.
type Options struct {
	Conns    int              // open connections at most, all kept; 0: 10
	Loading  bool             // state all times ourselves; the database allows it to the owner of the tables alone
	Clock    func() time.Time // what time it is when Loading; nil: the database's clock, which otherwise always counts
	Provider string           // name of the cloud provider by which runs build and switch machines; empty: they are made where another process has one
	NewID    func() uuid.UUID // IDs of new rows, for a loader whose clock they should carry; nil: version 7 of the present

	SessionIdle time.Duration // after which a session that is not used ends, a day at most; 0: SessionIdle
	SessionLife time.Duration // after which it ends in any case; 0: SessionLife
}

// Store is safe for use by many goroutines.
type Store struct {
	db       *sqlx.DB
	dsn      string // for a connection beside the pool
	provider string
	clock    func() time.Time
	ids      func() uuid.UUID
	stmts    *statements
	jobs     *jobs
	written  chan struct{} // something was committed that may have to be told

	sessionLife time.Duration
}

// Open connects, checks that the server answers, and prepares the statements of the busy pages once. The schema must
// be there. The DSN is a URL or key=value; sslmode is the server's to demand and has no default here.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	db, err := connect(ctx, dsn, o)
	if err != nil {
		return nil, err
	}
	stmts, err := prepare(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("store: prepare: %w", joinClose(err, db))
	}
	queue, err := newJobs(db)
	if err != nil {
		return nil, joinClose(err, db)
	}
	return &Store{
		db: db, dsn: dsn, provider: o.Provider, clock: o.Clock, ids: o.NewID, stmts: stmts, jobs: queue, written: make(chan struct{}, 1),
		sessionLife: cmp.Or(o.SessionLife, SessionLife),
	}, nil
}

func connect(ctx context.Context, dsn string, o Options) (*sqlx.DB, error) {
	cfg, err := pq.NewConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("store: database address: %w", err)
	}
	cfg.BinaryParameters = true // a query with arguments takes one round trip, not two
	if cfg.FallbackApplicationName == "" {
		cfg.FallbackApplicationName = "arcadia"
	}
	cfg.Runtime = sessionSettings(cfg.Runtime, o)
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("store: database address: %w", err)
	}
	db := sqlx.NewDb(sql.OpenDB(connector), "postgres")
	conns := o.Conns
	if conns == 0 {
		conns = 10
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	if err := db.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("store: connect: %w", joinClose(err, db))
	}
	return db, nil
}

// sessionSettings bound what one request can cost; a loader has no bounds.
func sessionSettings(given map[string]string, o Options) map[string]string {
	settings := map[string]string{
		"timezone":                          "UTC",
		"arcadia.session_idle":              interval(cmp.Or(o.SessionIdle, SessionIdle)),
		"arcadia.session_life":              interval(cmp.Or(o.SessionLife, SessionLife)),
		"pg_trgm.word_similarity_threshold": "0.4", // how far off typing may be: two letters swapped in a word of nine
	}
	if o.Loading {
		settings["arcadia.loading"] = "on"
	} else {
		settings["statement_timeout"] = "5000"
		settings["lock_timeout"] = "1000"
		settings["idle_in_transaction_session_timeout"] = "10000"
	}
	for name, value := range given {
		settings[name] = value
	}
	return settings
}

// interval is a duration as PostgreSQL reads it.
func interval(d time.Duration) string { return fmt.Sprintf("%d milliseconds", d.Milliseconds()) }

// Close ends all connections.
func (s *Store) Close() error { return s.db.Close() }

// DB is the pool beneath, for what runs beside the store: the schema check and loaders.
func (s *Store) DB() *sql.DB { return s.db.DB }

// Ping returns an error unless the database answers before the context ends.
func (s *Store) Ping(ctx context.Context) error { return s.db.PingContext(ctx) }

// Ready returns an error unless the database answers before the context ends and has the schema of this binary.
func (s *Store) Ready(ctx context.Context) error { return migrations.Check(ctx, s.db.DB) }

// now is the loader's clock where there is one, otherwise the time that the database just told.
func (s *Store) now(database time.Time) time.Time {
	if s.clock != nil {
		return s.clock()
	}
	return database
}

// stamp is what is sent as a time; the database replaces it unless the owner is loading.
func (s *Store) stamp() time.Time {
	if s.clock != nil {
		return s.clock()
	}
	return time.Now()
}
