package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"arcadia.example/console/store"
)

// node is a part of a plan that was carried out.
type node struct {
	Table   string  `json:"Relation Name"`
	Rows    float64 `json:"Actual Rows"` // a loop
	Loops   float64 `json:"Actual Loops"`
	Removed float64 `json:"Rows Removed by Filter"`        // a loop
	Recheck float64 `json:"Rows Removed by Index Recheck"` // a loop
	Plans   []node  `json:"Plans"`
}

// read adds up the rows that were read from tables, those that were thrown away included.
func (n node) read() float64 {
	rows := 0.0
	if n.Table != "" {
		rows = (n.Rows + n.Removed + n.Recheck) * n.Loops
	}
	for _, part := range n.Plans {
		rows += part.read()
	}
	return rows
}

// rowsRead asks the database how many rows a statement reads: with the plan for any arguments and with that for these, of
// which the worse counts. A statement that is not prepared has the second alone.
func rowsRead(ctx context.Context, db *sql.DB, q store.Query) (float64, error) {
	modes := []string{"force_custom_plan"}
	if q.Prepared {
		modes = append(modes, "force_generic_plan")
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	worst := 0.0
	for _, mode := range modes {
		if _, err := conn.ExecContext(ctx, `SET plan_cache_mode = `+mode); err != nil {
			return 0, err
		}
		var raw []byte
		if err := conn.QueryRowContext(ctx, `EXPLAIN (ANALYZE, FORMAT JSON) `+q.SQL, q.Args...).Scan(&raw); err != nil {
			return 0, err
		}
		var plans []struct{ Plan node }
		if err := json.Unmarshal(raw, &plans); err != nil || len(plans) != 1 {
			return 0, fmt.Errorf("EXPLAIN answered %s: %w", raw, err)
		}
		worst = max(worst, plans[0].Plan.read())
	}
	return worst, nil
}
