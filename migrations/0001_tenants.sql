-- +goose Up

-- Trigram search, in names and addresses alike. A trusted extension: owning the database is enough to create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE cloud_tenants (
  id                   uuid PRIMARY KEY,
  name                 text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
  slug                 text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  email                text NOT NULL CHECK (email LIKE '_%@_%' AND char_length(email) <= 254),
  billing_email        text NOT NULL DEFAULT '' CHECK (billing_email = '' OR billing_email LIKE '_%@_%'),
  external_customer_id text NOT NULL DEFAULT '' CHECK (char_length(external_customer_id) <= 200),
  time_zone            text NOT NULL DEFAULT 'UTC' CHECK (time_zone <> ''),
  edit_version         integer NOT NULL DEFAULT 1 CHECK (edit_version >= 1),
  inserted_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  search               text GENERATED ALWAYS AS (
                         lower(' ' || name || ' ' || slug || ' ' || email || ' ' || billing_email || ' ' || external_customer_id)
                       ) STORED
);

CREATE INDEX cloud_tenants_newest ON cloud_tenants (inserted_at DESC, id DESC);
CREATE INDEX cloud_tenants_name ON cloud_tenants (lower(name), id);
CREATE INDEX cloud_tenants_search ON cloud_tenants USING gin (search gin_trgm_ops) WITH (fastupdate = off);

-- Times are set by the database, whatever a client says. Only the owner of the tables, when it loads a history and
-- says so by "SET arcadia.loading = on", states them itself. The tables are named with their schema, here and in every
-- trigger: a session's temporary table of the same name would otherwise be looked at instead.
-- +goose StatementBegin
CREATE FUNCTION arcadia_loading() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(current_setting('arcadia.loading', true), '') = 'on'
     AND pg_has_role(current_user, (SELECT relowner FROM pg_catalog.pg_class WHERE oid = 'public.cloud_tenants'::pg_catalog.regclass), 'MEMBER')
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION stamp_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.id <> OLD.id OR NEW.inserted_at <> OLD.inserted_at) THEN
    RAISE EXCEPTION 'id and inserted_at of % never change', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'identity_is_kept';
  END IF;
  IF NOT arcadia_loading() THEN
    NEW.updated_at := clock_timestamp();
    IF TG_OP = 'INSERT' THEN NEW.inserted_at := NEW.updated_at; END IF;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON cloud_tenants FOR EACH ROW EXECUTE FUNCTION stamp_record();

-- +goose Down
DROP TABLE cloud_tenants;
DROP FUNCTION stamp_record;
DROP FUNCTION arcadia_loading;
