package handlers

import "github.com/labstack/echo/v4"

func (s *Server) showAPI(c echo.Context) error { return nil }
