package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// apiTransition is a move that is asked for.
type apiTransition struct {
	Action  apiActionName `json:"action" example:"pause"`
	Reason  apiReason     `json:"reason" required:"false" doc:"One of the reasons of the action, or “undo”. Some moves need one."`
	Notes   string        `json:"notes" required:"false" maxLength:"10000" doc:"What people should know. Stands in the timeline."`
	Version int           `json:"version" required:"false" minimum:"1" doc:"The version that you saw, unless If-Match says it."`
}

// apiMoved is the outcome of a move.
type apiMoved struct {
	Outcome    apiOutcome    `json:"outcome" doc:"“accepted”: the move was made. “already”: it was in that state, and nothing was recorded. “begun”: a run carries it out."`
	Event      *apiEvent     `json:"event" doc:"What the move left, or the newest event that was there already. null where a run carries it out: the event comes when that ends."`
	Run        *apiRun       `json:"run" doc:"The run that carries it out. One by which the machine merely follows stands in the deployment."`
	Deployment apiDeployment `json:"deployment" doc:"How it stands now."`
}

// apiMove makes a move by the page's own way: the same decision in the same transaction.
func (s *Server) apiMove(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	var body apiTransition
	if err := readBody(c, &body); err != nil {
		return err
	}
	action := lifecycle.Action(body.Action)
	if !action.Valid() {
		return badMember("action", "There is no such action. Nothing was done.")
	}
	wanted, err := seenVersion(c, "v", "version", body.Version)
	if err != nil {
		return err
	}
	moved, err := s.store.Transition(c.Request().Context(), store.Transition{
		Command: command(c, key), DeploymentID: id, Action: action,
		Version: wanted.version, Reason: lifecycle.Reason(body.Reason), Notes: body.Notes,
	})
	if err != nil {
		return err
	}
	return s.sendMoved(c, action, wanted, moved)
}

// outcomes are those with which a move goes well.
var outcomes = map[lifecycle.Verdict]apiOutcome{lifecycle.Accepted: "accepted", lifecycle.Already: "already", lifecycle.Begun: "begun"}

func (s *Server) sendMoved(c echo.Context, action lifecycle.Action, wanted seen, m store.Moved) error {
	d, err := s.describe(c, m.Deployment)
	outcome, well := outcomes[m.Verdict]
	switch {
	case err != nil && well:
		return readBack(err)
	case err != nil:
		return err
	case m.Verdict == lifecycle.Stale:
		_, text := verdictText(action, m)
		stale := wanted.stale(text)
		stale.deployment = &d
		return stale
	case !well:
		status, text := verdictText(action, m)
		return apiFailure{failure: failure{status: status, text: text}, code: problemCode(m.Refusal.Code), refusal: m.Refusal, deployment: &d}
	}
	body, status := apiMoved{Outcome: outcome, Deployment: d}, http.StatusOK
	if m.Verdict == lifecycle.Begun {
		status = http.StatusAccepted
		err = s.addRun(c, &body, m)
	} else {
		err = s.addEvent(c, &body, m)
	}
	if err != nil {
		return readBack(err)
	}
	return sendJSON(c, status, versions{state: m.Deployment.Version, edit: m.Deployment.EditVersion}, body)
}

// addRun says which run carries the move out, and where to watch it.
func (s *Server) addRun(c echo.Context, body *apiMoved, m store.Moved) error {
	run, err := s.store.GetRun(c.Request().Context(), m.RunID)
	if err != nil {
		return err
	}
	carries := runJSON(run)
	body.Run = &carries
	c.Response().Header().Set(echo.HeaderLocation, carries.Links.Self)
	return nil
}

// addEvent says what the move left, or found.
func (s *Server) addEvent(c echo.Context, body *apiMoved, m store.Moved) error {
	event, err := s.store.GetEvent(c.Request().Context(), m.Deployment.ID, m.Version)
	if err != nil {
		return err
	}
	left := eventJSON(event)
	body.Event = &left
	return nil
}
