package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// placeQuery is where in a timeline to read.
type placeQuery struct {
	Before string `schema:"before"`
}

// pathID is the row that a path names. What is no ID names nothing, as an ID that does not exist.
func pathID(c echo.Context) (uuid.UUID, error) {
	raw := c.Param("id")
	id, err := uuid.Parse(raw)
	if err != nil || len(raw) != 36 {
		return uuid.Nil, store.ErrNotFound
	}
	return id, nil
}

// showDeployment is the page of one deployment.
func (s *Server) showDeployment(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	d, err := s.store.GetDeployment(c.Request().Context(), id)
	if err != nil {
		return err
	}
	var q placeQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	return s.drawDeployment(c, http.StatusOK, d, q.Before, "", nil)
}

// drawDeployment draws the page, with an error in the panel or a note that comes back where there is one.
func (s *Server) drawDeployment(c echo.Context, status int, d store.Deployment, before, panelError string, note *views.NoteForm) error {
	timeline, err := s.deploymentTimeline(c.Request().Context(), d.ID, before)
	if err != nil {
		return err
	}
	page, _, err := s.page(c, d.Name, "deployments")
	if err != nil {
		return err
	}
	actor := actorOf(c)
	machine, newest, err := s.machine(c.Request().Context(), actor, d.ID)
	if err != nil {
		return err
	}
	model := views.DeploymentPage{
		Page: page, Deployment: s.withMachine(deploymentView(d), d, machine, newest), Machine: machine, Timeline: timeline,
		Panel: panelView(actor, d, machine),
	}
	model.Panel.Error = panelError
	if page.Viewer.CanNote {
		if model.Note = note; note == nil {
			model.Note = noteForm("/deployments/" + d.ID.String())
		}
	}
	return render(c, status, views.DeploymentDetail(model))
}

func (s *Server) deploymentTimeline(ctx context.Context, id uuid.UUID, before string) (views.Timeline, error) {
	timeline, err := s.store.GetDeploymentTimeline(ctx, id, before)
	return timelineView(timeline, "/deployments/"+id.String()), err
}

// timelineView leaves out the names of deployments where a page is about one alone.
func timelineView(t store.Timeline, path string) views.Timeline {
	list := views.Timeline{Entries: make([]views.Entry, len(t.Entries))}
	if t.Older != "" {
		list.Older = path + "?before=" + t.Older
	}
	for i, e := range t.Entries {
		list.Entries[i] = entryView(e)
	}
	return list
}

func entryView(e store.Entry) views.Entry {
	entry := views.Entry{
		At: e.OccurredAt, From: e.From, To: e.To, Reason: e.Reason, Actor: e.ActorName, ActorID: e.Actor, ActedAs: e.ActorLabel(),
		Notes: e.Notes, Version: e.Version, Reverts: e.Reverts, Edited: e.Kind == store.EditEntry,
		ByRun: e.ActorKind == store.Provisioner.Kind && e.Actor == store.Provisioner.ID,
	}
	if e.DeploymentName.Valid {
		entry.DeploymentID, entry.DeploymentName, entry.Command = e.DeploymentID.UUID.String(), e.DeploymentName.String, e.CommandID.UUID.String()
	}
	for _, change := range e.Changes {
		entry.Changes = append(entry.Changes, views.Change{Field: change.Field, From: change.From, To: change.To})
	}
	return entry
}

func noteForm(path string) *views.NoteForm {
	return &views.NoteForm{Action: path + "/notes", Key: newKey()}
}

func deploymentView(d store.Deployment) views.Deployment {
	view := views.Deployment{
		ID: d.ID.String(), Name: d.Name, Slug: d.Slug, Hostname: d.Hostname.String,
		TenantID: d.TenantID.String(), TenantName: d.TenantName,
		App: strings.TrimSpace(d.App + " " + d.AppVersion), Plan: planText(d), Region: d.Region, Size: d.Size,
		Address: d.Address.String, State: d.State, Since: d.StateSince, TrialEnds: trialEnds(d), Created: d.InsertedAt,
	}
	if region, ok := catalog.FindRegion(d.Region); ok {
		view.RegionName = region.Name
	}
	if size, ok := catalog.FindSize(d.Size); ok {
		view.Size = size.Name
	}
	if d.DropletID.Valid {
		view.Droplet = strconv.FormatInt(d.DropletID.Int64, 10)
	}
	return view
}

// trialEnds is zero unless the trial is on.
func trialEnds(d store.Deployment) (ends time.Time) {
	if d.State == lifecycle.Trial {
		ends = d.TrialEndsAt.Time
	}
	return ends
}

// planText is the plan with its price: "Standard · €49/mo".
func planText(d store.Deployment) string {
	name := d.Plan
	if plan, ok := catalog.FindPlan(d.Plan); ok {
		name = plan.Name
	}
	return name + " · " + priceText(d.PriceCents, d.Currency) + "/mo"
}

func priceText(cents int, currency string) string {
	amount := strconv.Itoa(cents / 100)
	if cents%100 != 0 {
		amount = strconv.FormatFloat(float64(cents)/100, 'f', 2, 64)
	}
	switch currency {
	case "EUR":
		return "€" + amount
	case "USD":
		return "$" + amount
	case "GBP":
		return "£" + amount
	}
	return amount + " " + currency
}
