package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"arcadia.example/console/lifecycle"
)

// TenantSort is an order of the list of tenants.
type TenantSort string

// The orders: by name, newest first.
const (
	TenantsByName   TenantSort = "name"
	TenantsByNewest TenantSort = "newest"
)

// TenantSorts lists the orders; the first is the usual one.
var TenantSorts = []TenantSort{TenantsByName, TenantsByNewest}

var tenantOrders = map[TenantSort]order{
	TenantsByName:   {key: "lower(t.name)", id: "t.id", text: true},
	TenantsByNewest: {key: "t.inserted_at", id: "t.id", desc: true},
}

// TenantFilter says which tenants to list, and how. The zero value lists all by name.
type TenantFilter struct {
	Search string // words that must all occur in name, slug or e-mail; where none fits, names that are nearly so
	Sort   TenantSort
	Page
}

// StateCounts are deployments by state. A state without any has no entry.
type StateCounts map[lifecycle.State]int

// Scan reads the JSON object that the database adds the counts up to.
func (c *StateCounts) Scan(src any) error {
	raw, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("store: state counts are %T, not JSON", src)
	}
	return json.Unmarshal(raw, c)
}

// Value gives the JSON form.
func (c StateCounts) Value() (driver.Value, error) { return json.Marshal(c) }

// TenantRow is one line of the list.
type TenantRow struct {
	Tenant
	SortName string      `db:"sort_name"`
	States   StateCounts `db:"states"`
}

// TenantPage is a page of the list; Previous and Next are cursors, empty where there is nothing.
type TenantPage struct {
	Rows           []TenantRow
	Previous, Next string
	Nearly         bool // nothing fits the words as typed: these nearly do
}

// ListTenants returns one page. ErrCursor for a place that is none, ErrInput for an order that is none.
func (s *Store) ListTenants(ctx context.Context, f TenantFilter) (TenantPage, error) {
	f.Search = strings.TrimSpace(f.Search)
	if f.Sort == "" {
		f.Sort = TenantsByName
	}
	order, ok := tenantOrders[f.Sort]
	if !ok {
		return TenantPage{}, fmt.Errorf("%w: no order %q", ErrInput, f.Sort)
	}
	place, err := order.args(f.Page)
	if err != nil {
		return TenantPage{}, err
	}
	var rows []TenantRow
	for _, q := range f.queries(place) {
		rows = nil
		if err := s.db.SelectContext(ctx, &rows, q.SQL, q.Args...); err != nil {
			return TenantPage{}, translate(err)
		}
		if len(rows) > f.limit() {
			break
		}
	}
	if len(rows) == 0 && f.Search != "" && f.After == "" && f.Before == "" {
		return s.nearlyTenants(ctx, f)
	}
	page, previous, next := cut(rows, f.Page, func(r TenantRow) cursor { return f.Sort.place(r) })
	return TenantPage{Rows: page, Previous: previous, Next: next}, nil
}

func (sort TenantSort) place(r TenantRow) cursor {
	if sort == TenantsByNewest {
		return cursor{key: timeKey(r.InsertedAt), tie: r.ID.String()}
	}
	return cursor{key: r.SortName, tie: r.ID.String()}
}

// tenantWalk is how many tenants a search looks at in the order of the page before it asks the trigram index; see
// newestWalk.
const tenantWalk = 1000

// queries are one statement, or for a search two, of which the second counts unless the first fills the page.
func (f TenantFilter) queries(place []any) []Query {
	after, orderBy := tenantOrders[f.Sort].clause(f.Page, 1)
	limit := fmt.Sprintf(" LIMIT %d", f.limit()+1)
	all := `SELECT t.* FROM cloud_tenants t WHERE true` + after
	if f.Search == "" {
		return []Query{{SQL: tenantRows(all+orderBy+limit) + orderBy, Args: place}}
	}
	words, args := f.conditions(len(place))
	args = slices.Concat(place, args)
	walk := `SELECT t.* FROM (` + all + orderBy + fmt.Sprintf(" LIMIT %d", tenantWalk) + `) t WHERE true` + words + orderBy + limit
	gather := `SELECT t.* FROM (` + all + words + ` OFFSET 0) t` + orderBy + limit
	queries := []Query{{SQL: tenantRows(walk) + orderBy, Args: args}, {SQL: tenantRows(gather) + orderBy, Args: args}}
	if _, indexed := searchWords(f.Search); !indexed {
		return queries[:1]
	}
	return queries
}

// conditions are those on the words, with arguments after the n that are there already.
func (f TenantFilter) conditions(n int) (where string, args []any) {
	if low, high, ok := idRange(f.Search); ok {
		// It may be the start of an ID and still be a word, as customers' numbers are.
		where = fmt.Sprintf(" AND (t.id BETWEEN $%d AND $%d OR t.search LIKE lower($%d))", n+1, n+2, n+3)
		return where, []any{low, high, docPattern(strings.TrimSpace(f.Search))}
	}
	words, _ := searchWords(f.Search)
	for _, word := range words {
		args = append(args, docPattern(word))
		where += fmt.Sprintf(" AND t.search LIKE lower($%d)", n+len(args))
	}
	return where, args
}

// tenantRows adds up the deployments of the tenants of one page.
func tenantRows(inner string) string {
	return `SELECT ` + tenantColumns + `, lower(t.name) AS sort_name, states.states FROM (` + inner + `) t
 CROSS JOIN LATERAL (
   SELECT coalesce(json_object_agg(one.state, one.n), '{}') AS states
     FROM (SELECT d.state, count(*) AS n FROM cloud_deployments d WHERE d.tenant_id = t.id GROUP BY d.state) one) states`
}

// nearlyTenants forgives typing mistakes: the tenants whose words are most like the ones typed, the likest first.
func (s *Store) nearlyTenants(ctx context.Context, f TenantFilter) (TenantPage, error) {
	inner := fmt.Sprintf(`SELECT t.*, word_similarity(lower($1), t.search) AS likeness FROM cloud_tenants t
   WHERE lower($1) <%% t.search ORDER BY likeness DESC, lower(t.name), t.id LIMIT %d`, f.limit())
	search := strings.Join(strings.Fields(f.Search), " ")
	if _, indexed := searchWords(search); !indexed {
		return TenantPage{}, nil
	}
	var rows []TenantRow
	err := s.db.SelectContext(ctx, &rows, tenantRows(inner)+` ORDER BY t.likeness DESC, sort_name, t.id`, search)
	return TenantPage{Rows: rows, Nearly: len(rows) > 0}, translate(err)
}
