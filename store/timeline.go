package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

// EntryKind tells what an entry of a timeline is.
type EntryKind string

// The kinds of entry.
const (
	EventEntry EntryKind = "event"
	NoteEntry  EntryKind = "note"
	EditEntry  EntryKind = "edit"
)

// Entry is one line of a timeline: an event, a note or an edit.
type Entry struct {
	Kind           EntryKind        `db:"kind"`
	DeploymentID   uuid.NullUUID    `db:"deployment_id"` // not valid: of the tenant itself
	DeploymentName sql.NullString   `db:"deployment_name"`
	Version        int              `db:"version"` // of an event
	From           lifecycle.State  `db:"from_state"`
	To             lifecycle.State  `db:"to_state"`
	Reason         lifecycle.Reason `db:"reason"`
	Reverts        int              `db:"reverts"` // version of the event that it undoes, or 0
	Notes          string           `db:"notes"`
	RawChanges     []byte           `db:"changes"`
	ActorKind      access.Kind      `db:"actor_kind"`
	Actor          string           `db:"actor"`
	ActorName      string           `db:"actor_name"`
	ActorRoles     string           `db:"actor_roles"`
	CommandID      uuid.NullUUID    `db:"command_id"` // of an event: what one request left together has one
	OccurredAt     time.Time        `db:"occurred_at"`
	Tie            string           `db:"tie"` // orders what occurred at the same time
	Changes        []Change         `db:"-"`   // of an edit; empty for the creation of a tenant
}

// ActorLabel is what the actor acted as: a role of a person, otherwise the kind.
func (e Entry) ActorLabel() string {
	roles, err := access.ParseRoles(e.ActorRoles)
	if err != nil {
		return e.ActorRoles // a word from elsewhere is shown as it stands
	}
	return access.KindLabel(e.ActorKind, roles)
}

// Timeline is a part of a history, the newest first.
type Timeline struct {
	Entries []Entry
	Older   string // cursor of what comes after the last entry; empty at the end
}

const timelinePage = 50

// GetDeploymentTimeline returns up to 50 entries of a deployment, older than the cursor where there is one. ErrCursor
// for a cursor that is none.
func (s *Store) GetDeploymentTimeline(ctx context.Context, id uuid.UUID, before string) (Timeline, error) {
	var rows []Entry
	if before == "" {
		err := s.stmts.timeline.SelectContext(ctx, &rows, id)
		return timelineOf(rows), translate(err)
	}
	c, err := parseCursor(before)
	if err != nil {
		return Timeline{}, err
	}
	at, err := c.time()
	if err != nil {
		return Timeline{}, err
	}
	err = s.db.SelectContext(ctx, &rows, deploymentTimelineQuery(true), id, at, c.tie)
	return timelineOf(rows), translate(err)
}

// GetTenantTimeline is the one timeline over the tenant and all its deployments.
func (s *Store) GetTenantTimeline(ctx context.Context, id uuid.UUID, before string) (Timeline, error) {
	var rows []Entry
	args := []any{id}
	if before != "" {
		c, err := parseCursor(before)
		if err != nil {
			return Timeline{}, err
		}
		at, err := c.time()
		if err != nil {
			return Timeline{}, err
		}
		args = append(args, at, c.tie)
	}
	err := s.db.SelectContext(ctx, &rows, tenantTimelineQuery(before != ""), args...)
	return timelineOf(rows), translate(err)
}

func timelineOf(rows []Entry) Timeline {
	for i := range rows {
		if rows[i].Kind == EditEntry {
			// Written by this package; a row that is no list of changes is shown as an edit without any.
			_ = json.Unmarshal(rows[i].RawChanges, &rows[i].Changes)
		}
	}
	if len(rows) <= timelinePage {
		return Timeline{Entries: rows}
	}
	last := rows[timelinePage-1]
	return Timeline{Entries: rows[:timelinePage], Older: cursor{key: timeKey(last.OccurredAt), tie: last.Tie}.String()}
}

