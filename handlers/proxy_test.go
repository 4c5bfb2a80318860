package handlers_test

import (
	"net"
	"net/http"
	"testing"

	"arcadia.example/console/handlers"
)

// What X-Forwarded-For says counts only as far as the named proxies wrote it.
func TestForgedForwardedFor(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	_, proxies, _ := net.ParseCIDR("10.1.0.0/16")
	behind := c.serve(c.store, handlers.Config{Proxies: []*net.IPNet{proxies}})
	for _, at := range []struct {
		name, from, said, want string
		server                 http.Handler
	}{
		{"no proxy is named", "192.0.2.9", "198.51.100.1", "192.0.2.9", c.Server},
		{"no proxy is named, from this machine", "127.0.0.1", "198.51.100.2", "127.0.0.1", c.Server},
		{"from the proxy", "10.1.2.3", "198.51.100.3", "198.51.100.3", behind},
		{"through two proxies", "10.1.2.3", "198.51.100.4, 10.1.9.9", "198.51.100.4", behind},
		{"forged before the proxy", "10.1.2.3", "203.0.113.66, 198.51.100.5", "198.51.100.5", behind},
		{"from somebody else", "192.0.2.8", "198.51.100.6", "192.0.2.8", behind},
		{"from another private address", "10.2.0.1", "198.51.100.7", "10.2.0.1", behind},
		{"from this machine", "127.0.0.1", "198.51.100.8", "127.0.0.1", behind},
		{"no address", "10.1.2.3", "<script>", "10.1.2.3", behind},
	} {
		a := c.send(at.server, http.MethodPost, "/login", "email=nobody%40arcadia.test&password=x&next=", header("X-Forwarded-For", at.said),
			header("X-Real-Ip", "203.0.113.99"), header("X-Forwarded-Host", "evil.example"), header("X-Forwarded-Proto", "https"),
			func(r *http.Request) { r.RemoteAddr = net.JoinHostPort(at.from, "4711") })
		c.wants(a, http.StatusUnauthorized)
		var got string
		if err := c.owner.QueryRowContext(t.Context(), `SELECT address FROM activity ORDER BY id DESC LIMIT 1`).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != at.want {
			t.Errorf("%s: %s, not %s", at.name, got, at.want)
		}
		if a.header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: what the header says of TLS is believed", at.name)
		}
	}
}
