package handlers

import (
	"fmt"
	"net/http"

	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"
)

// compressible are the answers worth it. Streams are not among them: each event would wait for the next. Assets are
// compressed once, by their own package, and say so themselves.
var compressible = []string{"text/html", "text/plain", "text/csv", "application/json", "application/problem+json"}

// compressed sends answers of more than a packet as Zstandard or gzip, whichever the browser knows, at the levels that
// cost least: the size is nearly the same. What the handler returns as an error is written later and stays plain.
func compressed() (echo.MiddlewareFunc, error) {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1000), gzhttp.CompressionLevel(1), gzhttp.EnableZstd(true), gzhttp.PreferZstd(true),
		gzhttp.ZstdCompressionLevel(1), gzhttp.ContentTypes(compressible))
	if err != nil {
		return nil, fmt.Errorf("handlers: compression: %w", err)
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if c.Path() == eventsPath {
				return next(c) // each event goes out by itself, with a deadline of its own
			}
			var failed error
			plain := c.Response()
			defer c.SetResponse(plain)
			wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				c.SetResponse(echo.NewResponse(w, c.Echo()))
				failed = next(c)
			})).ServeHTTP(plain, c.Request())
			return failed
		}
	}, nil
}
