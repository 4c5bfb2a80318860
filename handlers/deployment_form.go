package handlers

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// deploymentFields are what both forms of a deployment have.
type deploymentFields struct {
	Name       string `schema:"name"`
	Slug       string `schema:"slug"`
	Hostname   string `schema:"hostname"`
	App        string `schema:"app"`
	AppVersion string `schema:"app_version"`
	Plan       string `schema:"plan"`
	Region     string `schema:"region"`
	Size       string `schema:"size"`
}

type newDeploymentForm struct {
	deploymentFields
	Provision string `schema:"provision"` // "true": a run builds its machine
	State     string `schema:"state"`
	Key       string `schema:"key,required"`
}

type editDeploymentForm struct {
	deploymentFields
	TrialEnds   string `schema:"trial_ends"`
	EditVersion int    `schema:"edit_version,required"`
}

func (f deploymentFields) catalog() catalog.Deployment {
	return catalog.Deployment{
		Name: f.Name, Slug: f.Slug, Hostname: f.Hostname, App: f.App, AppVersion: f.AppVersion, Plan: f.Plan, Region: f.Region, Size: f.Size,
	}
}

// newDeployment is the empty form.
func (s *Server) newDeployment(c echo.Context) error {
	tenant, err := s.pathTenant(c)
	if err != nil {
		return err
	}
	return s.drawNewDeployment(c, http.StatusOK, tenant, views.DeploymentValues{}, nil)
}

// createDeployment stores a new deployment, or draws the form again with what was typed.
func (s *Server) createDeployment(c echo.Context) error {
	tenant, err := s.pathTenant(c)
	if err != nil {
		return err
	}
	var form newDeploymentForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	if form.Provision == "true" {
		return s.provisionDeployment(c, tenant, form)
	}
	if problem, wrong := form.recordProblem(); wrong {
		return s.drawNewDeployment(c, http.StatusUnprocessableEntity, tenant, form.values(), catalog.Problems{problem})
	}
	id, err := s.store.CreateDeployment(c.Request().Context(), store.NewDeployment{
		Command: command(c, form.Key), TenantID: tenant.ID, Fields: form.catalog(), State: lifecycle.State(form.State),
	})
	var problems catalog.Problems
	if errors.As(err, &problems) {
		return s.drawNewDeployment(c, http.StatusUnprocessableEntity, tenant, form.values(), problems)
	}
	if err != nil {
		return err
	}
	s.leaveNotice(c, noticeDeploymentCreated)
	return c.Redirect(http.StatusSeeOther, "/deployments/"+id.String())
}

// recordProblem is what is wrong with a form by which no machine is to be built, beside its fields.
func (f newDeploymentForm) recordProblem() (catalog.Problem, bool) {
	switch {
	case f.Provision != "" && f.Provision != "false":
		return catalog.Problem{Field: "provision", Text: "Say whether its machine is to be built."}, true
	case f.State == string(lifecycle.Provisioning):
		// Only a run may leave a deployment in provisioning.
		return catalog.Problem{Field: "state", Text: "A new deployment starts active or on trial."}, true
	}
	return catalog.Problem{}, false
}

func (f newDeploymentForm) values() views.DeploymentValues {
	values := deploymentValues(f.catalog())
	values.Provision, values.State = f.Provision, f.State
	return values
}

func (s *Server) drawNewDeployment(
	c echo.Context, status int, tenant store.Tenant, values views.DeploymentValues, problems catalog.Problems,
) error {
	return s.drawDeploymentForm(c, status, "", tenant.Name, s.newForm(c, tenant, values), problems)
}

// newForm is the form for a new deployment, as the viewer may use it.
func (s *Server) newForm(c echo.Context, tenant store.Tenant, values views.DeploymentValues) views.DeploymentForm {
	form := views.DeploymentForm{TenantID: tenant.ID.String(), Key: newKey(), Values: values, MayBuild: actorOf(c).Can(access.StartRuns)}
	if s.cloud != nil {
		form.Provider, form.Simulated, form.SampleZone = s.cloudName(), s.simulated, s.sampleZone
	}
	return form
}

// editDeployment is the form with what is stored.
func (s *Server) editDeployment(c echo.Context) error {
	d, err := s.pathDeployment(c)
	if err != nil {
		return err
	}
	form, err := s.editForm(c, d)
	if err != nil {
		return err
	}
	form.Values = storedValues(d)
	return s.drawDeploymentForm(c, http.StatusOK, d.Name, d.TenantName, form, nil)
}

