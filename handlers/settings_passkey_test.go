package handlers_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"

	"arcadia.example/console/access"
	"arcadia.example/console/store"
)

// device is an authenticator in software, for one site.
type device struct {
	origin, site string
	id           []byte
	verified     bool // asks its person for finger or PIN
	key          *ecdsa.PrivateKey
}

func newDevice() device {
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // only without random numbers
	}
	return device{origin: "http://localhost:8080", site: "localhost", id: id, verified: true, key: key}
}

var raw64 = base64.RawURLEncoding

// register answers a challenge with a new credential, as a browser would send it.
func (d device) register(t *testing.T, challenge string) string {
	t.Helper()
	client, err := json.Marshal(map[string]any{"type": "webauthn.create", "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	if err != nil {
		t.Fatal(err)
	}
	attestation, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": d.data(t)})
	if err != nil {
		t.Fatal(err)
	}
	id := raw64.EncodeToString(d.id)
	answer, err := json.Marshal(map[string]any{
		"id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform", "clientExtensionResults": map[string]any{},
		"response": map[string]any{
			"clientDataJSON": raw64.EncodeToString(client), "attestationObject": raw64.EncodeToString(attestation), "transports": []string{"internal"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// data is what the authenticator says of itself and of its key.
func (d device) data(t *testing.T) []byte {
	t.Helper()
	point, err := d.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	public := coseKey(t, point)
	site := sha256.Sum256([]byte(d.site))
	flags := byte(0x41) // a person was there; a credential follows
	if d.verified {
		flags |= 0x04
	}
	out := append(site[:], flags, 0, 0, 0, 0)
	out = append(out, make([]byte, 16)...)
	out = binary.BigEndian.AppendUint16(out, uint16(len(d.id)))
	return append(append(out, d.id...), public...)
}

// coseKey is a public key as authenticators write it.
func coseKey(t *testing.T, point []byte) []byte {
	t.Helper()
	key, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// challenge asks for a challenge and keeps the cookie that leads back to it.
func (m *member) challenge() (challenge string, back change, page answer) {
	m.t.Helper()
	page = m.postJSON("/settings/me/passkeys/begin", "{}")
	m.wants(page, http.StatusOK)
	var options struct {
		Challenge string `json:"challenge"`
	}
	if err := json.Unmarshal([]byte(page.body), &options); err != nil {
		m.t.Fatal(err)
	}
	cookie, _, _ := strings.Cut(page.header.Get("Set-Cookie"), ";")
	return options.Challenge, header("Cookie", m.cookie+"; "+cookie), page
}

func (m *member) finish(label, credential string, back change) answer {
	m.t.Helper()
	body, err := json.Marshal(map[string]any{"label": label, "credential": json.RawMessage(credential)})
	if err != nil {
		m.t.Fatal(err)
	}
	return m.postJSON("/settings/me/passkeys/finish", string(body), back)
}

func TestPasskeyIsAddedAndRemoved(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Support)
	d := newDevice()
	challenge, back, page := m.challenge()
	for _, want := range []string{`"residentKey":"required"`, `"userVerification":"required"`, `"id":"localhost"`, `"name":"ada@example.com"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the challenge has no %s: %s", want, page.body)
		}
	}
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Max-Age=300"} {
		if cookie := page.header.Get("Set-Cookie"); !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q has no %s", cookie, want)
		}
	}
	credential := d.register(t, challenge)
	m.wants(m.finish("  My\x00 laptop\n", credential, back), http.StatusOK, `"next":"/settings/me"`)
	m.wants(m.open("/settings/me"), http.StatusOK, "My laptop", "never used")
	m.wants(m.finish("Again", credential, back), http.StatusUnprocessableEntity, "took too long, or was used before")

	// The next challenge tells the device what it has already.
	if _, _, page := m.challenge(); !strings.Contains(page.body, raw64.EncodeToString(d.id)) {
		t.Error("the device could be added twice")
	}
	stranger := m.member("sam@example.com", access.Support)
	id := raw64.EncodeToString(d.id)
	m.wants(stranger.post("/settings/me/passkeys/remove", "passkey", id), http.StatusNotFound)
	m.wants(m.post("/settings/me/passkeys/remove", "passkey", "?"), http.StatusNotFound)
	if m.person().Passkeys != 1 {
		t.Fatal("somebody else removed it")
	}
	m.wants(m.post("/settings/me/passkeys/remove", "passkey", id), http.StatusSeeOther)
	if m.person().Passkeys != 0 {
		t.Error("it is still there")
	}
}

func TestPasskeysOfNobodyElseFit(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Support)
	challenge, back, _ := m.challenge()
	sam := m.member("sam@example.com", access.Support)
	_, _, theirs := sam.challenge()
	cookie, _, _ := strings.Cut(theirs.header.Get("Set-Cookie"), ";")
	m.wants(m.finish("x", newDevice().register(t, challenge), header("Cookie", m.cookie)), http.StatusUnprocessableEntity)
	m.wants(m.finish("x", newDevice().register(t, challenge), header("Cookie", m.cookie+"; "+cookie)), http.StatusUnprocessableEntity)
	m.wants(m.finish("x", newDevice().register(t, raw64.EncodeToString(make([]byte, 32))), back), http.StatusUnprocessableEntity, "does not fit")

	for name, bend := range map[string]func(*device){
		"another origin": func(d *device) { d.origin = "http://evil.example" }, "another site": func(d *device) { d.site = "evil.example" },
		"nobody verified": func(d *device) { d.verified = false },
	} {
		d := newDevice()
		bend(&d)
		challenge, back, _ := m.challenge()
		if a := m.finish("x", d.register(t, challenge), back); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if m.person().Passkeys != 0 || sam.person().Passkeys != 0 {
		t.Error("a passkey was stored")
	}

	// The same credential for two people: whoever came first keeps it.
	d := newDevice()
	challenge, back, _ = m.challenge()
	m.wants(m.finish("Mine", d.register(t, challenge), back), http.StatusOK)
	challenge, back, _ = sam.challenge()
	if a := sam.finish("Mine too", d.register(t, challenge), back); a.status != http.StatusUnprocessableEntity || sam.person().Passkeys != 0 {
		t.Errorf("%d: %.300s", a.status, a.body)
	}
}

func TestPasskeyBodiesThatAreNone(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Support)
	for body, status := range map[string]int{
		"": http.StatusBadRequest, "[]": http.StatusBadRequest, `{"label":1}`: http.StatusBadRequest, `{"role":"admin"}`: http.StatusBadRequest,
		`{} {}`: http.StatusBadRequest, strings.Repeat(" ", 2<<20): http.StatusRequestEntityTooLarge,
		`{"label":"x","credential":{}}`: http.StatusUnprocessableEntity,
	} {
		if a := m.postJSON("/settings/me/passkeys/finish", body); a.status != status {
			t.Errorf("%.40q: %d, want %d", body, a.status, status)
		}
	}
	for _, body := range []string{`{"label":"x","credential":{}}`, `{"label":"x","credential":"no"}`, `{"label":"x"}`} {
		_, back, _ := m.challenge()
		m.wants(m.postJSON("/settings/me/passkeys/finish", body, back), http.StatusBadRequest)
	}
	m.wants(m.post("/settings/me/passkeys/finish", "label", "x"), http.StatusUnsupportedMediaType)
}

func TestAnAdminSeesPasskeysOfOthers(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Admin)
	sam := m.member("sam@example.com", access.Support)
	key := store.Passkey{ID: []byte("key"), Label: "Sam's phone", Credential: []byte("{}")}
	if err := m.store.AddPasskey(t.Context(), sam.person(), key, ""); err != nil {
		t.Fatal(err)
	}
	m.wants(m.open(sam.of("")), http.StatusOK, "Sam&#39;s phone", "1 passkey, app", "Passkey added")
	m.wants(m.open("/settings/staff"), http.StatusOK, "1 passkey, app")
}
