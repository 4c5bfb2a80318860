package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/uuid"
)

// EventSort is an order of the events of a deployment.
type EventSort string

// The orders: as they occurred, or the newest first.
const (
	EventsByOldest EventSort = "oldest"
	EventsByNewest EventSort = "newest"
)

// EventSorts lists the orders; the first is the usual one.
var EventSorts = []EventSort{EventsByOldest, EventsByNewest}

// EventFilter says which events to list, and how.
type EventFilter struct {
	DeploymentID uuid.UUID
	Sort         EventSort
	Page
}

// EventPage is a page of the list; Previous and Next are cursors, empty where there is nothing.
type EventPage struct {
	Rows           []Entry
	Previous, Next string
}

const eventQuery = `SELECT ` + eventColumns + `, NULL::text AS deployment_name FROM cloud_deployment_events e WHERE e.deployment_id = $1`

// ListEvents returns one page of the moves of a deployment. ErrCursor for a place that is none, ErrInput for an order that is
// none. A deployment that does not exist has no events.
func (s *Store) ListEvents(ctx context.Context, f EventFilter) (EventPage, error) {
	if f.Sort == "" {
		f.Sort = EventsByOldest
	}
	if f.Sort != EventsByOldest && f.Sort != EventsByNewest {
		return EventPage{}, fmt.Errorf("%w: no order %q", ErrInput, f.Sort)
	}
	args, where := []any{f.DeploymentID}, ""
	direction, compare := "ASC", ">"
	if (f.Sort == EventsByNewest) != (f.Before != "") {
		direction, compare = "DESC", "<"
	}
	if at := f.After + f.Before; at != "" {
		version, err := parseVersionCursor(at)
		if err != nil {
			return EventPage{}, err
		}
		args, where = append(args, version), " AND e.version "+compare+" $2"
	}
	var rows []Entry
	query := eventQuery + where + ` ORDER BY e.version ` + direction + fmt.Sprintf(" LIMIT %d", f.limit()+1)
	if err := s.db.SelectContext(ctx, &rows, query, args...); err != nil {
		return EventPage{}, translate(err)
	}
	page, previous, next := cut(rows, f.Page, func(e Entry) cursor { return cursor{key: "version", tie: strconv.Itoa(e.Version)} })
	return EventPage{Rows: page, Previous: previous, Next: next}, nil
}

// GetEvent returns one event of a deployment by its version, or ErrNotFound.
func (s *Store) GetEvent(ctx context.Context, deploymentID uuid.UUID, version int) (Entry, error) {
	var e Entry
	err := s.db.GetContext(ctx, &e, eventQuery+` AND e.version = $2`, deploymentID, version)
	if errors.Is(err, sql.ErrNoRows) {
		return Entry{}, ErrNotFound
	}
	return e, translate(err)
}

// parseVersionCursor is the place of an event among those of its deployment.
func parseVersionCursor(s string) (int, error) {
	c, err := parseCursor(s)
	if err != nil {
		return 0, err
	}
	version, err := strconv.ParseInt(c.tie, 10, 32)
	if err != nil || c.key != "version" || version < 1 {
		return 0, ErrCursor
	}
	return int(version), nil
}
