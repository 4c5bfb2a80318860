package views

import (
	"net/url"
	"slices"

	"arcadia.example/console/lifecycle"
)

// ListQuery is what the address of a list says. Paging is left out: another filter or order starts at the first page.
type ListQuery struct {
	Path   string // "/deployments"
	States []lifecycle.State
	Text   string // what was searched for
	Tenant string // id; empty for all
	Sort   string // empty for the list's own order
	Limit  string // as in the address; empty for the default
}

// URL is the address of the first page.
func (q ListQuery) URL() string {
	v := url.Values{}
	for _, s := range q.States {
		v.Add("state", string(s))
	}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("q", q.Text)
	set("tenant", q.Tenant)
	set("sort", q.Sort)
	set("limit", q.Limit)
	if len(v) == 0 {
		return q.Path
	}
	return q.Path + "?" + v.Encode()
}

// Toggle is the address with the state added, or taken away when it is there.
func (q ListQuery) Toggle(s lifecycle.State) string {
	states := slices.Clone(q.States)
	if i := slices.Index(states, s); i >= 0 {
		states = slices.Delete(states, i, i+1)
	} else {
		states = append(states, s)
	}
	q.States = states
	return q.URL()
}

// AllStates is the address without a choice of states.
func (q ListQuery) AllStates() string { q.States = nil; return q.URL() }

// SortBy is the address in another order.
func (q ListQuery) SortBy(sort string) string { q.Sort = sort; return q.URL() }

// WithoutTenant is the address for all tenants.
func (q ListQuery) WithoutTenant() string { q.Tenant = ""; return q.URL() }

// Plain is the address of the list with nothing chosen.
func (q ListQuery) Plain() string { return q.Path }

// Narrowed reports whether something restricts the list.
func (q ListQuery) Narrowed() bool { return len(q.States) > 0 || q.Text != "" || q.Tenant != "" }
