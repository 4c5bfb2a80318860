package provisioning

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// sweeps is what a sweeper needs of the store.
type sweeps interface {
	BeginSweep(ctx context.Context, start store.SweepStart) (store.SweepLease, bool, error)
	EndSweep(ctx context.Context, l store.SweepLease, trouble store.RunTrouble) (store.Sweep, error)
	PreviewSweep(ctx context.Context, droplets []store.SeenDroplet) ([]store.JudgedDroplet, error)
	RecordDrySweep(ctx context.Context, lookedAt int) error
	RecordSweep(ctx context.Context, l store.SweepLease, droplets []store.SeenDroplet) ([]store.JudgedDroplet, error)
	ListUnlisted(ctx context.Context, listed []int64) ([]store.InventoryDroplet, error)
	RecordUnlisted(ctx context.Context, l store.SweepLease, u store.Unlisted) error
	ListLeftNames(ctx context.Context, most int) ([]store.LeftName, error)
	StillLeft(ctx context.Context, l store.SweepLease, n store.LeftName) (bool, error)
	RecordTakenBack(ctx context.Context, l store.SweepLease, n store.LeftName, hostname, value string) error

	BeginRemoval(ctx context.Context, l store.SweepLease, d store.SeenDroplet) (lifecycle.SweepVerdict, error)
	FinishRemoval(ctx context.Context, l store.SweepLease, dropletID int64) error
	FailRemoval(ctx context.Context, l store.SweepLease, dropletID int64, trouble store.RunTrouble) error
}

// Sweeper compares the machines at the provider with what the database knows of them, and removes those that nothing needs. It keeps
// nothing: any sweeper goes on where another was killed.
type Sweeper struct {
	store  sweeps
	cloud  Cloud
	timing Timing
	log    *slog.Logger
}

// NewSweeper prepares a sweeper that works with what a provisioner does; nothing is looked at yet.
func NewSweeper(o Options) *Sweeper {
	return &Sweeper{store: o.Store, cloud: o.Cloud, timing: o.Timing.orDefaults(), log: o.Log}
}

// Swept is what a sweep found and did.
type Swept struct {
	Sweep    store.Sweep              // as it ended; zero for a dry one
	Droplets []store.JudgedDroplet    // all machines at the provider, the oldest first
	Missing  []store.InventoryDroplet // machines of the inventory that the provider does not know
	Removed  []int64
	Failed   map[int64]*Fault // machines that could not be removed

	TakenBack []TakenBack // host names that pointed at machines of runs that were rolled back
}

// Asks is how many machines a person has to decide about, as far as this sweep saw.
func (s Swept) Asks() int {
	n := len(s.Missing)
	for _, d := range s.Droplets {
		if d.Verdict.Asks() {
			n++
		}
	}
	return n
}

// Preview says what a sweep would do that began now. Nothing is removed and no finding is changed; that somebody looked is kept.
func (w *Sweeper) Preview(ctx context.Context) (Swept, error) {
	seen, err := w.list(ctx)
	if err != nil {
		return Swept{}, err
	}
	found := Swept{}
	if found.Droplets, err = w.store.PreviewSweep(ctx, seen); err != nil {
		return found, err
	}
	unlisted, err := w.unlisted(ctx, seen)
	if err != nil {
		return found, err
	}
	found.Missing = unlisted.Missing
	if err := w.takeBack(ctx, &found, nil); err != nil {
		return found, err
	}
	return found, w.store.RecordDrySweep(ctx, len(seen))
}

// Sweep looks at all machines now. store.ErrSweeping while another sweep is under way, a *Fault when the provider did not list them.
func (w *Sweeper) Sweep(ctx context.Context) (Swept, error) {
	lease, _, err := w.store.BeginSweep(ctx, store.SweepStart{Origin: store.SweptByCommand, Lease: w.timing.SweepLease})
	if err != nil {
		return Swept{}, err
	}
	return w.sweep(ctx, lease)
}

// sweepIfDue sweeps when it is time to, or a person has decided that something is to be removed.
func (w *Sweeper) sweepIfDue(ctx context.Context) error {
	lease, due, err := w.store.BeginSweep(ctx, store.SweepStart{Origin: store.SweptByConsole, Every: w.timing.Sweep, Lease: w.timing.SweepLease})
	if err != nil || !due {
		if errors.Is(err, store.ErrSweeping) {
			return nil
		}
		return err
	}
	swept, err := w.sweep(ctx, lease)
	if n := len(swept.Removed); n > 0 || swept.Sweep.Asks > 0 {
		w.log.WarnContext(ctx, "machines that belong to nothing", "removed", swept.Removed, "need_a_person", swept.Sweep.Asks)
	}
	for _, n := range swept.TakenBack {
		w.log.WarnContext(ctx, "a host name pointed at a machine that is gone", "hostname", n.Hostname, "address", n.Value)
	}
	return err
}

// sweep carries a sweep out, and ends it however it went. Where the end cannot be written, the next one takes over.
func (w *Sweeper) sweep(ctx context.Context, l store.SweepLease) (Swept, error) {
	swept, err := w.carryOut(ctx, l)
	if errors.Is(err, store.ErrFenced) {
		return swept, err
	}
	var why store.RunTrouble
	if fault, ok := asFault(err); ok {
		why = trouble(fault)
	} else if err != nil {
		why.Message = "The database did not answer as it should."
	}
	ended, endErr := w.store.EndSweep(context.WithoutCancel(ctx), l, why)
	swept.Sweep = ended
	return swept, errors.Join(err, endErr)
}

