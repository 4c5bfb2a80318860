package handlers

import (
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

type transitionForm struct {
	Action  string `schema:"action,required"`
	Version int    `schema:"version,required"`
	Key     string `schema:"key,required"`
	Reason  string `schema:"reason"`
	Notes   string `schema:"notes"`
}

// askTransition is the dialog of a move: a part of a page for htmx, a page for others. A move that cannot be made now
// is answered with the reason.
func (s *Server) askTransition(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	action := lifecycle.Action(c.Param("action"))
	if !action.Valid() {
		return store.ErrNotFound
	}
	d, err := s.store.GetDeployment(c.Request().Context(), id)
	if err != nil {
		return err
	}
	if option := optionFor(actorOf(c), d, action); !option.Open {
		return s.drawKept(c, http.StatusUnprocessableEntity, keptNotes(d, option.Why+".", ""))
	}
	if action == lifecycle.Archive {
		if err := requireFresh(c); err != nil {
			return err
		}
	}
	return s.drawForm(c, http.StatusOK, askForm(d, action))
}

// transition makes a move, or says why not.
func (s *Server) transition(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	var form transitionForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	action := lifecycle.Action(form.Action)
	if !action.Valid() {
		return badRequest("action", "There is no such action.")
	}
	if form.Version < 1 {
		return badRequest("version", "Versions begin with 1.")
	}
	// What has no way back wants a fresh proof of who it is that may do it; who may not is told so.
	if action == lifecycle.Archive && lifecycle.Permit(actorOf(c), lifecycle.Cancelled, action) == nil {
		if err := requireFresh(c); err != nil {
			return err
		}
	}
	form.Notes = catalog.NormalizeNotes(form.Notes)
	if text := catalog.CheckNotes(form.Notes); text != "" {
		return s.refuseNotes(c, id, form, text)
	}
	moved, err := s.store.Transition(c.Request().Context(), store.Transition{
		Command: command(c, form.Key), DeploymentID: id, Action: action,
		Version: form.Version, Reason: lifecycle.Reason(form.Reason), Notes: form.Notes,
	})
	if err != nil {
		return err
	}
	if isPartial(c) {
		return s.answerMove(c, form, moved)
	}
	return s.answerPlain(c, form, moved)
}

// answerPlain goes on to the deployment's page after a move, and otherwise draws the form again with what was typed.
func (s *Server) answerPlain(c echo.Context, form transitionForm, m store.Moved) error {
	switch m.Verdict {
	case lifecycle.Accepted, lifecycle.Already, lifecycle.Begun:
		code := map[lifecycle.Verdict]string{
			lifecycle.Accepted: noticeMoved, lifecycle.Already: noticeAlready, lifecycle.Begun: noticeBegun,
		}[m.Verdict]
		s.leaveNotice(c, code, form.Action)
		return c.Redirect(http.StatusSeeOther, "/deployments/"+m.Deployment.ID.String())
	}
	status, text := verdictText(lifecycle.Action(form.Action), m)
	if retry, ok := s.retryForm(c, form, m); ok {
		retry.Error = text
		return s.drawForm(c, status, retry)
	}
	if form.Notes != "" {
		return s.drawKept(c, status, keptNotes(m.Deployment, text, form.Notes))
	}
	return s.drawDeployment(c, status, m.Deployment, "", text, nil)
}

// answerMove draws every part of the page that shows the deployment.
func (s *Server) answerMove(c echo.Context, form transitionForm, m store.Moved) error {
	ctx, actor, d := c.Request().Context(), actorOf(c), m.Deployment
	timeline, err := s.deploymentTimeline(ctx, d.ID, "")
	if err != nil {
		return err
	}
	counts, err := s.store.GetCounts(ctx)
	if err != nil {
		return err
	}
	machine, newest, err := s.machine(ctx, actor, d.ID)
	if err != nil {
		return err
	}
	row := deploymentRow(actor, d)
	answer := views.MoveResult{
		Clock: clock(c, d.ReadAt), Deployment: s.withMachine(deploymentView(d), d, machine, newest), Machine: machine, Timeline: timeline, Row: &row,
		Panel:  panelView(actor, d, machine),
		Filter: &views.StateFilter{Counts: stateCounts(counts), Query: currentList(c)},
	}
	status, text := verdictText(lifecycle.Action(form.Action), m)
	switch m.Verdict {
	case lifecycle.Accepted:
		answer.Notice = &views.Notice{Kind: views.NoticeDone, Text: nameOf(d) + ": " + text, About: d.ID.String()}
		if d.Version == m.Version {
			answer.Notice.Undo = views.NewUndo(d.ID.String(), actor, d.Subject(), d.ReadAt, newKey)
		}
	case lifecycle.Already, lifecycle.Begun:
		answer.Notice = &views.Notice{Kind: views.NoticeInfo, Text: nameOf(d) + ": " + text, About: d.ID.String()}
	default:
		s.addRefusal(c, form, m, text, &answer)
	}
	return render(c, status, views.MoveAnswer(answer))
}

// addRefusal puts the reason where the person looks: in the dialog, with what was typed, if there was one.
func (s *Server) addRefusal(c echo.Context, form transitionForm, m store.Moved, text string, answer *views.MoveResult) {
	if retry, ok := s.retryForm(c, form, m); ok {
		retry.Error = text
		answer.Form = &retry
		return
	}
	if form.Notes != "" || lifecycle.Action(form.Action).Asks() && form.Reason != string(lifecycle.Undo) {
		kept := keptNotes(m.Deployment, text, form.Notes)
		answer.Kept = &kept
	}
	answer.Panel.Error = text
	if answer.Kept == nil {
		answer.Notice = &views.Notice{Kind: views.NoticeError, Text: nameOf(m.Deployment) + ": " + text, About: m.Deployment.ID.String()}
	}
}

// retryForm is the dialog again, with what was typed, where there was one and the move is still possible.
func (s *Server) retryForm(c echo.Context, form transitionForm, m store.Moved) (views.TransitionForm, bool) {
	action := lifecycle.Action(form.Action)
	if !action.Asks() || form.Reason == string(lifecycle.Undo) || !optionFor(actorOf(c), m.Deployment, action).Open {
		return views.TransitionForm{}, false
	}
	retry := askForm(m.Deployment, action)
	retry.Reason, retry.Notes = lifecycle.Reason(form.Reason), form.Notes
	return retry, true
}

// refuseNotes draws the dialog again: what was typed is too long, and none of it is lost.
func (s *Server) refuseNotes(c echo.Context, id uuid.UUID, form transitionForm, text string) error {
	d, err := s.store.GetDeployment(c.Request().Context(), id)
	if err != nil {
		return err
	}
	m := store.Moved{Verdict: lifecycle.Refused, Deployment: d, Refusal: &lifecycle.Refusal{Code: lifecycle.ReasonUnknown, Text: text}}
	if isPartial(c) {
		return s.answerMove(c, form, m)
	}
	return s.answerPlain(c, form, m)
}

// verdictText is the status and the sentence for an outcome.
func verdictText(action lifecycle.Action, m store.Moved) (int, string) {
	d := m.Deployment
	when := views.Clock{Now: d.ReadAt}.Ago(d.LastAt)
	switch m.Verdict {
	case lifecycle.Accepted:
		return http.StatusOK, doneText(action)
	case lifecycle.Already:
		return http.StatusOK, "Already " + d.State.Lower() + ", by " + d.LastActor + " " + when + ". Nothing was recorded."
	case lifecycle.Begun:
		return http.StatusOK, begunText(action)
	case lifecycle.Stale:
		return http.StatusConflict, "Nothing was changed: " + d.LastActor + " moved it to " + d.State.Lower() + " " + when + ", after you opened this."
	}
	if m.Refusal.Code == lifecycle.Forbidden {
		return http.StatusForbidden, "Nothing was changed. " + m.Refusal.Text
	}
	return http.StatusUnprocessableEntity, m.Refusal.Text
}

// nameOf tells a deployment from those of the same name that other tenants have.
func nameOf(d store.Deployment) string { return d.Name + " (" + d.TenantName + ")" }
