package store

import (
	"fmt"
	"slices"
)

// Page is where in a list to read and how much. After and Before exclude each other; both empty: from the start.
type Page struct {
	After, Before string // cursors of an earlier answer
	Limit         int    // 1–100; 0: DefaultLimit
}

// DefaultLimit is the usual number of rows on a page.
const DefaultLimit = 50

func (p Page) limit() int {
	if p.Limit <= 0 || p.Limit > 100 {
		return DefaultLimit
	}
	return p.Limit
}

// order is one way to sort a list: a key that rows share, told apart by their id.
type order struct {
	key  string // SQL of the key
	id   string // SQL of what tells rows of one key apart
	desc bool
	text bool // the key is a text; otherwise a time
}

// clause is the condition that a row comes after (or, reversed, before) the place in $n and $n+1, and the ordering.
func (o order) clause(p Page, n int) (where, orderBy string) {
	direction, compare := "ASC", o.compare(p)
	if compare == "<" {
		direction = "DESC"
	}
	if p.After != "" || p.Before != "" {
		where = fmt.Sprintf(" AND (%s, %s) %s ($%d, $%d)", o.key, o.id, compare, n, n+1)
	}
	return where, fmt.Sprintf(" ORDER BY %s %s, %s %s", o.key, direction, o.id, direction)
}

// compare is the operator by which rows that are read later differ from those read earlier.
func (o order) compare(p Page) string {
	if o.desc != (p.Before != "") {
		return "<"
	}
	return ">"
}

// args are the place to read from, as the clause wants it; none at the start.
func (o order) args(p Page) ([]any, error) {
	at := p.After + p.Before
	if at == "" {
		return nil, nil
	}
	c, err := parseCursor(at)
	if err != nil {
		return nil, err
	}
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	if o.text {
		return []any{c.key, id}, nil
	}
	t, err := c.time()
	if err != nil {
		return nil, err
	}
	return []any{t, id}, nil
}

// cut takes the one row too many that tells whether there is more, puts rows read backwards in order, and names the
// places before the first and after the last row, where there is something.
func cut[T any](rows []T, p Page, at func(T) cursor) (page []T, previous, next string) {
	more := len(rows) > p.limit()
	if more {
		rows = rows[:p.limit()]
	}
	if p.Before != "" {
		slices.Reverse(rows)
	}
	if len(rows) == 0 {
		return rows, "", ""
	}
	if p.After != "" || p.Before != "" && more {
		previous = at(rows[0]).String()
	}
	if p.Before != "" || more {
		next = at(rows[len(rows)-1]).String()
	}
	return rows, previous, next
}
