-- +goose Up

-- The people who work with the console.
CREATE TABLE staff (
  id              uuid PRIMARY KEY,
  email           text NOT NULL UNIQUE CHECK (email = lower(email) AND email LIKE '_%@_%' AND char_length(email) <= 254),
  name            text NOT NULL CHECK (btrim(name) <> '' AND char_length(name) <= 200),
  roles           text NOT NULL CHECK (roles ~ '^(viewer|support|billing|operator|admin)(,(viewer|support|billing|operator|admin))*$'),
  status          text NOT NULL CHECK (status IN ('invited', 'active', 'disabled')),
  time_zone       text NOT NULL DEFAULT 'UTC' CHECK (time_zone <> ''),
  theme           text NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
  density         text NOT NULL DEFAULT 'comfortable' CHECK (density IN ('comfortable', 'compact')),
  password_hash   text NOT NULL DEFAULT '',            -- argon2id, with its parameters; empty: none
  totp_secret     text NOT NULL DEFAULT '',            -- base32; empty: none
  totp_last_step  bigint NOT NULL DEFAULT 0,           -- of the newest code that was used: none is used twice
  last_sign_in_at timestamptz,
  edit_version    integer NOT NULL DEFAULT 1 CHECK (edit_version >= 1),
  inserted_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Passkeys (WebAuthn credentials). The public key and the counter stand in the credential.
CREATE TABLE staff_passkeys (
  id           bytea PRIMARY KEY,                       -- the credential's own id
  staff_id     uuid NOT NULL REFERENCES staff (id),
  label        text NOT NULL CHECK (char_length(label) BETWEEN 1 AND 100),
  credential   jsonb NOT NULL,
  inserted_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_used_at timestamptz
);
CREATE INDEX staff_passkeys_staff ON staff_passkeys (staff_id);

-- Recovery codes for those who lost their second factor: SHA-256 of each, deleted when used.
CREATE TABLE staff_recovery_codes (
  staff_id  uuid NOT NULL REFERENCES staff (id),
  code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
  PRIMARY KEY (staff_id, code_hash)
);

-- One-time links: an invitation, or a way back in. SHA-256 of the token, deleted when used.
CREATE TABLE staff_links (
  token_hash  bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  staff_id    uuid NOT NULL REFERENCES staff (id),
  purpose     text NOT NULL CHECK (purpose IN ('invitation', 'reset')),
  expires_at  timestamptz NOT NULL,
  inserted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX staff_links_staff ON staff_links (staff_id);

CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON staff FOR EACH ROW EXECUTE FUNCTION stamp_record();
CREATE TRIGGER keep_rows BEFORE DELETE ON staff FOR EACH ROW EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON staff FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete();

-- +goose StatementBegin
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'arcadia_app') THEN
    GRANT SELECT, INSERT, UPDATE ON staff TO arcadia_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON staff_passkeys, staff_recovery_codes, staff_links TO arcadia_app;
  END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE staff_links;
DROP TABLE staff_recovery_codes;
DROP TABLE staff_passkeys;
DROP TABLE staff;
