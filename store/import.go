package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
)

// NewImport asks for all rows of a file at once.
type NewImport struct {
	Command
	Rows []ImportRow
}

// Imported is what an import left.
type Imported struct {
	Tenants     int // that are new
	Deployments int
	Replayed    bool // the key was known: this is the stored outcome
}

// importBatch is how many deployments one statement writes, so that each stays far below the time-out of the serving role.
const importBatch = 500

// Import stores every row or none, in one transaction, as the actor of the command. What is wrong with the rows, by
// themselves or beside what is stored, is returned as LineErrors, all of it up to MaxLineErrors. Other errors:
// ErrKeyReused, ErrBusy, ErrUnknown, ErrInput.
func (s *Store) Import(ctx context.Context, n NewImport) (Imported, error) {
	rows := make([]ImportRow, len(n.Rows))
	for i, row := range n.Rows {
		rows[i] = row.Normalize()
	}
	if len(rows) == 0 {
		return Imported{}, LineErrors{{Text: "There are no rows."}}
	}
	if problems := CheckImport(rows); len(problems) > 0 {
		return Imported{}, problems
	}
	n.Rows = rows
	return s.importOnce(ctx, n)
}

// importOnce does the import under its key. When somebody takes a slug or a host name in between, the second look of perform
// says which row that concerns.
func (s *Store) importOnce(ctx context.Context, n NewImport) (Imported, error) {
	hash := hashOf("import", marshal(n.Rows))
	var imported Imported
	err := s.perform(ctx, n.Command, func(ctx context.Context, tx *sqlx.Tx) error {
		_, stored, found, err := s.findCommand(ctx, tx, n.Command, hash)
		if err != nil {
			return err
		}
		if found {
			imported = Imported{Tenants: stored.Tenants, Deployments: stored.Moved, Replayed: true}
			return nil
		}
		if _, err := tx.ExecContext(ctx, `SET LOCAL arcadia.counter_slot = '16'`); err != nil {
			return err // an import holds its counters for seconds: those of its own, so that nobody waits for them
		}
		load := importLoad{store: s, ctx: ctx, tx: tx, n: n, hash: hash}
		imported, err = load.run()
		return err
	})
	if err != nil {
		return Imported{}, err
	}
	return imported, nil
}

// importLoad is an import under way.
type importLoad struct {
	store    *Store
	ctx      context.Context
	tx       *sqlx.Tx
	n        NewImport
	hash     []byte
	tenants  map[string]uuid.UUID // by slug, those of the file
	known    map[string]Tenant    // by slug, those of the file that are stored already
	commands []uuid.UUID          // the import itself, then one for each further move of a deployment
}

func (l *importLoad) run() (Imported, error) {
	if err := l.findTenants(); err != nil {
		return Imported{}, err
	}
	problems, err := l.clashes()
	if err != nil {
		return Imported{}, err
	}
	if len(problems) > 0 {
		return Imported{}, problems.Sorted()
	}
	tenants, deployments := l.newTenants(), l.newDeployments()
	imported := Imported{Tenants: len(tenants), Deployments: len(deployments)}
	if err := l.insertCommands(imported, deployments); err != nil {
		return Imported{}, err
	}
	if err := inBatches(tenants, l.insertTenants); err != nil {
		return Imported{}, err
	}
	return imported, inBatches(deployments, l.insertDeployments)
}

