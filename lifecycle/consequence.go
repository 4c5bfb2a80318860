package lifecycle

// Consequence is one thing that changes, or expressly does not, when a deployment moves.
type Consequence struct {
	Subject string // "App", "Billing", "Droplet", "Afterwards"
	Text    string
	Changes bool // false: stated because people ask, but it stays as it is
}

// Consequences tells what a move means, computed from the facts of both states and from how the machine stands to them.
func Consequences(m Move, machine Machine) []Consequence {
	from, to := m.From.Facts(), m.To.Facts()
	return []Consequence{
		{"App", appText(m, machine), from.Served != to.Served},
		{"Billing", billingText(m, machine), from.Billed != to.Billed},
		{"Droplet", dropletText(m, machine), from.Droplet != to.Droplet},
		{"Afterwards", afterwardsText(m, machine), true},
	}
}

// The state is marked at once; the machine follows by a run of its own, where there is one and the console can reach it.
// The words tell the two apart and promise no more.
func appText(m Move, machine Machine) string {
	before, after, mark := m.From.Facts().Served, m.To.Facts().Served, "Marked "+m.To.Lower()
	switch {
	case before && !after && machine == MachineFollows:
		return mark + " at once; out of reach when the droplet is off."
	case before && !after:
		return mark + ": customers should no longer reach it. The machine is switched off separately."
	case !before && after && m.From == Provisioning:
		return mark + ": customers should reach it from now on."
	case !before && after && machine == MachineGone:
		return mark + " when a new machine is built: customers should reach it then."
	case !before && after && machine == MachineFollows:
		return mark + " at once; customers reach it again when the droplet is on."
	case !before && after:
		return mark + ": customers should reach it again. The machine is switched on separately."
	case after:
		return "Stays reachable."
	}
	return "Stays out of reach."
}

func billingText(m Move, machine Machine) string {
	before, after := m.From.Facts().Billed, m.To.Facts().Billed
	switch {
	case before && !after:
		return "Stops now."
	case !before && after && m.From.Initial():
		return "Starts now."
	case !before && after && machine == MachineGone:
		return "Starts again when it is built."
	case !before && after:
		return "Starts again now."
	case after:
		return "Goes on."
	}
	return "Stays off."
}

func dropletText(m Move, machine Machine) string {
	from, to := m.From.Facts().Droplet, m.To.Facts().Droplet
	run, follows := MachineRun(m.From, m.To, machine == MachineFollows)
	switch {
	case machine == MachineBuilding && m.Action == Abort:
		return "What was built is removed by the run: the droplet destroyed, DNS as it was."
	case from == to:
		return "Stays as it is."
	case machine == MachineGone && m.Action == Reactivate:
		return "A new one is built by a run that starts at once; the old one and its data are gone."
	case machine == MachineGone && to == DropletReleased:
		return "None is left to be released."
	case follows:
		return followTexts[run]
	}
	return apartText(from, to)
}

// followTexts are what a run does with the droplet.
var followTexts = map[RunKind]string{
	PowerOn:  "Switched on by a run that starts at once.",
	PowerOff: "Switched off by a run that starts at once; kept, with its data, and charged for by the provider all the same.",
	Release:  "Destroyed by a run that starts at once, and its data with it; the DNS record is removed.",
}

// apartText is what should become of a machine that the console does not switch.
func apartText(from, to Droplet) string {
	switch {
	case to == DropletOff && from == DropletBuilding:
		return "Kept, if one was built."
	case to == DropletOff:
		return "Kept, with its data."
	case to == DropletReleased:
		return "To be released; its data goes with it."
	case from == DropletBuilding:
		return "Should be built and on."
	}
	return "To be switched on."
}

func afterwardsText(m Move, machine Machine) string {
	moves := MovesFrom(m.To)
	if len(moves) == 0 {
		return "Nothing: this is final."
	}
	text := "It can be "
	if machine == MachineBuilding && m.Action == Abort {
		text = "It is cancelled when that is done. It can then be "
	}
	for i, next := range moves {
		switch {
		case i > 0 && i == len(moves)-1:
			text += " or "
		case i > 0:
			text += ", "
		}
		text += next.Action.Done()
	}
	return text + "."
}
