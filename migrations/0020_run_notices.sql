-- +goose Up

-- What becomes of runs is told once for each statement, however many it changes: an account action begins hundreds. An
-- update by which nobody sees anything, as that of who works on a run and until when, is not told.
-- +goose StatementBegin
CREATE FUNCTION notify_deployments(deployments uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(deployments) > 50 OR cardinality(deployments) > 0 AND arcadia_loading() THEN
    PERFORM public.notify_change('run', NULL, NULL);
  ELSE
    PERFORM public.notify_change('run', d.id, d.tenant_id) FROM public.cloud_deployments d WHERE d.id = ANY (deployments);
  END IF;
END $$;

CREATE FUNCTION notify_new_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.notify_deployments(ARRAY (SELECT DISTINCT n.deployment_id FROM new_rows n));
  RETURN NULL;
END $$;

CREATE FUNCTION notify_changed_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.notify_deployments(ARRAY (
    SELECT DISTINCT n.deployment_id FROM new_rows n JOIN old_rows o USING (id)
     WHERE (n.status, n.step, n.error, n.next_try_at, n.droplet_id, n.aborted_at, n.ending, n.finished_at)
           IS DISTINCT FROM
           (o.status, o.step, o.error, o.next_try_at, o.droplet_id, o.aborted_at, o.ending, o.finished_at)));
  RETURN NULL;
END $$;

-- Steps are inserted with their run, which is told.
CREATE FUNCTION notify_changed_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.notify_deployments(ARRAY (
    SELECT DISTINCT r.deployment_id FROM new_rows n JOIN old_rows o USING (run_id, position) JOIN public.runs r ON r.id = n.run_id
     WHERE (n.status, n.attempt, n.undo_attempt, n.error, n.next_try_at, n.deadline_at, n.finished_at, n.undone_at)
           IS DISTINCT FROM
           (o.status, o.attempt, o.undo_attempt, o.error, o.next_try_at, o.deadline_at, o.finished_at, o.undone_at)));
  RETURN NULL;
END $$;

-- What a sweep found is on one page only, and concerns no deployment.
CREATE FUNCTION notify_sweeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM new_rows) THEN
    PERFORM public.notify_change('sweep', NULL, NULL);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION notify_end_of_sweep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.notify_change('sweep', NULL, NULL);
  RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER notify_inserted AFTER INSERT ON runs
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION notify_new_runs();
CREATE TRIGGER notify_updated AFTER UPDATE ON runs
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION notify_changed_runs();
CREATE TRIGGER notify_updated AFTER UPDATE ON run_steps
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION notify_changed_steps();
CREATE TRIGGER notify_inserted AFTER INSERT ON sweep_findings
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION notify_sweeps();
CREATE TRIGGER notify_updated AFTER UPDATE ON sweep_findings
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION notify_sweeps();
CREATE TRIGGER notify_ended AFTER UPDATE ON sweeps FOR EACH ROW
  WHEN (NEW.finished_at IS NOT NULL AND OLD.finished_at IS NULL) EXECUTE FUNCTION notify_end_of_sweep();

-- +goose Down
DROP TRIGGER notify_ended ON sweeps;
DROP TRIGGER notify_updated ON sweep_findings;
DROP TRIGGER notify_inserted ON sweep_findings;
DROP TRIGGER notify_updated ON run_steps;
DROP TRIGGER notify_updated ON runs;
DROP TRIGGER notify_inserted ON runs;
DROP FUNCTION notify_sweeps;
DROP FUNCTION notify_end_of_sweep;
DROP FUNCTION notify_changed_steps;
DROP FUNCTION notify_changed_runs;
DROP FUNCTION notify_new_runs;
DROP FUNCTION notify_deployments;
