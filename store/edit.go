package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
)

// Change is one field of an edit, before and after, as people read them.
type Change struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

func changesOf(fields []Change) []Change {
	var changed []Change
	for _, c := range fields {
		if c.From != c.To {
			changed = append(changed, c)
		}
	}
	return changed
}

// edit is what is left of an edit in the timeline; without changes it stands for a creation.
type edit struct {
	Actor        access.Actor
	TenantID     uuid.UUID
	DeploymentID uuid.NullUUID
	Changes      []Change
}

func (s *Store) insertEdit(ctx context.Context, tx *sqlx.Tx, e edit) error {
	if e.Changes == nil {
		e.Changes = []Change{}
	}
	_, err := tx.ExecContext(ctx, `
INSERT INTO cloud_edits (id, tenant_id, deployment_id, changes, actor_kind, actor, actor_name, actor_roles, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		s.newID(), e.TenantID, e.DeploymentID, marshal(e.Changes), e.Actor.Kind, e.Actor.ID, e.Actor.Name, e.Actor.Roles.String(), s.stamp())
	return err
}

// UpdateDeployment stores what a person edited, if the deployment was not edited since that person saw it; otherwise
// ErrStale. DNS follows another host name by a run that begins here, where the console has pointed it before. A move in the meantime is
// no hindrance. An edit that changes nothing succeeds and leaves nothing.
func (s *Store) UpdateDeployment(ctx context.Context, actor access.Actor, id uuid.UUID, editVersion int, f catalog.Deployment) error {
	f = f.Normalize()
	if problems := f.Check(); problems != nil {
		return problems
	}
	if err := actor.Validate(); err != nil {
		return err
	}
	return problemOf(s.settled(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		var old Deployment
		err := tx.GetContext(ctx, &old, `SELECT `+deploymentColumns+` FROM cloud_deployments d WHERE d.id = $1 FOR UPDATE`, id)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		// A day is edited, a moment is stored: the same day, or none, leaves the moment as it is.
		if f.TrialEndsAt.IsZero() || dayText(f.TrialEndsAt) == dayText(old.TrialEndsAt.Time) {
			f.TrialEndsAt = old.TrialEndsAt.Time
		}
		changes := deploymentChanges(old.Fields(), f)
		if len(changes) == 0 {
			return nil
		}
		if old.EditVersion != editVersion {
			return ErrStale
		}
		if problems, err := builtNow(ctx, tx, old, f); err != nil || problems != nil {
			return orProblems(err, problems)
		}
		if err := s.updateDeploymentRow(ctx, tx, id, f); err != nil {
			return err
		}
		if f.Hostname != old.Hostname.String {
			said, err := s.followName(ctx, tx, actor, id)
			if err != nil {
				return err
			}
			changes = append(changes, changesOf([]Change{said})...)
		}
		return s.insertEdit(ctx, tx, edit{
			Actor: actor, TenantID: old.TenantID, DeploymentID: uuid.NullUUID{UUID: id, Valid: true}, Changes: changes,
		})
	}))
}

// builtNow are the problems of an edit of what a run is building at this moment.
func builtNow(ctx context.Context, tx *sqlx.Tx, old Deployment, f catalog.Deployment) (catalog.Problems, error) {
	var problems catalog.Problems
	for _, field := range []struct{ name, from, to string }{
		{"hostname", old.Hostname.String, f.Hostname}, {"region", old.Region, f.Region}, {"size", old.Size, f.Size},
	} {
		if field.from != field.to {
			problems = append(problems, catalog.Problem{Field: field.name, Text: "A run is building its machine with this; change it when the run is over."})
		}
	}
	if problems == nil {
		return nil, nil
	}
	var building bool
	err := tx.GetContext(ctx, &building, `SELECT EXISTS (SELECT FROM runs WHERE deployment_id = $1 AND live AND kind IN ('provision', 'reactivate'))`, old.ID)
	if !building {
		problems = nil
	}
	return problems, err
}

func orProblems(err error, problems catalog.Problems) error {
	if err != nil {
		return err
	}
	return problems
}

// updateDeploymentRow leaves the price as it was agreed unless the plan changes.
func (s *Store) updateDeploymentRow(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, f catalog.Deployment) error {
	plan, _ := catalog.FindPlan(f.Plan) // checked by the caller
	_, err := tx.ExecContext(ctx, `
UPDATE cloud_deployments
   SET slug = $2, name = $3, hostname = nullif($4, ''), app = $5, app_version = $6, plan = $7,
       price_cents = CASE WHEN plan = $7 THEN price_cents ELSE $8 END, currency = CASE WHEN plan = $7 THEN currency ELSE $9 END,
       region = $10, size = $11, trial_ends_at = $12, edit_version = edit_version + 1, updated_at = $13
 WHERE id = $1`,
		id, f.Slug, f.Name, f.Hostname, f.App, f.AppVersion, f.Plan, plan.PriceCents, catalog.Currency, f.Region, f.Size,
		sql.NullTime{Time: f.TrialEndsAt, Valid: !f.TrialEndsAt.IsZero()}, s.stamp())
	return err
}

func deploymentChanges(old, now catalog.Deployment) []Change {
	return changesOf([]Change{
		{"name", old.Name, now.Name},
		{"slug", old.Slug, now.Slug},
		{"host name", old.Hostname, now.Hostname},
		{"app", old.App, now.App},
		{"version", old.AppVersion, now.AppVersion},
		{"plan", old.Plan, now.Plan},
		{"region", old.Region, now.Region},
		{"size", old.Size, now.Size},
		{"end of trial", dayText(old.TrialEndsAt), dayText(now.TrialEndsAt)},
	})
}

func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// LastTenantEditor is the name of who edited a tenant last; empty when nobody did.
func (s *Store) LastTenantEditor(ctx context.Context, id uuid.UUID) (string, error) {
	return s.lastEditor(ctx, `tenant_id = $1 AND deployment_id IS NULL`, id)
}

// LastDeploymentEditor is the name of who edited a deployment last; empty when nobody did.
func (s *Store) LastDeploymentEditor(ctx context.Context, id uuid.UUID) (string, error) {
	return s.lastEditor(ctx, `deployment_id = $1`, id)
}

func (s *Store) lastEditor(ctx context.Context, where string, id uuid.UUID) (string, error) {
	var name string
	err := s.db.GetContext(ctx, &name, `SELECT actor_name FROM cloud_edits WHERE `+where+` ORDER BY occurred_at DESC, id DESC LIMIT 1`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return name, translate(err)
}
