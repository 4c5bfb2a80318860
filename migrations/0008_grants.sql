-- +goose Up

-- The serving role has no more than it needs. Where it does not exist (one role for everything), the triggers hold.
-- +goose StatementBegin
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'arcadia_app') THEN
    RETURN;
  END IF;
  GRANT USAGE ON SCHEMA public TO arcadia_app;
  GRANT SELECT ON transitions, counters, cloud_deployment_search, goose_db_version TO arcadia_app;
  GRANT SELECT, INSERT ON cloud_deployment_events, cloud_notes, cloud_edits, commands TO arcadia_app;
  GRANT SELECT, INSERT, UPDATE ON cloud_tenants, cloud_deployments TO arcadia_app;
  GRANT SELECT, INSERT, DELETE ON account_previews TO arcadia_app;
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'arcadia_app') THEN
    REVOKE ALL ON ALL TABLES IN SCHEMA public FROM arcadia_app;
  END IF;
END $$;
-- +goose StatementEnd
