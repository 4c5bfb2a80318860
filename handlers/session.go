package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

const (
	actorKey   = "actor"
	sessionKey = "session"
	tokenKey   = "token"
	lookedKey  = "looked-up"
)

// identified says who asks and lets in who holds the permission of the route, freshly proved where the route asks for
// that. What anyone may ask costs no look-up.
func (s *Server) identified(r route) echo.HandlerFunc {
	return func(c echo.Context) error {
		if r.permission == access.Anyone {
			return r.handler(c)
		}
		if err := s.lookUp(c); err != nil {
			return err
		}
		session, signedIn := sessionOf(c)
		if !signedIn {
			return signInFirst{}
		}
		if r.permission != access.OwnSettings && s.lacksFactor(session) {
			return factorFirst{}
		}
		if actor := actorOf(c); !actor.Can(r.permission) {
			return failure{
				status: http.StatusForbidden,
				text:   "You act as " + actor.Label() + ". This needs " + (r.permission.Needs() | access.Admin).Label("or") + ".",
			}
		}
		if r.stepUp {
			if err := requireFresh(c); err != nil {
				return err
			}
		}
		return r.handler(c)
	}
}

// lookUp finds out who is signed in, at most once for a request. Nobody is no error.
func (s *Server) lookUp(c echo.Context) error {
	if c.Get(lookedKey) != nil {
		return nil
	}
	c.Set(lookedKey, true)
	token, ok := s.cookieToken(c, s.sessionCookie())
	if !ok {
		return nil
	}
	find := s.store.LookUpSession
	if unattended(c) {
		find = s.store.PeekSession
	}
	session, err := find(c.Request().Context(), token)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c.Set(sessionKey, session)
	c.Set(tokenKey, token)
	c.Set(actorKey, session.Actor())
	return nil
}

// unattended reports whether a page's script asks by itself: an open page that nobody looks at keeps no session alive.
func unattended(c echo.Context) bool {
	r := c.Request()
	return r.Method == http.MethodGet && (r.Header.Get(liveHeader) != "" || r.URL.Path == eventsPath)
}

// lacksFactor reports whether somebody has only a password, which is enough in the demo alone. Who came by single
// sign-on has proved it elsewhere.
func (s *Server) lacksFactor(session store.Session) bool {
	return !s.demo && session.Method != store.BySingleSignOn && !session.HasTOTP && session.Passkeys == 0
}

// actorOf is who asks; the zero actor, who may do nothing, where nobody is signed in.
func actorOf(c echo.Context) access.Actor {
	actor, _ := c.Get(actorKey).(access.Actor)
	return actor
}

// sessionOf is the session of who asks; false where nobody is signed in.
func sessionOf(c echo.Context) (store.Session, bool) {
	session, ok := c.Get(sessionKey).(store.Session)
	return session, ok
}

// tokenOf is the token of the session; the zero token, which fits none, where nobody is signed in.
func tokenOf(c echo.Context) store.Token {
	token, _ := c.Get(tokenKey).(store.Token)
	return token
}

// setSession hands the browser the token of its session.
func (s *Server) setSession(c echo.Context, token store.Token) {
	c.SetCookie(s.cookie(s.sessionCookie(), token.String(), int(s.store.SessionLife().Seconds())))
}

// sessionCookie is the name of the session's cookie. With the prefix __Host- browsers take it from this very host alone,
// by TLS and for all paths: no sibling subdomain can plant one.
func (s *Server) sessionCookie() string {
	if s.secure {
		return "__Host-arcadia"
	}
	return "arcadia_session"
}

// stepCookie is the name of the cookie that leads back to a sign-in whose second factor is awaited.
func (s *Server) stepCookie() string {
	if s.secure {
		return "__Host-arcadia_step"
	}
	return "arcadia_step"
}

// ceremonyCookie is the name of the cookie that leads back to a passkey's challenge. It is another one, so that whoever gives
// up on the passkey can still type the code.
func (s *Server) ceremonyCookie() string {
	if s.secure {
		return "__Host-arcadia_passkey"
	}
	return "arcadia_passkey"
}

// cookieToken reads a token from a cookie; what is no token counts as none.
func (s *Server) cookieToken(c echo.Context, name string) (store.Token, bool) {
	cookie, err := c.Request().Cookie(name)
	if err != nil {
		return store.Token{}, false
	}
	return store.ParseToken(cookie.Value)
}

// cookie is one that scripts and other sites never see. A negative maxAge, in seconds, takes it away.
func (s *Server) cookie(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	}
}
