package provisioning

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// old is a provider whose machines are two hours old when they are made, until its clock is moved forward.
func old(o cloudsim.Options) cloudsim.Options {
	o.Clock = func() time.Time { return time.Now().Add(-2 * time.Hour) }
	return o
}

func (w *world) sweeper() *Sweeper {
	return NewSweeper(Options{Store: w.Store, Cloud: w.cloud, Timing: swift, Log: slog.New(slog.DiscardHandler)})
}

func (w *world) sweep(t *testing.T) Swept {
	t.Helper()
	swept, err := w.sweeper().Sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return swept
}

// overRun is a deployment whose run was rolled back: the provider refused to build.
func (w *world) overRun(t *testing.T, name string) store.Run {
	t.Helper()
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.CreateDroplet, Kind: cloudsim.Refuse, Times: 1})
	id := w.begin(t, name)
	toEnd(t, w.engine(swift), w.run(t, id).ID)
	run := w.run(t, id)
	if run.Status != lifecycle.RunCompensated {
		t.Fatalf("the run is %s", run.Status)
	}
	return run
}

// stray makes a machine as a run makes it, and returns its number.
func (w *world) stray(t *testing.T, tags ...string) int64 {
	t.Helper()
	d, err := w.cloud.CreateDroplet(t.Context(), DropletSpec{
		Name: "lost", Region: "fra1", Size: "s-1vcpu-1gb", Image: "debian-12-x64", Tags: append([]string{ConsoleTag}, tags...),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d.ID
}

func (w *world) orphan(t *testing.T, run store.Run) int64 {
	t.Helper()
	return w.stray(t, DeploymentTag(run), RunTag(run))
}

func (w *world) finding(t *testing.T, id int64) store.Finding {
	t.Helper()
	f, err := w.GetFinding(t.Context(), id)
	if err != nil {
		t.Fatalf("finding of %d: %v", id, err)
	}
	return f
}

func (w *world) there(id int64) bool {
	return slices.ContainsFunc(w.sim.Droplets(""), func(d cloudsim.Droplet) bool { return d.ID == id })
}

func verdictOf(swept Swept, id int64) lifecycle.SweepVerdict {
	for _, d := range swept.Droplets {
		if d.ID == id {
			return d.Verdict
		}
	}
	return ""
}

func (w *world) decide(t *testing.T, id int64, d lifecycle.SweepDecision, note string) {
	t.Helper()
	acted, err := w.DecideFinding(t.Context(), store.FindingAct{Command: w.by(operator), DropletID: id, Decision: d, Notes: note})
	if err != nil || acted.Refusal != nil {
		t.Fatalf("decide %s about %d: %+v, %v", d, id, acted.Refusal, err)
	}
}

// The answer to a creation is lost, and the provider lists the machine only after the run has looked long enough and made
// another one. Nobody knows the first one but the sweeper.
func TestSweepRemovesWhatWasListedTooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{Listing: time.Minute}))
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.CreateDroplet, Kind: cloudsim.ResetAfter, Times: 1})
	id := w.begin(t, "shop")
	toEnd(t, w.engine(swift), w.run(t, id).ID)
	run := w.run(t, id)
	droplets := w.sim.Droplets("")
	if run.Status != lifecycle.RunDone || len(droplets) != 2 {
		t.Fatalf("the run is %s, with %d droplets", run.Status, len(droplets))
	}
	lost := droplets[0].ID
	if swept := w.sweep(t); len(swept.Droplets) != 0 {
		t.Errorf("listed at once: %+v", swept.Droplets)
	}
	w.sim.Advance(time.Minute)
	first := w.sweep(t)
	if v := verdictOf(first, lost); v != lifecycle.KeepOnce || !w.there(lost) {
		t.Errorf("at first sight: %s", v)
	}
	if v := verdictOf(first, run.DropletID.Int64); v != lifecycle.KeepLinked {
		t.Errorf("the deployment's machine: %s", v)
	}
	second := w.sweep(t)
	if !slices.Equal(second.Removed, []int64{lost}) || second.Sweep.Removed != 1 || w.there(lost) || !w.there(run.DropletID.Int64) {
		t.Errorf("removed %v; %+v", second.Removed, second.Sweep)
	}
	if f := w.finding(t, lost); f.Status != store.FindingRemoved || !f.RemovedAt.Valid {
		t.Errorf("finding %+v", f)
	}
	deed := w.value(t, `SELECT actor_kind || ' ' || actor || ' ' || object_id || ' ' || changes::text FROM activity WHERE kind = 'droplet_swept'`)
	if !strings.HasPrefix(deed, "system sweeper "+id.String()) || !strings.Contains(deed, fmt.Sprint(lost)) {
		t.Errorf("deed %s", deed)
	}
	if third := w.sweep(t); len(third.Removed) != 0 || third.Sweep.Kept != 0 {
		t.Errorf("then %+v", third.Sweep)
	}
}

