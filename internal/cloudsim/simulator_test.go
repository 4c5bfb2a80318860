package cloudsim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"arcadia.example/console/internal/cloudsim"
)

func start(t *testing.T, o cloudsim.Options) *cloudsim.Simulator {
	t.Helper()
	sim, err := cloudsim.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	return sim
}

// ask makes one request and returns status and body.
func ask(t *testing.T, method, address, body string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer t")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err.Error()
	}
	return answer.StatusCode, string(text)
}

const machine = `{"name":"shop","region":"fra1","size":"s-1vcpu-1gb","image":"debian-12-x64","tags":["dep-1"]}`

// Who brings no token, or another, gets nothing.
func TestToken(t *testing.T) {
	t.Parallel()
	sim := start(t, cloudsim.Options{Token: "t"})
	for _, word := range []string{"", "Bearer", "Bearer ", "Bearer x", "Basic t", "bearer t"} {
		if status, body := ask(t, "GET", sim.URL()+"/v2/droplets", "", "Authorization", word); status != 401 || !strings.Contains(body, "Unauthorized") {
			t.Errorf("%q: %d %s", word, status, body)
		}
	}
	if status, _ := ask(t, "GET", sim.URL()+"/v2/droplets", ""); status != 200 {
		t.Errorf("the right token: %d", status)
	}
}

// A page of the web can reach a port of loopback: by another name, or with a form. Neither gets anything.
func TestPagesOfTheWebGetNothing(t *testing.T) {
	t.Parallel()
	sim := start(t, cloudsim.Options{})
	for _, host := range []string{"evil.example", "127.0.0.1.evil.example", "10.0.0.1:80"} {
		if status, _ := ask(t, "GET", sim.URL()+"/_sim/state", "", "Host", host); status != http.StatusForbidden {
			t.Errorf("as %s: %d", host, status)
		}
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", ""} {
		if status, _ := ask(t, "POST", sim.URL()+"/_sim/faults", `{"kind":"fail"}`, "Content-Type", kind); status != http.StatusUnsupportedMediaType {
			t.Errorf("as %q: %d", kind, status)
		}
	}
	if len(sim.Faults()) != 0 {
		t.Errorf("switched on: %v", sim.Faults())
	}
}

