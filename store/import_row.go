package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
)

// ImportRow is one row of an import: a deployment with its tenant, or a tenant alone.
type ImportRow struct {
	Line       int                // of the file, from 1
	Tenant     catalog.Tenant     // found by its slug; empty fields of a tenant that is known say nothing
	Alone      bool               // there is no deployment in this row
	Deployment catalog.Deployment // unless Alone
	State      lifecycle.State    // empty: active
	Notes      string
}

// Normalize trims what was written and fills in what is left out.
func (r ImportRow) Normalize() ImportRow {
	zone := strings.TrimSpace(r.Tenant.TimeZone)
	r.Tenant = r.Tenant.Normalize()
	r.Tenant.TimeZone = zone // empty: UTC for a new tenant, whatever it is for a known one
	r.Notes = catalog.NormalizeNotes(r.Notes)
	if r.Alone {
		r.Deployment = catalog.Deployment{}
		return r
	}
	r.Deployment = r.Deployment.Normalize()
	if r.State == "" {
		r.State = lifecycle.Active
	}
	return r
}

// LineError is one thing that is wrong with one line of a file.
type LineError struct {
	Line   int    // from 1; 0: the whole file
	Column string // empty: the whole line
	Text   string // a sentence for the person who wrote it
}

// LineErrors is everything that is wrong with a file, by line. It is an error when it is not empty.
type LineErrors []LineError

// MaxLineErrors is how many errors of one file are named.
const MaxLineErrors = 1000

// MaxImportRows is how many rows one import may have.
const MaxImportRows = 50_000

// maxImportNotes leaves room for what the import itself writes beside them.
const maxImportNotes = catalog.MaxNotes - 100

func (e LineErrors) Error() string {
	lines := make([]string, len(e))
	for i, line := range e {
		lines[i] = line.String()
	}
	return strings.Join(lines, "\n")
}

// String is the error as one line: "line 3, plan: Choose one of the plans."
func (e LineError) String() string {
	where := fmt.Sprintf("line %d", e.Line)
	if e.Line == 0 {
		where = "the file"
	}
	if e.Column != "" {
		where += ", " + e.Column
	}
	return where + ": " + e.Text
}

// Sorted returns the errors by line, at most MaxLineErrors of them.
func (e LineErrors) Sorted() LineErrors {
	slices.SortStableFunc(e, func(a, b LineError) int { return a.Line - b.Line })
	return e[:min(len(e), MaxLineErrors)]
}

// importCheck goes through the rows of a file in their order and remembers what came before.
type importCheck struct {
	errors    LineErrors
	tenants   map[string]*saidTenant // by slug
	slugs     map[[2]string]int      // by slug of tenant and deployment: the line
	hostnames map[string]int         // the line
}

// CheckImport returns what is wrong with normalized rows by themselves, all of it up to MaxLineErrors: nil when nothing is.
// What clashes with the database only Import can tell.
func CheckImport(rows []ImportRow) LineErrors {
	c := importCheck{tenants: map[string]*saidTenant{}, slugs: map[[2]string]int{}, hostnames: map[string]int{}}
	if len(rows) > MaxImportRows {
		c.add(ImportRow{}, "", fmt.Sprintf("There are %d rows; one import takes at most %d.", len(rows), MaxImportRows))
	}
	for _, row := range rows {
		c.tenant(row)
		if row.Alone {
			c.alone(row)
		} else {
			c.deployment(row)
		}
		if len(c.errors) >= MaxLineErrors {
			break
		}
	}
	return c.errors.Sorted()
}

func (c *importCheck) add(row ImportRow, column, text string) {
	c.errors = append(c.errors, LineError{Line: row.Line, Column: column, Text: text})
}

var tenantColumnOf = map[string]string{"name": "tenant_name", "slug": "tenant_slug", "email": "tenant_email"}

// tenant checks the fields that are there; whether a new tenant has all that it needs depends on the database.
func (c *importCheck) tenant(row ImportRow) {
	for _, problem := range row.Tenant.Check() {
		missing := problem.Field == "name" && row.Tenant.Name == "" || problem.Field == "email" && row.Tenant.Email == ""
		if missing {
			continue
		}
		column, ok := tenantColumnOf[problem.Field]
		if !ok {
			column = problem.Field
		}
		c.add(row, column, problem.Text)
	}
	said, known := c.tenants[row.Tenant.Slug]
	if !known {
		said = &saidTenant{first: row.Line, lines: map[string]int{}}
		c.tenants[row.Tenant.Slug] = said
	}
	for _, field := range tenantFields(row.Tenant, said.fields) {
		if field.From != "" && field.To != "" && field.From != field.To {
			c.add(row, field.Field, fmt.Sprintf("Line %d says %q of the same tenant.", said.lines[field.Field], field.To))
		}
		if field.From != "" && field.To == "" {
			said.lines[field.Field] = row.Line
		}
	}
	said.fields = mergeTenant(said.fields, row.Tenant)
	if known && row.Alone {
		c.add(row, "tenant_slug", fmt.Sprintf("This tenant stands in line %d already, and there is no deployment in this row.", said.first))
	}
}

