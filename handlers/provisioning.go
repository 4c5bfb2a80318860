package handlers

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// Zones is what a form asks the cloud provider before anything is begun. provisioning.Cloud has it.
type Zones interface {
	// FindZone returns the managed zone in which a host name lies; a *provisioning.Fault of the kind NotFound when none is.
	FindZone(ctx context.Context, hostname string) (string, error)
}

// cloudName is what the provider is called on the screen.
const cloudName = "DigitalOcean"

// runsQuery is what the address of the list of runs may say.
type runsQuery struct {
	Group  string `schema:"group"`
	Kind   string `schema:"kind"`
	Step   string `schema:"step"`
	Region string `schema:"region"`
	Error  string `schema:"error"`
	After  string `schema:"after"`
	Before string `schema:"before"`
	Limit  string `schema:"limit"`
}

// listRuns shows one page of the list of runs.
func (s *Server) listRuns(c echo.Context) error {
	if err := s.needMachines(c); err != nil {
		return err
	}
	var q runsQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	filter, err := q.filter()
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	page, _, err := s.page(c, "Provisioning", "provisioning")
	if err != nil {
		return err
	}
	counts, err := s.store.CountRuns(ctx)
	if err != nil {
		return err
	}
	list, err := s.store.ListRuns(ctx, filter)
	if err != nil {
		return err
	}
	model := views.ProvisioningPage{
		Page: page, Filter: q.view(), Counts: runCounts(counts), Regions: deploymentChoices.Regions, Provider: cloudName,
	}
	for _, run := range list.Rows {
		model.Rows = append(model.Rows, runView(actorOf(c), run))
	}
	model.Paging = model.Filter.Paging(list.Previous, list.Next)
	if model.Sweep, err = s.sweep(c); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Provisioning(model))
}

// filter turns the address into a filter; what is unknown or impossible is an error that names it.
func (q runsQuery) filter() (store.RunFilter, error) {
	f := store.RunFilter{
		Group: lifecycle.RunGroup(q.Group), Kind: lifecycle.RunKind(q.Kind), Step: lifecycle.StepName(q.Step), Region: q.Region, ErrorKind: q.Error,
	}
	_, region := catalog.FindRegion(q.Region)
	for _, word := range []struct {
		name, value string
		known       bool
		why         string
	}{
		{"group", q.Group, f.Group.Valid(), "There is no such group of runs."},
		{"kind", q.Kind, f.Kind.Valid(), "There is no such kind of run."},
		{"step", q.Step, f.Step.Valid(), "There is no such step."},
		{"region", q.Region, region, "There is no such region."},
		{"error", q.Error, views.KnownErrorKind(q.Error), "There is no such kind of trouble."},
	} {
		if word.value != "" && !word.known {
			return f, badRequest(word.name, word.why)
		}
	}
	var err error
	f.Page, err = listQuery{After: q.After, Before: q.Before, Limit: q.Limit}.page()
	return f, err
}

func (q runsQuery) view() views.RunFilter {
	return views.RunFilter{
		Group: lifecycle.RunGroup(q.Group), Kind: lifecycle.RunKind(q.Kind), Step: lifecycle.StepName(q.Step), Region: q.Region, Error: q.Error, Limit: q.Limit,
	}
}

// currentRuns is the list of runs on which htmx says the person is, so that its chips keep the choice; otherwise the plain list.
func currentRuns(c echo.Context) views.RunFilter {
	current, err := url.Parse(c.Request().Header.Get("HX-Current-URL"))
	if err != nil || current.Path != "/provisioning" {
		return views.RunFilter{}
	}
	var q runsQuery
	values, err := url.ParseQuery(current.RawQuery)
	if err != nil || decode(&q, values) != nil {
		return views.RunFilter{}
	}
	if _, err := q.filter(); err != nil {
		return views.RunFilter{}
	}
	return q.view()
}

func runCounts(counts store.RunCounts) views.RunCounts {
	list := views.RunCounts{Cap: store.RunCountCap}
	for _, group := range lifecycle.RunGroups {
		list.Of = append(list.Of, views.RunCount{Group: group, Count: counts[group]})
	}
	return list
}

// stuck reports whether a run should go on by itself and has not for too long. One that waits for the time of its next try stands
// still on purpose.
func stuck(r store.Run) bool {
	if !r.Status.Live() || r.Status == lifecycle.RunNeedsOperator {
		return false
	}
	since := r.ProgressedAt
	if resting := r.Status == lifecycle.RunRetrying || r.Status == lifecycle.RunCompensating; resting && r.NextTryAt.Time.After(since) {
		since = r.NextTryAt.Time
	}
	return r.ReadAt.Sub(since) > lifecycle.StuckAfter(r.Step)
}
