package views

import (
	"time"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/static"
	"github.com/a-h/templ"
)

// What stands in every row of a list is put together here as one string rather than piece by piece: on a page of fifty
// rows the pieces were a third of the work. Nothing in it is typed by anybody.

// badges keeps the finished badge of each state for the sprite in use.
var badges = newBadgeCache()

type badgeCache struct {
	sprite string
	markup map[lifecycle.State]string
}

func newBadgeCache() badgeCache {
	c := badgeCache{sprite: static.Path("icons.svg"), markup: map[lifecycle.State]string{}}
	for _, s := range lifecycle.States {
		c.markup[s] = badgeMarkup(s)
	}
	return c
}

func badgeMarkup(s lifecycle.State) string {
	return `<span class="badge" data-testid="state-badge" data-state="` + templ.EscapeString(string(s)) + `">` +
		`<svg class="icon" width="16" height="16" aria-hidden="true"><use href="` + static.Icon(StateIcon(s)) + `"></use></svg>` +
		templ.EscapeString(s.Label()) + `</span>`
}

// StateBadge shows a state by shape, word and colour.
func StateBadge(s lifecycle.State) templ.Component {
	if done, ok := badges.markup[s]; ok && badges.sprite == static.Path("icons.svg") {
		return templ.Raw(done)
	}
	return templ.Raw(badgeMarkup(s))
}

// SpanTime is how long ago t was, with the full date as its title: "6 days".
func SpanTime(c Clock, t time.Time) templ.Component {
	return templ.Raw(`<time datetime="` + Machine(t) + `" title="` + templ.EscapeString(c.Full(t)) + `" data-span>` + c.Since(t) + `</time>`)
}

// rowAction is the button of a row: a form that goes at once, or the link to the dialog. Everything that comes from
// outside of this package is escaped here.
func rowAction(r DeploymentRow) templ.Component {
	id, path, action := templ.EscapeString(r.ID), templ.EscapeString(movesPath(r.ID)), templ.EscapeString(string(r.Action))
	button := `class="button small" id="do-` + id + `" aria-describedby="open-` + id + `" data-testid="action-` + action + `">` +
		templ.EscapeString(actionLabel(r.Action))
	if r.Action.Asks() {
		href := path + "/" + action
		return templ.Raw(`<a role="button" aria-haspopup="dialog" href="` + href + `" hx-get="` + href +
			`" hx-target="#dialog" hx-swap="innerHTML" hx-sync="this:drop" ` + button + `</a>`)
	}
	return templ.Raw(`<form method="post" action="` + path + `" hx-post="` + path + `" hx-swap="none" hx-sync="this:drop">` +
		`<input type="hidden" name="action" value="` + action + `"><input type="hidden" name="version" value="` + versionText(r.Version) +
		`"><input type="hidden" name="key" value="` + templ.EscapeString(r.Key) + `"><button type="submit" ` + button + `</button></form>`)
}
