package csvimport_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/internal/csvimport"
	"arcadia.example/console/internal/postgres/pgtest"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

var mara = access.Actor{Kind: access.Staff, ID: "mara@arcadia.example", Name: "Mara Whitfield", Roles: access.Admin}

// open returns the store that serves, with no more rights and time than that has.
func open(t *testing.T, db pgtest.DB) *store.Store {
	t.Helper()
	return openWith(t, db.AppDSN, store.Options{Conns: 4})
}

func openWith(t *testing.T, dsn string, o store.Options) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

func verify(t *testing.T, db pgtest.DB) store.Verified {
	t.Helper()
	v, err := openWith(t, db.OwnerDSN, store.Options{Loading: true, Conns: 1}).Verify(t.Context())
	if err != nil || !v.OK() {
		t.Fatalf("verify: %v, %v", v.Mismatches, err)
	}
	return v
}

func parse(t *testing.T, file string) []store.ImportRow {
	t.Helper()
	rows, problems := csvimport.Parse(strings.NewReader(file))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return rows
}

func bring(t *testing.T, st *store.Store, key, file string) (store.Imported, error) {
	t.Helper()
	return st.Import(t.Context(), store.NewImport{Command: store.Command{Actor: mara, Key: key}, Rows: parse(t, file)})
}

const everyState = full +
	"acme,Acme,it@acme.example,pay@acme.example,C-1,Europe/Berlin,,Active one,one.acme.example,Ghost,5.1,starter,fra1,s-1vcpu-1gb,,,was here before\n" +
	"acme,,,,,,,Trial one,,,,starter,fra1,s-1vcpu-1gb,trial,2030-01-02,\n" +
	"acme,,,,,,,Open trial,,,,starter,fra1,s-1vcpu-1gb,trial,,\n" +
	"acme,,,,,,,Paused one,,,,starter,fra1,s-1vcpu-1gb,paused,,since the winter\n" +
	"acme,,,,,,,Late one,,,,starter,fra1,s-1vcpu-1gb,past_due,,\n" +
	"beta,Beta,it@beta.example,,,,,Suspended one,,,,business,nyc1,s-2vcpu-4gb,suspended,,\n" +
	"beta,,,,,,,Cancelled one,,,,business,nyc1,s-2vcpu-4gb,cancelled,,\n" +
	"beta,,,,,,,Archived one,old.beta.example,,,business,nyc1,s-2vcpu-4gb,archived,,long gone\n" +
	"gamma,Gamma,it@gamma.example,,,,,,,,,,,,,,\n"

func TestImport(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	st := open(t, db)
	imported, err := bring(t, st, "k", everyState)
	if err != nil || imported != (store.Imported{Tenants: 3, Deployments: 8}) {
		t.Fatalf("%+v, %v", imported, err)
	}
	again, err := bring(t, st, "k", everyState)
	if err != nil || again != (store.Imported{Tenants: 3, Deployments: 8, Replayed: true}) {
		t.Errorf("the same key again: %+v, %v", again, err)
	}
	if _, err := bring(t, st, "k", short+"x,X,x@x.example,,,,,,\n"); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("the same key for another file: %v", err)
	}
	if v := verify(t, db); v.Deployments != 8 || v.Events != 8+1+1+2+1+2 {
		t.Errorf("verify saw %+v", v)
	}
	page, err := st.ListDeployments(t.Context(), store.DeploymentFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range page.Rows {
		checkImported(t, st, row)
	}
}

