-- +goose Up

-- The steps of a run that is over are as fixed as the run: what was done, what was undone and what was left at which step is what people and
-- the sweeper go by afterwards. The transaction that ends a run may still write at which step it was left, before or after. The lock makes
-- whoever writes a step wait for whoever is ending the run. No step becomes another, either.
SET LOCAL lock_timeout = '5s';

-- +goose StatementBegin
CREATE FUNCTION guard_run_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  over boolean;
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.run_id, NEW.position, NEW.name) IS DISTINCT FROM (OLD.run_id, OLD.position, OLD.name) THEN
    RAISE EXCEPTION 'which step of which run it is never changes'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'identity_is_kept';
  END IF;
  SELECT r.finished_at IS NOT NULL AND r.xmin <> pg_current_xact_id()::xid INTO over
    FROM public.runs r WHERE r.id = NEW.run_id FOR SHARE;
  IF over THEN
    RAISE EXCEPTION 'a run that is over stays as it is, and so do its steps'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'over_is_over';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON run_steps FOR EACH ROW EXECUTE FUNCTION guard_run_step();

-- The job queue's library dates jobs by the clock of the process that puts them in, and fetches by that of the database. Ours are due at once:
-- one of a process whose clock is minutes ahead would lie there for as long.
-- +goose StatementBegin
CREATE FUNCTION stamp_new_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.created_at := clock_timestamp();
  NEW.scheduled_at := NEW.created_at;
  RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER stamp BEFORE INSERT ON river_job FOR EACH ROW WHEN (NEW.state = 'available') EXECUTE FUNCTION stamp_new_job();

-- The providers by which some process works on runs, or did so far. Whether a move starts a run is the same for all processes, also for those
-- that were not given the provider's token; without any row none does.
CREATE TABLE cloud_providers (
  name        text PRIMARY KEY CHECK (name <> ''),
  known_since timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- +goose StatementBegin
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'arcadia_app') THEN
    GRANT SELECT, INSERT ON cloud_providers TO arcadia_app;
  END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE cloud_providers;
DROP TRIGGER stamp ON river_job;
DROP FUNCTION stamp_new_job;
DROP TRIGGER guard ON run_steps;
DROP FUNCTION guard_run_step;
