package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

func (s *Server) beginNewPasskey(c echo.Context) error  { return c.NoContent(http.StatusNotImplemented) }
func (s *Server) finishNewPasskey(c echo.Context) error { return c.NoContent(http.StatusNotImplemented) }
func (s *Server) removePasskey(c echo.Context) error    { return c.NoContent(http.StatusNotImplemented) }
