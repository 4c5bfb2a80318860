package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

type secondFactorForm struct {
	Code string `schema:"code"`
	Next string `schema:"next"`
}

// awaited is who gave the right password in this browser lately and still owes the second factor; ErrNotFound for nobody.
func (s *Server) awaited(c echo.Context) (store.Staff, store.Token, error) {
	token, ok := s.cookieToken(c, s.stepCookie())
	if !ok {
		return store.Staff{}, token, store.ErrNotFound
	}
	step, err := s.store.PeekStep(c.Request().Context(), store.SecondFactorStep, token)
	if err != nil {
		return store.Staff{}, token, err
	}
	person, err := s.store.GetStaff(c.Request().Context(), step.StaffID.UUID)
	if err == nil && person.Status != store.StaffActive {
		err = store.ErrNotFound
	}
	return person, token, err
}

// showSecondFactor asks for what is needed besides the password. Without a right password before, it leads back to that.
func (s *Server) showSecondFactor(c echo.Context) error {
	var q nextQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	person, _, err := s.awaited(c)
	if errors.Is(err, store.ErrNotFound) {
		return c.Redirect(http.StatusSeeOther, withNext("/login", q.Next))
	}
	if err != nil {
		return err
	}
	return s.drawSecondFactor(c, http.StatusOK, person, q.Next, "")
}

func (s *Server) drawSecondFactor(c echo.Context, status int, person store.Staff, next, problem string) error {
	return render(c, status, views.SecondFactor(views.SecondFactorPage{
		Page: s.signedOutPage(c, "Second factor"), Next: localPath(next), Error: problem,
		Code: person.HasTOTP, Passkey: person.Passkeys > 0 && s.webauthn != nil,
	}))
}

// secondFactor takes a code of the authenticator app, or a recovery code. A mistyped one may be typed again.
func (s *Server) secondFactor(c echo.Context) error {
	var form secondFactorForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	person, token, err := s.awaited(c)
	if errors.Is(err, store.ErrNotFound) {
		return s.drawLogin(c, http.StatusUnauthorized, form.Next, "This took too long. Sign in again.")
	}
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	switch verdict, err := s.tryCode(ctx, person, form.Code, browserOf(c).Address); {
	case err != nil:
		return err
	case verdict == tooManyGuesses:
		return s.drawSecondFactor(c, tooMany(c), person, form.Next, tooManyText)
	case verdict == wrongGuess:
		return s.drawSecondFactor(c, http.StatusUnauthorized, person, form.Next, "This is not a code that works now. Each works once.")
	}
	if _, err := s.store.TakeStep(ctx, store.SecondFactorStep, token); err != nil {
		return err
	}
	c.SetCookie(s.cookie(s.stepCookie(), "", -1))
	return s.enter(c, person.ID, person.Email, store.ByPassword, form.Next)
}