func inBatches[T any](rows []T, store func([]T) error) error {
	for len(rows) > 0 {
		n := min(len(rows), importBatch)
		if err := store(rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// insertCommands stores the import, and beside it a command for each further step, since a command moves a deployment at
// most once.
func (l *importLoad) insertCommands(imported Imported, deployments []importedDeployment) error {
	id, steps := l.store.newID(), 0
	for _, d := range deployments {
		steps = max(steps, len(d.moves))
	}
	l.commands = []uuid.UUID{id}
	err := l.store.insertCommand(l.ctx, l.tx, l.n.Command, commandRow{
		ID: id, Kind: "import", Hash: l.hash,
		Outcome: outcome{Verdict: verdictAccepted, Tenants: imported.Tenants, Moved: imported.Deployments},
	})
	for step := 1; step <= steps && err == nil; step++ {
		command := Command{Actor: l.n.Actor, Key: fmt.Sprintf("import %s step %d", id, step)}
		row := commandRow{ID: l.store.newID(), Kind: "import", Hash: hashOf(command.Key), Outcome: outcome{Verdict: verdictAccepted}}
		l.commands = append(l.commands, row.ID)
		err = l.store.insertCommand(l.ctx, l.tx, command, row)
	}
	return err
}

// importedTenant is a new tenant as it is sent to the database.
type importedTenant struct {
	ID           uuid.UUID `json:"id"`
	EditID       uuid.UUID `json:"edit_id"`
	Name         string    `json:"name"`
	Slug         string    `json:"slug"`
	Email        string    `json:"email"`
	BillingEmail string    `json:"billing_email"`
	External     string    `json:"external"`
	TimeZone     string    `json:"time_zone"`
}

func (l *importLoad) newTenants() []importedTenant {
	var tenants []importedTenant
	merged := mergedTenants(l.n.Rows)
	for _, row := range l.n.Rows {
		if _, there := l.tenants[row.Tenant.Slug]; there {
			continue
		}
		f := merged[row.Tenant.Slug]
		t := importedTenant{
			ID: l.store.newID(), EditID: l.store.newID(), Name: f.Name, Slug: f.Slug, Email: f.Email,
			BillingEmail: f.BillingEmail, External: f.ExternalCustomerID, TimeZone: cmp.Or(f.TimeZone, "UTC"),
		}
		l.tenants[t.Slug] = t.ID
		tenants = append(tenants, t)
	}
	return tenants
}

func (l *importLoad) insertTenants(tenants []importedTenant) error {
	rows, now, a := marshal(tenants), l.store.stamp(), l.n.Actor
	_, err := l.tx.ExecContext(l.ctx, `
INSERT INTO cloud_tenants (id, name, slug, email, billing_email, external_customer_id, time_zone, inserted_at, updated_at)
SELECT r.id, r.name, r.slug, r.email, r.billing_email, r.external, r.time_zone, $2, $2
  FROM jsonb_to_recordset($1::jsonb) r (id uuid, name text, slug text, email text, billing_email text, external text, time_zone text)`, rows, now)
	if err != nil {
		return err
	}
	_, err = l.tx.ExecContext(l.ctx, `
INSERT INTO cloud_edits (id, tenant_id, changes, actor_kind, actor, actor_name, actor_roles, occurred_at)
SELECT r.edit_id, r.id, '[]', $2, $3, $4, $5, $6 FROM jsonb_to_recordset($1::jsonb) r (id uuid, edit_id uuid)`,
		rows, a.Kind, a.ID, a.Name, a.Roles.String(), now)
	return err
}

// importedDeployment is a new deployment as it is sent to the database, and its way to its state.
type importedDeployment struct {
	ID         uuid.UUID       `json:"id"`
	TenantID   uuid.UUID       `json:"tenant_id"`
	Slug       string          `json:"slug"`
	Name       string          `json:"name"`
	Hostname   string          `json:"hostname"`
	App        string          `json:"app"`
	AppVersion string          `json:"app_version"`
	Plan       string          `json:"plan"`
	PriceCents int             `json:"price_cents"`
	Region     string          `json:"region"`
	Size       string          `json:"size"`
	State      lifecycle.State `json:"state"`
	TrialEnds  *string         `json:"trial_ends"`
	Notes      string          `json:"notes"`   // of the first event
	Grouped    bool            `json:"grouped"` // another deployment of the import stands for this one in lists

	moves     []lifecycle.Move
	moveNotes string // of each further event but the last
	lastNotes string
}

func (l *importLoad) newDeployments() []importedDeployment {
	var deployments []importedDeployment
	for _, row := range l.n.Rows {
		if row.Alone {
			continue
		}
		f := row.Deployment
		plan, _ := catalog.FindPlan(f.Plan) // checked by CheckImport
		d := importedDeployment{
			ID: l.store.newID(), TenantID: l.tenants[row.Tenant.Slug], Slug: f.Slug, Name: f.Name, Hostname: f.Hostname,
			App: f.App, AppVersion: f.AppVersion, Plan: f.Plan, PriceCents: plan.PriceCents, Region: f.Region, Size: f.Size,
			moveNotes: "Imported as " + row.State.Lower() + ".",
		}
		d.State, d.moves = importStart(row.State)
		d.Notes, d.lastNotes = d.moveNotes, withNotes(d.moveNotes, row.Notes)
		if len(d.moves) == 0 {
			d.Notes = d.lastNotes
		}
		if row.State == lifecycle.Trial {
			ends := f.TrialEndsAt
			if ends.IsZero() {
				ends = l.store.stamp().Add(TrialLength)
			}
			text := timeKey(ends)
			d.TrialEnds = &text
		}
		deployments = append(deployments, d)
	}
	grouped(deployments)
	return deployments
}

// grouped lets the deployment of the least ID stand for all of the import in lists of what happened.
func grouped(deployments []importedDeployment) {
	least := 0
	for i := range deployments {
		deployments[i].Grouped = true
		if bytes.Compare(deployments[i].ID[:], deployments[least].ID[:]) < 0 {
			least = i
		}
	}
	if len(deployments) > 0 {
		deployments[least].Grouped = false
	}
}

func withNotes(own, written string) string {
	if written == "" {
		return own
	}
	return own + "\n" + written
}
