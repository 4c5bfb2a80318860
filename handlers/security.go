package handlers

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// maxBody is the largest request body, in bytes.
const maxBody = 1 << 20

// policy lets the page load its own scripts, styles, fonts and pictures, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; worker-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secured sets what browsers are to hold themselves to. Pages are never stored; what is cached for good says so itself.
func secured(cfg Config) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			h.Set("Content-Security-Policy", policy)
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("X-Frame-Options", "DENY")
			h.Set("Referrer-Policy", "same-origin")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
			h.Set("Cache-Control", "no-store")
			if cfg.PublicURL != nil && cfg.PublicURL.Scheme == "https" {
				h.Set("Strict-Transport-Security", "max-age=31536000")
			}
			return next(c)
		}
	}
}

// hosts lets in requests for the console's own name alone: a foreign name that leads here (DNS rebinding) gets nothing.
// X-Forwarded-Host is not looked at.
func hosts(public *url.URL) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if !ownHost(c.Request().Host, public) {
				return failure{status: http.StatusBadRequest, text: "This console does not answer under that host name."}
			}
			return next(c)
		}
	}
}

// visitors tells from where a request comes. X-Forwarded-For is believed only as far as it was written by the proxies that
// are named; without any, the other end of the connection counts.
func visitors(proxies []*net.IPNet) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	// Echo would also believe whoever comes from a private or local address.
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, network := range proxies {
		trust = append(trust, echo.TrustIPRange(network))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

func ownHost(hostport string, public *url.URL) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if public != nil {
		return strings.EqualFold(host, public.Hostname()) || isLoopback(host)
	}
	return isLoopback(host)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// sameOrigin refuses what another site, or another subdomain, makes a browser send.
func sameOrigin() echo.MiddlewareFunc {
	protection := http.NewCrossOriginProtection()
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := protection.Check(c.Request()); err != nil {
				return failure{status: http.StatusForbidden, text: "This request came from another site. Nothing was changed.", cause: err}
			}
			return next(c)
		}
	}
}

// limited refuses bodies over maxBody, announced or not.
func limited(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength > maxBody {
			return failure{status: http.StatusRequestEntityTooLarge, text: "This is more than 1 MB."}
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, maxBody)
		return next(c)
	}
}
