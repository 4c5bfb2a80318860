package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// apiTenantRef names a tenant.
type apiTenantRef struct {
	ID   string `json:"id" format:"uuid"`
	Slug string `json:"slug" example:"northwind"`
	Name string `json:"name" example:"Northwind Traders"`
}

// apiTenant is a customer account. Every member is always there; what is not known is null.
type apiTenant struct {
	ID                 string         `json:"id" format:"uuid" doc:"Never changes."`
	Slug               string         `json:"slug" example:"northwind" doc:"Its short name, which no other tenant has. It may change."`
	Name               string         `json:"name" example:"Northwind Traders"`
	Email              string         `json:"email" example:"it@northwind.example"`
	BillingEmail       *string        `json:"billing_email" example:"invoices@northwind.example" doc:"Where invoices go; null: to “email”."`
	ExternalCustomerID *string        `json:"external_customer_id" example:"C-10042" doc:"The number that the tenant has in your other systems."`
	TimeZone           string         `json:"time_zone" example:"Europe/Berlin" doc:"By its name in the IANA database."`
	Deployments        map[string]int `json:"deployments" example:"{\"active\": 2, \"cancelled\": 1}" doc:"How many deployments it has, by state. A state without any is left out."`
	EditVersion        int            `json:"edit_version" minimum:"1" doc:"Counts the edits. An edit is asked for with the one that you saw."`
	InsertedAt         time.Time      `json:"inserted_at" doc:"When it was created."`
	UpdatedAt          time.Time      `json:"updated_at" doc:"When it was edited last."`
	Links              apiTenantLinks `json:"links"`
}

// apiTenantLinks are paths below the console's address.
type apiTenantLinks struct {
	Self        string `json:"self" format:"uri-reference"`
	Deployments string `json:"deployments" format:"uri-reference"`
	Notes       string `json:"notes" format:"uri-reference"`
	Page        string `json:"page" format:"uri-reference" doc:"The page for people."`
}

// apiNewTenant is what can be written about a tenant.
type apiNewTenant struct {
	Name               string `json:"name" maxLength:"200" example:"Northwind Traders"`
	Slug               string `json:"slug" required:"false" maxLength:"63" pattern:"^([a-z0-9]+(-[a-z0-9]+)*)?$" example:"northwind" doc:"Made from the name when left out."`
	Email              string `json:"email" example:"it@northwind.example"`
	BillingEmail       string `json:"billing_email" required:"false" example:"invoices@northwind.example" doc:"Left out: invoices go to “email”."`
	ExternalCustomerID string `json:"external_customer_id" required:"false" example:"C-10042"`
	TimeZone           string `json:"time_zone" required:"false" example:"Europe/Berlin" doc:"UTC when left out."`
}

// apiTenantEdit is what PATCH takes: what is left out stays as it is.
type apiTenantEdit struct {
	apiNewTenant
	EditVersion int `json:"edit_version" required:"false" minimum:"1" doc:"The edit version that you saw, unless If-Match says it."`
}

func (f apiNewTenant) catalog() catalog.Tenant { return catalog.Tenant(f) }

func (s *Server) apiShowTenant(c echo.Context) error {
	tenant, err := s.store.FindTenant(c.Request().Context(), c.Param("tenant"))
	if err != nil {
		return err
	}
	if err := readQuery(c, &struct{}{}); err != nil {
		return err
	}
	c.Response().Header().Set("Content-Location", tenantPath(tenant.Tenant))
	return sendTenant(c, http.StatusOK, tenant)
}

// apiCreateTenant creates one, once for a key.
func (s *Server) apiCreateTenant(c echo.Context) error {
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	var body apiNewTenant
	if err := readBody(c, &body); err != nil {
		return err
	}
	id, err := s.store.CreateTenant(c.Request().Context(), store.NewTenant{Command: command(c, key), Fields: body.catalog()})
	if err != nil {
		return err
	}
	tenant, err := s.store.FindTenant(c.Request().Context(), id.String())
	if err != nil {
		return readBack(err)
	}
	c.Response().Header().Set(echo.HeaderLocation, tenantPath(tenant.Tenant))
	return sendTenant(c, http.StatusCreated, tenant)
}

// apiEditTenant changes what the body names and leaves the rest.
func (s *Server) apiEditTenant(c echo.Context) error {
	tenant, err := s.store.FindTenant(c.Request().Context(), c.Param("tenant"))
	if err != nil {
		return err
	}
	body := apiTenantEdit{apiNewTenant: apiNewTenant(tenant.Fields())}
	if err := readBody(c, &body); err != nil {
		return err
	}
	wanted, err := seenVersion(c, "e", "edit_version", body.EditVersion)
	if err != nil {
		return err
	}
	err = s.store.UpdateTenant(c.Request().Context(), actorOf(c), tenant.ID, wanted.version, body.catalog())
	if isStale(err) {
		return wanted.stale("It was edited after you read it. Nothing was done.")
	}
	if err != nil {
		return err
	}
	if tenant, err = s.store.FindTenant(c.Request().Context(), tenant.ID.String()); err != nil {
		return readBack(err)
	}
	return sendTenant(c, http.StatusOK, tenant)
}

func sendTenant(c echo.Context, status int, t store.TenantRow) error {
	return sendJSON(c, status, versions{edit: t.EditVersion}, tenantJSON(t))
}

func tenantPath(t store.Tenant) string { return "/api/v1/tenants/" + t.ID.String() }

func tenantJSON(t store.TenantRow) apiTenant {
	body := apiTenant{
		ID: t.ID.String(), Slug: t.Slug, Name: t.Name, Email: t.Email, BillingEmail: textOrNull(t.BillingEmail),
		ExternalCustomerID: textOrNull(t.ExternalCustomerID), TimeZone: t.TimeZone, Deployments: map[string]int{},
		EditVersion: t.EditVersion, InsertedAt: t.InsertedAt.UTC(), UpdatedAt: t.UpdatedAt.UTC(),
		Links: apiTenantLinks{
			Self: tenantPath(t.Tenant), Deployments: "/api/v1/deployments?tenant=" + t.ID.String(), Notes: tenantPath(t.Tenant) + "/notes",
			Page: "/tenants/" + t.ID.String(),
		},
	}
	for _, state := range lifecycle.States {
		if n := t.States[state]; n > 0 {
			body.Deployments[string(state)] = n
		}
	}
	return body
}
