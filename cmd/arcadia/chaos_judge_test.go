package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"arcadia.example/console/internal/cloudsim"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// chaosOld is where a host name points before, if anywhere.
const chaosOld = "203.0.113.7"

// judge compares what is left in the database and at the provider with what each life asked for.
func (c *chaos) judge() {
	c.t.Helper()
	ends := map[lifecycle.RunStatus]int{}
	effects := c.effects()
	accounted := map[int64]bool{}
	for _, l := range c.lives {
		if l.err != nil {
			c.t.Errorf("%s: %v", l.host, l.err)
			continue
		}
		runs, err := c.runsOf(l)
		if err != nil {
			c.t.Fatal(err)
		}
		ends[runs[0].Status]++
		v := verdict{chaos: c, life: l, building: runs[0], newest: runs[len(runs)-1], effects: effects["dep-"+l.id.String()], zone: effects[l.host]}
		v.judge()
		for _, d := range v.alive() {
			accounted[d.ID] = true
		}
	}
	for _, d := range c.sim.Droplets("") {
		if !accounted[d.ID] {
			c.t.Errorf("droplet %d is nobody's: %+v", d.ID, d)
		}
	}
	if jobs := c.value(`SELECT count(*) FROM river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded')
		AND (args->>'run_id')::uuid IN (SELECT id FROM runs WHERE live AND status <> 'needs_operator')`); jobs != "0" {
		c.t.Errorf("%s jobs are left of runs that are not over", jobs)
	}
	c.t.Logf("built %d, rolled back %d, needs an operator %d; %d calls to the provider", ends[lifecycle.RunDone], ends[lifecycle.RunCompensated],
		ends[lifecycle.RunNeedsOperator], len(c.sim.Journal()))
}

