package store_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

func TestCreateTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := store.NewTenant{Command: w.by(support), Fields: catalog.Tenant{
		Name: "  Müller   & Söhne ", Email: "Info@Mueller.Test", ExternalCustomerID: "C-1", TimeZone: "Europe/Berlin",
	}}
	id, err := w.CreateTenant(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.GetTenant(t.Context(), id)
	want := catalog.Tenant{
		Name: "Müller & Söhne", Slug: "muller-sohne", Email: "info@mueller.test", ExternalCustomerID: "C-1", TimeZone: "Europe/Berlin",
	}
	if err != nil || got.Fields() != want || got.EditVersion != 1 || time.Since(got.InsertedAt) > time.Minute {
		t.Errorf("%+v %v", got, err)
	}
	w.unchanged("the same key", func() {
		if again, err := w.CreateTenant(t.Context(), n); err != nil || again != id {
			t.Errorf("again %s %v, first %s", again, err, id)
		}
		n.Fields.Name = "Another"
		if _, err := w.CreateTenant(t.Context(), n); !errors.Is(err, store.ErrKeyReused) {
			t.Errorf("another body: %v", err)
		}
	})
	line, err := w.GetTenantTimeline(t.Context(), id, "")
	if err != nil || len(line.Entries) != 1 || line.Entries[0].Kind != store.EditEntry || len(line.Entries[0].Changes) != 0 ||
		line.Entries[0].ActorName != "Support" {
		t.Errorf("%+v %v", line, err)
	}
}

func TestTenantProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("taken")
	mine := w.tenant("mine")
	for name, c := range map[string]struct {
		change func(*catalog.Tenant)
		field  string
	}{
		"no name":            {func(f *catalog.Tenant) { f.Name = " " }, "name"},
		"a long name":        {func(f *catalog.Tenant) { f.Name = strings.Repeat("ü", 201) }, "name"},
		"control characters": {func(f *catalog.Tenant) { f.Name = "a\x00b" }, "name"},
		"a slug of signs":    {func(f *catalog.Tenant) { f.Slug = "a_b" }, "slug"},
		"a taken slug":       {func(f *catalog.Tenant) { f.Slug = "Taken" }, "slug"},
		"no e-mail":          {func(f *catalog.Tenant) { f.Email = "" }, "email"},
		"half an e-mail":     {func(f *catalog.Tenant) { f.Email = "a@" }, "email"},
		"a wrong billing":    {func(f *catalog.Tenant) { f.BillingEmail = "nobody" }, "billing_email"},
		"a long customer":    {func(f *catalog.Tenant) { f.ExternalCustomerID = strings.Repeat("x", 201) }, "external_customer_id"},
		"no such zone":       {func(f *catalog.Tenant) { f.TimeZone = "Mars/Olympus" }, "time_zone"},
	} {
		fields := tenantFields("new")
		c.change(&fields)
		w.unchanged(name, func() {
			_, err := w.CreateTenant(t.Context(), store.NewTenant{Command: w.by(support), Fields: fields})
			problems(t, err, c.field)
			problems(t, w.UpdateTenant(t.Context(), support, mine, 1, fields), c.field)
		})
	}
	_, err := w.CreateTenant(t.Context(), store.NewTenant{Command: w.by(support), Fields: catalog.Tenant{Slug: "-", TimeZone: "x"}})
	problems(t, err, "name", "slug", "email", "time_zone")
	w.unchanged("no UTF-8", func() {
		fields := tenantFields("new")
		fields.Name = "a\xffb"
		if _, err := w.CreateTenant(t.Context(), store.NewTenant{Command: w.by(support), Fields: fields}); !errors.Is(err, store.ErrInput) {
			t.Errorf("no UTF-8: %v", err)
		}
	})
}

// A double click on Create: both sends get the one new record, and none of them hears that its own slug is taken.
func TestDoubleCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patient()
	tenantID := w.tenant("t")
	tenant := store.NewTenant{Command: w.by(support), Fields: tenantFields("twice")}
	deployment := store.NewDeployment{Command: w.by(support), TenantID: tenantID, Fields: deploymentFields("twice")}
	note := store.NewNote{Command: w.by(support), TenantID: tenantID, Notes: "once"}
	var tenants, deployments sync.Map
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			id, err := w.CreateTenant(t.Context(), tenant)
			if err != nil {
				t.Error(err)
			}
			tenants.Store(id, true)
			if id, err = w.CreateDeployment(t.Context(), deployment); err != nil {
				t.Error(err)
			}
			deployments.Store(id, true)
			if err := w.AddNote(t.Context(), note); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for what, found := range map[string]*sync.Map{"tenants": &tenants, "deployments": &deployments} {
		n := 0
		found.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Errorf("%d %s", n, what)
		}
	}
	if got := w.value(`SELECT concat_ws(' ', (SELECT count(*) FROM cloud_tenants), (SELECT count(*) FROM cloud_deployments), (SELECT count(*) FROM cloud_notes))`); got != "2 1 1" {
		t.Errorf("%s rows", got)
	}
	w.verified()
}

