package lifecycle

import (
	"fmt"
	"strings"
)

// Standing says in one sentence how an account stands, given how many of its deployments are in each state.
func Standing(counts map[State]int) string {
	live := 0
	for state, n := range counts {
		if state != Archived && state != Cancelled {
			live += n
		}
	}
	switch {
	case live == 0 && counts[Cancelled]+counts[Archived] == 0:
		return "No deployments yet."
	case live == 0:
		return "Nothing is live: " + tally(counts, Cancelled, Archived) + "."
	case counts[Suspended] > 0:
		return "Suspended: " + share(counts[Suspended], live) + besides(counts[PastDue]) + "."
	case counts[PastDue] > 0:
		return "Payment is missing for " + share(counts[PastDue], live) + "; service goes on."
	case counts[Paused] == live:
		return "Paused: " + share(live, live) + "; nothing is billed."
	}
	return "In good standing: " + tally(counts, Active, Trial, Paused, Provisioning) + "."
}

func tally(counts map[State]int, states ...State) string {
	var parts []string
	for _, s := range states {
		if n := counts[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s.Lower()))
		}
	}
	return strings.Join(parts, ", ")
}

// share is a part of the live deployments: "2 of 5 live deployments".
func share(n, live int) string {
	switch {
	case n == live && live == 1:
		return "its only live deployment"
	case n == live:
		return fmt.Sprintf("all %d live deployments", live)
	}
	return fmt.Sprintf("%d of %d live deployments", n, live)
}

// besides is what a suspended account owes on top of that.
func besides(pastDue int) string {
	switch pastDue {
	case 0:
		return ""
	case 1:
		return "; 1 more is past due"
	}
	return fmt.Sprintf("; %d more are past due", pastDue)
}
