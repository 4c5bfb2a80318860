package handlers

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

// SingleSignOn says which provider of OpenID Connect is trusted, and how.
type SingleSignOn struct {
	Issuer       string // its URL, under which it describes itself
	ClientID     string
	ClientSecret string
	Name         string                  // on the button: "Sign in with …"
	GroupsClaim  string                  // in which the provider lists a person's groups
	Groups       map[string]access.Roles // the roles of each group; nil: roles are given in the console
}

// ssoCallback is the path to which the provider sends people back.
const ssoCallback = "/login/sso/callback"

// Bounds on what the provider may cost.
const (
	providerTimeout = 5 * time.Second
	maxProviderBody = 1 << 20
)

// provider is the trusted provider as this process knows it. It is asked about itself at the first sign-in, and again as
// long as it does not answer: the console serves whether the provider does or not.
type provider struct {
	SingleSignOn
	callback string // where it sends people back to
	client   *http.Client

	mu    sync.Mutex
	known *oidc.Provider
}

func newProvider(cfg SingleSignOn, callback string) *provider {
	return &provider{
		SingleSignOn: cfg, callback: callback,
		client: &http.Client{Timeout: providerTimeout, Transport: boundedTransport{http.DefaultTransport}},
	}
}

// boundedTransport reads no more of an answer than maxProviderBody.
type boundedTransport struct{ http.RoundTripper }

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, maxProviderBody), response.Body}
	}
	return response, err
}

// config describes the console to the provider.
func (p *provider) config(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		known, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer)
		if err != nil {
			return nil, nil, fmt.Errorf("single sign-on: %s does not describe itself: %w", p.Issuer, err)
		}
		p.known = known
	}
	return p.known, &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: p.known.Endpoint(), RedirectURL: p.callback,
		Scopes: p.scopes(),
	}, nil
}

// scopes asks for groups by their own scope where roles come from them: providers that do not know it leave it out.
func (p *provider) scopes() []string {
	scopes := []string{oidc.ScopeOpenID, "profile", "email"}
	if p.Groups != nil {
		scopes = append(scopes, "groups")
	}
	return scopes
}

// errand is what a sign-in keeps while the person is at the provider.
type errand struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"` // of PKCE
	Next     string    `json:"next"`
	Began    time.Time `json:"began"`
}

// address is where the person is sent. fresh asks the provider for a proof made now, not for one of this morning.
func (p *provider) address(ctx context.Context, e errand, fresh bool) (string, error) {
	_, config, err := p.config(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(e.Nonce), oauth2.S256ChallengeOption(e.Verifier)}
	if fresh {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return config.AuthCodeURL(e.State, options...), nil
}

// vouched is what the provider says of somebody.
type vouched struct {
	store.Identity
	AuthTime time.Time // when the person proved who it is there; zero where the provider does not say
}

// exchange turns the code that the person came back with into what the provider says, checked in every respect: signature,
// issuer, audience, end, nonce, and that the e-mail is verified.
func (p *provider) exchange(ctx context.Context, code string, e errand) (vouched, error) {
	known, config, err := p.config(ctx)
	if err != nil {
		return vouched{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	tokens, err := config.Exchange(ctx, code, oauth2.VerifierOption(e.Verifier))
	if err != nil {
		return vouched{}, fmt.Errorf("the code was not taken: %w", err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return vouched{}, errors.New("the provider sent no ID token")
	}
	token, err := known.Verifier(&oidc.Config{ClientID: p.ClientID, Now: now}).Verify(ctx, raw)
	if err != nil {
		return vouched{}, err
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(e.Nonce)) != 1 {
		return vouched{}, errors.New("the ID token belongs to another sign-in")
	}
	return p.vouch(token)
}

// vouch reads the claims of a token that is right.
func (p *provider) vouch(token *oidc.IDToken) (vouched, error) {
	var claims struct {
		Email         string `json:"email"`
		EmailVerified any    `json:"email_verified"` // some providers send a text
		Name          string `json:"name"`
		Party         string `json:"azp"`
		AuthTime      int64  `json:"auth_time"`
	}
	if err := token.Claims(&claims); err != nil {
		return vouched{}, err
	}
	if claims.Party != "" && claims.Party != p.ClientID || claims.Party == "" && len(token.Audience) > 1 {
		return vouched{}, errors.New("the ID token was made for another program")
	}
	if token.Subject == "" || claims.Email == "" || claims.EmailVerified != true && claims.EmailVerified != "true" {
		return vouched{Identity: store.Identity{Email: claims.Email}}, errUnverified
	}
	v := vouched{Identity: store.Identity{
		Issuer: p.Issuer, Subject: token.Subject, Email: claims.Email, Name: claims.Name, Managed: p.Groups != nil,
	}}
	if claims.AuthTime > 0 {
		v.AuthTime = time.Unix(claims.AuthTime, 0)
	}
	var err error
	v.Roles, err = p.rolesOf(token)
	return v, err
}

var errUnverified = errors.New("the provider has not verified the e-mail")

// rolesOf adds up the roles of the person's groups. Groups that nobody gave a role count for nothing.
func (p *provider) rolesOf(token *oidc.IDToken) (access.Roles, error) {
	if p.Groups == nil {
		return 0, nil
	}
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		return 0, err
	}
	var roles access.Roles
	for group, granted := range p.Groups {
		switch listed := claims[p.GroupsClaim].(type) {
		case string:
			if listed == group {
				roles |= granted
			}
		case []any:
			if slices.Contains(listed, any(group)) {
				roles |= granted
			}
		}
	}
	return roles, nil
}
