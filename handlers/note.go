package handlers

import (
	"context"
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

// noteTarget is what a note is written on.
type noteTarget struct {
	path     string // of its page
	note     store.NewNote
	timeline func(context.Context) (views.Timeline, error)
	redraw   func(status int, form views.NoteForm) error // its page, with the note that comes back
}

// addDeploymentNote writes a note on a deployment.
func (s *Server) addDeploymentNote(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	return s.addNote(c, noteTarget{
		path: "/deployments/" + id.String(),
		note: store.NewNote{DeploymentID: uuid.NullUUID{UUID: id, Valid: true}},
		timeline: func(ctx context.Context) (views.Timeline, error) {
			return s.deploymentTimeline(ctx, id, "")
		},
		redraw: func(status int, form views.NoteForm) error {
			d, err := s.store.GetDeployment(c.Request().Context(), id)
			if err != nil {
				return err
			}
			return s.drawDeployment(c, status, d, "", "", &form)
		},
	})
}

// addTenantNote writes a note on a tenant.
func (s *Server) addTenantNote(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	return s.addNote(c, noteTarget{
		path: "/tenants/" + id.String(),
		note: store.NewNote{TenantID: id},
		timeline: func(ctx context.Context) (views.Timeline, error) {
			return s.tenantTimeline(ctx, id, "")
		},
		redraw: func(status int, form views.NoteForm) error {
			tenant, err := s.store.GetTenant(c.Request().Context(), id)
			if err != nil {
				return err
			}
			return s.drawTenant(c, status, tenant, "", &form)
		},
	})
}

// addNote stores the note and draws the timeline with it, or the note again with what is wrong with it.
func (s *Server) addNote(c echo.Context, target noteTarget) error {
	var form notesForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	ctx := c.Request().Context()
	target.note.Command, target.note.Notes = command(c, form.Key), form.Notes
	problem, err := noteProblem(s.store.AddNote(ctx, target.note))
	if err != nil {
		return err
	}
	answer := noteAnswer(clock(c, now()), target.path, form, problem)
	if isPartial(c) {
		if answer.Timeline, err = target.timeline(ctx); err != nil {
			return err
		}
		return render(c, noteStatus(problem), views.NoteAnswer(answer))
	}
	if problem != "" {
		return target.redraw(noteStatus(problem), answer.Form)
	}
	s.leaveNotice(c, noticeNote)
	return c.Redirect(http.StatusSeeOther, target.path)
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
func noteAnswer(at views.Clock, path string, form notesForm, problem string) views.NoteResult {
	answer := views.NoteResult{Clock: at, Form: *noteForm(path)}
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
