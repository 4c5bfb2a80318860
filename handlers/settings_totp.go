package handlers

import (
	"encoding/base32"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/boombuler/barcode/qr"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/views"
)

// drawTOTPSetup draws the page with a fresh secret, which nothing keeps until a code proves that an app has it.
func (s *Server) drawTOTPSetup(c echo.Context) error {
	key, err := newTOTP(mine(c).Email)
	if err != nil {
		return err
	}
	setup, err := totpSetup(mine(c).Email, key.Secret())
	if err != nil {
		return err
	}
	return s.drawMe(c, http.StatusOK, func(p *views.MePage) { p.TOTP.Setup = &setup })
}

// totpSetup is what an app takes a secret over with: the picture of its address, and its text.
func totpSetup(email, secret string) (views.TOTPSetup, error) {
	code, err := qrCode(totpURL(email, secret))
	return views.TOTPSetup{Secret: secret, Code: code}, err
}

// totpURL is the address that authenticator apps understand.
func totpURL(email, secret string) string {
	values := url.Values{"secret": {secret}, "issuer": {totpIssuer}, "period": {fmt.Sprint(totpPeriod)}, "digits": {"6"}, "algorithm": {"SHA1"}}
	// Apps show a plus as it stands; a space has to be %20.
	query := strings.ReplaceAll(values.Encode(), "+", "%20")
	return "otpauth://totp/" + url.PathEscape(totpIssuer+":"+email) + "?" + query
}

// qrCode is the picture of a text.
func qrCode(text string) (views.QRCode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	side := code.Bounds().Dx()
	rows := make(views.QRCode, side)
	for y := range rows {
		rows[y] = make([]bool, side)
		for x := range rows[y] {
			red, _, _, _ := code.At(x, y).RGBA()
			rows[y][x] = red == 0
		}
	}
	return rows, nil
}

type totpForm struct {
	Secret string `schema:"secret,required"`
	Code   string `schema:"code"`
}

// setTOTP switches the authenticator app on, once a code shows that it has the secret.
func (s *Server) setTOTP(c echo.Context) error {
	var form totpForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	if !base32Secret(form.Secret) {
		return badRequest("secret", "This is no secret of an authenticator app.")
	}
	ctx, person := c.Request().Context(), mine(c).Staff
	step, right := totpStep(form.Secret, strings.ReplaceAll(form.Code, " ", ""), now())
	if !right {
		setup, err := totpSetup(person.Email, form.Secret)
		if err != nil {
			return err
		}
		setup.Error = "This is not the code that the app shows now. Is the clock of the phone right?"
		return s.drawMe(c, http.StatusUnprocessableEntity, func(p *views.MePage) { p.TOTP.Setup = &setup })
	}
	codes := newRecoveryCodes()
	if err := s.store.SetTOTP(ctx, person, form.Secret, codes, browserOf(c).Address); err != nil {
		return err
	}
	// The code is used up: whoever looked over the shoulder cannot sign in with it.
	if _, err := s.store.UseTOTPStep(ctx, person.ID, step); err != nil {
		return err
	}
	return s.drawMe(c, http.StatusOK, func(p *views.MePage) {
		p.TOTP = views.TOTPCard{Set: true, RecoveryCodes: codes}
		p.Notice = &views.Notice{Kind: views.NoticeDone, Text: "The authenticator app is on. Keep the recovery codes below."}
	})
}

// removeTOTP switches the authenticator app off; its recovery codes go with it.
func (s *Server) removeTOTP(c echo.Context) error {
	if err := readForm(c, &struct{}{}); err != nil {
		return err
	}
	if err := s.store.SetTOTP(c.Request().Context(), mine(c).Staff, "", nil, browserOf(c).Address); err != nil {
		return err
	}
	return s.backToMe(c, noticeTOTPOff)
}

// makeRecoveryCodes replaces the recovery codes and shows the new ones, once.
func (s *Server) makeRecoveryCodes(c echo.Context) error {
	if err := readForm(c, &struct{}{}); err != nil {
		return err
	}
	person := mine(c).Staff
	if !person.HasTOTP {
		return failure{status: http.StatusUnprocessableEntity, text: "There is no authenticator app that recovery codes could stand in for."}
	}
	codes := newRecoveryCodes()
	if err := s.store.SetRecoveryCodes(c.Request().Context(), person, codes, browserOf(c).Address); err != nil {
		return err
	}
	return s.drawMe(c, http.StatusOK, func(p *views.MePage) { p.TOTP.RecoveryCodes = codes })
}

// base32Secret tells whether a text is a secret as newTOTP makes them: 160 bits or more.
func base32Secret(text string) bool {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	return err == nil && len(raw) >= 20 && len(raw) <= 64
}
