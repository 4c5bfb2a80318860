//go:build unix && !linux

package postgres

import "syscall"

// endWithParent does nothing: only Linux has such a signal. The next start ends
// an orphaned server.
func endWithParent(*syscall.SysProcAttr) {}

// killWithParent does nothing, likewise.
func killWithParent(*syscall.SysProcAttr) {}

// serverProcesses returns the process that postmaster.pid names, if it lives.
func serverProcesses(_ string, pidFile int) []int {
	if pidFile > 1 && syscall.Kill(pidFile, 0) == nil {
		return []int{pidFile}
	}
	return nil
}
