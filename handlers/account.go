package handlers

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

type accountForm struct {
	Action  string `schema:"action,required"`
	Step    string `schema:"step,required"`
	Preview string `schema:"preview"`
	Key     string `schema:"key"`
	Reason  string `schema:"reason"`
	Notes   string `schema:"notes"`
}

// moveAccount previews an account action and, confirmed as it was shown, carries it out.
func (s *Server) moveAccount(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	var form accountForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	if !lifecycle.Action(form.Action).Valid() {
		return badRequest("action", "There is no such action.")
	}
	if lifecycle.PermitAccount(actorOf(c), lifecycle.Action(form.Action)) == nil { // who may not is told so, and proves nothing
		if err := requireFresh(c); err != nil {
			return err
		}
	}
	form.Notes = catalog.NormalizeNotes(form.Notes)
	switch form.Step {
	case "preview":
		return s.previewAccount(c, http.StatusOK, id, form, "")
	case "confirm":
		return s.confirmAccount(c, id, form)
	}
	return badRequest("step", "It is preview or confirm.")
}

// previewAccount draws what the action would do, with what was typed before and why it is asked again, if it is.
func (s *Server) previewAccount(c echo.Context, status int, id uuid.UUID, form accountForm, problem string) error {
	ctx := c.Request().Context()
	tenant, err := s.store.GetTenant(ctx, id)
	if err != nil {
		return err
	}
	preview, err := s.store.PreviewAccount(ctx, actorOf(c), id, lifecycle.Action(form.Action))
	if err != nil {
		return err
	}
	model := views.AccountPreview{
		TenantID: id.String(), TenantName: tenant.Name, Action: preview.Action, ID: preview.ID.String(), Key: newKey(),
		Lines: accountLines(preview), Reason: lifecycle.Reason(form.Reason), Notes: form.Notes,
		Error: problem, Stale: status == http.StatusConflict,
	}
	if preview.Refusal != nil {
		status, model.Refusal = refusalStatus(preview.Refusal), preview.Refusal.Text
	}
	return s.drawPreview(c, status, form, tenant, model)
}

// drawPreview draws the preview where the person is: in the dialog of the page, in what answers a confirmation there, or
// as a page.
func (s *Server) drawPreview(c echo.Context, status int, form accountForm, tenant store.Tenant, model views.AccountPreview) error {
	if isPartial(c) && form.Step == "preview" {
		return render(c, status, views.AccountPreviewDialog(model))
	}
	if isPartial(c) {
		return s.answerAccount(c, status, tenant, views.AccountResult{Preview: &model})
	}
	page, _, err := s.page(c, model.Action.Label()+" "+tenant.Name, "tenants")
	if err != nil {
		return err
	}
	return render(c, status, views.AccountPreviewAlone(views.AccountPreviewPage{Page: page, Preview: model}))
}

// answerAccount draws every part of the tenant's page anew.
func (s *Server) answerAccount(c echo.Context, status int, tenant store.Tenant, answer views.AccountResult) (err error) {
	ctx := c.Request().Context()
	page := s.barePage(c, tenant.Name, "tenants")
	if answer.Page, err = s.tenantPage(ctx, page, actorOf(c), tenant); err != nil {
		return err
	}
	if answer.Page.Timeline, err = s.tenantTimeline(ctx, tenant.ID, ""); err != nil {
		return err
	}
	return render(c, status, views.AccountAnswer(answer))
}

func accountLines(p store.AccountPreview) []views.AccountLine {
	lines := make([]views.AccountLine, len(p.Lines))
	for i, l := range p.Lines {
		lines[i] = views.AccountLine{ID: l.ID.String(), Name: l.Name, State: l.State, Moves: l.Moves, Machine: l.Subject().Machine()}
	}
	return lines
}

func (s *Server) confirmAccount(c echo.Context, id uuid.UUID, form accountForm) error {
	previewID, err := uuid.Parse(form.Preview)
	if err != nil {
		return badRequest("preview", "This is no preview.")
	}
	if text := catalog.CheckNotes(form.Notes); text != "" {
		return s.previewAccount(c, http.StatusUnprocessableEntity, id, form, text)
	}
	moved, err := s.store.MoveAccount(c.Request().Context(), store.AccountMove{
		Command: command(c, form.Key), TenantID: id, PreviewID: previewID,
		Action: lifecycle.Action(form.Action), Reason: lifecycle.Reason(form.Reason), Notes: form.Notes,
	})
	switch {
	case errors.Is(err, store.ErrStale):
		return s.previewAccount(c, http.StatusConflict, id, form, "")
	case err != nil:
		return err
	case moved.Refusal != nil:
		return s.previewAccount(c, refusalStatus(moved.Refusal), id, form, moved.Refusal.Text)
	}
	if isPartial(c) {
		tenant, err := s.store.GetTenant(c.Request().Context(), id)
		if err != nil {
			return err
		}
		text := accountText(lifecycle.Action(form.Action), moved.Moved)
		return s.answerAccount(c, http.StatusOK, tenant, views.AccountResult{Notice: &views.Notice{Kind: views.NoticeDone, Text: text}})
	}
	s.leaveNotice(c, noticeAccount, form.Action, strconv.Itoa(moved.Moved))
	return c.Redirect(http.StatusSeeOther, "/tenants/"+id.String())
}

func refusalStatus(r *lifecycle.Refusal) int {
	if r.Code == lifecycle.Forbidden {
		return http.StatusForbidden
	}
	return http.StatusUnprocessableEntity
}
