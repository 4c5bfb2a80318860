package handlers

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"unicode"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
)

const maxPasskeyLabel = 100 // characters

// beginNewPasskey gives the browser a challenge for a new passkey of the person, on a device that has none of theirs yet.
func (s *Server) beginNewPasskey(c echo.Context) error {
	if err := readJSON(c, &struct{}{}); err != nil {
		return err
	}
	relying, err := s.relying()
	if err != nil {
		return err
	}
	session := mine(c)
	user, err := s.passkeyUser(c.Request().Context(), session.Staff)
	if err != nil {
		return err
	}
	options, data, err := relying.BeginRegistration(user,
		webauthn.WithExclusions(webauthn.Credentials(user.credentials).CredentialDescriptors()))
	if err != nil {
		return err
	}
	if err := s.putCeremony(c, store.NewPasskeyStep, owner(session), ceremony{Session: *data}); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, options.Response)
}

// newPasskey is what the browser made of the challenge.
type newPasskey struct {
	Label      string          `json:"label"`
	Credential json.RawMessage `json:"credential"`
}

// finishNewPasskey checks what the browser made and stores the passkey.
func (s *Server) finishNewPasskey(c echo.Context) error {
	var answer newPasskey
	if err := readJSON(c, &answer); err != nil {
		return err
	}
	relying, err := s.relying()
	if err != nil {
		return err
	}
	session, ctx := mine(c), c.Request().Context()
	kept, err := s.takeCeremony(c, store.NewPasskeyStep, owner(session))
	if err != nil {
		return err
	}
	made, err := protocol.ParseCredentialCreationResponseBytes(answer.Credential)
	if err != nil {
		return failure{http.StatusBadRequest, "“credential”: It is no new passkey.", err}
	}
	user, err := s.passkeyUser(ctx, session.Staff)
	if err != nil {
		return err
	}
	credential, err := relying.CreateCredential(user, kept.Session, made)
	if err != nil {
		return failure{http.StatusUnprocessableEntity, "This passkey does not fit what was asked for. Nothing was stored; try again.", err}
	}
	data, err := json.Marshal(credential)
	if err != nil {
		return err
	}
	key := store.Passkey{ID: credential.ID, Label: passkeyLabel(answer.Label, browserOf(c).Device), Credential: data}
	if err := s.store.AddPasskey(ctx, session.Staff, key, browserOf(c).Address); err != nil {
		return err
	}
	s.leaveNotice(c, noticePasskeyAdded)
	return onward(c, myPath)
}

// passkeyLabel is the name that a person gave to a passkey, in one line; otherwise that of the browser.
func passkeyLabel(typed, device string) string {
	oneLine := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, typed)
	label := []rune(strings.Join(strings.Fields(oneLine), " "))
	switch {
	case len(label) > maxPasskeyLabel:
		return string(label[:maxPasskeyLabel])
	case len(label) > 0:
		return string(label)
	case device != "":
		return device
	}
	return "Passkey"
}

type removePasskeyForm struct {
	Passkey string `schema:"passkey,required"`
}

// removePasskey takes one of one's own passkeys away.
func (s *Server) removePasskey(c echo.Context) error {
	var form removePasskeyForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	id, err := base64.RawURLEncoding.DecodeString(form.Passkey)
	if err != nil {
		return store.ErrNotFound
	}
	if err := s.store.RemovePasskey(c.Request().Context(), actorOf(c), mine(c).Staff, id, browserOf(c).Address); err != nil {
		return err
	}
	return s.backToMe(c, noticePasskeyRemoved)
}

// passkeyText is the ID of a passkey for a form.
func passkeyText(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }
