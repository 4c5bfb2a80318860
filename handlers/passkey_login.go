package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
)

// beginPasskeyLogin hands out a challenge. Nobody says who it is: the passkey does.
func (s *Server) beginPasskeyLogin(c echo.Context) error {
	var body struct {
		Next string `json:"next"`
	}
	if err := readJSON(c, &body); err != nil {
		return err
	}
	relying, err := s.relying()
	if err != nil {
		return err
	}
	if err := s.countStep(c); err != nil {
		return err
	}
	options, session, err := relying.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return err
	}
	if err := s.putCeremony(c, store.PasskeyStep, uuid.NullUUID{}, ceremony{Session: *session, Next: body.Next}); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, options.Response)
}

// finishPasskeyLogin lets in whoever's passkey signed the challenge. No number of wrong guesses elsewhere keeps it out.
func (s *Server) finishPasskeyLogin(c echo.Context) error {
	assertion, err := readAssertion(c)
	if err != nil {
		return err
	}
	relying, err := s.relying()
	if err != nil {
		return err
	}
	kept, err := s.takeCeremony(c, store.PasskeyStep, uuid.NullUUID{})
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	var broken error // of the database, not of the passkey
	_, credential, err := relying.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		user, err := s.passkeyOwner(ctx, handle)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			broken = err
		}
		return user, err
	}, kept.Session, assertion)
	if broken != nil {
		return broken
	}
	if err == nil {
		err = s.acceptPasskey(ctx, credential)
	}
	if err != nil {
		return s.refusePasskey(c, "", err)
	}
	owner, err := s.passkeyOwner(ctx, assertion.Response.UserHandle)
	if err != nil {
		return err
	}
	if err := s.begin(c, owner.ID, store.ByPasskey); err != nil {
		return err
	}
	return onward(c, kept.Next)
}

// passkeyOwner is the active member of staff whom a passkey names, ErrNotFound for anybody else.
func (s *Server) passkeyOwner(ctx context.Context, handle []byte) (passkeyUser, error) {
	id, err := uuid.FromBytes(handle)
	if err != nil {
		return passkeyUser{}, store.ErrNotFound
	}
	person, err := s.store.GetStaff(ctx, id)
	if err != nil {
		return passkeyUser{}, err
	}
	if person.Status != store.StaffActive {
		return passkeyUser{}, store.ErrNotFound
	}
	return s.passkeyUser(ctx, person)
}

// refusePasskey records that a passkey did not do, and says no more than that.
func (s *Server) refusePasskey(c echo.Context, email string, cause error) error {
	if err := s.store.RecordFailedSignIn(c.Request().Context(), email, "passkey", browserOf(c).Address); err != nil {
		return err
	}
	return failure{http.StatusUnprocessableEntity, "This passkey does not work here. It may have been removed.", cause}
}
