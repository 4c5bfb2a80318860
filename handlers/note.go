package handlers

import (
	"errors"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

type notesForm struct {
	Notes string `schema:"notes"`
	Key   string `schema:"key,required"`
}

// addDeploymentNote writes a note on a deployment.
func (s *Server) addDeploymentNote(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	var form notesForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	ctx := c.Request().Context()
	note := store.NewNote{Command: command(c, form.Key), DeploymentID: uuid.NullUUID{UUID: id, Valid: true}, Notes: form.Notes}
	problem, err := noteProblem(s.store.AddNote(ctx, note))
	if err != nil {
		return err
	}
	path := "/deployments/" + id.String()
	answer := noteAnswer(path, form, problem)
	if isPartial(c) {
		if answer.Timeline, err = s.deploymentTimeline(ctx, id, ""); err != nil {
			return err
		}
		return render(c, noteStatus(problem), views.NoteAnswer(answer))
	}
	if problem == "" {
		s.leaveNotice(c, noticeNote)
		return c.Redirect(http.StatusSeeOther, path)
	}
	d, err := s.store.GetDeployment(ctx, id)
	if err != nil {
		return err
	}
	return s.drawDeployment(c, noteStatus(problem), d, "", "", &answer.Form)
}

// addTenantNote writes a note on a tenant.
func (s *Server) addTenantNote(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	var form notesForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	ctx := c.Request().Context()
	problem, err := noteProblem(s.store.AddNote(ctx, store.NewNote{Command: command(c, form.Key), TenantID: id, Notes: form.Notes}))
	if err != nil {
		return err
	}
	path := "/tenants/" + id.String()
	answer := noteAnswer(path, form, problem)
	if isPartial(c) {
		if answer.Timeline, err = s.tenantTimeline(ctx, id, ""); err != nil {
			return err
		}
		return render(c, noteStatus(problem), views.NoteAnswer(answer))
	}
	if problem == "" {
		s.leaveNotice(c, noticeNote)
		return c.Redirect(http.StatusSeeOther, path)
	}
	tenant, err := s.store.GetTenant(ctx, id)
	if err != nil {
		return err
	}
	return s.drawTenant(c, noteStatus(problem), tenant, "", &answer.Form)
}

// noteProblem takes out what the person can mend.
func noteProblem(err error) (string, error) {
	var problems catalog.Problems
	if errors.As(err, &problems) {
		return problems.For("notes"), nil
	}
	return "", err
}

// noteAnswer has a fresh form, or the same with what was typed and what is wrong with it.
func noteAnswer(path string, form notesForm, problem string) views.NoteResult {
	answer := views.NoteResult{Clock: views.Clock{Now: now()}, Form: *noteForm(path)}
	if problem == "" {
		answer.Notice = &views.Notice{Kind: views.NoticeDone, Text: "Note added."}
		return answer
	}
	answer.Form.Notes, answer.Form.Error = form.Notes, problem
	return answer
}

func noteStatus(problem string) int {
	if problem != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// command is one request by who asks, under the form's key.
func command(c echo.Context, key string) store.Command {
	return store.Command{Actor: actorOf(c), Key: key}
}
