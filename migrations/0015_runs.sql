-- +goose Up

-- One provisioning, switching or release of the machine of one deployment: a saga. What it did and what comes next is here
-- and nowhere else, so that any process can go on with it.
CREATE TABLE runs (
  id            uuid PRIMARY KEY,
  deployment_id uuid NOT NULL REFERENCES cloud_deployments (id),
  kind          text NOT NULL CHECK (kind IN ('provision', 'reactivate', 'power_on', 'power_off', 'release')),
  status        text NOT NULL DEFAULT 'waiting' CHECK (status IN
                  ('waiting', 'running', 'retrying', 'done', 'compensating', 'compensated', 'failed', 'needs_operator')),
  live          boolean NOT NULL GENERATED ALWAYS AS (status IN ('waiting', 'running', 'retrying', 'compensating', 'needs_operator')) STORED,
  token         bigint NOT NULL DEFAULT 0 CHECK (token >= 0), -- fencing: raised by each process that takes the run; only its holder writes
  held_by       uuid,                                -- who works on it: another ID each time it is taken
  held_until    timestamptz,                         -- past: it is to be taken over
  step          text NOT NULL DEFAULT '',            -- at which it stands; empty before the first and after the end
  spec          jsonb NOT NULL,                      -- the machine that is wanted, as it was asked for: region, size, hostname, …
  droplet_id    bigint CHECK (droplet_id > 0),       -- once it is known
  error         text NOT NULL DEFAULT '' CHECK (char_length(error) <= 2000), -- the newest trouble, without secrets
  error_kind    text NOT NULL DEFAULT '',            -- definite, not_found, limited, unknown, deadline, …
  error_step    text NOT NULL DEFAULT '',            -- where
  ending        text NOT NULL DEFAULT '' CHECK (char_length(ending) <= 10000), -- what was said at its end by a person or by the console

  actor_kind    text NOT NULL CHECK (actor_kind IN ('staff', 'api', 'system', 'policy')), -- who began it
  actor         text NOT NULL CHECK (btrim(actor) <> ''),
  actor_name    text NOT NULL CHECK (btrim(actor_name) <> ''),
  actor_roles   text NOT NULL DEFAULT '',
  command_id    uuid REFERENCES commands (id),       -- by which it began; none when one run followed another
  reason        text NOT NULL DEFAULT '',            -- of the move at the end, as it was asked for
  notes         text NOT NULL DEFAULT '' CHECK (char_length(notes) <= 10000),

  abort_kind    text CHECK (abort_kind IN ('staff', 'api', 'system', 'policy')), -- who asked for it to stop, if anybody did
  abort_actor   text,
  abort_name    text,
  abort_roles   text,
  abort_reason  text,
  abort_notes   text,
  aborted_at    timestamptz,

  next_try_at   timestamptz,                         -- when it goes on; none: at once, or never
  started_at    timestamptz,
  progressed_at timestamptz NOT NULL DEFAULT clock_timestamp(), -- when a step last began a try, ended or gave way to the next
  finished_at   timestamptz,
  inserted_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT abort_by_somebody CHECK ((aborted_at IS NULL) = (abort_actor IS NULL) AND (abort_actor IS NULL) = (abort_kind IS NULL)),
  CONSTRAINT finished_when_over CHECK ((finished_at IS NULL) = (status IN ('waiting', 'running', 'retrying', 'compensating', 'needs_operator')))
);

CREATE UNIQUE INDEX runs_one_live ON runs (deployment_id) WHERE live;
CREATE INDEX runs_deployment ON runs (deployment_id, inserted_at DESC, id DESC);
CREATE INDEX runs_status ON runs (status, inserted_at DESC, id DESC);
CREATE INDEX runs_live_progress ON runs (progressed_at) WHERE live;
CREATE INDEX runs_due ON runs (next_try_at) WHERE live;
CREATE INDEX runs_newest ON runs (inserted_at DESC, id DESC);
CREATE INDEX runs_trouble ON runs (error_kind, inserted_at DESC, id DESC) WHERE error_kind <> '';
CREATE INDEX runs_at_step ON runs ((coalesce(nullif(step, ''), error_step)), inserted_at DESC, id DESC) WHERE step <> '' OR error_step <> '';

