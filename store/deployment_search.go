package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
)

// How far a search walks in the order of the page before it asks the trigram index: a common word fills its page on the
// way, whereas what does not is rare enough to be gathered and sorted. No estimate of the planner decides, because it is
// wrong where it matters: words that are common each and never stand together, words of old rows only.
const (
	newestWalk = 50   // rows of the searched text, which lies in this order, for each row of the page
	stateWalk  = 2000 // rows of each state, which an index alone names
	nameWalk   = 300  // rows of each state by name, which have to be fetched from all over the table
)

// wordSearch is a search of deployments for words.
type wordSearch struct {
	DeploymentFilter
	wholeFirst bool // before the order of the page: rows with words that stand alone, not inside longer ones
	most       int  // to return at most
}

// findDeployments returns the first rows of the search after a place: by the walk alone if that finds enough.
func (s *Store) findDeployments(ctx context.Context, w wordSearch, place []any) (rows []DeploymentRow, err error) {
	for _, q := range w.queries(place) {
		rows = nil
		if err := s.db.SelectContext(ctx, &rows, q.SQL, q.Args...); err != nil {
			return nil, translate(err)
		}
		if len(rows) == w.most {
			break
		}
	}
	return s.providing(rows), nil
}

// queries are the walk and then, for when that does not find as many as asked for, the one that gathers; or one of them
// alone where that is all there is to look at.
func (w wordSearch) queries(place []any) []Query {
	if w.TenantID.Valid { // few rows, which an index names
		return []Query{w.gather(place)}
	}
	walk := w.walkStates
	if w.inNewest() {
		walk = w.walkNewest
	}
	if _, indexed := searchWords(w.Search); !indexed {
		return []Query{walk(place)}
	}
	return []Query{walk(place), w.gather(place)}
}

// inNewest reports whether the order of the page is one of the searched text's own table.
func (w wordSearch) inNewest() bool { return w.Sort == ByNewest && len(w.States) == 0 }

// newestOrder is ByNewest with the columns of the searched text's table, which are the same values.
var newestOrder = order{key: "s.inserted_at", id: "s.deployment_id", desc: true}

// conditions are those on the words, with arguments after the n that are there already.
func (w wordSearch) conditions(n int) (where string, args []any) {
	if low, high, ok := idRange(w.Search); ok {
		// It may be the start of an ID and still be a word.
		where = fmt.Sprintf(" AND (s.deployment_id BETWEEN $%d AND $%d OR s.doc LIKE lower($%d))", n+1, n+2, n+3)
		return where, []any{low, high, docPattern(strings.TrimSpace(w.Search))}
	}
	words, _ := searchWords(w.Search)
	for _, word := range words {
		args = append(args, docPattern(word))
		where += fmt.Sprintf(" AND s.doc LIKE lower($%d)", n+len(args))
	}
	return where, args
}

func (w wordSearch) limitRows() string { return fmt.Sprintf(" LIMIT %d", w.most) }

// walkNewest looks at the next rows from the newest on, whatever they say.
func (w wordSearch) walkNewest(place []any) Query {
	after, orderBy := newestOrder.clause(w.Page, 1)
	words, args := w.conditions(len(place))
	near := `SELECT s.* FROM cloud_deployment_search s WHERE true` + after + orderBy + fmt.Sprintf(" LIMIT %d", newestWalk*w.most)
	return w.newest(`SELECT s.* FROM (`+near+`) s WHERE true`+words, orderBy, slices.Concat(place, args))
}

// newest takes the first of the hits: the newest, or among those with whole words the newest and then the others.
func (w wordSearch) newest(hits, orderBy string, args []any) Query {
	if !w.wholeFirst {
		return Query{SQL: w.found(`SELECT s.deployment_id FROM (` + hits + `) s` + orderBy + w.limitRows()), Args: args}
	}
	words, _ := searchWords(w.Search)
	whole := make([]string, len(words))
	for i, word := range words {
		args = append(args, wholePattern(word))
		whole[i] = fmt.Sprintf("s.doc ~ lower($%d)", len(args))
	}
	return Query{SQL: `SELECT ` + rowColumns + `
  FROM (SELECT s.deployment_id, ` + strings.Join(whole, " AND ") + ` AS whole, s.inserted_at FROM (` + hits + `) s
         ORDER BY whole DESC, s.inserted_at DESC, s.deployment_id DESC` + w.limitRows() + `) s
  JOIN cloud_deployments d ON d.id = s.deployment_id
  JOIN cloud_tenants t ON t.id = d.tenant_id` + runFactJoin + `
 ORDER BY s.whole DESC, s.inserted_at DESC, s.deployment_id DESC`, Args: args}
}

