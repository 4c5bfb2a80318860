-- +goose Up

-- What somebody writes on a tenant or a deployment without a move. Corrected by a further note, never edited.
CREATE TABLE cloud_notes (
  id            uuid PRIMARY KEY,
  tenant_id     uuid NOT NULL REFERENCES cloud_tenants (id),
  deployment_id uuid,
  notes         text NOT NULL CHECK (char_length(notes) BETWEEN 1 AND 10000),
  actor_kind    text NOT NULL CHECK (actor_kind IN ('staff', 'api', 'system', 'policy')),
  actor         text NOT NULL CHECK (btrim(actor) <> ''),
  actor_name    text NOT NULL CHECK (btrim(actor_name) <> ''),
  actor_roles   text NOT NULL DEFAULT '',
  command_id    uuid NOT NULL UNIQUE REFERENCES commands (id),
  occurred_at   timestamptz NOT NULL,
  FOREIGN KEY (tenant_id, deployment_id) REFERENCES cloud_deployments (tenant_id, id)
);

CREATE INDEX cloud_notes_deployment ON cloud_notes (deployment_id, occurred_at DESC, id DESC) WHERE deployment_id IS NOT NULL;
CREATE INDEX cloud_notes_tenant ON cloud_notes (tenant_id, occurred_at DESC, id DESC);

-- What was edited on a tenant or a deployment besides its state, and by whom; the first entry of a tenant is its creation.
CREATE TABLE cloud_edits (
  id            uuid PRIMARY KEY,
  tenant_id     uuid NOT NULL REFERENCES cloud_tenants (id),
  deployment_id uuid,
  changes       jsonb NOT NULL, -- [{"field", "from", "to"}]; empty for a creation
  actor_kind    text NOT NULL CHECK (actor_kind IN ('staff', 'api', 'system', 'policy')),
  actor         text NOT NULL CHECK (btrim(actor) <> ''),
  actor_name    text NOT NULL CHECK (btrim(actor_name) <> ''),
  actor_roles   text NOT NULL DEFAULT '',
  occurred_at   timestamptz NOT NULL,
  FOREIGN KEY (tenant_id, deployment_id) REFERENCES cloud_deployments (tenant_id, id)
);

CREATE INDEX cloud_edits_deployment ON cloud_edits (deployment_id, occurred_at DESC, id DESC) WHERE deployment_id IS NOT NULL;
CREATE INDEX cloud_edits_tenant ON cloud_edits (tenant_id, occurred_at DESC, id DESC);

-- +goose StatementBegin
CREATE FUNCTION stamp_occurred() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT arcadia_loading() THEN
    NEW.occurred_at := clock_timestamp();
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER stamp BEFORE INSERT ON cloud_notes FOR EACH ROW EXECUTE FUNCTION stamp_occurred();
CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON cloud_notes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON cloud_notes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER stamp BEFORE INSERT ON cloud_edits FOR EACH ROW EXECUTE FUNCTION stamp_occurred();
CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON cloud_edits FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON cloud_edits FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE cloud_edits;
DROP TABLE cloud_notes;
DROP FUNCTION stamp_occurred;
