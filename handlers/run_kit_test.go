package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/handlers"
	"arcadia.example/console/provisioning"
	"arcadia.example/console/store"
)

// zones is what the provider says of host names: those below managed.example lie in a zone of its.
type zones struct {
	mu    sync.Mutex
	err   error // instead, where there is one
	asked []string
}

func (z *zones) FindZone(_ context.Context, hostname string) (string, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.asked = append(z.asked, hostname)
	switch {
	case z.err != nil:
		return "", z.err
	case strings.HasSuffix(hostname, ".managed.example"):
		return "managed.example", nil
	}
	return "", &provisioning.Fault{Kind: provisioning.NotFound, Call: "FindZone", Message: "no such zone"}
}

func (z *zones) fail(err error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.err = err
}

func (z *zones) questions() []string {
	z.mu.Lock()
	defer z.mu.Unlock()
	return append([]string(nil), z.asked...)
}

// builder is a console at which machines are built. Nobody works on its runs: they stand as the test puts them.
type builder struct {
	*console
	zones *zones
}

func newBuilder(t *testing.T) builder {
	t.Helper()
	b := builder{newConsole(t), &zones{}}
	var err error
	if b.store, err = store.Open(t.Context(), b.db.AppDSN, store.Options{Conns: 4, Provider: "test"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.store.Close() })
	b.Server = b.serve(b.store, handlers.Config{Dev: true, Cloud: b.zones})
	return b
}

// order are the fields of a right order to build, with some changed: name, value, name, value, …
func order(key string, changed ...string) string {
	fields := url.Values{
		"provision": {"true"}, "name": {"Web shop 2"}, "slug": {""}, "hostname": {"shop.managed.example"}, "app": {"storefront"}, "app_version": {"4.2"},
		"plan": {"starter"}, "region": {"fra1"}, "size": {"s-1vcpu-1gb"}, "state": {"active"}, "key": {key},
	}
	for i := 0; i < len(changed); i += 2 {
		fields.Set(changed[i], changed[i+1])
	}
	return fields.Encode()
}

// ordered is a deployment that is being built, and the ID of its run.
func (b builder) ordered(name string) (deployment, run string) {
	b.t.Helper()
	a := b.as("support", http.MethodPost, b.tenantPath("/deployments"),
		order("key of "+name, "name", name, "hostname", strings.ReplaceAll(strings.ToLower(name), " ", "-")+".managed.example"))
	path := a.header.Get("Location")
	id, err := uuid.Parse(strings.TrimPrefix(path, "/deployments/"))
	if a.status != http.StatusSeeOther || err != nil {
		b.t.Fatalf("%d to %q: %.300s", a.status, a.header.Get("Location"), a.body)
	}
	return path, b.value(`SELECT id FROM runs WHERE deployment_id = '` + id.String() + `'`)
}

// put makes a run stand as it does at a step in a status.
func (b builder) put(run, status, step string) {
	b.t.Helper()
	for _, query := range []string{
		`UPDATE run_steps SET status = 'done', attempt = 1, started_at = clock_timestamp() - interval '9 seconds', finished_at = clock_timestamp()
		  WHERE run_id = $1 AND position < (SELECT position FROM run_steps WHERE run_id = $1 AND name = $3) AND $2 <> ''`,
		`UPDATE run_steps SET status = $2, attempt = 8, undo_attempt = 8, error = 'the droplet is locked', error_kind = 'unknown' WHERE run_id = $1 AND name = $3`,
		`UPDATE runs SET status = $2, step = $3, droplet_id = 431882910, error = 'the droplet is locked', error_kind = 'unknown',
		        next_try_at = CASE WHEN $2 = 'retrying' THEN clock_timestamp() + interval '1 minute' END WHERE id = $1`,
	} {
		if _, err := b.owner.ExecContext(b.t.Context(), query, run, status, step); err != nil {
			b.t.Fatal(err)
		}
	}
}

// tell tells a run something as somebody.
func (b builder) tell(role, run, fields string, changes ...change) answer {
	b.t.Helper()
	return b.as(role, http.MethodPost, "/provisioning/"+run+"/actions", fields, changes...)
}