// walkStates looks at the next rows of each state. Where a state has more than it looked at, only what comes before the
// last of these is certain to come before all that was not looked at.
func (w wordSearch) walkStates(place []any) Query {
	states := w.States
	if len(states) == 0 {
		states = lifecycle.States
	}
	o := w.order()
	after, orderBy := o.clause(w.Page, 2)
	args := append([]any{stateArray(states)}, place...)
	words, more := w.conditions(len(args))
	length := stateWalk
	if w.Sort == ByName {
		length = nameWalk
	}
	join := "JOIN cloud_deployment_search s ON s.deployment_id = near.id"
	if _, indexed := searchWords(w.Search); !indexed { // each row for itself, lest the whole table be read
		join = "CROSS JOIN LATERAL (SELECT s.doc FROM cloud_deployment_search s WHERE s.deployment_id = near.id OFFSET 0) s"
	}
	near := order{key: "near.key", id: "near.id", desc: o.desc}
	_, nearest := near.clause(w.Page, 0)
	sql := fmt.Sprintf(`SELECT near.id AS deployment_id FROM (
    WITH near AS MATERIALIZED (
      SELECT d.key, d.id, d.nth FROM unnest($1::text[]) AS wanted (state) CROSS JOIN LATERAL (
        SELECT %[1]s AS key, d.id, row_number() OVER (%[2]s) AS nth FROM cloud_deployments d WHERE d.state = wanted.state%[3]s%[2]s LIMIT %[4]d) d
    ), edge AS MATERIALIZED (SELECT near.key, near.id FROM near WHERE near.nth = %[4]d%[5]s LIMIT 1)
    SELECT near.key, near.id FROM near
     WHERE NOT EXISTS (SELECT FROM edge WHERE (near.key, near.id) %[6]s (edge.key, edge.id))%[5]s
  ) near %[8]s WHERE true%[7]s%[5]s`,
		o.key, orderBy, after, length, nearest, o.compare(w.Page), words, join)
	return Query{SQL: w.found(sql + w.limitRows()), Args: slices.Concat(args, more)}
}

// gather finds every row with the words by their index, then sorts. OFFSET 0 keeps the planner from walking after all.
func (w wordSearch) gather(place []any) Query {
	words, args := w.conditions(len(place))
	args = slices.Concat(place, args)
	if w.TenantID.Valid {
		args = append(args, w.TenantID.UUID)
		words += fmt.Sprintf(" AND s.tenant_id = $%d", len(args))
	}
	if w.inNewest() {
		after, orderBy := newestOrder.clause(w.Page, 1)
		return w.newest(`SELECT s.* FROM cloud_deployment_search s WHERE true`+after+words+` OFFSET 0`, orderBy, args)
	}
	after, orderBy := w.order().clause(w.Page, 1)
	if len(w.States) > 0 {
		args = append(args, stateArray(w.States))
		after += fmt.Sprintf(" AND d.state = ANY ($%d::text[])", len(args))
	}
	hits := `SELECT s.deployment_id FROM cloud_deployment_search s WHERE true` + words + ` OFFSET 0`
	return Query{
		SQL: w.found(`SELECT s.deployment_id FROM (` + hits + `) s JOIN cloud_deployments d ON d.id = s.deployment_id
   WHERE true` + after + orderBy + w.limitRows()),
		Args: args,
	}
}

// found wraps a query for ids into one for rows.
func (w wordSearch) found(ids string) string {
	return w.DeploymentFilter.rows(`SELECT d.* FROM (` + ids + `) found JOIN cloud_deployments d ON d.id = found.deployment_id`)
}

// idRange returns the ids that start as the search does, if it looks like an id: at least its first 8 digits.
func idRange(search string) (low, high uuid.UUID, ok bool) {
	s := strings.ToLower(strings.TrimSpace(search))
	if len(s) < 8 || len(s) > 36 {
		return low, high, false
	}
	const zeros, effs = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"
	low, errLow := uuid.Parse(s + zeros[len(s):])
	high, errHigh := uuid.Parse(s + effs[len(s):])
	return low, high, errLow == nil && errHigh == nil
}
