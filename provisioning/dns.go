package provisioning

import (
	"context"
	"slices"
	"time"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

const (
	recordKind = "A"
	recordTTL  = 5 * time.Minute
)

// pointing is the intent of the step that points the host name. Before anything is changed it has the records that were there: the
// step is undone by bringing those back, where what stands there is still ours.
type pointing struct {
	Hostname string    `json:"hostname"`
	Value    string    `json:"value"`
	Zone     string    `json:"zone,omitempty"` // once it is known, the old records are, too
	Old      []Record  `json:"old"`
	CalledAt time.Time `json:"called_at"`
}

// pointed is the result.
type pointed struct {
	Zone     string `json:"zone,omitempty"` // empty: there was no host name to point
	RecordID int64  `json:"record_id,omitempty"`
}

// dnsStep makes the host name have exactly one record, with the machine's address.
type dnsStep struct{}

func (dnsStep) Intent(a *attempt) any {
	address, err := a.address()
	if err != nil {
		return nil
	}
	return pointing{Hostname: a.Run.Spec.Hostname, Value: address}
}

func (s dnsStep) Do(ctx context.Context, a *attempt) (outcome, error) {
	if over, ok := renamed(a); ok {
		return over, nil
	}
	address, err := a.address()
	if err != nil || a.Run.Spec.Hostname == "" {
		return outcome{Result: pointed{}}, err
	}
	p := pointing{Hostname: a.Run.Spec.Hostname, Value: address}
	if err := a.Intent(&p); err != nil {
		return outcome{}, err
	}
	current, err := s.look(ctx, a, &p)
	if err != nil {
		return outcome{}, err
	}
	p.CalledAt = a.Now
	if err := a.Intend(ctx, p); err != nil {
		return outcome{}, err
	}
	id, err := point(ctx, a.Cloud, p, current)
	return outcome{Result: pointed{Zone: p.Zone, RecordID: id}}, err
}

// look reads the records; those that it finds the first time are the old ones for good.
func (dnsStep) look(ctx context.Context, a *attempt, p *pointing) ([]Record, error) {
	if p.Zone != "" {
		return a.Cloud.ListRecords(ctx, p.Zone, p.Hostname, recordKind)
	}
	zone, err := a.Cloud.FindZone(ctx, p.Hostname)
	if err != nil {
		return nil, unmanaged(a, *p, err)
	}
	current, err := a.Cloud.ListRecords(ctx, zone, p.Hostname, recordKind)
	if err == nil {
		p.Zone, p.Old = zone, current
	}
	return current, err
}

// point changes the records until there is one, ours, and returns its ID. The first change brings ours: as long as it stands there, not all is
// undone.
func point(ctx context.Context, cloud Cloud, p pointing, current []Record) (int64, error) {
	wanted := Record{Kind: recordKind, Hostname: p.Hostname, Value: p.Value, TTL: recordTTL}
	at := slices.IndexFunc(current, func(r Record) bool { return r.Value == p.Value })
	switch {
	case at >= 0:
		wanted = current[at]
	case len(current) > 0:
		at, wanted.ID = 0, current[0].ID
		if _, err := cloud.EditRecord(ctx, p.Zone, wanted); err != nil {
			return 0, err
		}
	default:
		made, err := cloud.CreateRecord(ctx, p.Zone, wanted)
		if err != nil {
			return 0, err
		}
		return made.ID, nil
	}
	for i, r := range current {
		if i == at {
			continue
		}
		if err := gone(cloud.DeleteRecord(ctx, p.Zone, r.ID)); err != nil {
			return 0, err
		}
	}
	return wanted.ID, nil
}

// Undo brings the old records back. Ours is turned into the first of them, or removed, at the very end.
func (dnsStep) Undo(ctx context.Context, a *attempt) (outcome, error) {
	var p pointing
	if err := a.Intent(&p); err != nil || p.Zone == "" {
		return outcome{}, err // nothing was changed yet
	}
	current, err := a.Cloud.ListRecords(ctx, p.Zone, p.Hostname, recordKind)
	if err != nil {
		return outcome{}, err
	}
	if err := restore(ctx, a.Cloud, p, current); err != nil {
		return outcome{}, err
	}
	if !answered(a.Step) {
		if left := p.CalledAt.Add(a.Timing.ListGrace).Sub(a.Now); left > 0 {
			return outcome{Wait: min(left, a.Timing.Poll)}, nil
		}
	}
	return outcome{}, nil
}

// answered reports whether it is known what came of each call of a step. Of an earlier try it is not: it was given up, and may come to something
// yet, also when a later one has done the step. Once its undoing was tried, the trouble is that of the undoing.
func answered(s store.RunStep) bool {
	refused := s.Status == lifecycle.RunFailed && s.ErrorKind == string(Definite)
	return s.Attempt <= 1 && (s.Result != nil || refused)
}

func restore(ctx context.Context, cloud Cloud, p pointing, current []Record) error {
	mine, others := split(current, p.Value)
	if len(mine) == 0 {
		return nil // undone before, or somebody has pointed it elsewhere since
	}
	missing := slices.DeleteFunc(slices.Clone(p.Old), func(old Record) bool {
		return old.Value == p.Value || slices.ContainsFunc(others, func(r Record) bool { return r.Value == old.Value })
	})
	if slices.ContainsFunc(p.Old, func(old Record) bool { return old.Value == p.Value }) {
		mine = mine[1:] // it pointed there before
	}
	for len(missing) > 1 || len(missing) == 1 && len(mine) == 0 {
		if _, err := cloud.CreateRecord(ctx, p.Zone, missing[len(missing)-1]); err != nil {
			return err
		}
		missing = missing[:len(missing)-1]
	}
	for len(mine) > len(missing) {
		if err := gone(cloud.DeleteRecord(ctx, p.Zone, mine[len(mine)-1].ID)); err != nil {
			return err
		}
		mine = mine[:len(mine)-1]
	}
	if len(missing) == 1 {
		missing[0].ID = mine[0].ID
		_, err := cloud.EditRecord(ctx, p.Zone, missing[0])
		return err
	}
	return nil
}

func split(records []Record, value string) (mine, others []Record) {
	for _, r := range records {
		if r.Value == value {
			mine = append(mine, r)
		} else {
			others = append(others, r)
		}
	}
	return mine, others
}
