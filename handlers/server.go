// Package handlers is the web side of the console: routes with their permissions, parsing, view models filled from the
// store, and one place that turns errors into pages. Nothing is decided here.
package handlers

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
)

// Config is what a console needs to serve.
type Config struct {
	Store     *store.Store
	Log       *slog.Logger
	PublicURL *url.URL     // origin under which people reach it; nil: loopback names only
	Demo      bool         // the demo's accounts, whose password everybody knows, may sign in with it alone
	Parse     ImportParser // reads an uploaded file
	Dev       bool         // with the gallery

	SingleSignOn *SingleSignOn // nil: there is none
	Cloud        Zones         // of the provider at which machines are built; nil: none are
	Proxies      []*net.IPNet  // whose word about the address of a visitor is taken; none: nobody's
	Streams      Streams       // bounds of the streams of events

	SimulatedCloud bool   // machines are simulated, and every page says so
	SampleZone     string // below which host names can be tried out; empty: none is named
}

// Server answers all requests of the console.
type Server struct {
	store       *store.Store
	log         *slog.Logger
	webauthn    *webauthn.WebAuthn // nil where there can be no passkeys
	public      *url.URL           // where one-time links lead
	provider    *provider          // of single sign-on; nil where there is none
	cloud       Zones              // nil: no machines are built
	demo        bool
	simulated   bool   // the cloud
	sampleZone  string // named in the form of a new deployment
	parseImport ImportParser
	dev         bool
	secure      bool // reached by TLS: cookies say so
	draining    atomic.Bool
	document    *apiDocument
	limits      Streams
	hub         *hub
	echo        *echo.Echo
}

const requestTimeout = 15 * time.Second

// New builds the server. It fails for a route without a permission.
func New(cfg Config) (*Server, error) {
	public := cfg.PublicURL
	if public == nil {
		public = &url.URL{Scheme: "http", Host: "localhost"}
	}
	relying, err := newWebAuthn(public)
	if err != nil {
		return nil, fmt.Errorf("handlers: passkeys: %w", err)
	}
	s := &Server{
		store: cfg.Store, log: cfg.Log, webauthn: relying, cloud: cfg.Cloud, demo: cfg.Demo, simulated: cfg.SimulatedCloud, sampleZone: cfg.SampleZone,
		parseImport: cfg.Parse, dev: cfg.Dev,
		secure: cfg.PublicURL != nil && cfg.PublicURL.Scheme == "https",
		public: cfg.PublicURL,
		limits: cfg.Streams.orUsual(),
		echo:   echo.New(),
	}
	s.hub = newHub(s.limits.PerSession, s.limits.PerProcess)
	if s.public == nil {
		s.public = &url.URL{Scheme: "http", Host: "localhost"}
	}
	if cfg.SingleSignOn != nil {
		s.provider = newProvider(*cfg.SingleSignOn, s.public.JoinPath(ssoCallback).String())
	}
	s.echo.HideBanner = true
	s.echo.HidePort = true
	s.echo.IPExtractor = visitors(cfg.Proxies)
	s.echo.HTTPErrorHandler = s.fail
	s.echo.Pre(s.logged, s.recovered, secured(cfg), hosts(cfg.PublicURL), sameOrigin(), limited, bounded(requestTimeout))
	compress, err := compressed()
	if err != nil {
		return nil, err
	}
	s.echo.Use(compress)
	if err := s.register(s.routes()); err != nil {
		return nil, err
	}
	if s.document, err = newDocument(s.apiRoutes()); err != nil {
		return nil, err
	}
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Drain makes the server say that it is not ready, so that a balancer sends nobody here any more, and ends the streams of
// events: they would go on for ever.
func (s *Server) Drain() {
	s.draining.Store(true)
	s.hub.shut()
}

const wholeKey = "whole"

// wholeRequest lasts as long as somebody listens to the answer, however long that is.
func wholeRequest(c echo.Context) context.Context {
	if ctx, ok := c.Get(wholeKey).(context.Context); ok {
		return ctx
	}
	return c.Request().Context()
}

// bounded gives each request's work a deadline. Echo's own Timeout middleware mixes up responses; a context does not.
func bounded(d time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			asked := c.Request()
			c.Set(wholeKey, asked.Context())
			ctx, cancel := context.WithTimeout(asked.Context(), d)
			defer cancel()
			// An error page is drawn after this: by then our deadline is cancelled, and must not look as if the asker had gone.
			// The form that was read stays: some of those pages show it.
			defer func() { c.SetRequest(c.Request().WithContext(asked.Context())) }()
			c.SetRequest(asked.WithContext(ctx))
			return next(c)
		}
	}
}
