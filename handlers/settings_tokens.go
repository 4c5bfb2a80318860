package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

type tokenForm struct {
	Key   string `schema:"key,required"`
	Label string `schema:"label"`
	Life  string `schema:"life,required"` // days, or untilDay
	Ends  string `schema:"ends"`          // with untilDay
}

// untilDay is the choice of a last day in place of a number of days.
const untilDay = "day"

// tokenDays are the numbers of days that can be chosen.
var tokenDays = []string{"30", "90", "365"}

// end is when the token is to end: after some days, or with the day that was typed, where the person is. The zero time stands
// for a day that is none.
func (f tokenForm) end(zone *time.Location) (time.Time, error) {
	if f.Life == untilDay {
		day, err := time.ParseInLocation(time.DateOnly, f.Ends, zone)
		if err != nil {
			return time.Time{}, nil
		}
		return day.AddDate(0, 0, 1), nil
	}
	if !contains(tokenDays, f.Life) {
		return time.Time{}, badRequest("life", "There is no such choice.")
	}
	days, err := strconv.Atoi(f.Life)
	return now().AddDate(0, 0, days), err
}

const textTokenInUse = "This form made a token before, and that one is in use: nobody can show it again. Nothing was changed. Send the form as it stands now to make another one."

// makeToken makes a token and shows it, once.
func (s *Server) makeToken(c echo.Context) error {
	integration, err := s.pathIntegration(c)
	if err != nil {
		return err
	}
	var form tokenForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	ends, err := form.end(mine(c).Zone())
	if err != nil {
		return err
	}
	token, err := s.store.MakeToken(c.Request().Context(), actorOf(c), store.NewIntegrationToken{
		IntegrationID: integration.ID, Label: form.Label, Ends: ends, Key: form.Key,
	}, browserOf(c).Address)
	if err != nil {
		return s.drawRefusedToken(c, integration, form, err)
	}
	if integration, err = s.store.GetIntegration(c.Request().Context(), integration.ID); err != nil {
		return err
	}
	return s.drawIntegration(c, http.StatusOK, integration, func(p *views.IntegrationPage) {
		p.Shown = &views.ShownToken{Text: token.String(), For: integration.Name, Ends: ends}
	})
}

// drawRefusedToken draws the form again with what was typed and why there is no token.
func (s *Server) drawRefusedToken(c echo.Context, i store.Integration, form tokenForm, refused error) error {
	again := views.TokenForm{ID: i.ID.String(), Key: newKey(), Label: form.Label, Life: form.Life, Ends: form.Ends}
	var problems catalog.Problems
	switch {
	case errors.As(refused, &problems):
		again.Errors = fieldErrors(problems)
	case errors.Is(refused, store.ErrTokenInUse):
		again.Error = textTokenInUse
	default:
		return refused
	}
	return s.drawIntegration(c, http.StatusUnprocessableEntity, i, func(p *views.IntegrationPage) { p.TokenForm = again })
}

// revokeToken makes a token worthless at once.
func (s *Server) revokeToken(c echo.Context) error {
	integration, err := s.pathIntegration(c)
	if err != nil {
		return err
	}
	var form struct {
		Token string `schema:"token,required"`
	}
	if err := readForm(c, &form); err != nil {
		return err
	}
	id, err := uuid.Parse(form.Token)
	if err != nil {
		return badRequest("token", "This is no ID of a token.")
	}
	if err := s.store.RevokeToken(c.Request().Context(), actorOf(c), integration.ID, id, browserOf(c).Address); err != nil {
		return err
	}
	s.leaveNotice(c, noticeTokenRevoked)
	return c.Redirect(http.StatusSeeOther, integrationsPath+"/"+integration.ID.String())
}
