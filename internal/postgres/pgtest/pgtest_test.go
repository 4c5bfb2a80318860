package pgtest

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"arcadia.example/console/internal/postgres"
)

// userEnv makes the test binary a test process of another package, which
// clones a database and then waits to be killed.
const userEnv = "ARCADIA_PGTEST_USER"

func TestMain(m *testing.M) {
	if os.Getenv(userEnv) == "" {
		os.Exit(m.Run())
	}
	c, err := shared()
	if err == nil {
		name := fmt.Sprintf("%s%d_1", testPrefix, c.process)
		if err = c.clone(context.Background(), name); err == nil {
			fmt.Println(name)
			time.Sleep(time.Hour)
		}
	}
	fmt.Println("failed:", err)
	os.Exit(1)
}

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	names := make(chan string, 8)
	t.Run("clones", func(t *testing.T) {
		for i := range 8 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				db := New(t)
				names <- db.Name
				if _, err := open(t, db.OwnerDSN).Exec("CREATE TABLE mine ()"); err != nil {
					t.Error(err)
				}
				var user, database string
				var tables int
				err := open(t, db.AppDSN).QueryRow(`
					SELECT current_user, current_database(), count(*) FROM information_schema.tables
					WHERE table_name LIKE 'cloud_deployment%'`).Scan(&user, &database, &tables)
				if err != nil || user != postgres.AppRole || database != db.Name || tables == 0 {
					t.Errorf("%s in %s with %d tables: %v", user, database, tables, err)
				}
			})
		}
	})
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	left, err := c.names(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	close(names)
	for name := range names {
		for _, other := range left {
			if other == name {
				t.Errorf("%s is left", name)
			}
		}
	}
}

func TestKilledProcessLeavesNothing(t *testing.T) {
	t.Parallel()
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), userEnv+"=1")
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	var name string
	fmt.Fscanln(out, &name)
	if !strings.HasPrefix(name, testPrefix) {
		t.Fatalf("the other process said %q", name)
	}
	has := func() bool {
		if err := c.prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		names, err := c.names(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(strings.Join(names, " ")+" ", name+" ")
	}
	if !has() {
		t.Error("the database of a live process was dropped")
	}
	other.Process.Kill()
	other.Wait()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if !has() { // the server notices the end of a connection a little later
			return
		}
	}
	t.Errorf("%s is left", name)
}

func TestKeeperGoesWithTheLastUser(t *testing.T) {
	t.Parallel()
	folder, err := os.MkdirTemp("", "arcadia-keeper-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o711); err != nil {
		t.Fatal(err)
	}
	users, err := os.OpenFile(usersFile(folder), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := flock(users, syscall.LOCK_SH); err != nil {
		t.Fatal(err)
	}
	first, err := startKeeper(folder)
	if err != nil {
		t.Fatal(err)
	}
	for range 6000 {
		if _, err = postgres.Attach(t.Context(), folder); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	second, err := startKeeper(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-second; err != nil {
		t.Errorf("a second keeper: %v", err)
	}
	users.Close()
	if err := <-first; err != nil {
		t.Errorf("the keeper: %v", err)
	}
	if _, err := postgres.Attach(t.Context(), folder); err == nil {
		t.Error("the server is left")
	}
}

func TestServerOfOnesOwn(t *testing.T) {
	folder, err := os.MkdirTemp("", "arcadia-own-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o711); err != nil {
		t.Fatal(err)
	}
	server, err := postgres.Start(t.Context(), folder, slog.New(slog.DiscardHandler), keptSettings...)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	c := &cluster{}
	if err := c.useServer(server.AdminDSN("postgres")); err == nil || !strings.Contains(err.Error(), "did not make") {
		t.Fatalf("roles of somebody else: %v", err)
	}
	admin := open(t, server.AdminDSN("postgres"))
	for _, query := range []string{"DROP DATABASE arcadia", "DROP ROLE arcadia_app", "DROP ROLE arcadia_owner"} {
		if _, err := admin.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("ARCADIA_TEST_DATABASE_URL", server.AdminDSN("postgres"))
	for range 2 { // the second finds roles and template
		c, err := openCluster(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.clone(t.Context(), "arcadia_test_0_1"); err != nil {
			t.Fatal(err)
		}
		var user string
		if err := open(t, c.dsn(postgres.AppRole, "arcadia_test_0_1")).QueryRow("SELECT current_user").Scan(&user); err != nil || user != postgres.AppRole {
			t.Errorf("connected as %q: %v", user, err)
		}
		if err := c.drop(t.Context(), "arcadia_test_0_1"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestConnectionStrings(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]map[string]string{
		"postgres://me:p%40ss@db.example:5433/test?sslmode=disable": {
			"host": "db.example", "port": "5433", "user": "me", "password": "p@ss", "dbname": "test", "sslmode": "disable",
		},
		`host='/a dir' user=me  password='it\'s \\' sslmode=disable`: {
			"host": "/a dir", "user": "me", "password": `it's \`, "sslmode": "disable",
		},
	} {
		got, err := parse(dsn)
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v %v", dsn, got, err)
		}
		again, err := parse(join(got))
		if err != nil || !maps.Equal(again, want) {
			t.Errorf("joined: %v %v", again, err)
		}
	}
	if _, err := parse("nonsense"); err == nil {
		t.Error("nonsense is taken for a connection string")
	}
}

func BenchmarkClone(b *testing.B) {
	c, err := shared()
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		name := fmt.Sprintf("%s%d_b%d", testPrefix, c.process, i)
		if err := c.clone(b.Context(), name); err != nil {
			b.Fatal(err)
		}
		if err := c.drop(b.Context(), name); err != nil {
			b.Fatal(err)
		}
	}
}
