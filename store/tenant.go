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

// Tenant is a customer account.
type Tenant struct {
	ID                 uuid.UUID `db:"id"`
	Name               string    `db:"name"`
	Slug               string    `db:"slug"`
	Email              string    `db:"email"`
	BillingEmail       string    `db:"billing_email"`
	ExternalCustomerID string    `db:"external_customer_id"`
	TimeZone           string    `db:"time_zone"`
	EditVersion        int       `db:"edit_version"`
	InsertedAt         time.Time `db:"inserted_at"`
	UpdatedAt          time.Time `db:"updated_at"`
}

// Fields are what a person may edit.
func (t Tenant) Fields() catalog.Tenant {
	return catalog.Tenant{
		Name: t.Name, Slug: t.Slug, Email: t.Email, BillingEmail: t.BillingEmail,
		ExternalCustomerID: t.ExternalCustomerID, TimeZone: t.TimeZone,
	}
}

const tenantColumns = `t.id, t.name, t.slug, t.email, t.billing_email, t.external_customer_id, t.time_zone, t.edit_version,
  t.inserted_at, t.updated_at`

const tenantQuery = `SELECT ` + tenantColumns + ` FROM cloud_tenants t WHERE t.id = $1`

// GetTenant returns the tenant, or ErrNotFound.
func (s *Store) GetTenant(ctx context.Context, id uuid.UUID) (Tenant, error) {
	var t Tenant
	err := s.db.GetContext(ctx, &t, tenantQuery, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Tenant{}, ErrNotFound
	}
	return t, translate(err)
}

// FindTenant returns the tenant with its deployments counted, by its ID or its slug; an ID goes before a slug that looks like
// one. ErrNotFound.
func (s *Store) FindTenant(ctx context.Context, idOrSlug string) (TenantRow, error) {
	id, err := uuid.Parse(idOrSlug)
	isID := err == nil && len(idOrSlug) == 36
	var row TenantRow
	err = s.db.GetContext(ctx, &row, tenantRows(`
SELECT t.* FROM cloud_tenants t WHERE t.id = $1 OR t.slug = $2 ORDER BY t.id = $1 DESC LIMIT 1`),
		uuid.NullUUID{UUID: id, Valid: isID}, idOrSlug)
	if errors.Is(err, sql.ErrNoRows) {
		return TenantRow{}, ErrNotFound
	}
	return row, translate(err)
}

// NewTenant asks for a tenant.
type NewTenant struct {
	Command
	Fields catalog.Tenant
}

// CreateTenant stores a tenant. It returns catalog.Problems for fields that are wrong or taken.
func (s *Store) CreateTenant(ctx context.Context, n NewTenant) (uuid.UUID, error) {
	n.Fields = n.Fields.Normalize()
	if problems := n.Fields.Check(); problems != nil {
		return uuid.Nil, problems
	}
	f := n.Fields
	hash := hashOf("tenant", f.Name, f.Slug, f.Email, f.BillingEmail, f.ExternalCustomerID, f.TimeZone)
	return s.createOnce(ctx, n.Command, hash, func(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) error {
		return s.insertTenant(ctx, tx, n, id, hash)
	})
}

func (s *Store) insertTenant(ctx context.Context, tx *sqlx.Tx, n NewTenant, id uuid.UUID, hash []byte) error {
	f := n.Fields
	_, err := tx.ExecContext(ctx, `
INSERT INTO cloud_tenants (id, name, slug, email, billing_email, external_customer_id, time_zone, inserted_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
		id, f.Name, f.Slug, f.Email, f.BillingEmail, f.ExternalCustomerID, f.TimeZone, s.stamp())
	if err != nil {
		return err
	}
	err = s.insertCommand(ctx, tx, n.Command, commandRow{
		ID: s.newID(), Kind: "tenant", TenantID: uuid.NullUUID{UUID: id, Valid: true}, Action: "create", Hash: hash,
		Outcome: outcome{Verdict: verdictAccepted, ID: id},
	})
	if err != nil {
		return err
	}
	return s.insertEdit(ctx, tx, edit{Actor: n.Actor, TenantID: id})
}

// UpdateTenant stores what a person edited, if the tenant is still as that person saw it; otherwise ErrStale. An edit
// that changes nothing succeeds and leaves nothing.
func (s *Store) UpdateTenant(ctx context.Context, actor access.Actor, id uuid.UUID, editVersion int, f catalog.Tenant) error {
	f = f.Normalize()
	if problems := f.Check(); problems != nil {
		return problems
	}
	if err := actor.Validate(); err != nil {
		return err
	}
	return problemOf(s.settled(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		var old Tenant
		err := tx.GetContext(ctx, &old, `SELECT `+tenantColumns+` FROM cloud_tenants t WHERE t.id = $1 FOR UPDATE`, id)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		changes := tenantChanges(old.Fields(), f)
		if len(changes) == 0 {
			return nil
		}
		if old.EditVersion != editVersion {
			return ErrStale
		}
		_, err = tx.ExecContext(ctx, `
UPDATE cloud_tenants SET name = $2, slug = $3, email = $4, billing_email = $5, external_customer_id = $6, time_zone = $7,
       edit_version = edit_version + 1, updated_at = $8
 WHERE id = $1`,
			id, f.Name, f.Slug, f.Email, f.BillingEmail, f.ExternalCustomerID, f.TimeZone, s.stamp())
		if err != nil {
			return err
		}
		return s.insertEdit(ctx, tx, edit{Actor: actor, TenantID: id, Changes: changes})
	}))
}

func tenantChanges(old, now catalog.Tenant) []Change {
	return changesOf([]Change{
		{"name", old.Name, now.Name},
		{"slug", old.Slug, now.Slug},
		{"e-mail", old.Email, now.Email},
		{"billing e-mail", old.BillingEmail, now.BillingEmail},
		{"customer ID", old.ExternalCustomerID, now.ExternalCustomerID},
		{"time zone", old.TimeZone, now.TimeZone},
	})
}
