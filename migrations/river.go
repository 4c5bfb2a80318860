package migrations

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"
)

// The tables of the job queue are the library's own, made by its own migrations: number riverNumber of ours brings them to
// riverVersion of theirs. A later version of theirs is another number of ours.
const (
	riverNumber  = 16
	riverVersion = 7
)

// riverGrants are what the serving role needs to put jobs in, work them and elect who keeps house.
const riverGrants = `
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'arcadia_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON river_job, river_leader, river_queue, river_notification TO arcadia_app;
    GRANT SELECT ON river_migration TO arcadia_app;
    GRANT USAGE ON SEQUENCE river_job_id_seq, river_notification_id_seq TO arcadia_app;
  END IF;
END $$`

func riverMigration() *goose.Migration {
	return goose.NewGoMigration(riverNumber, &goose.GoFunc{RunDB: riverUp}, &goose.GoFunc{RunDB: riverDown})
}

func riverUp(ctx context.Context, db *sql.DB) error {
	if err := migrateRiver(ctx, db, rivermigrate.DirectionUp, riverVersion); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, riverGrants); err != nil {
		return fmt.Errorf("migrations: rights on the job queue: %w", err)
	}
	return nil
}

func riverDown(ctx context.Context, db *sql.DB) error {
	return migrateRiver(ctx, db, rivermigrate.DirectionDown, -1)
}

func migrateRiver(ctx context.Context, db *sql.DB, direction rivermigrate.Direction, target int) error {
	migrator, err := rivermigrate.New(riverdatabasesql.New(db), nil)
	if err != nil {
		return fmt.Errorf("migrations: job queue: %w", err)
	}
	if _, err := migrator.Migrate(ctx, direction, &rivermigrate.MigrateOpts{TargetVersion: target}); err != nil {
		return fmt.Errorf("migrations: job queue: %w", err)
	}
	return nil
}
