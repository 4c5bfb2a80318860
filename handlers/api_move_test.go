package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

func TestAPIMovesByVersion(t *testing.T) {
	t.Parallel()
	p := newConsole(t).program("Shop", access.Support)
	path := "/deployments/" + p.deployment.String()
	move := path + "/transitions"
	tag := p.ask("GET", "/api/v1"+path).header.Get("ETag")
	p.refused(p.post(move, "k", `{"action": "pause"}`), http.StatusPreconditionRequired, "version_missing", "“version”")
	for _, wrong := range []string{"*", "x", `"x`, tag + ", " + tag, `""x""`} {
		p.refused(p.post(move, "k", `{"action": "pause"}`, header("If-Match", wrong)), http.StatusBadRequest, "bad_request", "If-Match")
	}
	for _, other := range []string{`"x"`, `""`, `"e1.v2.x"`, `"v01.x"`, `"v-1"`, `"v99999999999999999999"`} {
		p.refused(p.post(move, "k", `{"action": "pause"}`, header("If-Match", other)), http.StatusPreconditionFailed, "stale")
	}
	a := p.post(move, "k", `{"action": "pause", "notes": "Over the winter."}`, header("If-Match", tag))
	p.wants(a, http.StatusOK)
	said := p.read(a)
	event, d := said["event"].(map[string]any), said["deployment"].(map[string]any)
	if said["outcome"] != "accepted" || event["version"] != 2.0 || event["from_state"] != "active" || event["to_state"] != "paused" || event["notes"] != "Over the winter." ||
		fmt.Sprint(event["actor"]) != "map[id:shop kind:api name:Shop roles:[support]]" || d["state"] != "paused" {
		t.Errorf("%s", a.body)
	}
	if now := p.ask("GET", "/api/v1"+path).header.Get("ETag"); !strings.HasPrefix(now, `"v2.e1.`) || !strings.HasPrefix(a.header.Get("ETag"), `"v2.e1.`) {
		t.Errorf("ETag %s", now)
	}
	// It stands there already: a success that records no event, with the one that led there.
	before := p.rows()
	a = p.post(move, "k2", `{"action": "pause", "version": 1}`)
	p.wants(a, http.StatusOK, `"outcome":"already"`, `"version":2`)
	if strings.Fields(p.rows())[1] != strings.Fields(before)[1] {
		t.Error("it left an event")
	}
	p.unchanged("stale moves", func() {
		for _, stale := range []struct {
			status int
			a      answer
		}{
			{http.StatusPreconditionFailed, p.post(move, "k3", `{"action": "resume"}`, header("If-Match", tag))},
			{http.StatusConflict, p.post(move, "k3", `{"action": "resume", "version": 1}`)},
		} {
			p.refused(stale.a, stale.status, "stale", "Shop moved it to paused")
			if now := p.read(stale.a)["deployment"].(map[string]any); now["version"] != 2.0 || now["state"] != "paused" {
				t.Errorf("%v", now)
			}
		}
		a := p.post(move, "k3", `{"action": "suspend", "version": 2, "reason": "fraud"}`)
		p.refused(a, http.StatusForbidden, "forbidden", "Billing")
		a = p.post(move, "k3", `{"action": "cancel", "version": 2}`)
		p.refused(a, http.StatusUnprocessableEntity, "reason_missing", `"from_state":"paused"`, `"to_state":"cancelled"`)
		a = p.post(move, "k3", `{"action": "cancel", "version": 2, "reason": "seasonal"}`)
		p.refused(a, http.StatusUnprocessableEntity, "reason_unknown")
	})
	// A refusal left nothing: its key is free.
	p.wants(p.post(move, "k3", `{"action": "resume", "version": 2, "reason": "undo"}`), http.StatusOK, `"reverts_version":2`, `"reason":"undo"`)
}

// waysTo are the moves that lead from a new deployment to each state.
var waysTo = map[lifecycle.State]struct {
	start lifecycle.State
	moves []lifecycle.Action
}{
	lifecycle.Provisioning: {lifecycle.Provisioning, nil},
	lifecycle.Trial:        {lifecycle.Trial, nil},
	lifecycle.Active:       {lifecycle.Active, nil},
	lifecycle.Paused:       {lifecycle.Active, []lifecycle.Action{lifecycle.Pause}},
	lifecycle.PastDue:      {lifecycle.Active, []lifecycle.Action{lifecycle.MarkPastDue}},
	lifecycle.Suspended:    {lifecycle.Active, []lifecycle.Action{lifecycle.MarkPastDue, lifecycle.Suspend}},
	lifecycle.Cancelled:    {lifecycle.Active, []lifecycle.Action{lifecycle.Cancel}},
	lifecycle.Archived:     {lifecycle.Active, []lifecycle.Action{lifecycle.Cancel, lifecycle.Archive}},
}