// ageless is a provider whose times cannot be read.
type ageless struct{ Cloud }

func (c ageless) ListDroplets(ctx context.Context, tag string) ([]Droplet, error) {
	droplets, err := c.Cloud.ListDroplets(ctx, tag)
	for i := range droplets {
		droplets[i].CreatedAt = time.Time{}
	}
	return droplets, err
}

// A machine of which nobody knows how old it is may have been made just now.
func TestSweepKeepsWhatHasNoAge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	id := w.orphan(t, w.overRun(t, "shop"))
	w.cloud = ageless{w.cloud}
	for range 3 {
		if v := verdictOf(w.sweep(t), id); v != lifecycle.KeepYoung || !w.there(id) {
			t.Errorf("verdict %s", v)
		}
	}
}

// What is kept, however often it is seen.
func TestSweepKeeps(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	over, other := w.overRun(t, "over"), w.overRun(t, "other")
	waiting := w.run(t, w.begin(t, "waiting"))
	troubled := w.overRun(t, "troubled")
	built := w.begin(t, "built")
	toEnd(t, w.engine(swift), w.run(t, built).ID)
	linked := w.run(t, built).DropletID.Int64
	// Seen before the first sweep; then 29 minutes are not enough, and 31 are.
	want := map[int64]lifecycle.SweepVerdict{
		linked:               lifecycle.KeepLinked,
		w.orphan(t, waiting): lifecycle.KeepLive,
		w.stray(t, DeploymentTag(over), "run-"+uuid.NewString()): lifecycle.KeepUnknown,
		w.stray(t, "dep-"+uuid.NewString(), RunTag(over)):        lifecycle.KeepUnknown,
		w.stray(t, DeploymentTag(over), RunTag(other)):           lifecycle.KeepUnknown,
		w.stray(t): lifecycle.KeepUnknown,
		w.stray(t, DeploymentTag(over), DeploymentTag(other), RunTag(over)): lifecycle.KeepUnknown,
	}
	registered := w.orphan(t, over)
	want[registered] = lifecycle.KeepRegistered
	w.exec(t, `INSERT INTO cloud_droplets (provider, droplet_id, deployment_id) VALUES ('digitalocean', $1, $2)`, registered, over.DeploymentID)
	w.sim.Advance(2*time.Hour - 31*time.Minute)
	ripe := w.orphan(t, over)
	w.sim.Advance(2 * time.Minute)
	young := w.orphan(t, over)
	want[ripe], want[young] = lifecycle.SweepRemove, lifecycle.KeepYoung
	needing := w.orphan(t, troubled)
	want[needing] = lifecycle.KeepOperator
	w.revive(t, troubled.ID)

	w.sweep(t)
	swept := w.sweep(t)
	for id, verdict := range want {
		if got := verdictOf(swept, id); got != verdict {
			t.Errorf("droplet %d: %s, want %s", id, got, verdict)
		}
		if w.there(id) != (verdict != lifecycle.SweepRemove) {
			t.Errorf("droplet %d (%s) is there: %v", id, verdict, w.there(id))
		}
	}
	if swept.Sweep.Asks != 6 || swept.Asks() != 6 {
		t.Errorf("%d ask, and %d", swept.Sweep.Asks, swept.Asks())
	}
	// By a person's word, what is unknown and what is registered go; the inventory knows.
	w.decide(t, registered, lifecycle.SweepAway, "")
	if swept = w.sweep(t); !slices.Equal(swept.Removed, []int64{registered}) {
		t.Errorf("by a person's word: %v", swept.Removed)
	}
	if released := w.value(t, `SELECT released_at IS NOT NULL FROM cloud_droplets WHERE droplet_id = $1`, registered); released != "true" {
		t.Error("the inventory still has it")
	}
}

