package views

import "time"

// TenantRow is one tenant in a list.
type TenantRow struct {
	ID      string
	Name    string
	Slug    string
	Email   string
	Counts  StateCounts // its deployments by state
	Created time.Time
}

// TenantsPage is the list of tenants. Its orders are SortName, the list's own, and SortNewest.
type TenantsPage struct {
	Page
	Query  ListQuery
	Rows   []TenantRow
	Nearly bool // nothing fits what was searched for: Rows come close to it
	Paging Paging
}

var tenantSorts = []Choice{{Value: SortName, Label: "Name"}, {Value: SortNewest, Label: "Newest"}}

func (p TenantsPage) sortedBy(sort string) bool {
	return p.Query.Sort == sort || p.Query.Sort == "" && sort == SortName
}

// hidden are the parts of the address that the search form has to send along: name in Label.
func (p TenantsPage) hidden() []Choice {
	var fields []Choice
	for _, f := range []Choice{{p.Query.Sort, "sort", ""}, {p.Query.Limit, "limit", ""}} {
		if f.Value != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

// deploymentsText is the number beside the bar: "12 deployments".
func (r TenantRow) deploymentsText() string { return counted(r.Counts.Total(), "deployment") }

func tenantPath(id string) string { return "/tenants/" + id }
