package postgres

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// endWithParent makes the kernel ask the child for a fast shutdown when the
// thread that started it ends.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = fastShutdown }

// killWithParent is endWithParent for a child whose work is worth nothing unfinished.
func killWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }

// serverProcesses returns the ids of the live processes of a server on the data
// folder: they all stand in it. The second argument, what postmaster.pid says, is
// not needed here: the kernel knows better.
func serverProcesses(data string, _ int) []int {
	real, err := filepath.EvalSymlinks(data)
	if err != nil {
		return nil
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		name, err := os.ReadFile(filepath.Join("/proc", e.Name(), "comm"))
		if err != nil || strings.TrimSpace(string(name)) != "postgres" {
			continue
		}
		if cwd, err := os.Readlink(filepath.Join("/proc", e.Name(), "cwd")); err == nil && cwd == real {
			pids = append(pids, pid)
		}
	}
	return pids
}
