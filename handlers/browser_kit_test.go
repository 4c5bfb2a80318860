package handlers_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

// browser keeps cookies as one does.
type browser struct {
	*console
	server  http.Handler
	cookies map[string]string
	address string
}

// browser opens one at an address of its own, on the console's first server.
func (c *console) browser(address string) *browser {
	return &browser{console: c, server: c.Server, cookies: map[string]string{}, address: address}
}

// do sends a form, or with nil asks for a page, and keeps the cookies of the answer.
func (b *browser) do(method, path string, form url.Values, changes ...change) answer {
	b.t.Helper()
	return b.raw(method, path, form.Encode(), changes...)
}

func (b *browser) raw(method, path, body string, changes ...change) answer {
	b.t.Helper()
	own := func(r *http.Request) {
		r.RemoteAddr = b.address + ":40000"
		r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
		for name, value := range b.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
	}
	a := b.send(b.server, method, path, body, append([]change{own}, changes...)...)
	for _, line := range a.header.Values("Set-Cookie") {
		cookie, err := http.ParseSetCookie(line)
		if err != nil {
			b.t.Fatal(err)
		}
		if cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
		} else {
			b.cookies[cookie.Name] = cookie.Value
		}
	}
	return a
}

func (b *browser) page(path string, changes ...change) answer {
	b.t.Helper()
	return b.do(http.MethodGet, path, nil, changes...)
}

// post sends a form: names and values in turn.
func (b *browser) post(path string, fields ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.do(http.MethodPost, path, form)
}

// script sends what a script of the page sends.
func (b *browser) script(path string, body any) answer {
	b.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.raw(http.MethodPost, path, string(text), header("Content-Type", "application/json"), header("Accept", "application/json"))
}

// login types e-mail and password.
func (b *browser) login(email, word string) answer {
	b.t.Helper()
	return b.post("/login", "email", email, "password", word, "next", "/deployments")
}

// signedIn opens a browser in which the person with the role is signed in, with fresh proof.
func (c *console) signedIn(role string) *browser {
	c.t.Helper()
	b := c.browser("192.0.2.50")
	name, value, _ := strings.Cut(c.cookie(role), "=")
	b.cookies[name] = value
	return b
}

// leads expects a redirect.
func (c *console) leads(a answer, want string) {
	c.t.Helper()
	if got := a.header.Get("Location"); a.status != http.StatusSeeOther || got != want {
		c.t.Errorf("%d to %q, want 303 to %q: %.300s", a.status, got, want, a.body)
	}
}

// owns runs SQL as the owner of the tables.
func (c *console) owns(query string, args ...any) {
	c.t.Helper()
	if _, err := c.owner.ExecContext(c.t.Context(), query, args...); err != nil {
		c.t.Fatalf("%s: %v", query, err)
	}
}

// staffOf is the person with the role, who is made at the first asking.
func (c *console) staffOf(role string) store.Staff {
	c.t.Helper()
	c.cookie(role)
	person, err := c.store.FindStaff(c.t.Context(), role+"@arcadia.test")
	if err != nil {
		c.t.Fatal(err)
	}
	return person
}

// give adds a passkey to a person, and returns the device that has it.
func (c *console) give(person store.Staff) device {
	c.t.Helper()
	d := newDevice()
	point, err := d.key.PublicKey.Bytes()
	if err != nil {
		c.t.Fatal(err)
	}
	credential, err := json.Marshal(map[string]any{
		"id": d.id, "publicKey": coseKey(c.t, point), "attestationType": "none",
		"flags": map[string]bool{"userPresent": true, "userVerified": true}, "authenticator": map[string]any{"AAGUID": make([]byte, 16), "signCount": 1},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.store.AddPasskey(c.t.Context(), person, store.Passkey{ID: d.id, Label: "Key", Credential: credential}, ""); err != nil {
		c.t.Fatal(err)
	}
	return d
}

// sign answers a challenge, for the person with the handle, as a browser would send it.
func (d device) sign(t *testing.T, challenge string, handle uuid.UUID, count uint32) json.RawMessage {
	t.Helper()
	client, err := json.Marshal(map[string]any{"type": "webauthn.get", "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	if err != nil {
		t.Fatal(err)
	}
	site := sha256.Sum256([]byte(d.site))
	flags := byte(0x01)
	if d.verified {
		flags |= 0x04
	}
	data := binary.BigEndian.AppendUint32(append(site[:], flags), count)
	clientSum := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, data...), clientSum[:]...))
	signature, err := d.key.Sign(rand.Reader, sum[:], nil)
	if err != nil {
		t.Fatal(err)
	}
	id := raw64.EncodeToString(d.id)
	answer, err := json.Marshal(map[string]any{
		"id": id, "rawId": id, "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{
			"clientDataJSON": raw64.EncodeToString(client), "authenticatorData": raw64.EncodeToString(data),
			"signature": raw64.EncodeToString(signature), "userHandle": raw64.EncodeToString(handle[:]),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// challengeIn is the challenge that a page's script got.
func challengeIn(t *testing.T, a answer) string {
	t.Helper()
	var options struct {
		Challenge string `json:"challenge"`
	}
	if err := json.Unmarshal([]byte(a.body), &options); err != nil || options.Challenge == "" {
		t.Fatalf("no challenge: %d %.300s", a.status, a.body)
	}
	return options.Challenge
}

// somebodyElse is one more person with the roles.
func (c *console) somebodyElse(email string, roles access.Roles) store.Staff {
	c.t.Helper()
	return c.employ(somebody{email, "Somebody Else", roles})
}
