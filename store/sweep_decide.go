package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
)

// FindingAct is what one person decides about one finding.
type FindingAct struct {
	Command
	DropletID int64
	Decision  lifecycle.SweepDecision
	Notes     string    // why it is kept; free for a removal
	Seen      time.Time // when who decides has read the finding, by the database's clock; zero: whatever was decided since is overruled
}

// FindingActed is the outcome of a FindingAct.
type FindingActed struct {
	Refusal  *lifecycle.Refusal // nothing was done, and why
	Finding  Finding            // as it stands now
	Replayed bool               // the key was known: it was done then
}

// DecideFinding records what a person decides about a finding: the next sweep, which follows at once, carries it out. Refusals are
// outcomes, not errors. Errors: ErrNotFound, ErrKeyReused, ErrBusy, ErrUnknown, and catalog.Problems for notes that are too long.
func (s *Store) DecideFinding(ctx context.Context, a FindingAct) (FindingActed, error) {
	a.Notes = catalog.NormalizeNotes(a.Notes)
	if text := catalog.CheckNotes(a.Notes); text != "" {
		return FindingActed{}, catalog.Problems{{Field: "notes", Text: text}}
	}
	var acted FindingActed
	err := s.perform(ctx, a.Command, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		acted, err = s.decideFinding(ctx, tx, a)
		return err
	})
	kept := err == nil
	if err != nil && !errors.Is(err, errNothingToKeep) {
		return FindingActed{}, err
	}
	acted.Finding, err = s.GetFinding(ctx, a.DropletID)
	if err != nil && kept {
		// Not wrapped: the cause may say of itself that nothing was done, but the command is stored.
		err = fmt.Errorf("%w: the outcome could not be read back: %v", ErrUnknown, err)
	}
	return acted, err
}

func (s *Store) decideFinding(ctx context.Context, tx *sqlx.Tx, a FindingAct) (FindingActed, error) {
	_, err := tx.ExecContext(ctx, `SELECT FROM sweep_findings WHERE provider = `+thatProvider+` AND droplet_id = $2 FOR UPDATE`, s.provider, a.DropletID)
	if err != nil {
		return FindingActed{}, err
	}
	f, err := s.getFinding(ctx, tx, a.DropletID)
	if err != nil {
		return FindingActed{}, err
	}
	if refusal := lifecycle.PermitSweep(a.Actor); refusal != nil {
		return FindingActed{Refusal: refusal}, errNothingToKeep
	}
	hash := hashOf("sweep", dropletText(a.DropletID), string(a.Decision), a.Notes)
	_, _, found, err := s.findCommand(ctx, tx, a.Command, hash)
	if err != nil || found {
		return FindingActed{Replayed: found}, err
	}
	if refusal := lifecycle.DecideSweep(a.Actor, f.since(a.Seen), a.Decision, a.Notes); refusal != nil {
		return FindingActed{Refusal: refusal}, errNothingToKeep
	}
	err = s.insertCommand(ctx, tx, a.Command, commandRow{
		ID: s.newID(), Kind: "sweep", Action: string(a.Decision), Hash: hash, Outcome: outcome{Verdict: verdictAccepted},
	})
	if err != nil {
		return FindingActed{}, err
	}
	return FindingActed{}, s.recordDecision(ctx, tx, a, f)
}

func (s *Store) recordDecision(ctx context.Context, tx *sqlx.Tx, a FindingAct, f Finding) error {
	_, err := tx.ExecContext(ctx, `
UPDATE sweep_findings SET decision = $3, decided_kind = $4, decided_by = $5, decided_name = $6, decided_note = $7, decided_at = clock_timestamp(),
       failed = 0, verdict = CASE WHEN $3 = 'keep' AND verdict <> 'missing' THEN 'decided' ELSE verdict END
 WHERE provider = `+thatProvider+` AND droplet_id = $2`,
		s.provider, a.DropletID, a.Decision, a.Actor.Kind, a.Actor.ID, a.Actor.Name, a.Notes)
	if err != nil {
		return fmt.Errorf("store: decide about droplet %d: %w", a.DropletID, err)
	}
	deed := SweepConfirmed
	if a.Decision == lifecycle.SweepKeep {
		deed = SweepKept
	}
	return s.insertActivity(ctx, tx, f.deed(a.Actor, deed, Change{Field: "notes", To: a.Notes}))
}
