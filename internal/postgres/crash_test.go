package postgres

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// owner is another process that owns a server.
type owner struct {
	cmd        *exec.Cmd
	out        *bufio.Reader
	postmaster int
}

// startOwner starts an owner process in a process group of its own, as a shell
// does with the command that it runs, and waits until its server is ready.
func startOwner(t *testing.T, dir string) *owner {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), ownerEnv+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	o := &owner{cmd: cmd, out: bufio.NewReader(out)}
	line, err := o.out.ReadString('\n')
	pid, ready := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if err != nil || !ready {
		t.Fatalf("the owner said %q: %v", line, err)
	}
	if o.postmaster, err = strconv.Atoi(pid); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestKillOfTheOwner(t *testing.T) {
	t.Parallel()
	dir := madeDir(t)
	o := startOwner(t, dir)
	guest, err := Attach(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	run(t, guest.OwnerDSN(), "CREATE TABLE kept AS SELECT 'yes' AS word")
	o.cmd.Process.Kill()
	o.cmd.Wait()
	s := start(t, dir) // at once, while the orphan may still be shutting down
	if got := value(t, s.OwnerDSN(), "SELECT word FROM kept"); got != "yes" {
		t.Errorf("after the kill: %q", got)
	}
	if s.child.cmd.Process.Pid == o.postmaster {
		t.Error("the orphan was kept")
	}
}

func TestKilledOwnerLeavesNoProcess(t *testing.T) {
	t.Parallel()
	dir := madeDir(t)
	o := startOwner(t, dir)
	o.cmd.Process.Kill()
	o.cmd.Wait()
	expectNoProcess(t, filepath.Join(dir, "data"))
}

func TestKillOfEverything(t *testing.T) {
	t.Parallel()
	dir := madeDir(t)
	o := startOwner(t, dir)
	syscall.Kill(o.postmaster, syscall.SIGKILL)
	o.cmd.Process.Kill()
	o.cmd.Wait()
	if _, err := os.Stat(filepath.Join(dir, "data", pidFileName)); err != nil {
		t.Fatal("nothing stale was left to recover from:", err)
	}
	start(t, dir)
}

func TestOrphanIsEnded(t *testing.T) {
	t.Parallel()
	dir := madeDir(t)
	s := start(t, dir)
	stop(t, s)
	// A server without an owner, whom no parent's death reaches.
	h, err := findHome(dir, testLog(t))
	if err != nil {
		t.Fatal(err)
	}
	in, err := Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(in.Bin, "postgres"), "-D", h.data(), "-c", "unix_socket_directories="+s.socket, "-c", "listen_addresses=")
	cmd.Dir, cmd.SysProcAttr = h.data(), h.as.attributes()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() { cmd.Process.Kill(); <-ended })
	for range 6000 {
		if s.ping(t.Context()) == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	start(t, dir)
	select {
	case <-ended:
	case <-time.After(10 * time.Second): // its end is told a moment after it
		t.Error("the orphan lives")
	}
}

func TestStaleFiles(t *testing.T) {
	t.Parallel()
	dir := madeDir(t)
	s := start(t, dir)
	stop(t, s)
	h, err := findHome(dir, testLog(t))
	if err != nil {
		t.Fatal(err)
	}
	// The number of a process of the server's own user is what PostgreSQL would believe.
	other := exec.Command("sleep", "1800")
	other.SysProcAttr = h.as.attributes()
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Process.Kill(); other.Wait() })
	stale := fmt.Sprintf("%d\n%s\n1700000000\n5432\n%s\n\n  5432001 1\nready\n", other.Process.Pid, h.data(), s.socket)
	for _, path := range []string{
		filepath.Join(h.data(), pidFileName),
		filepath.Join(s.socket, socketFile+".lock"),
	} {
		if err := h.as.writeFile(path, stale); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeState(dir, state{Socket: s.socket, Owner: other.Process.Pid}); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
	if err := other.Process.Signal(syscall.Signal(0)); err != nil {
		t.Error("a process that is no PostgreSQL was ended:", err)
	}
}

func TestInterruptedInit(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	half := filepath.Join(dir, "data.init")
	if err := os.MkdirAll(filepath.Join(half, "base"), 0o755); err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o711)
	if err := os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
}

func TestInterruptOfTheTerminal(t *testing.T) {
	t.Parallel()
	dir := madeDir(t)
	o := startOwner(t, dir)
	// What a terminal does at Ctrl-C: a signal to the whole group.
	if err := syscall.Kill(-o.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(o.out)
	if got := strings.TrimSpace(string(said)); got != "alive" {
		t.Errorf("the owner said %q: PostgreSQL did not outlive the signal", got)
	}
	if err := o.cmd.Wait(); err != nil {
		t.Error(err)
	}
	if pids := serverProcesses(filepath.Join(dir, "data"), 0); len(pids) > 0 {
		t.Errorf("processes %v are left", pids)
	}
}
