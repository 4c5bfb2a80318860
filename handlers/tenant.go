package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// showTenant is the account page.
func (s *Server) showTenant(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	tenant, err := s.store.GetTenant(c.Request().Context(), id)
	if err != nil {
		return err
	}
	var q placeQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	return s.drawTenant(c, http.StatusOK, tenant, q.Before, nil)
}

// drawTenant draws the page, with a note that comes back where there is one.
func (s *Server) drawTenant(c echo.Context, status int, t store.Tenant, before string, note *views.NoteForm) error {
	ctx := c.Request().Context()
	timeline, err := s.tenantTimeline(ctx, t.ID, before)
	if err != nil {
		return err
	}
	page, _, err := s.page(c, t.Name, "tenants")
	if err != nil {
		return err
	}
	model, err := s.tenantPage(ctx, page, actorOf(c), t)
	if err != nil {
		return err
	}
	model.Timeline = timeline
	if page.Viewer.CanNote {
		if model.Note = note; note == nil {
			model.Note = noteForm("/tenants/" + t.ID.String())
		}
	}
	return render(c, status, views.TenantDetail(model))
}

// tenantPage fills in the account: its deployments and what can be done with all of them.
func (s *Server) tenantPage(ctx context.Context, page views.Page, actor access.Actor, t store.Tenant) (views.TenantPage, error) {
	account, err := s.store.GetAccount(ctx, t.ID)
	if err != nil {
		return views.TenantPage{}, err
	}
	counts := countsOf(account.States)
	model := views.TenantPage{
		Page: page, Tenant: tenantView(t), Counts: counts,
		Account: views.NewAccountPanel(t.ID.String(), actor, counts, account.Resumable),
	}
	for _, d := range account.Rows {
		model.Deployments = append(model.Deployments, views.TenantDeployment{
			ID: d.ID.String(), Name: d.Name, Hostname: d.Hostname.String, State: d.State, Since: d.StateSince,
			TrialEnds: trialEnds(d.Deployment), Region: d.Region, Price: priceText(d.PriceCents, d.Currency) + "/mo",
		})
	}
	if account.Total > len(account.Rows) {
		model.All = views.ListQuery{Path: "/deployments", Tenant: t.ID.String()}.URL()
	}
	return model, nil
}

func (s *Server) tenantTimeline(ctx context.Context, id uuid.UUID, before string) (views.Timeline, error) {
	timeline, err := s.store.GetTenantTimeline(ctx, id, before)
	return timelineView(timeline, "/tenants/"+id.String()), err
}

func tenantView(t store.Tenant) views.Tenant {
	view := views.Tenant{
		ID: t.ID.String(), Name: t.Name, Slug: t.Slug, Email: t.Email, BillingEmail: t.BillingEmail,
		CustomerID: t.ExternalCustomerID, TimeZone: t.TimeZone, Created: t.InsertedAt,
	}
	if zone, err := time.LoadLocation(t.TimeZone); err == nil {
		view.Zone = zone
	}
	return view
}
