package provisioning_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/provisioning"
)

const (
	token = "dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	zone  = "apps.example"
	host  = "shop.apps.example"
	tag   = "dep-1"

	enough = time.Minute // for an answer that comes, on a busy machine
)

// bench is a simulator with one machine and one record, and a client of it.
type bench struct {
	t       *testing.T
	sim     *cloudsim.Simulator
	cloud   *provisioning.DigitalOcean
	droplet provisioning.Droplet
	record  provisioning.Record
}

func newBench(t *testing.T, o cloudsim.Options) *bench {
	t.Helper()
	o.Token, o.Zones = token, append(o.Zones, zone)
	sim, err := cloudsim.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	return &bench{t: t, sim: sim, cloud: newClient(t, sim.URL(), enough)}
}

func newClient(t *testing.T, address string, timeout time.Duration) *provisioning.DigitalOcean {
	t.Helper()
	cloud, err := provisioning.NewDigitalOcean(provisioning.DigitalOceanOptions{Token: token, BaseURL: address, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return cloud
}

func spec(tags ...string) provisioning.DropletSpec {
	return provisioning.DropletSpec{Name: "shop", Region: "fra1", Size: "s-1vcpu-1gb", Image: "debian-12-x64", Tags: tags}
}

// furnish makes the machine and the record that the calls are about.
func (b *bench) furnish() {
	b.t.Helper()
	var err error
	if b.droplet, err = b.cloud.CreateDroplet(b.t.Context(), spec(tag)); err != nil {
		b.t.Fatal(err)
	}
	b.record, err = b.cloud.CreateRecord(b.t.Context(), zone, provisioning.Record{Kind: "A", Hostname: host, Value: "192.0.2.1", TTL: time.Minute})
	if err != nil {
		b.t.Fatal(err)
	}
}

// method is a call of the interface, with how often something changes by it.
type method struct {
	call    func(context.Context, *bench) error
	effects int
}

var methods = map[cloudsim.Operation]method{
	cloudsim.CreateDroplet: {func(ctx context.Context, b *bench) error {
		_, err := b.cloud.CreateDroplet(ctx, spec("dep-2"))
		return err
	}, 1},
	cloudsim.GetDroplet: {func(ctx context.Context, b *bench) error {
		_, err := b.cloud.GetDroplet(ctx, b.droplet.ID)
		return err
	}, 0},
	cloudsim.ListDroplets: {func(ctx context.Context, b *bench) error {
		_, err := b.cloud.ListDroplets(ctx, tag)
		return err
	}, 0},
	cloudsim.DeleteDroplet: {func(ctx context.Context, b *bench) error { return b.cloud.DeleteDroplet(ctx, b.droplet.ID) }, 1},
	cloudsim.Power:         {func(ctx context.Context, b *bench) error { return b.cloud.Power(ctx, b.droplet.ID, false) }, 1},
	cloudsim.FindZone: {func(ctx context.Context, b *bench) error {
		_, err := b.cloud.FindZone(ctx, host)
		return err
	}, 0},
	cloudsim.ListRecords: {func(ctx context.Context, b *bench) error {
		_, err := b.cloud.ListRecords(ctx, zone, host, "A")
		return err
	}, 0},
	cloudsim.CreateRecord: {func(ctx context.Context, b *bench) error {
		_, err := b.cloud.CreateRecord(ctx, zone, provisioning.Record{Kind: "A", Hostname: "new.apps.example", Value: "192.0.2.2"})
		return err
	}, 1},
	cloudsim.EditRecord: {func(ctx context.Context, b *bench) error {
		r := b.record
		r.Value = "192.0.2.3"
		_, err := b.cloud.EditRecord(ctx, zone, r)
		return err
	}, 1},
	cloudsim.DeleteRecord: {func(ctx context.Context, b *bench) error { return b.cloud.DeleteRecord(ctx, zone, b.record.ID) }, 1},
}

// failing is how a call goes wrong and what that is to the client.
type failing struct {
	fault  cloudsim.Fault
	kind   provisioning.FaultKind
	status int
}

var failures = map[string]failing{
	"422":         {cloudsim.Fault{Kind: cloudsim.Refuse}, provisioning.Definite, 422},
	"401":         {cloudsim.Fault{Kind: cloudsim.Refuse, Status: 401}, provisioning.Definite, 401},
	"403":         {cloudsim.Fault{Kind: cloudsim.Refuse, Status: 403}, provisioning.Definite, 403},
	"404":         {cloudsim.Fault{Kind: cloudsim.Refuse, Status: 404}, provisioning.NotFound, 404},
	"429":         {cloudsim.Fault{Kind: cloudsim.Limit, RetryAfter: 7 * time.Second}, provisioning.Limited, 429},
	"busy":        {cloudsim.Fault{Kind: cloudsim.Refuse, Message: "Droplet already has a pending event."}, provisioning.Limited, 422},
	"500":         {cloudsim.Fault{Kind: cloudsim.Fail}, provisioning.Unknown, 500},
	"503":         {cloudsim.Fault{Kind: cloudsim.Fail, Status: 503}, provisioning.Unknown, 503},
	"500 after":   {cloudsim.Fault{Kind: cloudsim.FailAfter}, provisioning.Unknown, 500},
	"hang":        {cloudsim.Fault{Kind: cloudsim.Hang}, provisioning.Unknown, 0},
	"hang after":  {cloudsim.Fault{Kind: cloudsim.HangAfter}, provisioning.Unknown, 0},
	"reset":       {cloudsim.Fault{Kind: cloudsim.Reset}, provisioning.Unknown, 0},
	"reset after": {cloudsim.Fault{Kind: cloudsim.ResetAfter}, provisioning.Unknown, 0},
	"garbled":     {cloudsim.Fault{Kind: cloudsim.GarbleAfter}, provisioning.Unknown, 0},
	"late":        {cloudsim.Fault{Kind: cloudsim.Slow, Delay: time.Hour}, provisioning.Unknown, 0},
}

// Each call, failing in each way, makes one request, is what it is, and has had its effect or not.
func TestEachCallInEachFailure(t *testing.T) {
	t.Parallel()
	if len(methods) != len(cloudsim.Operations) {
		t.Fatalf("%d of %d operations are tested", len(methods), len(cloudsim.Operations))
	}
	for _, kind := range cloudsim.FaultKinds {
		if !slices.ContainsFunc(slices.Collect(maps.Values(failures)), func(f failing) bool { return f.fault.Kind == kind }) {
			t.Errorf("no failure is of the kind %s", kind)
		}
	}
	for operation, m := range methods {
		for name, f := range failures {
			t.Run(fmt.Sprintf("%s %s", operation, name), func(t *testing.T) {
				t.Parallel()
				fail(t, operation, m, f)
			})
		}
	}
}

func fail(t *testing.T, operation cloudsim.Operation, m method, f failing) {
	t.Helper()
	b := newBench(t, cloudsim.Options{})
	b.furnish()
	calls, effects := b.sim.Calls(operation), b.sim.Effects(operation)
	f.fault.Operation, f.fault.Times = operation, 1
	b.sim.Inject(f.fault)
	err := b.try(operation, m, f.fault.Kind)
	// A body that nobody can read is no failure where none is read.
	if bodiless := operation == cloudsim.DeleteDroplet || operation == cloudsim.DeleteRecord; f.fault.Kind == cloudsim.GarbleAfter && bodiless {
		if err != nil {
			t.Fatalf("a deletion that succeeded: %v", err)
		}
	} else {
		expectFault(t, err, operation, f)
	}
	if n := b.sim.Calls(operation) - calls; n != 1 {
		t.Errorf("one call made %d requests", n)
	}
	want := 0
	if f.fault.Kind.After() {
		want = m.effects
	}
	if n := b.sim.Effects(operation) - effects; n != want {
		t.Errorf("%d effects, not %d", n, want)
	}
}

// try makes the call. For an answer that does not come the client waits briefly; longer where the machine is so busy that the
// provider did not even get the request by then.
func (b *bench) try(operation cloudsim.Operation, m method, kind cloudsim.FaultKind) error {
	if !slices.Contains([]cloudsim.FaultKind{cloudsim.Hang, cloudsim.HangAfter, cloudsim.Slow}, kind) {
		return m.call(b.t.Context(), b)
	}
	calls := b.sim.Calls(operation)
	for patience := 50 * time.Millisecond; ; patience *= 6 {
		b.cloud = newClient(b.t, b.sim.URL(), patience)
		err := m.call(b.t.Context(), b)
		for end := time.Now().Add(2 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if b.sim.Calls(operation) > calls {
				return err
			}
		}
		if patience > time.Minute {
			return err
		}
	}
}

func expectFault(t *testing.T, err error, operation cloudsim.Operation, f failing) {
	t.Helper()
	var fault *provisioning.Fault
	if !errors.As(err, &fault) {
		t.Fatalf("%v is no fault", err)
	}
	if fault.Kind != f.kind || fault.Status != f.status || fault.Call != string(operation) || provisioning.KindOf(err) != f.kind {
		t.Errorf("%+v, want %s of %d", *fault, f.kind, f.status)
	}
	if wait := fault.RetryAfter; (wait > 0) != (f.kind == provisioning.Limited) || f.fault.RetryAfter > 0 && wait != f.fault.RetryAfter {
		t.Errorf("to be asked again after %s", wait)
	}
	if fault.Message == "" || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), token) {
		t.Errorf("said as %q", err.Error())
	}
}

// Without a failure each call succeeds, by one request.
func TestEachCall(t *testing.T) {
	t.Parallel()
	for operation, m := range methods {
		b := newBench(t, cloudsim.Options{})
		b.furnish()
		calls, effects := b.sim.Calls(operation), b.sim.Effects(operation)
		if err := m.call(t.Context(), b); err != nil {
			t.Errorf("%s: %v", operation, err)
		}
		if n, e := b.sim.Calls(operation)-calls, b.sim.Effects(operation)-effects; n != 1 || e != m.effects {
			t.Errorf("%s: %d requests and %d effects", operation, n, e)
		}
	}
}
