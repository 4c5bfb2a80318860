package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/views"
)

// gallery shows each component in all its states, in development.
func (s *Server) gallery(c echo.Context) error {
	page, _, err := s.page(c, "Gallery", "")
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Gallery(views.GalleryPage{Page: page}))
}
