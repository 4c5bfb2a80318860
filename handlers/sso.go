package handlers

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"unicode"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"golang.org/x/oauth2"

	"arcadia.example/console/catalog"
	"arcadia.example/console/store"
)

// beginSSO sends somebody to the provider. It is a link and no form: the content security policy lets no form lead away.
func (s *Server) beginSSO(c echo.Context) error {
	var q nextQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	return s.sendToProvider(c, uuid.NullUUID{}, errand{Next: q.Next})
}

// sendToProvider keeps what the answer will be compared with, bound to this browser, and leads away. Whose proof or link is
// awaited is known only when somebody is signed in.
func (s *Server) sendToProvider(c echo.Context, whose uuid.NullUUID, e errand) error {
	if s.provider == nil {
		return failure{status: http.StatusNotFound}
	}
	ctx := c.Request().Context()
	if err := s.countStep(c); err != nil {
		return err
	}
	e.Next, e.State, e.Nonce, e.Verifier, e.Began = localPath(e.Next), rand.Text(), rand.Text(), oauth2.GenerateVerifier(), now()
	address, err := s.provider.address(ctx, e, whose.Valid)
	if err != nil {
		s.log.WarnContext(ctx, "single sign-on", "error", err.Error())
		return s.backFromSSO(c, http.StatusBadGateway, whose, e, s.provider.Name+" does not answer. Take another way, or try again in a moment.")
	}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	token, err := s.store.PutStep(ctx, store.SingleSignOnStep, store.SignInStep{StaffID: whose, Data: data})
	if err != nil {
		return err
	}
	c.SetCookie(s.cookie(s.errandCookie(e.State), token.String(), stepSeconds))
	return c.Redirect(http.StatusSeeOther, address)
}

// countStep refuses an address that begins very many sign-ins: each is kept for a while.
func (s *Server) countStep(c echo.Context) error {
	allowed, err := s.store.CountStep(c.Request().Context(), browserOf(c).Address)
	if err == nil && !allowed {
		err = failure{status: tooMany(c), text: "Too many sign-ins were begun from your address. Wait a quarter of an hour."}
	}
	return err
}

// backFromSSO draws the page from which the provider was asked, with the problem and the other ways.
func (s *Server) backFromSSO(c echo.Context, status int, whose uuid.NullUUID, e errand, problem string) error {
	if err := s.lookUp(c); err != nil {
		return err
	}
	session, _ := sessionOf(c)
	switch {
	case !whose.Valid || whose.UUID != session.Staff.ID:
		return s.drawLogin(c, status, e.Next, problem)
	case e.Link:
		return s.drawSSOLink(c, status, problem)
	}
	return s.drawStepUp(c, status, stepUpForm{Next: e.Next}, problem)
}

// finishSSO takes whom the provider sends back.
func (s *Server) finishSSO(c echo.Context) error {
	if s.provider == nil {
		return failure{status: http.StatusNotFound}
	}
	whose, e, err := s.takeErrand(c)
	if errors.Is(err, store.ErrNotFound) {
		return s.drawLogin(c, http.StatusUnprocessableEntity, "", "This sign-in took too long, or was begun in another browser. Begin again.")
	}
	if err != nil {
		return err
	}
	who, why, text := s.askedFor(c, e)
	switch {
	case why != "":
		return s.refuseSSO(c, whose, e, who.Email, why, text)
	case e.Link:
		return s.finishSSOLink(c, whose, who, e)
	case whose.Valid:
		return s.finishSSOStepUp(c, whose, who, e)
	}
	return s.enterBySSO(c, who, e)
}

// askedFor is what the provider says, or why it says nothing that counts: for the record, and for the person.
func (s *Server) askedFor(c echo.Context, e errand) (who store.Identity, why, text string) {
	if said := c.QueryParam("error"); said != "" {
		return who, "the provider says " + said, s.provider.Name + " did not let you in. Try again, or take another way."
	}
	ctx := c.Request().Context()
	who, err := s.provider.exchange(ctx, c.QueryParam("code"), e)
	if errors.Is(err, errUnverified) {
		return who, "e-mail not verified", s.provider.Name + " has not verified your e-mail. Without that, nobody is let in."
	}
	if err != nil {
		s.log.WarnContext(ctx, "single sign-on", "error", err.Error())
		return who, "single sign-on failed", "Signing in with " + s.provider.Name + " did not work. Try again, or take another way."
	}
	return who, "", ""
}

