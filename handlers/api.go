package handlers

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

const callerKey = "caller"

// callerOf is the integration that asks. Every route below apiPath that is not for anyone has one.
func callerOf(c echo.Context) store.Caller {
	caller, _ := c.Get(callerKey).(store.Caller)
	return caller
}

// What is said to a caller that is not let in. That a token ended, was revoked, belongs to an integration that is disabled, or
// never was one, is all the same sentence.
const (
	textNoToken  = "Send the token of an integration in the header “Authorization: Bearer …”. Nothing was changed."
	textBadToken = "This token does not work: it may have ended or been revoked, its integration may be disabled, or it never was one. Nothing was changed."
	textTooMany  = "Too many tokens that do not work came from this address. Wait a quarter of an hour."
)

// authorized finds out which integration asks, by its token alone: no cookie and no parameter counts here, no session is looked
// up and none begins. It lets in who holds the permission of the route.
func (s *Server) authorized(r route) echo.HandlerFunc {
	return func(c echo.Context) error {
		if r.permission == access.Anyone {
			return r.handler(c)
		}
		caller, err := s.authenticate(c)
		if err != nil {
			return err
		}
		actor := caller.Actor()
		if !actor.Can(r.permission) {
			return failure{status: http.StatusForbidden, text: needsText(caller.Roles(), r.permission)}
		}
		c.Set(callerKey, caller)
		c.Set(actorKey, actor)
		return r.handler(c)
	}
}

// needsText says which role is missing.
func needsText(has access.Roles, wanted access.Permission) string {
	needs := wanted.Needs() & access.IntegrationRoles
	if needs == 0 {
		return "No integration may do this. Nothing was changed."
	}
	return "This integration acts as " + has.Label("and") + ". This needs " + needs.Label("or") + ". Nothing was changed."
}

// authenticate reads the token from the one place where it may stand.
func (s *Server) authenticate(c echo.Context) (store.Caller, error) {
	challenge := c.Response().Header()
	text, sent := bearer(c.Request())
	if !sent {
		challenge.Set(echo.HeaderWWWAuthenticate, `Bearer realm="Arcadia Console"`)
		return store.Caller{}, apiFailure{failure: failure{status: http.StatusUnauthorized, text: textNoToken}, code: codeNoToken}
	}
	caller, err := s.store.Authenticate(c.Request().Context(), text, browserOf(c).Address)
	switch {
	case errors.Is(err, store.ErrNotFound):
		challenge.Set(echo.HeaderWWWAuthenticate, `Bearer realm="Arcadia Console", error="invalid_token"`)
		return store.Caller{}, failure{status: http.StatusUnauthorized, text: textBadToken}
	case errors.Is(err, store.ErrTooManyTries):
		return store.Caller{}, failure{status: http.StatusTooManyRequests, text: textTooMany}
	}
	return caller, err
}

// bearer is what the header says after "Bearer"; false where it says nothing of that kind, or several things.
func bearer(r *http.Request) (string, bool) {
	lines := r.Header.Values(echo.HeaderAuthorization)
	if len(lines) != 1 {
		return "", false
	}
	scheme, text, ok := strings.Cut(lines[0], " ")
	return strings.TrimSpace(text), ok && strings.EqualFold(scheme, "Bearer")
}

// apiMe is who a token lets in, for the one who holds it.
type apiMe struct {
	Integration apiIntegration `json:"integration"`
	Token       apiTokenFacts  `json:"token"`
}

type apiIntegration struct {
	Slug  string    `json:"slug" example:"billing-bridge" doc:"Under this it stands in every record."`
	Name  string    `json:"name" example:"Billing bridge"`
	Roles []apiRole `json:"roles" doc:"What it may act as."`
}

type apiTokenFacts struct {
	Code string    `json:"code" example:"arc_4kTz9QbX" doc:"Its beginning, which is no secret."`
	Ends time.Time `json:"ends" doc:"It does not work after this."`
}

// apiShowMe says who asks, and until when the token works.
func (s *Server) apiShowMe(c echo.Context) error {
	if err := readQuery(c, &struct{}{}); err != nil {
		return err
	}
	caller := callerOf(c)
	return sendJSON(c, http.StatusOK, versions{}, apiMe{
		Integration: apiIntegration{Slug: caller.Slug, Name: caller.Name, Roles: rolesJSON(caller.Roles())},
		Token:       apiTokenFacts{Code: caller.TokenCode, Ends: caller.ExpiresAt.UTC().Truncate(time.Second)},
	})
}