// saidTenant is what the rows of a file say of a tenant, and where.
type saidTenant struct {
	fields catalog.Tenant
	first  int            // line in which it is named first
	lines  map[string]int // in which each column is filled in first
}

// mergeTenant fills in what is empty from what another row says.
func mergeTenant(t, other catalog.Tenant) catalog.Tenant {
	t.Slug = other.Slug
	t.Name = cmp.Or(t.Name, other.Name)
	t.Email = cmp.Or(t.Email, other.Email)
	t.BillingEmail = cmp.Or(t.BillingEmail, other.BillingEmail)
	t.ExternalCustomerID = cmp.Or(t.ExternalCustomerID, other.ExternalCustomerID)
	t.TimeZone = cmp.Or(t.TimeZone, other.TimeZone)
	return t
}

// mergedTenants puts together what all rows say of each tenant, by slug.
func mergedTenants(rows []ImportRow) map[string]catalog.Tenant {
	merged := map[string]catalog.Tenant{}
	for _, row := range rows {
		merged[row.Tenant.Slug] = mergeTenant(merged[row.Tenant.Slug], row.Tenant)
	}
	return merged
}

// tenantFields pairs the fields of two tenants, by the names of their columns.
func tenantFields(a, b catalog.Tenant) []Change {
	return []Change{
		{"tenant_name", a.Name, b.Name},
		{"tenant_email", a.Email, b.Email},
		{"billing_email", a.BillingEmail, b.BillingEmail},
		{"external_customer_id", a.ExternalCustomerID, b.ExternalCustomerID},
		{"time_zone", a.TimeZone, b.TimeZone},
	}
}

func (c *importCheck) alone(row ImportRow) {
	if row.State != "" {
		c.add(row, "state", "A state belongs to a deployment, and this row has none: deployment_name is empty.")
	}
	if row.Notes != "" {
		c.add(row, "notes", "Notes belong to a deployment, and this row has none: deployment_name is empty.")
	}
}

func (c *importCheck) deployment(row ImportRow) {
	d := row.Deployment
	for _, problem := range d.Check() {
		column := problem.Field
		if column == "name" || column == "slug" {
			column = "deployment_" + column
		}
		c.add(row, column, problem.Text)
	}
	c.state(row)
	if n := utf8.RuneCountInString(row.Notes); n > maxImportNotes {
		c.add(row, "notes", fmt.Sprintf("These notes have %d characters; at most %d can be kept.", n, maxImportNotes))
	}
	place := [2]string{row.Tenant.Slug, d.Slug}
	if line, ok := c.slugs[place]; ok && d.Slug != "" {
		c.add(row, "deployment_slug", fmt.Sprintf("Line %d has the same slug for a deployment of this tenant.", line))
	} else {
		c.slugs[place] = row.Line
	}
	if d.Hostname == "" {
		return
	}
	if line, ok := c.hostnames[d.Hostname]; ok {
		c.add(row, "hostname", fmt.Sprintf("Line %d has the same host name.", line))
		return
	}
	c.hostnames[d.Hostname] = row.Line
}

func (c *importCheck) state(row ImportRow) {
	switch {
	case !row.State.Valid():
		c.add(row, "state", fmt.Sprintf("There is no state %q.", row.State))
	case row.State == lifecycle.Provisioning:
		c.add(row, "state", "Provisioning cannot be imported: nothing would build it.")
	}
	if !row.Deployment.TrialEndsAt.IsZero() && row.State != lifecycle.Trial {
		c.add(row, "trial_ends", "Only a trial ends: the state is not trial.")
	}
}

// importStart is the state in which an imported deployment starts, and the shortest way from there over the map.
func importStart(to lifecycle.State) (lifecycle.State, []lifecycle.Move) {
	if to.Initial() {
		return to, nil
	}
	ways := [][]lifecycle.Move{{}}
	seen := map[lifecycle.State]bool{lifecycle.Active: true}
	for len(ways) > 0 {
		way := ways[0]
		ways = ways[1:]
		at := lifecycle.Active
		if len(way) > 0 {
			at = way[len(way)-1].To
		}
		if at == to {
			return lifecycle.Active, way
		}
		for _, m := range lifecycle.MovesFrom(at) {
			if !seen[m.To] {
				seen[m.To] = true
				ways = append(ways, append(slices.Clone(way), m))
			}
		}
	}
	return lifecycle.Active, nil // unknown states are refused before
}