// updateDeployment stores an edit. If somebody was faster, it shows both and keeps what was typed.
func (s *Server) updateDeployment(c echo.Context) error {
	d, err := s.pathDeployment(c)
	if err != nil {
		return err
	}
	var form editDeploymentForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	again, err := s.editForm(c, d)
	if err != nil {
		return err
	}
	again.EditVersion, again.Values = form.EditVersion, deploymentValues(form.catalog())
	again.Values.TrialEnds = form.TrialEnds
	fields := form.catalog()
	if form.TrialEnds != "" {
		if fields.TrialEndsAt, err = time.Parse(time.DateOnly, form.TrialEnds); err != nil || d.State != lifecycle.Trial {
			return s.drawDeploymentForm(c, http.StatusUnprocessableEntity, d.Name, d.TenantName, again, catalog.Problems{
				{Field: "trial_ends", Text: "This is no day on which a trial could end."},
			})
		}
	}
	err = s.store.UpdateDeployment(c.Request().Context(), actorOf(c), d.ID, form.EditVersion, fields)
	var problems catalog.Problems
	switch {
	case errors.As(err, &problems):
		return s.drawDeploymentForm(c, http.StatusUnprocessableEntity, d.Name, d.TenantName, again, problems)
	case errors.Is(err, store.ErrStale):
		return s.drawStaleDeployment(c, d.ID, again)
	case err != nil:
		return err
	}
	notice := noticeSaved
	if again.DNS.Ours && fields.Normalize().Hostname != d.Hostname.String {
		notice = noticeRenamed
	}
	s.leaveNotice(c, notice)
	return c.Redirect(http.StatusSeeOther, "/deployments/"+d.ID.String())
}

// drawStaleDeployment keeps what was typed, shows what somebody else saved, and lets the person save over it knowingly.
func (s *Server) drawStaleDeployment(c echo.Context, id uuid.UUID, form views.DeploymentForm) error {
	ctx := c.Request().Context()
	d, err := s.store.GetDeployment(ctx, id)
	if err != nil {
		return err
	}
	by, err := s.store.LastDeploymentEditor(ctx, id)
	if err != nil {
		return err
	}
	form.EditVersion, form.OnTrial = d.EditVersion, d.State == lifecycle.Trial
	form.Stale = &views.StaleDeployment{By: by, At: d.UpdatedAt, Theirs: storedValues(d)}
	return s.drawDeploymentForm(c, http.StatusConflict, d.Name, d.TenantName, form, nil)
}

// pathDeployment is the deployment that the path names.
func (s *Server) pathDeployment(c echo.Context) (store.Deployment, error) {
	id, err := pathID(c)
	if err != nil {
		return store.Deployment{}, err
	}
	return s.store.GetDeployment(c.Request().Context(), id)
}

// editForm is the form of an edit, without the values.
func (s *Server) editForm(c echo.Context, d store.Deployment) (views.DeploymentForm, error) {
	pointing, err := s.store.GetPointing(c.Request().Context(), d.ID)
	return views.DeploymentForm{
		ID: d.ID.String(), TenantID: d.TenantID.String(), EditVersion: d.EditVersion, OnTrial: d.State == lifecycle.Trial,
		DNS: views.FormDNS{Ours: pointing.Ours, Address: d.Address.String},
	}, err
}

func (s *Server) drawDeploymentForm(
	c echo.Context, status int, name, tenantName string, form views.DeploymentForm, problems catalog.Problems,
) error {
	title := "New deployment of " + tenantName
	if form.ID != "" {
		title = "Edit " + name
	}
	page, _, err := s.page(c, title, "deployments")
	if err != nil {
		return err
	}
	form.Errors, form.Choices = fieldErrors(problems), deploymentChoices
	return render(c, status, views.DeploymentFormView(views.DeploymentFormPage{Page: page, Name: name, TenantName: tenantName, Form: form}))
}

func storedValues(d store.Deployment) views.DeploymentValues {
	values := deploymentValues(d.Fields())
	if ends := trialEnds(d); !ends.IsZero() {
		values.TrialEnds = ends.UTC().Format(time.DateOnly)
	}
	return values
}

func deploymentValues(f catalog.Deployment) views.DeploymentValues {
	return views.DeploymentValues{
		Name: f.Name, Slug: f.Slug, Hostname: f.Hostname, App: f.App, AppVersion: f.AppVersion, Plan: f.Plan, Region: f.Region, Size: f.Size,
	}
}

// deploymentChoices are the catalogue as choices of a form.
var deploymentChoices = func() views.DeploymentChoices {
	choices := views.DeploymentChoices{TrialDays: int(store.TrialLength / (24 * time.Hour))}
	for _, p := range catalog.Plans {
		choices.Plans = append(choices.Plans, views.Choice{Value: p.Code, Label: p.Name + " · " + priceText(p.PriceCents, catalog.Currency) + "/mo"})
	}
	for _, r := range catalog.Regions {
		choices.Regions = append(choices.Regions, views.Choice{Value: r.Code, Label: r.Name + " · " + r.Code})
	}
	for _, size := range catalog.Sizes {
		choices.Sizes = append(choices.Sizes, views.Choice{Value: size.Code, Label: size.Name})
	}
	return choices
}()
