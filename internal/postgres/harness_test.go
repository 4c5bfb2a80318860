package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// ownerEnv makes the test binary an owner process, as `arcadia serve` is one.
const ownerEnv = "ARCADIA_POSTGRES_TEST_OWNER"

// quick leaves out what only matters when the machine loses power.
var quick = []Setting{{"fsync", "off"}, {"shared_buffers", "16MB"}, {"max_connections", "20"}}

var folders atomic.Int64

func TestMain(m *testing.M) {
	if dir := os.Getenv(ownerEnv); dir != "" {
		os.Exit(ownUntilInterrupted(dir))
	}
	code := m.Run()
	if made.dir != "" {
		os.RemoveAll(filepath.Dir(made.dir))
	}
	os.Exit(code)
}

// made is a data folder that is made once and copied for the tests that are not
// about making one.
var made struct {
	sync.Once
	dir string
	err error
}

func makeOnce() {
	var base string
	if base, made.err = os.MkdirTemp("", "arcadia-test-made-"); made.err != nil {
		return
	}
	made.dir = filepath.Join(base, "made")
	if made.err = os.Chmod(base, 0o711); made.err != nil {
		return
	}
	var s *Server
	if s, made.err = Start(context.Background(), made.dir, slog.New(slog.DiscardHandler), quick...); made.err == nil {
		made.err = s.Stop()
	}
}

// madeDir is newDir with data in it.
func madeDir(t *testing.T) string {
	t.Helper()
	dir := newDir(t)
	fillDir(t, dir)
	return dir
}

func fillDir(t *testing.T, dir string) {
	t.Helper()
	made.Do(makeOnce)
	if made.err != nil {
		t.Fatal(made.err)
	}
	if _, err := makeDir(dir); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-a", filepath.Join(made.dir, "data"), dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// ownUntilInterrupted owns a server until SIGINT, then says whether the server
// still answers, and stops it.
func ownUntilInterrupted(dir string) int {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	s, err := Start(context.Background(), dir, slog.New(slog.NewTextHandler(os.Stderr, nil)), quick...)
	if err != nil {
		fmt.Println("failed:", err)
		return 1
	}
	fmt.Println("ready", s.child.cmd.Process.Pid)
	<-interrupts
	time.Sleep(100 * time.Millisecond) // time in which a signal to PostgreSQL would have worked
	if err := s.ping(context.Background()); err != nil {
		fmt.Println("dead:", err)
		return 1
	}
	fmt.Println("alive")
	if err := s.Stop(); err != nil {
		fmt.Println("stop:", err)
		return 1
	}
	return 0
}

// newDir returns a folder that every user may pass, as a data folder usually
// is; the folders of t.TempDir are closed to all but this user.
func newDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "arcadia-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, fmt.Sprint("d", folders.Add(1)))
}

func start(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(t.Context(), dir, testLog(t), quick...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	return s
}

// testLog shows the log of a failing test.
func testLog(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
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

func run(t *testing.T, dsn, query string) {
	t.Helper()
	if _, err := open(t, dsn).Exec(query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func value(t *testing.T, dsn, query string) string {
	t.Helper()
	var v string
	if err := open(t, dsn).QueryRow(query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

// expectNoProcess waits for the end of every server process on the data folder.
func expectNoProcess(t *testing.T, data string) {
	t.Helper()
	var pids []int
	for range 6000 {
		if pids = serverProcesses(data, readPidFile(data)); len(pids) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("processes %v are left on %s", pids, data)
}
