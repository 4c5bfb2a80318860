package handlers

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// wantsJSON reports whether a script of a page asks, which reads the answer itself.
func wantsJSON(c echo.Context) bool {
	return strings.HasPrefix(c.Request().Header.Get(echo.HeaderAccept), echo.MIMEApplicationJSON)
}

// readJSON reads the body: one object with no field that dst does not have.
func readJSON(c echo.Context, dst any) error {
	r := c.Request()
	if r.URL.RawQuery != "" {
		return badRequest("address", "This is sent without parameters in the address.")
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEApplicationJSON {
		return failure{status: http.StatusUnsupportedMediaType, text: "Send this as JSON."}
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err = decoder.Decode(dst); err == nil {
		if _, err = decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		}
	}
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return failure{status: http.StatusRequestEntityTooLarge, text: "This is more than 1 MB."}
	}
	return failure{http.StatusBadRequest, "This JSON cannot be read, or has fields that do not belong here.", err}
}
