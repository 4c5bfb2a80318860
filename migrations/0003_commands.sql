-- +goose Up

-- One request by one actor under one key. A resend of the same key finds the outcome here. Outcomes that left nothing
-- behind because they were refused are not stored: the same key may try again.
CREATE TABLE commands (
  id          uuid PRIMARY KEY,
  actor_kind  text NOT NULL CHECK (actor_kind IN ('staff', 'api', 'system', 'policy')),
  actor       text NOT NULL CHECK (btrim(actor) <> ''),
  key         text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 200),
  body_hash   bytea NOT NULL CHECK (octet_length(body_hash) = 32), -- SHA-256 of what was asked
  kind        text NOT NULL CHECK (kind <> ''),                     -- transition, account, deployment, tenant, note, load
  tenant_id   uuid REFERENCES cloud_tenants (id),
  action      text NOT NULL DEFAULT '',
  outcome     jsonb NOT NULL,
  inserted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (actor_kind, actor, key)
);

-- The last account action of a kind: what an account resume brings back.
CREATE INDEX commands_account ON commands (tenant_id, action, inserted_at DESC) WHERE kind = 'account';

-- What a person saw before confirming an account action: which deployments, at which versions.
CREATE TABLE account_previews (
  id          uuid PRIMARY KEY,
  tenant_id   uuid NOT NULL REFERENCES cloud_tenants (id),
  action      text NOT NULL CHECK (action <> ''),
  actor_kind  text NOT NULL,
  actor       text NOT NULL CHECK (btrim(actor) <> ''),
  frozen      jsonb NOT NULL, -- [{"id", "version", "moves"}] of all deployments of the tenant, by id
  inserted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX account_previews_age ON account_previews (inserted_at);

-- +goose StatementBegin
CREATE FUNCTION stamp_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT arcadia_loading() THEN
    NEW.inserted_at := clock_timestamp();
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER stamp BEFORE INSERT ON commands FOR EACH ROW EXECUTE FUNCTION stamp_inserted();
CREATE TRIGGER stamp BEFORE INSERT ON account_previews FOR EACH ROW EXECUTE FUNCTION stamp_inserted();

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'rows_are_kept';
END $$;
-- +goose StatementEnd

CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON commands FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON commands FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE account_previews;
DROP TABLE commands;
DROP FUNCTION refuse_change;
DROP FUNCTION stamp_inserted;
