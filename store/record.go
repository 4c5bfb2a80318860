package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// RecordKind is a kind of thing that people do, as the page of all activity can be narrowed to.
type RecordKind string

// The kinds. The empty one is all of them.
const (
	MovesRecord    RecordKind = "moves"
	NotesRecord    RecordKind = "notes"
	EditsRecord    RecordKind = "edits"
	SignInsRecord  RecordKind = "sign_ins"
	FailuresRecord RecordKind = "failures"
	StaffRecord    RecordKind = "staff"
	RunsRecord     RecordKind = "runs"
)

// RecordKinds lists what the record can be narrowed to.
var RecordKinds = []RecordKind{MovesRecord, NotesRecord, EditsRecord, SignInsRecord, FailuresRecord, StaffRecord, RunsRecord}

// Each deed stands in one of the first three lists at least; a test holds that.
var (
	signInDeeds = []Deed{SignedIn, SignInFailed, SignedOut, SteppedUp, StaffLinkUsed, RecoveryCodeUsed}
	staffDeeds  = []Deed{
		InvitedStaff, StaffLinkMade, StaffLinkUsed, StaffChanged, StaffAdmitted, SessionsEnded, PasswordSet, PasskeyAdded, PasskeyRemoved, TOTPSet,
		TOTPRemoved, RecoveryCodesMade, RecoveryCodeUsed, PreferencesSet, SSOLinked, SSOUnlinked, IntegrationCreated, IntegrationChanged, TokenMade, TokenRevoked,
	}
	runDeeds     = []Deed{RunStarted, RunRetried, RunAborted, RunResumed, RunCleaned, DropletSwept, SweepConfirmed, SweepKept, RecordSwept}
	failureDeeds = []Deed{SignInFailed}
)

// RecordFilter narrows the record of all activity.
type RecordFilter struct {
	Person   string // ID of the actor
	Kind     RecordKind
	Object   uuid.NullUUID // a tenant with its deployments, a deployment, a member of staff, an integration
	From, To time.Time     // at or after, and before; zero: without an end
	Known    bool          // leave out what strangers did
	Page     Page
}

// RecordEntry is one thing that somebody did.
type RecordEntry struct {
	Entry
	TenantID   uuid.NullUUID `db:"tenant_id"`
	TenantName string        `db:"tenant_name"`
	Moved      int           `db:"moved"`   // deployments that one request moved or brought in together; 0: one by itself
	Command    string        `db:"command"` // what kind of request it was: "account" or "import" when Moved counts
	Deed       Deed          `db:"deed"`    // of activity besides events, notes and edits
	ObjectKind string        `db:"object_kind"`
	ObjectID   string        `db:"object_id"`
	ObjectName string        `db:"object_name"`
	Address    string        `db:"address"`
}

// DeedEntry is the kind of an entry that is a Deed.
const DeedEntry EntryKind = "deed"

// RecordPage is a part of the record, the newest first.
type RecordPage struct {
	Rows           []RecordEntry
	Previous, Next string // cursors; empty where there is nothing
}

// ListRecord returns what anybody did, in one list: moves (the many of one account action or import as one entry), notes,
// edits, and everything else. ErrCursor for a place that is none.
func (s *Store) ListRecord(ctx context.Context, f RecordFilter) (RecordPage, error) {
	query, err := f.query()
	if err != nil {
		return RecordPage{}, err
	}
	var rows []RecordEntry
	if err := s.db.SelectContext(ctx, &rows, query.SQL, query.Args...); err != nil {
		return RecordPage{}, translate(err)
	}
	for i := range rows {
		// Written by this package; a row that is no list of changes is shown without any.
		_ = json.Unmarshal(rows[i].RawChanges, &rows[i].Changes)
	}
	var page RecordPage
	page.Rows, page.Previous, page.Next = cut(rows, f.Page, func(r RecordEntry) cursor { return cursor{key: timeKey(r.OccurredAt), tie: r.Tie} })
	return page, nil
}

// RecordQuery is the query of ListRecord, for measuring.
func RecordQuery(f RecordFilter) (Query, error) { return f.query() }

// recordBranch is one table of the record. Each is read in the order of time by an index of its own, and no further than
// a page goes.
type recordBranch struct {
	columns string // all of a recordEntry but the names, which are joined to the page alone
	from    string
	at, tie string // SQL of the order
	actor   string // prefix of the actor's columns
	object  string // condition that it is about the object in $%[1]d
	kinds   []RecordKind
}

