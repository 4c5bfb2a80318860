package views

import (
	"slices"
	"strconv"

	"arcadia.example/console/lifecycle"
)

// StateCount is how many deployments are in a state.
type StateCount struct {
	State lifecycle.State
	Count int64
}

// StateCounts are the totals by state.
type StateCounts []StateCount

// Of returns the count of one state; 0 when it is not listed.
func (c StateCounts) Of(s lifecycle.State) int64 {
	for _, n := range c {
		if n.State == s {
			return n.Count
		}
	}
	return 0
}

// Total adds all states up.
func (c StateCounts) Total() int64 {
	var total int64
	for _, n := range c {
		total += n.Count
	}
	return total
}

// Words tells the counts in a sentence, for those who do not see the bar: "12 active, 1 past due".
func (c StateCounts) Words() string {
	words := ""
	for _, s := range lifecycle.States {
		n := c.Of(s)
		if n == 0 {
			continue
		}
		if words != "" {
			words += ", "
		}
		words += Number(n) + " " + s.Lower()
	}
	if words == "" {
		return "no deployments"
	}
	return words
}

// barPart is one piece of the bar; position and width in percent, as SVG wants them.
type barPart struct {
	State    lifecycle.State
	X, Width string
}

// smallestPart keeps a state with a few deployments among thousands visible, in percent.
const smallestPart = 0.4

func (c StateCounts) bar() []barPart {
	total := float64(c.Total())
	var parts []barPart
	var widths []float64
	sum := 0.0
	for _, s := range lifecycle.States {
		if n := c.Of(s); n > 0 {
			w := max(float64(n)/total*100, smallestPart)
			parts = append(parts, barPart{State: s})
			widths = append(widths, w)
			sum += w
		}
	}
	x := 0.0
	for i := range parts {
		w := widths[i] / sum * 100
		parts[i].X, parts[i].Width = percent(x), percent(w)
		x += w
	}
	return parts
}

func percent(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + "%" }

// StateFilter is the row of chips above a list of deployments.
type StateFilter struct {
	Counts StateCounts
	Query  ListQuery
}

func (f StateFilter) chosen(s lifecycle.State) bool { return slices.Contains(f.Query.States, s) }
