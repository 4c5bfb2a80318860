package handlers

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// stepUpFirst refuses what wants a fresh proof of who asks. The error page turns it into the form that asks for one.
type stepUpFirst struct{}

func (stepUpFirst) Error() string { return "a fresh proof is needed first" }

// requireFresh lets on who proved lately who it is.
func requireFresh(c echo.Context) error {
	if session, _ := sessionOf(c); !session.Fresh() {
		return stepUpFirst{}
	}
	return nil
}

// stepUpForm proves who it is, and says what to do then: go to next, or send again what was held up.
type stepUpForm struct {
	Password string `schema:"password"`
	Code     string `schema:"code"`
	Next     string `schema:"next"`
	To       string `schema:"to"`     // where the form that was held up was sent
	Again    string `schema:"again"`  // its fields
	Dialog   string `schema:"dialog"` // "yes": its answer is the content of the dialog
}

// held reports whether a form waits to be sent again.
func (f stepUpForm) held() bool { return f.To != "" }

// showStepUp is the form as a page.
func (s *Server) showStepUp(c echo.Context) error {
	var q nextQuery
	if err := readQuery(c, &q); err != nil {
		return err
	}
	return s.drawStepUp(c, http.StatusOK, stepUpForm{Next: q.Next}, "")
}

// askStepUp answers what wants a fresh proof: a page that was asked for comes afterwards; of a form nothing is lost.
func (s *Server) askStepUp(c echo.Context) error {
	r := c.Request()
	form := stepUpForm{Next: localPath(r.URL.RequestURI())}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		if !isPartial(c) {
			return c.Redirect(http.StatusSeeOther, withNext("/step-up", form.Next))
		}
		return s.drawStepUp(c, http.StatusForbidden, form, "")
	}
	form.Next = cameFrom(c)
	if wantsJSON(c) {
		return c.JSON(http.StatusForbidden, map[string]string{
			"error": "Confirm first that it is you.", "goto": withNext("/step-up", form.Next),
		})
	}
	if fields := typedFields(c); fields != nil {
		form.To, form.Again = r.URL.Path, fields.Encode()
		if strings.HasSuffix(r.Header.Get("HX-Target"), "#dialog") {
			form.Dialog = "yes"
		}
	}
	return s.drawStepUp(c, http.StatusForbidden, form, "")
}

func (s *Server) drawStepUp(c echo.Context, status int, form stepUpForm, problem string) error {
	session, _ := sessionOf(c)
	model := views.StepUp{
		Next: localPath(form.Next), To: form.To, Again: form.Again, Dialog: form.Dialog == "yes" || !form.held(), Error: problem,
		Password: session.HasPassword, Code: session.HasTOTP, Passkey: session.Passkeys > 0 && s.webauthn != nil,
	}
	if s.provider != nil && session.SSOIssuer == s.provider.Issuer {
		model.SSO = s.provider.Name
	}
	if isPartial(c) {
		// What asked may have been for another place, or for none.
		c.Response().Header().Set("HX-Retarget", "#dialog")
		c.Response().Header().Set("HX-Reswap", "innerHTML")
		return render(c, status, views.StepUpDialog(model))
	}
	page, _, err := s.page(c, "Confirm that it is you", "")
	if err != nil {
		return err
	}
	return render(c, status, views.StepUpAlone(views.StepUpPage{Page: page, StepUp: model}))
}

// stepUp takes the proof. With a passkey, the proof came before, and the form only says how to go on.
func (s *Server) stepUp(c echo.Context) error {
	var form stepUpForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	session, _ := sessionOf(c)
	if form.Password == "" && form.Code == "" {
		if session.Fresh() {
			return s.goOn(c, form)
		}
		return s.drawStepUp(c, http.StatusUnprocessableEntity, form, "Type your password or a code first.")
	}
	verdict, err := s.tryProof(c, session, form)
	switch {
	case err != nil:
		return err
	case verdict == tooManyGuesses:
		return s.drawStepUp(c, tooMany(c), form, tooManyText)
	case verdict == wrongGuess:
		return s.drawStepUp(c, http.StatusUnprocessableEntity, form, "This is not right. Nothing was done yet.")
	}
	if err := s.store.ForgetGuesses(c.Request().Context(), session.Email); err != nil {
		return err
	}
	if err := s.renew(c, session, time.Time{}); err != nil {
		return err
	}
	return s.goOn(c, form)
}