// eventTie keeps events of one deployment in the order of their versions within the same microsecond.
const (
	eventTie = `lpad(e.version::text, 10, '0') || e.deployment_id::text`

	eventColumns = `'event' AS kind, e.deployment_id, e.version, coalesce(e.from_state, '') AS from_state, e.to_state,
  coalesce(e.reason, '') AS reason, coalesce(e.reverts_version, 0) AS reverts, coalesce(e.notes, '') AS notes, NULL::jsonb AS changes,
  e.actor_kind, e.actor, e.actor_name, e.actor_roles, e.command_id, e.occurred_at, ` + eventTie + ` AS tie`

	noteColumns = `'note' AS kind, n.deployment_id, 0 AS version, '' AS from_state, '' AS to_state, '' AS reason, 0 AS reverts,
  n.notes, NULL::jsonb AS changes, n.actor_kind, n.actor, n.actor_name, n.actor_roles, NULL::uuid AS command_id, n.occurred_at, n.id::text AS tie`

	editColumns = `'edit' AS kind, n.deployment_id, 0 AS version, '' AS from_state, '' AS to_state, '' AS reason, 0 AS reverts,
  '' AS notes, n.changes, n.actor_kind, n.actor, n.actor_name, n.actor_roles, NULL::uuid AS command_id, n.occurred_at, n.id::text AS tie`
)

// deploymentTimelineQuery merges the newest of each kind; older adds the place to go on from as $2 and $3.
func deploymentTimelineQuery(older bool) string {
	events, others := "", ""
	if older {
		events = ` AND (e.occurred_at, ` + eventTie + `) < ($2, $3)`
		others = ` AND (n.occurred_at, n.id::text) < ($2, $3)`
	}
	limit := fmt.Sprintf(" LIMIT %d", timelinePage+1)
	return `
SELECT line.*, NULL::text AS deployment_name FROM (
  (SELECT ` + eventColumns + ` FROM cloud_deployment_events e WHERE e.deployment_id = $1` + events + ` ORDER BY e.version DESC` + limit + `)
  UNION ALL
  (SELECT ` + noteColumns + ` FROM cloud_notes n WHERE n.deployment_id = $1` + others + ` ORDER BY n.occurred_at DESC, n.id DESC` + limit + `)
  UNION ALL
  (SELECT ` + editColumns + ` FROM cloud_edits n WHERE n.deployment_id = $1` + others + ` ORDER BY n.occurred_at DESC, n.id DESC` + limit + `)
) line ORDER BY line.occurred_at DESC, line.tie DESC` + limit
}

// tenantTimelineQuery takes the newest events of each deployment; notes and edits know their tenant.
func tenantTimelineQuery(older bool) string {
	events, others := "", ""
	if older {
		events = ` AND (e.occurred_at, ` + eventTie + `) < ($2, $3)`
		others = ` AND (n.occurred_at, n.id::text) < ($2, $3)`
	}
	limit := fmt.Sprintf(" LIMIT %d", timelinePage+1)
	return `
SELECT line.*, d.name AS deployment_name FROM (
  (SELECT e.* FROM cloud_deployments d CROSS JOIN LATERAL (
     SELECT ` + eventColumns + ` FROM cloud_deployment_events e WHERE e.deployment_id = d.id` + events + ` ORDER BY e.version DESC` + limit + `) e
    WHERE d.tenant_id = $1 ORDER BY e.occurred_at DESC, e.tie DESC` + limit + `)
  UNION ALL
  (SELECT ` + noteColumns + ` FROM cloud_notes n WHERE n.tenant_id = $1` + others + ` ORDER BY n.occurred_at DESC, n.id DESC` + limit + `)
  UNION ALL
  (SELECT ` + editColumns + ` FROM cloud_edits n WHERE n.tenant_id = $1` + others + ` ORDER BY n.occurred_at DESC, n.id DESC` + limit + `)
) line LEFT JOIN cloud_deployments d ON d.id = line.deployment_id
ORDER BY line.occurred_at DESC, line.tie DESC` + limit
}
