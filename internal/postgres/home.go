package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

const (
	// socketFile is the name that PostgreSQL gives the socket of port 5432. The
	// port is only a part of this name: nothing listens on it.
	socketFile = ".s.PGSQL.5432"
	// longestSocket is the longest path of a unix socket on Linux, in bytes.
	longestSocket = 107
	shortPrefix   = "arcadia-pg-"
	locationName  = "location"
)

// fallbackBase is where data goes that root's server account could not reach
// where it was asked for. A variable, so that tests need not write there.
var fallbackBase = "/var/lib/arcadia"

// home is the folder that holds data and socket: usually the one asked for.
type home struct {
	path string
	as   account
}

func (h home) data() string { return filepath.Join(h.path, "data") }

// findHome returns where the data of dir is or shall be, and who runs the server.
func findHome(dir string, log *slog.Logger) (home, error) {
	path, recorded, err := readLocation(dir)
	if err != nil {
		return home{}, err
	}
	h := home{path: path}
	if h.as, err = accountFor(h.data()); err != nil {
		return home{}, err
	}
	if h.as.canEnter(path) {
		return h, nil
	}
	if recorded {
		return home{}, fmt.Errorf("user %s, as whom PostgreSQL runs, cannot enter %s", h.as.name, path)
	}
	if _, err := os.Stat(h.data()); err == nil {
		return home{}, fmt.Errorf("user %s, who owns the data folder %s, cannot enter it: give that user the right to pass %s (chmod o+x) or set ARCADIA_DATA",
			h.as.name, h.data(), dir)
	}
	return h.moveAway(dir, log)
}

// moveAway chooses a new folder below fallbackBase and writes that down in dir.
func (h home) moveAway(dir string, log *slog.Logger) (home, error) {
	if err := os.MkdirAll(fallbackBase, 0o755); err != nil {
		return home{}, err
	}
	path, err := os.MkdirTemp(fallbackBase, "data-")
	if err != nil {
		return home{}, err
	}
	if err := os.Chmod(path, 0o711); err != nil {
		return home{}, err
	}
	if !h.as.canEnter(path) {
		return home{}, fmt.Errorf("user %s, as whom PostgreSQL runs, can enter neither %s nor %s: set ARCADIA_DATA to a folder that it can enter",
			h.as.name, dir, path)
	}
	if err := os.WriteFile(filepath.Join(dir, locationName), []byte(path+"\n"), 0o600); err != nil {
		return home{}, err
	}
	log.Warn("PostgreSQL's user cannot enter the data folder, so the data goes elsewhere",
		"user", h.as.name, "folder", dir, "data", path)
	h.path = path
	return h, nil
}

// readLocation returns dir itself, or the folder that its location file names.
func readLocation(dir string) (path string, recorded bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir, locationName))
	if errors.Is(err, fs.ErrNotExist) {
		return dir, false, nil
	}
	if err != nil {
		return "", false, err
	}
	path = strings.TrimSpace(string(b))
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", false, fmt.Errorf("the data of %s should be in %s, which is gone: bring it back, or remove %s to start with an empty database",
			dir, path, filepath.Join(dir, locationName))
	}
	return path, true, nil
}

// makeSocketFolder makes the private folder of the socket: run/ beside the
// data, or a short one where PostgreSQL could not use that path.
func (h home) makeSocketFolder() (string, error) {
	run := filepath.Join(h.path, "run")
	if fitsSocket(run) {
		return run, h.as.makeFolder(run)
	}
	// A random name: a fixed one in a public folder could be taken by others.
	short, err := os.MkdirTemp(os.TempDir(), shortPrefix)
	if err == nil && !fitsSocket(short) {
		os.Remove(short)
		short, err = os.MkdirTemp("/tmp", shortPrefix)
	}
	if err != nil {
		return "", fmt.Errorf("make a short folder for PostgreSQL's socket: %w", err)
	}
	return short, h.as.makeFolder(short)
}

// fitsSocket reports whether PostgreSQL can listen in the folder: the path must
// be short enough, and its setting is a list in which commas and quotes count.
func fitsSocket(folder string) bool {
	return len(filepath.Join(folder, socketFile)) <= longestSocket && !strings.ContainsAny(folder, `,"`)
}

// removeShortSocket removes a folder that makeSocketFolder made outside of the
// home. Other paths are left alone.
func removeShortSocket(folder string) {
	if !strings.HasPrefix(filepath.Base(folder), shortPrefix) {
		return
	}
	os.Remove(filepath.Join(folder, socketFile))
	os.Remove(filepath.Join(folder, socketFile+".lock"))
	os.Remove(folder) // fails when anything else is in it, and shall
}
