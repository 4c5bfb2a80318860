package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

const lease = time.Minute

// provisioned begins a run, and returns the deployment and the run as it stands.
func (w *world) provisioned(s *store.Store, slug string) (uuid.UUID, store.Run) {
	w.t.Helper()
	fields := deploymentFields(slug)
	fields.Hostname = slug + ".apps.example"
	tenant := w.tenant("t-" + slug)
	id, err := s.CreateDeployment(w.t.Context(), store.NewDeployment{Command: w.by(support), TenantID: tenant, Provision: true, Fields: fields})
	if err != nil {
		w.t.Fatal(err)
	}
	return id, w.newestRun(id)
}

func (w *world) newestRun(deployment uuid.UUID) store.Run {
	w.t.Helper()
	run, err := w.GetNewestRun(w.t.Context(), deployment)
	if err != nil {
		w.t.Fatal(err)
	}
	return run
}

// take holds a run.
func (w *world) take(s *store.Store, run store.Run) store.Lease {
	w.t.Helper()
	taken, err := s.TakeRun(w.t.Context(), run.ID, lease)
	if err != nil || taken.Lease == nil {
		w.t.Fatalf("take: %+v, %v", taken, err)
	}
	return *taken.Lease
}

func try(position, attempt int) store.RunTry {
	return store.RunTry{Position: position, Name: lifecycle.Provision.Steps()[position-1], Attempt: attempt, Intent: map[string]int{"n": attempt}}
}

var machine = store.Machine{ID: 4711, Name: "shop", Region: "fra1", Size: "s-1vcpu-1gb", Address: "192.0.2.9"}

// stepChanges are what the steps of a provisioning change.
var stepChanges = []store.StepChange{
	store.CheckState, store.NoChange, store.NoChange, store.RegisterIt, store.LinkIt, store.NoChange, store.MoveIt,
}

// forward are the writes of a run that goes well, in order.
func forward(s *store.Store, l store.Lease) []func(context.Context) error {
	var writes []func(context.Context) error
	for i, change := range stepChanges {
		writes = append(writes,
			func(ctx context.Context) error { return s.BeginTry(ctx, l, try(i+1, 1)) },
			func(ctx context.Context) error {
				return s.FinishStep(ctx, l, store.StepDone{
					RunTry: try(i+1, 1), Result: map[string]bool{"done": true}, Machine: machine, Change: change, LastStep: i == len(stepChanges)-1,
				})
			})
	}
	return writes
}

// backward are the writes of one that is turned back before its last step, after all the others.
func backward(s *store.Store, l store.Lease) []func(context.Context) error {
	writes := append(forward(s, l)[:12],
		func(ctx context.Context) error {
			return s.PauseStep(ctx, l, store.RunPause{RunTry: try(7, 1), RunTrouble: store.RunTrouble{Kind: "unknown", Message: "no answer"}, Wait: time.Hour})
		},
		func(ctx context.Context) error {
			return s.Compensate(ctx, l, store.StepLost{RunTry: try(7, 1), RunTrouble: store.RunTrouble{Kind: "definite", Message: "no"}, Failed: true})
		})
	undo := []store.StepChange{6: "", 5: "", 4: store.UnlinkIt, 3: "", 2: "", 1: store.ReleaseIt, 0: ""}
	for i := 6; i >= 0; i-- {
		writes = append(writes,
			func(ctx context.Context) error { return s.BeginUndo(ctx, l, try(i+1, 1)) },
			func(ctx context.Context) error {
				return s.PauseUndo(ctx, l, store.RunPause{RunTry: try(i+1, 1), RunTrouble: store.RunTrouble{Kind: "unknown", Message: "no answer"}})
			},
			func(ctx context.Context) error { return s.BeginUndo(ctx, l, try(i+1, 2)) },
			func(ctx context.Context) error {
				return s.FinishUndo(ctx, l, store.StepDone{RunTry: try(i+1, 2), Machine: machine, Change: undo[i]})
			})
	}
	return append(writes, func(ctx context.Context) error { return s.FinishCompensation(ctx, l) })
}

// left is what a run has left, in one line.
func (w *world) left(deployment uuid.UUID) string {
	w.t.Helper()
	return w.value(`SELECT concat_ws(' ', d.state, 'v' || d.version, 'e' || d.edit_version, coalesce(d.droplet_id, 0), coalesce(host(d.address), '-'),
		(SELECT status || ' ' || token || ' ' || (held_by IS NULL) || ' ' || (finished_at IS NOT NULL) FROM runs r WHERE r.deployment_id = d.id),
		(SELECT string_agg(s.attempt || '/' || s.undo_attempt || s.status, ',' ORDER BY position) FROM run_steps s JOIN runs r ON r.id = s.run_id WHERE r.deployment_id = d.id),
		(SELECT string_agg(reason || ' by ' || actor, ', ' ORDER BY version) FROM cloud_deployment_events e WHERE e.deployment_id = d.id),
		(SELECT count(*) FROM cloud_edits c WHERE c.deployment_id = d.id), 'edits',
		(SELECT string_agg(provider || ' ' || droplet_id || ' ' || (released_at IS NULL), ',') FROM cloud_droplets c WHERE c.deployment_id = d.id))
		FROM cloud_deployments d WHERE d.id = $1`, deployment)
}

