package main

import (
	"flag"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/store"
)

var (
	chaosRuns = flag.Int("chaos.runs", 0, "runs of TestChaos over processes of the real program; 0: a few, over quick ones")
	chaosSeed = flag.Uint64("chaos.seed", 0, "what TestChaos draws its faults and kills from; 0: another each time")
)

// storm says how much happens how fast.
type storm struct {
	runs     int
	seed     uint64
	quick    bool // consoles are this test's own program with short waits, not the program as people start it
	cloud    cloudsim.Options
	arrivals time.Duration // between two deployments
	kills    span          // between two kills
	absence  span          // from a kill until another process starts in that one's place
	slow     time.Duration // what a slow answer of the provider takes
	limit    time.Duration // for all of it
}

// span is a time that is drawn anew each time.
type span struct{ least, most time.Duration }

func (s span) draw(r *rand.Rand) time.Duration {
	return s.least + time.Duration(r.Int64N(int64(s.most-s.least)+1))
}

const (
	chaosToken = "chaos"
	chaosZone  = "apps.example"
)

func chooseStorm() storm {
	s := storm{
		runs: *chaosRuns, seed: *chaosSeed, arrivals: 600 * time.Millisecond, kills: span{time.Second, 5 * time.Second}, absence: span{0, 4 * time.Second},
		cloud: cloudsim.Options{Activation: 4 * time.Second, Listing: 3 * time.Second, Showing: 500 * time.Millisecond, Switching: 2 * time.Second, Latency: 300 * time.Millisecond},
		slow:  3 * time.Second, limit: 10 * time.Minute,
	}
	if s.runs == 0 {
		s = storm{
			runs: 12, seed: *chaosSeed, quick: true, arrivals: 150 * time.Millisecond, kills: span{200 * time.Millisecond, time.Second}, absence: span{0, 300 * time.Millisecond},
			cloud: cloudsim.Options{Activation: 300 * time.Millisecond, Listing: 200 * time.Millisecond, Showing: 50 * time.Millisecond, Switching: 150 * time.Millisecond, Latency: 40 * time.Millisecond},
			slow:  200 * time.Millisecond, limit: 2 * time.Minute,
		}
	}
	if s.seed == 0 {
		s.seed = rand.Uint64N(1_000_000) + 1
	}
	s.cloud.Token, s.cloud.Zones = chaosToken, []string{chaosZone}
	return s
}

// takeoverLimit is how long after the death of its process a run may stand still.
const takeoverLimit = 60 * time.Second

// Deployments are built, switched and released by three processes that are killed at random moments, at a provider that fails at
// random. In the end every machine is accounted for, every deployment stands where its run says, and nothing happened twice.
func TestChaos(t *testing.T) {
	t.Parallel()
	s := chooseStorm()
	t.Logf("seed %d: %d runs", s.seed, s.runs)
	w := newWorld(t)
	sim, err := cloudsim.Start(s.cloud)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	c := &chaos{world: w, storm: s, sim: sim, tenant: w.tenant("Chaos"), stands: map[uuid.UUID]standing{}}
	if c.Store, err = store.Open(t.Context(), w.db.AppDSN, store.Options{Conns: 4, Provider: "digitalocean"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	c.watch()
	c.drawLives(rand.New(rand.NewPCG(s.seed, 1)))
	began := time.Now()
	f := c.raiseFleet(rand.New(rand.NewPCG(s.seed, 2)))
	c.weather(f)
	f.stop()
	t.Logf("seed %d: %d runs over within %v, %d kills", s.seed, s.runs, time.Since(began).Round(time.Second), len(f.kills))
	c.judge()
	c.judgeTakeovers(f.kills)
	if out, err := attempt(t, environmentFor(w.db), "verify"); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

// chaos is one storm over one database and one provider.
type chaos struct {
	*world
	*store.Store
	storm  storm
	sim    *cloudsim.Simulator
	tenant uuid.UUID
	lives  []*life

	mu     sync.Mutex
	stands map[uuid.UUID]standing // of each deployment, as last seen
	looked time.Time              // when
}

// weather lets it all happen until every life is over.
func (c *chaos) weather(f *fleet) {
	c.t.Helper()
	var lives sync.WaitGroup
	for _, l := range c.lives {
		lives.Go(func() { l.err = l.live(c) })
	}
	over := make(chan struct{})
	go func() { lives.Wait(); close(over) }()
	for end := time.Now().Add(c.storm.limit); ; {
		select {
		case <-over:
			return
		case <-time.After(50 * time.Millisecond):
		}
		f.turn()
		c.look()
		if time.Now().After(end) {
			c.t.Fatalf("seed %d: not over within %v: %s", c.storm.seed, c.storm.limit, c.value(`
SELECT string_agg(format('%s %s at %s try %s due %s held %s: %s', r.id, r.status, r.step, s.attempt, r.next_try_at, r.held_until, r.error), E'\n')
  FROM runs r LEFT JOIN run_steps s ON s.run_id = r.id AND s.name = r.step WHERE r.live`))
		}
	}
}

// asConsole makes a process of this test's own program a console with short waits, when it was started as one.
func asConsole() {
	if os.Getenv("ARCADIA_TEST_CONSOLE") != "" {
		runTiming = chaosTiming
		main()
		os.Exit(0)
	}
}
