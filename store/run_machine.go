package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// Provisioner stands for the runs in what they leave.
var Provisioner = access.Actor{Kind: access.System, ID: "provisioning", Name: "Provisioning"}

// Machine is a droplet as a run knows it.
type Machine struct {
	ID      int64
	Name    string
	Region  string
	Size    string
	Address string // empty: none
}

// runSubject is what a run asks of its deployment. Its row is locked.
type runSubject struct {
	TenantID  uuid.UUID       `db:"tenant_id"`
	State     lifecycle.State `db:"state"`
	Hostname  string          `db:"hostname"`
	DropletID sql.NullInt64   `db:"droplet_id"`
	Address   string          `db:"address"`
}

func getRunSubject(ctx context.Context, tx *sqlx.Tx, run Run) (runSubject, error) {
	var d runSubject
	err := tx.GetContext(ctx, &d, `SELECT tenant_id, state, coalesce(hostname, '') AS hostname, droplet_id, coalesce(host(address), '') AS address
  FROM cloud_deployments WHERE id = $1`, run.DeploymentID)
	return d, err
}

// start is where a deployment stands when a run begins to build it.
func start(k lifecycle.RunKind) lifecycle.State {
	if k == lifecycle.Rebuild {
		return lifecycle.Cancelled
	}
	return lifecycle.Provisioning
}

func checkState(ctx context.Context, tx *sqlx.Tx, run Run) error {
	d, err := getRunSubject(ctx, tx, run)
	if err != nil {
		return err
	}
	if d.State != start(run.Kind) {
		return &ErrRunRefused{fmt.Sprintf("The deployment is %s, not %s.", d.State.Lower(), start(run.Kind).Lower())}
	}
	return nil
}

const registerQuery = `
INSERT INTO cloud_droplets (provider, droplet_id, deployment_id, run_id, name, region, size, address)
VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8, '')::inet)
ON CONFLICT (provider, droplet_id) DO UPDATE
   SET name = excluded.name, region = excluded.region, size = excluded.size, address = excluded.address
 WHERE cloud_droplets.run_id = excluded.run_id AND cloud_droplets.released_at IS NULL`

func (s *Store) registerMachine(ctx context.Context, tx *sqlx.Tx, run Run, m Machine) error {
	result, err := tx.ExecContext(ctx, registerQuery, s.provider, m.ID, run.DeploymentID, run.ID, m.Name, m.Region, m.Size, m.Address)
	if err := expectOne(result, err); err == ErrNotFound {
		return &ErrRunRefused{fmt.Sprintf("Droplet %d stands in the inventory already, as another run's.", m.ID)}
	}
	return err
}

func (s *Store) releaseMachine(ctx context.Context, tx *sqlx.Tx, m Machine) error {
	_, err := tx.ExecContext(ctx, `UPDATE cloud_droplets SET released_at = clock_timestamp() WHERE provider = $1 AND droplet_id = $2 AND released_at IS NULL`,
		s.provider, m.ID)
	return err
}

const linkQuery = `
UPDATE cloud_deployments SET droplet_id = $2, address = nullif($3, '')::inet, edit_version = edit_version + 1, updated_at = $5
 WHERE id = $1 AND droplet_id IS NOT DISTINCT FROM nullif($4::bigint, 0)`

// linkMachine gives the machine to the deployment, if that is still the one that the run was asked to build and has none.
func (s *Store) linkMachine(ctx context.Context, tx *sqlx.Tx, run Run, m Machine) error {
	d, err := getRunSubject(ctx, tx, run)
	if err != nil {
		return err
	}
	switch {
	case d.DropletID.Valid && d.DropletID.Int64 == m.ID:
		return nil
	case d.DropletID.Valid:
		return &ErrRunRefused{fmt.Sprintf("The deployment has another droplet, %d.", d.DropletID.Int64)}
	case d.Hostname != run.Spec.Hostname:
		return &ErrRunRefused{fmt.Sprintf("The host name was changed from %q to %q while it was being built.", run.Spec.Hostname, d.Hostname)}
	}
	taken, err := s.linkedElsewhere(ctx, tx, run, m)
	if err != nil || taken != "" {
		return firstOf(err, taken)
	}
	return s.setMachine(ctx, tx, run, d, m)
}

func firstOf(err error, refusal string) error {
	if err != nil {
		return err
	}
	return &ErrRunRefused{refusal}
}

// linkedElsewhere says so if the droplet is another deployment's, which it cannot be unless somebody typed it there.
func (s *Store) linkedElsewhere(ctx context.Context, tx *sqlx.Tx, run Run, m Machine) (string, error) {
	var n int
	err := tx.GetContext(ctx, &n, `SELECT count(*) FROM cloud_deployments WHERE droplet_id = $1 AND id <> $2`, m.ID, run.DeploymentID)
	if err != nil || n == 0 {
		return "", err
	}
	return fmt.Sprintf("Droplet %d is linked to another deployment.", m.ID), nil
}

// unlinkMachine takes the machine from the deployment, if that has this one.
func (s *Store) unlinkMachine(ctx context.Context, tx *sqlx.Tx, run Run, m Machine) error {
	d, err := getRunSubject(ctx, tx, run)
	if err != nil || !d.DropletID.Valid || d.DropletID.Int64 != m.ID {
		return err
	}
	return s.setMachine(ctx, tx, run, d, Machine{})
}

func (s *Store) setMachine(ctx context.Context, tx *sqlx.Tx, run Run, d runSubject, m Machine) error {
	result, err := tx.ExecContext(ctx, linkQuery, run.DeploymentID, sql.NullInt64{Int64: m.ID, Valid: m.ID != 0}, m.Address, d.DropletID.Int64, s.stamp())
	if err := expectOne(result, err); err != nil {
		return fmt.Errorf("store: link droplet %d to %s: %w", m.ID, run.DeploymentID, err)
	}
	return s.insertEdit(ctx, tx, edit{
		Actor: Provisioner, TenantID: d.TenantID, DeploymentID: uuid.NullUUID{UUID: run.DeploymentID, Valid: true},
		Changes: changesOf([]Change{
			{"droplet", dropletText(d.DropletID.Int64), dropletText(m.ID)},
			{"address", d.Address, m.Address},
		}),
	})
}

func dropletText(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}
