package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// console is the program, serving its demo as a process of its own.
type console struct {
	cmd  *exec.Cmd
	base string // http://localhost:port
}

const startLimit = time.Minute

// startConsole builds the program into dir and serves from a database there.
func startConsole(ctx context.Context, dir string) (*console, error) {
	binary := filepath.Join(dir, "arcadia")
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/arcadia").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w: %s", err, text)
	}
	c := &console{cmd: exec.Command(binary, "serve", "--demo")}
	c.cmd.Env = append(os.Environ(), "DATABASE_URL=", "ARCADIA_DEV=", "ARCADIA_PUBLIC_URL=", "ARCADIA_ADDR=127.0.0.1:0", "ARCADIA_DATA="+filepath.Join(dir, "data"))
	c.cmd.Stderr = os.Stderr
	lines, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	found := make(chan string, 1)
	go announced(lines, found)
	select {
	case c.base = <-found:
	case <-time.After(startLimit):
	case <-ctx.Done():
	}
	if c.base == "" {
		return nil, errors.Join(errors.New("the console does not serve"), c.stop())
	}
	return c, nil
}

// announced sends the address that the console prints when it serves, or nothing when it ends before.
func announced(lines io.Reader, found chan<- string) {
	defer close(found)
	for scanner := bufio.NewScanner(lines); scanner.Scan(); {
		if _, address, ok := strings.Cut(scanner.Text(), "Arcadia Console: "); ok {
			found <- address
		}
	}
}

// stop is Ctrl-C: the console takes its PostgreSQL with it.
func (c *console) stop() error {
	if err := c.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return c.cmd.Wait()
}
