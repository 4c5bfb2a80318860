package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/lib/pq"

	"arcadia.example/console/catalog"
)

// What callers tell apart. All others are failures of the machinery.
var (
	// ErrNotFound: there is no such row.
	ErrNotFound = errors.New("not found")
	// ErrKeyReused: the key was used before for something else.
	ErrKeyReused = errors.New("this form was sent before with other content")
	// ErrStale: the row changed since it was read.
	ErrStale = errors.New("changed in the meantime")
	// ErrBusy: a lock, a time-out or a broken connection; nothing was done and the same request may be sent again.
	ErrBusy = errors.New("the database is busy; nothing was changed")
	// ErrUnknown: the connection broke at the commit and the outcome could not be found out.
	ErrUnknown = errors.New("it could not be found out whether this was done")
	// ErrFenced: another process has taken the run over, or it is over; nothing was written.
	ErrFenced = errors.New("the run is another's by now")
	// ErrInput: a value that the database cannot hold.
	ErrInput = errors.New("this input cannot be stored")
)

const (
	uniqueViolation     = "23505"
	lockNotAvailable    = "55P03"
	invalidByteSequence = "22021"
)

// busyClasses are the server's reasons that pass: the connection broke, a deadlock, too little of something, a time-out
// or a stop.
var busyClasses = []string{"08", "40", "53", "57"}

// translate gives the kinds of database error that callers tell apart their names.
func translate(err error) error {
	var pqErr *pq.Error
	if errors.As(err, &pqErr) {
		switch {
		case string(pqErr.Code) == lockNotAvailable, slices.Contains(busyClasses, string(pqErr.Code.Class())):
			return fmt.Errorf("%w: %w", ErrBusy, err)
		case string(pqErr.Code) == invalidByteSequence:
			return fmt.Errorf("%w: %w", ErrInput, err)
		}
		return err
	}
	var netErr net.Error // a deadline that passed is one, too
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &netErr) {
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return err
}

// violates reports whether err is the violation of the named unique constraint or index.
func violates(err error, constraint string) bool {
	var pqErr *pq.Error
	return errors.As(err, &pqErr) && string(pqErr.Code) == uniqueViolation && pqErr.Constraint == constraint
}

// problemOf turns the violation of a unique field into a problem with that field, for the person who typed it.
func problemOf(err error) error {
	for constraint, problem := range map[string]catalog.Problem{
		"cloud_tenants_slug_key":               {Field: "slug", Text: "Another tenant has this slug."},
		"cloud_deployments_tenant_id_slug_key": {Field: "slug", Text: "Another deployment of this tenant has this slug."},
		"cloud_deployments_hostname":           {Field: "hostname", Text: "Another deployment has this host name; it is free once that one is archived."},
	} {
		if violates(err, constraint) {
			return catalog.Problems{problem}
		}
	}
	return translate(err)
}

func joinClose(err error, c io.Closer) error { return errors.Join(err, c.Close()) }
