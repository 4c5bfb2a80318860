-- +goose Up

-- Each row of the record carries the transaction that wrote it. A transaction that is over for everybody can add no more
-- rows, so what is older than the oldest that still runs is complete and can be sealed. In a database that was restored
-- elsewhere transactions begin anew; there the owner puts another offset in place.
-- +goose StatementBegin
CREATE FUNCTION tick_offset() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT 0::bigint $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION written_tick() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT pg_current_xact_id()::text::bigint + public.tick_offset() $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION tick_horizon() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + public.tick_offset()
$$;
-- +goose StatementEnd

-- What is there already is sealed first. Without a default while the column is added no row is rewritten.
ALTER TABLE cloud_deployment_events ADD COLUMN tick bigint NOT NULL DEFAULT 0;
ALTER TABLE cloud_notes ADD COLUMN tick bigint NOT NULL DEFAULT 0;
ALTER TABLE cloud_edits ADD COLUMN tick bigint NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN tick bigint NOT NULL DEFAULT 0;
ALTER TABLE cloud_deployment_events ALTER COLUMN tick SET DEFAULT written_tick();
ALTER TABLE cloud_notes ALTER COLUMN tick SET DEFAULT written_tick();
ALTER TABLE cloud_edits ALTER COLUMN tick SET DEFAULT written_tick();
ALTER TABLE activity ALTER COLUMN tick SET DEFAULT written_tick();
-- In the order of the chain: a load of millions of rows has one tick, and is sealed and verified part by part.
CREATE INDEX cloud_deployment_events_tick ON cloud_deployment_events (tick, deployment_id, version);
CREATE INDEX cloud_notes_tick ON cloud_notes (tick, id);
CREATE INDEX cloud_edits_tick ON cloud_edits (tick, id);
CREATE INDEX activity_tick ON activity (tick, id);

-- The activity page: everything by time, and by person and time. What one request did to many deployments is one entry there: the
-- event of the least ID stands for the others, which are left out of the indexes, so that an import of 50,000 rows is passed over in one step.
ALTER TABLE cloud_deployment_events ADD COLUMN grouped boolean NOT NULL DEFAULT false;
CREATE INDEX cloud_deployment_events_time ON cloud_deployment_events (occurred_at, deployment_id, version) WHERE NOT grouped;
CREATE INDEX cloud_deployment_events_actor ON cloud_deployment_events (actor, occurred_at) WHERE NOT grouped;
CREATE INDEX cloud_notes_time ON cloud_notes (occurred_at, id);
CREATE INDEX cloud_edits_time ON cloud_edits (occurred_at, id);
CREATE INDEX cloud_notes_actor ON cloud_notes (actor, occurred_at);
CREATE INDEX cloud_edits_actor ON cloud_edits (actor, occurred_at);
CREATE INDEX activity_kind ON activity (kind, occurred_at DESC, id DESC);
-- About something, whatever kind it is: an ID is nothing else's.
DROP INDEX activity_object;
CREATE INDEX activity_object ON activity (object_id, occurred_at DESC, id DESC);

-- A chain over the record: each seal covers some rows, in their order, and the seal before it.
CREATE TABLE seals (
  number    bigint PRIMARY KEY CHECK (number >= 1),
  sealed_at timestamptz NOT NULL,
  entries   bytea NOT NULL CHECK (octet_length(entries) > 0 AND octet_length(entries) % 61 = 0), -- tick, kind, key, SHA-256 of each row
  hash      bytea NOT NULL CHECK (octet_length(hash) = 32)                                       -- over the hash before, number, time, entries
);
CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON seals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON seals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The key that signs checkpoints where the operator named none: one row.
CREATE TABLE seal_keys (
  id          boolean PRIMARY KEY DEFAULT true CHECK (id),
  seed        bytea NOT NULL CHECK (octet_length(seed) = 32), -- of Ed25519
  inserted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON seal_keys FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON seal_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose StatementBegin
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'arcadia_app') THEN
    GRANT SELECT, INSERT ON seals, seal_keys TO arcadia_app;
  END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE seal_keys;
DROP TABLE seals;
DROP INDEX activity_object;
CREATE INDEX activity_object ON activity (object_kind, object_id, occurred_at DESC, id DESC);
DROP INDEX activity_kind, cloud_edits_actor, cloud_notes_actor, cloud_edits_time, cloud_notes_time, cloud_deployment_events_actor, cloud_deployment_events_time;
ALTER TABLE activity DROP COLUMN tick;
ALTER TABLE cloud_edits DROP COLUMN tick;
ALTER TABLE cloud_notes DROP COLUMN tick;
ALTER TABLE cloud_deployment_events DROP COLUMN tick, DROP COLUMN grouped;
DROP FUNCTION tick_horizon;
DROP FUNCTION written_tick;
DROP FUNCTION tick_offset;
