package main

import (
	"context"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"arcadia.example/console/internal/demo"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// work is something people do again and again: pages of one kind, one after the other.
type work struct {
	name  string
	pages []page
	moves bool // no pages: pause and resume
}

// page is one address and the statements by which the console answers it.
type page struct {
	path    string
	queries []store.Query
}

// works are all that is compared with pgbench.
func (s *set) works(ctx context.Context) ([]work, error) {
	all := s.listWorks()
	for _, f := range []func(context.Context) ([]work, error){s.tenantWorks, s.searchWorks} {
		more, err := f(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	detail := work{name: "deployment"}
	for _, id := range s.details {
		queries := append(store.DeploymentQueries(id), store.CountsQuery())
		detail.pages = append(detail.pages, page{"/deployments/" + id.String(), queries})
	}
	return append(all, detail, work{name: "pause and resume", moves: true}), nil
}

// lists are the pages of deployments that must not grow slower with the number of rows.
func (s *set) lists() map[string]store.DeploymentFilter {
	active := []lifecycle.State{lifecycle.Active}
	return map[string]store.DeploymentFilter{
		listFirst:      {},
		listState:      {States: active},
		listStates:     {States: []lifecycle.State{lifecycle.PastDue, lifecycle.Paused, lifecycle.Suspended}},
		listDeep:       {Page: store.Page{After: store.ByNewest.Place(s.deep[""])}},
		listStateDeep:  {States: active, Page: store.Page{After: store.ByNewest.Place(s.deep[string(lifecycle.Active)])}},
		listSince:      {Sort: store.BySince},
		listName:       {Sort: store.ByName},
		listTenant:     {TenantID: uuid.NullUUID{UUID: s.tenants[0], Valid: true}},
		listDeepByName: {Sort: store.ByName, Page: store.Page{After: store.ByName.Place(s.deep[""])}},
	}
}

// The lists by name, in the order in which they are told.
const (
	listFirst      = "list, first page"
	listState      = "list, one state"
	listStates     = "list, three states"
	listDeep       = "list, deep page"
	listStateDeep  = "list, one state, deep page"
	listSince      = "list, longest in its state"
	listName       = "list, by name"
	listDeepByName = "list, by name, deep page"
	listTenant     = "list, one tenant"
)

var listNames = []string{listFirst, listState, listStates, listDeep, listStateDeep, listSince, listName, listDeepByName, listTenant}

func (s *set) listWorks() []work {
	var all []work
	for _, name := range listNames[:len(listNames)-1] {
		all = append(all, work{name: name, pages: []page{s.listPage(s.lists()[name])}})
	}
	tenant := work{name: listTenant}
	for _, id := range s.tenants {
		p := s.listPage(store.DeploymentFilter{TenantID: uuid.NullUUID{UUID: id, Valid: true}})
		p.queries = append(p.queries, store.TenantQuery(id))
		tenant.pages = append(tenant.pages, p)
	}
	return append(all, tenant)
}

func (s *set) listPage(f store.DeploymentFilter) page {
	queries, err := f.Queries()
	if err != nil {
		panic(err) // the only places are ones that the store named
	}
	return page{"/deployments?" + address(f).Encode(), append([]store.Query{store.CountsQuery()}, queries...)}
}

// address is the filter as the browser sends it.
func address(f store.DeploymentFilter) url.Values {
	values := url.Values{}
	for _, state := range f.States {
		values.Add("state", string(state))
	}
	for name, value := range map[string]string{"q": f.Search, "sort": string(f.Sort), "after": f.After} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if f.TenantID.Valid {
		values.Set("tenant", f.TenantID.UUID.String())
	}
	return values
}

// Words to be searched: in one deployment, in one of 1,000, in one of 33.
var searched = []struct{ name, word string }{{"rare", demo.RareWord}, {"1 in 1,000", demo.SomeWord}, {"1 in 33", demo.CommonWord}}

func (s *set) tenantWorks(ctx context.Context) ([]work, error) {
	first, err := s.sentForTenants(ctx, "")
	if err != nil {
		return nil, err
	}
	found, err := s.sentForTenants(ctx, "kestrel")
	return []work{
		{name: "tenants, first page", pages: []page{{"/tenants", append(first, store.CountsQuery())}}},
		{name: "tenants, search", pages: []page{{"/tenants?q=kestrel", append(found, store.CountsQuery())}}},
	}, err
}

func (s *set) sentForTenants(ctx context.Context, words string) ([]store.Query, error) {
	queries, err := store.TenantFilter{Search: words}.Queries()
	if err != nil {
		return nil, err
	}
	return s.sent(ctx, queries, store.DefaultLimit+1)
}

// searchWorks have the statements that these words take: a walk that finds enough is the only one.
func (s *set) searchWorks(ctx context.Context) ([]work, error) {
	var lists, anything []work
	for _, one := range searched {
		f := store.DeploymentFilter{Search: one.word}
		queries, err := f.Queries()
		if err != nil {
			return nil, err
		}
		sent, err := s.sent(ctx, queries, store.DefaultLimit+1)
		if err != nil {
			return nil, err
		}
		lists = append(lists, work{"list, search, " + one.name, []page{{
			"/deployments?" + address(f).Encode(), append([]store.Query{store.CountsQuery()}, sent...),
		}}, false})
		if sent, err = s.anything(ctx, one.word); err != nil {
			return nil, err
		}
		anything = append(anything, work{"search anything, " + one.name, []page{{"/search?q=" + url.QueryEscape(one.word), sent}}, false})
	}
	return append(lists, anything...), nil
}

func (s *set) anything(ctx context.Context, word string) ([]store.Query, error) {
	tenants, err := s.sentForTenants(ctx, word)
	if err != nil {
		return nil, err
	}
	sent, err := s.sent(ctx, store.SearchQueries(word), store.MaxFound)
	return append(append(tenants, store.CountsQuery()), sent...), err
}

// sent are the statements of a search up to the one that finds enough.
func (s *set) sent(ctx context.Context, queries []store.Query, enough int) ([]store.Query, error) {
	for i, q := range queries {
		rows, err := s.owner.QueryContext(ctx, q.SQL, q.Args...)
		if err != nil {
			return nil, err
		}
		found := 0
		for rows.Next() {
			found++
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
		if found >= enough {
			return queries[:i+1], nil
		}
	}
	return queries, nil
}

// requests gives each client its own order of the pages.
func (w work) requests(client int) func() request {
	n := client * 7
	return func() request {
		n++
		return request{path: w.pages[n%len(w.pages)].path, status: http.StatusOK}
	}
}
