package views

import (
	"net/url"
	"strconv"
	"time"
)

// ActivityPage is everything that anybody did, the newest first.
type ActivityPage struct {
	Page
	Filter  ActivityFilter
	People  []Choice // who can be chosen: ID and name
	About   string   // name of the object to which it is narrowed; empty: of everything
	Unknown bool     // nothing is what the object was said to be
	Entries []ActivityEntry
	Paging  Paging
}

// ActivityFilter is what the address says, as it was typed.
type ActivityFilter struct{ Person, Kind, Object, From, To, Limit string }

// ActivityEntry is one thing that somebody did.
type ActivityEntry struct {
	Entry      // a move, a note or an edit; of anything else time and actor alone
	TenantID   string
	TenantName string
	Moved      int    // deployments that one request moved, or brought in, together
	Imported   bool   // it brought them in
	Deed       string // anything else, in words
	ObjectName string // to whom or what it was done
	ObjectID   string // under which more about it is found; may be empty
	Address    string // from where; empty where it is not known or not shown
	Failed     bool   // it was tried and refused
	Run        bool   // it was told to a run
}

// activityKinds are what the page can be narrowed to.
var activityKinds = []Choice{
	{Label: "Everything"},
	{Value: "moves", Label: "Moves"},
	{Value: "notes", Label: "Notes"},
	{Value: "edits", Label: "Edits"},
	{Value: "sign_ins", Label: "Sign-ins"},
	{Value: "failures", Label: "Failures"},
	{Value: "staff", Label: "Staff, integrations, settings"},
	{Value: "runs", Label: "Runs"},
}

// URL is the address of the first page.
func (f ActivityFilter) URL() string {
	v := url.Values{}
	for name, value := range map[string]string{"person": f.Person, "kind": f.Kind, "object": f.Object, "from": f.From, "to": f.To, "limit": f.Limit} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return "/activity"
	}
	return "/activity?" + v.Encode()
}

// Paging are the addresses of the neighbouring pages.
func (f ActivityFilter) Paging(previous, next string) Paging {
	at := func(name, place string) string {
		if place == "" {
			return ""
		}
		address, joiner := f.URL(), "?"
		if address != "/activity" {
			joiner = "&"
		}
		return address + joiner + name + "=" + url.QueryEscape(place)
	}
	return Paging{Prev: at("before", previous), Next: at("after", next)}
}

func (f ActivityFilter) ofKind(kind string) string { f.Kind = kind; return f.URL() }

// lately is the address for the last days, today included.
func (f ActivityFilter) lately(c Clock, days int) string {
	f.From, f.To = c.in(c.Now).AddDate(0, 0, 1-days).Format(time.DateOnly), ""
	return f.URL()
}

func (f ActivityFilter) isLately(c Clock, days int) bool {
	return f.To == "" && f.From == c.in(c.Now).AddDate(0, 0, 1-days).Format(time.DateOnly)
}

// Narrowed reports whether anything is left out.
func (f ActivityFilter) Narrowed() bool { f.Limit = ""; return f != ActivityFilter{} }

// personChoices has everybody, and whoever is asked for without being among them.
func (p ActivityPage) personChoices() []Choice {
	choices := append([]Choice{{Label: "Anybody"}}, p.People...)
	for _, c := range choices {
		if c.Value == p.Filter.Person {
			return choices
		}
	}
	return append(choices, Choice{Value: p.Filter.Person, Label: p.Filter.Person})
}

// activityDay is what happened on one day.
type activityDay struct {
	Date    time.Time
	Entries []ActivityEntry
}

func (p ActivityPage) days() []activityDay {
	var days []activityDay
	clock := p.Clock()
	for _, e := range p.Entries {
		if n := len(days); n > 0 && clock.Day(days[n-1].Date) == clock.Day(e.At) {
			days[n-1].Entries = append(days[n-1].Entries, e)
			continue
		}
		days = append(days, activityDay{e.At, []ActivityEntry{e}})
	}
	return days
}

func activityDayID(i int) string { return "day-" + strconv.Itoa(i) }

func (e ActivityEntry) mark() string {
	switch {
	case e.Failed:
		return "triangle-alert"
	case e.Run:
		return "cloud"
	case e.Deed != "":
		return "users"
	case e.Imported:
		return "file-up"
	}
	return e.icon()
}

// tone is the colour of the mark: that of the state that a move led to.
func (e ActivityEntry) tone() string {
	switch {
	case e.Failed:
		return "failed"
	case e.Deed != "" || e.isEdit() || e.isNote():
		return "note"
	}
	return string(e.To)
}

func (e ActivityEntry) kind() string {
	switch {
	case e.Deed != "":
		return "deed"
	case e.isEdit():
		return "edit"
	case e.isNote():
		return "note"
	}
	return "move"
}

// others says how many more one request moved.
func (e ActivityEntry) others() string {
	switch n := e.Moved - 1; {
	case n == 1:
		return "and 1 more"
	case n > 1:
		return "and " + strconv.Itoa(n) + " more"
	}
	return ""
}
