package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/views"
)

type passwordForm struct {
	Current  string `schema:"current"`
	Password string `schema:"password"`
	Again    string `schema:"again"`
}

// setPassword changes one's password. The current one is asked for and counts as a step-up; all other sessions end, and
// this one goes on under a new token.
func (s *Server) setPassword(c echo.Context) error {
	var form passwordForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	ctx, session := c.Request().Context(), mine(c)
	if text := passwordProblem(form.Password, form.Again, session.Email); text != "" {
		field := "password"
		if passwordProblem(form.Password, form.Password, session.Email) == "" {
			field = "again"
		}
		return s.drawPasswordProblem(c, http.StatusUnprocessableEntity, field, text)
	}
	if session.HasPassword {
		switch _, verdict, err := s.tryPassword(ctx, session.Email, form.Current, browserOf(c).Address); {
		case err != nil:
			return err
		case verdict == tooManyGuesses:
			return s.drawPasswordProblem(c, tooMany(c), "current", tooManyText)
		case verdict == wrongGuess:
			return s.drawPasswordProblem(c, http.StatusUnprocessableEntity, "current", "This is not your current password.")
		}
	} else if err := requireFresh(c); err != nil {
		return err
	}
	if err := s.store.ForgetGuesses(ctx, session.Email); err != nil {
		return err
	}
	hash, err := HashPassword(form.Password)
	if err != nil {
		return err
	}
	if err := s.store.SetPassword(ctx, session.Staff, hash, session.ID, browserOf(c).Address); err != nil {
		return err
	}
	proved := time.Time{}
	if !session.HasPassword {
		proved = session.SteppedUpAt // nothing was proved just now
	}
	if err := s.renew(c, session, proved); err != nil {
		return err
	}
	return s.backToMe(c, noticePassword)
}

func (s *Server) drawPasswordProblem(c echo.Context, status int, field, text string) error {
	return s.drawMe(c, status, func(p *views.MePage) { p.Password.Errors = []views.FieldError{{Field: field, Text: text}} })
}
