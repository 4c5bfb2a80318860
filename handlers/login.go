package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// guessPause is how long a limit of guesses holds, in seconds.
const guessPause = 15 * 60

type nextQuery struct {
	Next string `schema:"next"`
}

type loginForm struct {
	Email    string `schema:"email"`
	Password string `schema:"password"`
	Next     string `schema:"next"`
}

// showLogin is the sign-in page. Who is signed in already goes on.
func (s *Server) showLogin(c echo.Context) error {
	var q nextQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	if err := s.lookUp(c); err != nil {
		return err
	}
	if _, signedIn := sessionOf(c); signedIn {
		return c.Redirect(http.StatusSeeOther, localPath(q.Next))
	}
	return s.drawLogin(c, http.StatusOK, q.Next, "")
}

// drawLogin draws the sign-in page. Nothing of what was typed comes back: the same answer for every e-mail.
func (s *Server) drawLogin(c echo.Context, status int, next, problem string) error {
	model := views.LoginPage{Page: s.signedOutPage(c, "Sign in"), Next: localPath(next), Error: problem, Passkeys: s.webauthn != nil}
	if s.provider != nil {
		model.SSO, model.SSOLink = s.provider.Name, withNext("/login/sso", next)
	}
	if !s.demo {
		has, err := s.store.HasStaff(c.Request().Context())
		if err != nil {
			return err
		}
		model.NoStaff = !has
	}
	return render(c, status, views.Login(model))
}

// login takes an e-mail and a password. A wrong password, an unknown e-mail and a disabled person get the same answer.
func (s *Server) login(c echo.Context) error {
	var form loginForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	ctx, from := c.Request().Context(), browserOf(c)
	secrets, verdict, err := s.tryPassword(ctx, form.Email, form.Password, from.Address)
	switch {
	case err != nil:
		return err
	case verdict == tooManyGuesses:
		return s.drawLogin(c, tooMany(c), form.Next, tooManyText)
	case verdict == wrongGuess:
		return s.drawLogin(c, http.StatusUnauthorized, form.Next, "This e-mail and password do not fit together.")
	}
	asked, err := s.asksSecondFactor(ctx, secrets)
	if err != nil {
		return err
	}
	if !asked {
		return s.enter(c, secrets.StaffID, secrets.Email, store.ByPassword, form.Next)
	}
	token, err := s.store.PutStep(ctx, store.SecondFactorStep, store.SignInStep{StaffID: uuid.NullUUID{UUID: secrets.StaffID, Valid: true}})
	if err != nil {
		return err
	}
	c.SetCookie(s.cookie(s.stepCookie(), token.String(), stepSeconds))
	return c.Redirect(http.StatusSeeOther, withNext("/login/second", form.Next))
}

const tooManyText = "Too many tries. Wait a quarter of an hour. A passkey goes on working meanwhile."

// tooMany is the status over the limit, with how long it holds.
func tooMany(c echo.Context) int {
	c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(guessPause))
	return http.StatusTooManyRequests
}

// asksSecondFactor reports whether a right password is not enough: where there is an authenticator app, and outside the
// demo also where there is a passkey, which then has to be used.
func (s *Server) asksSecondFactor(ctx context.Context, secrets store.Secrets) (bool, error) {
	if secrets.TOTPSecret != "" || s.demo {
		return secrets.TOTPSecret != "", nil
	}
	person, err := s.store.GetStaff(ctx, secrets.StaffID)
	return person.Passkeys > 0, err
}

// enter begins the session of somebody who proved everything, and goes on. The guesses that it took are forgotten.
func (s *Server) enter(c echo.Context, id uuid.UUID, email string, method store.SignInMethod, next string) error {
	if err := s.store.ForgetGuesses(c.Request().Context(), email); err != nil {
		return err
	}
	if err := s.begin(c, id, method); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, localPath(next))
}

// begin begins a session, always under a new token; that of an earlier session in the same browser dies.
func (s *Server) begin(c echo.Context, id uuid.UUID, method store.SignInMethod) error {
	var old *store.Token
	if token, ok := s.cookieToken(c, s.sessionCookie()); ok {
		old = &token
	}
	token, err := s.store.SignIn(c.Request().Context(), id, method, browserOf(c), old)
	if err != nil {
		return err
	}
	s.setSession(c, token)
	return nil
}

// logout ends the session and has the browser forget what it kept of the pages. Who is signed out already stays so.
func (s *Server) logout(c echo.Context) error {
	if r := c.Request(); r.ContentLength != 0 || r.URL.RawQuery != "" {
		if err := readForm(c, &struct{}{}); err != nil {
			return err
		}
	}
	if err := s.lookUp(c); err != nil {
		return err
	}
	if session, signedIn := sessionOf(c); signedIn {
		if err := s.store.SignOut(c.Request().Context(), session, tokenOf(c)); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	c.SetCookie(s.cookie(s.sessionCookie(), "", -1))
	c.Response().Header().Set("Clear-Site-Data", `"cache"`)
	return c.Redirect(http.StatusSeeOther, "/login")
}
