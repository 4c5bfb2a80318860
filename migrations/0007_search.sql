-- +goose Up

-- The searched text of a deployment stands in a table of its own: a change of state, which writes every index of
-- cloud_deployments, then leaves the costly trigram index alone. inserted_at is copied so that a search for a common
-- word can walk from the newest and stop early.
CREATE TABLE cloud_deployment_search (
  deployment_id uuid PRIMARY KEY REFERENCES cloud_deployments (id),
  tenant_id     uuid NOT NULL,
  inserted_at   timestamptz NOT NULL,
  doc           text NOT NULL -- lower case, a space at each end: slug, name, hostname, app, tenant's name and slug
);

CREATE INDEX cloud_deployment_search_doc ON cloud_deployment_search USING gin (doc gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX cloud_deployment_search_newest ON cloud_deployment_search (inserted_at DESC, deployment_id DESC);
CREATE INDEX cloud_deployment_search_tenant ON cloud_deployment_search (tenant_id);

-- +goose StatementBegin
CREATE FUNCTION deployment_doc(d cloud_deployments, t cloud_tenants) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT lower(concat_ws(' ', '', d.slug, d.name, d.hostname, d.app, t.name, t.slug, ''))
$$;

CREATE FUNCTION index_deployment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO cloud_deployment_search (deployment_id, tenant_id, inserted_at, doc)
  SELECT NEW.id, NEW.tenant_id, NEW.inserted_at, deployment_doc(NEW, t) FROM cloud_tenants t WHERE t.id = NEW.tenant_id
  ON CONFLICT (deployment_id) DO UPDATE SET doc = EXCLUDED.doc;
  RETURN NULL;
END $$;

CREATE FUNCTION index_tenant() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE cloud_deployment_search s SET doc = deployment_doc(d, NEW)
    FROM cloud_deployments d WHERE d.tenant_id = NEW.id AND s.deployment_id = d.id;
  RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER index_deployment AFTER INSERT OR UPDATE OF slug, name, hostname, app ON cloud_deployments
  FOR EACH ROW EXECUTE FUNCTION index_deployment();
CREATE TRIGGER index_tenant AFTER UPDATE OF name, slug ON cloud_tenants
  FOR EACH ROW EXECUTE FUNCTION index_tenant();

-- These run with the rights of the owner. Nobody else may hang them on a table of its own and so change what is found.
REVOKE EXECUTE ON FUNCTION index_deployment, index_tenant FROM PUBLIC;

-- +goose Down
DROP TRIGGER index_tenant ON cloud_tenants;
DROP TRIGGER index_deployment ON cloud_deployments;
DROP FUNCTION index_tenant;
DROP FUNCTION index_deployment;
DROP FUNCTION deployment_doc;
DROP TABLE cloud_deployment_search;
