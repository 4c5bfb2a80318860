package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
)

// AccountLine is one deployment of a tenant as an account action sees it.
type AccountLine struct {
	ID      uuid.UUID       `db:"id" json:"id"`
	Name    string          `db:"name" json:"-"`
	Slug    string          `db:"slug" json:"-"`
	State   lifecycle.State `db:"state" json:"-"`
	Version int             `db:"version" json:"version"`
	Moves   bool            `db:"-" json:"moves"`

	Droplet  bool `db:"droplet" json:"-"`  // a machine is linked to it
	Provider bool `db:"provider" json:"-"` // runs can be made
}

// Subject is the deployment as a decision over an account action sees it. No run stands in the way of these actions, and none
// asks who moved it last or whether it was built here; a test holds that.
func (l AccountLine) Subject() lifecycle.Subject {
	return lifecycle.Subject{State: l.State, Version: l.Version, Provider: l.Provider, Droplet: l.Droplet}
}

// AccountPreview is what an account action would do, frozen: it can be confirmed only as it was shown.
type AccountPreview struct {
	ID       uuid.UUID
	TenantID uuid.UUID
	Action   lifecycle.Action
	Lines    []AccountLine      // every deployment of the tenant, by name
	Refusal  *lifecycle.Refusal // the action cannot be taken at all
}

// Moving counts the deployments that the action would move.
func (p AccountPreview) Moving() int {
	n := 0
	for _, line := range p.Lines {
		if line.Moves {
			n++
		}
	}
	return n
}

// previewLife is how long a preview can be confirmed.
const previewLife = time.Hour

// PreviewAccount works out and keeps what the action would do now. ErrNotFound when there is no such tenant; a
// refusal for the actor is part of the preview.
func (s *Store) PreviewAccount(ctx context.Context, actor access.Actor, tenantID uuid.UUID, action lifecycle.Action) (AccountPreview, error) {
	preview := AccountPreview{ID: s.newID(), TenantID: tenantID, Action: action}
	if err := actor.Validate(); err != nil {
		return preview, err
	}
	if preview.Refusal = lifecycle.PermitAccount(actor, action); preview.Refusal != nil {
		return preview, nil
	}
	err := s.write(ctx, func(tx *sqlx.Tx) (err error) {
		if err := requireTenant(ctx, tx, tenantID); err != nil {
			return err
		}
		if preview.Lines, err = s.accountLines(ctx, tx, tenantID, action, ""); err != nil {
			return err
		}
		slices.SortFunc(preview.Lines, func(a, b AccountLine) int {
			return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), slices.Compare(a.ID[:], b.ID[:]))
		})
		if preview.Refusal = tooMany(preview); preview.Refusal != nil {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM account_previews WHERE inserted_at < now() - interval '1 day'`); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
INSERT INTO account_previews (id, tenant_id, action, actor_kind, actor, frozen) VALUES ($1, $2, $3, $4, $5, $6)`,
			preview.ID, tenantID, action, actor.Kind, actor.ID, freeze(preview.Lines))
		return err
	})
	if errors.Is(err, errCommitUnknown) {
		err = fmt.Errorf("%w: %w", ErrBusy, err) // a preview that nobody saw is as good as none
	}
	return preview, err
}