// takeErrand returns what was kept for the answer, once, and only to the browser that began, for the state that it was
// given. An answer that does not fit uses nothing up: each errand has a cookie of its own, named by its state, so that those
// of other tabs go on. store.ErrNotFound otherwise.
func (s *Server) takeErrand(c echo.Context) (uuid.NullUUID, errand, error) {
	var e errand
	state := c.QueryParam("state")
	token, ok := s.cookieToken(c, s.errandCookie(state))
	iss := c.QueryParam("iss") // RFC 9207
	if !ok || state == "" || iss != "" && iss != s.provider.Issuer {
		return uuid.NullUUID{}, e, store.ErrNotFound
	}
	c.SetCookie(s.cookie(s.errandCookie(state), "", -1))
	step, err := s.store.TakeStep(c.Request().Context(), store.SingleSignOnStep, token)
	if err != nil {
		return uuid.NullUUID{}, e, err
	}
	if err := json.Unmarshal(step.Data, &e); err != nil {
		return uuid.NullUUID{}, e, err
	}
	if subtle.ConstantTimeCompare([]byte(e.State), []byte(state)) != 1 { // the cookie was planted
		return uuid.NullUUID{}, e, store.ErrNotFound
	}
	return step.StaffID, e, nil
}

// enterBySSO begins the session.
func (s *Server) enterBySSO(c echo.Context, who store.Identity, e errand) error {
	var old *store.Token
	if token, ok := s.cookieToken(c, s.sessionCookie()); ok {
		old = &token
	}
	token, err := s.store.SignInByProvider(c.Request().Context(), who, browserOf(c), old)
	if why, text := refusalOfIdentity(err); why != "" {
		return s.refuseSSO(c, uuid.NullUUID{}, e, who.Email, why, text)
	}
	if err != nil {
		return err
	}
	s.setSession(c, token)
	return c.Redirect(http.StatusSeeOther, localPath(e.Next))
}

// refusalOfIdentity says why somebody is not let in: for the record, and for the person, who has proved who it is.
func refusalOfIdentity(err error) (why, text string) {
	var problems catalog.Problems
	switch {
	case errors.Is(err, store.ErrUnknownIdentity):
		return "unknown", "You have no account in this console. Ask an admin to invite you under the e-mail of your account there."
	case errors.Is(err, store.ErrDisabledIdentity):
		return "disabled", "Your account in this console is disabled. Ask an admin."
	case errors.Is(err, store.ErrNoRole):
		return "no group with a role", "None of your groups has a role in this console. Ask an admin, or whoever keeps the groups."
	case errors.Is(err, store.ErrIdentityTaken):
		return "linked to another person", "The account with your e-mail is linked to somebody else. An admin can unlink it."
	case errors.Is(err, store.ErrNotLinked):
		return "admin who is not linked", "Your account is an admin's, and is not linked yet. Sign in another way once, and link it in your settings."
	case errors.As(err, &problems):
		return "name or e-mail", "Your name or e-mail there cannot be kept here: " + problems[0].Text
	}
	return "", ""
}

// refuseSSO records that it failed and shows the page from which it began, with the reason.
func (s *Server) refuseSSO(c echo.Context, whose uuid.NullUUID, e errand, email, why, text string) error {
	if err := s.store.RecordFailedSignIn(c.Request().Context(), email, shortReason(why), browserOf(c).Address); err != nil {
		return err
	}
	return s.backFromSSO(c, http.StatusForbidden, whose, e, text)
}

// shortReason keeps what a provider says to a line that can be stored.
func shortReason(why string) string {
	why = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, why)
	if runes := []rune(why); len(runes) > 100 {
		return string(runes[:100])
	}
	return why
}

// errandCookie is the name of the cookie that leads back to the errand with the state.
func (s *Server) errandCookie(state string) string {
	if s.secure {
		return "__Host-arcadia_sso_" + state
	}
	return "arcadia_sso_" + state
}
