package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// linkPath is one's own settings, with a fresh proof and the link to the provider at hand.
const linkPath = myPath + "?set=sso"

// ssoCard is how the account and the provider stand to each other; nil where there is nothing to say.
func (s *Server) ssoCard(session store.Session) *views.SSOCard {
	if s.provider == nil && !session.HasSSO() {
		return nil
	}
	card := &views.SSOCard{Linked: session.HasSSO(), Fresh: session.Fresh()}
	if s.provider != nil {
		card.Name = s.provider.Name
	}
	if session.HasSSO() && (s.provider == nil || session.SSOIssuer != s.provider.Issuer) {
		card.Elsewhere = session.SSOIssuer
		if issuer, err := url.Parse(session.SSOIssuer); err == nil && issuer.Host != "" {
			card.Elsewhere = issuer.Host
		}
	}
	return card
}

// drawSSOLink draws one's own settings with what to do about the link next, and with what went wrong.
func (s *Server) drawSSOLink(c echo.Context, status int, problem string) error {
	return s.drawMe(c, status, func(p *views.MePage) {
		if p.SSO != nil {
			p.SSO.Asked, p.SSO.Error = true, problem
		}
	})
}

// beginSSOLink sends somebody to the provider to link the account there with the one here. It is a link, since no form may lead
// away, and therefore asks for itself what is asked of forms: that it was pressed on a page of the console, by somebody who
// has just proved who it is. Otherwise the page with the link comes first.
func (s *Server) beginSSOLink(c echo.Context) error {
	site := c.Request().Header.Get("Sec-Fetch-Site")
	if !mine(c).Fresh() || site != "" && site != "same-origin" {
		return c.Redirect(http.StatusSeeOther, linkPath)
	}
	return s.sendToProvider(c, owner(mine(c)), errand{Next: myPath, Link: true})
}

// finishSSOLink links the account.
func (s *Server) finishSSOLink(c echo.Context, whose uuid.NullUUID, who store.Identity, e errand) error {
	session, err := s.returned(c, whose)
	if err != nil {
		return err
	}
	err = s.store.LinkIdentity(c.Request().Context(), session.Staff.ID, who, browserOf(c).Address)
	why, text := "", ""
	switch {
	case errors.Is(err, store.ErrOtherEmail):
		why, text = "another e-mail", "You are "+who.Email+" there and "+session.Email+" here. Only accounts with the same e-mail are linked."
	case errors.Is(err, store.ErrIdentityTaken):
		why, text = "linked to another person", "One of the two accounts is linked already, to somebody else. An admin can unlink it."
	case err != nil:
		return err
	}
	if why != "" {
		return s.refuseSSO(c, whose, e, session.Email, why, text)
	}
	return s.backToMe(c, noticeSSOLinked)
}

// unlinkStaff takes the link to the provider from somebody's account.
func (s *Server) unlinkStaff(c echo.Context) error {
	person, err := s.pathStaff(c)
	if err != nil {
		return err
	}
	if err := readForm(c, &struct{}{}); err != nil {
		return err
	}
	err = s.store.UnlinkIdentity(c.Request().Context(), actorOf(c), person.ID, browserOf(c).Address)
	if errors.Is(err, store.ErrLastAdmin) {
		return failure{status: http.StatusUnprocessableEntity, text: "This is the last admin, who has no other way in. Add a passkey or a password first."}
	}
	if err != nil {
		return err
	}
	s.leaveNotice(c, noticeSSOUnlinked)
	return c.Redirect(http.StatusSeeOther, staffPath+"/"+person.ID.String())
}
