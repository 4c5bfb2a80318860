package handlers

import (
	"cmp"
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

	Timeout  time.Duration // within which the provider answers or is given up; 0: 5 s
	Patience time.Duration // of visitors who wait for its first answer, from when that was asked for; 0: 1 s
}

// ssoCallback is the path to which the provider sends people back.
const ssoCallback = "/login/sso/callback"

// maxProviderBody bounds how much of an answer of the provider is read.
const maxProviderBody = 1 << 20

// provider is the trusted provider as this process knows it. It is asked about itself at the first sign-in, and again as
// long as it does not answer: the console serves whether the provider does or not.
type provider struct {
	SingleSignOn
	callback string // where it sends people back to
	client   *http.Client

	mu      sync.Mutex
	known   *oidc.Provider
	inquiry *inquiry // under way; nil: none is
}

// inquiry asks the provider about itself, once for all who wait for it.
type inquiry struct {
	began time.Time
	done  chan struct{} // closed when known or err is set
	known *oidc.Provider
	err   error
}

func newProvider(cfg SingleSignOn, callback string) *provider {
	cfg.Timeout, cfg.Patience = cmp.Or(cfg.Timeout, 5*time.Second), cmp.Or(cfg.Patience, time.Second)
	return &provider{
		SingleSignOn: cfg, callback: callback,
		client: &http.Client{Timeout: cfg.Timeout, Transport: boundedTransport{http.DefaultTransport}},
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

// description is how the provider describes itself. As long as that is not known, one inquiry at a time goes out, whoever
// asks. A provider that hangs makes nobody wait in turn: once an inquiry is older than Patience, everybody is answered at once
// until it has ended.
func (p *provider) description(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	known, asked := p.known, p.inquiry
	if known == nil && asked == nil {
		asked = &inquiry{began: time.Now(), done: make(chan struct{})}
		p.inquiry = asked
		go p.inquire(asked)
	}
	p.mu.Unlock()
	if known != nil {
		return known, nil
	}
	patience := time.NewTimer(time.Until(asked.began.Add(p.Patience)))
	defer patience.Stop()
	select {
	case <-asked.done:
		return asked.known, asked.err
	case <-patience.C:
		return nil, fmt.Errorf("single sign-on: %s has not described itself yet", p.Issuer)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// inquire ends within Timeout. It is nobody's request: who began it may go.
func (p *provider) inquire(asked *inquiry) {
	known, err := oidc.NewProvider(oidc.ClientContext(context.Background(), p.client), p.Issuer)
	if err != nil {
		asked.err = fmt.Errorf("single sign-on: %s does not describe itself: %w", p.Issuer, err)
	}
	asked.known = known
	p.mu.Lock()
	p.known, p.inquiry = known, nil
	p.mu.Unlock()
	close(asked.done)
}

// config describes the console to the provider.
func (p *provider) config(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	known, err := p.description(ctx)
	if err != nil {
		return nil, nil, err
	}
	return known, &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: known.Endpoint(), RedirectURL: p.callback,
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
	Link     bool      `json:"link"` // not to sign in or to prove who it is, but to link the account
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

// exchange turns the code that the person came back with into what the provider says, checked in every respect: signature,
// issuer, audience, end, nonce, and that the e-mail is verified.
func (p *provider) exchange(ctx context.Context, code string, e errand) (store.Identity, error) {
	known, config, err := p.config(ctx)
	if err != nil {
		return store.Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	tokens, err := config.Exchange(ctx, code, oauth2.VerifierOption(e.Verifier))
	if err != nil {
		return store.Identity{}, fmt.Errorf("the code was not taken: %w", err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return store.Identity{}, errors.New("the provider sent no ID token")
	}
	token, err := known.Verifier(&oidc.Config{ClientID: p.ClientID, Now: now}).Verify(ctx, raw)
	if err != nil {
		return store.Identity{}, err
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(e.Nonce)) != 1 {
		return store.Identity{}, errors.New("the ID token belongs to another sign-in")
	}
	return p.vouch(token)
}

// vouch reads the claims of a token that is right.
func (p *provider) vouch(token *oidc.IDToken) (store.Identity, error) {
	var claims struct {
		Email         string `json:"email"`
		EmailVerified any    `json:"email_verified"` // some providers send a text
		Name          string `json:"name"`
		Party         string `json:"azp"`
		AuthTime      int64  `json:"auth_time"`
	}
	if err := token.Claims(&claims); err != nil {
		return store.Identity{}, err
	}
	if claims.Party != "" && claims.Party != p.ClientID || claims.Party == "" && len(token.Audience) > 1 {
		return store.Identity{}, errors.New("the ID token was made for another program")
	}
	if token.Subject == "" || claims.Email == "" || claims.EmailVerified != true && claims.EmailVerified != "true" {
		return store.Identity{Email: claims.Email}, errUnverified
	}
	who := store.Identity{Issuer: p.Issuer, Subject: token.Subject, Email: claims.Email, Name: claims.Name, Managed: p.Groups != nil}
	if claims.AuthTime > 0 {
		who.ProvedAt = time.Unix(claims.AuthTime, 0)
	}
	var err error
	who.Roles, err = p.rolesOf(token)
	return who, err
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
