package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/views"
)

// signInFirst refuses who is not signed in, or not any more.
type signInFirst struct{}

func (signInFirst) Error() string { return "nobody is signed in" }

// factorFirst refuses who has only a password. Everything but one's own settings waits.
type factorFirst struct{}

func (factorFirst) Error() string { return "a second factor is missing" }

// askSignIn leads to the sign-in page and back again. Of a form nothing is lost: what was typed is shown.
func (s *Server) askSignIn(c echo.Context) error {
	r := c.Request()
	text := "You were signed out in the meantime, or were away for too long."
	switch {
	case isPartial(c):
		return render(c, http.StatusUnauthorized, views.FailureToast(views.Failure{Status: http.StatusUnauthorized, Text: text}))
	case wantsJSON(c):
		return c.JSON(http.StatusUnauthorized, map[string]string{
			"error": "You are not signed in any more.", "goto": withNext("/login", cameFrom(c)),
		})
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return c.Redirect(http.StatusSeeOther, withNext("/login", r.URL.RequestURI()))
	}
	return render(c, http.StatusUnauthorized, views.SignInAgain(views.SignInAgainPage{
		Page: s.signedOutPage(c, "You are not signed in any more"), SignIn: withNext("/login", cameFrom(c)), Typed: typedTexts(c),
	}))
}

// askFactor leads to where the second factor is set up.
func (s *Server) askFactor(c echo.Context) error {
	if r := c.Request(); (r.Method == http.MethodGet || r.Method == http.MethodHead) && !isPartial(c) {
		return c.Redirect(http.StatusSeeOther, myPath)
	}
	return s.drawFailure(c, failure{status: http.StatusForbidden, text: "Set up a passkey or an authenticator app first, in your settings."})
}

// cameFrom is the page that a form stands on, as far as the browser says; the start page otherwise.
func cameFrom(c echo.Context) string {
	from := c.Request().Header.Get("HX-Current-URL")
	if from == "" {
		from = c.Request().Referer()
	}
	page, err := url.Parse(from)
	if err != nil || !strings.EqualFold(page.Host, c.Request().Host) {
		return "/"
	}
	return localPath(page.RequestURI())
}

// secretFields are never shown or sent back.
var secretFields = []string{"password", "again", "current", "code", "secret"}

// typedFields are the fields of the form that was sent; nil where it is no plain form, or has a secret in it.
func typedFields(c echo.Context) url.Values {
	r := c.Request()
	if !strings.HasPrefix(r.Header.Get(echo.HeaderContentType), echo.MIMEApplicationForm) || r.ParseForm() != nil {
		return nil
	}
	for _, name := range secretFields {
		if r.PostForm.Has(name) {
			return nil
		}
	}
	return r.PostForm
}

// silentFields are not typed by people.
var silentFields = []string{"key", "version", "edit_version", "preview", "step", "action", "next", "to", "dialog", "session", "passkey", "token", "life"}

// typedTexts is what somebody typed into a form that could not be carried out, in the order of the names.
func typedTexts(c echo.Context) []views.Typed {
	var texts []views.Typed
	fields := typedFields(c)
	for name, values := range fields {
		text := strings.Join(values, ", ")
		if text != "" && !slices.Contains(silentFields, name) {
			texts = append(texts, views.Typed{Name: printable(name), Text: strings.ToValidUTF8(text, "\uFFFD")})
		}
	}
	slices.SortFunc(texts, func(a, b views.Typed) int { return strings.Compare(a.Name, b.Name) })
	return texts
}
