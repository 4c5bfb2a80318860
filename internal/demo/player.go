package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// player performs scripts on a store whose clock is the script's.
type player struct {
	store *store.Store
	today time.Time
	now   time.Time
	words string // what IDs follow from: the key of the step
	ids   int    // IDs made for these words
	done  map[string]bool

	key      string // of the step
	behind   bool   // a later step of this script was done before
	tenantID uuid.UUID
	played   map[*scripted]uuid.UUID
	droplets int64
}

func (p *player) newID() uuid.UUID {
	p.ids++
	return idOf(p.now, fmt.Sprintf("%s %d", p.words, p.ids))
}

// at sets the clock and the key for what comes next.
func (p *player) at(t time.Time, key string) store.Command {
	p.now, p.words, p.key, p.ids = t, key, key, 0
	return store.Command{Actor: support.Actor(), Key: key}
}

func (p *player) command(actor access.Actor) store.Command {
	return store.Command{Actor: actor, Key: p.key}
}

// perform plays a script. Of one that was broken off, what has a key in the database is skipped; so is an edit, which has no
// key, when anything after it was done. An edit says what fields become, so that the last one can be made again.
func (p *player) perform(ctx context.Context, s *script) (err error) {
	steps := s.sorted()
	p.played = map[*scripted]uuid.UUID{}
	command := p.at(steps[0].at.Add(-17*time.Minute), keyPrefix+s.tenant.Slug)
	if p.tenantID, err = p.store.CreateTenant(ctx, store.NewTenant{Command: command, Fields: s.tenant}); err != nil {
		return err
	}
	key := func(i int) string { return fmt.Sprintf("%s%s %d", keyPrefix, s.tenant.Slug, i) }
	last := -1
	for i := range steps {
		if p.done[key(i)] {
			last = i
		}
	}
	for i, step := range steps {
		p.at(step.at, key(i))
		p.behind = i < last
		if err := step.do(ctx, p); err != nil {
			return fmt.Errorf("step %d, %s: %w", i, step.at.Format(time.DateOnly), err)
		}
	}
	return nil
}

// create also learns the ID of what was created before, so it is never skipped.
func (p *player) create(ctx context.Context, _ *script, d *scripted) error {
	id, err := p.store.CreateDeployment(ctx, store.NewDeployment{
		Command: p.command(d.creator), TenantID: p.tenantID, Fields: d.fields, State: d.start,
	})
	p.played[d] = id
	p.droplets++
	if err != nil || !d.placed {
		return err
	}
	return p.place(ctx, id)
}

// place gives a deployment a machine of the networks that are set aside for documentation.
func (p *player) place(ctx context.Context, id uuid.UUID) error {
	stored, err := p.store.GetDeployment(ctx, id)
	if err != nil || stored.DropletID.Valid || stored.State == lifecycle.Archived {
		return err
	}
	networks := []string{"192.0.2", "198.51.100", "203.0.113"}
	n := p.droplets
	address := fmt.Sprintf("%s.%d", networks[n%3], 1+n/3%254)
	return p.store.Place(ctx, id, Provider, store.Machine{ID: 412_000_000 + n*7919, Address: address})
}

func (p *player) move(
	ctx context.Context, d *scripted, actor access.Actor, action lifecycle.Action, reason lifecycle.Reason, notes string,
) error {
	id := p.played[d]
	if p.done[p.key] {
		return p.displace(ctx, id, action)
	}
	if action == lifecycle.Activate {
		if err := p.place(ctx, id); err != nil {
			return err
		}
	}
	stored, err := p.store.GetDeployment(ctx, id)
	if err != nil {
		return err
	}
	moved, err := p.store.Transition(ctx, store.Transition{
		Command: p.command(actor), DeploymentID: id, Action: action, Version: stored.Version, Reason: reason, Notes: notes,
	})
	if err != nil {
		return err
	}
	if moved.Verdict != lifecycle.Accepted {
		return fmt.Errorf("%s of %s, %s: not accepted: %v", action, d.fields.Slug, stored.State, moved.Refusal)
	}
	return p.displace(ctx, id, action)
}

// displace gives the machine back that a deployment had, when it is archived. Done twice, it is done once.
func (p *player) displace(ctx context.Context, id uuid.UUID, action lifecycle.Action) error {
	if action != lifecycle.Archive {
		return nil
	}
	return p.store.Displace(ctx, id)
}

func (p *player) note(ctx context.Context, d *scripted, actor access.Actor, text string) error {
	if p.done[p.key] {
		return nil
	}
	note := store.NewNote{Command: p.command(actor), TenantID: p.tenantID, Notes: text}
	if d != nil {
		note.DeploymentID = uuid.NullUUID{UUID: p.played[d], Valid: true}
	}
	return p.store.AddNote(ctx, note)
}

func (p *player) edit(ctx context.Context, d *scripted, actor access.Actor, change func(*catalog.Deployment)) error {
	change(&d.fields)
	stored, err := p.store.GetDeployment(ctx, p.played[d])
	if err != nil || p.behind {
		return err
	}
	return p.store.UpdateDeployment(ctx, actor, stored.ID, stored.EditVersion, d.fields)
}

func (p *player) editTenant(ctx context.Context, actor access.Actor, change func(*catalog.Tenant)) error {
	stored, err := p.store.GetTenant(ctx, p.tenantID)
	if err != nil || p.behind {
		return err
	}
	fields := stored.Fields()
	change(&fields)
	return p.store.UpdateTenant(ctx, actor, stored.ID, stored.EditVersion, fields)
}

func (p *player) account(
	ctx context.Context, actor access.Actor, action lifecycle.Action, reason lifecycle.Reason, notes string,
) error {
	if p.done[p.key] {
		return nil
	}
	preview, err := p.store.PreviewAccount(ctx, actor, p.tenantID, action)
	if err != nil {
		return err
	}
	if preview.Moving() == 0 {
		return fmt.Errorf("%s of the account would move nothing: %v", action, preview.Refusal)
	}
	moved, err := p.store.MoveAccount(ctx, store.AccountMove{
		Command: p.command(actor), TenantID: p.tenantID, PreviewID: preview.ID, Action: action, Reason: reason, Notes: notes,
	})
	if err == nil && moved.Refusal != nil {
		return moved.Refusal
	}
	return err
}