// runsOf are the runs of a deployment, the first one first.
func (c *chaos) runsOf(l *life) (runs []store.Run, err error) {
	rows, err := c.owner.QueryContext(c.t.Context(), `SELECT id FROM runs WHERE deployment_id = $1 ORDER BY inserted_at, id`, l.id)
	if err != nil {
		return nil, err
	}
	ids, err := scanIDs(rows)
	for _, id := range ids {
		run, err := c.GetRun(c.t.Context(), id)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	if err == nil && len(runs) == 0 {
		err = fmt.Errorf("%s has no run", l.host)
	}
	return runs, err
}

// effects are the calls by which something changed at the provider, by the deployment's tag and by host name, in their order.
func (c *chaos) effects() map[string][]cloudsim.Call {
	c.t.Helper()
	journal := c.sim.Journal()
	if len(journal) == 0 || journal[0].Number != 1 {
		c.t.Fatal("the provider has forgotten the first calls")
	}
	owners, found := map[string]string{}, map[string][]cloudsim.Call{}
	for _, call := range journal {
		if !call.Effect {
			continue
		}
		for _, name := range call.About {
			if strings.HasPrefix(name, "dep-") { // a machine that is gone is called by its number
				for _, other := range call.About {
					owners[other] = name
				}
			}
		}
		for _, name := range call.About {
			key := name
			if _, err := strconv.Atoi(name); err == nil && owners[name] != "" {
				key = owners[name]
			} else if err == nil || !strings.HasSuffix(name, "."+chaosZone) || !zonal(call.Operation) {
				continue
			}
			found[key] = append(found[key], call)
			break
		}
	}
	return found
}

func zonal(o cloudsim.Operation) bool {
	return o == cloudsim.CreateRecord || o == cloudsim.EditRecord || o == cloudsim.DeleteRecord
}

// verdict is one deployment at the end.
type verdict struct {
	*chaos
	life             *life
	building, newest store.Run
	effects          []cloudsim.Call // of its machines
	zone             []cloudsim.Call // of its host name
}

// errorf tells what is wrong with all that was to happen and did.
func (v verdict) errorf(format string, args ...any) {
	v.t.Helper()
	told := fmt.Sprintf("%s (%s, %s): %s\n  faults %v\n  moves %v\n  runs %s\n  calls", v.life.host, v.life.id, v.building.Status,
		fmt.Sprintf(format, args...), v.life.faults, v.life.steps, v.value(`
SELECT string_agg(format('%s %s–%s %s %s', kind, inserted_at::time(3), finished_at::time(3), status, ending), ', ' ORDER BY inserted_at, id)
  FROM runs WHERE deployment_id = $1`, v.life.id))
	for _, call := range append(v.effects, v.zone...) {
		told += fmt.Sprintf(" %s %s,", call.At.Format("15:04:05.000"), call.Operation)
	}
	v.t.Error(told)
}

func (v verdict) judge() {
	v.t.Helper()
	if v.building.Status != v.life.ends {
		v.errorf("ends %s, want %s: %s", v.building.Status, v.life.ends, v.building.Error)
		return
	}
	if v.newest.ID != v.building.ID && v.newest.Status != lifecycle.RunDone {
		v.errorf("the machine does not follow: %s is %s: %s", v.newest.Kind, v.newest.Status, v.newest.Error)
	}
	v.judgeState()
	v.judgeMachines()
	v.judgeEffects()
	v.judgeZone()
}

func (v verdict) judgeState() {
	v.t.Helper()
	want := fmt.Sprintf("%s with %d events", v.life.state, 2+v.life.moves)
	got := v.value(`SELECT format('%s with %s events', state, (SELECT count(*) FROM cloud_deployment_events e WHERE e.deployment_id = d.id))
  FROM cloud_deployments d WHERE id = $1`, v.life.id)
	if got != want {
		v.errorf("%s, want %s", got, want)
	}
	if got := v.value(`SELECT reason FROM cloud_deployment_events WHERE deployment_id = $1 AND version = 2`, v.life.id); got != string(v.life.reason) {
		v.errorf("the building ends for %s, want %s", got, v.life.reason)
	}
}

// alive are the machines that somebody answers for: linked, or named by a run that needs an operator.
func (v verdict) alive() (answered []cloudsim.Droplet) {
	linked := v.value(`SELECT coalesce(droplet_id, 0) FROM cloud_deployments WHERE id = $1`, v.life.id)
	for _, d := range v.sim.Droplets("dep-" + v.life.id.String()) {
		named := v.newest.Status == lifecycle.RunNeedsOperator && v.newest.DropletID.Int64 == d.ID
		if strconv.FormatInt(d.ID, 10) == linked || named {
			answered = append(answered, d)
		}
	}
	return answered
}

func (v verdict) judgeMachines() {
	v.t.Helper()
	droplets := v.sim.Droplets("dep-" + v.life.id.String())
	want := 1
	if v.life.ends == lifecycle.RunCompensated || v.life.state == lifecycle.Archived {
		want = 0
	}
	linked := v.value(`SELECT coalesce(droplet_id::text, '') FROM cloud_deployments WHERE id = $1`, v.life.id)
	registered := v.value(`SELECT coalesce(string_agg(droplet_id::text, ','), '') FROM cloud_droplets WHERE deployment_id = $1 AND released_at IS NULL`, v.life.id)
	if len(droplets) != want {
		v.errorf("%d droplets, want %d: %+v", len(droplets), want, droplets)
		return
	}
	id := ""
	if want == 1 {
		id = strconv.FormatInt(droplets[0].ID, 10)
	}
	if v.life.ends != lifecycle.RunNeedsOperator && (linked != id || registered != id) {
		v.errorf("droplet %q, but linked %q, registered %q", id, linked, registered)
	}
	on := v.life.state.Facts().Droplet == lifecycle.DropletOn
	if v.life.ends == lifecycle.RunDone && want == 1 && droplets[0].On != on {
		v.errorf("the droplet is on: %v, and the deployment %s", droplets[0].On, v.life.state)
	}
}

// judgeEffects follows the provider's journal: one machine was made, or none, and never a second.
func (v verdict) judgeEffects() {
	v.t.Helper()
	creates, deletes := 0, 0
	for _, call := range v.effects {
		switch call.Operation {
		case cloudsim.CreateDroplet:
			creates++
		case cloudsim.DeleteDroplet:
			deletes++
		}
	}
	if creates > 1 || deletes > creates || v.life.ends == lifecycle.RunDone && creates != 1 {
		v.errorf("%d droplets were made, %d deleted", creates, deletes)
	}
}

func (v verdict) judgeZone() {
	v.t.Helper()
	var now []string
	for _, r := range v.sim.Records(v.life.host) {
		now = append(now, r.Value+" "+strconv.Itoa(r.TTL))
	}
	var before, after []string
	if v.life.old {
		before = []string{chaosOld + " 3600"}
	}
	for _, d := range v.sim.Droplets("dep-" + v.life.id.String()) {
		after = []string{d.Address.String() + " 300"}
	}
	changes := len(v.zone)
	switch {
	case v.life.ends != lifecycle.RunDone && (!slices.Equal(now, before) || changes != 0 && changes != 2):
		v.errorf("points at %v after %d changes, want %v", now, changes, before)
	case v.life.ends == lifecycle.RunDone && v.life.state != lifecycle.Archived && (!slices.Equal(now, after) || changes != 1):
		v.errorf("points at %v after %d changes, want %v after one", now, changes, after)
	case v.life.state == lifecycle.Archived && (len(now) != 0 || changes != 2):
		v.errorf("points at %v after %d changes, want nothing", now, changes)
	}
}
