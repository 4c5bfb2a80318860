package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"arcadia.example/console/lifecycle"
)

// DeploymentSort is an order of the list of deployments.
type DeploymentSort string

// The orders: newest first, longest in its state first, by name.
const (
	ByNewest DeploymentSort = "newest"
	BySince  DeploymentSort = "since"
	ByName   DeploymentSort = "name"
)

// DeploymentSorts lists the orders; the first is the usual one.
var DeploymentSorts = []DeploymentSort{ByNewest, BySince, ByName}

var deploymentOrders = map[DeploymentSort]order{
	ByNewest: {key: "d.inserted_at", id: "d.id", desc: true},
	BySince:  {key: "d.state_since", id: "d.id"},
	ByName:   {key: "lower(d.name)", id: "d.id", text: true},
}

// DeploymentFilter says which deployments to list, and how. The zero value lists the newest of all.
type DeploymentFilter struct {
	States   []lifecycle.State // one of these; none: any
	TenantID uuid.NullUUID
	Search   string // words that must all occur in slug, name, hostname, app or tenant, or an ID or the start of one
	Sort     DeploymentSort
	Page
}

// DeploymentRow is one line of the list.
type DeploymentRow struct {
	Deployment
	SortName string `db:"sort_name"`
}

const rowColumns = deploymentColumns + `, ` + runFactColumns + `, lower(d.name) AS sort_name, t.name AS tenant_name, t.slug AS tenant_slug`

// DeploymentPage is a page of the list; Previous and Next are cursors, empty where there is nothing.
type DeploymentPage struct {
	Rows           []DeploymentRow
	Previous, Next string
}

// ListDeployments returns one page. ErrCursor for a place that is none, ErrInput for an order that is none.
func (s *Store) ListDeployments(ctx context.Context, f DeploymentFilter) (DeploymentPage, error) {
	f.Search = strings.TrimSpace(f.Search)
	if f.Sort == "" {
		f.Sort = ByNewest
	}
	order, ok := deploymentOrders[f.Sort]
	if !ok {
		return DeploymentPage{}, fmt.Errorf("%w: no order %q", ErrInput, f.Sort)
	}
	place, err := order.args(f.Page)
	if err != nil {
		return DeploymentPage{}, err
	}
	f.States = slices.Compact(slices.Sorted(slices.Values(f.States))) // each state's rows once
	rows, err := s.listRows(ctx, f, place)
	if err != nil {
		return DeploymentPage{}, err
	}
	page, previous, next := cut(rows, f.Page, func(r DeploymentRow) cursor { return f.Sort.place(r) })
	return DeploymentPage{Rows: page, Previous: previous, Next: next}, nil
}

func (s *Store) listRows(ctx context.Context, f DeploymentFilter, place []any) (rows []DeploymentRow, err error) {
	if f.Search != "" {
		return s.findDeployments(ctx, f.words(), place)
	}
	query, args := f.query(place)
	if stmt, ok := s.stmts.lists[query]; ok {
		err = stmt.SelectContext(ctx, &rows, args...)
	} else {
		err = s.db.SelectContext(ctx, &rows, query, args...)
	}
	return s.providing(rows), translate(err)
}

// providing is provided for each row.
func (s *Store) providing(rows []DeploymentRow) []DeploymentRow {
	for i := range rows {
		rows[i].Deployment = s.provided(rows[i].Deployment)
	}
	return rows
}

// words is the search of one page, with the one row too many that tells whether there is more.
func (f DeploymentFilter) words() wordSearch {
	return wordSearch{DeploymentFilter: f, most: f.limit() + 1}
}

func (sort DeploymentSort) place(r DeploymentRow) cursor {
	c := cursor{tie: r.ID.String()}
	switch sort {
	case BySince:
		c.key = timeKey(r.StateSince)
	case ByName:
		c.key = r.SortName
	default:
		c.key = timeKey(r.InsertedAt)
	}
	return c
}

// query builds the SQL of a page without a search around its rows, which each kind of filter finds in its own way.
func (f DeploymentFilter) query(place []any) (string, []any) {
	switch {
	case f.TenantID.Valid:
		return f.tenantQuery(place)
	case len(f.States) == 0 && f.Sort == ByNewest:
		where, orderBy := f.order().clause(f.Page, 1)
		return f.rows(`SELECT d.* FROM cloud_deployments d WHERE true` + where + orderBy + f.limitClause()), place
	}
	return f.stateQuery(place)
}

func (f DeploymentFilter) order() order { return deploymentOrders[f.Sort] }

func (f DeploymentFilter) limitClause() string { return fmt.Sprintf(" LIMIT %d", f.limit()+1) }

// rows wraps a query for the deployments of one page: the tenant is joined to these alone.
func (f DeploymentFilter) rows(inner string) string {
	_, orderBy := f.order().clause(f.Page, 0)
	return `SELECT ` + rowColumns + ` FROM (` + inner + `) d
  JOIN cloud_tenants t ON t.id = d.tenant_id` + runFactJoin + orderBy
}

// stateQuery reads one short range of an index for each state and merges them.
func (f DeploymentFilter) stateQuery(place []any) (string, []any) {
	states := f.States
	if len(states) == 0 {
		states = lifecycle.States
	}
	where, orderBy := f.order().clause(f.Page, 2)
	inner := `SELECT d.* FROM unnest($1::text[]) AS wanted (state) CROSS JOIN LATERAL (
    SELECT d.* FROM cloud_deployments d WHERE d.state = wanted.state` + where + orderBy + f.limitClause() + `) d` + orderBy + f.limitClause()
	return f.rows(inner), append([]any{stateArray(states)}, place...)
}

func (f DeploymentFilter) tenantQuery(place []any) (string, []any) {
	where, orderBy := f.order().clause(f.Page, 3)
	inner := `SELECT d.* FROM cloud_deployments d
   WHERE d.tenant_id = $1 AND ($2::text[] IS NULL OR d.state = ANY ($2::text[]))` + where + orderBy + f.limitClause()
	return f.rows(inner), append([]any{f.TenantID.UUID, optionalStates(f.States)}, place...)
}

// usualLists are the texts of the lists that are prepared at start: all but searches and unusual page sizes.
func usualLists() []string {
	var queries []string
	for _, sort := range DeploymentSorts {
		for _, page := range []Page{{}, {After: "-"}, {Before: "-"}} {
			for _, f := range []DeploymentFilter{
				{Sort: sort, Page: page},
				{Sort: sort, Page: page, States: []lifecycle.State{lifecycle.Active}},
				{Sort: sort, Page: page, TenantID: uuid.NullUUID{Valid: true}},
			} {
				query, _ := f.query(nil)
				if !slices.Contains(queries, query) {
					queries = append(queries, query)
				}
			}
		}
	}
	return queries
}

func stateArray(states []lifecycle.State) pq.StringArray {
	words := make(pq.StringArray, len(states))
	for i, s := range states {
		words[i] = string(s)
	}
	return words
}

// optionalStates is NULL, not an empty array, when no state is asked for.
func optionalStates(states []lifecycle.State) any {
	if len(states) == 0 {
		return nil
	}
	return stateArray(states)
}
