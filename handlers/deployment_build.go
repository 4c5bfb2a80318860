package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/provisioning"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// zoneTimeout is how long a form waits for the cloud provider.
const zoneTimeout = 5 * time.Second

// provisionDeployment stores a new deployment with the run that builds its machine. All that can be known beforehand is checked
// beforehand: what is found later costs a machine and a rollback.
func (s *Server) provisionDeployment(c echo.Context, tenant store.Tenant, form newDeploymentForm) error {
	problems, err := s.checkBuild(c, form)
	switch {
	case err != nil:
		s.log.WarnContext(c.Request().Context(), "zone of a new deployment", "error", err.Error())
		return s.drawUnchecked(c, tenant, form.values(), err)
	case len(problems) > 0:
		return s.drawNewDeployment(c, problemStatus(c, problems), tenant, form.values(), problems)
	}
	id, err := s.store.CreateDeployment(c.Request().Context(), store.NewDeployment{
		Command: command(c, form.Key), TenantID: tenant.ID, Fields: form.catalog(), Provision: true,
	})
	if errors.As(err, &problems) {
		return s.drawNewDeployment(c, http.StatusUnprocessableEntity, tenant, form.values(), problems)
	}
	if err != nil {
		return err
	}
	s.leaveNotice(c, noticeBuilding)
	return c.Redirect(http.StatusSeeOther, "/deployments/"+id.String())
}

func problemStatus(c echo.Context, problems catalog.Problems) int {
	if problems.For("provision") != "" && !actorOf(c).Can(access.StartRuns) {
		return http.StatusForbidden
	}
	return http.StatusUnprocessableEntity
}

// checkBuild finds what stands in the way of building. An error means that the provider could not be asked.
func (s *Server) checkBuild(c echo.Context, form newDeploymentForm) (catalog.Problems, error) {
	fields := form.catalog().Normalize()
	problems := fields.Check()
	wrong := func(field, text string) { problems = append(problems, catalog.Problem{Field: field, Text: text}) }
	switch {
	case s.cloud == nil:
		wrong("provision", "There is no cloud provider here by which a machine could be built. Nothing was created.")
	case !actorOf(c).Can(access.StartRuns):
		wrong("provision", "Having a machine built needs Support. Nothing was created.")
	case form.State != "" && form.State != string(lifecycle.Active):
		wrong("state", "What is built becomes active when it is finished. Choose “Record only” for a trial.")
	}
	if fields.Hostname == "" && problems.For("hostname") == "" {
		wrong("hostname", textNoHostname)
	}
	if len(problems) > 0 {
		return problems, nil
	}
	return s.checkZone(c, form.Key, fields.Hostname)
}

const textNoHostname = "A host name is needed: DNS is pointed at the new machine."

// checkZone asks the provider whether it can point the host name anywhere, unless the key is known: a resend is answered from what is
// stored. An error means that it could not be asked.
func (s *Server) checkZone(c echo.Context, key, hostname string) (catalog.Problems, error) {
	if known, err := s.store.KnowsCommand(c.Request().Context(), command(c, key)); err == nil && known {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), zoneTimeout)
	defer cancel()
	_, err := s.cloud.FindZone(ctx, hostname)
	if err != nil && provisioning.KindOf(err) == provisioning.NotFound {
		return catalog.Problems{{
			Field: "hostname",
			Text:  "It lies in no zone that " + s.cloudName() + " manages for this console. Use a name in one that it does, or add the zone there first.",
		}}, nil
	}
	return nil, err
}

// drawUnchecked keeps what was typed when the provider could not be asked, and says so.
func (s *Server) drawUnchecked(c echo.Context, tenant store.Tenant, values views.DeploymentValues, err error) error {
	form := s.newForm(c, tenant, values)
	form.Error, form.Request = provisioning.SplitRequest(s.uncheckedText(err) + " Nothing was created; try again in a moment.")
	return s.drawDeploymentForm(c, http.StatusServiceUnavailable, "", tenant.Name, form, nil)
}

// uncheckedText says why the provider could not be asked.
func (s *Server) uncheckedText(err error) string {
	name := upperFirst(s.cloudName())
	var fault *provisioning.Fault
	if errors.As(err, &fault) && fault.Kind != provisioning.Unknown {
		return name + " could not be asked about the host name: “" + fault.Message + "”."
	}
	return name + " does not answer, so the host name could not be checked."
}
