package demo

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

const (
	oneDay = 24 * time.Hour
	// demoSpan is how long ago the oldest customer came: a year and a half.
	demoSpan = 548
)

// script is what happened to one tenant: steps that are written in any order and played by time.
type script struct {
	rng         *rand.Rand
	today       time.Time // midnight in UTC; everything was before
	company     company
	tenant      catalog.Tenant
	deployments []*scripted
	steps       []step
	unused      []use
}

// scripted is a deployment of a script.
type scripted struct {
	fields  catalog.Deployment
	start   lifecycle.State
	creator access.Actor
	placed  bool // it has a machine, from its creation on
	at      time.Time
}

// step is one thing that somebody does at one moment.
type step struct {
	at time.Time
	do func(ctx context.Context, p *player) error
}

func newScript(n int, c company, today time.Time) *script {
	rng := rand.New(rand.NewPCG(20260301, uint64(n)))
	s := &script{rng: rng, today: today, company: c, unused: slices.Clone(uses)}
	rng.Shuffle(len(s.unused), func(i, j int) { s.unused[i], s.unused[j] = s.unused[j], s.unused[i] })
	slug := catalog.Slugify(c.name)
	s.tenant = catalog.Tenant{
		Name: c.name, Slug: slug, Email: pick(rng, []string{"it", "hello", "web", "admin"}) + "@" + slug + ".example",
		ExternalCustomerID: fmt.Sprintf("cus_%06d", 410_000+n*317), TimeZone: c.zone,
	}
	if rng.IntN(3) > 0 {
		s.tenant.BillingEmail = pick(rng, []string{"accounts", "billing", "invoices"}) + "@" + slug + ".example"
	}
	return s
}

// life adds a deployment that came the given number of days ago, and returns the pen that writes what happened to it.
func (s *script) life(daysAgo int, start lifecycle.State) *pen {
	u := s.unused[0]
	s.unused = s.unused[1:]
	name := pick(s.rng, u.apps)
	app := apps[slices.IndexFunc(apps, func(a app) bool { return a.name == name })]
	plan := weighted(s.rng, catalog.Plans, planWeights)
	d := &scripted{start: start, creator: support.Actor(), placed: start != lifecycle.Provisioning}
	d.fields = catalog.Deployment{
		Name: u.name, Slug: u.slug, Hostname: u.slug + "." + s.tenant.Slug + ".example", App: name, AppVersion: pick(s.rng, app.versions),
		Plan: plan.Code, Region: pick(s.rng, regionsOf[s.company.zone]), Size: sizeFor(plan),
	}
	s.deployments = append(s.deployments, d)
	pen := &pen{script: s, deployment: d, now: s.today.Add(-time.Duration(daysAgo) * oneDay)}
	d.at = pen.office()
	if start == lifecycle.Trial {
		d.fields.TrialEndsAt = d.at.Truncate(oneDay).Add(store.TrialLength)
		d.creator = pick(s.rng, []access.Actor{support.Actor(), billing.Actor()})
	}
	pen.step(func(ctx context.Context, p *player) error { return p.create(ctx, s, d) })
	return pen
}

// sizeFor is the machine that goes with a plan.
func sizeFor(plan catalog.Plan) string {
	for i, p := range catalog.Plans {
		if p == plan {
			return catalog.Sizes[i+1].Code
		}
	}
	return catalog.Sizes[0].Code
}

// sorted puts the steps in the order of time.
func (s *script) sorted() []step {
	slices.SortStableFunc(s.steps, func(a, b step) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	return s.steps
}

// pen writes the story of one deployment, or of the account where it has none, from one moment to the next.
type pen struct {
	script     *script
	deployment *scripted
	now        time.Time // of the last step
}

// pass lets some days go by.
func (p *pen) pass(least, most int) *pen {
	p.now = p.now.Add(time.Duration(least+p.script.rng.IntN(most-least+1)) * oneDay)
	return p
}

// until goes on to a day so long ago, unless that is over already.
func (p *pen) until(daysAgo int) *pen {
	if day := p.script.today.Add(-time.Duration(daysAgo) * oneDay); day.After(p.now) {
		p.now = day
	}
	return p
}

// office moves on to a time at which people work, programs any other.
func (p *pen) office() time.Time {
	at := p.now.Truncate(oneDay).Add(8*time.Hour + time.Duration(p.script.rng.IntN(9*3600))*time.Second)
	if !at.After(p.now) {
		at = p.now.Add(time.Duration(120+p.script.rng.IntN(2400)) * time.Second)
	}
	p.now = at
	return at
}

func (p *pen) night() time.Time {
	at := p.now.Truncate(oneDay).Add(3*time.Hour + time.Duration(p.script.rng.IntN(900))*time.Second)
	if !at.After(p.now) {
		at = at.Add(oneDay)
	}
	p.now = at
	return at
}

func (p *pen) when(actor access.Actor) {
	if actor.Kind == access.Staff {
		p.office()
		return
	}
	p.night()
}

func (p *pen) step(do func(context.Context, *player) error) {
	p.script.steps = append(p.script.steps, step{at: p.now, do: do})
}

// move writes a move by an actor at a time when such an actor works.
func (p *pen) move(actor access.Actor, action lifecycle.Action, reason lifecycle.Reason, notes string) *pen {
	p.when(actor)
	return p.moveNow(actor, action, reason, notes)
}

// moveAfter writes a move so much later, whatever the time of day.
func (p *pen) moveAfter(gap time.Duration, actor access.Actor, action lifecycle.Action, reason lifecycle.Reason, notes string) *pen {
	p.now = p.now.Add(gap)
	return p.moveNow(actor, action, reason, notes)
}

func (p *pen) moveNow(actor access.Actor, action lifecycle.Action, reason lifecycle.Reason, notes string) *pen {
	d := p.deployment
	p.step(func(ctx context.Context, player *player) error {
		return player.move(ctx, d, actor, action, reason, notes)
	})
	return p
}

// note writes a note on the deployment, or on the tenant where the pen has none.
func (p *pen) note(who Person, text string) *pen {
	p.office()
	d := p.deployment
	p.step(func(ctx context.Context, player *player) error { return player.note(ctx, d, who.Actor(), text) })
	return p
}

// edit writes a change of the deployment's fields.
func (p *pen) edit(who Person, change func(*catalog.Deployment)) *pen {
	p.office()
	d := p.deployment
	p.step(func(ctx context.Context, player *player) error { return player.edit(ctx, d, who.Actor(), change) })
	return p
}

// editTenant writes a change of the tenant's fields.
func (p *pen) editTenant(who Person, change func(*catalog.Tenant)) *pen {
	p.office()
	p.step(func(ctx context.Context, player *player) error { return player.editTenant(ctx, who.Actor(), change) })
	return p
}

// account writes an account action.
func (p *pen) account(who Person, action lifecycle.Action, reason lifecycle.Reason, notes string) *pen {
	p.office()
	p.step(func(ctx context.Context, player *player) error {
		return player.account(ctx, who.Actor(), action, reason, notes)
	})
	return p
}

// upgrade chooses the next larger plan.
func upgrade(d *catalog.Deployment) {
	for i, p := range catalog.Plans[:len(catalog.Plans)-1] {
		if p.Code == d.Plan {
			d.Plan, d.Size = catalog.Plans[i+1].Code, sizeFor(catalog.Plans[i+1])
			return
		}
	}
}

// update goes to the newest version of the app.
func update(d *catalog.Deployment) {
	for _, a := range apps {
		if a.name == d.App {
			d.AppVersion = a.versions[len(a.versions)-1]
		}
	}
}
