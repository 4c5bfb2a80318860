package provisioning_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"arcadia.example/console/provisioning"
)

// saying is a provider that says the same whatever it is asked.
func saying(t *testing.T, status int, header map[string]string, body string) (*provisioning.DigitalOcean, *atomic.Int64) {
	t.Helper()
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return newClient(t, server.URL, enough), &calls
}

// Success without what was asked for is unknown: it may have been done.
func TestAnswersThatHoldNothing(t *testing.T) {
	t.Parallel()
	calls := map[string]func(context.Context, *provisioning.DigitalOcean) error{
		"create": func(ctx context.Context, c *provisioning.DigitalOcean) error {
			_, err := c.CreateDroplet(ctx, spec(tag))
			return err
		},
		"get": func(ctx context.Context, c *provisioning.DigitalOcean) error {
			_, err := c.GetDroplet(ctx, 7)
			return err
		},
		"power": func(ctx context.Context, c *provisioning.DigitalOcean) error { return c.Power(ctx, 7, true) },
		"create record": func(ctx context.Context, c *provisioning.DigitalOcean) error {
			_, err := c.CreateRecord(ctx, zone, provisioning.Record{Kind: "A", Hostname: host, Value: "192.0.2.1"})
			return err
		},
		"edit record": func(ctx context.Context, c *provisioning.DigitalOcean) error {
			_, err := c.EditRecord(ctx, zone, provisioning.Record{ID: 1, Kind: "A", Hostname: host, Value: "192.0.2.1"})
			return err
		},
	}
	bodies := []string{"", "null", "{}", `{"droplet":null,"action":null,"domain_record":null}`, `[]`, `{"droplet":{},"action":{},"domain_record":{}}`, `{"droplet":7}`, "<html>", `{"droplet":{"id":"x"}}`}
	for name, call := range calls {
		for _, body := range bodies {
			c, _ := saying(t, http.StatusOK, nil, body)
			if err := call(t.Context(), c); err == nil || provisioning.KindOf(err) != provisioning.Unknown {
				t.Errorf("%s answered with %q: %v", name, body, err)
			}
		}
	}
	c, _ := saying(t, http.StatusOK, nil, `{"droplet":{"id":8,"networks":null,"region":null}}`)
	if _, err := c.GetDroplet(t.Context(), 7); provisioning.KindOf(err) != provisioning.Unknown {
		t.Errorf("another machine than the one that was asked for: %v", err)
	}
	c, _ = saying(t, http.StatusOK, nil, `{"droplet":{"id":7,"networks":null,"region":null,"created_at":"x","tags":null}}`)
	if d, err := c.GetDroplet(t.Context(), 7); err != nil || d.ID != 7 || d.Address.IsValid() || !d.CreatedAt.IsZero() {
		t.Errorf("a machine of which nothing is known: %+v, %v", d, err)
	}
}

// Machines without the tag and records of another name are not ours, whatever the provider says.
func TestListsHoldOnlyWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	c, _ := saying(t, http.StatusOK, nil, `{"droplets":[{"id":1,"tags":["dep-1"]},{"id":2,"tags":["dep-11"]},{"id":3,"tags":[]},{"id":0,"tags":["dep-1"]}],
		"domain_records":[{"id":1,"type":"A","name":"shop","data":"192.0.2.1"},{"id":2,"type":"A","name":"www"},{"id":3,"type":"TXT","name":"shop"},{"id":4,"type":"A","name":"@"}]}`)
	if list, err := c.ListDroplets(t.Context(), tag); err != nil || len(list) != 1 || list[0].ID != 1 {
		t.Errorf("%v, %v", list, err)
	}
	if list, err := c.ListRecords(t.Context(), zone, host, "A"); err != nil || len(list) != 1 || list[0].ID != 1 {
		t.Errorf("%v, %v", list, err)
	}
}

