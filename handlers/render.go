package handlers

import (
	"bytes"
	"sync"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// render draws into a buffer and then writes, so that an error never leaves half a page.
func render(c echo.Context, status int, page templ.Component) error {
	buffer, _ := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	if err := page.Render(c.Request().Context(), buffer); err != nil {
		return err
	}
	return c.HTMLBlob(status, buffer.Bytes())
}

// isPartial reports whether htmx asks for a part of a page rather than a person for a whole one. What depends on it says
// so to caches, although nothing of ours is stored.
func isPartial(c echo.Context) bool {
	h := c.Request().Header
	c.Response().Header().Add(echo.HeaderVary, "HX-Request")
	return h.Get("HX-Request") == "true" && h.Get("HX-History-Restore-Request") != "true"
}

// page fills in what every page needs.
func (s *Server) page(c echo.Context, title, nav string) (views.Page, store.Counts, error) {
	counts, err := s.store.GetCounts(c.Request().Context())
	if err != nil {
		return views.Page{}, counts, err
	}
	page := s.barePage(c, title, nav)
	page.Counts = views.NavCounts{Tenants: counts.Tenants, Deployments: counts.Deployments}
	page.Notice = s.takeNotice(c)
	return page, counts, nil
}

// barePage is a page without anything from the database, for when that is what fails.
func (s *Server) barePage(c echo.Context, title, nav string) views.Page {
	actor := actorOf(c)
	return views.Page{
		Title: title, Nav: nav, Path: c.Request().URL.RequestURI(), Viewer: views.NewViewer(actor),
		Now: now(), Counts: views.NavCounts{Tenants: -1, Deployments: -1}, Demo: s.demoSwitch(actor), Dev: s.dev,
	}
}
