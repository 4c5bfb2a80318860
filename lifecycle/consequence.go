package lifecycle

// Consequence is one thing that changes, or expressly does not, when a deployment moves.
type Consequence struct {
	Subject string // "App", "Billing", "Droplet", "Afterwards"
	Text    string
	Changes bool // false: stated because people ask, but it stays as it is
}

// Consequences tells what a move means, computed from the facts of both states.
func Consequences(m Move) []Consequence {
	from, to := m.From.Facts(), m.To.Facts()
	return []Consequence{
		{"App", appText(m.From, m.To), from.Served != to.Served},
		{"Billing", billingText(m.From, m.To), from.Billed != to.Billed},
		{"Droplet", dropletText(from, to), from.Droplet != to.Droplet},
		{"Afterwards", afterwardsText(m.To), true},
	}
}

// The console marks a state; the machine is switched apart from it. The words must not promise more.
func appText(from, to State) string {
	before, after := from.Facts().Served, to.Facts().Served
	switch {
	case before && !after:
		return "Marked " + to.Lower() + ": customers should no longer reach it. The machine is switched off separately."
	case !before && after && from == Provisioning:
		return "Marked " + to.Lower() + ": customers should reach it from now on."
	case !before && after:
		return "Marked " + to.Lower() + ": customers should reach it again. The machine is switched on separately."
	case after:
		return "Stays reachable."
	}
	return "Stays out of reach."
}

func billingText(from, to State) string {
	before, after := from.Facts().Billed, to.Facts().Billed
	switch {
	case before && !after:
		return "Stops now."
	case !before && after && from.Initial():
		return "Starts now."
	case !before && after:
		return "Starts again now."
	case after:
		return "Goes on."
	}
	return "Stays off."
}

func dropletText(from, to Facts) string {
	switch {
	case from.Droplet == to.Droplet:
		return "Stays as it is."
	case to.Droplet == DropletOff && from.Droplet == DropletBuilding:
		return "Kept, if one was built."
	case to.Droplet == DropletOff:
		return "Kept, with its data."
	case to.Droplet == DropletReleased:
		return "To be released; its data goes with it."
	case from.Droplet == DropletBuilding:
		return "Should be built and on."
	}
	return "To be switched on."
}

func afterwardsText(to State) string {
	moves := MovesFrom(to)
	if len(moves) == 0 {
		return "Nothing: this is final."
	}
	text := "It can be "
	for i, m := range moves {
		switch {
		case i > 0 && i == len(moves)-1:
			text += " or "
		case i > 0:
			text += ", "
		}
		text += m.Action.Done()
	}
	return text + "."
}
