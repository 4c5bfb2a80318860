package pgtest

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/lib/pq"

	"arcadia.example/console/internal/postgres"
	"arcadia.example/console/migrations"
)

// The names of databases: arcadia_test_<process>_<n> and arcadia_template_<hash>.
const (
	testPrefix     = "arcadia_test_"
	templatePrefix = "arcadia_template_"
)

// The first halves of the advisory locks' numbers.
const (
	lockProcess = 0x41726301 + iota // held by each test process; second half: its number
	lockPrepare                     // held while roles and templates are prepared
)

// cluster is the server that this test process uses.
type cluster struct {
	// dsn is the connection string of a role, "" for the superuser.
	dsn      func(role, database string) string
	admin    *sql.DB
	process  int32
	template string
	version  int // as in server_version_num
	// held keeps the advisory lock of this process until it ends.
	held *sql.Conn

	mu     sync.Mutex
	coming <-chan cloned // for the next test; nil: none was begun
}

// openCluster connects to the server and prepares it for this process.
func openCluster(ctx context.Context) (*cluster, error) {
	c := &cluster{process: rand.Int32(), template: templatePrefix + migrations.Hash()}
	var err error
	if url := os.Getenv("ARCADIA_TEST_DATABASE_URL"); url != "" {
		err = c.useServer(url)
	} else {
		err = c.useKept(ctx)
	}
	if err != nil {
		return nil, err
	}
	if c.held, err = c.admin.Conn(ctx); err != nil {
		return nil, fmt.Errorf("connect to the server for tests: %w", err)
	}
	if err := c.held.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int").Scan(&c.version); err != nil {
		return nil, err
	}
	if _, err := c.held.ExecContext(ctx, "SELECT pg_advisory_lock($1, $2)", lockProcess, c.process); err != nil {
		return nil, err
	}
	return c, c.prepare(ctx)
}

// useKept uses the server of the keeper.
func (c *cluster) useKept(ctx context.Context) error {
	server, err := attach(ctx)
	if err != nil {
		return err
	}
	c.dsn = func(role, database string) string {
		if role == "" {
			return server.AdminDSN(database)
		}
		return server.DSN(role, database)
	}
	c.admin, err = sql.Open("postgres", server.AdminDSN("postgres"))
	return err
}

// prepare makes the template if it is missing and drops what earlier processes
// left. One process at a time does that.
func (c *cluster) prepare(ctx context.Context) error {
	if _, err := c.held.ExecContext(ctx, "SELECT pg_advisory_lock($1, 0)", lockPrepare); err != nil {
		return err
	}
	err := c.ensureTemplate(ctx)
	if err == nil {
		err = c.dropStale(ctx)
	}
	if _, unlockErr := c.held.ExecContext(ctx, "SELECT pg_advisory_unlock($1, 0)", lockPrepare); err == nil {
		err = unlockErr
	}
	return err
}

// ensureTemplate migrates the template. It counts as one only when it is
// marked, which is the last step: a half-made one is made anew.
func (c *cluster) ensureTemplate(ctx context.Context) error {
	var ready bool
	err := c.admin.QueryRowContext(ctx, "SELECT datistemplate FROM pg_database WHERE datname = $1", c.template).Scan(&ready)
	if ready {
		return nil
	}
	if err == nil {
		err = c.drop(ctx, c.template)
	} else if err == sql.ErrNoRows {
		err = nil
	}
	if err != nil {
		return err
	}
	connect := func(name string) (*sql.DB, error) { return sql.Open("postgres", c.dsn("", name)) }
	if err := postgres.CreateDatabase(ctx, c.admin, c.template, connect); err != nil {
		return err
	}
	if err := migrations.Up(ctx, c.dsn(postgres.OwnerRole, c.template)); err != nil {
		return fmt.Errorf("migrate the template: %w", err)
	}
	// Whoever connects to a template stops all cloning.
	_, err = c.admin.ExecContext(ctx, fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS false IS_TEMPLATE true", pq.QuoteIdentifier(c.template)))
	return err
}

// dropStale drops the databases of processes that have ended, and the templates
// of other migrations that no live process may be cloning.
func (c *cluster) dropStale(ctx context.Context) error {
	live, err := c.liveProcesses(ctx)
	if err != nil {
		return err
	}
	names, err := c.names(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		process, isTest := strings.CutPrefix(name, testPrefix)
		if isTest {
			process, _, _ = strings.Cut(process, "_")
			if live[process] {
				continue
			}
		} else if name == c.template || len(live) > 1 {
			continue
		} else if _, err := c.admin.ExecContext(ctx, fmt.Sprintf("ALTER DATABASE %s IS_TEMPLATE false", pq.QuoteIdentifier(name))); err != nil {
			return err
		}
		if err := c.drop(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// liveProcesses returns the numbers of the test processes that hold their lock.
func (c *cluster) liveProcesses(ctx context.Context) (map[string]bool, error) {
	rows, err := c.admin.QueryContext(ctx, `
		SELECT objid::bigint FROM pg_locks
		WHERE locktype = 'advisory' AND objsubid = 2 AND classid = $1 AND granted`, lockProcess)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	live := map[string]bool{}
	for rows.Next() {
		var process int64
		if err := rows.Scan(&process); err != nil {
			return nil, err
		}
		live[strconv.FormatInt(process, 10)] = true
	}
	return live, rows.Err()
}

// names returns the databases that this package made.
func (c *cluster) names(ctx context.Context) ([]string, error) {
	rows, err := c.admin.QueryContext(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1) OR starts_with(datname, $2)", testPrefix, templatePrefix)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
