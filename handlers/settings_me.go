package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

const myPath = "/settings/me"

type meQuery struct {
	Set string `schema:"set"` // totp: with the form that switches it on; sso: with the link to the provider
}

// showMe is the page of one's own settings.
func (s *Server) showMe(c echo.Context) error {
	var q meQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	switch q.Set {
	case "":
		return s.drawMe(c, http.StatusOK, nil)
	case "totp":
		// Asked here already, so that nobody scans a secret in vain.
		if err := requireFresh(c); err != nil {
			return err
		}
		return s.drawTOTPSetup(c)
	case "sso":
		if err := requireFresh(c); err != nil {
			return err
		}
		return s.drawSSOLink(c, http.StatusOK, "")
	}
	return badRequest("set", "There is nothing of that name to set up.")
}

// mine is the session of who asks, on routes that let in only who is signed in.
func mine(c echo.Context) store.Session {
	session, _ := sessionOf(c)
	return session
}

// drawMe draws the page; change puts in what a form left.
func (s *Server) drawMe(c echo.Context, status int, change func(*views.MePage)) error {
	ctx, session := c.Request().Context(), mine(c)
	page, _, err := s.page(c, "Your settings", "settings")
	if err != nil {
		return err
	}
	passkeys, err := s.store.ListPasskeys(ctx, session.Staff.ID)
	if err != nil {
		return err
	}
	sessions, err := s.store.ListSessions(ctx, session.Staff.ID)
	if err != nil {
		return err
	}
	me := views.MePage{
		Page: page, Email: session.Email, Passkeys: passkeyLines(passkeys), PasskeyLabel: browserOf(c).Device,
		TOTP: views.TOTPCard{Set: session.HasTOTP}, Password: views.PasswordForm{Has: session.HasPassword},
		Sessions: sessionLines(sessions, session.ID), SSO: s.ssoCard(session),
		Look: views.LookForm{TimeZone: session.TimeZone, Zones: zones, Theme: session.Theme, Density: session.Density},
	}
	if change != nil {
		change(&me)
	}
	session.HasTOTP, session.Passkeys = me.TOTP.Set, len(me.Passkeys)
	me.Required = s.lacksFactor(session)
	return render(c, status, views.Me(me))
}

func passkeyLines(list []store.Passkey) []views.SettingsPasskey {
	lines := make([]views.SettingsPasskey, len(list))
	for i, k := range list {
		lines[i] = views.SettingsPasskey{ID: passkeyText(k.ID), Label: k.Label, Added: k.InsertedAt, Used: k.LastUsedAt.Time}
	}
	return lines
}

var methodWords = map[store.SignInMethod]string{
	store.ByPassword: "password", store.ByPasskey: "passkey", store.ByLink: "one-time link", store.BySingleSignOn: "single sign-on",
}

func sessionLines(list []store.Session, current uuid.UUID) []views.SettingsSession {
	lines := make([]views.SettingsSession, len(list))
	for i, one := range list {
		lines[i] = views.SettingsSession{
			ID: one.ID.String(), Device: one.Device, Address: one.Address, Method: methodWords[one.Method], Since: one.SignedInAt,
			Seen: one.SeenAt, Current: one.ID == current,
		}
	}
	return lines
}

type preferencesForm struct {
	TimeZone string `schema:"time_zone,required"`
	Theme    string `schema:"theme,required"`
	Density  string `schema:"density,required"`
}

// setPreferences stores how a person wants the console to look.
func (s *Server) setPreferences(c echo.Context) error {
	var form preferencesForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	if !contains([]string{"system", "light", "dark"}, form.Theme) {
		return badRequest("theme", "There is no such choice.")
	}
	if !contains([]string{"comfortable", "compact"}, form.Density) {
		return badRequest("density", "There is no such choice.")
	}
	wanted := store.Preferences{TimeZone: strings.TrimSpace(form.TimeZone), Theme: form.Theme, Density: form.Density}
	err := s.store.SetPreferences(c.Request().Context(), mine(c).Staff.ID, wanted)
	var problems catalog.Problems
	if errors.As(err, &problems) {
		return s.drawMe(c, http.StatusUnprocessableEntity, func(p *views.MePage) {
			p.Look.TimeZone, p.Look.Theme, p.Look.Density, p.Look.Errors = form.TimeZone, form.Theme, form.Density, fieldErrors(problems)
		})
	}
	if err != nil {
		return err
	}
	return s.backToMe(c, noticeSaved)
}

// backToMe leads to one's own settings, where a notice says what was done.
func (s *Server) backToMe(c echo.Context, code string) error {
	s.leaveNotice(c, code)
	return c.Redirect(http.StatusSeeOther, myPath)
}

type endSessionForm struct {
	Session string `schema:"session"` // ID of the one to end; empty: all but the one that asks
}

// id is the session to end; uuid.Nil for all.
func (f endSessionForm) id() (uuid.UUID, error) {
	if f.Session == "" {
		return uuid.Nil, nil
	}
	id, err := uuid.Parse(f.Session)
	if err != nil || id == uuid.Nil {
		return uuid.Nil, store.ErrNotFound
	}
	return id, nil
}

// endOwnSessions ends one of one's sessions, or all others.
func (s *Server) endOwnSessions(c echo.Context) error {
	var form endSessionForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	id, err := form.id()
	if err != nil {
		return err
	}
	session, keep := mine(c), uuid.Nil
	if id == uuid.Nil {
		keep = session.ID
	}
	err = s.store.EndSessions(c.Request().Context(), actorOf(c), session.Staff.ID, id, keep, browserOf(c).Address)
	if err != nil {
		return err
	}
	return s.backToMe(c, noticeSessionsEnded)
}
