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

// tenantFields are what both forms of a tenant have.
type tenantFields struct {
	Name         string `schema:"name"`
	Slug         string `schema:"slug"`
	Email        string `schema:"email"`
	BillingEmail string `schema:"billing_email"`
	CustomerID   string `schema:"external_customer_id"`
	TimeZone     string `schema:"time_zone"`
}

type newTenantForm struct {
	tenantFields
	Key string `schema:"key,required"`
}

type editTenantForm struct {
	tenantFields
	EditVersion int `schema:"edit_version,required"`
}

func (f tenantFields) catalog() catalog.Tenant {
	return catalog.Tenant{
		Name: f.Name, Slug: f.Slug, Email: f.Email, BillingEmail: f.BillingEmail, ExternalCustomerID: f.CustomerID, TimeZone: f.TimeZone,
	}
}

// newTenant is the empty form.
func (s *Server) newTenant(c echo.Context) error {
	return s.drawTenantForm(c, http.StatusOK, "", views.TenantForm{Key: newKey(), Values: tenantValues(catalog.Tenant{TimeZone: "UTC"})}, nil)
}

// createTenant stores a new tenant, or draws the form again with what was typed.
func (s *Server) createTenant(c echo.Context) error {
	var form newTenantForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	id, err := s.store.CreateTenant(c.Request().Context(), store.NewTenant{Command: command(c, form.Key), Fields: form.catalog()})
	var problems catalog.Problems
	if errors.As(err, &problems) {
		// A fresh key: the same one with other content would be refused if an answer had only been lost.
		return s.drawTenantForm(c, http.StatusUnprocessableEntity, "", views.TenantForm{Key: newKey(), Values: tenantValues(form.catalog())}, problems)
	}
	if err != nil {
		return err
	}
	s.leaveNotice(c, noticeTenantCreated)
	return c.Redirect(http.StatusSeeOther, "/tenants/"+id.String())
}

// editTenant is the form with what is stored.
func (s *Server) editTenant(c echo.Context) error {
	tenant, err := s.pathTenant(c)
	if err != nil {
		return err
	}
	return s.drawTenantForm(c, http.StatusOK, tenant.Name, views.TenantForm{
		ID: tenant.ID.String(), EditVersion: tenant.EditVersion, Values: tenantValues(tenant.Fields()),
	}, nil)
}

// updateTenant stores an edit. If somebody was faster, it shows both and keeps what was typed.
func (s *Server) updateTenant(c echo.Context) error {
	tenant, err := s.pathTenant(c)
	if err != nil {
		return err
	}
	var form editTenantForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	again := views.TenantForm{ID: tenant.ID.String(), EditVersion: form.EditVersion, Values: tenantValues(form.catalog())}
	err = s.store.UpdateTenant(c.Request().Context(), actorOf(c), tenant.ID, form.EditVersion, form.catalog())
	var problems catalog.Problems
	switch {
	case errors.As(err, &problems):
		return s.drawTenantForm(c, http.StatusUnprocessableEntity, tenant.Name, again, problems)
	case errors.Is(err, store.ErrStale):
		return s.drawStaleTenant(c, tenant.ID, again)
	case err != nil:
		return err
	}
	s.leaveNotice(c, noticeSaved)
	return c.Redirect(http.StatusSeeOther, "/tenants/"+tenant.ID.String())
}

// pathTenant is the tenant that the path names.
func (s *Server) pathTenant(c echo.Context) (store.Tenant, error) {
	id, err := pathID(c)
	if err != nil {
		return store.Tenant{}, err
	}
	return s.store.GetTenant(c.Request().Context(), id)
}

// drawStaleTenant keeps what was typed, shows what somebody else saved, and lets the person save over it knowingly.
func (s *Server) drawStaleTenant(c echo.Context, id uuid.UUID, form views.TenantForm) error {
	ctx := c.Request().Context()
	tenant, err := s.store.GetTenant(ctx, id)
	if err != nil {
		return err
	}
	by, err := s.store.LastTenantEditor(ctx, id)
	if err != nil {
		return err
	}
	form.EditVersion = tenant.EditVersion
	form.Stale = &views.StaleTenant{By: by, At: tenant.UpdatedAt, Theirs: tenantValues(tenant.Fields())}
	return s.drawTenantForm(c, http.StatusConflict, tenant.Name, form, nil)
}

// drawTenantForm draws the form for a new tenant, or for an edit of the one with the name.
func (s *Server) drawTenantForm(c echo.Context, status int, name string, form views.TenantForm, problems catalog.Problems) error {
	title := "New tenant"
	if form.ID != "" {
		title = "Edit " + name
	}
	page, _, err := s.page(c, title, "tenants")
	if err != nil {
		return err
	}
	form.Errors, form.Zones = fieldErrors(problems), zones
	return render(c, status, views.TenantFormView(views.TenantFormPage{Page: page, Name: name, Form: form}))
}

func tenantValues(t catalog.Tenant) views.TenantValues {
	return views.TenantValues{
		Name: t.Name, Slug: t.Slug, Email: t.Email, BillingEmail: t.BillingEmail,
		ExternalCustomerID: t.ExternalCustomerID, TimeZone: t.TimeZone,
	}
}

func fieldErrors(problems catalog.Problems) []views.FieldError {
	list := make([]views.FieldError, len(problems))
	for i, p := range problems {
		list[i] = views.FieldError(p)
	}
	return list
}

// zones are suggested where a time zone is asked for; any other IANA name can be typed.
var zones = []string{
	"UTC", "Europe/Amsterdam", "Europe/Athens", "Europe/Berlin", "Europe/Dublin", "Europe/Helsinki", "Europe/Lisbon", "Europe/London",
	"Europe/Madrid", "Europe/Paris", "Europe/Rome", "Europe/Stockholm", "Europe/Warsaw", "Europe/Zurich", "America/Chicago",
	"America/Los_Angeles", "America/New_York", "America/Sao_Paulo", "America/Toronto", "Africa/Johannesburg", "Africa/Lagos", "Asia/Dubai",
	"Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland",
}
