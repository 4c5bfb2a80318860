-- +goose Up

-- What anybody did besides the moves of deployments, which are events: sign-ins, failures, changes of staff and settings.
-- Names are copied, so that the record stays true when the person or the object goes.
CREATE TABLE activity (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor_kind  text NOT NULL CHECK (actor_kind IN ('staff', 'api', 'system', 'policy', 'nobody')),
  actor       text NOT NULL,
  actor_name  text NOT NULL,
  actor_roles text NOT NULL DEFAULT '',
  kind        text NOT NULL CHECK (kind <> ''),     -- sign_in, sign_in_failed, sign_out, staff_invited, …
  object_kind text NOT NULL DEFAULT '',             -- staff, session, passkey, tenant, deployment, …
  object_id   text NOT NULL DEFAULT '',
  object_name text NOT NULL DEFAULT '',
  changes     jsonb NOT NULL DEFAULT '[]',          -- [{"field", "from", "to"}]
  address     text NOT NULL DEFAULT ''
);
CREATE INDEX activity_time ON activity (occurred_at DESC, id DESC);
CREATE INDEX activity_actor ON activity (actor, occurred_at DESC, id DESC);
CREATE INDEX activity_object ON activity (object_kind, object_id, occurred_at DESC, id DESC);

CREATE TRIGGER stamp BEFORE INSERT ON activity FOR EACH ROW EXECUTE FUNCTION stamp_occurred();
CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON activity FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON activity FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose StatementBegin
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'arcadia_app') THEN
    GRANT SELECT, INSERT ON activity TO arcadia_app;
  END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE activity;
