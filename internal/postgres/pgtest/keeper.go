package pgtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"arcadia.example/console/internal/postgres"
)

// keeperEnv turns a test binary into the keeper of the folder that it names.
const keeperEnv = "ARCADIA_PGTEST_KEEPER"

// keptSettings: nothing in these databases outlives a test, so nothing has to
// reach the disk; many packages connect at once.
var keptSettings = []postgres.Setting{
	{Name: "fsync", Value: "off"},
	{Name: "synchronous_commit", Value: "off"},
	{Name: "full_page_writes", Value: "off"},
	{Name: "wal_level", Value: "minimal"},
	{Name: "max_wal_senders", Value: "0"},
	{Name: "shared_buffers", Value: "128MB"},
	{Name: "max_connections", Value: "400"},
	{Name: "autovacuum", Value: "off"},
}

// attachPatience is how long the first start may take, initdb included.
const attachPatience = 3 * time.Minute

// init makes a keeper of this process before any test of it runs.
func init() {
	folder := os.Getenv(keeperEnv)
	if folder == "" {
		return
	}
	if err := keep(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// keep owns the server of folder until no test process uses it any more.
func keep(folder string) error {
	users, err := os.OpenFile(usersFile(folder), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	server, err := postgres.Start(context.Background(), folder, log, keptSettings...)
	if err != nil && !errors.Is(err, postgres.ErrInUse) && !errors.Is(err, postgres.ErrNotInstalled) {
		// Without fsync a power failure may have spoilt the data, which are worth nothing.
		log.Warn("starting afresh", "because", err)
		if err := os.RemoveAll(filepath.Join(folder, "data")); err != nil {
			return err
		}
		server, err = postgres.Start(context.Background(), folder, log, keptSettings...)
	}
	if errors.Is(err, postgres.ErrInUse) {
		return nil // another keeper was quicker
	}
	if err != nil {
		return err
	}
	lockErr := flock(users, syscall.LOCK_EX)
	return errors.Join(lockErr, server.Stop())
}

// inUse is this process's shared lock. It is never closed: the kernel does that
// when the process ends.
var inUse *os.File

// attach uses the server, after starting a keeper if there is none.
func attach(ctx context.Context) (*postgres.Server, error) {
	folder, err := keptFolder(ctx)
	if err != nil {
		return nil, err
	}
	if inUse, err = os.OpenFile(usersFile(folder), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, err
	}
	// Waits while a keeper is stopping.
	if err := flock(inUse, syscall.LOCK_SH); err != nil {
		return nil, err
	}
	if server, err := postgres.Attach(ctx, folder); err == nil {
		return server, nil
	}
	keeper, err := startKeeper(folder)
	if err != nil {
		return nil, err
	}
	deadline := time.After(attachPatience)
	for {
		server, err := postgres.Attach(ctx, folder)
		if err == nil {
			return server, nil
		}
		select {
		case failure := <-keeper:
			if failure != nil {
				said, _ := os.ReadFile(keeperLog(folder))
				return nil, fmt.Errorf("start the server for tests: %w: %s", failure, said)
			}
			keeper = nil // another keeper was quicker, and is starting
		case <-deadline:
			return nil, fmt.Errorf("the server for tests in %s does not answer: %w", folder, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// startKeeper starts this binary as the keeper, in a session of its own and
// with nothing of this process's, which may end before it. How the keeper ends
// comes on the channel.
func startKeeper(folder string) (<-chan error, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(keeperLog(folder), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), keeperEnv+"="+folder)
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return ended, nil
}

// keptFolder makes the folder of the server, for this user and the major
// version of PostgreSQL: in the user's cache, for root below the temporary
// folder, which the server's own user can enter.
func keptFolder(ctx context.Context) (string, error) {
	install, err := postgres.Find(ctx)
	if err != nil {
		return "", err
	}
	base, mode := os.TempDir(), os.FileMode(0o711)
	if cache, err := os.UserCacheDir(); err == nil && os.Geteuid() != 0 && os.MkdirAll(cache, 0o700) == nil {
		base, mode = cache, 0o700
	}
	folder := filepath.Join(base, fmt.Sprintf("arcadia-pgtest-%d-%d", os.Geteuid(), install.Major))
	if err := os.MkdirAll(folder, mode); err != nil {
		return "", err
	}
	// The temporary folder is everybody's: somebody else may have made this one.
	info, err := os.Lstat(folder)
	if err != nil {
		return "", err
	}
	if !info.IsDir() || int(info.Sys().(*syscall.Stat_t).Uid) != os.Geteuid() {
		return "", fmt.Errorf("%s belongs to somebody else: remove it or set TMPDIR", folder)
	}
	return folder, os.Chmod(folder, mode)
}

func usersFile(folder string) string { return filepath.Join(folder, "users") }
func keeperLog(folder string) string { return filepath.Join(folder, "keeper.log") }

// flock waits for a lock on the file, whatever signals come meanwhile.
func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