// What stands between us and the provider may answer with anything.
func TestWordsOfFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		header map[string]string
		body   string
		kind   provisioning.FaultKind
		says   string
	}{
		"the provider's words": {422, nil, `{"id":"x","message":"Too small.","request_id":"4d9d-83"}`, provisioning.Definite, "Too small. (request 4d9d-83)"},
		"a nested message":     {400, nil, `{"error":{"code":1,"message":"Nested."}}`, provisioning.Definite, "Nested."},
		"no words":             {500, nil, "", provisioning.Unknown, "HTTP 500 Internal Server Error"},
		"a page of a gateway":  {502, nil, "<!DOCTYPE html><title>x</title>", provisioning.Unknown, "HTTP 502 Bad Gateway"},
		"null":                 {503, nil, "null", provisioning.Unknown, "HTTP 503 Service Unavailable"},
		"a strange status":     {599, nil, "", provisioning.Unknown, "HTTP 599"},
		"the token itself":     {401, nil, `{"message":"token ` + token + ` is no good"}`, provisioning.Definite, "token [removed] is no good"},
		"a time-out of theirs": {408, nil, "", provisioning.Unknown, "HTTP 408 Request Timeout"},
		"the request's number": {500, map[string]string{"X-Request-Id": "ab\u202ecd"}, "", provisioning.Unknown, "HTTP 500 Internal Server Error (request abcd)"},
	} {
		client, calls := saying(t, c.status, c.header, c.body)
		_, err := client.GetDroplet(t.Context(), 7)
		var fault *provisioning.Fault
		if !errors.As(err, &fault) || fault.Kind != c.kind || fault.Message != c.says || fault.Status != c.status || calls.Load() != 1 {
			t.Errorf("%s: %v, by %d requests", name, err, calls.Load())
		}
	}
}

// A provider that sends us elsewhere is not followed: the token would be told, and a call made twice.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	other, elsewhere := saying(t, http.StatusOK, nil, "{}")
	_ = other
	for _, status := range []int{301, 307, 308} {
		c, calls := saying(t, status, map[string]string{"Location": "/elsewhere"}, "")
		_, err := c.CreateDroplet(t.Context(), spec(tag))
		if provisioning.KindOf(err) != provisioning.Unknown || calls.Load() != 1 || elsewhere.Load() != 0 {
			t.Errorf("%d: %v, by %d requests", status, err, calls.Load())
		}
	}
}

// An answer or a list without end ends.
func TestAnswersWithoutEnd(t *testing.T) {
	t.Parallel()
	c, _ := saying(t, http.StatusOK, nil, `{"droplet":{"id":7,"name":"`+strings.Repeat("x", 9<<20))
	if _, err := c.GetDroplet(t.Context(), 7); provisioning.KindOf(err) != provisioning.Unknown || !strings.Contains(err.Error(), "too large") {
		t.Errorf("%v", err)
	}
	c, calls := saying(t, http.StatusOK, nil, `{"droplets":[],"links":{"pages":{"next":"https://api.digitalocean.com/v2/droplets?page=2"}}}`)
	if _, err := c.ListDroplets(t.Context(), tag); provisioning.KindOf(err) != provisioning.Unknown || calls.Load() != 500 {
		t.Errorf("%v, by %d requests", err, calls.Load())
	}
}

// Nothing listens: it is said without the address.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	address := server.URL
	server.Close()
	_, err := newClient(t, address, enough).CreateDroplet(t.Context(), spec(tag))
	if provisioning.KindOf(err) != provisioning.Unknown || !strings.Contains(err.Error(), "connection refused") || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("%v", err)
	}
}

func TestAddressesOfTheProvider(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"": true, "https://cloud.example/": true, "https://cloud.example/prefix": true, "http://127.0.0.1:9999": true, "http://localhost:1": true, "http://[::1]:9": true,
		"http://cloud.example/": false, "cloud.example": false, "ftp://cloud.example": false, "https://user:pw@cloud.example/": false,
		"https://cloud.example/?a=b": false, "https://": false, "http://127.0.0.1.evil.example/": false, "://": false,
	} {
		_, err := provisioning.NewDigitalOcean(provisioning.DigitalOceanOptions{Token: "t", BaseURL: address})
		if (err == nil) != ok || err != nil && strings.Contains(err.Error(), "pw") {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, bad := range []string{"", "two words", "a\nb", "tökén"} {
		if _, err := provisioning.NewDigitalOcean(provisioning.DigitalOceanOptions{Token: bad}); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("token %q: %v", bad, err)
		}
	}
}

// The address may have a path: paths are set behind it.
func TestAddressWithAPath(t *testing.T) {
	t.Parallel()
	var asked, agent string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, agent = r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization"), r.UserAgent()
		fmt.Fprint(w, `{"droplet":{"id":7}}`)
	}))
	t.Cleanup(server.Close)
	if _, err := newClient(t, server.URL+"/proxy", enough).GetDroplet(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	if asked != "GET /proxy/v2/droplets/7 Bearer "+token || !strings.HasPrefix(agent, "arcadia-console ") {
		t.Errorf("asked for %q as %q", asked, agent)
	}
}
