package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

func (s *Server) showMe(c echo.Context) error            { return c.NoContent(http.StatusNotImplemented) }
func (s *Server) setPreferences(c echo.Context) error    { return c.NoContent(http.StatusNotImplemented) }
func (s *Server) setPassword(c echo.Context) error       { return c.NoContent(http.StatusNotImplemented) }
func (s *Server) setTOTP(c echo.Context) error           { return c.NoContent(http.StatusNotImplemented) }
func (s *Server) removeTOTP(c echo.Context) error        { return c.NoContent(http.StatusNotImplemented) }
func (s *Server) makeRecoveryCodes(c echo.Context) error { return c.NoContent(http.StatusNotImplemented) }
func (s *Server) endOwnSessions(c echo.Context) error    { return c.NoContent(http.StatusNotImplemented) }