// revive makes a run that is over look like one that needs an operator, which no code can do.
func (w *world) revive(t *testing.T, id uuid.UUID) {
	t.Helper()
	w.exec(t, `ALTER TABLE runs DISABLE TRIGGER guard`)
	w.exec(t, `UPDATE runs SET status = 'needs_operator', finished_at = NULL WHERE id = $1`, id)
	w.exec(t, `ALTER TABLE runs ENABLE TRIGGER guard`)
}

func (w *world) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := w.owner.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// Five go by themselves, then a person is asked; until the person has decided about all, nothing more goes by itself.
func TestSweepAsksAfterFive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	run := w.overRun(t, "shop")
	var all []int64
	for range 8 {
		all = append(all, w.orphan(t, run))
	}
	w.sweep(t)
	swept := w.sweep(t)
	if !slices.Equal(swept.Removed, all[:5]) || swept.Sweep.Asks != 3 {
		t.Errorf("removed %v, %d ask", swept.Removed, swept.Sweep.Asks)
	}
	later := w.orphan(t, run)
	w.sweep(t)
	if swept = w.sweep(t); len(swept.Removed) != 0 || verdictOf(swept, later) != lifecycle.KeepLimit || swept.Sweep.Asks != 4 {
		t.Errorf("while a person is asked: removed %v, the new one %s", swept.Removed, verdictOf(swept, later))
	}
	for _, id := range all[5:7] {
		w.decide(t, id, lifecycle.SweepAway, "")
	}
	if swept = w.sweep(t); !slices.Equal(swept.Removed, all[5:7]) {
		t.Errorf("by a person's word: %v", swept.Removed)
	}
	if who := w.value(t, `SELECT count(*) FROM activity WHERE kind = 'droplet_swept' AND changes::text LIKE '%Ola%'`); who != "2" {
		t.Errorf("%s deeds name who asked", who)
	}
	w.decide(t, all[7], lifecycle.SweepKeep, "taken over by hand")
	w.decide(t, later, lifecycle.SweepKeep, "the same")
	next := w.orphan(t, run)
	w.sweep(t)
	if swept = w.sweep(t); !slices.Equal(swept.Removed, []int64{next}) || !w.there(all[7]) || !w.there(later) || swept.Sweep.Asks != 0 {
		t.Errorf("after all was decided: %v, %d ask", swept.Removed, swept.Sweep.Asks)
	}
}

// linking links a machine to a deployment at the last moment.
type linking struct {
	*store.Store
	link func()
}

func (s linking) BeginRemoval(ctx context.Context, l store.SweepLease, d store.SeenDroplet) (lifecycle.SweepVerdict, error) {
	s.link()
	return s.Store.BeginRemoval(ctx, l, d)
}

func TestSweepKeepsWhatWasLinkedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	run := w.overRun(t, "shop")
	id := w.orphan(t, run)
	w.sweep(t)
	sweeper := w.sweeper()
	sweeper.store = linking{w.Store, func() {
		w.exec(t, `UPDATE cloud_deployments SET droplet_id = $1, edit_version = edit_version + 1 WHERE id = $2`, id, run.DeploymentID)
	}}
	swept, err := sweeper.Sweep(t.Context())
	if err != nil || len(swept.Removed) != 0 || verdictOf(swept, id) != lifecycle.KeepLinked || w.sim.Calls(cloudsim.DeleteDroplet) != 0 {
		t.Errorf("%+v, %v, %d calls", swept, err, w.sim.Calls(cloudsim.DeleteDroplet))
	}
	if f := w.finding(t, id); f.Status != store.FindingSettled {
		t.Errorf("finding %s", f.Status)
	}
}

