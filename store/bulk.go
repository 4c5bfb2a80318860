package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
)

// Bulk is a large set of histories to be stored at once. The sequences are read once, in this order, and must fit each
// other: the database checks that at the end.
type Bulk struct {
	Actor       access.Actor // who loads it: of the commands and of the creation of the tenants
	Tenants     iter.Seq[BulkTenant]
	Deployments iter.Seq[BulkDeployment]
	Events      iter.Seq[BulkEvent]
	Versions    int    // the highest version of any event
	Provider    string // of the machines, as the inventory has them
}

// BulkTenant is a tenant with the moment of its creation. The fields are normalized.
type BulkTenant struct {
	ID, EditID uuid.UUID // of the tenant and of the entry that says who created it
	Fields     catalog.Tenant
	InsertedAt time.Time
}

// BulkDeployment is a deployment as its events leave it. The fields are normalized.
type BulkDeployment struct {
	ID, TenantID           uuid.UUID
	Fields                 catalog.Deployment
	DropletID              int64  // 0: none
	Address                string // empty: none
	State                  lifecycle.State
	Version                int
	InsertedAt, StateSince time.Time
}

// BulkEvent is one event. StateSince is OccurredAt except for an undo.
type BulkEvent struct {
	DeploymentID           uuid.UUID
	Version                int
	From, To               lifecycle.State // From is empty for version 1
	Reason                 lifecycle.Reason
	Actor                  access.Actor
	Notes                  string
	Reverts                int // version that it undoes; 0: none
	OccurredAt, StateSince time.Time
}

// ErrNotEmpty is returned for a bulk load into a database that has rows already.
var ErrNotEmpty = errors.New("there are tenants in this database already; a large set is loaded into an empty one only")

// bulkTables are what a bulk load fills and strips of its indexes while it does.
const bulkTables = `'cloud_tenants', 'cloud_deployments', 'cloud_deployment_events', 'cloud_deployment_search', 'cloud_edits'`

