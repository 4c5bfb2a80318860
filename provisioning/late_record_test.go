package provisioning

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// tardy is a provider that does not answer the first of the changes of records, and makes it when it is told to.
type tardy struct {
	Cloud
	mu   *sync.Mutex
	late *func() error // the change that is still to come
	next *atomic.Bool  // it comes as soon as somebody has looked
}

func newTardy(cloud Cloud) tardy {
	return tardy{cloud, new(sync.Mutex), new(func() error), new(atomic.Bool)}
}

func (c tardy) ListRecords(ctx context.Context, zone, hostname, kind string) ([]Record, error) {
	list, err := c.Cloud.ListRecords(ctx, zone, hostname, kind)
	if err == nil && c.next.CompareAndSwap(true, false) {
		err = (*c.late)()
	}
	return list, err
}

func (c tardy) hold(change func() error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := *c.late == nil
	if first {
		*c.late = change
	}
	return first
}

var noAnswer = &Fault{Kind: Unknown, Call: "CreateRecord", Message: "No answer in time."}

func (c tardy) CreateRecord(ctx context.Context, zone string, r Record) (Record, error) {
	if c.hold(func() error { _, err := c.Cloud.CreateRecord(context.WithoutCancel(ctx), zone, r); return err }) {
		return Record{}, noAnswer
	}
	return c.Cloud.CreateRecord(ctx, zone, r)
}

func (c tardy) EditRecord(ctx context.Context, zone string, r Record) (Record, error) {
	if c.hold(func() error { _, err := c.Cloud.EditRecord(context.WithoutCancel(ctx), zone, r); return err }) {
		return Record{}, noAnswer
	}
	return c.Cloud.EditRecord(ctx, zone, r)
}

// arrive makes the change that was held back.
func (c tardy) arrive(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := (*c.late)(); err != nil {
		t.Error(err)
	}
}

// abortedAt has a run begin and stop at once when its step has come so far, and returns the run. Nobody works on it then.
func (w *world) abortedAt(t *testing.T, name string, e *engine, step lifecycle.StepName, status lifecycle.RunStatus) (deployment, run uuid.UUID) {
	t.Helper()
	deployment = w.begin(t, name)
	run = w.run(t, deployment).ID
	slice := e.timing.Slice
	e.timing.Slice = 1
	for end := time.Now().Add(patience); ; {
		if w.value(t, `SELECT status FROM run_steps WHERE run_id = $1 AND name = $2`, run, step) == string(status) {
			break
		}
		if _, err := e.work(t.Context(), run, nil); err != nil || time.Now().After(end) {
			t.Fatalf("%s is not %s: %v", step, status, err)
		}
	}
	e.timing.Slice = slice
	w.abortAs(t, run, "support", "customer_request")
	return deployment, run
}

// A record is made by a call that was given up, just when the undoing has looked and seen none: the undoing waits for it, also where a later try
// has done the step meanwhile.
func TestALateRecordIsAwaitedByTheUndoing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at     lifecycle.RunStatus
		faults []cloudsim.Fault // when it is undone
	}{
		"of the only try":                     {lifecycle.RunRetrying, nil},
		"of a try before the one that did it": {lifecycle.RunDone, nil},
		"undone at the second try":            {lifecycle.RunRetrying, []cloudsim.Fault{{Operation: cloudsim.ListRecords, Kind: cloudsim.Refuse, Times: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, cloudsim.Options{})
			cloud := newTardy(w.cloud)
			w.cloud = cloud
			timing := swift
			timing.ListGrace = 5 * time.Second
			e := w.engine(timing)
			id, run := w.abortedAt(t, "shop", e, lifecycle.StepDNS, c.at)
			w.sim.Inject(c.faults...)
			cloud.next.Store(true)
			toEnd(t, e, run)
			if got := w.run(t, id); got.Status != lifecycle.RunCompensated {
				t.Fatalf("%+v", got)
			}
			if left := w.values("shop." + zone); len(left) > 0 || w.sim.Effects(cloudsim.CreateRecord) == 0 {
				t.Errorf("%v is left, after %d were made", left, w.sim.Effects(cloudsim.CreateRecord))
			}
		})
	}
}

