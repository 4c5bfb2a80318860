package lifecycle_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// seedTransitions is the seed's table: from each state, the states that are allowed.
var seedTransitions = map[string][]string{
	"provisioning": strings.Fields("active cancelled"),
	"trial":        strings.Fields("active cancelled"),
	"active":       strings.Fields("paused past_due cancelled"),
	"paused":       strings.Fields("active cancelled"),
	"past_due":     strings.Fields("active suspended cancelled"),
	"suspended":    strings.Fields("active cancelled"),
	"cancelled":    strings.Fields("active archived"),
	"archived":     {},
}

// past is one recorded event.
type past struct {
	from, to string
	at       time.Time
	since    time.Time // of the state from then on
}

// model is a deployment as the seed keeps it, with its events; versions count them.
type model struct {
	state  string
	events []past
	now    time.Time
}

// subject is the model as the decision sees it, put together from the events alone.
func (m *model) subject() lifecycle.Subject {
	last := m.events[len(m.events)-1]
	s := lifecycle.Subject{State: lifecycle.State(m.state), Version: len(m.events), LastFrom: lifecycle.State(last.from), LastAt: last.at}
	if len(m.events) > 1 {
		s.PreviousSince = m.events[len(m.events)-2].since
	}
	return s
}

// transition is the seed's transition_state: the same state again, an allowed one, or {:invalid_transition, from, to}.
func (m *model) transition(to string) lifecycle.Verdict {
	switch {
	case to == m.state:
		return lifecycle.Already
	case slices.Contains(seedTransitions[m.state], to):
		return lifecycle.Accepted
	}
	return lifecycle.Refused
}

// step asks for one action and holds the answer against the seed's.
func (m *model) step(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 900).Draw(t, "seconds")) * time.Second)
	action := rapid.SampledFrom(lifecycle.Actions).Draw(t, "action")
	seen := len(m.events) - rapid.SampledFrom([]int{0, 0, 0, 0, 1}).Draw(t, "versions behind")
	undo := rapid.SampledFrom([]bool{false, false, false, true}).Draw(t, "undo")
	r := lifecycle.Request{Actor: admin, Action: action, Version: seen, Now: m.now}
	if slices.Contains(needing, string(action)) {
		r.Reason = lifecycle.Other
	}
	if undo {
		r.Reason = lifecycle.Undo
	}
	d := lifecycle.Decide(m.subject(), r)
	want := m.transition(targets[string(action)])
	_, named := findEdge(m.state, string(action))
	last := m.events[len(m.events)-1]
	reverses := undoable[[2]string{last.from, m.state}] == string(action) && m.now.Sub(last.at) <= 10*time.Minute
	switch {
	case want == lifecycle.Already:
	case seen != len(m.events):
		want = lifecycle.Stale
	case !named, undo && !reverses: // the edge goes by another verb; no such undo
		want = lifecycle.Refused
	}
	if d.Verdict != want {
		t.Fatalf("%s from %s, undo %t: %d %q, want %d", action, m.state, undo, d.Verdict, codeOf(d), want)
	}
	if d.Verdict == lifecycle.Accepted {
		m.record(t, d, undo)
	}
}

func (m *model) record(t *rapid.T, d lifecycle.Decision, undo bool) {
	if !slices.Contains(seedTransitions[m.state], string(d.Move.To)) {
		t.Fatalf("%s to %s is not in the seed", m.state, d.Move.To)
	}
	since := m.now
	if undo {
		since = m.events[len(m.events)-2].since
		if d.Reverts != len(m.events) || string(d.Move.To) != m.events[len(m.events)-2].to {
			t.Fatalf("undo reverts %d and leads to %s, after %v", d.Reverts, d.Move.To, m.events)
		}
	}
	if !d.Since.Equal(since) {
		t.Fatalf("since %s, want %s", d.Since, since)
	}
	m.events = append(m.events, past{m.state, string(d.Move.To), m.now, since})
	m.state = string(d.Move.To)
}

// 10,000 random sequences against the seed's table. The test draws them itself: a hundred at each turn of rapid's own.
func TestRandomSequencesAgainstTheSeed(t *testing.T) {
	t.Parallel()
	sequences := 0
	rapid.Check(t, func(t *rapid.T) {
		for range 100 {
			start := rapid.SampledFrom([]string{"active", "trial", "provisioning"}).Draw(t, "start")
			m := model{state: start, now: noon, events: []past{{"", start, noon, noon}}}
			for range rapid.IntRange(1, 12).Draw(t, "steps") {
				m.step(t)
			}
			replay := ""
			for _, e := range m.events {
				if e.from != replay {
					t.Fatalf("an event from %q after one to %q", e.from, replay)
				}
				replay = e.to
			}
			if replay != m.state {
				t.Fatalf("the events lead to %s, the state is %s", replay, m.state)
			}
			sequences++
		}
	})
	if sequences < 10_000 && !t.Failed() {
		t.Errorf("only %d sequences", sequences)
	}
}

// The map and the seed's table have the same edges.
func TestMapIsTheSeeds(t *testing.T) {
	t.Parallel()
	for from, allowed := range seedTransitions {
		var got []string
		for _, m := range lifecycle.MovesFrom(lifecycle.State(from)) {
			got = append(got, string(m.To))
		}
		slices.Sort(got)
		want := slices.Sorted(slices.Values(allowed))
		if !slices.Equal(got, want) {
			t.Errorf("from %s: %v, the seed has %v", from, got, want)
		}
	}
}

// Nobody is let in by holding more: each further role only ever opens more.
func TestMoreRolesNeverTakeAway(t *testing.T) {
	t.Parallel()
	for roles := range access.Roles(32) {
		for _, more := range access.AllRoles {
			for _, state := range states {
				less := lifecycle.Open(access.Actor{Kind: access.Staff, ID: "a", Name: "A", Roles: roles}, standing(state))
				with := lifecycle.Open(access.Actor{Kind: access.Staff, ID: "a", Name: "A", Roles: roles | more}, standing(state))
				for _, a := range less {
					if !slices.Contains(with, a) {
						t.Errorf("%s loses %s from %s with %s", roles, a, state, more)
					}
				}
			}
		}
	}
}
