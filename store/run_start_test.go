package store_test

import (
	"reflect"
	"testing"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// A deployment that is to be provisioned stands in provisioning with a run that waits, and a job that goes on with it; all of that or
// nothing.
func TestProvisioningBeginsWithARun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := openStore(t, w.db.AppDSN, store.Options{Conns: 4, Provider: "test"})
	tenant := w.tenant("harbour")
	n := store.NewDeployment{
		Command: w.by(support), TenantID: tenant, Provision: true,
		Fields: catalog.Deployment{Name: "Shop", Hostname: "shop.apps.example", Plan: "starter", Region: "fra1", Size: "s-1vcpu-1gb"},
	}
	if _, err := w.CreateDeployment(t.Context(), n); err == nil {
		t.Error("a run began without a provider")
	}
	for range 2 { // the second is a resend
		id, err := s.CreateDeployment(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		run, err := s.GetNewestRun(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if run.Kind != lifecycle.Provision || run.Status != lifecycle.RunWaiting || run.State != lifecycle.Provisioning || len(run.Steps) != 7 {
			t.Errorf("run %+v", run)
		}
		if !reflect.DeepEqual(run.Spec, store.RunSpec{Name: "shop.apps.example", Hostname: "shop.apps.example", Region: "fra1", Size: "s-1vcpu-1gb"}) {
			t.Errorf("spec %+v", run.Spec)
		}
		d, err := s.GetDeployment(t.Context(), id)
		if err != nil || d.RunKind != lifecycle.Provision || d.RunID.UUID != run.ID || !d.Provider || d.Gone {
			t.Errorf("deployment %+v, %v", d, err)
		}
	}
	var runs, jobs int
	if err := w.owner.QueryRow(`SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM river_job WHERE kind = 'run')`).Scan(&runs, &jobs); err != nil {
		t.Fatal(err)
	}
	if runs != 1 || jobs != 1 {
		t.Errorf("%d runs and %d jobs, want one each", runs, jobs)
	}
}
