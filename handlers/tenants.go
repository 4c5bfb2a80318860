package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// tenantQuery is what the address of the list of tenants may say.
type tenantQuery struct {
	Q      string `schema:"q"`
	Sort   string `schema:"sort"`
	After  string `schema:"after"`
	Before string `schema:"before"`
	Limit  string `schema:"limit"`
}

// listTenants shows one page of the list.
func (s *Server) listTenants(c echo.Context) error {
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
	page, _, err := s.page(c, "Tenants", "tenants")
	if err != nil {
		return err
	}
	query := q.shared().view("/tenants")
	return render(c, http.StatusOK, views.Tenants(views.TenantsPage{
		Page: page, Query: query, Rows: tenantRows(list.Rows), Nearly: list.Nearly, Paging: paging(query, list.Previous, list.Next),
	}))
}

// shared is what all lists understand.
func (q tenantQuery) shared() listQuery {
	return listQuery{Q: q.Q, Sort: q.Sort, After: q.After, Before: q.Before, Limit: q.Limit}
}

// tenants turns the address into a filter; what is unknown or impossible is an error that names it.
func (q tenantQuery) tenants() (store.TenantFilter, error) {
	f := store.TenantFilter{Search: strings.TrimSpace(q.Q), Sort: store.TenantSort(q.Sort)}
	if err := oneOf("sort", f.Sort, store.TenantSorts); err != nil {
		return f, err
	}
	var err error
	f.Page, err = q.shared().page()
	return f, err
}

func tenantRows(rows []store.TenantRow) []views.TenantRow {
	list := make([]views.TenantRow, len(rows))
	for i, row := range rows {
		list[i] = views.TenantRow{
			ID: row.ID.String(), Name: row.Name, Slug: row.Slug, Email: row.Email, Created: row.InsertedAt, Counts: countsOf(row.States),
		}
	}
	return list
}

func countsOf(states map[lifecycle.State]int) views.StateCounts {
	var counts views.StateCounts
	for _, s := range lifecycle.States {
		if n := states[s]; n > 0 {
			counts = append(counts, views.StateCount{State: s, Count: int64(n)})
		}
	}
	return counts
}
