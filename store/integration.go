package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
)

// IntegrationStatus is whether an integration may act.
type IntegrationStatus string

// The states of an integration.
const (
	IntegrationActive   IntegrationStatus = "active"
	IntegrationDisabled IntegrationStatus = "disabled"
)

// Integration is a program that acts on the console by the API.
type Integration struct {
	ID          uuid.UUID         `db:"id"`
	Slug        string            `db:"slug"` // under which it stands in every record; never changes
	Name        string            `db:"name"`
	Description string            `db:"description"`
	RolesText   string            `db:"roles"`
	Status      IntegrationStatus `db:"status"`
	EditVersion int               `db:"edit_version"`
	InsertedAt  time.Time         `db:"inserted_at"`
	UpdatedAt   time.Time         `db:"updated_at"`
	Tokens      int               `db:"tokens"`       // that have neither ended nor been revoked
	EndsSoonest sql.NullTime      `db:"ends_soonest"` // the first end of those
	LastUsedAt  sql.NullTime      `db:"last_used_at"` // of any of its tokens, to the minute
}

// Roles is the set of roles. The database holds only names that are known.
func (i Integration) Roles() access.Roles { return integrationRoles(i.RolesText) }

// Actor is the integration as one who does something.
func (i Integration) Actor() access.Actor {
	return access.Actor{Kind: access.API, ID: i.Slug, Name: i.Name, Roles: i.Roles()}
}

// integrationRoles reads the stored roles; a word that nobody knows, or that no integration can have, grants nothing.
func integrationRoles(text string) access.Roles {
	roles, err := access.ParseRoles(text)
	if err != nil {
		return 0
	}
	return roles & access.IntegrationRoles
}

// liveToken tells tokens that work from those that do not any more.
const liveToken = `t.revoked_at IS NULL AND t.expires_at > clock_timestamp()`

const integrationQuery = `
SELECT i.id, i.slug, i.name, i.description, i.roles, i.status, i.edit_version, i.inserted_at, i.updated_at,
       count(t.id) FILTER (WHERE ` + liveToken + `)::integer AS tokens,
       min(t.expires_at) FILTER (WHERE ` + liveToken + `) AS ends_soonest, max(t.last_used_at) AS last_used_at
  FROM integrations i LEFT JOIN integration_tokens t ON t.integration_id = i.id`

// GetIntegration returns an integration, or ErrNotFound.
func (s *Store) GetIntegration(ctx context.Context, id uuid.UUID) (Integration, error) {
	return getIntegration(ctx, s.db, id)
}

func getIntegration(ctx context.Context, q sqlx.QueryerContext, id uuid.UUID) (Integration, error) {
	var i Integration
	err := sqlx.GetContext(ctx, q, &i, integrationQuery+` WHERE i.id = $1 GROUP BY i.id`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Integration{}, ErrNotFound
	}
	return i, translate(err)
}

// ListIntegrations returns all of them: those that may act first, by name.
func (s *Store) ListIntegrations(ctx context.Context) ([]Integration, error) {
	var list []Integration
	err := s.db.SelectContext(ctx, &list, integrationQuery+` GROUP BY i.id ORDER BY i.status, lower(i.name), i.id`)
	return list, translate(err)
}

// NewIntegration asks for an integration.
type NewIntegration struct {
	Name        string
	Description string
	Roles       access.Roles
}

func (n NewIntegration) normalize() NewIntegration {
	n.Name, n.Description = strings.Join(strings.Fields(n.Name), " "), strings.Join(strings.Fields(n.Description), " ")
	return n
}

// check returns what is wrong with the fields.
func (n NewIntegration) check() error {
	problems := catalog.CheckIntegration(n.Name, n.Description)
	switch {
	case n.Roles == 0:
		problems = append(problems, catalog.Problem{Field: "roles", Text: "Choose at least one role."})
	case n.Roles&^access.IntegrationRoles != 0:
		problems = append(problems, catalog.Problem{Field: "roles", Text: "An integration cannot be admin."})
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// CreateIntegration stores an integration, which can do nothing until it has a token, and returns its ID. catalog.Problems
// for fields that are wrong or a name that is taken.
func (s *Store) CreateIntegration(ctx context.Context, actor access.Actor, n NewIntegration, address string) (uuid.UUID, error) {
	n = n.normalize()
	if err := errors.Join(actor.Validate(), n.check()); err != nil {
		return uuid.Nil, err
	}
	created := Integration{ID: s.newID(), Slug: catalog.Slugify(n.Name), Name: n.Name}
	err := s.write(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO integrations (id, slug, name, description, roles) VALUES ($1, $2, $3, $4, $5)`,
			created.ID, created.Slug, n.Name, n.Description, n.Roles.String())
		if err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutIntegration(actor, IntegrationCreated, created, address, Change{Field: "roles", To: n.Roles.String()}))
	})
	if violates(err, "integrations_slug_key") {
		err = catalog.Problems{{Field: "name", Text: "An integration with this name, or one that looks like it, is there already."}}
	}
	return created.ID, err
}

// IntegrationChange is what an admin may change about an integration. Its slug stays.
type IntegrationChange struct {
	ID          uuid.UUID
	EditVersion int // that the admin saw
	NewIntegration
	Disabled bool
}

// ChangeIntegration changes name, description, roles or status. It holds from the integration's next request on, in every
// process. ErrStale, ErrNotFound, catalog.Problems.
func (s *Store) ChangeIntegration(ctx context.Context, actor access.Actor, c IntegrationChange, address string) error {
	c.NewIntegration = c.normalize()
	if err := errors.Join(actor.Validate(), c.check()); err != nil {
		return err
	}
	status := IntegrationActive
	if c.Disabled {
		status = IntegrationDisabled
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		old, err := lockIntegration(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		changes := changesOf([]Change{
			{"name", old.Name, c.Name},
			{"description", old.Description, c.Description},
			{"roles", old.RolesText, c.Roles.String()},
			{"status", string(old.Status), string(status)},
		})
		if len(changes) == 0 {
			return nil
		}
		if old.EditVersion != c.EditVersion {
			return ErrStale
		}
		_, err = tx.ExecContext(ctx, `
UPDATE integrations SET name = $2, description = $3, roles = $4, status = $5, edit_version = edit_version + 1 WHERE id = $1`,
			c.ID, c.Name, c.Description, c.Roles.String(), status)
		if err != nil {
			return err
		}
		return s.insertActivity(ctx, tx, aboutIntegration(actor, IntegrationChanged, old, address, changes...))
	})
}

// lockIntegration lets changes of one integration and of its tokens take turns.
func lockIntegration(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) (Integration, error) {
	if _, err := tx.ExecContext(ctx, `SELECT id FROM integrations WHERE id = $1 FOR UPDATE`, id); err != nil {
		return Integration{}, err
	}
	return getIntegration(ctx, tx, id)
}

// aboutIntegration fills in an integration as the object.
func aboutIntegration(actor access.Actor, deed Deed, i Integration, address string, changes ...Change) activity {
	return activity{
		Actor: actor, Deed: deed, ObjectKind: "integration", ObjectID: i.ID.String(), ObjectName: i.Name, Address: address, Changes: changes,
	}
}