// checkImported compares a deployment of everyState with what its name says, and with its timeline.
func checkImported(t *testing.T, st *store.Store, row store.DeploymentRow) {
	t.Helper()
	want := map[string]struct {
		states []lifecycle.State
		notes  string
	}{
		"Active one":    {[]lifecycle.State{lifecycle.Active}, "Imported as active.\nwas here before"},
		"Trial one":     {[]lifecycle.State{lifecycle.Trial}, "Imported as trial."},
		"Open trial":    {[]lifecycle.State{lifecycle.Trial}, "Imported as trial."},
		"Paused one":    {[]lifecycle.State{lifecycle.Active, lifecycle.Paused}, "Imported as paused.\nsince the winter"},
		"Late one":      {[]lifecycle.State{lifecycle.Active, lifecycle.PastDue}, "Imported as past due."},
		"Suspended one": {[]lifecycle.State{lifecycle.Active, lifecycle.PastDue, lifecycle.Suspended}, "Imported as suspended."},
		"Cancelled one": {[]lifecycle.State{lifecycle.Active, lifecycle.Cancelled}, "Imported as cancelled."},
		"Archived one":  {[]lifecycle.State{lifecycle.Active, lifecycle.Cancelled, lifecycle.Archived}, "Imported as archived.\nlong gone"},
	}[row.Name]
	timeline, err := st.GetDeploymentTimeline(t.Context(), row.ID, "")
	if err != nil || len(timeline.Entries) != len(want.states) || timeline.Entries[0].Notes != want.notes {
		t.Fatalf("%s: %+v, %v", row.Name, timeline.Entries, err)
	}
	for i, e := range timeline.Entries {
		reason := lifecycle.Imported
		if e.Version == 1 {
			reason = lifecycle.Created
		}
		if e.To != want.states[len(want.states)-1-i] || e.Reason != reason || e.ActorName != mara.Name || e.ActorRoles != "admin" {
			t.Errorf("%s: %+v", row.Name, e)
		}
	}
	if row.State == lifecycle.Trial {
		ends := row.TrialEndsAt.Time
		stated := ends.Equal(time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC))
		byDefault := ends.After(time.Now().Add(13*24*time.Hour)) && ends.Before(time.Now().Add(15*24*time.Hour))
		if stated != (row.Name == "Trial one") || byDefault != (row.Name == "Open trial") {
			t.Errorf("%s ends %s", row.Name, ends)
		}
	}
}

func TestImportAddsToATenant(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	st := open(t, db)
	if _, err := bring(t, st, "1", everyState); err != nil {
		t.Fatal(err)
	}
	imported, err := bring(t, st, "2", full+
		"acme,,,,,,,New one,,,,starter,fra1,s-1vcpu-1gb,,,\n"+
		"acme,Acme,it@acme.example,,,,,Newer one,,,,starter,fra1,s-1vcpu-1gb,,,\n"+
		"beta,,,,,,,Heir of the archived,old.beta.example,,,starter,fra1,s-1vcpu-1gb,,,\n")
	if err != nil || imported != (store.Imported{Deployments: 3}) {
		t.Errorf("%+v, %v", imported, err)
	}
	verify(t, db)
}

func TestImportNamesEveryClashAndKeepsNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	st := open(t, db)
	if _, err := bring(t, st, "1", everyState); err != nil {
		t.Fatal(err)
	}
	before := verify(t, db)
	_, err := bring(t, st, "2", full+
		"fresh,Fresh,it@fresh.example,,,,,Good,good.fresh.example,,,starter,fra1,s-1vcpu-1gb,,,\n"+
		"acme,,,,,,active-one,Same slug,,,,starter,fra1,s-1vcpu-1gb,,,\n"+
		"acme,,,,,,,Same host,one.acme.example,,,starter,fra1,s-1vcpu-1gb,,,\n"+
		"acme,Acme Inc,,,,UTC,,Other name,,,,starter,fra1,s-1vcpu-1gb,,,\n"+
		"gamma,,,,,,,,,,,,,,,,\n"+
		"nobody,,,,,,,No name,,,,starter,fra1,s-1vcpu-1gb,,,\n"+
		"noone,Noone,,,,,,No e-mail,,,,starter,fra1,s-1vcpu-1gb,,,\n")
	var problems store.LineErrors
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	want := []string{
		"line 3, deployment_slug: Another deployment", "line 4, hostname: Another deployment", `line 5, tenant_name: This tenant exists, with "Acme"`,
		`line 5, time_zone: This tenant exists, with "Europe/Berlin"`, "line 6, tenant_slug: This tenant exists",
		"line 7, tenant_name: The name is missing", "line 8, tenant_email: The e-mail is missing",
	}
	if len(problems) != len(want) {
		t.Fatalf("errors:\n%v", problems)
	}
	for i, p := range problems {
		if !strings.HasPrefix(p.String(), want[i]) {
			t.Errorf("error %d is %q, want %q", i, p, want[i])
		}
	}
	if after := verify(t, db); after.Events != before.Events {
		t.Error("something of the refused file was kept")
	}
	if imported, err := bring(t, st, "2", short+"fresh,Fresh,it@fresh.example,,,,,,\n"); err != nil || imported.Tenants != 1 {
		t.Errorf("the key of a refused file cannot be used again: %+v, %v", imported, err)
	}
}

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	st := open(t, pgtest.New(t))
	row := store.ImportRow{Line: 2, Tenant: catalog.Tenant{Name: "A", Email: "a@a.example"}, Alone: true}
	var problems store.LineErrors
	for name, c := range map[string]struct {
		actor access.Actor
		key   string
		rows  []store.ImportRow
		want  func(error) bool
	}{
		"nobody":  {access.Actor{}, "k", []store.ImportRow{row}, func(err error) bool { return errors.Is(err, access.ErrNoActor) }},
		"no key":  {mara, "", []store.ImportRow{row}, func(err error) bool { return errors.Is(err, store.ErrInput) }},
		"no rows": {mara, "k", nil, func(err error) bool { return errors.As(err, &problems) }},
		"bad row": {mara, "k", []store.ImportRow{{Line: 2, Alone: true}}, func(err error) bool { return errors.As(err, &problems) }},
	} {
		if _, err := st.Import(t.Context(), store.NewImport{Command: store.Command{Actor: c.actor, Key: c.key}, Rows: c.rows}); !c.want(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestImportBesideAnother sends files with the same tenant and host at once: one is stored, the others are told the line.
func TestImportBesideAnother(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	st := open(t, db)
	file := parse(t, full+"acme,Acme,it@acme.example,,,,,One,one.acme.example,,,starter,fra1,s-1vcpu-1gb,suspended,,\n")
	var all sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		all.Go(func() {
			_, errs[i] = st.Import(t.Context(), store.NewImport{Command: store.Command{Actor: mara, Key: fmt.Sprint(i)}, Rows: file})
		})
	}
	all.Wait()
	stored := 0
	for _, err := range errs {
		var problems store.LineErrors
		if err == nil {
			stored++
		} else if !errors.As(err, &problems) || problems[0].Line != 2 {
			t.Errorf("another import: %v", err)
		}
	}
	if stored != 1 {
		t.Errorf("%d imports were stored", stored)
	}
	verify(t, db)
}

// TestImportPutsATenantTogether has what is to be known of a tenant scattered over its rows.
func TestImportPutsATenantTogether(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	st := open(t, db)
	imported, err := bring(t, st, "1", full+
		"acme,,,,,,,One,,,,starter,fra1,s-1vcpu-1gb,,,\n"+
		"acme,Acme,,,C-9,,,Two,,,,starter,fra1,s-1vcpu-1gb,,,\n"+
		"acme,Acme,it@acme.example,,,Asia/Tokyo,,Three,,,,starter,fra1,s-1vcpu-1gb,,,\n")
	if err != nil || imported != (store.Imported{Tenants: 1, Deployments: 3}) {
		t.Fatalf("%+v, %v", imported, err)
	}
	page, err := st.ListTenants(t.Context(), store.TenantFilter{})
	if err != nil {
		t.Fatal(err)
	}
	want := catalog.Tenant{Name: "Acme", Slug: "acme", Email: "it@acme.example", ExternalCustomerID: "C-9", TimeZone: "Asia/Tokyo"}
	if got := page.Rows[0].Fields(); got != want {
		t.Errorf("the tenant is %+v", got)
	}
	verify(t, db)
}
