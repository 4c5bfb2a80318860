package provisioning

import (
	"context"
	"slices"

	"arcadia.example/console/store"
)

// nameLooks is at how many host names of runs that were rolled back one sweep looks.
const nameLooks = 25

// TakenBack is a host name that pointed at a machine of a run that was rolled back, and is gone.
type TakenBack struct {
	Hostname       string
	Value          string // at which it pointed
	DeploymentName string
}

// takeBack looks whether a change of records that a run had given up has come to something after the run was rolled back: it would point at an
// address that is somebody else's by then. A name about which the provider does not answer is left to the next sweep, and all others when it
// asks to wait. Without a lease nothing is changed.
func (w *Sweeper) takeBack(ctx context.Context, swept *Swept, l *store.SweepLease) error {
	names, err := w.store.ListLeftNames(ctx, nameLooks)
	if err != nil {
		return err
	}
	for _, n := range names {
		var p pointing
		if err := readJSON(n.Intent, &p); err != nil {
			return err
		}
		back, err := w.takeBackOne(ctx, n, p, l)
		switch fault, ok := asFault(err); {
		case ok:
			w.log.WarnContext(ctx, "a host name of a run that was rolled back", "run", n.RunID, "hostname", p.Hostname, "error", err.Error())
			if fault.Kind == Limited || ctx.Err() != nil {
				return nil
			}
		case err != nil:
			return err
		case back:
			swept.TakenBack = append(swept.TakenBack, TakenBack{Hostname: p.Hostname, Value: p.Value, DeploymentName: n.DeploymentName})
		}
	}
	return nil
}

// takeBackOne brings the records of one name back to what they were before, if what the run had intended stands there and nobody has come by it
// meanwhile, and reports whether it did, or would. What was done is recorded even if the sweep is broken off just then.
func (w *Sweeper) takeBackOne(ctx context.Context, n store.LeftName, p pointing, l *store.SweepLease) (back bool, err error) {
	var current []Record
	err = w.call(ctx, func(ctx context.Context) (err error) {
		current, err = w.cloud.ListRecords(ctx, p.Zone, p.Hostname, recordKind)
		return gone(err) // the zone is managed elsewhere now
	})
	if err != nil || !stands(p, current) || l == nil {
		return stands(p, current), err
	}
	if left, err := w.store.StillLeft(ctx, *l, n); err != nil || !left {
		return false, err
	}
	if err := w.call(ctx, func(ctx context.Context) error { return restore(ctx, w.cloud, p, current) }); err != nil {
		return false, err
	}
	return true, w.store.RecordTakenBack(context.WithoutCancel(ctx), *l, n, p.Hostname, p.Value)
}

// stands reports whether what a run had intended is there, and was not before.
func stands(p pointing, current []Record) bool {
	mine, _ := split(current, p.Value)
	before := slices.ContainsFunc(p.Old, func(r Record) bool { return r.Value == p.Value })
	return len(mine) > 1 || len(mine) == 1 && !before
}
