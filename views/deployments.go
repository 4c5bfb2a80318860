package views

import (
	"time"

	"arcadia.example/console/lifecycle"
)

// The orders of the list of deployments.
const (
	SortNewest = "newest"
	SortSince  = "since"
	SortName   = "name"
)

// DeploymentRow is one deployment in a list.
type DeploymentRow struct {
	ID         string
	Name       string
	TenantName string
	State      lifecycle.State
	Since      time.Time
	TrialEnds  time.Time // zero: not on trial
	Region     string
	Machine    string // what a run does with its machine now: "Switching off…"; empty: none is on
	Version    int
	Action     lifecycle.Action // the first that is open to the viewer; empty for none
	Key        string           // one-time, for an action that goes at once
}

// next is what is under way or known to come.
func (r DeploymentRow) next(c Clock) string { return or(r.Machine, nextFact(c, r.State, r.TrialEnds)) }

// DeploymentsPage is the list of deployments.
type DeploymentsPage struct {
	Page
	Filter     StateFilter // counts and what the address says
	TenantName string      // when narrowed to one tenant
	Rows       []DeploymentRow
	Paging     Paging
}

var deploymentSorts = []Choice{
	{Value: SortNewest, Label: "Newest"}, {Value: SortSince, Label: "Time in state"}, {Value: SortName, Label: "Name"},
}

func (p DeploymentsPage) query() ListQuery { return p.Filter.Query }

func (p DeploymentsPage) sortedBy(sort string) bool {
	return p.query().Sort == sort || p.query().Sort == "" && sort == SortNewest
}

// hidden are the parts of the address that the search form has to send along.
func (p DeploymentsPage) hidden() []Choice {
	var fields []Choice
	q := p.query()
	for _, s := range q.States {
		fields = append(fields, Choice{Value: string(s), Label: "state"})
	}
	for _, f := range []Choice{{q.Tenant, "tenant", ""}, {q.Sort, "sort", ""}, {q.Limit, "limit", ""}} {
		if f.Value != "" {
			fields = append(fields, f)
		}
	}
	return fields
}
