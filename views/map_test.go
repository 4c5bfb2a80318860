package views

import (
	"strings"
	"testing"

	"arcadia.example/console/lifecycle"
)

func TestMapDrawsEveryEdgeAndMarksWhatCanBeReached(t *testing.T) {
	for _, current := range lifecycle.States {
		for _, narrow := range []bool{false, true} {
			d := drawMap(current, narrow)
			edges := map[edgeKey]string{}
			for _, e := range d.Edges {
				edges[edgeKey{e.From, e.To}] = e.Class
			}
			if len(d.Edges) != len(lifecycle.Map) || len(edges) != len(lifecycle.Map) {
				t.Errorf("%s: %d edges, the map has %d", current, len(edges), len(lifecycle.Map))
			}
			for _, m := range lifecycle.Map {
				class, ok := edges[edgeKey{m.From, m.To}]
				if !ok || (class == "edge on") != (m.From == current) {
					t.Errorf("%s: the edge %s → %s is %q", current, m.From, m.To, class)
				}
			}
			if len(d.Nodes) != len(lifecycle.States) {
				t.Errorf("%s: %d states drawn", current, len(d.Nodes))
			}
			for _, n := range d.Nodes {
				_, reached := lifecycle.Between(current, n.State)
				if n.Reached != reached || n.Current != (n.State == current) {
					t.Errorf("%s: %s is marked wrongly", current, n.State)
				}
			}
		}
	}
}

func TestRoutesAndBoxesBelongToTheMap(t *testing.T) {
	for key := range routes {
		if _, ok := lifecycle.Between(key.from, key.to); !ok {
			t.Errorf("a route from %s to %s, which the map does not have", key.from, key.to)
		}
	}
	if len(boxes) != len(lifecycle.States) {
		t.Errorf("%d boxes for %d states", len(boxes), len(lifecycle.States))
	}
	for s, b := range boxes {
		if !s.Valid() || b.x < 0 || b.y < 0 || b.right() > 820 || b.bottom() > 196 {
			t.Errorf("%s stands outside of the drawing", s)
		}
	}
}

// No line runs through a state that it does not concern, and each touches the two that it does.
func TestEdgesRunBetweenTheBoxes(t *testing.T) {
	for _, m := range lifecycle.Map {
		line := routes[edgeKey{m.From, m.To}]
		if line == nil {
			line = straight(boxes[m.From], boxes[m.To])
		}
		if !touches(boxes[m.From], line[0]) || !touches(boxes[m.To], line[len(line)-1]) {
			t.Errorf("%s → %s does not touch both states", m.From, m.To)
		}
		for i := 1; i < len(line); i++ {
			for s, b := range boxes {
				if crosses(b, line[i-1], line[i]) {
					t.Errorf("%s → %s runs through %s", m.From, m.To, s)
				}
			}
		}
	}
}

func touches(b box, p point) bool {
	inX, inY := p.x >= b.x && p.x <= b.right(), p.y >= b.y && p.y <= b.bottom()
	return inY && (p.x == b.x || p.x == b.right()) || inX && (p.y == b.y || p.y == b.bottom())
}

// crosses reports whether the line, which runs along an axis, goes through the inside of the box.
func crosses(b box, p, q point) bool {
	return max(p.x, q.x) > b.x && min(p.x, q.x) < b.right() && max(p.y, q.y) > b.y && min(p.y, q.y) < b.bottom()
}

func TestMapHasATextAlternative(t *testing.T) {
	for _, s := range lifecycle.States {
		d := draw(t, MapCard(s))
		drawings := d.with("role", "img")
		if len(drawings) != 2 {
			t.Fatalf("%d drawings", len(drawings))
		}
		for _, m := range lifecycle.MovesFrom(s) {
			if !strings.Contains(attr(drawings[0], "aria-label"), m.To.Lower()+" ("+m.Action.Label()+")") {
				t.Errorf("%s: the text does not name %s", s, m.Action)
			}
		}
	}
}
