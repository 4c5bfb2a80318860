package store_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// sequences is how many random sequences of actions are compared with the model; -rapid.checks=2500 makes it 10,000, which
// takes a minute and a half on two cores.
const (
	sequences     = 1_000
	sequenceParts = 4
)

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", fmt.Sprint(sequences/sequenceParts)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// edges is the map, written down once more: from and action to the state that it leads to.
var edges = map[string]lifecycle.State{
	"provisioning activate": "active", "provisioning abort": "cancelled", "trial convert": "active", "trial cancel": "cancelled",
	"active pause": "paused", "active mark_past_due": "past_due", "active cancel": "cancelled", "paused resume": "active",
	"paused cancel": "cancelled", "past_due mark_paid": "active", "past_due suspend": "suspended", "past_due cancel": "cancelled",
	"suspended restore": "active", "suspended cancel": "cancelled", "cancelled reactivate": "active", "cancelled archive": "archived",
}

// undone is what an undo of the newest move takes, by where that led from and to.
var undone = map[string]lifecycle.Action{
	"active paused": "resume", "paused active": "pause", "active past_due": "mark_paid", "past_due active": "mark_past_due",
}

// life is the model of one deployment: what a person with pen and paper would know.
type life struct {
	states  []lifecycle.State // after each event
	since   []time.Time
	sent    []store.Transition // what left a command, in the order of its sending
	answers []store.Moved
}

func (l *life) state() lifecycle.State { return l.states[len(l.states)-1] }
func (l *life) version() int           { return len(l.states) }

// expect is the verdict that the model gives to a request under a new key, and whether it is an undo.
func (l *life) expect(r store.Transition) lifecycle.Verdict {
	to, onTheMap := edges[string(l.state())+" "+string(r.Action)]
	switch {
	case r.Actor == viewer:
		return lifecycle.Refused
	case l.state() == r.Action.To():
		return lifecycle.Already
	case r.Version != l.version():
		return lifecycle.Stale
	case !onTheMap, to == "":
		return lifecycle.Refused
	case r.Reason == lifecycle.Undo:
		n := len(l.states)
		if n < 2 || undone[string(l.states[n-2]+" "+l.states[n-1])] != r.Action {
			return lifecycle.Refused
		}
	}
	return lifecycle.Accepted
}

func TestRandomSequences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenantID := w.tenant("model")
	t.Run("parts", func(t *testing.T) {
		for part := range sequenceParts {
			t.Run(fmt.Sprint(part), func(t *testing.T) {
				t.Parallel()
				n := 0
				rapid.Check(t, func(rt *rapid.T) {
					n++
					w.sequence(rt, tenantID, fmt.Sprintf("d%d-%d", part, n))
				})
			})
		}
	})
	w.verified()
}

func (w *world) sequence(rt *rapid.T, tenantID uuid.UUID, slug string) {
	start := rapid.SampledFrom([]lifecycle.State{lifecycle.Active, lifecycle.Trial, lifecycle.Provisioning}).Draw(rt, "start")
	id := w.create(tenantID, deploymentFields(slug), start)
	l := &life{states: []lifecycle.State{start}, since: []time.Time{{}}}
	for range rapid.IntRange(1, 6).Draw(rt, "length") {
		if len(l.sent) > 0 && rapid.IntRange(0, 7).Draw(rt, "again") == 0 {
			w.resend(rt, l)
			continue
		}
		w.step(rt, l, id)
	}
}

// step sends a request under a new key.
func (w *world) step(rt *rapid.T, l *life, id uuid.UUID) {
	r := store.Transition{
		Command: w.by(admin), DeploymentID: id, Version: l.version(),
		Action: rapid.SampledFrom(lifecycle.Actions).Draw(rt, "action"),
	}
	r.Reason = reasonFor(r.Action)
	switch rapid.IntRange(0, 9).Draw(rt, "kind") {
	case 0:
		r.Actor = viewer
	case 1:
		r.Version += rapid.SampledFrom([]int{-1, 1}).Draw(rt, "off by")
	case 2, 3:
		r.Reason = lifecycle.Undo
	}
	want := l.expect(r)
	moved, err := w.Transition(w.t.Context(), r)
	if err != nil || moved.Verdict != want || moved.Replayed {
		rt.Fatalf("%s of %s: %+v %v, want %d", r.Action, l.state(), moved, err, want)
	}
	if want == lifecycle.Accepted {
		since := moved.Deployment.LastAt
		if r.Reason == lifecycle.Undo {
			since = l.since[len(l.since)-2]
		}
		l.states, l.since = append(l.states, r.Action.To()), append(l.since, since)
	}
	if l.version() == 1 {
		l.since[0] = moved.Deployment.StateSince
	}
	l.check(rt, moved)
	if want == lifecycle.Accepted || want == lifecycle.Already {
		l.sent, l.answers = append(l.sent, r), append(l.answers, moved)
	}
}

// check compares the deployment as it stands with the model.
func (l *life) check(rt *rapid.T, moved store.Moved) {
	d := moved.Deployment
	if l.version() == 2 && l.since[0].IsZero() {
		l.since[0] = d.PreviousSince.Time // nothing was said of it before the first move
		if d.LastReason == lifecycle.Undo {
			l.since[1] = l.since[0]
		}
	}
	if d.State != l.state() || d.Version != l.version() || !d.StateSince.Equal(l.since[len(l.since)-1]) {
		rt.Fatalf("stands %s at %d since %s, the model %s at %d since %s", d.State, d.Version, d.StateSince, l.state(), l.version(), l.since)
	}
}

// resend sends an old request again: as it was, or with something changed.
func (w *world) resend(rt *rapid.T, l *life) {
	i := rapid.IntRange(0, len(l.sent)-1).Draw(rt, "which")
	r, first := l.sent[i], l.answers[i]
	if rapid.Bool().Draw(rt, "changed") {
		r.Notes = "changed"
		if _, err := w.Transition(w.t.Context(), r); !errors.Is(err, store.ErrKeyReused) {
			rt.Fatalf("a used key: %v", err)
		}
		return
	}
	moved, err := w.Transition(w.t.Context(), r)
	if err != nil || !moved.Replayed || moved.Verdict != first.Verdict || moved.Version != first.Version || moved.CommandID != first.CommandID {
		rt.Fatalf("again: %+v %v, first %+v", moved, err, first)
	}
	l.check(rt, moved)
}
