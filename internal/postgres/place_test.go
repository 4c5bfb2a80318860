package postgres

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPathsThatSocketsCannotHave(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]string{
		"long":             strings.Repeat("long", 30),
		"comma":            "a,b",
		"quote and spaces": `it's "my" data\folder`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(newDir(t), part)
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			fillDir(t, dir)
			s := start(t, dir)
			if filepath.Dir(s.socket) == dir {
				t.Fatalf("the socket is in %s", s.socket)
			}
			info, err := os.Stat(s.socket)
			if err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("the folder of the socket: %v %v", info, err)
			}
			guest, err := Attach(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			value(t, guest.AppDSN(), "SELECT 1")
			stop(t, s)
			if _, err := os.Stat(s.socket); err == nil {
				t.Errorf("%s is left", s.socket)
			}
		})
	}
}

func TestSocketFolderIsPrivate(t *testing.T) {
	t.Parallel()
	s := start(t, madeDir(t))
	for path, want := range map[string]os.FileMode{
		s.socket: os.ModeDir | 0o700, filepath.Join(s.socket, socketFile): os.ModeSocket | 0o700,
	} {
		info, err := os.Stat(path)
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, want mode %v (%v)", path, info, want, err)
		}
	}
}

// As root the server's user cannot enter a folder below a closed home, and the
// data goes elsewhere; as an ordinary user the folder simply works.
func TestFolderBelowAClosedHome(t *testing.T) {
	was := fallbackBase
	fallbackBase = filepath.Join(newDir(t), "fallback")
	defer func() { fallbackBase = was }()
	closed := newDir(t)
	if err := os.MkdirAll(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Mkdir(filepath.Dir(fallbackBase), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(closed, "data folder")
	s := start(t, dir)
	run(t, s.OwnerDSN(), "CREATE TABLE kept AS SELECT 'yes' AS word")
	stop(t, s)
	s = start(t, dir)
	if got := value(t, s.OwnerDSN(), "SELECT word FROM kept"); got != "yes" {
		t.Errorf("after a restart: %q", got)
	}
	moved, recorded, err := readLocation(dir)
	if err != nil {
		t.Fatal(err)
	}
	if asRoot := os.Geteuid() == 0; recorded != asRoot || strings.HasPrefix(moved, fallbackBase) != asRoot {
		t.Errorf("root %v, data in %s (recorded: %v)", asRoot, moved, recorded)
	}
	stop(t, s)
	if recorded {
		if err := os.RemoveAll(moved); err != nil {
			t.Fatal(err)
		}
		if _, err := Start(t.Context(), dir, testLog(t)); err == nil || !strings.Contains(err.Error(), "is gone") {
			t.Errorf("without the data that was moved away: %v", err)
		}
	}
}

// A copied folder leads to the same data, which still has one owner.
func TestCopiedFolderLeadsToTheSameData(t *testing.T) {
	t.Parallel()
	away := newDir(t)
	folders := []string{newDir(t), newDir(t)}
	for _, dir := range append(folders, away) {
		if err := os.MkdirAll(dir, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range folders {
		if err := os.WriteFile(filepath.Join(dir, locationName), []byte(away+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := start(t, folders[0])
	if _, err := Start(t.Context(), folders[1], testLog(t)); !errors.Is(err, ErrInUse) {
		t.Errorf("the copy starts it once more: %v", err)
	}
	if got := value(t, s.OwnerDSN(), "SELECT 'there'"); got != "there" {
		t.Errorf("the first is disturbed: %q", got)
	}
	stop(t, s)
	stop(t, start(t, folders[1]))
}

// Where there is no user postgres, root's server runs as nobody, and the other
// programs that run as nobody do not get in.
func TestAsNobody(t *testing.T) {
	was := serverAccounts
	serverAccounts = []string{"no-such-user", "nobody"}
	defer func() { serverAccounts = was }()
	s := start(t, newDir(t))
	h, err := findHome(s.dir, testLog(t))
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		if h.as.drop {
			t.Errorf("an ordinary user's server runs as %s", h.as.name)
		}
		return
	}
	if h.as.name != "nobody" {
		t.Errorf("the server runs as %s", h.as.name)
	}
	in, err := Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{adminRole, OwnerRole, AppRole} {
		cmd := exec.Command(filepath.Join(in.Bin, "psql"), "--no-psqlrc", "-h", s.socket, "-U", role, "-d", "arcadia", "-c", "SELECT 1")
		cmd.Dir, cmd.SysProcAttr = "/", h.as.attributes()
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "Peer authentication failed") {
			t.Errorf("nobody as %s: %v\n%s", role, err, out)
		}
	}
}

func TestDataOfAnotherVersion(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("13\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		as, err := accountFor(filepath.Join(dir, "none yet"))
		if err != nil {
			t.Fatal(err)
		}
		if err := as.own(filepath.Join(dir, "data")); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Start(t.Context(), dir, testLog(t))
	if err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 13") {
		t.Errorf("got %v", err)
	}
	// A process that another test begins just now has the lock's file open for a moment, too.
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if _, err := Start(t.Context(), dir, testLog(t)); !errors.Is(err, ErrInUse) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a failed start kept the lock")
		}
	}
}

func TestMissingPostgreSQL(t *testing.T) {
	was := installFolders
	installFolders = nil
	defer func() { installFolders = was }()
	t.Setenv("PATH", t.TempDir())
	_, err := Start(t.Context(), newDir(t), testLog(t))
	if !errors.Is(err, ErrNotInstalled) || !strings.Contains(err.Error(), "DATABASE_URL") {
		t.Errorf("got %v", err)
	}
}

func TestFailureShowsTheLog(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), newDir(t), testLog(t), Setting{"shared_buffers", "a lot"})
	if err == nil || !strings.Contains(err.Error(), "invalid value for parameter") {
		t.Errorf("got %v", err)
	}
}
