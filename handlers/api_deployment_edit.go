package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
)

// apiDeploymentEdit is what PATCH takes: what is left out stays as it is.
type apiDeploymentEdit struct {
	apiDeploymentFields
	TrialEndsOn string `json:"trial_ends_on" required:"false" format:"date" doc:"The day on which the trial ends, in UTC; on trial only."`
	EditVersion int    `json:"edit_version" required:"false" minimum:"1" doc:"The edit version that you saw, unless If-Match says it."`
}

// apiEditDeployment changes what the body names and leaves the rest.
func (s *Server) apiEditDeployment(c echo.Context) error {
	d, err := s.pathDeployment(c)
	if err != nil {
		return err
	}
	body := apiDeploymentEdit{apiDeploymentFields: storedFields(d.Fields())}
	if err := readBody(c, &body); err != nil {
		return err
	}
	wanted, err := seenVersion(c, "e", "edit_version", body.EditVersion)
	if err != nil {
		return err
	}
	fields := body.catalog()
	if body.TrialEndsOn != "" {
		if fields.TrialEndsAt, err = time.Parse(time.DateOnly, body.TrialEndsOn); err != nil || d.State != lifecycle.Trial {
			return invalid("trial_ends_on", "This is no day on which a trial could end.")
		}
	}
	err = s.store.UpdateDeployment(c.Request().Context(), actorOf(c), d.ID, wanted.version, fields)
	if isStale(err) {
		return wanted.stale("It was edited after you read it. Nothing was done.")
	}
	if err != nil {
		return err
	}
	if d, err = s.store.GetDeployment(c.Request().Context(), d.ID); err == nil {
		err = s.sendDeployment(c, http.StatusOK, d)
	}
	return readBack(err)
}

func storedFields(f catalog.Deployment) apiDeploymentFields {
	return apiDeploymentFields{
		Name: f.Name, Slug: f.Slug, Hostname: f.Hostname, App: f.App, AppVersion: f.AppVersion,
		Plan: apiPlan(f.Plan), Region: apiRegion(f.Region), Size: apiSize(f.Size),
	}
}
