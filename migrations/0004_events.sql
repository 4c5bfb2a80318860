-- +goose Up

CREATE TABLE cloud_deployment_events (
  deployment_id    uuid NOT NULL REFERENCES cloud_deployments (id),
  version          integer NOT NULL CHECK (version >= 1),
  from_state       text,
  to_state         text NOT NULL,
  reason           text,
  actor_kind       text NOT NULL CHECK (actor_kind IN ('staff', 'api', 'system', 'policy')),
  actor            text NOT NULL CHECK (btrim(actor) <> ''),
  actor_name       text NOT NULL CHECK (btrim(actor_name) <> ''), -- as it was then
  actor_roles      text NOT NULL DEFAULT '',               -- as they were then, comma-separated
  notes            text CHECK (char_length(notes) <= 10000),
  command_id       uuid NOT NULL REFERENCES commands (id),
  reverts_version  integer,                                -- of the event that this one undoes
  state_since      timestamptz NOT NULL,                   -- of the deployment from this event on
  occurred_at      timestamptz NOT NULL,
  previous_version integer GENERATED ALWAYS AS (nullif(version - 1, 0)) STORED,
  restored_version integer GENERATED ALWAYS AS (reverts_version - 1) STORED,
  PRIMARY KEY (deployment_id, version),
  UNIQUE (deployment_id, version, to_state),
  UNIQUE (command_id, deployment_id),

  -- Only the first event comes from nothing, and it leads only to where a life may start. Without these a NULL in
  -- from_state would slip through the foreign keys below.
  CONSTRAINT first_from_nothing CHECK ((version = 1) = (from_state IS NULL)),
  CONSTRAINT first_to_a_start CHECK (version > 1 OR to_state IN ('trial', 'active', 'provisioning')),
  CONSTRAINT on_the_map FOREIGN KEY (from_state, to_state) REFERENCES transitions (from_state, to_state),

  -- Each event starts where the one before it ended: replay is right by construction.
  CONSTRAINT unbroken FOREIGN KEY (deployment_id, previous_version, from_state)
    REFERENCES cloud_deployment_events (deployment_id, version, to_state),

  -- An undo reverts the event right before it and leads back to the state before that.
  CONSTRAINT undo_reverts_the_newest CHECK (reverts_version = version - 1),
  CONSTRAINT undo_says_so CHECK ((coalesce(reason, '') = 'undo') = (reverts_version IS NOT NULL)),
  CONSTRAINT undo_leads_back FOREIGN KEY (deployment_id, restored_version, to_state)
    REFERENCES cloud_deployment_events (deployment_id, version, to_state),

  CONSTRAINT reason_where_asked CHECK (
    to_state NOT IN ('past_due', 'suspended', 'cancelled', 'archived') OR btrim(coalesce(reason, '')) <> '')
);

-- The database's clock says when; the first event has the time of the row; an undo gives back the time since which the
-- state stood before.
-- +goose StatementBegin
CREATE FUNCTION stamp_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT arcadia_loading() THEN
    NEW.occurred_at := clock_timestamp();
    IF NEW.version = 1 THEN
      NEW.occurred_at := coalesce(
        (SELECT d.state_since FROM public.cloud_deployments d WHERE d.id = NEW.deployment_id), NEW.occurred_at);
    END IF;
  END IF;
  NEW.state_since := NEW.occurred_at;
  IF NEW.reverts_version IS NOT NULL THEN
    NEW.state_since := coalesce( -- an undo of nothing is refused by undo_leads_back
      (SELECT e.state_since FROM public.cloud_deployment_events e
        WHERE e.deployment_id = NEW.deployment_id AND e.version = NEW.reverts_version - 1),
      NEW.occurred_at);
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER stamp BEFORE INSERT ON cloud_deployment_events FOR EACH ROW EXECUTE FUNCTION stamp_event();

-- Events are never changed and never removed. Rights say so too (see grants); this holds for the owner as well.
CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON cloud_deployment_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON cloud_deployment_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- No state without its event …
ALTER TABLE cloud_deployments ADD CONSTRAINT state_has_its_event
  FOREIGN KEY (id, version, state) REFERENCES cloud_deployment_events (deployment_id, version, to_state)
  DEFERRABLE INITIALLY DEFERRED;

-- … and no event without its state, which stands since the event says so.
-- +goose StatementBegin
CREATE FUNCTION event_has_its_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM public.cloud_deployments d
     WHERE d.id = NEW.deployment_id
       AND (d.version > NEW.version OR d.version = NEW.version AND d.state_since = NEW.state_since)
  ) THEN
    RAISE EXCEPTION 'event % of deployment % has no state that stands since then', NEW.version, NEW.deployment_id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'event_has_its_state';
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE CONSTRAINT TRIGGER event_has_its_state AFTER INSERT ON cloud_deployment_events
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION event_has_its_state();

-- +goose Down
ALTER TABLE cloud_deployments DROP CONSTRAINT state_has_its_event;
DROP TABLE cloud_deployment_events;
DROP FUNCTION stamp_event;
DROP FUNCTION event_has_its_state;
