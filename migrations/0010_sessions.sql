-- +goose Up

-- Who is signed in. Of the token in the cookie only its SHA-256 is kept.
CREATE TABLE sessions (
  token_hash    bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  id            uuid NOT NULL UNIQUE,               -- by which a person ends it
  staff_id      uuid NOT NULL REFERENCES staff (id),
  method        text NOT NULL CHECK (method IN ('password', 'passkey', 'link', 'single_sign_on')),
  device        text NOT NULL DEFAULT '',           -- what the browser says of itself, shortened
  address       text NOT NULL DEFAULT '',
  signed_in_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  stepped_up_at timestamptz NOT NULL DEFAULT clock_timestamp() -- when the person last proved who it is
);
CREATE INDEX sessions_staff ON sessions (staff_id);
CREATE INDEX sessions_seen ON sessions (seen_at);

-- What happens between two requests of one sign-in: the second factor that is awaited, the challenge of a passkey.
CREATE TABLE sign_in_steps (
  token_hash  bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  staff_id    uuid REFERENCES staff (id),
  kind        text NOT NULL CHECK (kind IN ('second_factor', 'passkey', 'new_passkey')),
  data        jsonb NOT NULL DEFAULT '{}',
  expires_at  timestamptz NOT NULL
);
CREATE INDEX sign_in_steps_expiry ON sign_in_steps (expires_at);

-- Guesses at passwords and codes, by account and by address, in windows of 15 minutes. Counted before anything is checked.
CREATE TABLE guesses (
  subject    text PRIMARY KEY,                      -- 'account:…' or 'address:…'
  started_at timestamptz NOT NULL,
  n          integer NOT NULL
);
CREATE INDEX guesses_started ON guesses (started_at);

-- +goose StatementBegin
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'arcadia_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, sign_in_steps, guesses TO arcadia_app;
  END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE guesses;
DROP TABLE sign_in_steps;
DROP TABLE sessions;