// One that comes later than any run waits would point at an address that somebody else has by then: the next sweep takes it back, and brings
// back what was there before; the record of activity says so.
func TestASweepTakesBackALateRecord(t *testing.T) {
	t.Parallel()
	for name, before := range map[string][]string{"created": nil, "in the place of another": {"203.0.113.7"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, old(cloudsim.Options{}))
			for _, value := range before {
				if _, err := w.cloud.CreateRecord(t.Context(), zone, Record{Kind: "A", Hostname: "shop." + zone, Value: value, TTL: time.Hour}); err != nil {
					t.Fatal(err)
				}
			}
			cloud := newTardy(w.cloud)
			w.cloud = cloud
			e := w.engine(swift)
			id, run := w.abortedAt(t, "shop", e, lifecycle.StepDNS, lifecycle.RunRetrying)
			e.timing.ListGrace = time.Millisecond
			toEnd(t, e, run)
			if swept := w.sweep(t); len(swept.TakenBack) != 0 || !slices.Equal(w.values("shop."+zone), before) {
				t.Fatalf("before it comes: %+v, %v", swept.TakenBack, w.values("shop."+zone))
			}
			cloud.arrive(t)
			if found, err := w.sweeper().Preview(t.Context()); err != nil || len(found.TakenBack) != 1 || slices.Equal(w.values("shop."+zone), before) {
				t.Errorf("a dry one: %+v, %v", found.TakenBack, err)
			}
			swept := w.sweep(t)
			if got := w.values("shop." + zone); !slices.Equal(got, before) || len(swept.TakenBack) != 1 {
				t.Errorf("records %v, before %v; taken back %+v", got, before, swept.TakenBack)
			}
			deed := `SELECT count(*) FROM activity WHERE kind = 'record_swept' AND actor = 'sweeper' AND object_id = $1`
			if n := w.value(t, deed, id.String()); n != "1" {
				t.Errorf("%s deeds", n)
			}
			if swept = w.sweep(t); len(swept.TakenBack) != 0 || w.value(t, deed, id.String()) != "1" {
				t.Errorf("and once more: %+v", swept.TakenBack)
			}
		})
	}
}

// What stands there for a reason stays: the deployment has got that address since, a run is under way that may point there, the record was there
// before the run, it points elsewhere, or the run is over for so long that nothing of it can come any more.
func TestASweepLeavesRecordsThatStandForAReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after string // what is changed when the run is over
		value string // of the record; empty: the run's
	}{
		"linked since":       {`UPDATE cloud_deployments SET address = $1::inet, droplet_id = 99, edit_version = edit_version + 1`, ""},
		"a run is under way": {`INSERT INTO runs (id, deployment_id, kind, spec, actor_kind, actor, actor_name) SELECT gen_random_uuid(), id, 'reactivate', '{}', 'staff', 'a', $1 FROM cloud_deployments`, ""},
		"there before":       {`UPDATE run_steps SET intent = jsonb_set(intent, '{old}', jsonb_build_array(jsonb_build_object('value', $1::text))) WHERE name = 'dns'`, ""},
		"elsewhere":          {`SELECT $1::text`, "203.0.113.99"},
		"long ago":           {`UPDATE runs SET finished_at = finished_at - interval '25 hours' WHERE $1 <> ''`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, old(cloudsim.Options{}))
			e := w.engine(swift)
			_, run := w.abortedAt(t, "shop", e, lifecycle.StepDNS, lifecycle.RunDone)
			value := w.values("shop." + zone)[0]
			toEnd(t, e, run)
			for _, table := range []string{"runs", "run_steps"} {
				w.exec(t, `ALTER TABLE `+table+` DISABLE TRIGGER guard`)
			}
			w.exec(t, c.after, value)
			if c.value != "" {
				value = c.value
			}
			if _, err := w.cloud.CreateRecord(t.Context(), zone, Record{Kind: "A", Hostname: "shop." + zone, Value: value, TTL: time.Hour}); err != nil {
				t.Fatal(err)
			}
			if swept := w.sweep(t); len(swept.TakenBack) != 0 || !slices.Equal(w.values("shop."+zone), []string{value}) {
				t.Errorf("taken back %+v, records %v", swept.TakenBack, w.values("shop."+zone))
			}
		})
	}
}

// meddled is a provider at which something happens in between: when records were listed, or when one was deleted.
type meddled struct {
	Cloud
	listed, deleted func()
}

func (c meddled) ListRecords(ctx context.Context, zone, hostname, kind string) ([]Record, error) {
	list, err := c.Cloud.ListRecords(ctx, zone, hostname, kind)
	if c.listed != nil {
		c.listed()
	}
	return list, err
}

func (c meddled) DeleteRecord(ctx context.Context, zone string, id int64) error {
	err := c.Cloud.DeleteRecord(ctx, zone, id)
	if c.deleted != nil {
		c.deleted()
	}
	return err
}

// lateRecord is a record that came about after its run was rolled back, and its address.
func (w *world) lateRecord(t *testing.T, name string) (deployment uuid.UUID, value string) {
	t.Helper()
	e := w.engine(swift)
	deployment, run := w.abortedAt(t, name, e, lifecycle.StepDNS, lifecycle.RunDone)
	value = w.values(name + "." + zone)[0]
	toEnd(t, e, run)
	if _, err := w.cloud.CreateRecord(t.Context(), zone, Record{Kind: "A", Hostname: name + "." + zone, Value: value, TTL: time.Hour}); err != nil {
		t.Fatal(err)
	}
	return deployment, value
}

