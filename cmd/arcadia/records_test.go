package main

import (
	"github.com/google/uuid"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// tenant creates a tenant with the name.
func (w *world) tenant(name string) uuid.UUID {
	w.t.Helper()
	slug := catalog.Slugify(name)
	id, err := w.store.CreateTenant(w.t.Context(), store.NewTenant{
		Command: w.by("support"), Fields: catalog.Tenant{Name: name, Slug: slug, Email: "it@" + slug + ".example"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// ways lead a new deployment into each state.
var ways = map[lifecycle.State][]lifecycle.Action{
	lifecycle.Provisioning: nil,
	lifecycle.Trial:        nil,
	lifecycle.Active:       nil,
	lifecycle.Paused:       {lifecycle.Pause},
	lifecycle.PastDue:      {lifecycle.MarkPastDue},
	lifecycle.Suspended:    {lifecycle.MarkPastDue, lifecycle.Suspend},
	lifecycle.Cancelled:    {lifecycle.Cancel},
	lifecycle.Archived:     {lifecycle.Cancel, lifecycle.Archive},
}

// deployment creates a deployment that stands in the state.
func (w *world) deployment(tenant uuid.UUID, name string, state lifecycle.State) uuid.UUID {
	w.t.Helper()
	start := lifecycle.Active
	if state.Initial() {
		start = state
	}
	id, err := w.store.CreateDeployment(w.t.Context(), store.NewDeployment{
		Command: w.by("support"), TenantID: tenant, State: start,
		Fields: catalog.Deployment{Name: name, App: "storefront", AppVersion: "4.2", Plan: "standard", Region: "fra1", Size: "s-1vcpu-2gb"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, action := range ways[state] {
		w.move(id, action)
	}
	return id
}

// move takes the action as an admin.
func (w *world) move(id uuid.UUID, action lifecycle.Action) {
	w.t.Helper()
	w.moveAs("admin", id, action)
}

// moveAs takes the action as one of the demo's people, at the version that is there.
func (w *world) moveAs(who string, id uuid.UUID, action lifecycle.Action) {
	w.t.Helper()
	move := store.Transition{Command: w.by(who), DeploymentID: id, Action: action, Version: w.get(id).Version}
	if action.NeedsReason() {
		move.Reason = lifecycle.Other
	}
	moved, err := w.store.Transition(w.t.Context(), move)
	if err != nil || moved.Verdict != lifecycle.Accepted {
		w.t.Fatalf("%s: %+v %v", action, moved, err)
	}
}

func (w *world) get(id uuid.UUID) store.Deployment {
	w.t.Helper()
	d, err := w.store.GetDeployment(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}
