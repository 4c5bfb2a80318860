-- +goose Up

-- How many tenants there are, and how many deployments in each state: read on every page, so never counted there.
-- Each subject is spread over 16 rows, and a transaction touches the one of its connection, so that transactions do
-- not queue on one row; a 17th is for imports, which hold theirs for seconds and would make others wait. A statement adds up what it changes and takes the rows in the order of the subject.
CREATE TABLE counters (
  subject text NOT NULL, -- a state, or 'tenants'
  slot    smallint NOT NULL CHECK (slot BETWEEN 0 AND 16),
  n       bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (subject, slot)
) WITH (fillfactor = 40);

INSERT INTO counters (subject, slot)
SELECT subject, slot
  FROM unnest(ARRAY['tenants', 'provisioning', 'trial', 'active', 'paused', 'past_due', 'suspended', 'cancelled', 'archived']) subject,
       generate_series(0, 16) slot;

-- +goose StatementBegin
CREATE FUNCTION counter_slot() RETURNS smallint LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('arcadia.counter_slot', true), ''), (pg_backend_pid() % 16)::text)::smallint
$$;

CREATE FUNCTION count_inserted_deployments() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE change record;
BEGIN
  FOR change IN SELECT state, count(*) AS n FROM new_rows GROUP BY state ORDER BY state LOOP
    UPDATE counters SET n = n + change.n WHERE subject = change.state AND slot = counter_slot();
    IF NOT FOUND THEN RAISE EXCEPTION 'there is no counter of % in slot %', change.state, counter_slot(); END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION count_updated_deployments() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE change record;
BEGIN
  FOR change IN
    SELECT state, sum(n) AS n
      FROM (SELECT state, 1 AS n FROM new_rows UNION ALL SELECT state, -1 FROM old_rows) moved
     GROUP BY state HAVING sum(n) <> 0 ORDER BY state
  LOOP
    UPDATE counters SET n = n + change.n WHERE subject = change.state AND slot = counter_slot();
    IF NOT FOUND THEN RAISE EXCEPTION 'there is no counter of % in slot %', change.state, counter_slot(); END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION count_inserted_tenants() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE counters SET n = n + (SELECT count(*) FROM new_rows) WHERE subject = 'tenants' AND slot = counter_slot();
  IF NOT FOUND THEN RAISE EXCEPTION 'there is no counter of tenants in slot %', counter_slot(); END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never removed', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'rows_are_kept';
END $$;
-- +goose StatementEnd

CREATE TRIGGER count_inserted AFTER INSERT ON cloud_deployments
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_inserted_deployments();
CREATE TRIGGER count_updated AFTER UPDATE ON cloud_deployments
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_updated_deployments();
CREATE TRIGGER count_inserted AFTER INSERT ON cloud_tenants
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_inserted_tenants();

-- These run with the rights of the owner. Nobody else may hang them on a table of its own and so count what is not there.
REVOKE EXECUTE ON FUNCTION count_inserted_deployments, count_updated_deployments, count_inserted_tenants FROM PUBLIC;

-- What is counted is never removed: an archived record stays.
CREATE TRIGGER keep_rows BEFORE DELETE ON cloud_deployments FOR EACH ROW EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON cloud_deployments FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_rows BEFORE DELETE ON cloud_tenants FOR EACH ROW EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON cloud_tenants FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete();

-- +goose Down
DROP TRIGGER keep_table ON cloud_tenants;
DROP TRIGGER keep_rows ON cloud_tenants;
DROP TRIGGER keep_table ON cloud_deployments;
DROP TRIGGER keep_rows ON cloud_deployments;
DROP TRIGGER count_inserted ON cloud_tenants;
DROP TRIGGER count_updated ON cloud_deployments;
DROP TRIGGER count_inserted ON cloud_deployments;
DROP FUNCTION refuse_delete;
DROP FUNCTION count_inserted_tenants;
DROP FUNCTION count_updated_deployments;
DROP FUNCTION count_inserted_deployments;
DROP FUNCTION counter_slot;
DROP TABLE counters;
