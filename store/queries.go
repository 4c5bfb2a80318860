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

// Query is the statement of ListDeployments. ErrCursor for a place that is none.
func (f DeploymentFilter) Query() (Query, error) {
	if f.Sort == "" {
		f.Sort = ByNewest
	}
	place, err := f.order().args(f.Page)
	if err != nil {
		return Query{}, err
	}
	query, args := f.query(place)
	for _, usual := range usualLists() {
		if query == usual {
			return Query{SQL: query, Args: args, Prepared: true}, nil
		}
	}
	return Query{SQL: query, Args: args}, nil
}

// Query is the first statement of ListTenants. ErrCursor for a place that is none.
func (f TenantFilter) Query() (Query, error) {
	if f.Sort == "" {
		f.Sort = TenantsByName
	}
	place, err := tenantOrders[f.Sort].args(f.Page)
	if err != nil {
		return Query{}, err
	}
	query, args := f.query(place)
	return Query{SQL: query, Args: args}, nil
}

// SearchQueries are the statements of a Search for words that are no ID, number, address or domain, where a tenant fits
// as typed.
func SearchQueries(words string) []Query {
	tenants, _ := TenantFilter{Search: words, Page: Page{Limit: maxFoundTenants}}.Query() // the first page needs no cursor
	query, args := bestQuery(words)
	return []Query{tenants, {SQL: query, Args: args}}
}

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

// Place is the cursor of a row in this order, as a page that ended with it would name it.
func (sort DeploymentSort) Place(r DeploymentRow) string { return sort.place(r).String() }
