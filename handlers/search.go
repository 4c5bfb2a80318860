package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

type searchQuery struct {
	Q string `schema:"q"`
}

// search looks for anything; what can mean only one thing is opened at once.
func (s *Server) search(c echo.Context) error {
	var q searchQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	text := strings.TrimSpace(q.Q)
	if len([]rune(text)) > maxSearch {
		return badRequest("q", "A search has at most 200 characters.")
	}
	found, err := s.store.Search(c.Request().Context(), text)
	switch {
	case err != nil:
		return err
	case found.DeploymentID.Valid:
		return c.Redirect(http.StatusSeeOther, "/deployments/"+found.DeploymentID.UUID.String())
	case found.TenantID.Valid:
		return c.Redirect(http.StatusSeeOther, "/tenants/"+found.TenantID.UUID.String())
	}
	page, _, err := s.page(c, "Search", "")
	if err != nil {
		return err
	}
	page.Query = text
	return render(c, http.StatusOK, views.Search(views.SearchPage{
		Page: page, Text: text, Tenants: tenantRows(found.Tenants), Nearly: found.Nearly, Deployments: foundDeployments(found.Deployments),
	}))
}

func foundDeployments(rows []store.DeploymentRow) []views.FoundDeployment {
	list := make([]views.FoundDeployment, len(rows))
	for i, d := range rows {
		list[i] = views.FoundDeployment{
			ID: d.ID.String(), Name: d.Name, TenantName: d.TenantName, Hostname: d.Hostname.String, State: d.State, Since: d.StateSince,
		}
	}
	return list
}