// LoadBulk stores a large set in one transaction: all of it, or after a crash nothing. The store's role owns the
// tables and the store is Loading. Indexes and constraints are dropped and made again from the database's own
// description of them, which checks every row anew; triggers rest meanwhile, and what they keep (counters, searched text)
// is filled in for all rows at once. report is told each step when it is done. ErrNotEmpty when there is data already.
func (s *Store) LoadBulk(ctx context.Context, b Bulk, report func(step string)) error {
	if err := b.Actor.Validate(); err != nil {
		return err
	}
	err := s.write(ctx, func(tx *sqlx.Tx) error {
		load := bulkLoad{ctx: ctx, tx: tx, bulk: b, report: report}
		for _, step := range []func() error{
			load.begin, load.strip, load.copyTenants, load.copyDeployments, load.insertCommands, load.copyEvents,
			load.fillSearch, load.fillCounters, load.restore, load.fillInventory, load.check,
		} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: bulk load, nothing was kept: %w", err)
	}
	_, err = s.db.ExecContext(ctx, `ANALYZE`)
	report("statistics for the planner")
	return err
}

// bulkLoad is a load under way.
type bulkLoad struct {
	ctx    context.Context
	tx     *sqlx.Tx
	bulk   Bulk
	report func(string)

	parts       []schemaPart
	commands    []uuid.UUID // by version - 1
	deployments int64
}

// begin takes the tables for itself and makes sure that they are empty. More memory than usual, for the indexes.
func (l *bulkLoad) begin() error {
	for _, command := range []string{
		`SET LOCAL maintenance_work_mem = '768MB'`,
		`SET LOCAL work_mem = '256MB'`,
		`SET LOCAL max_parallel_maintenance_workers = 2`,
		`LOCK TABLE cloud_tenants, cloud_deployments, cloud_deployment_events, cloud_deployment_search, cloud_edits,
		            cloud_notes, commands, counters IN ACCESS EXCLUSIVE MODE`,
	} {
		if _, err := l.tx.ExecContext(l.ctx, command); err != nil {
			return err
		}
	}
	var used bool
	err := l.tx.GetContext(l.ctx, &used, `
SELECT EXISTS (SELECT FROM cloud_tenants) OR EXISTS (SELECT FROM cloud_deployments) OR EXISTS (SELECT FROM cloud_deployment_events)
    OR EXISTS (SELECT FROM commands)`)
	if err == nil && used {
		return ErrNotEmpty
	}
	return err
}

func (l *bulkLoad) copyTenants() error {
	err := copyRows(l, `cloud_tenants (id, name, slug, email, billing_email, external_customer_id, time_zone, inserted_at, updated_at)`,
		l.bulk.Tenants, func(t BulkTenant) []any {
			f, at := t.Fields, copyTime(t.InsertedAt)
			return []any{t.ID.String(), f.Name, f.Slug, f.Email, f.BillingEmail, f.ExternalCustomerID, f.TimeZone, at, at}
		})
	if err != nil {
		return err
	}
	a := l.bulk.Actor
	err = copyRows(l, `cloud_edits (id, tenant_id, changes, actor_kind, actor, actor_name, actor_roles, occurred_at)`,
		l.bulk.Tenants, func(t BulkTenant) []any {
			return []any{t.EditID.String(), t.ID.String(), "[]", string(a.Kind), a.ID, a.Name, a.Roles.String(), copyTime(t.InsertedAt)}
		})
	l.report("tenants")
	return err
}

func (l *bulkLoad) copyDeployments() error {
	prices := map[string]int64{}
	for _, p := range catalog.Plans {
		prices[p.Code] = int64(p.PriceCents)
	}
	err := copyRows(l, `cloud_deployments (id, tenant_id, slug, name, hostname, app, app_version, plan, price_cents, region, size, state,
		state_since, version, trial_ends_at, droplet_id, address, inserted_at, updated_at)`,
		l.bulk.Deployments, func(d BulkDeployment) []any {
			l.deployments++
			f, since := d.Fields, copyTime(d.StateSince)
			return []any{
				d.ID.String(), d.TenantID.String(), f.Slug, f.Name, orNull(f.Hostname), f.App, f.AppVersion, f.Plan, prices[f.Plan],
				f.Region, f.Size, string(d.State), since, int64(d.Version), timeOrNull(f.TrialEndsAt), numberOrNull(d.DropletID),
				orNull(d.Address), copyTime(d.InsertedAt), since,
			}
		})
	l.report("deployments")
	return err
}

// insertCommands makes one command for each version number: a command moves a deployment at most once.
func (l *bulkLoad) insertCommands() error {
	a := l.bulk.Actor
	for version := 1; version <= l.bulk.Versions; version++ {
		id, key := uuid.Must(uuid.NewV7()), "load "+strconv.Itoa(version)
		_, err := l.tx.ExecContext(l.ctx, insertCommandQuery, id, a.Kind, a.ID, key, hashOf("load", key), "load", nil, "",
			marshal(outcome{Verdict: verdictAccepted, Version: version}), time.Now())
		if err != nil {
			return err
		}
		l.commands = append(l.commands, id)
	}
	return nil
}

func (l *bulkLoad) copyEvents() error {
	commands := make([]string, len(l.commands))
	for i, id := range l.commands {
		commands[i] = id.String()
	}
	err := copyRows(l, `cloud_deployment_events (deployment_id, version, from_state, to_state, reason, actor_kind, actor, actor_name,
		actor_roles, notes, command_id, reverts_version, state_since, occurred_at)`,
		l.bulk.Events, func(e BulkEvent) []any {
			return []any{
				e.DeploymentID.String(), int64(e.Version), orNull(string(e.From)), string(e.To), orNull(string(e.Reason)),
				string(e.Actor.Kind), e.Actor.ID, e.Actor.Name, e.Actor.Roles.String(), orNull(e.Notes), commands[e.Version-1],
				numberOrNull(int64(e.Reverts)), copyTime(e.StateSince), copyTime(e.OccurredAt),
			}
		})
	l.report("events")
	return err
}

func (l *bulkLoad) fillSearch() error {
	_, err := l.tx.ExecContext(l.ctx, `
INSERT INTO cloud_deployment_search (deployment_id, tenant_id, inserted_at, doc)
SELECT d.id, d.tenant_id, d.inserted_at, deployment_doc(d, t) FROM cloud_deployments d JOIN cloud_tenants t ON t.id = d.tenant_id`)
	l.report("searched text")
	return err
}

func (l *bulkLoad) fillCounters() error {
	_, err := l.tx.ExecContext(l.ctx, `
UPDATE counters c SET n = c.n + counted.n
  FROM (SELECT state AS subject, count(*) AS n FROM cloud_deployments GROUP BY state
        UNION ALL SELECT 'tenants', count(*) FROM cloud_tenants) counted
 WHERE c.subject = counted.subject AND c.slot = 0`)
	l.report("counters")
	return err
}

// fillInventory registers the machines that the deployments have.
func (l *bulkLoad) fillInventory() error {
	_, err := l.tx.ExecContext(l.ctx, `
INSERT INTO cloud_droplets (provider, droplet_id, deployment_id, name, region, size, address, registered_at)
SELECT $1, droplet_id, id, slug, region, size, address, inserted_at FROM cloud_deployments WHERE droplet_id IS NOT NULL`, l.bulk.Provider)
	l.report("inventory")
	return err
}

// check asks for what a resting trigger would have: each state stands since its newest event says so.
func (l *bulkLoad) check() error {
	var fitting int64
	err := l.tx.GetContext(l.ctx, &fitting, `
SELECT count(*) FROM cloud_deployments d
  JOIN cloud_deployment_events e ON e.deployment_id = d.id AND e.version = d.version AND e.to_state = d.state AND e.state_since = d.state_since`)
	if err == nil && fitting != l.deployments {
		return fmt.Errorf("%d of %d deployments do not stand as their newest event says", l.deployments-fitting, l.deployments)
	}
	return err
}

// copyRows sends a sequence by COPY. values gives what the driver sends without a conversion of its own.
func copyRows[T any](l *bulkLoad, target string, rows iter.Seq[T], values func(T) []any) (err error) {
	stmt, err := l.tx.PrepareContext(l.ctx, `COPY `+target+` FROM STDIN`)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(err, stmt) }()
	for row := range rows {
		if _, err := stmt.ExecContext(l.ctx, values(row)...); err != nil {
			return err
		}
	}
	_, err = stmt.ExecContext(l.ctx)
	return err
}

// copyTime is a time as COPY reads it, to the microsecond of the database.
func copyTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000000Z") }

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return copyTime(t)
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func numberOrNull(n int64) any { return sql.NullInt64{Int64: n, Valid: n != 0} }
