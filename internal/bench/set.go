package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// set is a loaded database with a console that serves it, and rows of it to ask for.
type set struct {
	database
	console *console
	owner   *sql.DB
	store   *store.Store // with the rights and limits of the console

	deep    map[string]store.DeploymentRow // in the middle of a list, by its state; "" for all
	tenants []uuid.UUID
	details []uuid.UUID
	movable []uuid.UUID // active or paused, and without a machine
}

// samples is how many different rows are asked for, in turn. Each is a script of pgbench, which takes 128.
const samples = 100

// movesPerClient is how many deployments each client pauses and resumes in turn: no two clients share one.
const movesPerClient = 50

func openSet(ctx context.Context, d database, clients int) (s *set, err error) {
	s = &set{database: d, deep: map[string]store.DeploymentRow{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.owner, err = d.openOwner(); err != nil {
		return nil, err
	}
	if s.store, err = store.Open(ctx, d.appDSN(), store.Options{Conns: 2}); err != nil {
		return nil, err
	}
	if s.console, err = startConsole(ctx, d); err != nil {
		return nil, err
	}
	return s, s.choose(ctx, clients)
}

func (s *set) close() error {
	var errs []error
	if s.console != nil {
		errs = append(errs, s.console.stop())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.owner != nil {
		errs = append(errs, s.owner.Close())
	}
	return errors.Join(errs...)
}

// choose takes rows from all over the tables, the same in each run.
func (s *set) choose(ctx context.Context, clients int) (err error) {
	const spread = ` ORDER BY md5(id::text) LIMIT `
	if s.tenants, err = s.ids(ctx, `SELECT id FROM cloud_tenants`+spread+fmt.Sprint(samples)); err != nil {
		return err
	}
	if s.details, err = s.ids(ctx, `SELECT id FROM cloud_deployments`+spread+fmt.Sprint(samples)); err != nil {
		return err
	}
	if err := s.chooseMovable(ctx, spread+fmt.Sprint(clients*movesPerClient)); err != nil {
		return err
	}
	for _, state := range []string{"", string(lifecycle.Active)} {
		ids, err := s.ids(ctx, `
SELECT id FROM cloud_deployments WHERE state = $1 OR $1 = '' ORDER BY inserted_at DESC, id DESC
OFFSET (SELECT count(*) / 2 FROM cloud_deployments WHERE state = $1 OR $1 = '') LIMIT 1`, state)
		if err != nil {
			return err
		}
		d, err := s.store.GetDeployment(ctx, ids[0])
		if err != nil {
			return err
		}
		s.deep[state] = store.DeploymentRow{Deployment: d, SortName: strings.ToLower(d.Name)}
	}
	return nil
}

// chooseMovable takes the machines from those that are moved: their moves would start runs, which are work of another kind.
func (s *set) chooseMovable(ctx context.Context, which string) (err error) {
	if s.movable, err = s.ids(ctx, `SELECT id FROM cloud_deployments WHERE state IN ('active', 'paused')`+which); err != nil {
		return err
	}
	_, err = s.owner.ExecContext(ctx, `
UPDATE cloud_deployments SET droplet_id = NULL, address = NULL, edit_version = edit_version + 1
 WHERE id = ANY ($1::uuid[]) AND (droplet_id IS NOT NULL OR address IS NOT NULL)`, pq.Array(texts(s.movable)))
	return err
}

func (s *set) ids(ctx context.Context, query string, args ...any) ([]uuid.UUID, error) {
	rows, err := s.owner.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []uuid.UUID
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 && rows.Err() == nil {
		return nil, fmt.Errorf("nothing to measure: %s", query)
	}
	return ids, rows.Err()
}
