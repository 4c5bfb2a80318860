package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
)

// Deployment is one app instance of a tenant with the newest of its events.
type Deployment struct {
	ID          uuid.UUID       `db:"id"`
	TenantID    uuid.UUID       `db:"tenant_id"`
	TenantName  string          `db:"tenant_name"`
	TenantSlug  string          `db:"tenant_slug"`
	Slug        string          `db:"slug"`
	Name        string          `db:"name"`
	Hostname    sql.NullString  `db:"hostname"`
	App         string          `db:"app"`
	AppVersion  string          `db:"app_version"`
	Plan        string          `db:"plan"`
	PriceCents  int             `db:"price_cents"` // a month
	Currency    string          `db:"currency"`
	Region      string          `db:"region"`
	Size        string          `db:"size"`
	State       lifecycle.State `db:"state"`
	StateSince  time.Time       `db:"state_since"`
	Version     int             `db:"version"`
	EditVersion int             `db:"edit_version"`
	TrialEndsAt sql.NullTime    `db:"trial_ends_at"`
	DropletID   sql.NullInt64   `db:"droplet_id"`
	Address     sql.NullString  `db:"address"`
	InsertedAt  time.Time       `db:"inserted_at"`
	UpdatedAt   time.Time       `db:"updated_at"`

	RunID      uuid.NullUUID       `db:"run_id"` // of the live run
	RunKind    lifecycle.RunKind   `db:"run_kind"`
	RunStatus  lifecycle.RunStatus `db:"run_status"`
	RunAborted bool                `db:"run_aborted"`
	Ran        bool                `db:"ran"`      // cancelled and without a machine, and a run has had to do with one before
	Gone       bool                `db:"gone"`     // cancelled and without a machine: it comes back by being built anew
	Provider   bool                `db:"provider"` // runs can be made

	LastFrom      sql.NullString   `db:"last_from"`
	LastAt        time.Time        `db:"last_at"`
	LastActor     string           `db:"last_actor"` // name for the screen
	LastReason    lifecycle.Reason `db:"last_reason"`
	LastCommand   uuid.UUID        `db:"last_command"`
	PreviousSince sql.NullTime     `db:"previous_since"`
	ReadAt        time.Time        `db:"read_at"` // the database's clock
}

// Subject is the deployment as a decision sees it.
func (d Deployment) Subject() lifecycle.Subject {
	return lifecycle.Subject{
		State: d.State, Version: d.Version, LastFrom: lifecycle.State(d.LastFrom.String),
		LastAt: d.LastAt, PreviousSince: d.PreviousSince.Time,
		Run: d.RunKind, Aborting: d.RunAborted || d.RunStatus == lifecycle.RunCompensating, Stuck: d.RunStatus == lifecycle.RunNeedsOperator,
		Gone: d.Gone, Provider: d.Provider, Droplet: d.DropletID.Valid,
	}
}

// Fields are what a person may edit.
func (d Deployment) Fields() catalog.Deployment {
	return catalog.Deployment{
		Name: d.Name, Slug: d.Slug, Hostname: d.Hostname.String, App: d.App, AppVersion: d.AppVersion,
		Plan: d.Plan, Region: d.Region, Size: d.Size, TrialEndsAt: d.TrialEndsAt.Time,
	}
}

const deploymentColumns = `d.id, d.tenant_id, d.slug, d.name, d.hostname, d.app, d.app_version, d.plan, d.price_cents, d.currency,
  d.region, d.size, d.state, d.state_since, d.version, d.edit_version, d.trial_ends_at, d.droplet_id, host(d.address) AS address,
  d.inserted_at, d.updated_at`

// runFactColumns need runFactJoin.
const runFactColumns = `r.id AS run_id, coalesce(r.kind, '') AS run_kind, coalesce(r.status, '') AS run_status, r.aborted_at IS NOT NULL AS run_aborted,
  EXISTS (SELECT FROM cloud_providers) AS provider,
  d.state = 'cancelled' AND d.droplet_id IS NULL AND EXISTS (SELECT FROM runs b WHERE b.deployment_id = d.id) AS ran,
  d.state = 'cancelled' AND d.droplet_id IS NULL AND EXISTS (
    SELECT FROM cloud_deployment_events f WHERE f.deployment_id = d.id AND f.version = 1 AND f.to_state = 'provisioning') AS gone`

const runFactJoin = ` LEFT JOIN runs r ON r.deployment_id = d.id AND r.live`

const newestEventColumns = `e.from_state AS last_from, e.occurred_at AS last_at, e.actor_name AS last_actor,
  coalesce(e.reason, '') AS last_reason, e.command_id AS last_command, p.state_since AS previous_since, clock_timestamp() AS read_at`

const deploymentQuery = `
SELECT ` + deploymentColumns + `, ` + runFactColumns + `, t.name AS tenant_name, t.slug AS tenant_slug, ` + newestEventColumns + `
  FROM cloud_deployments d
  JOIN cloud_tenants t ON t.id = d.tenant_id
  JOIN cloud_deployment_events e ON e.deployment_id = d.id AND e.version = d.version
  LEFT JOIN cloud_deployment_events p ON p.deployment_id = d.id AND p.version = d.version - 1
 ` + runFactJoin + `
 WHERE d.id = $1`

// GetDeployment returns the deployment with its newest event, or ErrNotFound.
func (s *Store) GetDeployment(ctx context.Context, id uuid.UUID) (Deployment, error) {
	var d Deployment
	err := s.stmts.deployment.GetContext(ctx, &d, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Deployment{}, ErrNotFound
	}
	return s.provided(d), translate(err)
}

