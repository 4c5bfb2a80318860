package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// listQuery is what the address of a list may say.
type listQuery struct {
	State  []string `schema:"state"`
	Q      string   `schema:"q"`
	Tenant string   `schema:"tenant"`
	Sort   string   `schema:"sort"`
	After  string   `schema:"after"`
	Before string   `schema:"before"`
	Limit  string   `schema:"limit"`
}

const maxSearch = 200 // characters

// home leads to the list until there is an overview.
func (s *Server) home(c echo.Context) error { return c.Redirect(http.StatusFound, "/deployments") }

// listDeployments shows one page of the list.
func (s *Server) listDeployments(c echo.Context) error {
	var q listQuery
	if err := readQuery(c, &q, "state"); err != nil {
		return err
	}
	filter, err := q.deployments()
	if err != nil {
		return err
	}
	page, counts, err := s.page(c, "Deployments", "deployments")
	if err != nil {
		return err
	}
	model := views.DeploymentsPage{Page: page, Filter: views.StateFilter{Counts: stateCounts(counts), Query: q.view("/deployments")}}
	if filter.TenantID.Valid {
		tenant, err := s.store.GetTenant(c.Request().Context(), filter.TenantID.UUID)
		if err != nil {
			return err
		}
		model.TenantName = tenant.Name
	}
	list, err := s.store.ListDeployments(c.Request().Context(), filter)
	if err != nil {
		return err
	}
	model.Rows = deploymentRows(actorOf(c), list.Rows)
	model.Paging = paging(model.Filter.Query, list.Previous, list.Next)
	return render(c, http.StatusOK, views.Deployments(model))
}

// deployments turns the address into a filter; what is unknown or impossible is an error that names it.
func (q listQuery) deployments() (store.DeploymentFilter, error) {
	f := store.DeploymentFilter{Search: strings.TrimSpace(q.Q), Sort: store.DeploymentSort(q.Sort)}
	for _, word := range q.State {
		state := lifecycle.State(word)
		if !state.Valid() {
			return f, badRequest("state", "There is no such state.")
		}
		f.States = append(f.States, state)
	}
	if q.Tenant != "" {
		id, err := uuid.Parse(q.Tenant)
		if err != nil {
			return f, badRequest("tenant", "This is no ID of a tenant.")
		}
		f.TenantID = uuid.NullUUID{UUID: id, Valid: true}
	}
	if err := oneOf("sort", f.Sort, store.DeploymentSorts); err != nil {
		return f, err
	}
	var err error
	f.Page, err = q.page()
	return f, err
}

// page checks what all lists share.
func (q listQuery) page() (store.Page, error) {
	p := store.Page{After: q.After, Before: q.Before}
	if len([]rune(q.Q)) > maxSearch {
		return p, badRequest("q", "A search has at most 200 characters.")
	}
	if q.After != "" && q.Before != "" {
		return p, badRequest("before", "It cannot stand beside “after”.")
	}
	if q.Limit != "" {
		n, err := strconv.Atoi(q.Limit)
		if err != nil || n < 1 || n > 100 {
			return p, badRequest("limit", "A page has 1 to 100 rows.")
		}
		p.Limit = n
	}
	return p, nil
}

func oneOf[T ~string](name string, value T, known []T) error {
	if value == "" {
		return nil
	}
	for _, one := range known {
		if value == one {
			return nil
		}
	}
	return badRequest(name, "There is no such order.")
}

// view is the address as links are made from it. States that are asked for twice stand once.
func (q listQuery) view(path string) views.ListQuery {
	v := views.ListQuery{Path: path, Text: strings.TrimSpace(q.Q), Tenant: q.Tenant, Sort: q.Sort, Limit: q.Limit}
	for _, s := range lifecycle.States {
		if contains(q.State, string(s)) {
			v.States = append(v.States, s)
		}
	}
	return v
}

// paging are the addresses of the neighbouring pages.
func paging(q views.ListQuery, previous, next string) views.Paging {
	return views.Paging{Prev: withPlace(q, "before", previous), Next: withPlace(q, "after", next)}
}

func withPlace(q views.ListQuery, name, place string) string {
	if place == "" {
		return ""
	}
	address := q.URL()
	joiner := "?"
	if strings.Contains(address, "?") {
		joiner = "&"
	}
	return address + joiner + name + "=" + url.QueryEscape(place)
}

func stateCounts(counts store.Counts) views.StateCounts {
	list := make(views.StateCounts, 0, len(lifecycle.States))
	for _, s := range lifecycle.States {
		list = append(list, views.StateCount{State: s, Count: counts.ByState[s]})
	}
	return list
}

func deploymentRows(actor access.Actor, rows []store.DeploymentRow) []views.DeploymentRow {
	list := make([]views.DeploymentRow, len(rows))
	for i, row := range rows {
		list[i] = deploymentRow(actor, row.Deployment)
	}
	return list
}

// machineNow is what a run does with the machine of a row, without the state, which stands beside it; empty when none is on.
func machineNow(d store.Deployment) string {
	if !d.RunID.Valid {
		return ""
	}
	line := lifecycle.MachineLineOf(d.State, d.DropletID.Valid, lifecycle.MachineRunFacts{Kind: d.RunKind, Status: d.RunStatus}, d.ReadAt)
	return upperFirst(strings.TrimPrefix(line.Text, d.State.Label()+"; "))
}

// deploymentRow offers the first move that the actor could make.
func deploymentRow(actor access.Actor, d store.Deployment) views.DeploymentRow {
	row := views.DeploymentRow{
		ID: d.ID.String(), Name: d.Name, TenantName: d.TenantName, State: d.State, Since: d.StateSince,
		TrialEnds: trialEnds(d), Region: d.Region, Machine: machineNow(d), Version: d.Version,
	}
	if open := lifecycle.Open(actor, d.Subject()); len(open) > 0 {
		row.Action = open[0]
		if !row.Action.Asks() {
			row.Key = newKey()
		}
	}
	return row
}
