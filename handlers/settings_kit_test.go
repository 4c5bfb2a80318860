package handlers_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"

	"arcadia.example/console/access"
	"arcadia.example/console/handlers"
	"arcadia.example/console/store"
)

const (
	memberPassword = "correct horse battery"
	memberSecret   = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" // of every member's authenticator app
)

// member is somebody who works with the console, signed in, with an authenticator app.
type member struct {
	*console
	email  string
	cookie string // name and value of the session's cookie
}

// member invites somebody and signs in with the invitation.
func (c *console) member(email string, roles access.Roles) *member {
	c.t.Helper()
	by := access.Actor{Kind: access.System, ID: "test", Name: "Test"}
	person, link, err := c.store.InviteStaff(c.t.Context(), by, store.NewStaff{Email: email, Name: "Somebody " + email, Roles: roles}, "")
	if err != nil {
		c.t.Fatal(err)
	}
	hash, err := handlers.HashPassword(memberPassword)
	if err != nil {
		c.t.Fatal(err)
	}
	token, err := c.store.UseLink(c.t.Context(), link, hash, store.Browser{Device: "Firefox on Linux", Address: "192.0.2.7"})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.store.SetTOTP(c.t.Context(), person, memberSecret, nil, ""); err != nil {
		c.t.Fatal(err)
	}
	return &member{console: c, email: email, cookie: "arcadia_session=" + token.String()}
}

// settled is a console with one member who has the roles.
func settled(t *testing.T, roles access.Roles) *member {
	t.Helper()
	return newConsole(t).member("ada@example.com", roles)
}

// person is the member as stored now.
func (m *member) person() store.Staff {
	m.t.Helper()
	person, err := m.store.FindStaff(m.t.Context(), m.email)
	if err != nil {
		m.t.Fatal(err)
	}
	return person
}

// token is that of the member's session.
func (m *member) token() store.Token {
	m.t.Helper()
	_, text, _ := strings.Cut(m.cookie, "=")
	token, ok := store.ParseToken(text)
	if !ok {
		m.t.Fatalf("%q is no token", text)
	}
	return token
}

// again signs the same person in at another browser.
func (m *member) again() *member {
	m.t.Helper()
	token, err := m.store.SignIn(m.t.Context(), m.person().ID, store.ByPassword, store.Browser{Device: "Safari on iPhone", Address: "192.0.2.8"}, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	return &member{console: m.console, email: m.email, cookie: "arcadia_session=" + token.String()}
}

// alive reports whether the session still counts.
func (m *member) alive() bool {
	m.t.Helper()
	_, err := m.store.LookUpSession(m.t.Context(), m.token())
	return err == nil
}

func (m *member) send(method, path, body string, changes ...change) answer {
	m.t.Helper()
	r := httptest.NewRequestWithContext(m.t.Context(), method, path, strings.NewReader(body))
	r.Host = "localhost:8080"
	r.Header.Set("Cookie", m.cookie)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, change := range changes {
		change(r)
	}
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	result := w.Result()
	text, err := io.ReadAll(result.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return answer{result.StatusCode, result.Header, string(text)}
}

func (m *member) open(path string) answer { return m.send(http.MethodGet, path, "") }

// post sends a form: names and values in turn.
func (m *member) post(path string, fields ...string) answer {
	m.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return m.send(http.MethodPost, path, form.Encode())
}

// postJSON sends what the page's script sends.
func (m *member) postJSON(path, body string, changes ...change) answer {
	m.t.Helper()
	return m.send(http.MethodPost, path, body, append([]change{header("Content-Type", "application/json")}, changes...)...)
}

// value reads one value as the owner of the tables.
func (c *console) value(query string, args ...any) string {
	c.t.Helper()
	var v string
	if err := c.owner.QueryRowContext(c.t.Context(), query, args...).Scan(&v); err != nil {
		c.t.Fatalf("%s: %v", query, err)
	}
	return v
}

// code is what the authenticator app with the secret shows now.
func code(t *testing.T, secret string) string {
	t.Helper()
	text, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// first is what the pattern's first group finds.
func first(t *testing.T, pattern, text string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("there is no %s in %.2000s", pattern, text)
	}
	return found[1]
}

// linkIn is the one-time link that a page shows.
func linkIn(t *testing.T, page answer) store.Token {
	t.Helper()
	token, ok := store.ParseToken(first(t, `http://localhost:8080/welcome/([\w-]{43})<`, page.body))
	if !ok {
		t.Fatal("the link has no token")
	}
	return token
}

var otherID = uuid.MustParse("01933f2e-7c41-7d1a-9b0e-5f2c8a6d1e99")
