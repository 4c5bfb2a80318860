package views

import (
	"math"
	"strconv"
	"strings"

	"arcadia.example/console/lifecycle"
)

// point is a place in the drawing, in its own units.
type point struct{ x, y float64 }

// box is where a state stands.
type box struct{ x, y, w, h float64 }

func (b box) right() float64  { return b.x + b.w }
func (b box) bottom() float64 { return b.y + b.h }
func (b box) midX() float64   { return b.x + b.w/2 }
func (b box) midY() float64   { return b.y + b.h/2 }

// boxes are the places of the states in the wide drawing. Cancelled is tall, because nearly everything leads there.
var boxes = map[lifecycle.State]box{
	lifecycle.Provisioning: {8, 46, 112, 32},
	lifecycle.Trial:        {8, 118, 112, 32},
	lifecycle.Active:       {184, 46, 112, 32},
	lifecycle.Paused:       {184, 118, 112, 32},
	lifecycle.PastDue:      {368, 46, 112, 32},
	lifecycle.Suspended:    {368, 118, 112, 32},
	lifecycle.Cancelled:    {544, 46, 104, 104},
	lifecycle.Archived:     {712, 70, 100, 56},
}

// edgeKey names an edge by its ends.
type edgeKey struct{ from, to lifecycle.State }

// routes lead the edges that a straight line between two boxes would not show well around the others. An edge of the
// map without a route is drawn straight, so that no edge is ever missing.
var routes = map[edgeKey][]point{
	{lifecycle.Provisioning, lifecycle.Active}:    {{120, 56}, {184, 56}},
	{lifecycle.Provisioning, lifecycle.Cancelled}: {{64, 46}, {64, 10}, {622, 10}, {622, 46}},
	{lifecycle.Trial, lifecycle.Active}:           {{120, 134}, {150, 134}, {150, 68}, {184, 68}},
	{lifecycle.Trial, lifecycle.Cancelled}:        {{64, 150}, {64, 186}, {622, 186}, {622, 150}},
	{lifecycle.Active, lifecycle.Paused}:          {{204, 78}, {204, 118}},
	{lifecycle.Paused, lifecycle.Active}:          {{226, 118}, {226, 78}},
	{lifecycle.Active, lifecycle.PastDue}:         {{296, 55}, {368, 55}},
	{lifecycle.PastDue, lifecycle.Active}:         {{368, 69}, {296, 69}},
	{lifecycle.Active, lifecycle.Cancelled}:       {{240, 46}, {240, 26}, {584, 26}, {584, 46}},
	{lifecycle.Paused, lifecycle.Cancelled}:       {{240, 150}, {240, 170}, {584, 170}, {584, 150}},
	{lifecycle.Suspended, lifecycle.Active}:       {{368, 134}, {332, 134}, {332, 105}, {250, 105}, {250, 78}},
	{lifecycle.Cancelled, lifecycle.Active}:       {{544, 92}, {276, 92}, {276, 78}},
}

// turned is the drawing for a narrow screen: the wide one with its axes exchanged, each axis stretched between knots so
// that the words keep their room.
var (
	downKnots   = knots{{0, 0}, {8, 8}, {120, 42}, {184, 84}, {296, 122}, {368, 164}, {480, 198}, {544, 240}, {648, 274}, {712, 306}, {812, 340}, {820, 348}}
	acrossKnots = knots{{0, 0}, {10, 10}, {26, 24}, {46, 40}, {78, 152}, {92, 162}, {105, 174}, {118, 188}, {150, 300}, {170, 316}, {186, 330}, {196, 340}}
)

// knots maps one axis onto another, linearly between given pairs.
type knots []struct{ at, to float64 }

func (k knots) apply(v float64) float64 {
	for i := 1; i < len(k); i++ {
		if a, b := k[i-1], k[i]; v <= b.at {
			return a.to + (v-a.at)/(b.at-a.at)*(b.to-a.to)
		}
	}
	return k[len(k)-1].to
}

func turn(p point) point { return point{acrossKnots.apply(p.y), downKnots.apply(p.x)} }

func turnBox(b box) box {
	a, z := turn(point{b.x, b.y}), turn(point{b.right(), b.bottom()})
	return box{a.x, a.y, z.x - a.x, z.y - a.y}
}

// drawing is the map ready to be written as SVG.
type drawing struct {
	Class, ViewBox string
	Nodes          []node
	Edges          []edge
}

type node struct {
	State              lifecycle.State
	Class              string
	X, Y, W, H, TX, TY string
	Current, Reached   bool
}

type edge struct {
	From, To lifecycle.State
	Class    string
	Path     string
}

// drawings are all drawings there are: they follow from the map alone. Nobody changes them.
var drawings = func() map[lifecycle.State][2]drawing {
	all := map[lifecycle.State][2]drawing{}
	for _, s := range lifecycle.States {
		all[s] = [2]drawing{drawMap(s, false), drawMap(s, true)}
	}
	return all
}()

