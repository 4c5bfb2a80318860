package handlers

import (
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// apiRun is one building, switching or releasing of the machine of a deployment, as it stands.
type apiRun struct {
	ID           string       `json:"id" format:"uuid"`
	DeploymentID string       `json:"deployment_id" format:"uuid"`
	Kind         apiRunKind   `json:"kind" doc:"“provision” builds for a new deployment, “reactivate” for one that comes back; the others make the machine follow the state."`
	Status       apiRunStatus `json:"status" doc:"It is over when it is “done”, “compensated” (what it did was undone) or “failed”. “needs_operator”: it cannot go on by itself, and something may still cost money."`
	Step         *apiStepName `json:"step" nullable:"true" doc:"The step at which it stands."`
	Error        *string      `json:"error" doc:"The newest trouble, in the provider's words, without secrets."`
	Ending       *string      `json:"ending" doc:"What is to be said of its end."`
	DropletID    *int64       `json:"droplet_id" doc:"The machine, by the number that the provider gave it."`
	Actor        apiActor     `json:"actor" doc:"Who began it."`
	AbortedAt    *time.Time   `json:"aborted_at" doc:"When somebody asked it to stop."`
	NextTryAt    *time.Time   `json:"next_try_at" doc:"When it goes on, where it waits."`
	StartedAt    *time.Time   `json:"started_at"`
	FinishedAt   *time.Time   `json:"finished_at"`
	InsertedAt   time.Time    `json:"inserted_at" doc:"When it was asked for."`
	Steps        []apiStep    `json:"steps" doc:"All of them, in order."`
	Links        apiRunLinks  `json:"links"`
}

// apiStep is one step of a run.
type apiStep struct {
	Name        apiStepName  `json:"name"`
	Label       string       `json:"label" example:"Create droplet" doc:"What it does, for people."`
	Status      apiRunStatus `json:"status"`
	Attempt     int          `json:"attempt" minimum:"0" doc:"How many tries were begun."`
	MaxAttempts int          `json:"max_attempts" minimum:"1"`
	UndoAttempt int          `json:"undo_attempt" minimum:"0" doc:"How many tries to undo it were begun."`
	Error       *string      `json:"error" doc:"Of the newest try, without secrets."`
	NextTryAt   *time.Time   `json:"next_try_at"`
	StartedAt   *time.Time   `json:"started_at"`
	FinishedAt  *time.Time   `json:"finished_at"`
	UndoneAt    *time.Time   `json:"undone_at"`
}

// apiRunLinks are paths below the console's address.
type apiRunLinks struct {
	Self       string `json:"self" format:"uri-reference"`
	Deployment string `json:"deployment" format:"uri-reference"`
}

// apiMachine is how the machine is, which follows the state in its own time.
type apiMachine struct {
	Status apiMachineStatus `json:"status" doc:"“trouble”: a run needs an operator. “unknown”: nobody here ever looked."`
	Text   string           `json:"text" example:"Switching off, try 2 of 8" doc:"The same in a line for people."`
}

func (s *Server) apiShowRun(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	if err := readQuery(c, &struct{}{}); err != nil {
		return err
	}
	run, err := s.store.GetRun(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return sendJSON(c, http.StatusOK, versions{}, runJSON(run))
}

// describe is the deployment with its newest run: the live one, if there is one.
func (s *Server) describe(c echo.Context, d store.Deployment) (apiDeployment, error) {
	body := deploymentJSON(actorOf(c), d)
	run, err := s.store.GetNewestRun(c.Request().Context(), d.ID)
	var facts lifecycle.MachineRunFacts
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return body, err
	default:
		newest := runJSON(run)
		body.Run, facts = &newest, run.MachineFacts()
	}
	if d.Provider {
		line := lifecycle.MachineLineOf(d.State, d.DropletID.Valid, facts, d.ReadAt)
		body.Machine = &apiMachine{Status: apiMachineStatus(line.Status), Text: line.Text}
	}
	return body, nil
}

func apiRunPath(id uuid.UUID) string { return "/api/v1/runs/" + id.String() }

func runJSON(r store.Run) apiRun {
	run := apiRun{
		ID: r.ID.String(), DeploymentID: r.DeploymentID.String(), Kind: apiRunKind(r.Kind), Status: apiRunStatus(r.Status),
		Error: textOrNull(r.Error), Ending: textOrNull(r.Ending), Actor: actorJSON(r.ActorKind, r.Actor, r.ActorName, r.ActorRoles),
		AbortedAt: timeOrNull(r.AbortedAt), NextTryAt: timeOrNull(r.NextTryAt), StartedAt: timeOrNull(r.StartedAt),
		FinishedAt: timeOrNull(r.FinishedAt), InsertedAt: r.InsertedAt.UTC(), Steps: make([]apiStep, len(r.Steps)),
		Links: apiRunLinks{Self: apiRunPath(r.ID), Deployment: "/api/v1/deployments/" + r.DeploymentID.String()},
	}
	if r.Step != "" {
		step := apiStepName(r.Step)
		run.Step = &step
	}
	if r.DropletID.Valid {
		run.DropletID = &r.DropletID.Int64
	}
	for i, step := range r.Steps {
		run.Steps[i] = apiStep{
			Name: apiStepName(step.Name), Label: step.Name.Label(r.Kind), Status: apiRunStatus(step.Status), Attempt: step.Attempt,
			MaxAttempts: step.MaxAttempts, UndoAttempt: step.UndoAttempt, Error: textOrNull(step.Error), NextTryAt: timeOrNull(step.NextTryAt),
			StartedAt: timeOrNull(step.StartedAt), FinishedAt: timeOrNull(step.FinishedAt), UndoneAt: timeOrNull(step.UndoneAt),
		}
	}
	return run
}

func timeOrNull(t sql.NullTime) *time.Time {
	if !t.Valid {
		return nil
	}
	utc := t.Time.UTC()
	return &utc
}