func (w *Sweeper) carryOut(ctx context.Context, l store.SweepLease) (Swept, error) {
	seen, err := w.list(ctx)
	if err != nil {
		return Swept{}, err
	}
	swept := Swept{Failed: map[int64]*Fault{}}
	if swept.Droplets, err = w.store.RecordSweep(ctx, l, seen); err != nil {
		return swept, err
	}
	unlisted, err := w.unlisted(ctx, seen)
	if err != nil {
		return swept, err
	}
	swept.Missing = unlisted.Missing
	if err := w.store.RecordUnlisted(ctx, l, unlisted); err != nil {
		return swept, err
	}
	if err := w.removeAll(ctx, l, &swept); err != nil {
		return swept, err
	}
	return swept, w.takeBack(ctx, &swept, &l)
}

// removeAll removes the machines that are to go, until the provider asks to wait.
func (w *Sweeper) removeAll(ctx context.Context, l store.SweepLease, swept *Swept) error {
	for i, d := range swept.Droplets {
		if d.Verdict != lifecycle.SweepRemove {
			continue
		}
		verdict, goOn, err := w.remove(ctx, l, d.SeenDroplet, swept)
		swept.Droplets[i].Verdict = verdict
		if err != nil || !goOn {
			return err
		}
	}
	return nil
}

// remove removes one machine, and records it before and after. It does not go on with others when the provider asks to wait.
func (w *Sweeper) remove(ctx context.Context, l store.SweepLease, d store.SeenDroplet, swept *Swept) (verdict lifecycle.SweepVerdict, goOn bool, err error) {
	verdict, err = w.store.BeginRemoval(ctx, l, d)
	if err != nil || verdict != lifecycle.SweepRemove {
		return verdict, true, err
	}
	err = w.call(ctx, func(ctx context.Context) error { return gone(w.cloud.DeleteDroplet(ctx, d.ID)) })
	if err == nil {
		swept.Removed = append(swept.Removed, d.ID)
		return verdict, true, w.store.FinishRemoval(ctx, l, d.ID)
	}
	fault, ok := asFault(err)
	if !ok {
		fault = &Fault{Kind: Unknown, Call: "DeleteDroplet", Message: "No answer."}
	}
	swept.Failed[d.ID] = fault
	w.log.WarnContext(ctx, "a machine that belongs to nothing could not be removed", "droplet", d.ID, "why", fault.Kind, "message", fault.Message)
	return verdict, fault.Kind != Limited, w.store.FailRemoval(ctx, l, d.ID, trouble(fault))
}

// call gives one call to the provider less time than the lease has.
func (w *Sweeper) call(ctx context.Context, fn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, w.timing.SweepLease*3/4)
	defer cancel()
	return fn(ctx)
}

// list returns all machines that consoles have built, the oldest first.
func (w *Sweeper) list(ctx context.Context) (seen []store.SeenDroplet, err error) {
	err = w.call(ctx, func(ctx context.Context) error {
		droplets, err := w.cloud.ListDroplets(ctx, ConsoleTag)
		for _, d := range droplets {
			if d.Status != DropletArchive {
				seen = append(seen, seenDroplet(d))
			}
		}
		return err
	})
	return seen, err
}

func seenDroplet(d Droplet) store.SeenDroplet {
	return store.SeenDroplet{
		ID: d.ID, Name: d.Name, Region: d.Region, Size: d.Size, CreatedAt: d.CreatedAt,
		DeploymentID: tagged(d.Tags, deploymentPrefix), RunID: tagged(d.Tags, runPrefix),
	}
}

// tagged returns the one ID that the tags with the prefix name. Several, or what is none, lead to nothing.
func tagged(tags []string, prefix string) uuid.NullUUID {
	var found []uuid.UUID
	for _, tag := range tags {
		rest, ok := strings.CutPrefix(tag, prefix)
		if id, err := uuid.Parse(rest); ok && err == nil && !slices.Contains(found, id) {
			found = append(found, id)
		}
	}
	if len(found) != 1 {
		return uuid.NullUUID{}
	}
	return uuid.NullUUID{UUID: found[0], Valid: true}
}

// sweepLooks is how many machines one sweep looks for that are in the inventory and were not listed.
const sweepLooks = 25

// unlisted looks for machines of the inventory that were not listed: one is missing when the provider says that it does not know it.
func (w *Sweeper) unlisted(ctx context.Context, seen []store.SeenDroplet) (store.Unlisted, error) {
	ids := make([]int64, len(seen))
	for i, d := range seen {
		ids[i] = d.ID
	}
	all, err := w.store.ListUnlisted(ctx, ids)
	if err != nil {
		return store.Unlisted{}, err
	}
	found := store.Unlisted{All: all}
	err = w.call(ctx, func(ctx context.Context) error {
		for _, c := range all[:min(len(all), sweepLooks)] {
			_, err := w.cloud.GetDroplet(ctx, c.DropletID)
			switch {
			case err == nil:
				found.Found = append(found.Found, c.DropletID)
			case KindOf(err) == NotFound:
				found.Missing = append(found.Missing, c)
			default:
				return err
			}
		}
		return nil
	})
	return found, err
}
