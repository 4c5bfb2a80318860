package handlers

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"golang.org/x/oauth2"

	"arcadia.example/console/catalog"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// beginSSO sends somebody to the provider. It is a link and no form: the content security policy lets no form lead away.
func (s *Server) beginSSO(c echo.Context) error {
	var q nextQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	return s.sendToProvider(c, uuid.NullUUID{}, q.Next)
}

// beginSSOStepUp sends somebody who is signed in to the provider for a fresh proof.
func (s *Server) beginSSOStepUp(c echo.Context) error {
	var q nextQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	session, _ := sessionOf(c)
	return s.sendToProvider(c, owner(session), q.Next)
}

// sendToProvider keeps what the answer will be compared with, bound to this browser, and leads away. Whose proof is
// awaited is known only when stepping up.
func (s *Server) sendToProvider(c echo.Context, whose uuid.NullUUID, next string) error {
	if s.provider == nil {
		return failure{status: http.StatusNotFound}
	}
	ctx := c.Request().Context()
	if err := s.countStep(c); err != nil {
		return err
	}
	e := errand{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Next: localPath(next), Began: now()}
	address, err := s.provider.address(ctx, e, whose.Valid)
	if err != nil {
		s.log.WarnContext(ctx, "single sign-on", "error", err.Error())
		return s.providerDown(c, whose.Valid, next)
	}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	token, err := s.store.PutStep(ctx, store.SingleSignOnStep, store.SignInStep{StaffID: whose, Data: data})
	if err != nil {
		return err
	}
	c.SetCookie(s.cookie(s.errandCookie(), token.String(), stepSeconds))
	return c.Redirect(http.StatusSeeOther, address)
}

// providerDown shows the page from which the provider was to be asked, with its other ways.
func (s *Server) providerDown(c echo.Context, stepUp bool, next string) error {
	if stepUp {
		return s.drawStepUp(c, http.StatusBadGateway, stepUpForm{Next: next}, s.provider.Name+" does not answer. Confirm another way, or try again in a moment.")
	}
	return s.drawLogin(c, http.StatusBadGateway, next, s.provider.Name+" does not answer. Sign in another way, or try again in a moment.")
}

// countStep refuses an address that begins very many sign-ins: each is kept for a while.
func (s *Server) countStep(c echo.Context) error {
	allowed, err := s.store.CountStep(c.Request().Context(), browserOf(c).Address)
	if err == nil && !allowed {
		err = failure{status: tooMany(c), text: "Too many sign-ins were begun from your address. Wait a quarter of an hour."}
	}
	return err
}

// finishSSO takes whom the provider sends back.
func (s *Server) finishSSO(c echo.Context) error {
	if s.provider == nil {
		return failure{status: http.StatusNotFound}
	}
	ctx := c.Request().Context()
	whose, e, err := s.takeErrand(c)
	if errors.Is(err, store.ErrNotFound) {
		return s.drawLogin(c, http.StatusUnprocessableEntity, "", "This sign-in took too long, or was begun in another browser. Begin again.")
	}
	if err != nil {
		return err
	}
	if said := c.QueryParam("error"); said != "" {
		return s.refuseSSO(c, e, "", "the provider says "+said, s.provider.Name+" did not let you in. Try again, or sign in another way.")
	}
	who, err := s.provider.exchange(ctx, c.QueryParam("code"), e)
	if errors.Is(err, errUnverified) {
		return s.refuseSSO(c, e, who.Email, "e-mail not verified", s.provider.Name+" has not verified your e-mail. Without that, nobody is let in.")
	}
	if err != nil {
		s.log.WarnContext(ctx, "single sign-on", "error", err.Error())
		return s.refuseSSO(c, e, "", "single sign-on failed", "Signing in with "+s.provider.Name+" did not work. Try again, or sign in another way.")
	}
	if whose.Valid {
		return s.finishSSOStepUp(c, whose.UUID, who, e)
	}
	return s.enterBySSO(c, who, e)
}