// put makes a deployment that stands in a state.
func (c *console) put(name string, s lifecycle.State) (uuid.UUID, int) {
	c.t.Helper()
	ada := access.Actor{Kind: access.Staff, ID: "ada", Name: "Ada", Roles: access.Admin}
	way := waysTo[s]
	id, err := c.store.CreateDeployment(c.t.Context(), store.NewDeployment{
		Command: store.Command{Actor: ada, Key: uuid.NewString()}, TenantID: c.tenant, State: way.start,
		Fields: catalog.Deployment{Name: name, Plan: "standard", Region: "fra1", Size: "s-1vcpu-1gb"},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	version := 1
	for _, action := range way.moves {
		moved, err := c.store.Transition(c.t.Context(), store.Transition{
			Command: store.Command{Actor: ada, Key: uuid.NewString()}, DeploymentID: id, Action: action, Version: version, Reason: reasonFor(action),
		})
		if err != nil || moved.Verdict != lifecycle.Accepted {
			c.t.Fatalf("%s: %+v %v", action, moved, err)
		}
		version = moved.Version
	}
	return id, version
}

func reasonFor(action lifecycle.Action) lifecycle.Reason {
	if action.NeedsReason() {
		return action.Reasons()[0]
	}
	return ""
}

// Every state, every action, every role: what a person can do on the page the same role can do by the API and nothing else, with the
// same outcome; and the representation lists exactly what would be accepted. An integration is never an admin.
func TestAPIAcceptsWhatThePageAccepts(t *testing.T) {
	t.Parallel()
	for _, role := range access.AllRoles {
		if !access.IntegrationRoles.Has(role) {
			continue
		}
		t.Run(role.String(), func(t *testing.T) {
			t.Parallel()
			c := newConsole(t)
			pair := parity{c.program("Bridge "+role.String(), role), role.String()}
			for _, state := range lifecycle.States {
				pair.compare(state)
			}
		})
	}
}

// parity is one role on the page and by the API.
type parity struct {
	*program
	role string
}

func (p parity) compare(state lifecycle.State) {
	p.t.Helper()
	var listed, accepted []string
	for _, action := range lifecycle.Actions {
		byPage, version := p.put(fmt.Sprintf("Page %s %s", state, action), state)
		byAPI, _ := p.put(fmt.Sprintf("API %s %s", state, action), state)
		said := p.fetch("/deployments/" + byAPI.String())
		listed = nil
		for _, open := range said["actions"].([]any) {
			listed = append(listed, fmt.Sprint(open.(map[string]any)["action"]))
		}
		if n := len(listed) + len(said["blocked"].([]any)); n != len(lifecycle.Actions) {
			p.t.Errorf("%s: %d actions", state, n)
		}
		form := url.Values{"action": {string(action)}, "version": {fmt.Sprint(version)}, "key": {uuid.NewString()}, "reason": {string(reasonFor(action))}}
		page := p.as(p.role, "POST", "/deployments/"+byPage.String()+"/transitions", form.Encode())
		body := fmt.Sprintf(`{"action": "%s", "version": %d, "reason": "%s"}`, action, version, reasonFor(action))
		api := p.post("/deployments/"+byAPI.String()+"/transitions", uuid.NewString(), body)
		status := page.status
		if status == http.StatusSeeOther {
			status = http.StatusOK
		}
		if api.status != status {
			p.t.Errorf("%s, %s as %s: the page %d, the API %d %.300s", state, action, p.role, page.status, api.status, api.body)
		}
		if a, b := p.history(byPage), p.history(byAPI); a != b {
			p.t.Errorf("%s, %s as %s: the page left %s, the API %s", state, action, p.role, a, b)
		}
		if api.status == http.StatusOK && p.read(api)["outcome"] == "accepted" {
			accepted = append(accepted, string(action))
		}
	}
	slices.Sort(listed)
	slices.Sort(accepted)
	if !slices.Equal(listed, accepted) {
		p.t.Errorf("%s as %s: listed %v, accepted %v", state, p.role, listed, accepted)
	}
}

// history is what happened to a deployment, without who did it.
func (c *console) history(id uuid.UUID) string {
	c.t.Helper()
	return c.value(`SELECT string_agg(concat_ws(' ', version, from_state, to_state, reason), ', ' ORDER BY version) FROM cloud_deployment_events WHERE deployment_id = $1`, id)
}
