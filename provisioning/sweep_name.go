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
// asks to wait. Dry, nothing is changed.
func (w *Sweeper) takeBack(ctx context.Context, swept *Swept, dry bool, taken func(store.LeftName, pointing) error) error {
	names, err := w.store.ListLeftNames(ctx, nameLooks)
	if err != nil {
		return err
	}
	for _, n := range names {
		var p pointing
		if err := readJSON(n.Intent, &p); err != nil {
			return err
		}
		var stands bool
		err := w.call(ctx, func(ctx context.Context) (err error) {
			stands, err = backTo(ctx, w.cloud, p, dry)
			return err
		})
		if err != nil {
			w.log.WarnContext(ctx, "a host name of a run that was rolled back", "run", n.RunID, "hostname", p.Hostname, "error", err.Error())
			if KindOf(err) == Limited {
				return nil
			}
			continue
		}
		if !stands {
			continue
		}
		swept.TakenBack = append(swept.TakenBack, TakenBack{Hostname: p.Hostname, Value: p.Value, DeploymentName: n.DeploymentName})
		if err := taken(n, p); err != nil {
			return err
		}
	}
	return nil
}

// backTo brings the records back to what they were before, if what the run had intended stands there, and reports whether it did.
func backTo(ctx context.Context, cloud Cloud, p pointing, dry bool) (stands bool, err error) {
	current, err := cloud.ListRecords(ctx, p.Zone, p.Hostname, recordKind)
	if err != nil {
		return false, gone(err) // the zone is managed elsewhere now
	}
	mine, _ := split(current, p.Value)
	before := slices.ContainsFunc(p.Old, func(r Record) bool { return r.Value == p.Value })
	if len(mine) == 0 || before && len(mine) == 1 {
		return false, nil
	}
	if dry {
		return true, nil
	}
	return true, restore(ctx, cloud, p, current)
}