const (
	wentWell = "active v2 e2 4711 192.0.2.9 done 1 true true 1/0done,1/0done,1/0done,1/0done,1/0done,1/0done,1/0done " +
		"created by support@arcadia.test, provisioned by provisioning 1 edits test 4711 true"
	wentBack = "cancelled v2 e3 0 - compensated 1 true true 1/2compensated,1/2compensated,1/2compensated,1/2compensated,1/2compensated,1/2compensated,0/2compensated " +
		"created by support@arcadia.test, provisioning_failed by provisioning 2 edits test 4711 false"
)

// slowRuns make every commit that writes a run or one of its steps take a moment.
var slowRuns = []string{
	`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.05); RETURN NULL; END $$`,
	`CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON runs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()`,
}

// The answer to each COMMIT of a run is lost, in every way: it is written once all the same.
func TestLostAnswersOfARun(t *testing.T) {
	t.Parallel()
	for name, how := range cuts {
		for want, writes := range map[string]func(*store.Store, store.Lease) []func(context.Context) error{wentWell: forward, wentBack: backward} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				wire, dsn := newWire(t, w.db.AppDSN)
				far := openStore(t, dsn, store.Options{Conns: 2, Provider: "test"})
				id, run := w.provisioned(far, "d")
				w.exec(slowRuns...)
				wire.how.Store(int32(how))
				wire.left.Store(1)
				l := w.take(far, run)
				for i, write := range writes(far, l) {
					wire.left.Store(1)
					if err := write(t.Context()); err != nil || wire.left.Load() > 0 {
						t.Fatalf("write %d: %v, %d cuts left", i, err, wire.left.Load())
					}
				}
				if got := w.left(id); got != want {
					t.Errorf("left:\n%s\nwant:\n%s", got, want)
				}
				w.verified()
			})
		}
	}
}

// Whoever was taken over writes nothing, whatever he tries to write.
func TestFencedWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := openStore(t, w.db.AppDSN, store.Options{Conns: 4, Provider: "test"})
	for slug, writes := range map[string]func(*store.Store, store.Lease) []func(context.Context) error{"f": forward, "b": backward} {
		id, run := w.provisioned(s, slug)
		old := w.take(s, run)
		w.exec(`UPDATE runs SET held_until = clock_timestamp() - interval '1 second'`)
		now := w.take(s, run)
		if now.Token != old.Token+1 {
			t.Errorf("token %d after %d", now.Token, old.Token)
		}
		late := writes(s, old)
		late = append(late,
			func(ctx context.Context) error { return s.GiveRunBack(ctx, old) },
			func(ctx context.Context) error { return s.IntendRun(ctx, old, 2, 1) },
			func(ctx context.Context) error { return s.NameDroplet(ctx, old, 1) },
			func(ctx context.Context) error { return s.EndRun(ctx, old, "over") },
			func(ctx context.Context) error { return s.NeedOperator(ctx, old, store.StepLost{RunTry: try(2, 1)}) })
		before := w.left(id)
		for i, write := range late {
			if err := write(t.Context()); !errors.Is(err, store.ErrFenced) {
				t.Errorf("write %d: %v", i, err)
			}
		}
		if after := w.left(id); after != before {
			t.Errorf("left:\n%s\nbefore:\n%s", after, before)
		}
	}
}

