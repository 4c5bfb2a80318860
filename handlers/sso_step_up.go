package handlers

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// beginSSOStepUp sends somebody who is signed in to the provider for a fresh proof.
func (s *Server) beginSSOStepUp(c echo.Context) error {
	var q nextQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	return s.sendToProvider(c, owner(mine(c)), errand{Next: q.Next})
}

// providerClock is how far the provider's clock may be behind ours.
const providerClock = time.Minute

// finishSSOStepUp notes the proof, if it is the person's own and was made after it was asked for.
func (s *Server) finishSSOStepUp(c echo.Context, whose uuid.NullUUID, who store.Identity, e errand) error {
	session, err := s.returned(c, whose)
	if err != nil {
		return err
	}
	own := session.Is(who)
	if !own || who.ProvedAt.Before(e.Began.Add(-providerClock)) {
		why := "proof by single sign-on too old"
		if !own {
			why = "proof by single sign-on of somebody else"
		}
		if err := s.store.RecordFailedSignIn(c.Request().Context(), session.Email, why, browserOf(c).Address); err != nil {
			return err
		}
		return s.drawStepUp(c, http.StatusUnprocessableEntity, stepUpForm{Next: e.Next},
			s.provider.Name+" did not ask you anew, or knows you as somebody else. Nothing was done yet.")
	}
	if err := s.renew(c, session, who.ProvedAt); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, localPath(e.Next))
}

// returned is the session of whoever comes back from the provider, who has to be the one that went there.
func (s *Server) returned(c echo.Context, whose uuid.NullUUID) (store.Session, error) {
	if err := s.lookUp(c); err != nil {
		return store.Session{}, err
	}
	session, signedIn := sessionOf(c)
	if !signedIn || !whose.Valid || session.Staff.ID != whose.UUID {
		return store.Session{}, signInFirst{}
	}
	return session, nil
}

// showStepUpDone ends the detour of a proof that was made in a tab of its own.
func (s *Server) showStepUpDone(c echo.Context) error {
	page, _, err := s.page(c, "Confirmed", "")
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.StepUpDone(page))
}
