package store

import (
	"context"
	"slices"
)

// SealedColumns are the columns that seals cover, and the tick, by table.
func SealedColumns() map[string][]string {
	tables := map[string][]string{}
	for _, t := range sealedTables {
		tables[t.name] = append([]string{"tick"}, t.columns...)
	}
	return tables
}

// SealBatch is how many rows one seal covers at most.
const SealBatch = sealBatch

// SealQueries are the statements by which Seal would read on now.
func (s *Store) SealQueries(ctx context.Context) ([]Query, error) {
	_, place, err := lastSeal(ctx, s.db)
	var queries []Query
	for _, table := range sealedTables {
		text, args := table.sealQuery(place, 1<<62)
		queries = append(queries, Query{SQL: text, Args: args})
	}
	return queries, err
}

// ListedDeeds are all that a kind of the page of activity has.
func ListedDeeds() []Deed { return slices.Concat(signInDeeds, staffDeeds, runDeeds) }

// RunPlace is the cursor of a run in the list of all.
func RunPlace(r Run) string { return cursor{key: timeKey(r.InsertedAt), tie: r.ID.String()}.String() }