func requireTenant(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) error {
	var one int
	err := tx.GetContext(ctx, &one, `SELECT 1 FROM cloud_tenants WHERE id = $1`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

func tooMany(p AccountPreview) *lifecycle.Refusal {
	if n := p.Moving(); n > lifecycle.MaxAccountMoves {
		return &lifecycle.Refusal{
			Code: lifecycle.InvalidTransition, To: p.Action.To(),
			Text: fmt.Sprintf("This would move %d deployments; one account action moves at most %d.", n, lifecycle.MaxAccountMoves),
		}
	}
	return nil
}

// freeze is the form in which a preview is kept and compared: by id.
func freeze(lines []AccountLine) string {
	byID := slices.SortedFunc(slices.Values(lines), func(a, b AccountLine) int { return slices.Compare(a.ID[:], b.ID[:]) })
	if byID == nil {
		byID = []AccountLine{}
	}
	return marshal(byID)
}

// accountLines reads all deployments of a tenant and tells which of them the action moves. lock is " FOR UPDATE" to
// take the rows, in the order of their ids.
func (s *Store) accountLines(ctx context.Context, tx *sqlx.Tx, tenantID uuid.UUID, action lifecycle.Action, lock string) ([]AccountLine, error) {
	var lines []AccountLine
	err := tx.SelectContext(ctx, &lines,
		`SELECT d.id, d.name, d.slug, d.state, d.version, d.droplet_id IS NOT NULL AS droplet,
		        EXISTS (SELECT FROM cloud_providers) AS provider FROM cloud_deployments d WHERE d.tenant_id = $1 ORDER BY d.id`+lock, tenantID)
	if err != nil {
		return nil, err
	}
	var paused map[uuid.UUID]int
	if action == lifecycle.Resume {
		if paused, err = lastAccountPause(ctx, tx, tenantID); err != nil {
			return nil, err
		}
	}
	for i, line := range lines {
		lines[i].Moves, lines[i].Provider = line.movedBy(action, paused), line.Provider || s.provider != ""
	}
	return lines, nil
}

// movedBy reports whether an account action moves the deployment: the map allows it, and a resume brings back only
// what the last account pause moved.
func (l AccountLine) movedBy(action lifecycle.Action, paused map[uuid.UUID]int) bool {
	_, onTheMap := lifecycle.FindMove(l.State, action)
	return onTheMap && (action != lifecycle.Resume || paused[l.ID] == l.Version)
}

// lastAccountPause returns what the newest account pause moved: deployment to version. What was moved since has
// another version by now and stays where it is.
func lastAccountPause(ctx context.Context, tx *sqlx.Tx, tenantID uuid.UUID) (map[uuid.UUID]int, error) {
	var rows []struct {
		ID      uuid.UUID `db:"deployment_id"`
		Version int       `db:"version"`
	}
	err := tx.SelectContext(ctx, &rows, `
SELECT e.deployment_id, e.version FROM cloud_deployment_events e
 WHERE e.command_id = (SELECT c.id FROM commands c WHERE c.kind = 'account' AND c.tenant_id = $1 AND c.action = 'pause'
                        ORDER BY c.inserted_at DESC LIMIT 1)`, tenantID)
	moved := make(map[uuid.UUID]int, len(rows))
	for _, row := range rows {
		moved[row.ID] = row.Version
	}
	return moved, err
}

// AccountMove confirms a preview.
type AccountMove struct {
	Command
	TenantID  uuid.UUID
	PreviewID uuid.UUID
	Action    lifecycle.Action
	Reason    lifecycle.Reason
	Notes     string
}

// AccountMoved is the outcome of an AccountMove.
type AccountMoved struct {
	Refusal   *lifecycle.Refusal // nothing moved, and why
	Moved     int                // deployments
	CommandID uuid.UUID
	Replayed  bool
}

// MoveAccount moves exactly what the preview showed, in one transaction. If any deployment of the account changed
// since, nothing moves: ErrStale, as for a preview that is not there, too old, or of another actor or tenant.
// catalog.Problems for notes that are too long.
func (s *Store) MoveAccount(ctx context.Context, m AccountMove) (AccountMoved, error) {
	m.Notes = catalog.NormalizeNotes(m.Notes)
	if text := catalog.CheckNotes(m.Notes); text != "" {
		return AccountMoved{}, catalog.Problems{{Field: "notes", Text: text}}
	}
	var moved AccountMoved
	err := s.perform(ctx, m.Command, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		moved, err = s.moveAccount(ctx, tx, m)
		return err
	})
	if errors.Is(err, errNothingToKeep) {
		return moved, nil
	}
	return moved, err
}

func (s *Store) moveAccount(ctx context.Context, tx *sqlx.Tx, m AccountMove) (AccountMoved, error) {
	if refusal := lifecycle.PermitAccount(m.Actor, m.Action); refusal != nil {
		return AccountMoved{Refusal: refusal}, errNothingToKeep
	}
	// The rows first: a second sender of the same key waits here, and then finds what the first left.
	lines, err := s.accountLines(ctx, tx, m.TenantID, m.Action, " FOR UPDATE")
	if err != nil {
		return AccountMoved{}, err
	}
	hash := hashOf("account", m.TenantID.String(), m.PreviewID.String(), string(m.Action), string(m.Reason), m.Notes)
	commandID, stored, found, err := s.findCommand(ctx, tx, m.Command, hash)
	if err != nil {
		return AccountMoved{}, err
	}
	if found {
		return AccountMoved{Moved: stored.Moved, CommandID: commandID, Replayed: true}, nil
	}
	if err := checkPreview(ctx, tx, m, lines); err != nil {
		return AccountMoved{}, err
	}
	return s.moveLines(ctx, tx, m, hash, slices.DeleteFunc(lines, func(l AccountLine) bool { return !l.Moves }))
}

// checkPreview compares what was shown with what is there now, under lock.
func checkPreview(ctx context.Context, tx *sqlx.Tx, m AccountMove, lines []AccountLine) error {
	var frozen []byte
	err := tx.GetContext(ctx, &frozen, `
SELECT frozen FROM account_previews
 WHERE id = $1 AND tenant_id = $2 AND action = $3 AND actor_kind = $4 AND actor = $5 AND inserted_at > now() - $6 * interval '1 second'`,
		m.PreviewID, m.TenantID, m.Action, m.Actor.Kind, m.Actor.ID, int(previewLife.Seconds()))
	if errors.Is(err, sql.ErrNoRows) {
		return ErrStale
	}
	if err != nil {
		return err
	}
	var shown []AccountLine
	if err := json.Unmarshal(frozen, &shown); err != nil {
		return fmt.Errorf("store: preview %s: %w", m.PreviewID, err)
	}
	same := slices.EqualFunc(shown, lines, func(a, b AccountLine) bool {
		return a.ID == b.ID && a.Version == b.Version && a.Moves == b.Moves
	})
	if !same {
		return ErrStale
	}
	return nil
}

func (s *Store) moveLines(ctx context.Context, tx *sqlx.Tx, m AccountMove, hash []byte, lines []AccountLine) (AccountMoved, error) {
	if len(lines) == 0 {
		return AccountMoved{Refusal: &lifecycle.Refusal{
			Code: lifecycle.InvalidTransition, To: m.Action.To(), Text: "No deployment of this account can be " + m.Action.Done() + " now.",
		}}, errNothingToKeep
	}
	reason, refusal := accountReason(m, lines)
	if refusal != nil {
		return AccountMoved{Refusal: refusal}, errNothingToKeep
	}
	moved := AccountMoved{Moved: len(lines), CommandID: s.newID()}
	err := s.insertCommand(ctx, tx, m.Command, commandRow{
		ID: moved.CommandID, Kind: "account", TenantID: uuid.NullUUID{UUID: m.TenantID, Valid: true}, Action: string(m.Action), Hash: hash,
		Outcome: outcome{Verdict: verdictAccepted, ID: m.TenantID, Moved: len(lines)},
	})
	if err != nil {
		return AccountMoved{}, err
	}
	if err := s.applyLines(ctx, tx, m, moved.CommandID, reason, lines); err != nil {
		return AccountMoved{}, err
	}
	return moved, s.followLines(ctx, tx, m, moved.CommandID, lines)
}

// accountReason asks the lifecycle about each line, and returns the reason to record or the first refusal.
func accountReason(m AccountMove, lines []AccountLine) (lifecycle.Reason, *lifecycle.Refusal) {
	if m.Reason == lifecycle.Undo {
		return "", &lifecycle.Refusal{Code: lifecycle.ReasonUnknown, To: m.Action.To(), Text: "An account action is not undone as such: resume the account instead."}
	}
	var reason lifecycle.Reason
	for _, line := range lines {
		decision := lifecycle.Decide(
			line.Subject(),
			lifecycle.Request{Actor: m.Actor, Action: m.Action, Version: line.Version, Reason: m.Reason},
		)
		if decision.Verdict != lifecycle.Accepted {
			return "", decision.Refusal
		}
		reason = decision.Reason
	}
	return reason, nil
}

// applyLines writes all events in one statement and all states in another, so that the counters are taken once each.
func (s *Store) applyLines(
	ctx context.Context, tx *sqlx.Tx, m AccountMove, commandID uuid.UUID, reason lifecycle.Reason, lines []AccountLine,
) error {
	var ids uuidArray
	for _, line := range lines {
		ids = append(ids, line.ID)
	}
	now := s.stamp()
	_, err := tx.ExecContext(ctx, `
INSERT INTO cloud_deployment_events (deployment_id, version, from_state, to_state, reason, actor_kind, actor, actor_name,
                                     actor_roles, notes, command_id, state_since, occurred_at, grouped)
SELECT d.id, d.version + 1, d.state, $2, nullif($3, ''), $4, $5, $6, $7, nullif($8, ''), $9, $10, $10, row_number() OVER (ORDER BY d.id) > 1
  FROM cloud_deployments d WHERE d.id = ANY ($1::uuid[]) ORDER BY d.id`,
		ids, m.Action.To(), reason, m.Actor.Kind, m.Actor.ID, m.Actor.Name, m.Actor.Roles.String(), m.Notes, commandID, now)
	if err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, `
UPDATE cloud_deployments d SET state = e.to_state, version = e.version, state_since = e.state_since, updated_at = $2
  FROM cloud_deployment_events e WHERE e.command_id = $1 AND e.deployment_id = d.id`, commandID, now)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != int64(len(lines)) {
		return fmt.Errorf("store: account action moved %d of %d deployments: %w", n, len(lines), err)
	}
	return nil
}

// followLines has the machines follow, those that were moved from one state together.
func (s *Store) followLines(ctx context.Context, tx *sqlx.Tx, m AccountMove, commandID uuid.UUID, lines []AccountLine) error {
	by := follower{Actor: m.Actor, CommandID: uuid.NullUUID{UUID: commandID, Valid: true}, To: m.Action.To()}
	for _, from := range lifecycle.States {
		var ids []uuid.UUID
		for _, line := range lines {
			if line.State == from && line.Droplet {
				ids = append(ids, line.ID)
			}
		}
		if err := s.followMoves(ctx, tx, by, from, ids...); err != nil {
			return err
		}
	}
	return nil
}
