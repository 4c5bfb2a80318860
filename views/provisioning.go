package views

import (
	"net/url"
	"slices"
	"strconv"

	"arcadia.example/console/lifecycle"
)

// ProvisioningPage is the list of runs.
type ProvisioningPage struct {
	Page
	Filter   RunFilter
	Counts   RunCounts
	Regions  []Choice
	Provider string // "DigitalOcean"
	Rows     []Run  // without their steps
	Paging   Paging
	Sweep    Sweep
}

// RunFilter is what the address of the list says.
type RunFilter struct {
	Group  lifecycle.RunGroup // empty: all
	Kind   lifecycle.RunKind
	Step   lifecycle.StepName
	Region string
	Error  string // kind of the newest trouble
	Limit  string // as in the address; empty for the default
}

// RunCounts is how many runs each group has, whatever else the list is narrowed to.
type RunCounts struct {
	Of  []RunCount
	Cap int // what is more is shown as "1,000+"
}

// RunCount is how many runs are in a group.
type RunCount struct {
	Group lifecycle.RunGroup
	Count int
}

// URL is the address of the first page.
func (f RunFilter) URL() string {
	v := url.Values{}
	for name, value := range map[string]string{
		"group": string(f.Group), "kind": string(f.Kind), "step": string(f.Step), "region": f.Region, "error": f.Error, "limit": f.Limit,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return provisioningPath
	}
	return provisioningPath + "?" + v.Encode()
}

const provisioningPath = "/provisioning"

func (f RunFilter) inGroup(g lifecycle.RunGroup) string { f.Group = g; return f.URL() }

// Paging are the addresses of the neighbouring pages.
func (f RunFilter) Paging(previous, next string) Paging {
	at := func(name, place string) string {
		if place == "" {
			return ""
		}
		joiner := "?"
		if f.URL() != provisioningPath {
			joiner = "&"
		}
		return f.URL() + joiner + name + "=" + url.QueryEscape(place)
	}
	return Paging{Prev: at("before", previous), Next: at("after", next)}
}

// narrowed reports whether anything but the group restricts the list.
func (f RunFilter) narrowed() bool {
	f.Limit, f.Group = "", ""
	return f != RunFilter{}
}

func (f RunFilter) plain() string { return RunFilter{Group: f.Group}.URL() }

// of returns the count of one group; 0 when it is not listed.
func (c RunCounts) of(g lifecycle.RunGroup) int {
	for _, n := range c.Of {
		if n.Group == g {
			return n.Count
		}
	}
	return 0
}

// text is the count for the screen.
func (c RunCounts) text(g lifecycle.RunGroup) string {
	if n := c.of(g); c.Cap > 0 && n > c.Cap {
		return Number(int64(c.Cap)) + "+"
	}
	return Number(int64(c.of(g)))
}

// groupStatus is the status whose colour a group has.
var groupStatus = map[lifecycle.RunGroup]lifecycle.RunStatus{
	lifecycle.RunsRunning: lifecycle.RunRunning, lifecycle.RunsWaiting: lifecycle.RunWaiting, lifecycle.RunsNeedOperator: lifecycle.RunNeedsOperator,
	lifecycle.RunsStuck: lifecycle.RunRetrying, lifecycle.RunsFinished: lifecycle.RunDone,
}

// ErrorKinds are the kinds of trouble by which runs can be found, in words.
var ErrorKinds = []Choice{
	{Value: "definite", Label: "The provider said no"},
	{Value: "not_found", Label: "Not found at the provider"},
	{Value: "limited", Label: "Too many calls"},
	{Value: "unknown", Label: "No clear answer"},
	{Value: "deadline", Label: "Took too long"},
}

// KnownErrorKind reports whether the list can be narrowed to that kind of trouble.
func KnownErrorKind(kind string) bool {
	return slices.ContainsFunc(ErrorKinds, func(c Choice) bool { return c.Value == kind })
}

// stepChoices are all steps, by their usual names.
func stepChoices() []Choice {
	choices := []Choice{{Label: "Any step"}}
	for _, name := range lifecycle.StepNames() {
		choices = append(choices, Choice{Value: string(name), Label: name.Label("")})
	}
	return choices
}

func kindChoices() []Choice {
	choices := []Choice{{Label: "Any kind"}}
	for _, kind := range lifecycle.RunKinds {
		choices = append(choices, Choice{Value: string(kind), Label: kind.Label()})
	}
	return choices
}

// emptyText says why a list of runs has nothing to show.
func (p ProvisioningPage) emptyText() (title, text string) {
	switch {
	case p.Filter.narrowed():
		return "No run fits", "Nothing matches what was chosen."
	case p.Filter.Group == lifecycle.RunsNeedOperator:
		return "Nothing needs an operator", "A run that cannot go on by itself will stand here."
	case p.Filter.Group == lifecycle.RunsStuck:
		return "Nothing is stuck", "A run without progress for too long will stand here."
	case p.Filter.Group == lifecycle.RunsRunning:
		return "Nothing is running", "No machine is being built, switched or released."
	case p.Filter.Group == lifecycle.RunsWaiting:
		return "Nothing waits", "Each run that was asked for has begun."
	}
	return "No runs yet", "Building, switching and releasing machines will stand here."
}

// where is the step of a row: "3 of 7 · Wait until it is on".
func (r Run) where() string {
	switch {
	case !r.live():
		return "Took " + Elapsed(r.Ended.Sub(r.Began))
	case r.Step == "":
		return ""
	}
	label := r.Step.Label(r.Kind)
	goesBack := r.Status == lifecycle.RunCompensating || r.Status == lifecycle.RunNeedsOperator && r.Kind.Builds()
	if undoing := stepTable[r.Step].undoing; undoing != "" && goesBack {
		label = upperFirst(undoing)
	}
	if r.Tries.Place > 0 && r.Tries.Of > 1 {
		label = strconv.Itoa(r.Tries.Place) + " of " + strconv.Itoa(r.Tries.Of) + " · " + label
	}
	return join(", ", label, r.Tries.try())
}

// note is the line below the step of a row.
func (r Run) note() string {
	if r.Status == lifecycle.RunNeedsOperator {
		return join(". ", r.trouble(), r.Error)
	}
	if r.Status == lifecycle.RunFailed || r.Status == lifecycle.RunDone {
		return r.Ending
	}
	return r.Error
}

// sinceLabel names the column where there is no head, on a phone.
func (r Run) sinceLabel() string {
	if r.live() {
		return "Since"
	}
	return "Ended"
}
