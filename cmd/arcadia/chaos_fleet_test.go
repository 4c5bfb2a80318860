package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"arcadia.example/console/provisioning"
)

// chaosTiming is that of the quick consoles.
var chaosTiming = provisioning.Timing{
	Lease: 3 * time.Second, Attempt: 1500 * time.Millisecond, Slice: 2 * time.Second, // on a busy machine a write after an attempt takes its time
	Backoff: 50 * time.Millisecond, BackoffMax: 400 * time.Millisecond,
	Poll: 200 * time.Millisecond, WaitDeadline: 30 * time.Second, ListGrace: 2 * time.Second,
	Fetch: 50 * time.Millisecond, Wake: 400 * time.Millisecond, WakeSlack: 200 * time.Millisecond, BusyPause: 200 * time.Millisecond,
	JobTimeout: 10 * time.Second,
}

const fleetSize = 3

// fleet is the processes that work on the runs. Only the goroutine of the test touches it.
type fleet struct {
	c        *chaos
	random   *rand.Rand
	members  [fleetSize]*member
	started  int
	kills    []kill
	nextKill time.Time
}

// member is a process, or the place of one that was killed.
type member struct {
	name  string // by which the database knows its connections
	cmd   *exec.Cmd
	out   *output
	ended chan error
	ready bool
	back  time.Time // when another takes the place of the one that was killed; zero: it lives
}

// kill is one end of a process.
type kill struct {
	name string
	at   time.Time
}

func (c *chaos) raiseFleet(random *rand.Rand) *fleet {
	f := &fleet{c: c, random: random}
	for i := range f.members {
		f.start(i)
	}
	c.t.Cleanup(f.end)
	within(c.t, startLimit, "all consoles serve", func() bool {
		for _, m := range f.members {
			if m.ready = announced.MatchString(m.out.String()); !m.ready {
				return false
			}
		}
		return true
	})
	f.nextKill = time.Now().Add(c.storm.kills.draw(random))
	return f
}

// start puts a new process in a place.
func (f *fleet) start(i int) {
	f.c.t.Helper()
	f.started++
	m := &member{name: fmt.Sprintf("chaos-%d", f.started), out: new(output), ended: make(chan error, 1)}
	path, err := f.program()
	if err != nil {
		f.c.t.Fatal(err)
	}
	m.cmd = exec.CommandContext(context.Background(), path, "serve")
	m.cmd.Dir = filepath.Join("..", "..")
	m.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "USER=tester"}
	env := environmentFor(f.c.db)
	env["DATABASE_URL"] += " application_name=" + m.name
	env["ARCADIA_CLOUD_TOKEN"], env["ARCADIA_CLOUD_URL"] = chaosToken, f.c.sim.URL()
	if f.c.storm.quick {
		env["ARCADIA_TEST_CONSOLE"] = "1"
	}
	for name, value := range env {
		m.cmd.Env = append(m.cmd.Env, name+"="+value)
	}
	m.cmd.Stdout, m.cmd.Stderr = m.out, m.out
	if err := m.cmd.Start(); err != nil {
		f.c.t.Fatal(err)
	}
	go func() { m.ended <- m.cmd.Wait() }()
	f.members[i] = m
}

func (f *fleet) program() (string, error) {
	if f.c.storm.quick {
		return os.Executable()
	}
	return binary()
}

// turn does what is due: somebody is killed, somebody comes back.
func (f *fleet) turn() {
	f.c.t.Helper()
	var ready []int
	for i, m := range f.members {
		select {
		case err := <-m.ended:
			f.c.t.Fatalf("seed %d: %s ended by itself: %v\n%s", f.c.storm.seed, m.name, err, m.out)
		default:
		}
		if !m.ready && m.back.IsZero() {
			m.ready = announced.MatchString(m.out.String())
		}
		switch {
		case m.ready:
			ready = append(ready, i)
		case !m.back.IsZero() && time.Now().After(m.back):
			f.start(i)
		}
	}
	if len(ready) < 2 || time.Now().Before(f.nextKill) { // who takes over must be there
		return
	}
	m := f.victim(ready)
	m.die()
	f.read(m)
	f.kills = append(f.kills, kill{m.name, time.Now()})
	m.ready, m.back = false, time.Now().Add(f.c.storm.absence.draw(f.random))
	f.nextKill = time.Now().Add(f.c.storm.kills.draw(f.random))
}

// victim is any of those that are ready; every other time, if there is one, one that is at work on a run. The first one certainly is.
func (f *fleet) victim(ready []int) *member {
	f.c.t.Helper()
	m := f.members[ready[f.random.IntN(len(ready))]]
	switch {
	case len(f.kills) == 0:
		return f.caught(ready)
	case len(f.kills)%2 == 1:
		return m
	}
	for _, i := range ready {
		if f.c.holds(f.members[i].name) {
			return f.members[i]
		}
	}
	return m
}

// caught is one that holds a run and stands still, so that it does not give the run back before it dies.
func (f *fleet) caught(ready []int) (m *member) {
	f.c.t.Helper()
	soon(f.c.t, "a process is at work", func() bool {
		m = f.members[ready[f.random.IntN(len(ready))]]
		if !f.c.holds(m.name) {
			return false
		}
		_ = m.cmd.Process.Signal(syscall.SIGSTOP)
		time.Sleep(50 * time.Millisecond) // what it has said to the database is done by then
		if f.c.holds(m.name) {
			return true
		}
		_ = m.cmd.Process.Signal(syscall.SIGCONT)
		return false
	})
	return m
}

// die is kill -9.
func (m *member) die() {
	_ = m.cmd.Process.Kill()
	<-m.ended
}

// read looks into what a process has said until its end.
func (f *fleet) read(m *member) {
	f.c.t.Helper()
	for _, word := range []string{"DATA RACE", "panic"} {
		if said := m.out.String(); strings.Contains(said, word) {
			f.c.t.Errorf("seed %d: %s said %s:\n%s", f.c.storm.seed, m.name, word, said)
		}
	}
}

// stop ends those that are left, as Ctrl-C does, and expects them to end well.
func (f *fleet) stop() {
	for _, m := range f.members {
		if m.back.IsZero() {
			_ = m.cmd.Process.Signal(os.Interrupt)
		}
	}
	for _, m := range f.members {
		if !m.back.IsZero() {
			continue
		}
		select {
		case err := <-m.ended:
			if err != nil && m.ready {
				f.c.t.Errorf("%s, after an interrupt: %v\n%s", m.name, err, m.out)
			}
		case <-time.After(waitLimit):
			f.c.t.Errorf("%s does not end:\n%s", m.name, m.out)
			m.die()
		}
		f.read(m)
		m.back = time.Now()
	}
}

// end is for a test that failed: nobody is left.
func (f *fleet) end() {
	for _, m := range f.members {
		if m.back.IsZero() {
			m.die()
		}
	}
}