func TestItListensOnLoopbackAlone(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	if err := cloudsim.Serve(t.Context(), listener, cloudsim.Options{}); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("%v", err)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- cloudsim.Serve(ctx, listener, cloudsim.Options{Token: "t", Zones: []string{"apps.example"}})
	}()
	address := "http://" + listener.Addr().String()
	if status, body := ask(t, "GET", address+"/v2/domains", ""); status != 200 || !strings.Contains(body, "apps.example") {
		t.Errorf("%d %s", status, body)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Faults by HTTP: on, listed with what is left of them, off; mistakes are named.
func TestFaultsByHTTP(t *testing.T) {
	t.Parallel()
	sim := start(t, cloudsim.Options{Token: "t"})
	faults := sim.URL() + "/_sim/faults"
	for _, bad := range []string{
		`{`, `{"kind":"explode"}`, `{"kind":"fail","operation":"Reboot"}`, `{"kind":"fail","times":-1}`, `{"kind":"limit","retry_after":"soon"}`,
		`{"kind":"fail","status":200}`, `{"kind":"fail","tims":1}`, `{"kind":"slow","delay":"-1s"}`,
	} {
		if status, body := ask(t, "POST", faults, bad); status != 400 || body == "" {
			t.Errorf("%s: %d %s", bad, status, body)
		}
	}
	if status, body := ask(t, "POST", faults, `{"operation":"CreateDroplet","kind":"limit","times":2,"skip":1,"retry_after":"5s"}`); status != 200 || !strings.Contains(body, `"retry_after":"5s"`) {
		t.Fatalf("%d %s", status, body)
	}
	var got []int
	for range 4 {
		status, _ := ask(t, "POST", sim.URL()+"/v2/droplets", machine)
		got = append(got, status)
	}
	if fmt.Sprint(got) != "[202 429 429 202]" {
		t.Errorf("%v", got)
	}
	if status, body := ask(t, "GET", faults, ""); status != 200 || strings.TrimSpace(body) != "[]" {
		t.Errorf("used up: %d %s", status, body)
	}
	ask(t, "POST", faults, `{"kind":"fail"}`)
	if status, _ := ask(t, "GET", sim.URL()+"/v2/domains", ""); status != 500 {
		t.Errorf("for every operation: %d", status)
	}
	ask(t, "DELETE", faults, "")
	if status, _ := ask(t, "GET", sim.URL()+"/v2/domains", ""); status != 200 {
		t.Errorf("cleared: %d", status)
	}
	if status, body := ask(t, "GET", sim.URL()+"/_sim/state", ""); status != 200 || !strings.Contains(body, `"CreateDroplet":{"calls":4,"effects":2}`) || !strings.Contains(body, `"status":"active"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := ask(t, "GET", sim.URL()+"/_sim/journal", ""); status != 200 || strings.Count(body, `"number"`) != 6 || strings.Count(body, `"fault":"limit"`) != 2 {
		t.Errorf("%d %s", status, body)
	}
}

// A fault about one machine or host name leaves the others alone.
func TestFaultsAboutSomething(t *testing.T) {
	t.Parallel()
	sim := start(t, cloudsim.Options{Token: "t", Zones: []string{"apps.example"}})
	sim.Inject(cloudsim.Fault{Kind: cloudsim.Fail, About: "dep-2"}, cloudsim.Fault{Kind: cloudsim.Fail, About: "www.apps.example"})
	record := func(name string) string { return `{"type":"A","name":"` + name + `","data":"192.0.2.1"}` }
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v2/droplets", machine, 202},
		{"POST", "/v2/droplets", strings.Replace(machine, "dep-1", "DEP-2", 1), 500},
		{"POST", "/v2/droplets", strings.Replace(machine, "dep-1", "dep-22", 1), 202},
		{"GET", "/v2/droplets?tag_name=dep-2", "", 500},
		{"GET", "/v2/droplets?tag_name=dep-1", "", 200},
		{"POST", "/v2/domains/apps.example/records", record("shop"), 201},
		{"POST", "/v2/domains/apps.example/records", record("www"), 500},
		{"GET", "/v2/domains/apps.example/records?type=A&name=www.apps.example", "", 500},
		{"GET", "/v2/domains/apps.example/records", "", 200},
	} {
		if status, body := ask(t, c.method, sim.URL()+c.path, c.body); status != c.status {
			t.Errorf("%s %s: %d %s, not %d", c.method, c.path, status, body, c.status)
		}
	}
}

// A machine that is deleted fails to go as often as it is told to.
func TestFailedDeletion(t *testing.T) {
	t.Parallel()
	sim := start(t, cloudsim.Options{Token: "t"})
	ask(t, "POST", sim.URL()+"/v2/droplets", machine)
	id := sim.Droplets("dep-1")[0].ID
	sim.Inject(cloudsim.Fault{Operation: cloudsim.DeleteDroplet, Kind: cloudsim.Fail, Times: 2})
	for _, want := range []int{500, 500, 204, 404} {
		if status, _ := ask(t, "DELETE", fmt.Sprintf("%s/v2/droplets/%d", sim.URL(), id), ""); status != want {
			t.Errorf("%d, not %d", status, want)
		}
	}
	if n, e := sim.Calls(cloudsim.DeleteDroplet), sim.Effects(cloudsim.DeleteDroplet); n != 4 || e != 1 {
		t.Errorf("%d calls, %d effects", n, e)
	}
}

// What was made, moved and deleted is there after a restart; a seed adds what is missing and brings nothing back.
func TestStateFileAndSeed(t *testing.T) {
	t.Parallel()
	o := cloudsim.Options{Token: "t", Zones: []string{"apps.example"}, StateFile: filepath.Join(t.TempDir(), "cloud.json"), Activation: time.Hour}
	seed := cloudsim.Seed{
		Zones: []string{"northwind.example"}, After: 600_000_000,
		Droplets: []cloudsim.Droplet{
			{ID: 412_000_001, Name: "a", Tags: []string{"dep-a"}, On: true, Address: netip.MustParseAddr("192.0.2.1")}, {ID: 412_000_002, Name: "b"},
		},
		Records: []cloudsim.Record{{Kind: "A", Hostname: "shop.northwind.example", Value: "192.0.2.1"}},
	}
	first := start(t, o)
	if err := first.Seed(seed); err != nil {
		t.Fatal(err)
	}
	record := first.Records("shop.northwind.example")[0]
	for _, call := range [][3]string{
		{"POST", "/v2/droplets", machine},
		{"DELETE", "/v2/droplets/412000002", ""},
		{"PUT", fmt.Sprintf("/v2/domains/northwind.example/records/%d", record.ID), `{"type":"A","name":"shop","data":"192.0.2.77"}`},
	} {
		if status, body := ask(t, call[0], first.URL()+call[1], call[2]); status > 299 {
			t.Fatalf("%s: %d %s", call[1], status, body)
		}
	}
	first.Advance(time.Hour)
	before := snapshot(t, first)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := start(t, o)
	if err := second.Seed(seed); err != nil {
		t.Fatal(err)
	}
	if after := snapshot(t, second); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	made := second.Droplets("dep-1")
	if len(made) != 1 || made[0].ID <= 600_000_000 || made[0].Status(second.Now()) != "active" {
		t.Errorf("%+v", made)
	}
	if info, err := os.Stat(o.StateFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// snapshot is what a simulator holds, as text.
func snapshot(t *testing.T, sim *cloudsim.Simulator) string {
	t.Helper()
	text, err := json.MarshalIndent([]any{sim.Droplets(""), sim.Zones(), sim.Records("")}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A file that is broken is an error and stays as it is.
func TestBrokenStateFile(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{", "{}", `{"next_id":1}`, "null"} {
		file := filepath.Join(t.TempDir(), "cloud.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := cloudsim.New(cloudsim.Options{StateFile: file}); err == nil {
			t.Errorf("%q is taken for a state", text)
		}
		if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, []byte(text)) {
			t.Errorf("%q became %q, %v", text, now, err)
		}
	}
	if _, err := cloudsim.New(cloudsim.Options{StateFile: "/nowhere/at/all/cloud.json"}); err != nil {
		t.Errorf("a file that is not there yet: %v", err)
	}
}

// A change that cannot be kept is not answered as if it were.
func TestStateThatCannotBeKept(t *testing.T) {
	t.Parallel()
	sim := start(t, cloudsim.Options{Token: "t", StateFile: "/nowhere/at/all/cloud.json"})
	if status, body := ask(t, "POST", sim.URL()+"/v2/droplets", machine); status != 500 || !strings.Contains(body, "could not be kept") {
		t.Errorf("%d %s", status, body)
	}
	if err := sim.Seed(cloudsim.Seed{Zones: []string{"a.example"}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// Many at once: each machine has a number and an address of its own, and all are counted.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	sim := start(t, cloudsim.Options{Token: "t", Zones: []string{"apps.example"}})
	sim.Inject(cloudsim.Fault{Operation: cloudsim.CreateDroplet, Kind: cloudsim.Fail, Times: 10})
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			ask(t, "POST", sim.URL()+"/v2/droplets", machine)
			ask(t, "POST", sim.URL()+"/v2/domains/apps.example/records", fmt.Sprintf(`{"type":"A","name":"h%d","data":"192.0.2.1"}`, i))
			ask(t, "GET", sim.URL()+"/v2/droplets?tag_name=dep-1", "")
			ask(t, "GET", sim.URL()+"/_sim/state", "")
		})
	}
	all.Wait()
	addresses := map[netip.Addr]bool{}
	for _, d := range sim.Droplets("dep-1") {
		addresses[d.Address] = true
	}
	if len(addresses) != 50 || sim.Effects(cloudsim.CreateDroplet) != 50 || sim.Calls(cloudsim.CreateDroplet) != 60 || len(sim.Records("")) != 60 {
		t.Errorf("%d addresses, %d effects of %d calls, %d records", len(addresses), sim.Effects(cloudsim.CreateDroplet), sim.Calls(cloudsim.CreateDroplet), len(sim.Records("")))
	}
}

// Requests that the provider would refuse are refused here.
func TestRefusals(t *testing.T) {
	t.Parallel()
	sim := start(t, cloudsim.Options{Token: "t", Zones: []string{"apps.example"}})
	ask(t, "POST", sim.URL()+"/v2/droplets", machine)
	id := fmt.Sprint(sim.Droplets("")[0].ID)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v2/droplets", "{", 400},
		{"POST", "/v2/droplets", strings.Replace(machine, "dep-1", "a b", 1), 422},
		{"POST", "/v2/droplets", strings.Replace(machine, "fra1", "", 1), 422},
		{"POST", "/v2/droplets/" + id + "/actions", `{"type":"reboot"}`, 422},
		{"POST", "/v2/droplets/7/actions", `{"type":"power_on"}`, 404},
		{"GET", "/v2/droplets/x", "", 404},
		{"GET", "/v2/droplets?page=0", "", 400},
		{"GET", "/v2/droplets?per_page=201", "", 400},
		{"GET", "/v2/droplets?page=7", "", 200},
		{"POST", "/v2/domains/apps.example/records", `{"type":"A","name":"x","data":"192.0.2.1","ttl":5}`, 422},
		{"POST", "/v2/domains/apps.example/records", `{"type":"AAAA","name":"x","data":"192.0.2.1"}`, 422},
		{"POST", "/v2/domains/apps.example/records", `{"type":"A","data":"192.0.2.1"}`, 422},
		{"POST", "/v2/domains/no.example/records", `{"type":"A","name":"x","data":"192.0.2.1"}`, 404},
		{"PUT", "/v2/domains/apps.example/records/7", `{"type":"A","name":"x","data":"192.0.2.1"}`, 404},
		{"GET", "/v2/account", "", 404},
		{"PATCH", "/v2/droplets", "", 404},
	} {
		if status, body := ask(t, c.method, sim.URL()+c.path, c.body); status != c.status {
			t.Errorf("%s %s: %d %s, not %d", c.method, c.path, status, body, c.status)
		}
	}
	if n := len(sim.Droplets("")); n != 1 || len(sim.Records("")) != 0 {
		t.Errorf("%d machines, records %v", n, sim.Records(""))
	}
}

// What takes time can be done at once, also by HTTP.
func TestAdvanceByHTTP(t *testing.T) {
	t.Parallel()
	sim := start(t, cloudsim.Options{Token: "t", Activation: time.Hour})
	ask(t, "POST", sim.URL()+"/v2/droplets", machine)
	if status := sim.Droplets("")[0]; status.Status(sim.Now()) != "new" {
		t.Errorf("%+v", status)
	}
	for _, bad := range []string{`{"by":"-1s"}`, `{"by":""}`, `{}`} {
		if status, _ := ask(t, "POST", sim.URL()+"/_sim/advance", bad); status != 400 {
			t.Errorf("%s: %d", bad, status)
		}
	}
	if status, body := ask(t, "POST", sim.URL()+"/_sim/advance", `{"by":"1h"}`); status != 200 || !strings.Contains(body, "now") {
		t.Errorf("%d %s", status, body)
	}
	if d := sim.Droplets("")[0]; d.Status(sim.Now()) != "active" {
		t.Errorf("%+v", d)
	}
}