// drawMap computes the drawing from the map of the lifecycle. Edges from the current state come last, above the others.
func drawMap(current lifecycle.State, narrow bool) drawing {
	d := drawing{Class: "map map-wide", ViewBox: "0 0 820 196"}
	if narrow {
		d.Class, d.ViewBox = "map map-narrow", "0 0 340 348"
	}
	var from []edge
	for _, m := range lifecycle.Map {
		e := edge{From: m.From, To: m.To, Class: "edge", Path: pathOf(m, narrow)}
		if m.From == current {
			e.Class = "edge on"
			from = append(from, e)
			continue
		}
		d.Edges = append(d.Edges, e)
	}
	d.Edges = append(d.Edges, from...)
	for _, s := range lifecycle.States {
		d.Nodes = append(d.Nodes, nodeOf(s, current, narrow))
	}
	return d
}

func nodeOf(s, current lifecycle.State, narrow bool) node {
	b := boxes[s]
	if narrow {
		b = turnBox(b)
	}
	n := node{
		State: s, Class: "node", X: num(b.x), Y: num(b.y), W: num(b.w), H: num(b.h), TX: num(b.midX()), TY: num(b.midY() + 4.5),
	}
	_, n.Reached = lifecycle.Between(current, s)
	if n.Current = s == current; n.Current {
		n.Class = "node now"
	} else if n.Reached {
		n.Class = "node on"
	}
	return n
}

func pathOf(m lifecycle.Move, narrow bool) string {
	line := routes[edgeKey{m.From, m.To}]
	if line == nil {
		line = straight(boxes[m.From], boxes[m.To])
	}
	if narrow {
		turned := make([]point, len(line))
		for i, p := range line {
			turned[i] = turn(p)
		}
		line = turned
	}
	return rounded(line) + arrowhead(line[len(line)-2], line[len(line)-1])
}

// straight joins the sides of two boxes that face each other.
func straight(a, b box) []point {
	switch {
	case b.x >= a.right():
		y := math.Max(a.y, b.y)/2 + math.Min(a.bottom(), b.bottom())/2
		return []point{{a.right(), y}, {b.x, y}}
	case a.x >= b.right():
		y := math.Max(a.y, b.y)/2 + math.Min(a.bottom(), b.bottom())/2
		return []point{{a.x, y}, {b.right(), y}}
	case b.y >= a.bottom():
		return []point{{a.midX(), a.bottom()}, {a.midX(), b.y}}
	}
	return []point{{a.midX(), a.y}, {a.midX(), b.bottom()}}
}

// rounded is the line as an SVG path whose corners are rounded.
func rounded(line []point) string {
	const radius = 9
	var out strings.Builder
	out.WriteString("M" + at(line[0]))
	for i := 1; i < len(line)-1; i++ {
		out.WriteString("L" + at(toward(line[i], line[i-1], radius)) + "Q" + at(line[i]) + " " + at(toward(line[i], line[i+1], radius)))
	}
	out.WriteString("L" + at(line[len(line)-1]))
	return out.String()
}

// toward is the point at the given distance from a on the way to b, at most half-way.
func toward(a, b point, distance float64) point {
	length := math.Hypot(b.x-a.x, b.y-a.y)
	if length == 0 {
		return a
	}
	t := math.Min(distance, length/2) / length
	return point{a.x + (b.x-a.x)*t, a.y + (b.y-a.y)*t}
}

// arrowhead is drawn as part of the path: a marker would need an id, and there are two maps on a page.
func arrowhead(before, tip point) string {
	const size = 5.5
	angle := math.Atan2(tip.y-before.y, tip.x-before.x)
	wing := func(turn float64) point {
		return point{tip.x - size*math.Cos(angle+turn), tip.y - size*math.Sin(angle+turn)}
	}
	return "M" + at(wing(0.5)) + "L" + at(tip) + "L" + at(wing(-0.5))
}

func at(p point) string { return num(p.x) + " " + num(p.y) }

// num writes a coordinate with at most one decimal.
func num(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// mapWords is the map as text: where the state leads.
func mapWords(s lifecycle.State) string {
	moves := lifecycle.MovesFrom(s)
	if len(moves) == 0 {
		return "Lifecycle map. Now " + s.Lower() + ", which is final."
	}
	words := make([]string, len(moves))
	for i, m := range moves {
		words[i] = m.To.Lower() + " (" + m.Action.Label() + ")"
	}
	return "Lifecycle map. Now " + s.Lower() + "; from here to " + strings.Join(words, ", ") + "."
}

func reachableText(s lifecycle.State) string {
	n := len(lifecycle.MovesFrom(s))
	if n == 0 {
		return "Final: nothing leads out"
	}
	noun := " states"
	if n == 1 {
		noun = " state"
	}
	return strconv.Itoa(n) + " of " + strconv.Itoa(len(lifecycle.States)) + noun + " reachable from here"
}