func TestSweepersTakeTurns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	run := w.overRun(t, "shop")
	for range 12 {
		w.orphan(t, run)
	}
	w.sweep(t)
	var wait sync.WaitGroup
	var mu sync.Mutex
	swept, refused := 0, 0
	for range 6 {
		sweeper := NewSweeper(Options{Store: w.open(2), Cloud: w.newCloud(patience), Timing: swift, Log: slog.New(slog.DiscardHandler)})
		wait.Go(func() {
			_, err := sweeper.Sweep(t.Context())
			for errors.Is(err, store.ErrBusy) { // nothing was begun
				_, err = sweeper.Sweep(t.Context())
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				swept++
			case errors.Is(err, store.ErrSweeping):
				refused++
			default:
				t.Errorf("sweep: %v", err)
			}
		})
	}
	wait.Wait()
	if swept == 0 || swept+refused != 6 || w.sim.Effects(cloudsim.DeleteDroplet) != 5 {
		t.Errorf("%d swept, %d refused, %d removed", swept, refused, w.sim.Effects(cloudsim.DeleteDroplet))
	}
}

// dying is a cloud whose first deletion comes back only when it is let go.
type dying struct {
	Cloud
	called, letGo chan struct{}
	once          *sync.Once
}

func (c dying) DeleteDroplet(ctx context.Context, id int64) error {
	err := c.Cloud.DeleteDroplet(ctx, id)
	c.once.Do(func() {
		close(c.called)
		<-c.letGo
	})
	return err
}

// A sweeper that is silent for too long is taken for dead: the next one finishes what it had begun, and when it comes back it
// removes nothing more.
func TestSweepIsTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	run := w.overRun(t, "shop")
	first, second := w.orphan(t, run), w.orphan(t, run)
	w.sweep(t)
	slow := w.sweeper()
	cloud := dying{w.cloud, make(chan struct{}), make(chan struct{}), new(sync.Once)}
	slow.cloud = cloud
	late := make(chan error, 1)
	go func() {
		_, err := slow.Sweep(t.Context())
		late <- err
	}()
	<-cloud.called
	if _, err := w.sweeper().Sweep(t.Context()); !errors.Is(err, store.ErrSweeping) {
		t.Errorf("while the other holds it: %v", err)
	}
	w.exec(t, `UPDATE sweeps SET held_until = clock_timestamp() WHERE finished_at IS NULL`) // as time would
	swept := w.sweep(t)
	if !slices.Equal(swept.Removed, []int64{second}) || swept.Sweep.Removed != 2 || w.finding(t, first).Status != store.FindingRemoved {
		t.Errorf("taken over: %v, %+v; the first one %s", swept.Removed, swept.Sweep, w.finding(t, first).Status)
	}
	close(cloud.letGo)
	if err := <-late; !errors.Is(err, store.ErrFenced) {
		t.Errorf("the late one: %v", err)
	}
	if n := w.value(t, `SELECT count(*) FROM activity WHERE kind = 'droplet_swept'`); n != "2" {
		t.Errorf("%s deeds of two removals", n)
	}
}

func TestSweepWhoseDeletionsFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	id := w.orphan(t, w.overRun(t, "shop"))
	w.sweep(t)
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.DeleteDroplet, Kind: cloudsim.Fail, Message: "It is on fire."})
	for try := 1; try <= 3; try++ {
		if swept := w.sweep(t); len(swept.Failed) != 1 || len(swept.Removed) != 0 {
			t.Fatalf("try %d: %+v", try, swept)
		}
	}
	f := w.finding(t, id)
	if f.Verdict != lifecycle.KeepFailing || f.Failed != 3 || !strings.Contains(f.Error, "on fire") || f.Status != store.FindingRemoving {
		t.Errorf("finding %+v", f)
	}
	calls := w.sim.Calls(cloudsim.DeleteDroplet)
	if swept := w.sweep(t); swept.Sweep.Asks != 1 || w.sim.Calls(cloudsim.DeleteDroplet) != calls {
		t.Errorf("after three tries: %+v", swept.Sweep)
	}
	w.sim.Clear()
	w.decide(t, id, lifecycle.SweepAway, "")
	if swept := w.sweep(t); !slices.Equal(swept.Removed, []int64{id}) {
		t.Errorf("by a person's word: %+v", swept)
	}
}

// The provider removes it, and the answer is lost: the next sweep sees that it is gone and says so.
func TestSweepWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	for _, kind := range []cloudsim.FaultKind{cloudsim.FailAfter, cloudsim.ResetAfter, cloudsim.HangAfter} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, old(cloudsim.Options{}))
			id := w.orphan(t, w.overRun(t, "shop"))
			w.sweep(t)
			w.sim.Inject(cloudsim.Fault{Operation: cloudsim.DeleteDroplet, Kind: kind})
			if swept := w.sweep(t); len(swept.Removed) != 0 || w.there(id) || w.finding(t, id).Status != store.FindingRemoving {
				t.Errorf("%+v, %s", swept, w.finding(t, id).Status)
			}
			if swept := w.sweep(t); swept.Sweep.Removed != 1 || w.finding(t, id).Status != store.FindingRemoved {
				t.Errorf("then %+v, %s", swept.Sweep, w.finding(t, id).Status)
			}
			if n := w.value(t, `SELECT count(*) FROM activity WHERE kind = 'droplet_swept'`); n != "1" {
				t.Errorf("%s deeds", n)
			}
		})
	}
}

// Of what is gone already the deletion is a success; a provider that asks to wait is left alone until the next sweep.
func TestSweepGoneAndLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	run := w.overRun(t, "shop")
	gone, limited, last := w.orphan(t, run), w.orphan(t, run), w.orphan(t, run)
	w.sweep(t)
	w.sim.Inject(
		cloudsim.Fault{Operation: cloudsim.DeleteDroplet, Kind: cloudsim.Refuse, Status: http.StatusNotFound, Times: 1},
		cloudsim.Fault{Operation: cloudsim.DeleteDroplet, Kind: cloudsim.Limit, Times: 1, About: fmt.Sprint(limited)},
	)
	swept := w.sweep(t)
	if !slices.Equal(swept.Removed, []int64{gone}) || swept.Failed[limited] == nil || !w.there(last) {
		t.Errorf("%+v", swept)
	}
	if calls := w.sim.Calls(cloudsim.DeleteDroplet); calls != 2 {
		t.Errorf("%d calls", calls)
	}
	if swept = w.sweep(t); len(swept.Removed) != 2 {
		t.Errorf("then %v", swept.Removed)
	}
}

// A provider that does not answer changes nothing, and the sweep says so.
func TestSweepWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	id := w.orphan(t, w.overRun(t, "shop"))
	w.sweep(t)
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.ListDroplets, Kind: cloudsim.Fail, Times: 1})
	_, err := w.sweeper().Sweep(t.Context())
	var fault *Fault
	if !errors.As(err, &fault) {
		t.Errorf("error %v", err)
	}
	if f := w.finding(t, id); f.Seen != 1 || f.Status != store.FindingOpen {
		t.Errorf("finding %+v", f)
	}
	found, err := w.ListFindings(t.Context())
	if err != nil || found.Newest.Error == "" || !found.Newest.FinishedAt.Valid || found.Total != 1 {
		t.Errorf("%+v, %v", found, err)
	}
}

