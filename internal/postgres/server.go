package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// startPatience is how long a server may take to answer: recovery after a crash
// with 4 GB of log to read takes a while.
const startPatience = 2 * time.Minute

// Server is a running embedded PostgreSQL that this process owns or has joined.
type Server struct {
	dir    string
	socket string
	log    *slog.Logger

	// Only for the owner:
	lock  *os.File
	away  *os.File // lock of the folder that holds the data, where that is another one
	child *process
	stop  sync.Once
}

// Start brings up the server of dir, with this process as its owner; dir and
// the data in it are made if they are not there. settings override the
// product's. It returns ErrInUse when another live process owns the server,
// ErrNotInstalled without PostgreSQL.
func Start(ctx context.Context, dir string, log *slog.Logger, settings ...Setting) (*Server, error) {
	dir, err := makeDir(dir)
	if err != nil {
		return nil, err
	}
	lock, err := takeLock(dir)
	if err != nil {
		if s, stateErr := readState(dir); stateErr == nil && errors.Is(err, ErrInUse) {
			return nil, fmt.Errorf("%w (process %d)", err, s.Owner)
		}
		return nil, err
	}
	s := &Server{dir: dir, log: log, lock: lock}
	if err := s.run(ctx, settings); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// Join uses the running server of dir if another process owns it; otherwise it
// starts the server, and Stop stops it. For commands beside `serve`.
func Join(ctx context.Context, dir string, log *slog.Logger) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		s, err := Start(ctx, dir, log)
		if !errors.Is(err, ErrInUse) {
			return s, err
		}
		// The owner may still be starting its server, or just be stopping it.
		s, err = Attach(ctx, dir)
		if err == nil {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the PostgreSQL of %s does not answer: %w", dir, err)
		case <-time.After(25 * time.Millisecond):
		}
	}
}

// Attach uses the running server of dir and never starts one. It returns
// ErrNotRunning when there is none, and other errors when it does not answer.
func Attach(ctx context.Context, dir string) (*Server, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	st, err := readState(dir)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, socket: st.Socket, log: slog.New(slog.DiscardHandler)}
	return s, s.ping(ctx)
}

// Stop stops the server if this process owns it, and waits until it is gone.
// Calling it again does nothing.
func (s *Server) Stop() error {
	if s == nil || s.lock == nil {
		return nil
	}
	var err error
	s.stop.Do(func() {
		if s.child != nil {
			s.child.stop()
		}
		removeShortSocket(s.socket)
		err = clearState(s.dir)
		if s.away != nil {
			err = errors.Join(err, s.away.Close())
		}
		err = errors.Join(err, s.lock.Close())
	})
	return err
}

// Done is closed when the server of the owner has ended, for whatever reason.
// For one who joined it is nil and never ready.
func (s *Server) Done() <-chan struct{} {
	if s.child == nil {
		return nil
	}
	return s.child.done
}

// AppDSN is the connection string of AppRole.
func (s *Server) AppDSN() string { return s.DSN(AppRole, Database) }

// OwnerDSN is the connection string of OwnerRole.
func (s *Server) OwnerDSN() string { return s.DSN(OwnerRole, Database) }

// AdminDSN is the superuser's connection string to a database of the server.
func (s *Server) AdminDSN(db string) string { return s.DSN(adminRole, db) }

// DSN is the connection string of a role to a database of the server. It has
// the key=value form: with the URL form the driver takes a folder for a host
// name and goes to the network.
func (s *Server) DSN(role, db string) string {
	return fmt.Sprintf("host=%s port=5432 user=%s dbname=%s sslmode=disable", quote(s.socket), quote(role), quote(db))
}

func quote(value string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
}

// run does all that follows once the lock is held.
func (s *Server) run(ctx context.Context, settings []Setting) error {
	if err := clearState(s.dir); err != nil {
		return err
	}
	h, err := findHome(s.dir, s.log)
	if err != nil {
		return err
	}
	if h.path != s.dir { // a copied folder leads to the same data
		if s.away, err = takeLock(h.path); err != nil {
			return err
		}
	}
	made, err := dataMajor(h.data())
	if err != nil {
		return err
	}
	in, err := installFor(ctx, h.data(), made)
	if err != nil {
		return err
	}
	if made == 0 {
		if err := createCluster(ctx, h, in, settings, s.log); err != nil {
			return err
		}
	}
	if err := s.launch(ctx, h, in, settings); err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	return writeState(s.dir, state{Socket: s.socket, Owner: os.Getpid()})
}

// launch starts postgres on a prepared data folder and waits until it answers.
func (s *Server) launch(ctx context.Context, h home, in Install, settings []Setting) error {
	err := clearLeftovers(ctx, h.data(), s.log)
	if err != nil {
		return err
	}
	if err := h.writeAccess(); err != nil {
		return err
	}
	if s.socket, err = h.makeSocketFolder(); err != nil {
		return err
	}
	if err := clearSocket(s.socket); err != nil {
		return err
	}
	log, err := openLog(h)
	if err != nil {
		return err
	}
	defer log.Close() // the child has a descriptor of its own
	all := append(append([]Setting{}, productSettings...), settings...)
	all = append(all, Setting{"unix_socket_directories", s.socket})
	if s.child, err = spawn(h, in, arguments(all), log); err != nil {
		s.child = nil
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err := s.awaitAnswer(ctx); err != nil {
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("PostgreSQL on %s does not answer: %w; the end of its log:\n%s", h.data(), err, lastLines(string(said), 6))
	}
	return nil
}

// awaitAnswer waits until the new child answers a query.
func (s *Server) awaitAnswer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		err := s.ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.child.done:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// ping asks the server one question over a connection of its own.
func (s *Server) ping(ctx context.Context) error {
	db, err := sql.Open("postgres", s.AdminDSN(adminRole))
	if err != nil {
		return err
	}
	defer db.Close()
	return db.PingContext(ctx)
}

// makeDir makes the folder and returns its absolute path. As root it lets
// others pass, because the server's user must.
func makeDir(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return dir, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if os.Geteuid() == 0 {
		return dir, os.Chmod(dir, 0o711)
	}
	return dir, nil
}

// longestLog is the size in bytes from which on a start puts the log aside.
const longestLog = 16 << 20

// openLog opens server.log for appending. One older log is kept.
func openLog(h home) (*os.File, error) {
	path := filepath.Join(h.data(), "server.log")
	if info, err := os.Stat(path); err == nil && info.Size() > longestLog {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return f, h.as.own(path)
}
