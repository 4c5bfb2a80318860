package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// account is a user of the machine as whom the server runs.
type account struct {
	name     string
	uid, gid uint32
	// drop is true when this process is root and must become the account first.
	drop bool
}

// serverAccounts are the accounts tried for a server that root starts.
var serverAccounts = []string{"postgres", "nobody"}

// accountFor decides who runs the server on the data folder: this user, or, for
// root, the owner of the folder if there is one, else the first of serverAccounts.
func accountFor(data string) (account, error) {
	uid := os.Geteuid()
	if uid != 0 {
		u, err := user.LookupId(strconv.Itoa(uid))
		if err != nil {
			return account{}, fmt.Errorf("PostgreSQL cannot run as user %d, who has no name on this machine: %w", uid, err)
		}
		return newAccount(u, false)
	}
	info, err := os.Stat(data)
	if err == nil {
		owner := info.Sys().(*syscall.Stat_t).Uid
		if owner == 0 {
			return account{}, fmt.Errorf("the data folder %s belongs to root, as whom PostgreSQL does not run", data)
		}
		u, err := user.LookupId(strconv.FormatUint(uint64(owner), 10))
		if err != nil {
			return account{}, fmt.Errorf("the data folder %s belongs to a user that this machine does not know: %w", data, err)
		}
		return newAccount(u, true)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return account{}, err
	}
	for _, name := range serverAccounts {
		if u, err := user.Lookup(name); err == nil {
			return newAccount(u, true)
		}
	}
	return account{}, fmt.Errorf("PostgreSQL does not run as root, and this machine has none of the users %q", serverAccounts)
}

func newAccount(u *user.User, drop bool) (account, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", u.Username, err)
	}
	return account{name: u.Username, uid: uint32(uid), gid: uint32(gid), drop: drop}, nil
}

// attributes are those of a child process that runs as the account in a session
// of its own.
func (a account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if a.drop {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attr
}

// own hands a file or folder to the account.
func (a account) own(path string) error {
	if !a.drop {
		return nil
	}
	return os.Chown(path, int(a.uid), int(a.gid))
}

// canEnter reports whether the account may enter the folder. The kernel is
// asked by a child that tries, because mode bits alone say too little.
func (a account) canEnter(folder string) bool {
	if !a.drop {
		return true
	}
	cmd := exec.Command("/bin/sh", "-c", ":")
	cmd.Dir = folder // entered after the change of user
	cmd.SysProcAttr = a.attributes()
	return cmd.Run() == nil
}

// makeFolder makes a folder of mode 0700 for the account, or corrects the owner
// and mode of the one that is there.
func (a account) makeFolder(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is in the way: it is not a folder", path)
	}
	if err := a.own(path); err != nil {
		return err
	}
	return os.Chmod(path, 0o700)
}

// writeFile writes a file of mode 0600 that belongs to the account.
func (a account) writeFile(path, content string) error {
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		return err
	}
	return a.own(path)
}
