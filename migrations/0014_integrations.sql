-- +goose Up

-- Programs that act on the console by the API. What they did carries their slug, which never changes.
CREATE TABLE integrations (
  id           uuid PRIMARY KEY,
  slug         text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name         text NOT NULL CHECK (btrim(name) <> '' AND char_length(name) <= 100),
  description  text NOT NULL DEFAULT '' CHECK (char_length(description) <= 500),
  roles        text NOT NULL CHECK (roles ~ '^(viewer|support|billing|operator)(,(viewer|support|billing|operator))*$'), -- never admin
  status       text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  edit_version integer NOT NULL DEFAULT 1 CHECK (edit_version >= 1),
  inserted_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Their tokens, several at once. Of a token only its SHA-256 is kept, and its beginning, which is no secret: by that one
-- people tell tokens apart, and find out whose it is that turned up where it should not.
CREATE TABLE integration_tokens (
  id             uuid PRIMARY KEY,
  integration_id uuid NOT NULL REFERENCES integrations (id),
  code           text NOT NULL UNIQUE CHECK (code ~ '^arc_[0-9A-Za-z]{8}$'),
  token_hash     bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
  label          text NOT NULL DEFAULT '' CHECK (char_length(label) <= 100),
  form_key       text NOT NULL CHECK (char_length(form_key) BETWEEN 1 AND 200), -- of the form that asked for it
  made_by        text NOT NULL CHECK (btrim(made_by) <> ''),
  made_by_name   text NOT NULL CHECK (btrim(made_by_name) <> ''),               -- as it was then
  expires_at     timestamptz NOT NULL,
  revoked_at     timestamptz,
  revoked_by     text NOT NULL DEFAULT '',                                      -- name of who revoked it, as it was then
  last_used_at   timestamptz,                                                   -- to the minute
  last_used_from text NOT NULL DEFAULT '',
  inserted_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT ends_within_a_year CHECK (expires_at > inserted_at AND expires_at <= inserted_at + interval '367 days'),
  CONSTRAINT revoked_by_somebody CHECK ((revoked_at IS NULL) = (revoked_by = ''))
);
CREATE INDEX integration_tokens_integration ON integration_tokens (integration_id);
-- A form that is sent again leaves no second token that works and that nobody has seen.
CREATE UNIQUE INDEX integration_tokens_form ON integration_tokens (made_by, form_key) WHERE revoked_at IS NULL;

-- The newest moves of an integration. Moves of people, which are nearly all, are not in it and cost nothing.
CREATE INDEX cloud_deployment_events_api ON cloud_deployment_events (actor, occurred_at DESC) WHERE actor_kind = 'api';

-- +goose StatementBegin
CREATE FUNCTION keep_integration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.slug <> OLD.slug THEN
    RAISE EXCEPTION 'the slug of an integration never changes'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'identity_is_kept';
  END IF;
  RETURN NEW;
END $$;

-- What a token is and until when it works is said once. It can be revoked, and stays revoked.
CREATE FUNCTION keep_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT arcadia_loading() THEN NEW.inserted_at := clock_timestamp(); END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.integration_id, NEW.code, NEW.token_hash, NEW.label, NEW.form_key, NEW.made_by, NEW.made_by_name, NEW.expires_at, NEW.inserted_at)
     IS DISTINCT FROM
     (OLD.id, OLD.integration_id, OLD.code, OLD.token_hash, OLD.label, OLD.form_key, OLD.made_by, OLD.made_by_name, OLD.expires_at, OLD.inserted_at)
     OR OLD.revoked_at IS NOT NULL AND (NEW.revoked_at, NEW.revoked_by) IS DISTINCT FROM (OLD.revoked_at, OLD.revoked_by)
  THEN
    RAISE EXCEPTION 'a token is revoked, and otherwise stays as it was made'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'identity_is_kept';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON integrations FOR EACH ROW EXECUTE FUNCTION stamp_record();
CREATE TRIGGER keep_slug BEFORE UPDATE ON integrations FOR EACH ROW EXECUTE FUNCTION keep_integration();
CREATE TRIGGER keep_rows BEFORE DELETE ON integrations FOR EACH ROW EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON integrations FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_token BEFORE INSERT OR UPDATE ON integration_tokens FOR EACH ROW EXECUTE FUNCTION keep_token();
CREATE TRIGGER keep_rows BEFORE DELETE ON integration_tokens FOR EACH ROW EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON integration_tokens FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete();

-- +goose StatementBegin
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'arcadia_app') THEN
    GRANT SELECT, INSERT ON integrations, integration_tokens TO arcadia_app;
    GRANT UPDATE (name, description, roles, status, edit_version) ON integrations TO arcadia_app;
    GRANT UPDATE (revoked_at, revoked_by, last_used_at, last_used_from) ON integration_tokens TO arcadia_app;
  END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP INDEX cloud_deployment_events_api;
DROP TABLE integration_tokens;
DROP TABLE integrations;
DROP FUNCTION keep_token;
DROP FUNCTION keep_integration;
