package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// welcomePath begins the address of a one-time link. What follows is a secret: neither logs nor other sites get to see it.
const welcomePath = "/welcome/"

type welcomeForm struct {
	Password string `schema:"password"`
	Again    string `schema:"again"`
}

// invited is whose one-time link the path has; ErrNotFound for one that does not work any more.
func (s *Server) invited(c echo.Context) (store.Staff, store.LinkPurpose, store.Token, error) {
	c.Response().Header().Set("Referrer-Policy", "strict-origin") // no-referrer would hide the origin of the form, too
	token, ok := store.ParseToken(c.Param("token"))
	if !ok {
		return store.Staff{}, "", token, store.ErrNotFound
	}
	person, purpose, err := s.store.LookUpLink(c.Request().Context(), token)
	return person, purpose, token, err
}

// showWelcome asks whoever came by a one-time link for a password. Looking does not use the link up.
func (s *Server) showWelcome(c echo.Context) error {
	person, purpose, _, err := s.invited(c)
	if err != nil {
		return s.deadLink(c, err)
	}
	return s.drawWelcome(c, http.StatusOK, person, purpose, "")
}

func (s *Server) drawWelcome(c echo.Context, status int, person store.Staff, purpose store.LinkPurpose, problem string) error {
	return render(c, status, views.Welcome(views.WelcomePage{
		Page: s.signedOutPage(c, "Choose a password"), Action: c.Request().URL.EscapedPath(), Name: person.Name, Email: person.Email,
		Back: purpose == store.ResetLink, Error: problem,
	}))
}

// deadLink says that a link does not work. It never says why: used, too old and made up look the same.
func (s *Server) deadLink(c echo.Context, err error) error {
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return render(c, http.StatusNotFound, views.DeadLink(s.signedOutPage(c, "This link does not work any more")))
}

// welcome uses the link up: the person has a password, is signed in, and goes on to set up what is needed besides it.
func (s *Server) welcome(c echo.Context) error {
	person, purpose, token, err := s.invited(c)
	if err != nil {
		return s.deadLink(c, err)
	}
	var form welcomeForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	if text := passwordProblem(form.Password, form.Again, person.Email); text != "" {
		return s.drawWelcome(c, http.StatusUnprocessableEntity, person, purpose, text)
	}
	hash, err := HashPassword(form.Password)
	if err != nil {
		return err
	}
	session, err := s.store.UseLink(c.Request().Context(), token, hash, browserOf(c))
	if err != nil {
		return s.deadLink(c, err)
	}
	s.setSession(c, session)
	return c.Redirect(http.StatusSeeOther, myPath)
}
