package handlers

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/gorilla/schema"
	"github.com/labstack/echo/v4"
)

// decoder knows each struct's fields and refuses all others: a field that the form does not have is an attack or a
// mistake, and both want to be told.
var decoder = func() *schema.Decoder {
	d := schema.NewDecoder()
	d.IgnoreUnknownKeys(false)
	d.ZeroEmpty(true)
	return d
}()

// readForm reads the body of a post, and the body alone: Echo's Bind would merge path and query into it. A field may stand
// once unless it is repeatable.
func readForm(c echo.Context, dst any, repeatable ...string) error {
	r := c.Request()
	if r.URL.RawQuery != "" {
		return badRequest("address", "A form is sent without parameters in the address.")
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEApplicationForm {
		return failure{status: http.StatusUnsupportedMediaType, text: "Send this as a form."}
	}
	if err := r.ParseForm(); err != nil {
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			return failure{status: http.StatusRequestEntityTooLarge, text: "This is more than 1 MB."}
		}
		return badRequest("form", "This form cannot be read.")
	}
	return decode(dst, r.PostForm, repeatable...)
}

// readQuery reads the parameters of an address.
func readQuery(c echo.Context, dst any, repeatable ...string) error {
	values, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return badRequest("address", "The parameters of this address cannot be read.")
	}
	return decode(dst, values, repeatable...)
}

// decode fills dst. Each name may stand once, unless it is repeatable, and each text must be one that can be stored.
func decode(dst any, values url.Values, repeatable ...string) error {
	fields := fieldNames(reflect.TypeOf(dst).Elem())
	for name, list := range values {
		if len(list) > 1 && !contains(repeatable, name) {
			return badRequest(printable(name), "It is given twice.")
		}
		for _, value := range append(list, name) {
			if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
				return badRequest(printable(name), "It has bytes that are no text.")
			}
		}
		if !contains(fields, name) {
			return badRequest(printable(name), noSuchField)
		}
	}
	err := decoder.Decode(dst, values)
	var several schema.MultiError
	if errors.As(err, &several) {
		for name, one := range several {
			return badRequest(printable(name), decodeText(one))
		}
	}
	if err != nil {
		return badRequest("form", "It cannot be read.")
	}
	return nil
}

const noSuchField = "There is no such field here. Nothing was changed."

// fieldNames are the names that a form struct has, letter by letter: the decoder by itself would take Reason for reason.
func fieldNames(form reflect.Type) []string {
	var names []string
	for i := range form.NumField() {
		field := form.Field(i)
		if field.Anonymous {
			names = append(names, fieldNames(field.Type)...)
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("schema"), ",")
		names = append(names, name)
	}
	return names
}

func decodeText(err error) string {
	var unknown schema.UnknownKeyError
	var empty schema.EmptyFieldError
	switch {
	case errors.As(err, &unknown):
		return noSuchField
	case errors.As(err, &empty):
		return "It is missing."
	}
	return "This value is not possible."
}

// printable keeps a name that somebody made up from filling the page.
func printable(name string) string {
	name = strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), "")
	if runes := []rune(name); len(runes) > 40 {
		name = string(runes[:40]) + "…"
	}
	return name
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}