func TestCreateDeployment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenantID := w.tenant("t")
	n := store.NewDeployment{Command: w.by(billing), TenantID: tenantID, Fields: catalog.Deployment{
		Name: "Web shop", Hostname: "Shop.Customer.Test", App: "shop", AppVersion: "2.1", Plan: "business", Region: "ams3", Size: "s-2vcpu-4gb",
	}}
	id, err := w.CreateDeployment(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	d := w.get(id)
	if d.State != lifecycle.Active || d.Version != 1 || d.LastReason != lifecycle.Created || d.LastFrom.Valid || d.Slug != "web-shop" ||
		d.Hostname.String != "shop.customer.test" || d.PriceCents != 14900 || d.Currency != "EUR" || d.TrialEndsAt.Valid ||
		!d.StateSince.Equal(d.InsertedAt) || !d.LastAt.Equal(d.StateSince) || d.TenantName != "Tenant t" || d.LastActor != "Billing" {
		t.Errorf("%+v", d)
	}
	w.unchanged("the same key", func() {
		if again, err := w.CreateDeployment(t.Context(), n); err != nil || again != id {
			t.Errorf("again %s %v, first %s", again, err, id)
		}
		other := n
		other.Fields.TrialEndsAt = time.Now().Add(time.Hour)
		if _, err := w.CreateDeployment(t.Context(), other); !errors.Is(err, store.ErrKeyReused) {
			t.Errorf("another end of the trial: %v", err)
		}
	})
	trial := w.get(w.in(tenantID, "trial", lifecycle.Trial))
	if left := time.Until(trial.TrialEndsAt.Time); trial.State != lifecycle.Trial || left > 14*24*time.Hour || left < 14*24*time.Hour-time.Minute {
		t.Errorf("%+v", trial)
	}
	until := time.Date(2031, 5, 4, 12, 0, 0, 0, time.UTC)
	fields := deploymentFields("long-trial")
	fields.TrialEndsAt = until
	if d := w.get(w.create(tenantID, fields, lifecycle.Trial)); !d.TrialEndsAt.Time.Equal(until) {
		t.Errorf("trial ends %s", d.TrialEndsAt.Time)
	}
	w.unchanged("no tenant", func() {
		_, err := w.CreateDeployment(t.Context(), store.NewDeployment{Command: w.by(support), TenantID: uuid.New(), Fields: fields})
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v", err)
		}
	})
}

func TestDeploymentProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenantID := w.tenant("t")
	taken := deploymentFields("taken")
	taken.Hostname = "taken.test.example"
	w.create(tenantID, taken, lifecycle.Active)
	mine := w.deployment(tenantID, "mine")
	for name, c := range map[string]struct {
		change func(*catalog.Deployment)
		field  string
	}{
		"no name":          {func(f *catalog.Deployment) { f.Name = "" }, "name"},
		"a long slug":      {func(f *catalog.Deployment) { f.Slug = strings.Repeat("a", 64) }, "slug"},
		"a taken slug":     {func(f *catalog.Deployment) { f.Slug = "taken" }, "slug"},
		"a URL":            {func(f *catalog.Deployment) { f.Hostname = "https://a.test" }, "hostname"},
		"a taken hostname": {func(f *catalog.Deployment) { f.Hostname = "TAKEN.test.example" }, "hostname"},
		"a long app":       {func(f *catalog.Deployment) { f.App = strings.Repeat("a", 101) }, "app"},
		"a long version":   {func(f *catalog.Deployment) { f.AppVersion = strings.Repeat("1", 51) }, "app_version"},
		"no such plan":     {func(f *catalog.Deployment) { f.Plan = "free" }, "plan"},
		"no such region":   {func(f *catalog.Deployment) { f.Region = "moon1" }, "region"},
		"no such size":     {func(f *catalog.Deployment) { f.Size = "huge" }, "size"},
	} {
		fields := deploymentFields("new")
		c.change(&fields)
		w.unchanged(name, func() {
			_, err := w.CreateDeployment(t.Context(), store.NewDeployment{Command: w.by(support), TenantID: tenantID, Fields: fields})
			problems(t, err, c.field)
			problems(t, w.UpdateDeployment(t.Context(), support, mine, 1, fields), c.field)
		})
	}
	for _, state := range lifecycle.States {
		if state.Initial() {
			continue
		}
		_, err := w.CreateDeployment(t.Context(), store.NewDeployment{Command: w.by(support), TenantID: tenantID, Fields: deploymentFields("s"), State: state})
		problems(t, err, "state")
	}
	// Another tenant may use the slug; the host name is free once its deployment is archived.
	elsewhere := w.tenant("elsewhere")
	other := deploymentFields("taken")
	w.create(elsewhere, other, lifecycle.Active)
}

