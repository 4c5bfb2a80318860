package store

import "github.com/google/uuid"

// Query is one statement as the console sends it, for those who measure it or ask for its plan.
type Query struct {
	SQL      string
	Args     []any
	Prepared bool // once at start; otherwise planned for the arguments each time
}

// CountsQuery is the statement of GetCounts.
func CountsQuery() Query { return Query{SQL: countersQuery, Prepared: true} }

// Queries are the statements of ListDeployments: one, or for a search the walk and then, unless that fills the page, the
// one that gathers. ErrCursor for a place that is none.
func (f DeploymentFilter) Queries() ([]Query, error) {
	if f.Sort == "" {
		f.Sort = ByNewest
	}
	place, err := f.order().args(f.Page)
	if err != nil {
		return nil, err
	}
	if f.Search != "" {
		return f.words().queries(place), nil
	}
	query, args := f.query(place)
	for _, usual := range usualLists() {
		if query == usual {
			return []Query{{SQL: query, Args: args, Prepared: true}}, nil
		}
	}
	return []Query{{SQL: query, Args: args}}, nil
}

// Queries are the statements of ListTenants, likewise. ErrCursor for a place that is none.
func (f TenantFilter) Queries() ([]Query, error) {
	if f.Sort == "" {
		f.Sort = TenantsByName
	}
	place, err := tenantOrders[f.Sort].args(f.Page)
	if err != nil {
		return nil, err
	}
	return f.queries(place), nil
}

// TenantQuery is the statement of GetTenant.
func TenantQuery(id uuid.UUID) Query { return Query{SQL: tenantQuery, Args: []any{id}} }

// DeploymentQueries are the statements of GetDeployment and of the first page of GetDeploymentTimeline.
func DeploymentQueries(id uuid.UUID) []Query {
	return []Query{
		{SQL: deploymentQuery, Args: []any{id}, Prepared: true},
		{SQL: deploymentTimelineQuery(false), Args: []any{id}, Prepared: true},
	}
}

// MoveQueries are the statements of one accepted Transition, between its BEGIN and its COMMIT. Their arguments are for the
// caller to give: the row's id; id and version; kind, ID and key of the actor; and those of the write.
func MoveQueries() (lock, newest, command, write string) {
	return lockQuery, newestEventQuery, findCommandQuery, applyMoveQuery
}

// LeftNamesQuery is the statement of ListLeftNames.
func LeftNamesQuery() Query { return Query{SQL: leftNamesQuery, Args: []any{seconds(lateRecord), 25}} }

// Place is the cursor of a row in this order, as a page that ended with it would name it.
func (sort DeploymentSort) Place(r DeploymentRow) string { return sort.place(r).String() }

// SearchQueries are the statements by which a Search finds deployments, until one of them finds MaxFound.
func SearchQueries(words string) []Query {
	w := wordSearch{DeploymentFilter: DeploymentFilter{Search: words, Sort: ByNewest}, most: MaxFound, wholeFirst: true}
	return w.queries(nil)
}
