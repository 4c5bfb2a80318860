package postgres

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrInUse says that another live process owns the server of a folder.
var ErrInUse = errors.New("another process already runs the PostgreSQL of this folder")

// ErrNotRunning says that there is no running server to attach to.
var ErrNotRunning = errors.New("no PostgreSQL runs for this folder")

const (
	lockName  = "lock"
	stateName = "server.json"
)

// takeLock takes the ownership of dir without waiting. It is held until the
// file is closed, at the latest when this process ends, however it ends. The
// file itself stays: removing it would let two processes hold "the" lock.
func takeLock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%w: the folder %s belongs to another user; if it was made with sudo, use sudo again or set ARCADIA_DATA to another folder", err, dir)
	}
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%w: %s", ErrInUse, dir)
	}
	return nil, fmt.Errorf("lock %s: %w", dir, err)
}

// state is what the owner writes down for those who join.
type state struct {
	// Socket is the folder of the unix socket.
	Socket string `json:"socket"`
	// Owner is the process id of the owning process, for messages.
	Owner int `json:"owner"`
}

// writeState puts the state in place in one step, so that a reader never sees half.
func writeState(dir string, s state) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, stateName+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // no longer there after the rename
	_, err = tmp.Write(append(b, '\n'))
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), filepath.Join(dir, stateName))
}

// readState returns ErrNotRunning when there is no state file.
func readState(dir string) (state, error) {
	b, err := os.ReadFile(filepath.Join(dir, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, fmt.Errorf("%w: %s", ErrNotRunning, dir)
	}
	if err != nil {
		return state{}, err
	}
	var s state
	if err := json.Unmarshal(b, &s); err != nil {
		return state{}, fmt.Errorf("%s in %s: %w", stateName, dir, err)
	}
	return s, nil
}

// clearState removes what an earlier owner wrote, and the short socket folder
// that it may have left.
func clearState(dir string) error {
	if s, err := readState(dir); err == nil {
		removeShortSocket(s.Socket)
	}
	err := os.Remove(filepath.Join(dir, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
