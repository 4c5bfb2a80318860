package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/static"
)

// asset serves styles, scripts, font and icons. A name that is none gets the page of everything that is not found.
func (s *Server) asset(c echo.Context) error {
	if !static.Serve(c.Response(), c.Request()) {
		return failure{status: http.StatusNotFound}
	}
	return nil
}
