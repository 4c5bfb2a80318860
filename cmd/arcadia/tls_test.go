package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/internal/demo"
)

// writeCertificate puts a new pair of files for localhost in place, with a serial number to know it by.
func writeCertificate(t *testing.T, dir string, serial int64) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{keyFile: {Type: "PRIVATE KEY", Bytes: der}, certFile: {Type: "CERTIFICATE", Bytes: cert}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// serial is that of the certificate which the console shows.
func serial(t *testing.T, address string) int64 {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestTLSByCertificateFiles(t *testing.T) {
	t.Parallel()
	dir, w := t.TempDir(), newWorld(t)
	w.tenant("Northwind")
	env := environmentFor(w.db)
	env["ARCADIA_TLS_CERT"], env["ARCADIA_TLS_KEY"] = writeCertificate(t, dir, 1)
	c := startConsole(t, env)
	if !strings.HasPrefix(c.base, "https://localhost:") {
		t.Fatalf("it serves at %s", c.base)
	}
	pool := x509.NewCertPool()
	file, err := os.ReadFile(env["ARCADIA_TLS_CERT"])
	if err != nil || !pool.AppendCertsFromPEM(file) {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	form := url.Values{"email": {demo.People[0].ID}, "password": {demo.Password}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.base+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if cookies := response.Cookies(); len(cookies) != 1 || cookies[0].Name != "__Host-arcadia" || !cookies[0].Secure || cookies[0].Path != "/" || cookies[0].Domain != "" {
		t.Errorf("the cookie is %v", cookies)
	}
	if response.ProtoMajor != 2 || response.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s, Strict-Transport-Security %q", response.Proto, response.Header.Get("Strict-Transport-Security"))
	}
	address := strings.TrimPrefix(c.base, "https://")
	plain, err := http.Get("http://" + address + "/login")
	if err != nil {
		t.Fatal(err)
	}
	if plain.Body.Close(); plain.StatusCode != http.StatusBadRequest {
		t.Errorf("without TLS: %s", plain.Status)
	}
	old := &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}
	if conn, err := tls.DialWithDialer(&net.Dialer{Timeout: waitLimit}, "tcp", address, old); err == nil {
		t.Errorf("TLS 1.1 is taken: %v", conn.Close())
	}

	renewed(t, dir, address)
}

// renewed replaces the files while the console serves, first by some that cannot be used.
func renewed(t *testing.T, dir, address string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "cert.pem"), []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	time.Sleep(lookInterval + 100*time.Millisecond)
	if got := serial(t, address); got != 1 {
		t.Errorf("with a broken file it shows number %d", got)
	}
	writeCertificate(t, dir, 2)
	soon(t, "the renewed certificate is shown", func() bool { return serial(t, address) == 2 })
}

func TestCertificateFilesThatDoNotDo(t *testing.T) {
	t.Parallel()
	one, two := t.TempDir(), t.TempDir()
	cert, key := writeCertificate(t, one, 1)
	_, other := writeCertificate(t, two, 2)
	for name, files := range map[string][2]string{
		"no key": {cert, ""}, "no certificate": {"", key}, "another key": {cert, other}, "no file": {cert, filepath.Join(one, "none.pem")},
		"the wrong way round": {key, cert},
	} {
		env := variables{"ARCADIA_ADDR": "127.0.0.1:0", "ARCADIA_TLS_CERT": files[0], "ARCADIA_TLS_KEY": files[1], "ARCADIA_DATA": t.TempDir()}
		if _, err := attempt(t, env, "serve"); err == nil || !strings.Contains(err.Error(), "ARCADIA_TLS_") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	list, err := trustedProxies("192.0.2.0/24, 2001:db8::1")
	if err != nil || len(list) != 2 || list[0].String() != "192.0.2.0/24" || list[1].String() != "2001:db8::1/128" {
		t.Errorf("%v, %v", list, err)
	}
	for _, wrong := range []string{"proxy.example.com", "0.0.0.0/0", "::/0", "192.0.2.0/33", "192.0.2.1/24/8"} {
		if list, err := trustedProxies(wrong); err == nil {
			t.Errorf("%s is taken as %v", wrong, list)
		}
	}
}

func TestABrokenRenewalIsLoggedOnce(t *testing.T) {
	t.Parallel()
	dir, lines := t.TempDir(), new(bytes.Buffer)
	certFile, keyFile := writeCertificate(t, dir, 1)
	files := map[string]string{"ARCADIA_TLS_CERT": certFile, "ARCADIA_TLS_KEY": keyFile}
	c, err := loadCertificate(environment{
		getenv: func(name string) string { return files[name] }, log: slog.New(slog.NewTextHandler(lines, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	looks := func(times int, want string) {
		t.Helper()
		for range times {
			c.looked = time.Time{} // a second later
			if shown, err := c.get(nil); err != nil || shown == nil {
				t.Fatal(shown, err)
			}
		}
		if got := strings.Count(lines.String(), "\n"); want == "" && got > 0 || want != "" && (got != 1 || !strings.Contains(lines.String(), want)) {
			t.Errorf("%d lines, want one about %q: %s", got, want, lines)
		}
		lines.Reset()
	}
	good, err := os.ReadFile(certFile)
	if err != nil {
		t.Fatal(err)
	}
	written := time.Now().Add(-time.Hour)
	put := func(file string, content []byte, at time.Time) {
		t.Helper()
		if err := errors.Join(os.WriteFile(file, content, 0o600), os.Chtimes(file, at, at), os.Chtimes(keyFile, written, written)); err != nil {
			t.Fatal(err)
		}
	}
	put(certFile, good, written)
	looks(1, "certificate renewed")
	looks(3, "")
	put(certFile, []byte("half a file"), written.Add(time.Minute))
	looks(5, "cannot be used")
	put(certFile, []byte("another half"), written.Add(2*time.Minute))
	looks(5, "")
	put(certFile, good, written) // taken back
	looks(3, "can be used again")
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	looks(5, "cannot be used")
	writeCertificate(t, dir, 2)
	looks(3, "certificate renewed")
}