var recordBranches = []recordBranch{
	{
		columns: eventColumns + `, NULL::uuid AS tenant_id, CASE WHEN c.kind IN ('account', 'import') THEN coalesce((c.outcome->>'moved')::integer, 0) ELSE 0 END AS moved,
  c.kind AS command, '' AS deed, '' AS object_kind, '' AS object_id, '' AS object_name, '' AS address`,
		from: `cloud_deployment_events e JOIN commands c ON c.id = e.command_id
 WHERE (c.kind NOT IN ('account', 'import') OR c.outcome ? 'moved' AND e.deployment_id = (
   SELECT f.deployment_id FROM cloud_deployment_events f WHERE f.command_id = e.command_id{first} ORDER BY f.deployment_id LIMIT 1))`,
		at: "e.occurred_at", tie: eventTie, actor: "e.",
		object: eventObject,
		kinds:  []RecordKind{"", MovesRecord},
	},
	{
		columns: noteColumns + `, n.tenant_id, 0 AS moved, '' AS command, '' AS deed, '' AS object_kind, '' AS object_id, '' AS object_name, '' AS address`,
		from:    `cloud_notes n WHERE true`, at: "n.occurred_at", tie: "n.id::text", actor: "n.",
		object: `(n.tenant_id = $%[1]d OR n.deployment_id = $%[1]d)`,
		kinds:  []RecordKind{"", NotesRecord},
	},
	{
		columns: editColumns + `, n.tenant_id, 0 AS moved, '' AS command, '' AS deed, '' AS object_kind, '' AS object_id, '' AS object_name, '' AS address`,
		from:    `cloud_edits n WHERE true`, at: "n.occurred_at", tie: "n.id::text", actor: "n.",
		object: `(n.tenant_id = $%[1]d OR n.deployment_id = $%[1]d)`,
		kinds:  []RecordKind{"", EditsRecord},
	},
	{
		columns: `'deed' AS kind, CASE WHEN a.object_kind = 'deployment' THEN a.object_id::uuid END AS deployment_id, 0 AS version, '' AS from_state, '' AS to_state, '' AS reason, 0 AS reverts, '' AS notes,
  a.changes, a.actor_kind, a.actor, a.actor_name, a.actor_roles, NULL::uuid AS command_id, a.occurred_at, lpad(a.id::text, 20, '0') AS tie,
  NULL::uuid AS tenant_id, 0 AS moved, '' AS command, a.kind AS deed, a.object_kind, a.object_id, a.object_name, a.address`,
		from: `activity a WHERE true`, at: "a.occurred_at", tie: "lpad(a.id::text, 20, '0')", actor: "a.",
		// Both ways by the index of objects: in one condition with OR, it would be read by time to its end.
		object: `a.id = ANY (ARRAY (SELECT o.id FROM activity o WHERE o.object_id = $%[1]d::uuid::text UNION ALL
   SELECT o.id FROM cloud_deployments t JOIN activity o ON o.object_id = t.id::text WHERE t.tenant_id = $%[1]d))`,
		kinds: []RecordKind{"", SignInsRecord, FailuresRecord, StaffRecord, RunsRecord},
	},
}

// eventObject finds the events of a deployment, or of all of a tenant.
const eventObject = `e.deployment_id IN (SELECT $%[1]d::uuid UNION ALL SELECT id FROM cloud_deployments WHERE tenant_id = $%[1]d)`

// recordArgs collects the arguments of a query and knows their numbers.
type recordArgs struct{ list []any }

func (a *recordArgs) add(v any) int {
	a.list = append(a.list, v)
	return len(a.list)
}

