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
	Outcome    string        `json:"outcome" enum:"accepted,already" doc:"“accepted”: the move was made. “already”: it was in that state, and nothing was recorded."`
	Event      apiEvent      `json:"event" doc:"What the move left, or the newest event that was there already."`
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

func (s *Server) sendMoved(c echo.Context, action lifecycle.Action, wanted seen, m store.Moved) error {
	d := deploymentJSON(actorOf(c), m.Deployment)
	switch m.Verdict {
	case lifecycle.Accepted, lifecycle.Already:
	case lifecycle.Stale:
		_, text := verdictText(action, m)
		stale := wanted.stale(text)
		stale.deployment = &d
		return stale
	default:
		status, text := verdictText(action, m)
		return apiFailure{failure: failure{status: status, text: text}, code: problemCode(m.Refusal.Code), refusal: m.Refusal, deployment: &d}
	}
	event, err := s.store.GetEvent(c.Request().Context(), m.Deployment.ID, m.Version)
	if err != nil {
		return readBack(err)
	}
	outcome := "accepted"
	if m.Verdict == lifecycle.Already {
		outcome = "already"
	}
	return sendJSON(c, http.StatusOK, versions{state: m.Deployment.Version, edit: m.Deployment.EditVersion},
		apiMoved{Outcome: outcome, Event: eventJSON(event), Deployment: d})
}
