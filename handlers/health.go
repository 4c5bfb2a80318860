package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// health says that the process lives.
func (s *Server) health(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// ready says whether to send people here: the database answers within a second, its schema fits, and we are not going.
func (s *Server) ready(c echo.Context) error {
	if s.draining.Load() {
		return c.String(http.StatusServiceUnavailable, "going down\n")
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), time.Second)
	defer cancel()
	if err := s.store.Ready(ctx); err != nil {
		s.log.WarnContext(ctx, "not ready", "error", err.Error())
		return c.String(http.StatusServiceUnavailable, "the database is not ready\n")
	}
	return c.String(http.StatusOK, "ready\n")
}
