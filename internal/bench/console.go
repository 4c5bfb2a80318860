package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"arcadia.example/console/internal/demo"
)

// console is a running arcadia serve on one database.
type console struct {
	cmd     *exec.Cmd
	done    chan error
	address string // host:port
	session string // cookie of somebody of the demo who may pause and resume
}

// who asks: somebody of the demo who may pause and resume.
var who = func() string {
	for _, p := range demo.People {
		if strings.HasPrefix(p.ID, "billing@") {
			return p.ID
		}
	}
	panic("the demo has nobody of billing")
}()

// startConsole builds the binary and runs it as people do, with the roles of the product.
func startConsole(ctx context.Context, d database) (*console, error) {
	build := exec.CommandContext(ctx, "go", "build", "-o", "bin/arcadia", "./cmd/arcadia")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("build the console: %w", err)
	}
	cmd := exec.Command("bin/arcadia", "serve", "--demo")
	cmd.Env = append(os.Environ(), "ARCADIA_ADDR=127.0.0.1:0", "ARCADIA_LOG=warn", "ARCADIA_PUBLIC_URL=",
		"DATABASE_URL="+d.appDSN(), "ARCADIA_MIGRATE_URL="+d.ownerDSN())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C comes to the bench alone, which then stops it
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &console{cmd: cmd, done: make(chan error, 1)}
	said := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, address, ok := strings.Cut(lines.Text(), "Arcadia Console: "); ok {
				said <- address
			}
		}
		c.done <- cmd.Wait()
	}()
	if err := c.await(ctx, said); err != nil {
		return nil, err
	}
	if err := c.signIn(ctx); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// signIn begins a session as people do.
func (c *console) signIn(ctx context.Context) error {
	form := url.Values{"email": {who}, "password": {demo.Password}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.address+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	for _, cookie := range response.Cookies() {
		if cookie.Name == "arcadia_session" && cookie.Value != "" {
			c.session = cookie.Name + "=" + cookie.Value
			return nil
		}
	}
	return fmt.Errorf("%s cannot sign in: %s", who, response.Status)
}

// await learns the address from the console's own words.
func (c *console) await(ctx context.Context, said <-chan string) error {
	select {
	case address := <-said:
		u, err := url.Parse(address)
		if err != nil {
			return errors.Join(err, c.stop())
		}
		c.address = net.JoinHostPort("127.0.0.1", u.Port())
		return nil
	case err := <-c.done:
		c.done <- err
		return fmt.Errorf("the console ended: %w", err)
	case <-ctx.Done():
		return errors.Join(ctx.Err(), c.stop())
	case <-time.After(time.Minute):
		return errors.Join(errors.New("the console does not serve"), c.stop())
	}
}

func (c *console) stop() error {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return <-c.done
}