func (s *Server) tryProof(c echo.Context, session store.Session, form stepUpForm) (verdict, error) {
	ctx, address := c.Request().Context(), browserOf(c).Address
	if form.Code != "" {
		return s.tryCode(ctx, session.Staff, form.Code, address)
	}
	_, verdict, err := s.tryPassword(ctx, session.Email, form.Password, address)
	return verdict, err
}

// renew notes the proof, made at the time, or with the zero time just now: the session goes on under a new token.
func (s *Server) renew(c echo.Context, session store.Session, proved time.Time) error {
	token, err := s.store.StepUp(c.Request().Context(), session, tokenOf(c), proved)
	if err != nil {
		return err
	}
	s.setSession(c, token)
	session.SteppedUpAt = session.ReadAt
	c.Set(sessionKey, session)
	c.Set(tokenKey, token)
	return nil
}

// goOn leads to where the person was going, or carries out the form that was held up, as if it came now: its route asks for
// its permission and reads it anew.
func (s *Server) goOn(c echo.Context, form stepUpForm) error {
	if !form.held() {
		return c.Redirect(http.StatusSeeOther, localPath(form.Next))
	}
	to := localPath(form.To)
	if to != form.To || strings.ContainsAny(to, "?#%") || strings.HasPrefix(to, "/step-up") || isAPI(to) {
		return badRequest("to", "There is no such form.")
	}
	r := c.Request().Clone(c.Request().Context())
	r.URL = &url.URL{Path: to}
	r.RequestURI, r.Form, r.PostForm, r.MultipartForm = to, nil, nil, nil
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(form.Again)), int64(len(form.Again))
	c.SetRequest(r)
	c.SetHandler(echo.NotFoundHandler) // which stays where nothing is found
	s.echo.Router().Find(http.MethodPost, to, c)
	return c.Handler()(c)
}

// beginPasskeyStepUp hands out a challenge for the person's own passkeys.
func (s *Server) beginPasskeyStepUp(c echo.Context) error {
	if err := readJSON(c, &struct{}{}); err != nil {
		return err
	}
	relying, err := s.relying()
	if err != nil {
		return err
	}
	session, _ := sessionOf(c)
	user, err := s.passkeyUser(c.Request().Context(), session.Staff)
	if err != nil {
		return err
	}
	if len(user.credentials) == 0 {
		return failure{status: http.StatusUnprocessableEntity, text: "You have no passkey yet."}
	}
	options, data, err := relying.BeginLogin(user, webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return err
	}
	if err := s.putCeremony(c, store.PasskeyStep, owner(session), ceremony{Session: *data}); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, options.Response)
}

// finishPasskeyStepUp notes the proof; the page's script then sends the form.
func (s *Server) finishPasskeyStepUp(c echo.Context) error {
	assertion, err := readAssertion(c)
	if err != nil {
		return err
	}
	relying, err := s.relying()
	if err != nil {
		return err
	}
	session, _ := sessionOf(c)
	kept, err := s.takeCeremony(c, store.PasskeyStep, owner(session))
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	user, err := s.passkeyUser(ctx, session.Staff)
	if err != nil {
		return err
	}
	credential, err := relying.ValidateLogin(user, kept.Session, assertion)
	if err == nil {
		err = s.acceptPasskey(ctx, credential)
	}
	if err != nil {
		return s.refusePasskey(c, session.Email, err)
	}
	if err := s.renew(c, session, time.Time{}); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// owner is the person of a session, as a step keeps it.
func owner(session store.Session) uuid.NullUUID {
	return uuid.NullUUID{UUID: session.Staff.ID, Valid: true}
}
