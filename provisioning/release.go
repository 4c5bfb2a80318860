package provisioning

import (
	"context"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// unpointing is the intent of the step that takes the host name back.
type unpointing struct {
	Hostname string   `json:"hostname,omitempty"` // the present one; stays where DNS only follows it
	Formerly []string `json:"formerly,omitempty"` // those before
	Value    string   `json:"value"`              // of the records that are ours: the machine's address
}

// unpointed is its result.
type unpointed struct {
	Zone    string   `json:"zone,omitempty"`    // empty: there was no host name, or it is not managed here
	Removed []Record `json:"removed,omitempty"` // that pointed at the machine, removed in this try
	Kept    []Record `json:"kept,omitempty"`    // that point elsewhere: somebody else's
}

// unpointStep removes the records that point at the machine, and no others: of the host name and of those that it had before when the machine
// is released, of those before alone when DNS follows the name.
type unpointStep struct{}

func (unpointStep) Intent(a *attempt) any {
	u := unpointing{Hostname: a.Run.Spec.Hostname, Formerly: a.Run.Spec.Formerly, Value: a.Run.Spec.Address}
	if a.Run.Kind == lifecycle.Repoint {
		u.Hostname = ""
	}
	return u
}

func (s unpointStep) Do(ctx context.Context, a *attempt) (outcome, error) {
	u, _ := s.Intent(a).(unpointing)
	if over, ok := renamed(a); ok {
		return over, nil
	}
	if a.Run.Kind != lifecycle.Repoint && a.Run.State != lifecycle.Archived {
		return notArchived(a), nil
	}
	return s.takeBack(ctx, a, u)
}

// unpoint takes one host name back. A former one counts like the present: its record would go on pointing at an address that somebody
// else is given next.
func (s unpointStep) unpoint(ctx context.Context, a *attempt, u *unpointing, done *unpointed) error {
	zone, err := s.zone(ctx, a, *u)
	if err != nil || zone == "" {
		return err
	}
	if u.Value, err = s.value(ctx, a, *u); err != nil {
		return err
	}
	records, err := a.Cloud.ListRecords(ctx, zone, u.Hostname, recordKind)
	if err != nil {
		return err
	}
	ours, others := split(records, u.Value)
	for _, r := range ours {
		if err := gone(a.Cloud.DeleteRecord(ctx, zone, r.ID)); err != nil {
			return err
		}
	}
	done.Zone, done.Removed, done.Kept = zone, append(done.Removed, ours...), append(done.Kept, others...)
	return nil
}

func (unpointStep) Undo(context.Context, *attempt) (outcome, error) { return outcome{}, nil }

// zone is where the host name is managed; empty when it is not.
func (unpointStep) zone(ctx context.Context, a *attempt, u unpointing) (string, error) {
	if u.Hostname == "" {
		return "", nil
	}
	zone, err := a.Cloud.FindZone(ctx, u.Hostname)
	return zone, gone(err)
}

// value is the machine's address. One that was never written down is asked for; if the machine is gone, no record is ours.
func (unpointStep) value(ctx context.Context, a *attempt, u unpointing) (string, error) {
	if u.Value != "" || !a.Run.DropletID.Valid {
		return u.Value, nil
	}
	d, err := a.Cloud.GetDroplet(ctx, a.Run.DropletID.Int64)
	if err != nil || !d.Address.IsValid() {
		return "", gone(err)
	}
	return d.Address.String(), nil
}

// destroying is the intent of the step that gives the machine back.
type destroying struct {
	DropletID int64 `json:"droplet_id"`
}

// destroyed is its result.
type destroyed struct {
	DropletID int64 `json:"droplet_id"`
	Missing   bool  `json:"missing,omitempty"` // it was gone already
}

// destroyStep destroys the machine; what is gone already is destroyed.
type destroyStep struct{}

func (destroyStep) Intent(a *attempt) any { return destroying{DropletID: a.Run.DropletID.Int64} }

func (destroyStep) Do(ctx context.Context, a *attempt) (outcome, error) {
	if a.Run.State != lifecycle.Archived {
		return notArchived(a), nil
	}
	m := store.Machine{ID: a.Run.DropletID.Int64}
	err := a.Cloud.DeleteDroplet(ctx, m.ID)
	missing := err != nil && KindOf(err) == NotFound
	return outcome{Result: destroyed{DropletID: m.ID, Missing: missing}, Machine: m}, gone(err)
}

func (destroyStep) Undo(context.Context, *attempt) (outcome, error) { return outcome{}, nil }

// notArchived ends a release of what is not archived: nothing leads out of that state, so it is a mistake that costs no machine.
func notArchived(a *attempt) outcome {
	return outcome{Over: "Superseded: the deployment is " + a.Run.State.Lower() + ", and its droplet stays."}
}
