package views

import (
	"slices"
	"strconv"
	"time"

	"arcadia.example/console/lifecycle"
	"github.com/a-h/templ"
)

// Entry is one thing that happened: a move of a deployment, an edit, or a note when To is empty.
type Entry struct {
	At      time.Time
	From    lifecycle.State // empty for the event that created the deployment
	To      lifecycle.State // empty for a note
	Reason  lifecycle.Reason
	Actor   string // name
	ActorID string // stable; what data-actor carries
	ActedAs string // access.KindLabel of the stored actor
	Notes   string
	Version int      // of the event
	Reverts int      // version of the event that this one undid; 0 for none
	Edited  bool     // fields were edited, or a tenant created when Changes is empty
	Changes []Change // of an edit
	ByRun   bool     // a run did it

	DeploymentID   string // on a tenant's timeline: which one it happened to; empty for the tenant itself
	DeploymentName string
	Command        string // on a tenant's timeline: what one request left together has the same
}

// Change is one field of an edit, before and after.
type Change struct{ Field, From, To string }

// Timeline is what happened, the newest first.
type Timeline struct {
	Entries []Entry
	Older   string // address of the page with what came before; empty when that is all
}

// groups are the entries with those together that one request left together: an account action is one thing that happened.
func (t Timeline) groups() []entryGroup {
	var groups []entryGroup
	for _, e := range t.Entries {
		if n := len(groups); n > 0 && groups[n-1].takes(e) {
			groups[n-1].entries = append(groups[n-1].entries, e)
			continue
		}
		groups = append(groups, entryGroup{entries: []Entry{e}})
	}
	if n := len(groups); n > 0 && t.Older != "" {
		groups[n-1].open = true
	}
	return groups
}

// entryGroup is one entry, or several moves of one request.
type entryGroup struct {
	entries []Entry
	open    bool // more of it may stand on the next page
}

func (g entryGroup) first() Entry { return g.entries[0] }

func (g entryGroup) takes(e Entry) bool {
	f := g.first()
	return e.Command != "" && !e.isEdit() && !e.isNote() &&
		e.Command == f.Command && e.To == f.To && e.Reason == f.Reason && e.ActorID == f.ActorID && e.Notes == f.Notes
}

// from is the state from which all of them came, or "" when they came from several.
func (g entryGroup) from() lifecycle.State {
	for _, e := range g.entries {
		if e.From != g.first().From {
			return ""
		}
	}
	return g.first().From
}

// created reports whether they all came to be then.
func (g entryGroup) created() bool { return !slices.ContainsFunc(g.entries, Entry.isMove) }

func (g entryGroup) count() string {
	if g.open {
		return strconv.Itoa(len(g.entries)) + " or more deployments"
	}
	return strconv.Itoa(len(g.entries)) + " deployments"
}

func (e Entry) isEdit() bool { return e.Edited }

func (e Entry) isNote() bool { return e.To == "" && !e.Edited }

func (e Entry) isMove() bool { return e.From != "" }

func (e Entry) editTitle() string {
	switch {
	case len(e.Changes) == 0:
		return "Created"
	case e.linking() != "":
		return e.linking()
	}
	return "Edited"
}

// linking is what a run's edit means: "Linked droplet 431882910, address 203.0.113.24"; empty for what is something else.
func (e Entry) linking() string {
	if !e.ByRun {
		return ""
	}
	var droplet, address Change
	for _, c := range e.Changes {
		switch c.Field {
		case "droplet":
			droplet = c
		case "address":
			address = c
		default:
			return ""
		}
	}
	switch {
	case droplet.From == "" && droplet.To != "" && address.To != "":
		return "Linked droplet " + droplet.To + ", address " + address.To
	case droplet.From == "" && droplet.To != "":
		return "Linked droplet " + droplet.To
	case droplet.From != "" && droplet.To == "":
		return "Unlinked droplet " + droplet.From
	}
	return ""
}

// listedChanges are the changes that the title does not say.
func (e Entry) listedChanges() []Change {
	if e.linking() != "" {
		return nil
	}
	return e.Changes
}

func (e Entry) icon() string {
	switch {
	case e.linking() != "":
		return "cloud-cog"
	case e.isEdit():
		return "pencil"
	case e.isNote():
		return "message-square"
	case e.Reason == lifecycle.Undo:
		return "undo-2"
	}
	return StateIcon(e.To)
}

// why is the reason as text; an empty reason says nothing.
func (e Entry) why() string {
	if e.Reverts > 0 {
		return "Undo of the move before"
	}
	if e.linking() != "" {
		return "By a run"
	}
	if e.Reason == "" || e.Reason == lifecycle.Created {
		return ""
	}
	return e.Reason.Label()
}

// attrs are what browser tests and other programs read from an event.
func (e Entry) attrs() templ.Attributes {
	if e.isEdit() {
		return templ.Attributes{"data-testid": "event", "data-kind": "edit", "data-actor": e.ActorID, "data-state": "note"}
	}
	if e.isNote() {
		return templ.Attributes{"data-testid": "event", "data-kind": "note", "data-actor": e.ActorID, "data-state": "note"}
	}
	return templ.Attributes{
		"data-testid": "event", "data-kind": "move", "data-state": string(e.To), "data-from": string(e.From), "data-to": string(e.To),
		"data-reason": string(e.Reason), "data-actor": e.ActorID, "data-version": strconv.Itoa(e.Version),
	}
}

// NoteForm is the form under which a note is written.
type NoteForm struct {
	Action string // where it is sent: "/deployments/{id}/notes"
	Key    string // one-time
	Notes  string // what was typed, when it comes back
	Error  string
}
