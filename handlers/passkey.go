package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
)

const stepSeconds = 5 * 60 // how long a browser keeps the token of a step, as the database does

// newWebAuthn knows the console as the browsers know it. It is nil under an address without a name, for which browsers
// make no passkeys.
func newWebAuthn(public *url.URL) (*webauthn.WebAuthn, error) {
	if net.ParseIP(public.Hostname()) != nil {
		return nil, nil //nolint:nilnil // no passkeys, and no error
	}
	return webauthn.New(&webauthn.Config{
		RPID: public.Hostname(), RPDisplayName: totpIssuer, RPOrigins: []string{public.Scheme + "://" + public.Host},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: protocol.ResidentKeyRequired(), ResidentKey: protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired,
		},
		AttestationPreference: protocol.PreferNoAttestation,
	})
}

// relying is the console as the side that relies on passkeys.
func (s *Server) relying() (*webauthn.WebAuthn, error) {
	if s.webauthn == nil {
		return nil, failure{status: http.StatusUnprocessableEntity, text: "Passkeys need a host name, and this console is reached by an address. Use localhost or a name."}
	}
	return s.webauthn, nil
}

// passkeyUser is a member of staff as the WebAuthn library wants to see one.
type passkeyUser struct {
	store.Staff
	credentials []webauthn.Credential
}

func (u passkeyUser) WebAuthnID() []byte                         { return u.ID[:] }
func (u passkeyUser) WebAuthnName() string                       { return u.Email }
func (u passkeyUser) WebAuthnDisplayName() string                { return u.Name }
func (u passkeyUser) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

// passkeyUser reads the passkeys of a person.
func (s *Server) passkeyUser(ctx context.Context, person store.Staff) (passkeyUser, error) {
	list, err := s.store.ListPasskeys(ctx, person.ID)
	if err != nil {
		return passkeyUser{}, err
	}
	user := passkeyUser{Staff: person, credentials: make([]webauthn.Credential, len(list))}
	for i, k := range list {
		if err := json.Unmarshal(k.Credential, &user.credentials[i]); err != nil {
			return passkeyUser{}, err
		}
	}
	return user, nil
}

// ceremony is what is kept between the two requests of a passkey.
type ceremony struct {
	Session webauthn.SessionData `json:"session"`
	Next    string               `json:"next,omitempty"` // where to go on
}

// putCeremony keeps it, for the person if one is known, and hands the browser the token that leads back to it.
func (s *Server) putCeremony(c echo.Context, kind store.StepKind, person uuid.NullUUID, what ceremony) error {
	data, err := json.Marshal(what)
	if err != nil {
		return err
	}
	token, err := s.store.PutStep(c.Request().Context(), kind, store.SignInStep{StaffID: person, Data: data})
	if err != nil {
		return err
	}
	c.SetCookie(s.cookie(s.ceremonyCookie(), token.String(), stepSeconds))
	return nil
}

// takeCeremony uses up what the browser's token leads to. It must be for the person: uuid.NullUUID{} where none was known.
func (s *Server) takeCeremony(c echo.Context, kind store.StepKind, person uuid.NullUUID) (ceremony, error) {
	over := failure{status: http.StatusUnprocessableEntity, text: "This took too long, or was used before. Try again."}
	token, ok := s.cookieToken(c, s.ceremonyCookie())
	if !ok {
		return ceremony{}, over
	}
	step, err := s.store.TakeStep(c.Request().Context(), kind, token)
	if errors.Is(err, store.ErrNotFound) || err == nil && step.StaffID != person {
		return ceremony{}, over
	}
	if err != nil {
		return ceremony{}, err
	}
	c.SetCookie(s.cookie(s.ceremonyCookie(), "", -1))
	var what ceremony
	return what, json.Unmarshal(step.Data, &what)
}

// readAssertion reads what the authenticator signed.
func readAssertion(c echo.Context) (*protocol.ParsedCredentialAssertionData, error) {
	var body struct {
		Credential json.RawMessage `json:"credential"`
	}
	if err := readJSON(c, &body); err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(body.Credential)
	if err != nil {
		return nil, failure{http.StatusBadRequest, "“credential”: It is no answer of a passkey.", err}
	}
	return parsed, nil
}

// acceptPasskey stores the counter of a passkey that signed rightly. One whose counter went back may have been copied.
func (s *Server) acceptPasskey(ctx context.Context, credential *webauthn.Credential) error {
	if credential.Authenticator.CloneWarning {
		return errors.New("the counter of the passkey went back: it may have been copied")
	}
	data, err := json.Marshal(credential)
	if err != nil {
		return err
	}
	return s.store.UsePasskey(ctx, credential.ID, data)
}

// onward tells the page's script where to go.
func onward(c echo.Context, next string) error {
	return c.JSON(http.StatusOK, map[string]string{"next": localPath(next)})
}