// query merges the branches that can have what is asked for. What all of them share is an argument once.
func (f RecordFilter) query() (Query, error) {
	var args recordArgs
	shared, err := f.conditions(&args)
	if err != nil {
		return Query{}, err
	}
	object := 0
	if f.Object.Valid {
		object = args.add(f.Object.UUID)
	}
	direction := "DESC"
	if f.Page.Before != "" {
		direction = "ASC"
	}
	limit := fmt.Sprintf(" LIMIT %d", f.Page.limit()+1)
	var parts []string
	for _, b := range recordBranches {
		if !slices.Contains(b.kinds, f.Kind) {
			continue
		}
		where := strings.NewReplacer("{at}", b.at, "{tie}", b.tie, "{by}", b.actor).Replace(shared)
		first := ""
		if f.Object.Valid {
			where += " AND " + fmt.Sprintf(b.object, object)
			first = " AND " + strings.ReplaceAll(fmt.Sprintf(eventObject, object), "e.", "f.")
		} else if b.actor == "e." {
			where += " AND NOT e.grouped" // the others of a request, which no index of this page has
		}
		part := `SELECT ` + b.columns + ` FROM ` + strings.Replace(b.from, "{first}", first, 1) + where
		order := ` ORDER BY ` + b.at + ` ` + direction + `, ` + b.tie + ` ` + direction + limit
		if deeds := f.deeds(); b.actor == "a." && len(deeds) > 0 {
			// A short range of the index for each deed, merged: what is rare is found among much that is common.
			part = fmt.Sprintf(`SELECT a.* FROM unnest($%d::text[]) AS wanted (deed) CROSS JOIN LATERAL (%s AND a.kind = wanted.deed%s) a`,
				args.add(textArray(deeds)), part, order)
			order = ` ORDER BY a.occurred_at ` + direction + `, a.tie ` + direction + limit
		}
		parts = append(parts, `(`+part+order+`)`)
	}
	return Query{SQL: `
SELECT line.*, d.name AS deployment_name, coalesce(t.name, '') AS tenant_name FROM (
  SELECT line.kind, line.deployment_id, line.version, line.from_state, line.to_state, line.reason, line.reverts, line.notes, line.changes,
         line.actor_kind, line.actor, line.actor_name, line.actor_roles, line.command_id, line.occurred_at, line.tie,
         line.moved, line.command, line.deed, line.object_kind, line.object_id, line.object_name, line.address,
         coalesce(line.tenant_id, (SELECT tenant_id FROM cloud_deployments WHERE id = line.deployment_id)) AS tenant_id
    FROM (` + strings.Join(parts, "\nUNION ALL\n") + `) line
   ORDER BY line.occurred_at ` + direction + `, line.tie ` + direction + limit + `) line
  LEFT JOIN cloud_deployments d ON d.id = line.deployment_id
  LEFT JOIN cloud_tenants t ON t.id = line.tenant_id
 ORDER BY line.occurred_at ` + direction + `, line.tie ` + direction, Args: args.list}, nil
}

// conditions are those that every branch shares, with {at}, {tie} and {by} for its columns.
func (f RecordFilter) conditions(args *recordArgs) (string, error) {
	var where string
	if at := f.Page.After + f.Page.Before; at != "" {
		c, err := parseCursor(at)
		if err != nil {
			return "", err
		}
		t, err := c.time()
		if err != nil {
			return "", err
		}
		compare := "<"
		if f.Page.Before != "" {
			compare = ">"
		}
		time, tie := args.add(t), args.add(c.tie)
		where += fmt.Sprintf(" AND {at} %[1]s= $%[2]d AND ({at}, {tie}) %[1]s ($%[2]d, $%[3]d)", compare, time, tie)
	}
	if !f.From.IsZero() {
		where += fmt.Sprintf(" AND {at} >= $%d", args.add(f.From))
	}
	if !f.To.IsZero() {
		where += fmt.Sprintf(" AND {at} < $%d", args.add(f.To))
	}
	if f.Person != "" {
		where += fmt.Sprintf(" AND {by}actor = $%d", args.add(f.Person))
	}
	if f.Known {
		where += " AND {by}actor_kind <> 'nobody'"
	}
	return where, nil
}

// deeds are those of the kind; none: all of them.
func (f RecordFilter) deeds() []Deed {
	switch f.Kind {
	case SignInsRecord:
		return signInDeeds
	case FailuresRecord:
		return failureDeeds
	case StaffRecord:
		return staffDeeds
	case RunsRecord:
		return runDeeds
	}
	return nil
}

// FindObject returns what somebody may mean as the object of activity: an ID of anything; a host name, droplet, address,
// slug of a tenant or e-mail of a member of staff that is exactly that. ErrNotFound.
func (s *Store) FindObject(ctx context.Context, q string) (uuid.UUID, error) {
	q = strings.TrimSpace(q)
	if id, err := uuid.Parse(q); err == nil {
		return id, nil
	}
	found, err := s.findExact(ctx, q)
	switch {
	case err != nil:
		return uuid.Nil, err
	case found.DeploymentID.Valid:
		return found.DeploymentID.UUID, nil
	}
	if person, err := s.FindStaff(ctx, q); !errors.Is(err, ErrNotFound) {
		return person.ID, err
	}
	tenant, err := s.lookUp(ctx, `SELECT id FROM cloud_tenants WHERE slug = $1`, strings.ToLower(q))
	if err == nil && !tenant.Valid {
		err = ErrNotFound
	}
	return tenant.UUID, err
}

// ObjectName is what something is called, by its ID, for a heading. ErrNotFound.
func (s *Store) ObjectName(ctx context.Context, id uuid.UUID) (string, error) {
	var names []string
	err := sqlx.SelectContext(ctx, s.db, &names, `
SELECT name FROM cloud_deployments WHERE id = $1 UNION ALL SELECT name FROM cloud_tenants WHERE id = $1 UNION ALL
SELECT name FROM staff WHERE id = $1 UNION ALL SELECT name FROM integrations WHERE id = $1`, id)
	if err == nil && len(names) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return "", translate(err)
	}
	return names[0], nil
}

// Stranger reports whether nobody who is known did it.
func (e RecordEntry) Stranger() bool { return e.ActorKind == Nobody }