// A run is one process's at a time, not before it is due, and nobody's when it is over.
func TestTakingARun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	s := openStore(t, w.db.AppDSN, store.Options{Conns: 10, Provider: "test"})
	_, run := w.provisioned(s, "d")
	taken := make(chan store.Taken, 20)
	for range cap(taken) {
		go func() {
			got, err := s.TakeRun(t.Context(), run.ID, lease)
			if err != nil {
				t.Errorf("take: %v", err)
			}
			taken <- got
		}()
	}
	var leases []store.Lease
	for range cap(taken) {
		if got := <-taken; got.Lease != nil {
			leases = append(leases, *got.Lease)
		} else if got.Over || got.Wait < lease-10*time.Second || got.Wait > lease {
			t.Errorf("%+v", got)
		}
	}
	if len(leases) != 1 {
		t.Fatalf("%d hold it", len(leases))
	}
	pause := store.RunPause{RunTry: try(1, 1), RunTrouble: store.RunTrouble{Kind: "limited", Message: "slow down"}, Wait: time.Hour, Waiting: true}
	if err := s.PauseStep(t.Context(), leases[0], pause); err != nil {
		t.Fatal(err)
	}
	if got, err := s.TakeRun(t.Context(), run.ID, lease); err != nil || got.Lease != nil || got.Over || got.Wait < 59*time.Minute {
		t.Errorf("not due: %+v, %v", got, err)
	}
	w.exec(`UPDATE runs SET next_try_at = NULL`)
	l := w.take(s, run)
	if err := s.NeedOperator(t.Context(), l, store.StepLost{RunTry: try(1, 1)}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.TakeRun(t.Context(), run.ID, lease); err != nil || !got.Over {
		t.Errorf("a person's: %+v, %v", got, err)
	}
	if _, err := s.TakeRun(t.Context(), uuid.New(), lease); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no run: %v", err)
	}
}

// Changes that are impossible here are refused for good, and leave nothing.
func TestChangesOfAStepThatAreImpossible(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before string
		step   int
	}{
		"the deployment is elsewhere":        {`UPDATE cloud_deployments SET edit_version = edit_version + 1, hostname = 'other.apps.example'`, 5},
		"it has another droplet":             {`UPDATE cloud_deployments SET edit_version = edit_version + 1, droplet_id = 99`, 5},
		"the droplet is another run's":       {`INSERT INTO cloud_droplets (provider, droplet_id, deployment_id) SELECT 'test', 4711, id FROM cloud_deployments`, 4},
		"somebody asked it to stop":          {`UPDATE runs SET abort_kind = 'staff', abort_actor = 'a', abort_name = 'A', aborted_at = now()`, 7},
		"a droplet that was released before": {`INSERT INTO cloud_droplets (provider, droplet_id, deployment_id, run_id, released_at) SELECT 'test', 4711, deployment_id, id, now() FROM runs`, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s := openStore(t, w.db.AppDSN, store.Options{Conns: 2, Provider: "test"})
			id, run := w.provisioned(s, "d")
			w.exec(c.before)
			l := w.take(s, run)
			before := w.left(id)
			err := s.FinishStep(t.Context(), l, store.StepDone{RunTry: try(c.step, 1), Machine: machine, Change: stepChanges[c.step-1], LastStep: c.step == 7})
			var refused *store.ErrRunRefused
			if !errors.As(err, &refused) || refused.Text == "" {
				t.Errorf("%v", err)
			}
			if after := w.left(id); after != before {
				t.Errorf("left:\n%s\nbefore:\n%s", after, before)
			}
		})
	}
}

// What is too long to keep is cut, never refused.
func TestLongMessagesAreCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := openStore(t, w.db.AppDSN, store.Options{Conns: 2, Provider: "test"})
	id, run := w.provisioned(s, "d")
	long := make([]rune, 5000)
	for i := range long {
		long[i] = 'ü'
	}
	l := w.take(s, run)
	if err := s.NeedOperator(t.Context(), l, store.StepLost{RunTry: try(2, 1), RunTrouble: store.RunTrouble{Kind: "unknown", Message: string(long)}}); err != nil {
		t.Fatal(err)
	}
	if got := w.newestRun(id); len([]rune(got.Error)) != 2000 || got.ErrorStep != lifecycle.StepCreate || got.State != lifecycle.Cancelled {
		t.Errorf("%d characters, %s at %s", len([]rune(got.Error)), got.State, got.ErrorStep)
	}
}

// What a run builds is not edited under its hands.
func TestEditsWhileARunBuilds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := openStore(t, w.db.AppDSN, store.Options{Conns: 2, Provider: "test"})
	id, run := w.provisioned(s, "d")
	f := w.get(id).Fields()
	for field, change := range map[string]func(*catalog.Deployment){
		"hostname": func(f *catalog.Deployment) { f.Hostname = "" },
		"region":   func(f *catalog.Deployment) { f.Region = "ams3" },
		"size":     func(f *catalog.Deployment) { f.Size = "s-2vcpu-4gb" },
	} {
		changed := f
		change(&changed)
		problems(t, s.UpdateDeployment(t.Context(), support, id, 1, changed), field)
	}
	f.Name = "Boutique"
	if err := s.UpdateDeployment(t.Context(), support, id, 1, f); err != nil {
		t.Errorf("its name: %v", err)
	}
	l := w.take(s, run)
	if err := s.EndRun(t.Context(), l, "over"); err != nil {
		t.Fatal(err)
	}
	f.Region = "ams3"
	if err := s.UpdateDeployment(t.Context(), support, id, 2, f); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