// A machine of the inventory that the provider does not know is told, and nothing else. One without the tag is not missing.
func TestSweepFindsWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	for _, name := range []string{"shop", "blog"} {
		toEnd(t, w.engine(swift), w.run(t, w.begin(t, name)).ID)
	}
	w.exec(t, `UPDATE cloud_droplets SET registered_at = registered_at - interval '1 hour'`)
	lost := w.sim.Droplets("")[0].ID
	if err := w.cloud.DeleteDroplet(t.Context(), lost); err != nil {
		t.Fatal(err)
	}
	untagged, err := w.cloud.CreateDroplet(t.Context(), DropletSpec{
		Name: "plain", Region: "fra1", Size: "s-1vcpu-1gb", Image: "debian-12-x64", Tags: []string{"by-hand"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.exec(t, `INSERT INTO cloud_droplets (provider, droplet_id, deployment_id, registered_at)
SELECT provider, $1, deployment_id, registered_at FROM cloud_droplets LIMIT 1`, untagged.ID)
	swept := w.sweep(t)
	if len(swept.Missing) != 1 || swept.Missing[0].DropletID != lost || swept.Sweep.Asks != 1 {
		t.Errorf("missing %+v; %+v", swept.Missing, swept.Sweep)
	}
	if f := w.finding(t, lost); f.Verdict != lifecycle.SweepMissing || f.Status != store.FindingOpen || !f.DeploymentName.Valid {
		t.Errorf("finding %+v", f)
	}
	if n := w.value(t, `SELECT count(*) FROM cloud_deployments WHERE droplet_id = $1`, lost); n != "1" {
		t.Error("the deployment was changed")
	}
	w.decide(t, lost, lifecycle.SweepKeep, "known")
	if swept = w.sweep(t); swept.Sweep.Asks != 0 || swept.Sweep.Kept != 1 {
		t.Errorf("after it was left: %+v", swept.Sweep)
	}
	w.exec(t, `UPDATE cloud_droplets SET released_at = now() WHERE droplet_id = $1`, lost)
	if w.sweep(t); w.finding(t, lost).Status != store.FindingSettled {
		t.Errorf("after its release: %s", w.finding(t, lost).Status)
	}
}

// A dry run says what would be done, again and again, and does nothing.
func TestSweepPreview(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	id := w.orphan(t, w.overRun(t, "shop"))
	for range 3 {
		found, err := w.sweeper().Preview(t.Context())
		if err != nil || verdictOf(found, id) != lifecycle.KeepOnce {
			t.Errorf("%+v, %v", found, err)
		}
	}
	if _, err := w.GetFinding(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a dry run left a finding: %v", err)
	}
	w.sweep(t)
	if found, err := w.sweeper().Preview(t.Context()); err != nil || verdictOf(found, id) != lifecycle.SweepRemove || !w.there(id) {
		t.Errorf("%+v, %v", found, err)
	}
	if dry := w.value(t, `SELECT count(*) FILTER (WHERE dry) || ' of ' || count(*) FROM sweeps`); dry != "4 of 5" {
		t.Errorf("%s sweeps are dry", dry)
	}
}

// Processes that work on runs sweep by themselves, one of them each time, and at once when a person has decided.
func TestProvisionersSweep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	run := w.overRun(t, "shop")
	unknown := w.stray(t, DeploymentTag(run))
	w.sweep(t)
	w.sweep(t)
	timing := swift
	timing.SweepLook = 20 * time.Millisecond
	for range 3 {
		w.start(t, Options{Timing: timing})
	}
	time.Sleep(200 * time.Millisecond)
	if n := w.value(t, `SELECT count(*) FROM sweeps`); n != "2" {
		t.Errorf("%s sweeps before it is time", n)
	}
	w.decide(t, unknown, lifecycle.SweepAway, "")
	soon(t, "it is removed", func() bool { return w.finding(t, unknown).Status == store.FindingRemoved })
	if n := w.value(t, `SELECT count(*) FROM sweeps`); n != "3" {
		t.Errorf("%s sweeps in all", n)
	}
	w.exec(t, `UPDATE sweeps SET started_at = started_at - interval '11 minutes'`)
	soon(t, "there is a sweep after the time is over", func() bool { return w.value(t, `SELECT count(*) FROM sweeps`) != "3" })
}

// What the store answers to people.
func TestDecideFinding(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	id := w.stray(t)
	w.sweep(t)
	act := func(actor access.Actor, d lifecycle.SweepDecision, note, key string) (store.FindingActed, error) {
		return w.DecideFinding(t.Context(), store.FindingAct{Command: store.Command{Actor: actor, Key: key}, DropletID: id, Decision: d, Notes: note})
	}
	support := access.Actor{Kind: access.Staff, ID: "sue@arcadia.test", Name: "Sue", Roles: access.Support}
	for name, c := range map[string]struct {
		actor access.Actor
		d     lifecycle.SweepDecision
		note  string
		code  lifecycle.RefusalCode
	}{
		"support":        {support, lifecycle.SweepKeep, "why", lifecycle.Forbidden},
		"without a note": {operator, lifecycle.SweepKeep, "", lifecycle.NoteMissing},
		"too early":      {operator, lifecycle.SweepAway, "", lifecycle.RunStands},
	} {
		if acted, err := act(c.actor, c.d, c.note, "refused"); err != nil || acted.Refusal == nil || acted.Refusal.Code != c.code {
			t.Errorf("%s: %+v, %v", name, acted.Refusal, err)
		}
	}
	w.sweep(t)
	for range 2 {
		if acted, err := act(operator, lifecycle.SweepAway, "", "once"); err != nil || acted.Refusal != nil || acted.Finding.Decision != lifecycle.SweepAway {
			t.Errorf("%+v, %v", acted, err)
		}
	}
	if _, err := act(operator, lifecycle.SweepKeep, "no", "once"); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("another decision under the key: %v", err)
	}
	if n := w.value(t, `SELECT count(*) FROM activity WHERE kind = 'sweep_confirmed' AND actor = $1`, operator.ID); n != "1" {
		t.Errorf("%s deeds", n)
	}
	_, err := w.DecideFinding(t.Context(), store.FindingAct{Command: w.by(operator), DropletID: 1, Decision: lifecycle.SweepAway})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of no finding: %v", err)
	}
}

