-- +goose Up

-- One look at all machines of the provider. What is removed by itself in one sweep is counted before it is removed, and no
-- sweep can count further than 5.
CREATE TABLE sweeps (
  id          uuid PRIMARY KEY,
  provider    text NOT NULL CHECK (provider <> ''),
  origin      text NOT NULL CHECK (origin IN ('console', 'command')), -- who swept: a console that serves, or somebody at a terminal
  dry         boolean NOT NULL,                      -- nothing was removed and no finding changed
  held_until  timestamptz,                           -- past: its process has died
  looked_at   integer NOT NULL DEFAULT 0,            -- machines at the provider
  begun       smallint NOT NULL DEFAULT 0 CHECK (begun BETWEEN 0 AND 5), -- removals that nobody was asked about
  removed     integer NOT NULL DEFAULT 0,            -- removals that came to their end, with those that somebody asked for
  kept        integer NOT NULL DEFAULT 0,            -- findings that are left: machines that belong to nothing, or are missing
  asks        integer NOT NULL DEFAULT 0,            -- of these, those that a person has to decide
  error       text NOT NULL DEFAULT '' CHECK (char_length(error) <= 2000), -- why it did not come to its end, without secrets
  started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz
);
CREATE UNIQUE INDEX sweeps_one_at_a_time ON sweeps (provider) WHERE finished_at IS NULL AND NOT dry;
CREATE INDEX sweeps_newest ON sweeps (provider, started_at DESC) WHERE NOT dry;

-- What sweeps found: machines at the provider that belong to nothing here, and machines of the inventory that it does not know.
CREATE TABLE sweep_findings (
  provider      text NOT NULL CHECK (provider <> ''),
  droplet_id    bigint NOT NULL CHECK (droplet_id > 0),
  name          text NOT NULL DEFAULT '',
  region        text NOT NULL DEFAULT '',
  size          text NOT NULL DEFAULT '',
  deployment_id uuid,                                -- that its tags name, whether there is one or not
  run_id        uuid,
  created_at    timestamptz,                         -- by the provider's word
  status        text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'removing', 'removed', 'settled')),
  verdict       text NOT NULL CHECK (verdict <> ''), -- of the newest sweep
  seen          integer NOT NULL DEFAULT 1 CHECK (seen >= 0), -- sweeps that found it so
  failed        smallint NOT NULL DEFAULT 0,         -- removals that failed, since a person last decided
  error         text NOT NULL DEFAULT '' CHECK (char_length(error) <= 2000), -- of the newest removal, without secrets
  first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  sweep_id      uuid NOT NULL REFERENCES sweeps (id), -- that saw it last
  removing_in   uuid REFERENCES sweeps (id),         -- the sweep that began to remove it last
  removed_at    timestamptz,

  decision      text CHECK (decision IN ('remove', 'keep')), -- of a person
  decided_kind  text CHECK (decided_kind IN ('staff', 'api')),
  decided_by    text,
  decided_name  text,
  decided_note  text NOT NULL DEFAULT '' CHECK (char_length(decided_note) <= 10000),
  decided_at    timestamptz,
  PRIMARY KEY (provider, droplet_id),
  CONSTRAINT removed_when CHECK ((removed_at IS NOT NULL) = (status = 'removed')),
  CONSTRAINT decided_by_somebody CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL)
                                        AND (decision IS NULL) = (decided_kind IS NULL) AND (decision IS NULL) = (decided_name IS NULL))
);
CREATE INDEX sweep_findings_open ON sweep_findings (provider, first_seen_at, droplet_id) WHERE status IN ('open', 'removing');

-- A machine that a deployment is linked to, or that a live run has to answer for, is never removed by a sweep, whatever the
-- code above thinks.
-- +goose StatementBegin
CREATE FUNCTION guard_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status = 'removing' AND (
       EXISTS (SELECT FROM public.cloud_deployments d WHERE d.droplet_id = NEW.droplet_id)
    OR EXISTS (SELECT FROM public.runs r WHERE r.live AND (r.id = NEW.run_id OR r.droplet_id = NEW.droplet_id))) THEN
    RAISE EXCEPTION 'droplet % is in use', NEW.droplet_id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'only_orphans_are_removed';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON sweep_findings FOR EACH ROW EXECUTE FUNCTION guard_removal();
CREATE TRIGGER keep_rows BEFORE DELETE ON sweep_findings FOR EACH ROW EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON sweep_findings FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_rows BEFORE DELETE ON sweeps FOR EACH ROW EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON sweeps FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete();

-- +goose StatementBegin
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'arcadia_app') THEN
    GRANT SELECT, INSERT, UPDATE ON sweeps, sweep_findings TO arcadia_app;
  END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE sweep_findings;
DROP TABLE sweeps;
DROP FUNCTION guard_removal;
