package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"arcadia.example/console/access"
)

// pointed makes the deployment of the console one that a run has built: DNS leads to its machine.
func (b builder) pointed() {
	b.t.Helper()
	b.owns(`UPDATE cloud_deployments SET droplet_id = 4711, address = '203.0.113.7', hostname = 'shop.managed.example', edit_version = edit_version + 1 WHERE id = $1`, b.deployment)
	b.owns(`
		WITH built AS (
		  INSERT INTO runs (id, deployment_id, kind, status, spec, droplet_id, actor_kind, actor, actor_name, finished_at)
		  VALUES (gen_random_uuid(), $1, 'provision', 'done', '{"hostname": "shop.managed.example"}', 4711, 'staff', 'a', 'A', now()) RETURNING id
		)
		INSERT INTO run_steps (run_id, position, name, status, attempt, max_attempts, undo_max_attempts, result, started_at)
		SELECT id, 6, 'dns', 'done', 1, 8, 8, '{"zone": "managed.example"}', now() FROM built`, b.deployment)
}

// The form says what becomes of DNS, also when it comes back with an error; saving another host name starts the run, and saving anything
// else does not.
func TestEditOfAHostNameThatIsOurs(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	b.pointed()
	const hint = "DNS will be pointed at 203.0.113.7 after saving"
	path := "/deployments/" + b.deployment.String()
	b.wants(b.as("support", http.MethodGet, path+"/edit", ""), http.StatusOK, hint)
	save := func(version, name, hostname string) answer {
		return b.as("support", http.MethodPost, path+"/edit", url.Values{
			"edit_version": {version}, "name": {name}, "slug": {"web-shop"}, "hostname": {hostname}, "app": {"storefront"}, "app_version": {"4.2"},
			"plan": {"standard"}, "region": {"fra1"}, "size": {"s-1vcpu-1gb"}, "trial_ends": {""},
		}.Encode())
	}
	b.wants(save("2", "Web shop", "no host name"), http.StatusUnprocessableEntity, hint)
	b.wants(save("1", "Web shop", "new.managed.example"), http.StatusConflict, hint)
	for _, c := range []struct{ version, name, hostname, runs, notice string }{
		{"2", "Web shop", "shop.managed.example", "0", "saved"},
		{"3", "Web shop 2", "Shop.Managed.Example", "0", "saved"},
		{"4", "Web shop 2", "new.managed.example", "1", "renamed"},
		{"5", "Web shop 2", "newer.managed.example", "1", "renamed"}, // the one that is live follows
	} {
		a := save(c.version, c.name, c.hostname)
		b.wants(a, http.StatusSeeOther)
		if runs := b.value(`SELECT count(*) FROM runs WHERE kind = 'repoint'`); runs != c.runs || !strings.Contains(strings.Join(a.header.Values("Set-Cookie"), " "), "="+c.notice+";") {
			t.Errorf("%+v: %s runs, %v", c, runs, a.header.Values("Set-Cookie"))
		}
	}
	b.wants(b.as("support", http.MethodGet, path, ""), http.StatusOK, "Active; DNS is being pointed…")
	b.wants(b.as("operator", http.MethodGet, "/provisioning?kind=repoint", ""), http.StatusOK, "Pointing DNS", b.deployment.String())
}

// A program's edit has DNS follow, too, and is answered with the run.
func TestAPIEditOfAHostName(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	b.pointed()
	p := b.program("Shop", access.Support)
	path := "/deployments/" + b.deployment.String()
	d := p.read(p.tell("PATCH", path, `{"hostname": "new.managed.example", "edit_version": 2}`))
	run, _ := d["run"].(map[string]any)
	if d["hostname"] != "new.managed.example" || run["kind"] != "repoint" || run["status"] != "waiting" || len(run["steps"].([]any)) != 2 {
		t.Errorf("%v", d)
	}
	if machine := d["machine"].(map[string]any); machine["status"] != "pointing" {
		t.Errorf("%v", machine)
	}
	again := p.read(p.tell("PATCH", path, `{"hostname": null, "edit_version": 3}`))
	if again["hostname"] != nil || again["run"].(map[string]any)["id"] != run["id"] || b.value(`SELECT count(*) FROM runs WHERE live`) != "1" {
		t.Errorf("%v", again)
	}
}
