package handlers

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// apiNote is what somebody wrote, which never changes.
type apiNote struct {
	ID           string    `json:"id" format:"uuid"`
	TenantID     string    `json:"tenant_id" format:"uuid"`
	DeploymentID *string   `json:"deployment_id" format:"uuid" doc:"null for a note on the tenant itself."`
	Notes        string    `json:"notes"`
	Actor        apiActor  `json:"actor"`
	OccurredAt   time.Time `json:"occurred_at"`
}

// apiNewNote is a note to be written.
type apiNewNote struct {
	Notes string `json:"notes" minLength:"1" maxLength:"10000" example:"The customer called: pausing over the winter."`
}

type noteQuery struct {
	After  string `schema:"after"`
	Before string `schema:"before"`
	Limit  string `schema:"limit"`
}

func (s *Server) apiListDeploymentNotes(c echo.Context) error {
	d, err := s.pathDeployment(c)
	if err != nil {
		return err
	}
	return s.sendNotes(c, deploymentPath(d), store.NoteFilter{DeploymentID: uuid.NullUUID{UUID: d.ID, Valid: true}})
}

func (s *Server) apiListTenantNotes(c echo.Context) error {
	tenant, err := s.store.FindTenant(c.Request().Context(), c.Param("tenant"))
	if err != nil {
		return err
	}
	return s.sendNotes(c, tenantPath(tenant.Tenant), store.NoteFilter{TenantID: tenant.ID})
}

func (s *Server) sendNotes(c echo.Context, path string, filter store.NoteFilter) error {
	var q noteQuery
	err := readQuery(c, &q)
	if err != nil {
		return err
	}
	if filter.Page, err = (listQuery{After: q.After, Before: q.Before, Limit: q.Limit}).page(); err != nil {
		return err
	}
	page, err := s.store.ListNotes(c.Request().Context(), filter)
	if err != nil {
		return err
	}
	return sendList(c, page.Rows, noteJSON, paging(views.ListQuery{Path: path + "/notes", Limit: q.Limit}, page.Previous, page.Next))
}

func (s *Server) apiAddDeploymentNote(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	return s.apiAddNote(c, store.NewNote{DeploymentID: uuid.NullUUID{UUID: id, Valid: true}})
}

func (s *Server) apiAddTenantNote(c echo.Context) error {
	tenant, err := s.store.FindTenant(c.Request().Context(), c.Param("tenant"))
	if err != nil {
		return err
	}
	return s.apiAddNote(c, store.NewNote{TenantID: tenant.ID})
}

// apiAddNote writes a note, once for a key.
func (s *Server) apiAddNote(c echo.Context, note store.NewNote) error {
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	var body apiNewNote
	if err := readBody(c, &body); err != nil {
		return err
	}
	note.Command, note.Notes = command(c, key), body.Notes
	if err := s.store.AddNote(c.Request().Context(), note); err != nil {
		return err
	}
	stored, err := s.store.FindNote(c.Request().Context(), note.Command)
	if err != nil {
		return readBack(err)
	}
	return sendJSON(c, http.StatusCreated, versions{}, noteJSON(stored))
}

func noteJSON(n store.Note) apiNote {
	note := apiNote{
		ID: n.ID.String(), TenantID: n.TenantID.String(), Notes: n.Notes,
		Actor: actorJSON(n.ActorKind, n.Actor, n.ActorName, n.ActorRoles), OccurredAt: n.OccurredAt.UTC(),
	}
	if n.DeploymentID.Valid {
		note.DeploymentID = textOrNull(n.DeploymentID.UUID.String())
	}
	return note
}