// takeErrand returns what was kept for the answer, once, and only to the browser that began, for the state that it was
// given. store.ErrNotFound otherwise.
func (s *Server) takeErrand(c echo.Context) (uuid.NullUUID, errand, error) {
	var e errand
	token, ok := s.cookieToken(c, s.errandCookie())
	c.SetCookie(s.cookie(s.errandCookie(), "", -1))
	if !ok {
		return uuid.NullUUID{}, e, store.ErrNotFound
	}
	step, err := s.store.TakeStep(c.Request().Context(), store.SingleSignOnStep, token)
	if err != nil {
		return uuid.NullUUID{}, e, err
	}
	if err := json.Unmarshal(step.Data, &e); err != nil {
		return uuid.NullUUID{}, e, err
	}
	if subtle.ConstantTimeCompare([]byte(e.State), []byte(c.QueryParam("state"))) != 1 {
		return uuid.NullUUID{}, e, store.ErrNotFound
	}
	if iss := c.QueryParam("iss"); iss != "" && iss != s.provider.Issuer { // RFC 9207: another provider's answer
		return uuid.NullUUID{}, e, store.ErrNotFound
	}
	return step.StaffID, e, nil
}

// enterBySSO begins the session.
func (s *Server) enterBySSO(c echo.Context, who vouched, e errand) error {
	var old *store.Token
	if token, ok := s.cookieToken(c, s.sessionCookie()); ok {
		old = &token
	}
	token, err := s.store.SignInByProvider(c.Request().Context(), who.Identity, browserOf(c), old)
	if why, text := refusalOfIdentity(err); why != "" {
		return s.refuseSSO(c, e, who.Email, why, text)
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
		return "linked to another person", "The account with your e-mail belongs to somebody else there. Ask an admin."
	case errors.As(err, &problems):
		return "name or e-mail", "Your name or e-mail there cannot be kept here: " + problems[0].Text
	}
	return "", ""
}

// refuseSSO records that a sign-in failed and shows the sign-in page with the reason.
func (s *Server) refuseSSO(c echo.Context, e errand, email, why, text string) error {
	if err := s.store.RecordFailedSignIn(c.Request().Context(), email, shortReason(why), browserOf(c).Address); err != nil {
		return err
	}
	return s.drawLogin(c, http.StatusForbidden, e.Next, text)
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

// providerClock is how far the provider's clock may be behind ours.
const providerClock = time.Minute

// finishSSOStepUp notes the proof, if it is the person's own and was made after it was asked for.
func (s *Server) finishSSOStepUp(c echo.Context, id uuid.UUID, who vouched, e errand) error {
	if err := s.lookUp(c); err != nil {
		return err
	}
	session, signedIn := sessionOf(c)
	if !signedIn || session.Staff.ID != id {
		return signInFirst{}
	}
	same, err := s.store.HasIdentity(c.Request().Context(), id, who.Issuer, who.Subject)
	if err != nil {
		return err
	}
	if !same || who.AuthTime.Before(e.Began.Add(-providerClock)) {
		if err := s.recordStaleProof(c.Request().Context(), session, same, browserOf(c).Address); err != nil {
			return err
		}
		return s.drawStepUp(c, http.StatusUnprocessableEntity, stepUpForm{Next: e.Next},
			s.provider.Name+" did not ask you anew, or knows you as somebody else. Nothing was done yet.")
	}
	if err := s.renew(c, session); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, localPath(e.Next))
}

func (s *Server) recordStaleProof(ctx context.Context, session store.Session, same bool, address string) error {
	why := "proof by single sign-on too old"
	if !same {
		why = "proof by single sign-on of somebody else"
	}
	return s.store.RecordFailedSignIn(ctx, session.Email, why, address)
}

// showStepUpDone ends the detour of a proof that was made in a tab of its own.
func (s *Server) showStepUpDone(c echo.Context) error {
	page, _, err := s.page(c, "Confirmed", "")
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.StepUpDone(page))
}

// errandCookie is the name of the cookie that leads back to a sign-in at the provider.
func (s *Server) errandCookie() string {
	if s.secure {
		return "__Host-arcadia_sso"
	}
	return "arcadia_sso"
}
