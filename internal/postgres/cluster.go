package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// dataMajor returns the major version that made the data folder, 0 if there is none.
func dataMajor(data string) (int, error) {
	b, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(data); err == nil {
			return 0, fmt.Errorf("the folder %s is in the way: it is not a data folder of PostgreSQL", data)
		}
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0, fmt.Errorf("the data folder %s has an unknown version %q", data, bytes.TrimSpace(b))
	}
	return major, nil
}

// createCluster makes the data folder. It is made under another name and then
// renamed, so that an interrupted attempt never looks like a finished one.
func createCluster(ctx context.Context, h home, in Install, settings []Setting, log *slog.Logger) error {
	started := h.data() + ".init"
	if err := os.RemoveAll(started); err != nil {
		return err
	}
	if err := h.as.makeFolder(started); err != nil {
		return err
	}
	var options []string
	if slices.Contains(settings, Setting{"fsync", "off"}) {
		options = append(options, "--no-sync")
	}
	// C sorts fast and the same on every machine; the character classes, which
	// lower() and the trigrams of search need, are Unicode's.
	out, err := initdb(ctx, h.as, in, started, append(options, "--lc-collate=C", "--lc-ctype=C.UTF-8")...)
	if err != nil && strings.Contains(out, "locale") {
		log.Warn("this machine has no locale C.UTF-8: search ignores case only in ASCII letters")
		out, err = initdb(ctx, h.as, in, started, append(options, "--no-locale")...)
	}
	if err != nil {
		return fmt.Errorf("initdb in %s: %w: %s", started, err, lastLines(out, 6))
	}
	return os.Rename(started, h.data())
}

// initdb runs the command of that name and returns what it printed.
func initdb(ctx context.Context, as account, in Install, folder string, options ...string) (string, error) {
	// The signal of a parent's death comes from the thread that started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	args := append([]string{
		"--pgdata=" + folder, "--username=" + adminRole, "--auth=peer",
		"--encoding=UTF8", "--no-instructions",
	}, options...)
	cmd := exec.CommandContext(ctx, filepath.Join(in.Bin, "initdb"), args...)
	cmd.Dir = folder
	cmd.Env = childEnv()
	cmd.SysProcAttr = as.attributes()
	killWithParent(cmd.SysProcAttr)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// childEnv keeps the PG… variables of whoever started the console away from
// PostgreSQL's own programs.
func childEnv() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
}

// writeAccess writes who may connect: see the package comment.
func (h home) writeAccess() error {
	if err := h.as.writeFile(filepath.Join(h.data(), "pg_hba.conf"), "local all all peer map=arcadia\n"); err != nil {
		return err
	}
	users := []string{"root"}
	if !h.as.drop {
		users = append(users, h.as.name)
	}
	var b strings.Builder
	for _, u := range users {
		for _, role := range []string{adminRole, OwnerRole, AppRole} {
			fmt.Fprintf(&b, "arcadia \"%s\" %s\n", u, role)
		}
	}
	return h.as.writeFile(filepath.Join(h.data(), "pg_ident.conf"), b.String())
}

// lastLines returns the last n lines of a text.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