// A machine that the provider did not know for a while, and that somebody took from its deployment by “Mark as cleaned”, may stand there
// again with all its customer's data: a sweep asks before it destroys that.
func TestSweepAsksBeforeItRemovesWhatWasInUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, old(cloudsim.Options{}))
	id := w.begin(t, "shop")
	toEnd(t, w.engine(swift), w.run(t, id).ID)
	droplet := w.run(t, id).DropletID.Int64
	w.sim.Inject(cloudsim.Fault{Operation: cloudsim.GetDroplet, Kind: cloudsim.Refuse, Status: http.StatusNotFound})
	w.move(t, id, lifecycle.Pause)
	toEnd(t, w.engine(swift), w.run(t, id).ID)
	run := w.run(t, id)
	if run.Kind != lifecycle.PowerOff || run.Status != lifecycle.RunNeedsOperator {
		t.Fatalf("%+v", run)
	}
	acted, err := w.ActOnRun(t.Context(), store.RunAct{Command: w.by(operator), RunID: run.ID, Action: lifecycle.RunClean, Notes: "Cleared."})
	if err != nil || acted.Refusal != nil {
		t.Fatalf("%+v, %v", acted, err)
	}
	w.sim.Clear()
	w.sweep(t)
	swept := w.sweep(t)
	if !w.there(droplet) || verdictOf(swept, droplet) != lifecycle.KeepRegistered || !w.finding(t, droplet).Verdict.Asks() {
		t.Errorf("there %t: %+v", w.there(droplet), swept)
	}
	w.decide(t, droplet, lifecycle.SweepAway, "")
	if w.sweep(t); w.there(droplet) {
		t.Error("what somebody decided is not done")
	}
}