// The name is taken again while the sweep is at work, and the provider gives out the same address: right before the record is removed, everything is
// asked once more. A sweep that another has taken over changes nothing, either.
func TestASweepAsksOnceMoreBeforeARecordIsTakenBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile string
		err       error
	}{
		"linked":     {`UPDATE cloud_deployments SET address = $1::inet, droplet_id = 99, edit_version = edit_version + 1`, nil},
		"a run":      {`INSERT INTO runs (id, deployment_id, kind, spec, actor_kind, actor, actor_name) SELECT gen_random_uuid(), id, 'reactivate', '{}', 'staff', 'a', $1 FROM cloud_deployments`, nil},
		"taken over": {`UPDATE sweeps SET finished_at = clock_timestamp() WHERE finished_at IS NULL AND $1 <> ''`, store.ErrFenced},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, old(cloudsim.Options{}))
			_, value := w.lateRecord(t, "shop")
			w.cloud = meddled{Cloud: w.cloud, listed: func() { w.exec(t, c.meanwhile, value) }}
			swept, err := w.sweeper().Sweep(t.Context())
			if !errors.Is(err, c.err) || len(swept.TakenBack) != 0 || !slices.Equal(w.values("shop."+zone), []string{value}) {
				t.Errorf("%v, taken back %+v, records %v", err, swept.TakenBack, w.values("shop."+zone))
			}
		})
	}
}

// What is done is recorded, also when the process is told to stop just then.
func TestWhatWasTakenBackIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	id, _ := w.lateRecord(t, "shop")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	w.cloud = meddled{Cloud: w.cloud, deleted: stop}
	_, err := w.sweeper().Sweep(ctx)
	deeds := w.value(t, `SELECT count(*) FROM activity WHERE kind = 'record_swept' AND object_id = $1`, id.String())
	if left := w.values("shop." + zone); len(left) != 0 || deeds != "1" {
		t.Errorf("%v is left, %s deeds, %v", left, deeds, err)
	}
}

// The name was another's once, and still leads to that one's machine on purpose.
func TestASweepLeavesAFormerNameThatLeadsToAMachine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	_, value := w.lateRecord(t, "shop")
	other := w.begin(t, "other")
	for _, table := range []string{"runs", "run_steps"} {
		w.exec(t, `ALTER TABLE `+table+` DISABLE TRIGGER guard`)
	}
	w.exec(t, `UPDATE runs SET status = 'done', finished_at = clock_timestamp(), spec = jsonb_set(spec, '{hostname}', to_jsonb($2::text)) WHERE deployment_id = $1`, other, "shop."+zone)
	w.exec(t, `UPDATE cloud_deployments SET address = $2::inet, droplet_id = 99, edit_version = edit_version + 1 WHERE id = $1`, other, value)
	if swept := w.sweep(t); len(swept.TakenBack) != 0 || !slices.Equal(w.values("shop."+zone), []string{value}) {
		t.Errorf("taken back %+v, records %v", swept.TakenBack, w.values("shop."+zone))
	}
}

// A provider that does not answer about one name does not keep the sweep from the others; one that asks to wait is left alone.
func TestASweepGoesOnWithOtherRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	e := w.engine(swift)
	for _, name := range []string{"one", "two", "three"} {
		_, run := w.abortedAt(t, name, e, lifecycle.StepDNS, lifecycle.RunDone)
		value := w.values(name + "." + zone)[0]
		toEnd(t, e, run)
		if _, err := w.cloud.CreateRecord(t.Context(), zone, Record{Kind: "A", Hostname: name + "." + zone, Value: value, TTL: time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.ListRecords, Kind: cloudsim.Fail, About: "two." + zone, Times: 1})
	if swept := w.sweep(t); len(swept.TakenBack) != 2 || len(w.values("two."+zone)) != 1 {
		t.Errorf("%+v", swept.TakenBack)
	}
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.ListRecords, Kind: cloudsim.Limit, Times: 1})
	before := w.sim.Calls(cloudsim.ListRecords)
	if swept := w.sweep(t); len(swept.TakenBack) != 0 || w.sim.Calls(cloudsim.ListRecords) != before+1 {
		t.Errorf("%+v, %d calls", swept.TakenBack, w.sim.Calls(cloudsim.ListRecords)-before)
	}
	if swept := w.sweep(t); len(swept.TakenBack) != 1 || len(w.values("two."+zone)) != 0 {
		t.Errorf("%+v", swept.TakenBack)
	}
}
