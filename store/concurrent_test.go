package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// crowd is many clients who move the same deployments, and what they were told.
type crowd struct {
	*world
	ids      []uuid.UUID
	verdicts [4]atomic.Int64
	busy     atomic.Int64
	winners  sync.Map // deployment and version to the command that made it
}

// Thirty-two people, three processes, fifty deployments: what was accepted is what the events say, in one unbroken chain
// for each deployment, and every answer is one that could have been given at some moment while it was waited for.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	const clients, attempts = 32, 100
	c := &crowd{world: newWorld(t)}
	c.patient()
	tenantID := c.tenant("t")
	for i := range 50 {
		c.ids = append(c.ids, c.deployment(tenantID, fmt.Sprintf("d%d", i)))
	}
	pools := []*store.Store{c.Store, openStore(t, c.db.AppDSN, store.Options{Conns: 8}), openStore(t, c.db.AppDSN, store.Options{Conns: 8})}
	var wg sync.WaitGroup
	for n := range clients {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(7, uint64(n)))
			seen := map[uuid.UUID]int{}
			for range attempts {
				c.attempt(pools[n%len(pools)], random, seen)
			}
		})
	}
	wg.Wait()
	accepted := c.verdicts[lifecycle.Accepted].Load()
	t.Logf("%d accepted, %d already, %d stale, %d refused, %d busy", accepted, c.verdicts[lifecycle.Already].Load(),
		c.verdicts[lifecycle.Stale].Load(), c.verdicts[lifecycle.Refused].Load(), c.busy.Load())
	events := c.value(`SELECT count(*) FROM cloud_deployment_events WHERE version > 1`)
	if events != fmt.Sprint(accepted) || accepted < 50 || c.busy.Load() > clients {
		t.Errorf("%d accepted, %s events, %d busy", accepted, events, c.busy.Load())
	}
	broken := c.value(`SELECT count(*) FROM cloud_deployment_events e JOIN cloud_deployment_events p
		ON p.deployment_id = e.deployment_id AND p.version = e.version - 1
		WHERE p.to_state <> e.from_state OR p.occurred_at > e.occurred_at`)
	if broken != "0" {
		t.Errorf("%s events do not follow the one before", broken)
	}
	c.verified()
}

// attempt asks for something at the version that this client saw last.
func (c *crowd) attempt(pool *store.Store, random *rand.Rand, seen map[uuid.UUID]int) {
	id := c.ids[random.IntN(len(c.ids))]
	r := store.Transition{
		Command: c.by(admin), DeploymentID: id, Version: max(seen[id], 1),
		Action: lifecycle.Actions[random.IntN(len(lifecycle.Actions)-1)], // all but archive, which ends it
	}
	r.Reason = reasonFor(r.Action)
	moved, err := pool.Transition(c.t.Context(), r)
	if errors.Is(err, store.ErrBusy) {
		c.busy.Add(1)
		return
	}
	if err != nil {
		c.t.Error(err)
		return
	}
	d := moved.Deployment
	if d.Version < seen[id] {
		c.t.Errorf("%s went back from version %d to %d", id, seen[id], d.Version)
	}
	seen[id] = d.Version
	c.verdicts[moved.Verdict].Add(1)
	if moved.Verdict == lifecycle.Stale && d.Version <= r.Version {
		c.t.Errorf("stale at version %d, but it stands at %d", r.Version, d.Version)
	}
	if moved.Verdict != lifecycle.Accepted {
		return
	}
	if _, twice := c.winners.LoadOrStore(fmt.Sprint(id, moved.Version), moved.CommandID); twice {
		c.t.Errorf("two moves to version %d of %s", moved.Version, id)
	}
	if moved.Version != r.Version+1 || d.Version < moved.Version {
		c.t.Errorf("asked at %d, accepted as %d, stands at %d", r.Version, moved.Version, d.Version)
	}
}

// Creating, moving, editing and pausing accounts all at once leaves counters and searched text right, and nobody waits
// in a circle.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	var tenants []uuid.UUID
	for i := range 4 {
		tenants = append(tenants, w.tenant(fmt.Sprintf("t%d", i)))
	}
	other := openStore(t, w.db.AppDSN, store.Options{Conns: 6})
	var wg sync.WaitGroup
	for c := range 8 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(11, uint64(c)))
			s := []*store.Store{w.Store, other}[c%2]
			for n := range 20 {
				tenantID := tenants[random.IntN(len(tenants))]
				if err := w.anything(s, random, tenantID, fmt.Sprintf("d%d-%d", c, n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	w.verified()
}

func (w *world) anything(s *store.Store, random *rand.Rand, tenantID uuid.UUID, slug string) error {
	ctx := w.t.Context()
	id, err := s.CreateDeployment(ctx, store.NewDeployment{Command: w.by(support), TenantID: tenantID, Fields: deploymentFields(slug)})
	if err != nil {
		return err
	}
	if _, err := s.Transition(ctx, store.Transition{Command: w.by(admin), DeploymentID: id, Action: lifecycle.Pause, Version: 1}); err != nil {
		return err
	}
	action := lifecycle.AccountActions[random.IntN(len(lifecycle.AccountActions)-1)]
	preview, err := s.PreviewAccount(ctx, admin, tenantID, action)
	if err != nil {
		return err
	}
	_, err = s.MoveAccount(ctx, store.AccountMove{
		Command: w.by(admin), TenantID: tenantID, PreviewID: preview.ID, Action: action, Reason: reasonFor(action),
	})
	if err != nil && !errors.Is(err, store.ErrStale) && !errors.Is(err, store.ErrBusy) {
		return err
	}
	tenant, err := s.GetTenant(ctx, tenantID)
	if err != nil {
		return err
	}
	fields := tenant.Fields()
	fields.Name = "Renamed " + slug
	if err := s.UpdateTenant(ctx, support, tenantID, tenant.EditVersion, fields); !errors.Is(err, store.ErrStale) {
		return err
	}
	return nil
}
