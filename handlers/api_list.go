package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// apiList is one page of a list.
type apiList[T any] struct {
	Items []T     `json:"items"`
	Prev  *string `json:"prev" format:"uri-reference" doc:"The page before this one, with the same filters; null where there is none."`
	Next  *string `json:"next" format:"uri-reference" doc:"The page after this one, with the same filters; null where there is none."`
}

// sendList answers with a page of a list. Its neighbours stand in the body and in the header Link.
func sendList[R, T any](c echo.Context, rows []R, item func(R) T, p views.Paging) error {
	list := apiList[T]{Items: make([]T, len(rows)), Prev: textOrNull(p.Prev), Next: textOrNull(p.Next)}
	for i, row := range rows {
		list.Items[i] = item(row)
	}
	for _, link := range []struct{ address, rel string }{{p.Prev, "prev"}, {p.Next, "next"}} {
		if link.address != "" {
			c.Response().Header().Add("Link", "<"+link.address+`>; rel="`+link.rel+`"`)
		}
	}
	return sendJSON(c, http.StatusOK, versions{}, list)
}

// apiListDeployments is the page's list with the page's filters.
func (s *Server) apiListDeployments(c echo.Context) error {
	var q listQuery
	if err := readQuery(c, &q, "state"); err != nil {
		return err
	}
	filter, err := q.deployments()
	if err != nil {
		return err
	}
	if filter.TenantID.Valid {
		if _, err := s.store.GetTenant(c.Request().Context(), filter.TenantID.UUID); err != nil {
			return err
		}
	}
	list, err := s.store.ListDeployments(c.Request().Context(), filter)
	if err != nil {
		return err
	}
	item := func(row store.DeploymentRow) apiDeploymentRow { return deploymentRowJSON(row.Deployment) }
	return sendList(c, list.Rows, item, paging(q.view("/api/v1/deployments"), list.Previous, list.Next))
}

// apiListTenants is the page's list with the page's filters. What only nearly fits the words is for people's eyes: a program would
// take it for a hit.
func (s *Server) apiListTenants(c echo.Context) error {
	var q tenantQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	filter, err := q.tenants()
	if err != nil {
		return err
	}
	list, err := s.store.ListTenants(c.Request().Context(), filter)
	if err != nil {
		return err
	}
	if list.Nearly {
		list = store.TenantPage{}
	}
	return sendList(c, list.Rows, tenantJSON, paging(q.shared().view("/api/v1/tenants"), list.Previous, list.Next))
}

func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }

func isStale(err error) bool { return errors.Is(err, store.ErrStale) }
