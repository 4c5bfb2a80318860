// Package lifecycle is the brain of the console: the states of a deployment, the map of moves between them, who may
// make which, and the decision over one request. It is pure: no I/O, no clock; what it needs to know is passed in.
package lifecycle

// State is where a deployment stands in its life.
type State string

// The eight states.
const (
	Provisioning State = "provisioning"
	Trial        State = "trial"
	Active       State = "active"
	Paused       State = "paused"
	PastDue      State = "past_due"
	Suspended    State = "suspended"
	Cancelled    State = "cancelled"
	Archived     State = "archived"
)

// Droplet is what a state means for the machine.
type Droplet string

// What the machine of a deployment should be doing.
const (
	DropletBuilding Droplet = "being built"
	DropletOn       Droplet = "on"
	DropletOff      Droplet = "off, kept"
	DropletReleased Droplet = "released"
)

// Facts are what a state means. Consequences, billing and badges are computed from them.
type Facts struct {
	Label   string // for the screen, sentence case
	Article string // "a" or "an", for sentences
	Served  bool   // customers should be able to reach the app
	Billed  bool
	Droplet Droplet
	Meaning string // one sentence for people
}

// States lists all states in the order in which they are shown.
var States = []State{Active, Trial, Paused, PastDue, Suspended, Provisioning, Cancelled, Archived}

var facts = map[State]Facts{
	Provisioning: {"Provisioning", "a", false, false, DropletBuilding, "It is being built; not billed yet."},
	Trial:        {"Trial", "a", true, false, DropletOn, "In use and not billed until the trial ends."},
	Active:       {"Active", "an", true, true, DropletOn, "In use and billed."},
	Paused:       {"Paused", "a", false, false, DropletOff, "Paused on purpose; not billed."},
	PastDue:      {"Past due", "a", true, true, DropletOn, "A payment failed; service goes on while we ask for it."},
	Suspended:    {"Suspended", "a", false, false, DropletOff, "Suspended because nobody paid; not billed."},
	Cancelled:    {"Cancelled", "a", false, false, DropletOff, "Over; it can come back until it is archived."},
	Archived:     {"Archived", "an", false, false, DropletReleased, "Final; the record stays readable."},
}

// Valid reports whether s is one of the eight states.
func (s State) Valid() bool { _, ok := facts[s]; return ok }

// Facts returns what the state means; the zero Facts for an unknown state.
func (s State) Facts() Facts { return facts[s] }

// Label is the state for the screen, sentence case: "Past due".
func (s State) Label() string { return facts[s].Label }

// Lower is the label inside a sentence: "past due".
func (s State) Lower() string { return lowerFirst(facts[s].Label) }

// Phrase is the state with its article: "a past due deployment" without the noun, "a past due".
func (s State) Phrase() string { return facts[s].Article + " " + s.Lower() }

// Initial reports whether a new deployment may start in s.
func (s State) Initial() bool { return s == Active || s == Trial || s == Provisioning }
