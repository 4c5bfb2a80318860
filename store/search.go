package store

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"arcadia.example/console/catalog"
)

// Found is what a search for anything found.
type Found struct {
	DeploymentID uuid.NullUUID // the search is the very ID, host name, droplet or address of this deployment
	TenantID     uuid.NullUUID // the search is the very ID of this tenant
	Tenants      []TenantRow
	Nearly       bool // no tenant fits as typed: these nearly do
	Deployments  []DeploymentRow
}

// MaxFound is how many deployments a Search shows at most; maxFoundTenants likewise.
const (
	MaxFound        = 200
	maxFoundTenants = 50
)

// Search looks for anything: names, slugs, e-mails, domains, IDs, droplets, addresses. An exact ID is found alone.
func (s *Store) Search(ctx context.Context, q string) (Found, error) {
	q = strings.Join(strings.Fields(q), " ")
	if q == "" {
		return Found{}, nil
	}
	found, err := s.findExact(ctx, q)
	if err != nil || found.DeploymentID.Valid || found.TenantID.Valid {
		return found, err
	}
	tenants, err := s.ListTenants(ctx, TenantFilter{Search: q, Page: Page{Limit: maxFoundTenants}})
	if err != nil {
		return Found{}, err
	}
	deployments, err := s.bestDeployments(ctx, q)
	if err != nil {
		return Found{}, err
	}
	found = Found{Tenants: tenants.Rows, Nearly: tenants.Nearly, Deployments: deployments}
	return found, nil
}

// findExact follows what can mean only one row.
func (s *Store) findExact(ctx context.Context, q string) (Found, error) {
	if host := catalog.HostOfURL(q); host != "" {
		q = host
	}
	if id, err := uuid.Parse(q); err == nil {
		deployment, err := s.lookUp(ctx, `SELECT id FROM cloud_deployments WHERE id = $1`, id)
		if err != nil || deployment.Valid {
			return Found{DeploymentID: deployment}, err
		}
		tenant, err := s.lookUp(ctx, `SELECT id FROM cloud_tenants WHERE id = $1`, id)
		return Found{TenantID: tenant}, err
	}
	if droplet, err := strconv.ParseInt(q, 10, 64); err == nil {
		deployment, err := s.lookUp(ctx, `SELECT id FROM cloud_deployments WHERE droplet_id = $1`, droplet)
		return Found{DeploymentID: deployment}, err
	}
	if address, err := netip.ParseAddr(q); err == nil && address.Zone() == "" {
		deployment, err := s.lookUp(ctx, `SELECT id FROM cloud_deployments WHERE address = $1::inet ORDER BY id DESC LIMIT 1`, address.String())
		return Found{DeploymentID: deployment}, err
	}
	if strings.Contains(q, ".") && !strings.ContainsAny(q, " @") {
		deployment, err := s.lookUp(ctx,
			`SELECT id FROM cloud_deployments WHERE hostname = $1 AND state <> 'archived'`, catalog.PlainHostname(q))
		return Found{DeploymentID: deployment}, err
	}
	return Found{}, nil
}

func (s *Store) lookUp(ctx context.Context, query string, arg any) (uuid.NullUUID, error) {
	var id uuid.UUID
	err := s.db.GetContext(ctx, &id, query, arg)
	if errors.Is(err, sql.ErrNoRows) {
		return uuid.NullUUID{}, nil
	}
	return uuid.NullUUID{UUID: id, Valid: err == nil}, translate(err)
}

// bestDeployments ranks the newest that have the words as whole words before the newest that have them inside others. Of a
// word that fills the answer from the newest rows, older ones are not looked for.
func (s *Store) bestDeployments(ctx context.Context, q string) ([]DeploymentRow, error) {
	best := wordSearch{DeploymentFilter: DeploymentFilter{Search: q, Sort: ByNewest}, most: MaxFound, wholeFirst: true}
	return s.findDeployments(ctx, best, nil)
}
