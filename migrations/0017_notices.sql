-- +goose Up

-- Whoever watches is told what was committed, in whichever process. NOTIFY takes a lock of the whole server from before the
-- commit until after it, so that commits that notify go one after another. Therefore what changed is written down here in the
-- transaction of the change, and taken out and told by a process that serves, after it. A server that crashes empties the
-- table: everybody reads anew then.
CREATE UNLOGGED TABLE outbox (
  id            bigint GENERATED ALWAYS AS IDENTITY,
  kind          text NOT NULL CHECK (kind ~ '^[a-z]+$'),
  deployment_id uuid,
  tenant_id     uuid
);

-- A line without deployment and tenant says that much changed at once. What is rolled back is never said.
-- +goose StatementBegin
CREATE FUNCTION notify_change(kind text, deployment uuid, tenant uuid) RETURNS void LANGUAGE sql AS $$
  INSERT INTO public.outbox (kind, deployment_id, tenant_id) VALUES (kind, deployment, tenant)
$$;

-- Tells what waits: LISTEN arcadia_changes. The payload is the kind, the deployment and the tenant, with '-' for what it does
-- not name. What was written several times is told once, and more than 50 changes of a kind are told as one.
CREATE FUNCTION tell_changes() RETURNS void LANGUAGE sql AS $$
  WITH told AS (DELETE FROM public.outbox RETURNING *),
  once AS (SELECT kind, deployment_id, tenant_id, min(id) AS id FROM told GROUP BY 1, 2, 3),
  few AS (SELECT *, count(*) OVER (PARTITION BY kind) > 50 AS many FROM once),
  news AS (
    SELECT kind, CASE WHEN many THEN NULL ELSE deployment_id END AS deployment, CASE WHEN many THEN NULL ELSE tenant_id END AS tenant, min(id) AS id
      FROM few GROUP BY 1, 2, 3 ORDER BY 4)
  SELECT pg_notify('arcadia_changes', kind || ' ' || coalesce(deployment::text, '-') || ' ' || coalesce(tenant::text, '-')) FROM news
$$;

CREATE FUNCTION notify_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF arcadia_loading() OR (SELECT count(*) FROM new_rows) > 50 THEN
    PERFORM public.notify_change('move', NULL, NULL);
  ELSE
    PERFORM public.notify_change('move', d.id, d.tenant_id)
       FROM new_rows n JOIN public.cloud_deployments d ON d.id = n.deployment_id;
  END IF;
  RETURN NULL;
END $$;

-- Notes and edits name their tenant themselves. The argument is the kind.
CREATE FUNCTION notify_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF arcadia_loading() OR (SELECT count(*) FROM new_rows) > 50 THEN
    PERFORM public.notify_change(TG_ARGV[0], NULL, NULL);
  ELSE
    PERFORM public.notify_change(TG_ARGV[0], n.deployment_id, n.tenant_id) FROM new_rows n;
  END IF;
  RETURN NULL;
END $$;

DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'arcadia_app') THEN
    GRANT SELECT, INSERT, DELETE ON outbox TO arcadia_app;
  END IF;
END $$;
-- +goose StatementEnd

CREATE TRIGGER notify_inserted AFTER INSERT ON cloud_deployment_events
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION notify_events();
CREATE TRIGGER notify_inserted AFTER INSERT ON cloud_notes
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION notify_records('note');
CREATE TRIGGER notify_inserted AFTER INSERT ON cloud_edits
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION notify_records('edit');

-- +goose Down
DROP TRIGGER notify_inserted ON cloud_edits;
DROP TRIGGER notify_inserted ON cloud_notes;
DROP TRIGGER notify_inserted ON cloud_deployment_events;
DROP FUNCTION notify_records;
DROP FUNCTION notify_events;
DROP FUNCTION tell_changes;
DROP FUNCTION notify_change;
DROP TABLE outbox;
