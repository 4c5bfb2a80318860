package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// binary is the program as people start it, built by the first test that needs it.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "arcadia-bin-*")
	if err != nil {
		return "", err
	}
	removeBinary = func() { _ = os.RemoveAll(dir) }
	path := filepath.Join(dir, "arcadia")
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

var removeBinary = func() {}

// process is the program as a process of its own.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	env  variables
	out  *output // both streams
	base string
}

// startProcess serves the demo from the project's folder until the test is over.
func startProcess(t *testing.T, env variables) *process {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, env: env, out: new(output), cmd: exec.CommandContext(context.Background(), path, "serve", "--demo")}
	p.cmd.Dir = filepath.Join("..", "..")
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "USER=tester"}
	for name, value := range env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.interrupt)
	within(t, startLimit, "the process serves", func() bool {
		if found := announced.FindStringSubmatch(p.out.String()); found != nil {
			p.base = found[1]
		}
		return p.base != ""
	})
	return p
}

func (p *process) console() *console { return &console{t: p.t, base: p.base, env: p.env} }

// interrupt is Ctrl-C. It expects the process to end well; once it ended, it does nothing.
func (p *process) interrupt() {
	if p.cmd.ProcessState != nil {
		return
	}
	if err := errors.Join(p.cmd.Process.Signal(os.Interrupt), p.cmd.Wait()); err != nil {
		p.t.Errorf("after an interrupt: %v\n%s", err, p.out)
	}
}

// kill is kill -9.
func (p *process) kill() {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	_ = p.cmd.Wait() // it says that it was killed
}
