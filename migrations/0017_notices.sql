-- +goose Up

-- Whoever watches is told what was committed, in whichever process: LISTEN arcadia_changes. The payload is the kind, the
-- deployment and the tenant, with '-' for what it does not name; a line without either says that much changed at once.
-- What is said twice in one transaction arrives once, and what is rolled back is never said.
-- +goose StatementBegin
CREATE FUNCTION notify_change(kind text, deployment uuid, tenant uuid) RETURNS void LANGUAGE sql AS $$
  SELECT pg_notify('arcadia_changes', kind || ' ' || coalesce(deployment::text, '-') || ' ' || coalesce(tenant::text, '-'))
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
DROP FUNCTION notify_change;
