-- +goose Up

-- The map, as the lifecycle package has it; a test compares the two. Events refer to it, so that no move outside the
-- map can be recorded, not even by hand.
CREATE TABLE transitions (
  from_state text NOT NULL,
  to_state   text NOT NULL,
  action     text NOT NULL,
  PRIMARY KEY (from_state, to_state)
);

INSERT INTO transitions (from_state, to_state, action) VALUES
  ('provisioning', 'active',    'activate'),
  ('provisioning', 'cancelled', 'abort'),
  ('trial',        'active',    'convert'),
  ('trial',        'cancelled', 'cancel'),
  ('active',       'paused',    'pause'),
  ('active',       'past_due',  'mark_past_due'),
  ('active',       'cancelled', 'cancel'),
  ('paused',       'active',    'resume'),
  ('paused',       'cancelled', 'cancel'),
  ('past_due',     'active',    'mark_paid'),
  ('past_due',     'suspended', 'suspend'),
  ('past_due',     'cancelled', 'cancel'),
  ('suspended',    'active',    'restore'),
  ('suspended',    'cancelled', 'cancel'),
  ('cancelled',    'active',    'reactivate'),
  ('cancelled',    'archived',  'archive');

CREATE TABLE cloud_deployments (
  id            uuid PRIMARY KEY,
  tenant_id     uuid NOT NULL REFERENCES cloud_tenants (id),
  slug          text NOT NULL CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name          text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
  hostname      text CHECK (hostname = lower(hostname) AND char_length(hostname) BETWEEN 1 AND 253),
  app           text NOT NULL DEFAULT '' CHECK (char_length(app) <= 100),
  app_version   text NOT NULL DEFAULT '' CHECK (char_length(app_version) <= 50),
  plan          text NOT NULL CHECK (plan <> ''),
  price_cents   integer NOT NULL CHECK (price_cents >= 0), -- a month, in the smallest unit of the currency
  currency      text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  region        text NOT NULL CHECK (region <> ''),
  size          text NOT NULL CHECK (size <> ''),
  state         text NOT NULL CHECK (state IN
                  ('provisioning', 'trial', 'active', 'paused', 'past_due', 'suspended', 'cancelled', 'archived')),
  state_since   timestamptz NOT NULL,
  version       integer NOT NULL CHECK (version >= 1),      -- of the newest event
  edit_version  integer NOT NULL DEFAULT 1 CHECK (edit_version >= 1),
  trial_ends_at timestamptz CHECK (state <> 'trial' OR trial_ends_at IS NOT NULL),
  droplet_id    bigint CHECK (droplet_id > 0),
  address       inet,
  inserted_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (tenant_id, slug),
  UNIQUE (tenant_id, id)
) WITH (fillfactor = 90);

-- A hostname is held until the deployment is archived, so that what is cancelled can always come back.
CREATE UNIQUE INDEX cloud_deployments_hostname ON cloud_deployments (hostname) WHERE state <> 'archived';
CREATE UNIQUE INDEX cloud_deployments_droplet ON cloud_deployments (droplet_id) WHERE droplet_id IS NOT NULL;
CREATE INDEX cloud_deployments_address ON cloud_deployments (address) WHERE address IS NOT NULL;

-- One index for each order of the list. Lists of several states merge one short range for each of them.
CREATE INDEX cloud_deployments_newest ON cloud_deployments (inserted_at DESC, id DESC);
CREATE INDEX cloud_deployments_state_newest ON cloud_deployments (state, inserted_at DESC, id DESC);
CREATE INDEX cloud_deployments_state_since ON cloud_deployments (state, state_since, id);
CREATE INDEX cloud_deployments_state_name ON cloud_deployments (state, lower(name), id);

CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON cloud_deployments FOR EACH ROW EXECUTE FUNCTION stamp_record();

-- A new deployment stands in its state from the moment it is stored.
-- +goose StatementBegin
CREATE FUNCTION stamp_first_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT arcadia_loading() THEN
    NEW.state_since := NEW.inserted_at;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER stamp_state BEFORE INSERT ON cloud_deployments FOR EACH ROW EXECUTE FUNCTION stamp_first_state();

-- The version rises by one exactly when the state changes; every other edit raises edit_version by one.
-- +goose StatementBegin
CREATE FUNCTION guard_deployment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.tenant_id <> OLD.tenant_id THEN
    RAISE EXCEPTION 'a deployment stays with its tenant'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'tenant_is_kept';
  END IF;
  IF NEW.version <> OLD.version + (NEW.state <> OLD.state)::integer THEN
    RAISE EXCEPTION 'the version rises by one exactly when the state changes'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_follows_state';
  END IF;
  IF NEW.state = OLD.state AND NEW.state_since <> OLD.state_since THEN
    RAISE EXCEPTION 'state_since changes only with the state'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'since_follows_state';
  END IF;
  IF NEW.edit_version <> OLD.edit_version + (
       (NEW.slug, NEW.name, NEW.hostname, NEW.app, NEW.app_version, NEW.plan, NEW.price_cents, NEW.currency, NEW.region, NEW.size,
        NEW.trial_ends_at, NEW.droplet_id, NEW.address)
       IS DISTINCT FROM
       (OLD.slug, OLD.name, OLD.hostname, OLD.app, OLD.app_version, OLD.plan, OLD.price_cents, OLD.currency, OLD.region, OLD.size,
        OLD.trial_ends_at, OLD.droplet_id, OLD.address))::integer THEN
    RAISE EXCEPTION 'an edit raises edit_version by one'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'edit_version_follows_edits';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER guard BEFORE UPDATE ON cloud_deployments FOR EACH ROW EXECUTE FUNCTION guard_deployment();

-- +goose Down
DROP TABLE cloud_deployments;
DROP FUNCTION guard_deployment;
DROP FUNCTION stamp_first_state;
DROP TABLE transitions;
