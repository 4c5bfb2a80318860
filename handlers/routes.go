package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/static"
)

// route is one line of the table: what is asked, what it needs, who answers.
type route struct {
	method     string
	path       string
	permission access.Permission
	handler    echo.HandlerFunc
}

// routes is every way into the console.
func (s *Server) routes() []route {
	const get, post = http.MethodGet, http.MethodPost
	table := []route{
		{get, "/healthz", access.Anyone, s.health},
		{get, "/readyz", access.Anyone, s.ready},
		{get, "/static/*", access.Anyone, echo.WrapHandler(static.Handler())},
		{post, "/demo/person", access.Anyone, s.choosePerson},

		{get, "/", access.Read, s.home},
		{get, "/search", access.Read, s.search},

		{get, "/tenants", access.Read, s.listTenants},
		{get, "/tenants/new", access.EditRecords, s.newTenant},
		{post, "/tenants", access.EditRecords, s.createTenant},
		{get, "/tenants/:id", access.Read, s.showTenant},
		{get, "/tenants/:id/edit", access.EditRecords, s.editTenant},
		{post, "/tenants/:id/edit", access.EditRecords, s.updateTenant},
		{post, "/tenants/:id/notes", access.WriteNotes, s.addTenantNote},
		{post, "/tenants/:id/transitions", access.MoveAccounts, s.moveAccount},
		{get, "/tenants/:id/deployments/new", access.EditRecords, s.newDeployment},
		{post, "/tenants/:id/deployments", access.EditRecords, s.createDeployment},

		{get, "/deployments", access.Read, s.listDeployments},
		{get, "/deployments/:id", access.Read, s.showDeployment},
		{get, "/deployments/:id/edit", access.EditRecords, s.editDeployment},
		{post, "/deployments/:id/edit", access.EditRecords, s.updateDeployment},
		{post, "/deployments/:id/notes", access.WriteNotes, s.addDeploymentNote},
		{get, "/deployments/:id/transitions/:action", access.MoveDeployments, s.askTransition},
		{post, "/deployments/:id/transitions", access.MoveDeployments, s.transition},

		{get, "/import", access.Import, s.showImport},
		{post, "/import", access.Import, s.runImport},
	}
	if s.dev {
		table = append(table, route{get, "/gallery", access.Read, s.gallery})
	}
	return table
}

// register adds the routes; one without a permission that exists is refused.
func (s *Server) register(table []route) error {
	for _, r := range table {
		if !r.permission.Known() {
			return fmt.Errorf("handlers: %s %s has no permission", r.method, r.path)
		}
		handler := s.identified(r.permission, r.handler)
		s.echo.Add(r.method, r.path, handler)
		if r.method == http.MethodGet {
			s.echo.Add(http.MethodHead, r.path, handler)
		}
	}
	return nil
}
