package postgres

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// The three ways to end PostgreSQL. SIGTERM would wait for the clients.
const (
	fastShutdown      = syscall.SIGINT
	immediateShutdown = syscall.SIGQUIT
)

const (
	fastPatience      = 30 * time.Second
	immediatePatience = 5 * time.Second
)

// process is the running child.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the child has ended and was waited for
}

// spawn starts postgres on h's data. The goroutine that starts it keeps its
// thread until the child has ended, because the kernel sends the signal of the
// parent's death when that thread ends.
func spawn(h home, in Install, args []string, log *os.File) (*process, error) {
	cmd := exec.Command(filepath.Join(in.Bin, "postgres"), append([]string{"-D", h.data()}, args...)...)
	cmd.Dir = h.data()
	cmd.Env = childEnv()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = h.as.attributes()
	endWithParent(cmd.SysProcAttr)
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended stands in the log
		}
		close(p.done)
	}()
	return p, <-started
}

// stop ends the child and waits for it: politely, then less so.
func (p *process) stop() {
	for _, step := range []struct {
		signal   os.Signal
		patience time.Duration
	}{{fastShutdown, fastPatience}, {immediateShutdown, immediatePatience}} {
		_ = p.cmd.Process.Signal(step.signal) // fails only when it has ended
		select {
		case <-p.done:
			return
		case <-time.After(step.patience):
		}
	}
	_ = p.cmd.Process.Kill()
	<-p.done
}
