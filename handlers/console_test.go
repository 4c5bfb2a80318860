package handlers_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	_ "github.com/lib/pq" // for the owner's own connection

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/handlers"
	"arcadia.example/console/internal/csvimport"
	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// somebody is a person of the tests.
type somebody struct {
	email, name string
	roles       access.Roles
}

// The people of the tests, by their role.
var people = []somebody{
	{"viewer@arcadia.test", "Vera", access.Viewer},
	{"support@arcadia.test", "Sam", access.Support},
	{"billing@arcadia.test", "Bill", access.Billing},
	{"operator@arcadia.test", "Olga", access.Operator},
	{"admin@arcadia.test", "Ada", access.Admin},
}

// appSecret is that of everybody's authenticator app: outside the demo a password alone opens nothing.
const appSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// console is a server on a database of its own, with one tenant and one deployment.
type console struct {
	*handlers.Server
	t          *testing.T
	db         pgtest.DB
	owner      *sql.DB
	store      *store.Store
	log        *bytes.Buffer
	logger     *slog.Logger // writes there, for all servers
	tenant     uuid.UUID
	deployment uuid.UUID
	mu         sync.Mutex
	cookies    map[string]string // the session of each person who asked for something, by role
}

func newConsole(t *testing.T) *console {
	t.Helper()
	c := &console{t: t, db: pgtest.New(t), log: new(bytes.Buffer), cookies: map[string]string{}}
	c.logger = slog.New(slog.NewJSONHandler(c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if c.store, err = store.Open(t.Context(), c.db.AppDSN, store.Options{Conns: 4}); err != nil {
		t.Fatal(err)
	}
	if c.owner, err = sql.Open("postgres", c.db.OwnerDSN); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.store.Close(), c.owner.Close() })
	c.Server = c.serve(c.store, handlers.Config{Dev: true})
	actor := access.Actor{Kind: access.Staff, ID: people[1].email, Name: people[1].name, Roles: people[1].roles}
	c.tenant, err = c.store.CreateTenant(t.Context(), store.NewTenant{
		Command: store.Command{Actor: actor, Key: "tenant"}, Fields: catalog.Tenant{Name: "Northwind", Email: "it@northwind.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.deployment, err = c.store.CreateDeployment(t.Context(), store.NewDeployment{
		Command: store.Command{Actor: actor, Key: "deployment"}, TenantID: c.tenant, State: lifecycle.Active,
		Fields: catalog.Deployment{Name: "Web shop", Plan: "standard", Region: "fra1", Size: "s-1vcpu-1gb"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serve makes a server with a store, as another process would have it.
func (c *console) serve(s *store.Store, cfg handlers.Config) *handlers.Server {
	c.t.Helper()
	cfg.Store, cfg.Parse = s, csvimport.Parse
	cfg.Log = c.logger
	if cfg.PublicURL == nil {
		cfg.PublicURL = &url.URL{Scheme: "http", Host: "localhost:8080"}
	}
	server, err := handlers.New(cfg)
	if err != nil {
		c.t.Fatal(err)
	}
	return server
}

// cookie is the session of the person with the role, who is made at the first asking.
func (c *console) cookie(role string) string {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cookies[role] != "" {
		return c.cookies[role]
	}
	for _, p := range people {
		if strings.HasPrefix(p.email, role+"@") {
			person, err := c.store.FindStaff(c.t.Context(), p.email)
			if err != nil {
				person = c.employ(p)
			}
			c.cookies[role] = "arcadia_session=" + c.enter(person).String()
		}
	}
	return c.cookies[role]
}

// password is everybody's.
const password = "correct horse battery staple"

var passwordHash = sync.OnceValues(func() (string, error) { return handlers.HashPassword(password) })

// employ makes somebody who can sign in with the password and the authenticator app.
func (c *console) employ(p somebody) store.Staff {
	c.t.Helper()
	ctx, by := c.t.Context(), access.Actor{Kind: access.System, ID: "test", Name: "Test"}
	person, link, err := c.store.InviteStaff(ctx, by, store.NewStaff{Email: p.email, Name: p.name, Roles: p.roles}, "")
	if err != nil {
		c.t.Fatal(err)
	}
	hash, err := passwordHash()
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.store.UseLink(ctx, link, hash, store.Browser{}); err != nil {
		c.t.Fatal(err)
	}
	if err := c.store.SetTOTP(ctx, person, appSecret, nil, ""); err != nil {
		c.t.Fatal(err)
	}
	return person
}

// enter begins a session of a person, as a sign-in does.
func (c *console) enter(person store.Staff) store.Token {
	c.t.Helper()
	token, err := c.store.SignIn(c.t.Context(), person.ID, store.ByPassword, store.Browser{}, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return token
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// change adapts a request before it is sent.
type change func(*http.Request)

func header(name, value string) change { return func(r *http.Request) { r.Header.Set(name, value) } }

// htmx makes it a request of the page's script.
var htmx = header("HX-Request", "true")

// as sends a request as the person with the role; an empty one is signed out.
func (c *console) as(role, method, path, body string, changes ...change) answer {
	c.t.Helper()
	if role != "" {
		changes = append([]change{header("Cookie", c.cookie(role))}, changes...)
	}
	return c.send(c.Server, method, path, body, changes...)
}

// send sends a request to a server.
func (c *console) send(server http.Handler, method, path, body string, changes ...change) answer {
	c.t.Helper()
	r := httptest.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(body))
	r.Host = "localhost:8080"
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, change := range changes {
		change(r)
	}
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	result := w.Result()
	text, err := io.ReadAll(result.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := answer{result.StatusCode, result.Header, string(text)}
	c.asDocumented(r, a)
	return a
}

func (c *console) get(path string, changes ...change) answer {
	c.t.Helper()
	return c.as("billing", http.MethodGet, path, "", changes...)
}

// move posts a move of the deployment as billing.
func (c *console) move(fields string, changes ...change) answer {
	c.t.Helper()
	return c.as("billing", http.MethodPost, c.path("/transitions"), fields, changes...)
}

// path is below the deployment.
func (c *console) path(rest string) string { return "/deployments/" + c.deployment.String() + rest }

// panel is the beginning of the panel of the deployment at a version.
func (c *console) panel(version int) string {
	return fmt.Sprintf(`data-testid="action-panel" data-id="%s" data-version="%d"`, c.deployment, version)
}

// tenantPath is below the tenant.
func (c *console) tenantPath(rest string) string { return "/tenants/" + c.tenant.String() + rest }

// pause are the fields of a right and timely move.
func pause(key string) string { return "action=pause&version=1&reason=seasonal&notes=&key=" + key }

// wants expects a status and that the page says the words.
func (c *console) wants(a answer, status int, words ...string) {
	c.t.Helper()
	if a.status != status {
		c.t.Errorf("status %d, want %d: %.300s", a.status, status, a.body)
	}
	for _, word := range words {
		if !strings.Contains(a.body, word) {
			c.t.Errorf("the answer says nothing of %q: %.600s", word, a.body)
		}
	}
}

// rows counts the rows of every table that a request can write to.
func (c *console) rows() string {
	c.t.Helper()
	var v string
	err := c.owner.QueryRowContext(c.t.Context(), `SELECT concat_ws(' ',
		(SELECT count(*) FROM commands), (SELECT count(*) FROM cloud_deployment_events), (SELECT count(*) FROM cloud_notes),
		(SELECT count(*) FROM cloud_edits), (SELECT count(*) FROM account_previews),
		(SELECT md5(string_agg(r::text, '|' ORDER BY id)) FROM runs r), (SELECT md5(string_agg(s::text, '|' ORDER BY run_id, position)) FROM run_steps s),
		(SELECT md5(string_agg(d::text, '|' ORDER BY id)) FROM cloud_deployments d),
		(SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM cloud_tenants t))`).Scan(&v)
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

// unchanged expects that fn leaves nothing behind.
func (c *console) unchanged(what string, fn func()) {
	c.t.Helper()
	before := c.rows()
	fn()
	if after := c.rows(); after != before {
		c.t.Errorf("%s left something: %s, before %s", what, after, before)
	}
}

// fill puts the IDs of the console into the path of a route.
func (c *console) fill(path string) string {
	id := c.deployment
	if strings.HasPrefix(path, "/tenants") {
		id = c.tenant
	}
	if strings.HasPrefix(path, "/settings/staff/") || strings.HasPrefix(path, "/settings/integrations/") {
		id = uuid.Nil // nobody: an empty form must not change a person whom other requests need
	}
	return strings.NewReplacer(":id", id.String(), ":tenant", c.tenant.String(), ":slug", "web-shop", ":droplet", "431882910", ":decision", "remove", ":action", "pause", "*", "nothing", ":token", store.NewToken().String()).Replace(path)
}

func way(w [2]string) string { return fmt.Sprintf("%s %s", w[0], w[1]) }
