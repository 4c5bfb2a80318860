package store

import (
	"context"

	"arcadia.example/console/lifecycle"
)

// Counts are totals over everything, kept by the database in the transaction of each change.
type Counts struct {
	Tenants     int64
	Deployments int64
	ByState     map[lifecycle.State]int64 // every state has an entry
}

const countersQuery = `SELECT subject, sum(n)::bigint AS n FROM counters GROUP BY subject`

// GetCounts returns the totals; it reads the counters, never the rows that they count.
func (s *Store) GetCounts(ctx context.Context) (Counts, error) {
	var rows []struct {
		Subject string `db:"subject"`
		N       int64  `db:"n"`
	}
	if err := s.stmts.counters.SelectContext(ctx, &rows); err != nil {
		return Counts{}, translate(err)
	}
	counts := Counts{ByState: make(map[lifecycle.State]int64, len(lifecycle.States))}
	for _, row := range rows {
		if row.Subject == "tenants" {
			counts.Tenants = row.N
			continue
		}
		counts.ByState[lifecycle.State(row.Subject)] = row.N
		counts.Deployments += row.N
	}
	return counts, nil
}
