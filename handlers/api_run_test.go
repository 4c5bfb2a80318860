package handlers_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"arcadia.example/console/access"
)

const building = `{"tenant": "northwind", "name": "Outlet", "plan": "starter", "region": "ams3", "size": "s-1vcpu-1gb", "hostname": "outlet.managed.example", "provision": true}`

// A deployment that a run builds is answered with the run, and watched there; an abort is carried out by that run.
func TestAPIHasAMachineBuilt(t *testing.T) {
	t.Parallel()
	c := newBuilder(t)
	p := c.program("Shop", access.Support)
	a := p.post("/deployments", "order", building)
	p.wants(a, http.StatusAccepted)
	d, place := p.read(a), a.header.Get("Location")
	run, _ := d["run"].(map[string]any)
	if d["state"] != "provisioning" || run["kind"] != "provision" || run["status"] != "waiting" || run["links"].(map[string]any)["self"] != place {
		t.Errorf("at %s: %s", place, a.body)
	}
	if steps := run["steps"].([]any); len(steps) != 7 || steps[1].(map[string]any)["name"] != "create" || steps[1].(map[string]any)["label"] != "Create droplet" {
		t.Errorf("%v", steps)
	}
	if machine := d["machine"].(map[string]any); machine["status"] != "building" {
		t.Errorf("%v", machine)
	}
	c.zones.fail(errors.New("connection refused")) // a resend asks nobody
	if again := p.post("/deployments", "order", building); again.status != a.status || again.body != a.body || again.header.Get("Location") != place {
		t.Errorf("again %d %s", again.status, again.body)
	}
	seen := p.ask("GET", place)
	p.wants(seen, http.StatusOK, `"deployment_id":"`+fmt.Sprint(d["id"]), `"kind":"api"`)
	p.wants(p.ask("GET", place, header("If-None-Match", seen.header.Get("ETag"))), http.StatusNotModified)
	abort := p.action(d, "abort")
	if abort["by_run"] != true || abort["to_state"] != "cancelled" {
		t.Errorf("%v", abort)
	}
	move := strings.TrimPrefix(fmt.Sprint(d["links"].(map[string]any)["transitions"]), "/api/v1")
	begun := p.post(move, "stop", `{"action": "abort", "reason": "customer_request", "version": 1}`)
	p.wants(begun, http.StatusAccepted, `"outcome":"begun"`, `"event":null`, `"state":"provisioning"`)
	if said := p.read(begun); said["run"].(map[string]any)["aborted_at"] == nil || begun.header.Get("Location") != place {
		t.Errorf("at %s: %s", begun.header.Get("Location"), begun.body)
	}
	if again := p.post(move, "stop", `{"action": "abort", "reason": "customer_request", "version": 1}`); again.status != begun.status || again.body != begun.body {
		t.Errorf("again %d %s", again.status, again.body)
	}
	if now := p.read(p.ask("GET", "/api/v1"+strings.TrimSuffix(move, "/transitions"))); p.action(now, "abort") != nil {
		t.Error("it can be aborted twice")
	}
	p.refused(p.post(move, "stop again", `{"action": "abort", "reason": "other", "version": 1}`), http.StatusUnprocessableEntity, "run_is_on")
}

// action is what a deployment lists of an action; nil where it does not list it.
func (p *program) action(d map[string]any, name string) map[string]any {
	for _, one := range d["actions"].([]any) {
		if action := one.(map[string]any); action["action"] == name {
			return action
		}
	}
	return nil
}

// What is gone is built anew before it is active again.
func TestAPIReactivatesByARun(t *testing.T) {
	t.Parallel()
	c, id := provided(t)
	c.owns(`UPDATE runs SET status = 'failed', finished_at = now() WHERE deployment_id = $1`, id)
	p := c.program("Shop", access.Support|access.Billing)
	path := "/deployments/" + id.String()
	p.wants(p.post(path+"/transitions", "a", `{"action": "abort", "reason": "other", "version": 1}`), http.StatusOK, `"outcome":"accepted"`)
	a := p.post(path+"/transitions", "b", `{"action": "reactivate", "version": 2}`)
	p.wants(a, http.StatusAccepted, `"outcome":"begun"`, `"kind":"reactivate"`, `"state":"cancelled"`)
	p.wants(p.ask("GET", a.header.Get("Location")), http.StatusOK, `"kind":"reactivate"`)
}

func TestAPIRefusesRuns(t *testing.T) {
	t.Parallel()
	c := newBuilder(t)
	p := c.program("Shop", access.Support)
	p.unchanged("runs that cannot be", func() {
		p.refused(c.program("Invoices", access.Billing).post("/deployments", "k", building), http.StatusForbidden, "forbidden", "Support")
		p.refused(p.post("/deployments", "k", strings.Replace(building, "true", `true, "state": "trial"`, 1)), http.StatusUnprocessableEntity, "invalid_fields", `"field":"state"`)
		p.refused(p.post("/deployments", "k", strings.Replace(building, "true", `"yes"`, 1)), http.StatusBadRequest, "bad_request", "“provision”")
		p.refused(p.post("/deployments", "k", strings.Replace(building, `"provision": true`, `"state": "provisioning"`, 1)), http.StatusUnprocessableEntity, "invalid_fields", `"field":"state"`)
		p.refused(p.post("/deployments", "k", strings.Replace(building, "outlet.managed", "outlet.foreign", 1)), http.StatusUnprocessableEntity, "invalid_fields", `"field":"hostname"`, "no zone")
		p.refused(p.post("/deployments", "k", strings.Replace(building, `"outlet.managed.example"`, "null", 1)), http.StatusUnprocessableEntity, "invalid_fields", `"field":"hostname"`, "is needed")
		c.zones.fail(errors.New("connection refused"))
		a := p.post("/deployments", "k", building)
		p.refused(a, http.StatusServiceUnavailable, "busy", "does not answer")
		if a.header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		for _, id := range []string{"x", c.tenant.String(), c.deployment.String()} {
			p.refused(p.ask("GET", "/api/v1/runs/"+id), http.StatusNotFound, "not_found")
		}
	})
	without := newConsole(t).program("Shop", access.Support)
	without.refused(without.post("/deployments", "k", building), http.StatusUnprocessableEntity, "no_provider")
	if d := without.fetch("/tenants/northwind/deployments/web-shop"); d["machine"] != nil || d["run"] != nil {
		t.Errorf("%v", d)
	}
}
