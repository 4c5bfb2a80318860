package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is a pair of files that may be renewed while the console serves.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate
	changed time.Time // of the newer file, when it was loaded
	looked  time.Time
	broken  bool // the files as they are now cannot be used, and the log says so
}

// lookInterval is how often the files are looked at, at most.
const lookInterval = time.Second

// loadCertificate reads the files that the environment names; nil where it names none, an error for one without the other
// and for files that do not belong together.
func loadCertificate(e environment) (*certificate, error) {
	c := &certificate{certFile: e.getenv("ARCADIA_TLS_CERT"), keyFile: e.getenv("ARCADIA_TLS_KEY"), log: e.log}
	switch {
	case c.certFile == "" && c.keyFile == "":
		return nil, nil //nolint:nilnil // no TLS, and no error
	case c.certFile == "" || c.keyFile == "":
		return nil, errors.New("ARCADIA_TLS_CERT and ARCADIA_TLS_KEY belong together: one of them is missing")
	}
	if err := c.load(); err != nil {
		return nil, fmt.Errorf("ARCADIA_TLS_CERT, ARCADIA_TLS_KEY: %w", err)
	}
	return c, nil
}

func (c *certificate) load() error {
	changed, err := c.changedAt()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err == nil {
		c.loaded, c.changed = &pair, changed
	}
	return err
}

func (c *certificate) changedAt() (time.Time, error) {
	var newest time.Time
	for _, file := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(file)
		if err != nil {
			return newest, err
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest, nil
}

// get returns the certificate as the files have it now. Files that cannot be used, as in the middle of a renewal, leave the
// one that is known in place.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < lookInterval {
		return c.loaded, nil
	}
	c.looked = time.Now()
	if changed, err := c.changedAt(); err == nil && changed.Equal(c.changed) && !c.broken {
		return c.loaded, nil
	}
	c.reload()
	return c.loaded, nil
}

// reload logs that the files cannot be used when that begins, and that it is over.
func (c *certificate) reload() {
	before := c.changed
	err := c.load()
	switch {
	case err != nil && !c.broken:
		c.log.Error("the renewed certificate cannot be used; the earlier one stays until it can", "file", c.certFile, "error", err.Error())
	case err == nil && c.changed.Equal(before):
		c.log.Info("the certificate files can be used again", "file", c.certFile)
	case err == nil:
		c.log.Info("certificate renewed", "file", c.certFile)
	}
	c.broken = err != nil
}

// config is what the server needs to know.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"}}
}
