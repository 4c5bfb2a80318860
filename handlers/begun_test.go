package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/handlers"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// provided is a console that has a cloud provider, and a deployment that a run builds.
func provided(t *testing.T) (*console, uuid.UUID) {
	t.Helper()
	c := newConsole(t)
	s, err := store.Open(t.Context(), c.db.AppDSN, store.Options{Conns: 4, Provider: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c.Server = c.serve(s, handlers.Config{Dev: true})
	id, err := s.CreateDeployment(t.Context(), store.NewDeployment{
		Command: store.Command{Actor: access.Actor{Kind: access.Staff, ID: "s", Name: "Sam", Roles: access.Support}, Key: "built"}, TenantID: c.tenant,
		Fields: catalog.Deployment{Name: "Built", Plan: "standard", Region: "fra1", Size: "s-1vcpu-1gb"}, Provision: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, id
}

// What a run carries out is told as begun: by htmx in place, by a plain form after the redirect; sent again, it is told again.
func TestWhatIsBegunIsToldSo(t *testing.T) {
	t.Parallel()
	c, id := provided(t)
	path := "/deployments/" + id.String() + "/transitions"
	dialog := c.as("support", http.MethodGet, path+"/abort", "", htmx)
	c.wants(dialog, http.StatusOK, "What was built is removed by the run", "It is cancelled when that is done")
	body := "action=abort&version=1&reason=customer_request&notes=&key=k"
	for range 2 {
		c.wants(c.as("support", http.MethodPost, path, body, htmx), http.StatusOK, "Aborting: what was built is being removed", `data-testid="notice"`)
	}
	plain := c.as("support", http.MethodPost, path, body)
	if plain.status != http.StatusSeeOther || plain.header.Get("Location") != "/deployments/"+id.String() {
		t.Errorf("%d to %q", plain.status, plain.header.Get("Location"))
	}
	cookie, _, _ := strings.Cut(plain.header.Get("Set-Cookie"), ";")
	c.wants(c.as("support", http.MethodGet, "/deployments/"+id.String(), "", header("Cookie", c.cookie("support")+"; "+cookie)),
		http.StatusOK, "Aborting: what was built is being removed")
	c.wants(c.as("operator", http.MethodPost, path, "action=abort&version=1&reason=other&notes=&key=l", htmx),
		http.StatusUnprocessableEntity, "It is being stopped already")
}

// A deployment whose machine is gone comes back by a run.
func TestReactivateOfWhatIsGoneIsToldAsBegun(t *testing.T) {
	t.Parallel()
	c, id := provided(t)
	if _, err := c.owner.ExecContext(t.Context(), `UPDATE runs SET status = 'compensated', finished_at = now() WHERE deployment_id = $1`, id); err != nil {
		t.Fatal(err)
	}
	admin := access.Actor{Kind: access.Staff, ID: "a", Name: "Ada", Roles: access.Admin}
	moved, err := c.store.Transition(t.Context(), store.Transition{
		Command: store.Command{Actor: admin, Key: "abort"}, DeploymentID: id, Action: lifecycle.Abort, Version: 1, Reason: lifecycle.Other,
	})
	if err != nil || moved.Verdict != lifecycle.Accepted {
		t.Fatalf("%+v, %v", moved, err)
	}
	c.wants(c.as("billing", http.MethodGet, "/deployments/"+id.String(), ""), http.StatusOK, "A run builds a new machine. Active, and billed, when that is done.")
	c.wants(c.as("billing", http.MethodPost, "/deployments/"+id.String()+"/transitions", "action=reactivate&version=2&reason=&notes=&key=k", htmx),
		http.StatusOK, "Rebuilding: a new machine is being built", `data-state="cancelled"`)
}
