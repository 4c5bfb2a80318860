package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// apiNewDeployment is what POST /api/v1/deployments takes.
type apiNewDeployment struct {
	TenantID string `json:"tenant_id" required:"false" format:"uuid" doc:"The tenant by its ID. Give this or “tenant”."`
	Tenant   string `json:"tenant" required:"false" example:"northwind" doc:"The tenant by its slug."`
	apiDeploymentFields
	State     apiStart `json:"state" required:"false" doc:"In which it starts: active when left out. A trial ends after 14 days."`
	Provision bool     `json:"provision" required:"false" doc:"Have its machine built by a run. It starts in provisioning, and is active when that is done. Needs Support, and a host name in a zone of the cloud provider."`
}

// apiDeploymentFields are what can be written about a deployment.
type apiDeploymentFields struct {
	Name       string    `json:"name" maxLength:"200" example:"Web shop"`
	Slug       string    `json:"slug" required:"false" maxLength:"63" pattern:"^([a-z0-9]+(-[a-z0-9]+)*)?$" example:"web-shop" doc:"Made from the name when left out."`
	Hostname   string    `json:"hostname" required:"false" example:"shop.northwind.example" doc:"A host name alone, without scheme, port or path."`
	App        string    `json:"app" required:"false" maxLength:"100" example:"storefront"`
	AppVersion string    `json:"app_version" required:"false" maxLength:"50" example:"4.2.1"`
	Plan       apiPlan   `json:"plan" example:"standard" doc:"Its price is agreed by this."`
	Region     apiRegion `json:"region" example:"fra1" doc:"Where its machine stands."`
	Size       apiSize   `json:"size" example:"s-1vcpu-2gb" doc:"What machine it is."`
}

func (f apiDeploymentFields) catalog() catalog.Deployment {
	return catalog.Deployment{
		Name: f.Name, Slug: f.Slug, Hostname: f.Hostname, App: f.App, AppVersion: f.AppVersion,
		Plan: string(f.Plan), Region: string(f.Region), Size: string(f.Size),
	}
}

// apiCreateDeployment creates one, once for a key.
func (s *Server) apiCreateDeployment(c echo.Context) error {
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	var body apiNewDeployment
	if err := readBody(c, &body); err != nil {
		return err
	}
	tenant, err := s.bodyTenant(c, body)
	if err != nil {
		return err
	}
	if body.State == apiStart(lifecycle.Provisioning) && !body.Provision {
		return invalid("state", "A new deployment starts active or on trial, or in provisioning with “provision”.")
	}
	if err := s.apiCheckBuild(c, key, body); err != nil {
		return err
	}
	id, err := s.store.CreateDeployment(c.Request().Context(), store.NewDeployment{
		Command: command(c, key), TenantID: tenant.ID, Fields: body.catalog(), State: lifecycle.State(body.State), Provision: body.Provision,
	})
	if err != nil {
		return err
	}
	d, err := s.store.GetDeployment(c.Request().Context(), id)
	if err != nil {
		return readBack(err)
	}
	created, err := s.describe(c, d)
	if err != nil {
		return readBack(err)
	}
	status, location := http.StatusCreated, deploymentPath(d)
	if body.Provision {
		run, err := s.store.GetProvisionRun(c.Request().Context(), id)
		if err != nil {
			return readBack(err)
		}
		status, location = http.StatusAccepted, apiRunPath(run.ID)
	}
	c.Response().Header().Set(echo.HeaderLocation, location)
	return sendJSON(c, status, versions{state: d.Version, edit: d.EditVersion}, created)
}

// apiCheckBuild finds what stands in the way of building and can be known beforehand, as the form does. Whether the roles are enough
// and whether there are runs here is asked by the store, with everything else.
func (s *Server) apiCheckBuild(c echo.Context, key string, body apiNewDeployment) error {
	fields := body.catalog().Normalize()
	if !body.Provision || !actorOf(c).Can(access.StartRuns) || fields.Check() != nil {
		return nil
	}
	if s.cloud == nil {
		return store.ErrNoProvider
	}
	if fields.Hostname == "" {
		return invalid("hostname", textNoHostname)
	}
	problems, err := s.checkZone(c, key, fields.Hostname)
	if err != nil {
		text := s.uncheckedText(err) + " Nothing was created; send this again in a moment."
		return apiFailure{failure: failure{status: http.StatusServiceUnavailable, text: text, cause: err}, code: codeBusy}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// bodyTenant is the tenant that a body names, by its ID or its slug.
func (s *Server) bodyTenant(c echo.Context, body apiNewDeployment) (store.TenantRow, error) {
	field, name := "tenant", body.Tenant
	if body.TenantID != "" {
		field, name = "tenant_id", body.TenantID
	}
	switch {
	case name == "":
		return store.TenantRow{}, invalid("tenant", "Say whose it is, by “tenant_id” or “tenant”.")
	case body.Tenant != "" && body.TenantID != "":
		return store.TenantRow{}, invalid("tenant", "Give “tenant_id” or “tenant”, not both.")
	}
	tenant, err := s.store.FindTenant(c.Request().Context(), name)
	if err == nil && (field == "tenant_id") != (tenant.ID.String() == name) {
		err = store.ErrNotFound
	}
	if isNotFound(err) {
		return store.TenantRow{}, invalid(field, "There is no such tenant.")
	}
	return tenant, err
}
