package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
)

// settings leads to the settings that a person would look for.
func (s *Server) settings(c echo.Context) error {
	if actorOf(c).Can(access.ManageStaff) {
		return c.Redirect(http.StatusSeeOther, "/settings/staff")
	}
	return c.Redirect(http.StatusSeeOther, "/settings/me")
}
