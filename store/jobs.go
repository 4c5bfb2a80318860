package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
)

// RunJob makes some process go on with a run. That there is one too many does no harm: the run itself says whether it is due.
type RunJob struct {
	RunID uuid.UUID `json:"run_id"`
}

// Kind is the name under which the queue keeps the job.
func (RunJob) Kind() string { return "run" }

// jobs puts jobs in, in the transaction of what they follow from; they are worked elsewhere.
type jobs = river.Client[*sql.Tx]

func newJobs(db *sqlx.DB) (*jobs, error) {
	client, err := river.NewClient(riverdatabasesql.New(db.DB), &river.Config{})
	if err != nil {
		return nil, fmt.Errorf("store: job queue: %w", err)
	}
	return client, nil
}

// enqueueRuns puts in jobs for the runs, due at once by the database's clock.
func (s *Store) enqueueRuns(ctx context.Context, tx *sqlx.Tx, runs ...uuid.UUID) error {
	params := make([]river.InsertManyParams, len(runs))
	for i, id := range runs {
		params[i] = river.InsertManyParams{Args: RunJob{RunID: id}}
	}
	if _, err := s.jobs.InsertManyFastTx(ctx, tx.Tx, params); err != nil {
		return fmt.Errorf("store: enqueue %d runs: %w", len(runs), err)
	}
	return nil
}
