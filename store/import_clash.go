package store

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// findTenants looks up which tenants of the file are stored already.
func (l *importLoad) findTenants() error {
	var slugs []string
	for _, row := range l.n.Rows {
		slugs = append(slugs, row.Tenant.Slug)
	}
	var tenants []Tenant
	err := l.tx.SelectContext(l.ctx, &tenants, `SELECT `+tenantColumns+` FROM cloud_tenants t WHERE t.slug = ANY ($1::text[])`, pq.Array(slugs))
	l.tenants, l.known = map[string]uuid.UUID{}, map[string]Tenant{}
	for _, t := range tenants {
		l.tenants[t.Slug], l.known[t.Slug] = t.ID, t
	}
	return err
}

// clashes compares the rows with what is stored.
func (l *importLoad) clashes() (LineErrors, error) {
	taken, err := l.taken()
	if err != nil {
		return nil, err
	}
	var problems LineErrors
	add := func(row ImportRow, column, format string, args ...any) {
		problems = append(problems, LineError{Line: row.Line, Column: column, Text: fmt.Sprintf(format, args...)})
	}
	seen, merged := map[string]bool{}, mergedTenants(l.n.Rows)
	for _, row := range l.n.Rows {
		slug := row.Tenant.Slug
		stored, known := l.known[slug]
		switch {
		case known:
			for _, field := range tenantFields(row.Tenant, stored.Fields()) {
				if field.From != "" && field.From != field.To {
					add(row, field.Field, "This tenant exists, with %q here. Leave it empty, or edit the tenant.", field.To)
				}
			}
			if row.Alone {
				add(row, "tenant_slug", "This tenant exists, and there is no deployment in this row.")
			}
		case !seen[slug] && merged[slug].Name == "":
			add(row, "tenant_name", "The name is missing: there is no tenant %q yet.", slug)
		case !seen[slug] && merged[slug].Email == "":
			add(row, "tenant_email", "The e-mail is missing: there is no tenant %q yet.", slug)
		}
		seen[slug] = true
		if !row.Alone && taken.slugs[[2]string{slug, row.Deployment.Slug}] {
			add(row, "deployment_slug", "Another deployment of this tenant has this slug.")
		}
		if !row.Alone && taken.hostnames[row.Deployment.Hostname] {
			add(row, "hostname", "Another deployment has this host name; it is free once that one is archived.")
		}
	}
	return problems, nil
}

// takenPlaces are the slugs and host names of the file that stored deployments have.
type takenPlaces struct {
	slugs     map[[2]string]bool // of tenant and deployment
	hostnames map[string]bool
}

func (l *importLoad) taken() (takenPlaces, error) {
	taken := takenPlaces{slugs: map[[2]string]bool{}, hostnames: map[string]bool{}}
	var tenants uuidArray
	for _, t := range l.known {
		tenants = append(tenants, t.ID)
	}
	var slugs, hostnames []string
	for _, row := range l.n.Rows {
		if !row.Alone {
			slugs, hostnames = append(slugs, row.Deployment.Slug), append(hostnames, row.Deployment.Hostname)
		}
	}
	var places []struct {
		Tenant string `db:"tenant"`
		Slug   string `db:"slug"`
	}
	err := l.tx.SelectContext(l.ctx, &places, `
SELECT t.slug AS tenant, d.slug FROM cloud_deployments d JOIN cloud_tenants t ON t.id = d.tenant_id
 WHERE d.tenant_id = ANY ($1::uuid[]) AND d.slug = ANY ($2::text[])`, tenants, pq.Array(slugs))
	if err != nil {
		return taken, err
	}
	for _, p := range places {
		taken.slugs[[2]string{p.Tenant, p.Slug}] = true
	}
	var found []string
	err = l.tx.SelectContext(l.ctx, &found,
		`SELECT hostname FROM cloud_deployments WHERE hostname = ANY ($1::text[]) AND state <> 'archived'`, pq.Array(hostnames))
	for _, name := range found {
		taken.hostnames[name] = true
	}
	return taken, err
}
