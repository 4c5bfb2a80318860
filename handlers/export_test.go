package handlers

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
)

// Ways lists every way into the console as "GET", "/path", for the tests that walk them all: as the router has them, whoever put
// them there. HEAD goes where GET does.
func (s *Server) Ways() [][2]string {
	var ways [][2]string
	for _, r := range s.echo.Routes() {
		if r.Method != http.MethodHead {
			ways = append(ways, [2]string{r.Method, r.Path})
		}
	}
	slices.SortFunc(ways, func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[1], b[1]), cmp.Compare(a[0], b[0])) })
	return ways
}

// AddRoute adds a way that answers with nothing to whoever is let in.
func (s *Server) AddRoute(method, path string, p access.Permission, stepUp bool) error {
	return s.register([]route{{method, path, p, func(c echo.Context) error { return c.NoContent(http.StatusNoContent) }, stepUp}})
}

// LocalPath is what decides where a form may lead.
func LocalPath(next string) string { return localPath(next) }

// DeviceWords is what is kept of a user agent.
func DeviceWords(userAgent string) string { return deviceWords(userAgent) }

// UsualStreams are the bounds of streams where nothing else is said.
func UsualStreams() Streams { return Streams{}.orUsual() }

// Streams is how many streams of events there are.
func (s *Server) Streams() int { return s.hub.count() }
