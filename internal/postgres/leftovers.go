package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const pidFileName = "postmaster.pid"

// clearLeftovers removes what a killed owner left on the data folder. Whoever
// calls it holds the lock, so a server that still runs there has no owner.
func clearLeftovers(ctx context.Context, data string, log *slog.Logger) error {
	if err := endOrphans(ctx, data, log); err != nil {
		return err
	}
	// PostgreSQL believes the file if the number in it belongs to any live
	// process by now. No server is left here, so the file is stale.
	return removeIfThere(filepath.Join(data, pidFileName))
}

// clearSocket removes a dead server's socket and its lock, which PostgreSQL
// would believe in the same way.
func clearSocket(folder string) error {
	return errors.Join(
		removeIfThere(filepath.Join(folder, socketFile)),
		removeIfThere(filepath.Join(folder, socketFile+".lock")))
}

// endOrphans ends the server that runs on the data folder without an owner and
// waits until the last of its processes is gone.
func endOrphans(ctx context.Context, data string, log *slog.Logger) error {
	steps := []struct {
		signal   syscall.Signal
		patience time.Duration
	}{{fastShutdown, fastPatience}, {immediateShutdown, immediatePatience}, {syscall.SIGKILL, immediatePatience}}
	postmaster := readPidFile(data)
	pids := serverProcesses(data, postmaster)
	if len(pids) == 0 {
		return nil
	}
	log.Warn("ending a PostgreSQL that an earlier run left behind", "data", data, "processes", pids)
	for _, step := range steps {
		for _, pid := range pids {
			// A fast shutdown is asked of the postmaster, who tells the others.
			if pid == postmaster || step.signal != fastShutdown {
				_ = syscall.Kill(pid, step.signal) // it may have ended since
			}
		}
		for deadline := time.Now().Add(step.patience); time.Now().Before(deadline); {
			if pids = serverProcesses(data, postmaster); len(pids) == 0 {
				return nil
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	return fmt.Errorf("a PostgreSQL of an earlier run on %s cannot be ended (processes %v)", data, pids)
}

// readPidFile returns the process id in postmaster.pid, 0 if there is none.
func readPidFile(data string) int {
	b, err := os.ReadFile(filepath.Join(data, pidFileName))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return 0
	}
	return pid
}

func removeIfThere(path string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
