package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldestMajor is the oldest PostgreSQL that the console's SQL runs on.
const oldestMajor = 14

// ErrNotInstalled says that this machine has no usable PostgreSQL server.
var ErrNotInstalled = errors.New("no PostgreSQL server (version 14 or newer) was found on this machine: " +
	"install it (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server postgresql-contrib; " +
	"macOS: brew install postgresql), or set DATABASE_URL to a PostgreSQL of your own")

// Install is one set of PostgreSQL server binaries.
type Install struct {
	// Bin is the absolute folder that holds postgres and initdb.
	Bin string
	// Major is the major version, such as 15.
	Major int
}

// installFolders are the patterns of folders in which packages put server
// binaries that are not on the PATH. A variable, so that tests can empty it.
var installFolders = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
}

// Find returns the newest usable PostgreSQL of this machine, or ErrNotInstalled.
func Find(ctx context.Context) (Install, error) {
	all := findAll(ctx)
	if len(all) == 0 {
		return Install{}, ErrNotInstalled
	}
	return all[0], nil
}

// findAll returns each usable PostgreSQL of this machine, newest first.
func findAll(ctx context.Context) []Install {
	var found []Install
	seen := map[string]bool{}
	for _, bin := range candidateFolders(ctx) {
		bin, err := filepath.EvalSymlinks(bin)
		if err != nil || seen[bin] {
			continue
		}
		seen[bin] = true
		major, err := majorOf(ctx, bin)
		if err == nil && major >= oldestMajor {
			found = append(found, Install{Bin: bin, Major: major})
		}
	}
	slices.SortStableFunc(found, func(a, b Install) int { return cmp.Compare(b.Major, a.Major) })
	return found
}

// candidateFolders lists where server binaries may be; many of them may not exist.
func candidateFolders(ctx context.Context) []string {
	var folders []string
	// pg_config may come with the client library alone, so its answer is only a candidate.
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		folders = append(folders, strings.TrimSpace(string(out)))
	}
	for _, pattern := range installFolders {
		matches, _ := filepath.Glob(pattern) // the patterns are constants, hence well formed
		folders = append(folders, matches...)
	}
	if postgres, err := exec.LookPath("postgres"); err == nil {
		// The PATH may hold a link into the real folder, in which initdb stands too.
		if real, err := filepath.EvalSymlinks(postgres); err == nil {
			postgres = real
		}
		folders = append(folders, filepath.Dir(postgres))
	}
	return folders
}

var versionPattern = regexp.MustCompile(`^postgres \(PostgreSQL\) (\d+)`)

// majorOf asks the postgres binary in bin for its major version.
func majorOf(ctx context.Context, bin string) (int, error) {
	if _, err := os.Stat(filepath.Join(bin, "initdb")); err != nil {
		return 0, err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return 0, err
	}
	match := versionPattern.FindSubmatch(out)
	if match == nil {
		return 0, fmt.Errorf("%s/postgres --version said %q", bin, out)
	}
	return strconv.Atoi(string(match[1]))
}

// installFor picks the binaries for a data folder: the newest ones for a new
// folder (made == 0), those of the version that made it for an existing one.
func installFor(ctx context.Context, data string, made int) (Install, error) {
	all := findAll(ctx)
	if len(all) == 0 {
		return Install{}, ErrNotInstalled
	}
	if made == 0 {
		return all[0], nil
	}
	for _, in := range all {
		if in.Major == made {
			return in, nil
		}
	}
	return Install{}, fmt.Errorf("the data folder %s was made by PostgreSQL %d, but this machine has PostgreSQL %d: "+
		"install PostgreSQL %d again, or upgrade the folder with pg_upgrade, or move it away to start with an empty one",
		data, made, all[0].Major, made)
}
