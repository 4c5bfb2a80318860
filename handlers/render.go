package handlers

import (
	"bytes"
	"sync"
	"time"

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
	page.Counts = views.NavCounts{Tenants: counts.Tenants, Deployments: counts.Deployments, Runs: counts.Runs}
	page.Machines = page.Machines || counts.Provider
	page.Notice = s.takeNotice(c)
	return page, counts, nil
}

// barePage is a page without anything more from the database, for when that is what fails.
func (s *Server) barePage(c echo.Context, title, nav string) views.Page {
	page := s.signedOutPage(c, title)
	page.Nav, page.Dev, page.SimulatedCloud = nav, s.dev, s.simulated
	if session, signedIn := sessionOf(c); signedIn {
		page.Viewer = views.NewViewer(session.Actor())
		page.Zone, page.Theme, page.Density = session.Zone(), session.Theme, session.Density
	}
	return page
}

// signedOutPage is a page that shows nothing of whoever may be signed in.
func (s *Server) signedOutPage(c echo.Context, title string) views.Page {
	return views.Page{
		Title: title, Path: c.Request().URL.RequestURI(), Now: now(), Counts: views.NavCounts{Tenants: -1, Deployments: -1, Runs: -1},
		DemoMode: s.demo, Machines: s.cloud != nil,
	}
}

// clock is the moment and the zone in which a part of a page shows its times.
func clock(c echo.Context, moment time.Time) views.Clock {
	session, signedIn := sessionOf(c)
	if !signedIn {
		return views.Clock{Now: moment.UTC()}
	}
	return views.Clock{Now: moment.UTC(), Zone: session.Zone()}
}
