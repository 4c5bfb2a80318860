package handlers

import (
	"net/url"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// optionFor is how one action stands for the actor now.
func optionFor(actor access.Actor, d store.Deployment, action lifecycle.Action) lifecycle.Option {
	for _, o := range lifecycle.Options(actor, d.Subject()) {
		if o.Action == action {
			return o
		}
	}
	return lifecycle.Option{Action: action, Why: "There is no such action"}
}

// askForm is a fresh dialog for a move that the map has from the deployment's state.
func askForm(d store.Deployment, action lifecycle.Action) views.TransitionForm {
	move, _ := lifecycle.FindMove(d.State, action) // the callers offer only what is open
	return views.TransitionForm{
		DeploymentID: d.ID.String(), DeploymentName: d.Name, TenantName: d.TenantName,
		Move: move, Machine: d.Subject().Machine(), Since: d.StateSince, Version: d.Version, Key: newKey(),
	}
}

// keptNotes keeps what was typed for a move that is not possible any more.
func keptNotes(d store.Deployment, why, notes string) views.KeptNotes {
	return views.KeptNotes{DeploymentID: d.ID.String(), DeploymentName: d.Name, Error: why, Notes: notes, Key: newKey()}
}

func (s *Server) drawForm(c echo.Context, status int, form views.TransitionForm) error {
	if isPartial(c) {
		return render(c, status, views.TransitionDialog(clock(c, now()), form))
	}
	page, _, err := s.page(c, form.Move.Action.Label()+" "+form.DeploymentName, "deployments")
	if err != nil {
		return err
	}
	page.Path = "/deployments/" + form.DeploymentID
	return render(c, status, views.Transition(views.TransitionPage{Page: page, Form: form}))
}

func (s *Server) drawKept(c echo.Context, status int, kept views.KeptNotes) error {
	if isPartial(c) {
		return render(c, status, views.KeptNotesDialog(kept))
	}
	page, _, err := s.page(c, kept.DeploymentName, "deployments")
	if err != nil {
		return err
	}
	page.Path = "/deployments/" + kept.DeploymentID
	return render(c, status, views.KeptNotesAlone(views.KeptNotesPage{Page: page, Kept: kept}))
}

// currentList is the list on which htmx says the person is, so that its chips keep the choice; otherwise the plain
// list. An address that cannot be read counts as that.
func currentList(c echo.Context) views.ListQuery {
	plain := views.ListQuery{Path: "/deployments"}
	current, err := url.Parse(c.Request().Header.Get("HX-Current-URL"))
	if err != nil || current.Path != plain.Path {
		return plain
	}
	var q listQuery
	values, err := url.ParseQuery(current.RawQuery)
	if err != nil || decode(&q, values, "state") != nil {
		return plain
	}
	if _, err := q.deployments(); err != nil {
		return plain
	}
	return q.view(plain.Path)
}
