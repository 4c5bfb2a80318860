package store

import (
	"context"

	"arcadia.example/console/lifecycle"
)

// Counts are totals over everything, kept by the database in the transaction of each change.
type Counts struct {
	Tenants     int64
	Deployments int64
	Runs        int64                     // that are not over, up to RunCountCap + 1
	Provider    bool                      // runs can be made
	ByState     map[lifecycle.State]int64 // every state has an entry
}

const countersQuery = `SELECT subject, sum(n)::bigint AS n FROM counters GROUP BY subject
UNION ALL SELECT 'runs', count(*) FROM (SELECT FROM runs WHERE live LIMIT 1001) r
UNION ALL SELECT 'providers', count(*) FROM cloud_providers`

// GetCounts returns the totals; it reads the counters, never the rows that they count, but for the few runs that are on.
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
		switch row.Subject {
		case "tenants":
			counts.Tenants = row.N
			continue
		case "runs":
			counts.Runs = row.N
			continue
		case "providers":
			counts.Provider = row.N > 0 || s.provider != ""
			continue
		}
		counts.ByState[lifecycle.State(row.Subject)] = row.N
		counts.Deployments += row.N
	}
	return counts, nil
}
