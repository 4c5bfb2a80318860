package pgtest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lib/pq"

	"arcadia.example/console/internal/postgres"
)

// DB is a migrated database that belongs to one test.
type DB struct {
	// Name is the name of the database.
	Name string
	// AppDSN connects as the serving role, with its time-outs.
	AppDSN string
	// OwnerDSN connects as the owner of the tables.
	OwnerDSN string
	// AdminDSN connects as a superuser.
	AdminDSN string
}

var (
	shared  = sync.OnceValues(func() (*cluster, error) { return openCluster(context.Background()) })
	counter atomic.Int64
)

// New returns a fresh migrated database and drops it when the test is over,
// whoever is still connected. Without PostgreSQL the test fails.
func New(t testing.TB) DB {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatalf("a database for tests: %v", err)
	}
	made := c.next()
	name := made.name
	if made.err != nil {
		t.Fatalf("clone a database for this test: %v", made.err)
	}
	t.Cleanup(func() {
		if err := c.drop(context.Background(), name); err != nil {
			t.Errorf("drop the database of this test: %v", err)
		}
	})
	return DB{
		Name:     name,
		AppDSN:   c.dsn(postgres.AppRole, name),
		OwnerDSN: c.dsn(postgres.OwnerRole, name),
		AdminDSN: c.dsn("", name),
	}
}

// cloned is a database that nobody uses yet, or why there is none.
type cloned struct {
	name string
	err  error
}

// next returns a fresh clone, and has the one after it made meanwhile, so that the next test need not wait. The last one stays: it is
// dropped by the next process, as those of a process that was killed are.
func (c *cluster) next() cloned {
	c.mu.Lock()
	coming := c.coming
	c.coming = c.make()
	c.mu.Unlock()
	if coming == nil {
		coming = c.make()
	}
	return <-coming
}

// make begins to make a clone.
func (c *cluster) make() <-chan cloned {
	made, name := make(chan cloned, 1), fmt.Sprintf("%s%d_%d", testPrefix, c.process, counter.Add(1))
	go func() { made <- cloned{name, c.clone(context.Background(), name)} }()
	return made
}

// clone copies the template by files: there is little in it, and with fsync off
// that is the quickest.
func (c *cluster) clone(ctx context.Context, name string) error {
	query := fmt.Sprintf("CREATE DATABASE %s OWNER %s TEMPLATE %s",
		pq.QuoteIdentifier(name), postgres.OwnerRole, pq.QuoteIdentifier(c.template))
	if c.version >= 150000 { // before, it was the only way, and had no name
		query += " STRATEGY file_copy"
	}
	_, err := c.admin.ExecContext(ctx, query)
	return err
}

func (c *cluster) drop(ctx context.Context, name string) error {
	_, err := c.admin.ExecContext(ctx, fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", pq.QuoteIdentifier(name)))
	return err
}
