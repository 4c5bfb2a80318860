package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/provisioning"
)

// attempt runs the program to its end.
func attempt(t *testing.T, env variables, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	out := new(output)
	err := run(ctx, args, env.get, out)
	return out.String(), err
}

// refused expects an error with the words.
func refused(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error %q says nothing of %q", err, word)
		}
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	out, err := attempt(t, variables{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range subcommands {
		if !strings.Contains(out, "arcadia "+c.name) {
			t.Errorf("the help says nothing of %s", c.name)
		}
	}
	_, err = attempt(t, variables{}, "destroy")
	refused(t, err, `no command "destroy"`, "arcadia serve")
	_, err = attempt(t, variables{}, "serve", "--fast")
	refused(t, err, "serve", "fast")
	_, err = attempt(t, variables{}, "import")
	refused(t, err, "import", "1 argument")
	_, err = attempt(t, variables{}, "demo", "--tenants", "5")
	refused(t, err, "go together")
}

func TestServeRefusesWhatIsNotSafe(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:8080", "example.com:8080"} {
		_, err := attempt(t, variables{"ARCADIA_ADDR": address}, "serve", "--demo")
		refused(t, err, address, "loopback")
	}
	_, err := attempt(t, variables{"ARCADIA_ADDR": "nowhere"}, "serve", "--demo")
	refused(t, err, "ARCADIA_ADDR")
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	_, err = attempt(t, variables{"ARCADIA_ADDR": taken.Addr().String()}, "serve", "--demo")
	refused(t, err, taken.Addr().String(), "ARCADIA_ADDR", "in use")
}

