package provisioning

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// apart makes the database's clock another than that of this process, by so much, for all that is asked of it from now on. Defaults of columns
// and the job queue's own statements go by it, too.
func (w *world) apart(t *testing.T, by time.Duration) {
	t.Helper()
	w.db.AppDSN += " search_path='skewed,pg_catalog,public'"
	w.exec(t, `CREATE SCHEMA skewed`)
	w.exec(t, `GRANT USAGE ON SCHEMA skewed TO PUBLIC`)
	for _, clock := range []string{"now", "clock_timestamp"} {
		w.exec(t, fmt.Sprintf(`CREATE FUNCTION skewed.%[1]s() RETURNS timestamptz LANGUAGE sql VOLATILE AS
			$$ SELECT pg_catalog.%[1]s() + make_interval(secs => %[2]f) $$`, clock, by.Seconds()))
	}
	w.exec(t, `DO $$ DECLARE c record; BEGIN
		FOR c IN SELECT table_name, column_name, substring(column_default FROM 'clock_timestamp|now') AS clock FROM information_schema.columns
		  WHERE table_schema = 'public' AND column_default ~ '(clock_timestamp|now)\(\)' LOOP
			EXECUTE format('ALTER TABLE public.%I ALTER %I SET DEFAULT skewed.%s()', c.table_name, c.column_name, c.clock);
		END LOOP; END $$`)
	w.Store = w.open(8)
	var at time.Time
	if err := w.Store.DB().QueryRowContext(t.Context(), `SELECT clock_timestamp()`).Scan(&at); err != nil {
		t.Fatal(err)
	}
	if got := time.Until(at); (got - by).Abs() > 10*time.Second {
		t.Fatalf("the clocks are %s apart, not %s", got, by)
	}
}

var skews = []time.Duration{-5 * time.Minute, 5 * time.Minute}

// Clocks that are minutes apart: runs are neither taken too early or twice nor left lying, and waiting is no busy work. What is waited for
// are tries, limits, the machine and the switching.
func TestRunsGoByTheClockOfTheDatabase(t *testing.T) {
	t.Parallel()
	for _, by := range skews {
		t.Run(by.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, cloudsim.Options{Activation: 300 * time.Millisecond, Switching: 100 * time.Millisecond})
			w.apart(t, by)
			w.sim.Inject(
				cloudsim.Fault{Operation: cloudsim.CreateDroplet, Kind: cloudsim.Limit, Times: 1},
				cloudsim.Fault{Operation: cloudsim.CreateRecord, Kind: cloudsim.Fail, Times: 2},
				cloudsim.Fault{Operation: cloudsim.Power, Kind: cloudsim.Fail, Times: 1},
			)
			for range 2 {
				w.start(t, Options{Timing: swift})
			}
			id := w.pastDue(t, "shop")
			w.move(t, id, lifecycle.Suspend)
			if run := w.settled(t, id); run.Status != lifecycle.RunDone || w.machine(t, id).On {
				t.Errorf("%+v", run)
			}
			if got := w.runsOf(t, id); got != "provision done, power_off done" {
				t.Errorf("runs %s", got)
			}
			if n := len(w.sim.Droplets("")); n != 1 || w.sim.Effects(cloudsim.CreateDroplet) != 1 || w.sim.Effects(cloudsim.CreateRecord) != 1 {
				t.Errorf("%d droplets, %d made, %d records made", n, w.sim.Effects(cloudsim.CreateDroplet), w.sim.Effects(cloudsim.CreateRecord))
			}
		})
	}
}

// A run that waits is put off until the time by the database's clock, however wrong the clock here is: sooner, every look into the queue would
// be a look at the run; later, it would lie there until somebody wonders.
func TestWhatWaitsIsPutOffByTheClockOfTheDatabase(t *testing.T) {
	t.Parallel()
	for _, by := range append(skews, 0) {
		t.Run(by.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, cloudsim.Options{})
			w.apart(t, by)
			id := w.begin(t, "shop")
			run := w.run(t, id)
			p, err := New(Options{Store: w.Store, Cloud: w.cloud, Timing: swift, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			w.exec(t, `UPDATE runs SET next_try_at = clock_timestamp() + make_interval(secs => $2) WHERE id = $1`, run.ID, (by + time.Minute).Seconds())
			err = (&worker{provisioner: p}).Work(t.Context(), &river.Job[store.RunJob]{Args: store.RunJob{RunID: run.ID}})
			var snooze *river.JobSnoozeError
			if want := time.Minute + by; !errors.As(err, &snooze) || (snooze.Duration-want).Abs() > 10*time.Second {
				t.Errorf("put off by %v, want %s", err, want)
			}
		})
	}
}

// A provider that says when the limit ends means by its own clock.
func TestALimitEndsByTheClockOfTheProvider(t *testing.T) {
	t.Parallel()
	for _, by := range skews {
		there := time.Now().Add(by)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", there.UTC().Format(http.TimeFormat))
			w.Header().Set("RateLimit-Reset", strconv.FormatInt(there.Add(time.Minute).Unix(), 10))
			w.WriteHeader(http.StatusTooManyRequests)
		}))
		t.Cleanup(server.Close)
		cloud, err := NewDigitalOcean(DigitalOceanOptions{Token: "secret", BaseURL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		_, err = cloud.GetDroplet(t.Context(), 7)
		var fault *Fault
		if !errors.As(err, &fault) || fault.Kind != Limited || (fault.RetryAfter-time.Minute).Abs() > 2*time.Second {
			t.Errorf("%s apart: %+v", by, fault)
		}
	}
}

// A dry sweep counts the half hour after which a machine is missing by the database's clock, as a sweep does.
func TestPreviewGoesByTheClockOfTheDatabase(t *testing.T) {
	t.Parallel()
	for _, by := range skews {
		t.Run(by.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, old(cloudsim.Options{}))
			w.apart(t, by)
			toEnd(t, w.engine(swift), w.run(t, w.begin(t, "shop")).ID)
			if err := w.cloud.DeleteDroplet(t.Context(), w.sim.Droplets("")[0].ID); err != nil {
				t.Fatal(err)
			}
			for age, missing := range map[time.Duration]int{28 * time.Minute: 0, 32 * time.Minute: 1} {
				w.exec(t, `UPDATE cloud_droplets SET registered_at = clock_timestamp() + make_interval(secs => $1)`, (by - age).Seconds())
				if found, err := w.sweeper().Preview(t.Context()); err != nil || len(found.Missing) != missing {
					t.Errorf("registered %s ago: %d missing, %v", age, len(found.Missing), err)
				}
			}
		})
	}
}
