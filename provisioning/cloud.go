// Package provisioning builds, switches and releases the machines of deployments. Each run is a saga: ordered steps, each
// with its compensation, kept as rows; what happened and what comes next is in the database and never in a process alone.
package provisioning

import (
	"context"
	"errors"
	"net/netip"
	"time"
)

// Cloud is what a run needs of a provider, and no more. A method makes one call and retries nothing: a run knows what may be
// repeated. Every error is a *Fault.
type Cloud interface {
	// CreateDroplet asks for a machine; it is new, not yet active, when this returns.
	CreateDroplet(ctx context.Context, spec DropletSpec) (Droplet, error)
	// GetDroplet returns a machine; NotFound when there is none, which early on is not final.
	GetDroplet(ctx context.Context, id int64) (Droplet, error)
	// ListDroplets returns all machines that carry the tag, the oldest first. A new one may be missing for some seconds.
	ListDroplets(ctx context.Context, tag string) ([]Droplet, error)
	// DeleteDroplet destroys a machine; NotFound when there is none.
	DeleteDroplet(ctx context.Context, id int64) error
	// Power asks for a machine to be switched on or off; GetDroplet tells when it is.
	Power(ctx context.Context, id int64, on bool) error

	// FindZone returns the managed zone that a host name lies in, the longest if several; NotFound when none is managed here.
	FindZone(ctx context.Context, hostname string) (string, error)
	// ListRecords returns the records of that type at a host name.
	ListRecords(ctx context.Context, zone, hostname, kind string) ([]Record, error)
	// CreateRecord adds a record; its ID is ignored.
	CreateRecord(ctx context.Context, zone string, r Record) (Record, error)
	// EditRecord replaces the value and the time to live of a record.
	EditRecord(ctx context.Context, zone string, r Record) (Record, error)
	// DeleteRecord removes a record; NotFound when there is none.
	DeleteRecord(ctx context.Context, zone string, id int64) error
}

// DropletSpec is the machine that is wanted.
type DropletSpec struct {
	Name   string   // a host name
	Region string   // of the provider, as "fra1"
	Size   string   // of the provider, as "s-1vcpu-1gb"
	Image  string   // of the provider, as "debian-12-x64"
	Tags   []string // by which it is found again
}

// Droplet is a machine as the provider tells it.
type Droplet struct {
	ID        int64
	Name      string
	Status    DropletStatus
	Region    string
	Size      string
	Address   netip.Addr // public, version 4; the zero Addr until it has one
	Tags      []string
	CreatedAt time.Time
}

// DropletStatus is the provider's word for what a machine does.
type DropletStatus string

// The statuses of the provider.
const (
	DropletNew     DropletStatus = "new"
	DropletActive  DropletStatus = "active" // on
	DropletOff     DropletStatus = "off"
	DropletArchive DropletStatus = "archive"
)

// Record is one entry of a zone.
type Record struct {
	ID       int64         `json:"id"`
	Kind     string        `json:"kind"`     // "A"
	Hostname string        `json:"hostname"` // whole, as "shop.apps.example"
	Value    string        `json:"value"`
	TTL      time.Duration `json:"ttl"`
}

// FaultKind says what a failed call means for the one who made it.
type FaultKind string

// The kinds of faults.
const (
	Definite FaultKind = "definite"  // the provider said no: nothing was done, and asking again is no use
	NotFound FaultKind = "not_found" // there is no such thing
	Limited  FaultKind = "limited"   // too many calls; nothing was done, ask again after RetryAfter
	Unknown  FaultKind = "unknown"   // time-out, broken connection, 5xx: it may have been done
)

// Fault is why a call failed.
type Fault struct {
	Kind       FaultKind
	Call       string        // the method of Cloud
	Status     int           // of HTTP; 0 when there was no answer
	RetryAfter time.Duration // when Limited: how long the provider asks to wait; at least a second
	Message    string        // the provider's words, without secrets; for people
}

func (f *Fault) Error() string { return f.Call + ": " + string(f.Kind) + ": " + f.Message }

// KindOf returns what kind of fault an error is; Unknown for any other error. It is not to be asked about nil.
func KindOf(err error) FaultKind {
	var fault *Fault
	if errors.As(err, &fault) {
		return fault.Kind
	}
	return Unknown
}