// Slow headers are not waited for: others do not notice, and the connection is closed.
func TestSlowHeaderIsClosed(t *testing.T) {
	t.Parallel()
	closes(t, newWorld(t).serveEmpty(), headerTimeout, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
}

func TestSlowBodyIsClosed(t *testing.T) {
	t.Parallel()
	closes(t, newWorld(t).serveEmpty(), bodyTimeout,
		"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nemail=a")
}

// closes expects that a request which stops in the middle is closed after the limit, and that others do not notice.
func closes(t *testing.T, c *console, limit time.Duration, sent string) {
	t.Helper()
	const slack = 20 * time.Second // of a busy machine; what else would close the connection comes much later
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(c.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprint(conn, sent); err != nil {
		t.Fatal(err)
	}
	if got := status(t, c.base+"/healthz"); got != http.StatusOK {
		t.Errorf("meanwhile others get %d", got)
	}
	_ = conn.SetReadDeadline(time.Now().Add(limit + slack))
	answer := make([]byte, 4096)
	for err == nil {
		_, err = conn.Read(answer)
	}
	if netErr := net.Error(nil); errors.As(err, &netErr) && netErr.Timeout() {
		t.Errorf("the connection is still open after %v", limit+slack)
	}
}

// status asks with a connection of its own.
func status(t *testing.T, address string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

func TestMigrateImportAndVerify(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	env := environmentFor(w.db)
	env["USER"] = "ines"
	if out, err := attempt(t, env, "migrate"); err != nil || !strings.Contains(out, "up to date") {
		t.Errorf("migrate: %q %v", out, err)
	}
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "in.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const header = "tenant_slug,tenant_name,tenant_email,deployment_name,plan,region,size,state\n"
	out, err := attempt(t, env, "import", file(header+"northwind,Northwind,it@northwind.example,Shop,gold,fra1,s-1vcpu-1gb,active\n"))
	refused(t, err, "nothing was imported")
	if !strings.Contains(out, "line 2, plan") {
		t.Errorf("the error names neither line nor column: %q", out)
	}
	good := header + "northwind,Northwind,it@northwind.example,Shop,standard,fra1,s-1vcpu-1gb,suspended\n"
	if out, err = attempt(t, env, "import", file(good)); err != nil || !strings.Contains(out, "1 tenant and 1 deployment imported") {
		t.Errorf("import: %q %v", out, err)
	}
	if out, err = attempt(t, env, "import", file(good)); err != nil || !strings.Contains(out, "imported before") {
		t.Errorf("the same file again: %q %v", out, err)
	}
	if actor := w.value(`SELECT DISTINCT actor FROM cloud_deployment_events`); actor != "cli:ines" {
		t.Errorf("the events name %q", actor)
	}
	if out, err = attempt(t, env, "verify"); err != nil || !strings.Contains(out, "1 deployment, 3 events replayed") {
		t.Errorf("verify: %q %v", out, err)
	}
}

// A state that somebody forged past all constraints is found and named.
func TestVerifyNamesWhatDiffers(t *testing.T) {
	t.Parallel()
	w, id := northwind(t, lifecycle.Active)
	forge(t, w.db, `UPDATE cloud_deployments SET state = 'paused' WHERE id = '`+id.String()+`'`)
	out, err := attempt(t, environmentFor(w.db), "verify")
	if !errors.Is(err, errMismatch) || !strings.Contains(out, "deployment "+id.String()) {
		t.Errorf("verify: %q %v", out, err)
	}
}

func TestDemoCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	env := environmentFor(w.db)
	out, err := attempt(t, env, "demo", "--tenants", "20", "--deployments", "50")
	if err != nil {
		t.Fatalf("%s%v", out, err)
	}
	if n := w.value(`SELECT count(*) FROM cloud_deployments`); n != "50" {
		t.Errorf("%s deployments, want 50", n)
	}
	if out, err := attempt(t, env, "verify"); err != nil {
		t.Errorf("%s%v", out, err)
	}
	_, err = attempt(t, env, "demo", "--tenants", "20", "--deployments", "50")
	refused(t, err, "empty")
}

// The program with its own PostgreSQL: what was killed starts again with its data, and nobody else serves from the folder.
func TestKilledConsoleComesBackWithItsData(t *testing.T) {
	t.Parallel()
	env := variables{"ARCADIA_DATA": dataFolder(t), "ARCADIA_ADDR": "127.0.0.1:0"}
	first := startProcess(t, env)
	before := status(t, first.base+"/readyz")
	other := exec.CommandContext(t.Context(), first.cmd.Path, "serve", "--demo")
	other.Dir, other.Env = first.cmd.Dir, first.cmd.Env
	said, err := other.CombinedOutput()
	if err == nil || !strings.Contains(string(said), "DATABASE_URL") {
		t.Errorf("a second console on the folder: %v %s", err, said)
	}
	join := variables{"ARCADIA_DATA": env["ARCADIA_DATA"]}
	if out, err := attempt(t, join, "verify"); err != nil || !strings.Contains(out, "replayed") {
		t.Errorf("verify beside the console: %q %v", out, err)
	}
	made, err := simulatedCloud(t, first.out.String()).CreateDroplet(t.Context(), provisioning.DropletSpec{
		Name: "kept", Region: "fra1", Size: "s-1vcpu-1gb", Image: defaultImage, Tags: []string{"kept"},
	})
	if err != nil {
		t.Error(err)
	}
	first.kill()
	again := startProcess(t, env)
	cloud := simulatedCloud(t, again.out.String())
	soon(t, "the machine is in the simulated cloud", func() bool {
		kept, err := cloud.ListDroplets(t.Context(), "kept")
		return err == nil && len(kept) == 1 && kept[0].ID == made.ID
	})
	if !strings.Contains(again.out.String(), "The demo data is there already.") {
		t.Errorf("after kill -9 the data is not there: %s", again.out)
	}
	if after := status(t, again.base+"/readyz"); before != http.StatusOK || after != http.StatusOK {
		t.Errorf("ready: %d before, %d after", before, after)
	}
	if len(processesIn(t, env["ARCADIA_DATA"])) == 0 {
		t.Error("no process is found in the folder while the console runs")
	}
	again.interrupt()
	soon(t, "no process is left", func() bool { return len(processesIn(t, env["ARCADIA_DATA"])) == 0 })
}

// dataFolder is one into which PostgreSQL gets, which runs as another user when the tests are root's.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "arcadia-data-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// processesIn are those whose command line or working folder names the folder.
func processesIn(t *testing.T, dir string) (found []string) {
	t.Helper()
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		line, _ := os.ReadFile(filepath.Join(entry, "cmdline"))
		cwd, _ := os.Readlink(filepath.Join(entry, "cwd"))
		if strings.Contains(string(line), dir) || strings.HasPrefix(cwd, dir) {
			found = append(found, string(line))
		}
	}
	return found
}

// forge changes a table as a superuser who switches all constraints off.
func forge(t *testing.T, db pgtest.DB, statement string) {
	t.Helper()
	admin := openSQL(t, db.AdminDSN)
	if _, err := admin.ExecContext(t.Context(), `SET session_replication_role = replica; `+statement); err != nil {
		t.Fatal(err)
	}
}