func TestHostnameIsFreeOnceArchived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenantID := w.tenant("t")
	fields := deploymentFields("old")
	fields.Hostname = "shop.test.example"
	old := w.create(tenantID, fields, lifecycle.Active)
	fields.Slug = "new"
	w.move(old, lifecycle.Cancel)
	_, err := w.CreateDeployment(t.Context(), store.NewDeployment{Command: w.by(support), TenantID: tenantID, Fields: fields})
	problems(t, err, "hostname")
	w.move(old, lifecycle.Archive)
	w.create(tenantID, fields, lifecycle.Active)
}

func TestNotes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenantID := w.tenant("t")
	id := w.deployment(tenantID, "d")
	on := uuid.NullUUID{UUID: id, Valid: true}
	n := store.NewNote{Command: w.by(support), DeploymentID: on, Notes: " called\r\n<b>again</b> "}
	for range 2 {
		if err := w.AddNote(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.AddNote(t.Context(), store.NewNote{Command: w.by(billing), TenantID: tenantID, Notes: "on the account"}); err != nil {
		t.Fatal(err)
	}
	line, err := w.GetTenantTimeline(t.Context(), tenantID, "")
	if err != nil || len(line.Entries) != 4 { // the two notes, the deployment's first event, the tenant's creation
		t.Fatalf("%+v %v", line, err)
	}
	account, call := line.Entries[0], line.Entries[1]
	if account.DeploymentID.Valid || account.Notes != "on the account" || account.DeploymentName.Valid {
		t.Errorf("%+v", account)
	}
	if call.Kind != store.NoteEntry || call.DeploymentID != on || call.Notes != "called\n<b>again</b>" || call.DeploymentName.String != "Deployment d" {
		t.Errorf("%+v", call)
	}
	n.Notes = "other"
	if err := w.AddNote(t.Context(), n); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("%v", err)
	}
	w.unchanged("a wrong note", func() {
		problems(t, w.AddNote(t.Context(), store.NewNote{Command: w.by(support), TenantID: tenantID, Notes: " \n "}), "notes")
		problems(t, w.AddNote(t.Context(), store.NewNote{Command: w.by(support), TenantID: tenantID, Notes: strings.Repeat("x", catalog.MaxNotes+1)}), "notes")
		for _, nobody := range []store.NewNote{{TenantID: uuid.New()}, {DeploymentID: uuid.NullUUID{UUID: uuid.New(), Valid: true}}} {
			nobody.Command, nobody.Notes = w.by(support), "n"
			if err := w.AddNote(t.Context(), nobody); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%v", err)
			}
		}
		for _, notes := range []string{"a\x00b", "a\xffb"} {
			if err := w.AddNote(t.Context(), store.NewNote{Command: w.by(support), TenantID: tenantID, Notes: notes}); !errors.Is(err, store.ErrInput) {
				t.Errorf("%q: %v", notes, err)
			}
		}
	})
	longest := strings.Repeat("é", catalog.MaxNotes)
	if err := w.AddNote(t.Context(), store.NewNote{Command: w.by(support), TenantID: tenantID, Notes: longest}); err != nil {
		t.Error(err)
	}
}

// Nothing is written that nobody stands for.
func TestNoActor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenantID := w.tenant("t")
	id := w.deployment(tenantID, "d")
	nobody := store.Command{Key: "k"}
	_, create := w.CreateTenant(t.Context(), store.NewTenant{Command: nobody, Fields: tenantFields("n")})
	_, deployment := w.CreateDeployment(t.Context(), store.NewDeployment{Command: nobody, TenantID: tenantID, Fields: deploymentFields("n")})
	_, preview := w.PreviewAccount(t.Context(), access.Actor{}, tenantID, lifecycle.Pause)
	_, account := w.MoveAccount(t.Context(), store.AccountMove{Command: nobody, TenantID: tenantID, Action: lifecycle.Pause})
	for what, err := range map[string]error{
		"tenant": create, "deployment": deployment, "preview": preview, "account": account,
		"note":        w.AddNote(t.Context(), store.NewNote{Command: nobody, TenantID: tenantID, Notes: "n"}),
		"tenant edit": w.UpdateTenant(t.Context(), access.Actor{}, tenantID, 1, tenantFields("n")),
		"edit":        w.UpdateDeployment(t.Context(), access.Actor{}, id, 1, deploymentFields("n")),
	} {
		if !errors.Is(err, access.ErrNoActor) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
