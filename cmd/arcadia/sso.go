package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"arcadia.example/console/access"
	"arcadia.example/console/handlers"
)

// singleSignOn reads which provider of OpenID Connect is trusted; nil where none is named.
func singleSignOn(env getenv) (*handlers.SingleSignOn, error) {
	sso := handlers.SingleSignOn{
		Issuer: env("ARCADIA_OIDC_ISSUER"), ClientID: env("ARCADIA_OIDC_CLIENT_ID"), ClientSecret: env("ARCADIA_OIDC_CLIENT_SECRET"),
		Name: env("ARCADIA_OIDC_NAME"), GroupsClaim: env("ARCADIA_OIDC_GROUPS_CLAIM"),
	}
	if sso.Issuer == "" {
		for _, name := range []string{"ARCADIA_OIDC_CLIENT_ID", "ARCADIA_OIDC_CLIENT_SECRET", "ARCADIA_OIDC_GROUPS"} {
			if env(name) != "" {
				return nil, fmt.Errorf("%s is set, but ARCADIA_OIDC_ISSUER is not: single sign-on needs both", name)
			}
		}
		return nil, nil //nolint:nilnil // no provider, and no error
	}
	issuer, err := url.Parse(sso.Issuer)
	if err != nil || issuer.Host == "" || issuer.Scheme != "https" && !isLocal(issuer) {
		return nil, fmt.Errorf("ARCADIA_OIDC_ISSUER %q is not a URL like https://login.example.com", sso.Issuer)
	}
	if sso.ClientID == "" {
		return nil, errors.New("ARCADIA_OIDC_CLIENT_ID is missing: the name under which the provider knows this console")
	}
	if sso.Name == "" {
		sso.Name = issuer.Hostname()
	}
	if sso.GroupsClaim == "" {
		sso.GroupsClaim = "groups"
	}
	sso.Groups, err = parseGroups(env("ARCADIA_OIDC_GROUPS"))
	return &sso, err
}

// isLocal allows a provider without TLS on this very machine.
func isLocal(u *url.URL) bool {
	return u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
}

// parseGroups reads "cloud-admins=admin,cloud-billing=billing+support"; nil for an empty text.
func parseGroups(text string) (map[string]access.Roles, error) {
	if text == "" {
		return nil, nil
	}
	groups := map[string]access.Roles{}
	for _, pair := range strings.Split(text, ",") {
		group, names, ok := strings.Cut(pair, "=")
		roles, err := access.ParseRoles(strings.ReplaceAll(strings.TrimSpace(names), "+", ","))
		if group = strings.TrimSpace(group); !ok || group == "" || err != nil || roles == 0 {
			return nil, fmt.Errorf("ARCADIA_OIDC_GROUPS: %q is not of the form group=role or group=role+role, with the roles viewer, support, billing, operator, admin", pair)
		}
		groups[group] |= roles
	}
	return groups, nil
}