CREATE TABLE run_steps (
  run_id        uuid NOT NULL REFERENCES runs (id),
  position      smallint NOT NULL CHECK (position >= 1),
  name          text NOT NULL CHECK (name <> ''),
  status        text NOT NULL DEFAULT 'waiting' CHECK (status IN
                  ('waiting', 'running', 'retrying', 'done', 'compensating', 'compensated', 'failed', 'needs_operator')),
  attempt       integer NOT NULL DEFAULT 0,          -- tries begun
  max_attempts  integer NOT NULL CHECK (max_attempts >= 1),
  token         bigint NOT NULL DEFAULT 0,           -- of the attempt that wrote last
  intent        jsonb,                               -- what is to be called and how it is undone, written before the call
  result        jsonb,                               -- external ids and what else the undoing needs
  error         text NOT NULL DEFAULT '' CHECK (char_length(error) <= 2000), -- of the newest try, without secrets
  error_kind    text NOT NULL DEFAULT '',
  next_try_at   timestamptz,
  deadline_at   timestamptz,                         -- of a step that waits for something
  started_at    timestamptz,
  finished_at   timestamptz,
  undo_attempt      integer NOT NULL DEFAULT 0,      -- tries of its compensation begun
  undo_max_attempts integer NOT NULL CHECK (undo_max_attempts >= 1),
  undo_started_at   timestamptz,
  undone_at         timestamptz,
  PRIMARY KEY (run_id, position),
  UNIQUE (run_id, name)
);
CREATE INDEX run_steps_standing ON run_steps (name, status) WHERE status IN ('running', 'retrying', 'compensating', 'needs_operator');

-- The inventory: every machine that a run built or took over.
CREATE TABLE cloud_droplets (
  provider      text NOT NULL CHECK (provider <> ''),
  droplet_id    bigint NOT NULL CHECK (droplet_id > 0),
  deployment_id uuid NOT NULL REFERENCES cloud_deployments (id),
  run_id        uuid REFERENCES runs (id),           -- that registered it
  name          text NOT NULL DEFAULT '',
  region        text NOT NULL DEFAULT '',
  size          text NOT NULL DEFAULT '',
  address       inet,
  registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  released_at   timestamptz,                         -- destroyed, by a run or by a person's word
  PRIMARY KEY (provider, droplet_id)
);
CREATE INDEX cloud_droplets_deployment ON cloud_droplets (deployment_id);

-- A run is for one deployment and of one kind for ever, what is over stays over, and a token never goes back.
-- +goose StatementBegin
CREATE FUNCTION guard_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.deployment_id, NEW.kind, NEW.spec, NEW.command_id, NEW.actor_kind, NEW.actor, NEW.inserted_at)
     IS DISTINCT FROM
     (OLD.id, OLD.deployment_id, OLD.kind, OLD.spec, OLD.command_id, OLD.actor_kind, OLD.actor, OLD.inserted_at) THEN
    RAISE EXCEPTION 'what a run is for never changes'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'identity_is_kept';
  END IF;
  IF OLD.finished_at IS NOT NULL THEN
    RAISE EXCEPTION 'a run that is over stays as it is'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'over_is_over';
  END IF;
  IF NEW.token < OLD.token THEN
    RAISE EXCEPTION 'a fencing token never goes back'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'token_rises';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER guard BEFORE UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION guard_run();
CREATE TRIGGER keep_rows BEFORE DELETE ON runs FOR EACH ROW EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON runs FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_rows BEFORE DELETE ON run_steps FOR EACH ROW EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON run_steps FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_rows BEFORE DELETE ON cloud_droplets FOR EACH ROW EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON cloud_droplets FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete();

-- +goose StatementBegin
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'arcadia_app') THEN
    GRANT SELECT, INSERT, UPDATE ON runs TO arcadia_app;
    GRANT SELECT, INSERT ON run_steps, cloud_droplets TO arcadia_app;
    GRANT UPDATE (status, attempt, token, intent, result, error, error_kind, next_try_at, deadline_at, started_at, finished_at, undo_attempt, undo_started_at, undone_at) ON run_steps TO arcadia_app;
    GRANT UPDATE (name, region, size, address, released_at) ON cloud_droplets TO arcadia_app;
  END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE cloud_droplets;
DROP TABLE run_steps;
DROP TABLE runs;
DROP FUNCTION guard_run;
