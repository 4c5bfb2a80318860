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
	name := fmt.Sprintf("%s%d_%d", testPrefix, c.process, counter.Add(1))
	if err := c.clone(t.Context(), name); err != nil {
		t.Fatalf("clone a database for this test: %v", err)
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