// provided adds what the database may not know: that runs can be made here. Where none can, what was entered as provisioning
// and never built comes back by a word, as it was entered; what a run has built before does not.
func (s *Store) provided(d Deployment) Deployment {
	d.Provider = d.Provider || s.provider != ""
	d.Gone = d.Ran || d.Gone && d.Provider
	return d
}

// FindDeployment returns the deployment of a tenant by its slug, or ErrNotFound.
func (s *Store) FindDeployment(ctx context.Context, tenantID uuid.UUID, slug string) (Deployment, error) {
	var id uuid.UUID
	err := s.db.GetContext(ctx, &id, `SELECT id FROM cloud_deployments WHERE tenant_id = $1 AND slug = $2`, tenantID, slug)
	if errors.Is(err, sql.ErrNoRows) {
		return Deployment{}, ErrNotFound
	}
	if err != nil {
		return Deployment{}, translate(err)
	}
	return s.GetDeployment(ctx, id)
}

// NewDeployment asks for a deployment of a tenant. The state is trial, provisioning or, when empty, active.
type NewDeployment struct {
	Command
	TenantID uuid.UUID
	Fields   catalog.Deployment
	State    lifecycle.State

	Provision bool // a run builds its machine: the state is provisioning until that is done
}

// CreateDeployment stores a deployment with its first event, from nothing to its state, reason "created". It returns
// catalog.Problems for fields that are wrong or taken, ErrNotFound when there is no such tenant, a *lifecycle.Refusal for an
// actor who may not start a run, ErrNoProvider when a run is asked for and none can be made.
func (s *Store) CreateDeployment(ctx context.Context, n NewDeployment) (uuid.UUID, error) {
	n.Fields = n.Fields.Normalize()
	if refusal := lifecycle.PermitStart(n.Actor); n.Provision && refusal != nil {
		return uuid.Nil, refusal
	}
	if n.Provision {
		if has, err := s.HasProvider(ctx); err != nil || !has {
			return uuid.Nil, cmp.Or(err, ErrNoProvider)
		}
	}
	switch {
	case n.Provision && n.State == "":
		n.State = lifecycle.Provisioning
	case n.State == "":
		n.State = lifecycle.Active
	}
	problems := n.Fields.Check()
	if !n.State.Initial() {
		problems = append(problems, catalog.Problem{Field: "state", Text: "A new deployment starts active or on trial."})
	}
	if n.Provision && n.State != lifecycle.Provisioning {
		problems = append(problems, catalog.Problem{Field: "state", Text: "What a run builds starts in provisioning."})
	}
	if len(problems) > 0 {
		return uuid.Nil, problems
	}
	f := n.Fields
	hash := hashOf("deployment", n.TenantID.String(), f.Name, f.Slug, f.Hostname, f.App, f.AppVersion, f.Plan, f.Region, f.Size, string(n.State),
		f.TrialEndsAt.UTC().Format(time.RFC3339Nano), strconv.FormatBool(n.Provision))
	return s.createOnce(ctx, n.Command, hash, func(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) error {
		return s.insertDeployment(ctx, tx, n, id, hash)
	})
}

const insertDeploymentQuery = `
INSERT INTO cloud_deployments (id, tenant_id, slug, name, hostname, app, app_version, plan, price_cents, currency, region, size,
                               state, state_since, version, trial_ends_at, inserted_at, updated_at)
SELECT $1, t.id, $3, $4, nullif($5, ''), $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $14, $14
  FROM cloud_tenants t WHERE t.id = $2`

func (s *Store) insertDeployment(ctx context.Context, tx *sqlx.Tx, n NewDeployment, id uuid.UUID, hash []byte) error {
	f, now := n.Fields, s.stamp()
	plan, _ := catalog.FindPlan(f.Plan) // checked by the caller
	trialEnds := sql.NullTime{Time: f.TrialEndsAt, Valid: !f.TrialEndsAt.IsZero()}
	if n.State == lifecycle.Trial && !trialEnds.Valid {
		trialEnds = sql.NullTime{Time: now.Add(TrialLength), Valid: true}
	}
	result, err := tx.ExecContext(ctx, insertDeploymentQuery, id, n.TenantID, f.Slug, f.Name, f.Hostname, f.App, f.AppVersion,
		f.Plan, plan.PriceCents, catalog.Currency, f.Region, f.Size, n.State, now, trialEnds)
	if err := expectOne(result, err); err != nil {
		return err
	}
	command := commandRow{
		ID: s.newID(), Kind: "deployment", TenantID: uuid.NullUUID{UUID: n.TenantID, Valid: true}, Action: "create", Hash: hash,
		Outcome: outcome{Verdict: verdictAccepted, ID: id, Version: 1},
	}
	if err := s.insertCommand(ctx, tx, n.Command, command); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, insertFirstEventQuery, id, n.State, lifecycle.Created,
		n.Actor.Kind, n.Actor.ID, n.Actor.Name, n.Actor.Roles.String(), command.ID, now)
	if err != nil || !n.Provision {
		return err
	}
	run := newRun{Kind: lifecycle.Provision, Actor: n.Actor, CommandID: uuid.NullUUID{UUID: command.ID, Valid: true}}
	return s.startBuilding(ctx, tx, run, s.newID(), id)
}

const insertFirstEventQuery = `
INSERT INTO cloud_deployment_events (deployment_id, version, to_state, reason, actor_kind, actor, actor_name, actor_roles,
                                     command_id, state_since, occurred_at)
VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`

// TrialLength is how long a trial lasts unless another end is stated.
const TrialLength = 14 * 24 * time.Hour

// expectOne turns "no row" into ErrNotFound.
func expectOne(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}
