package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

func (s *Server) listStaff(c echo.Context) error        { return c.NoContent(http.StatusNotImplemented) }
func (s *Server) inviteStaff(c echo.Context) error      { return c.NoContent(http.StatusNotImplemented) }
func (s *Server) showStaff(c echo.Context) error        { return c.NoContent(http.StatusNotImplemented) }
func (s *Server) changeStaff(c echo.Context) error      { return c.NoContent(http.StatusNotImplemented) }
func (s *Server) makeStaffLink(c echo.Context) error    { return c.NoContent(http.StatusNotImplemented) }
func (s *Server) endStaffSessions(c echo.Context) error { return c.NoContent(http.StatusNotImplemented) }
