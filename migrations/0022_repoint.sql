-- +goose Up

-- Another kind of run: DNS follows the host name.
ALTER TABLE runs DROP CONSTRAINT runs_kind_check,
  ADD CONSTRAINT runs_kind_check CHECK (kind IN ('provision', 'reactivate', 'power_on', 'power_off', 'release', 'repoint'));

-- +goose Down

-- Rows are never deleted: those of this kind stay, and only new ones are refused.
ALTER TABLE runs DROP CONSTRAINT runs_kind_check,
  ADD CONSTRAINT runs_kind_check CHECK (kind IN ('provision', 'reactivate', 'power_on', 'power_off', 'release')) NOT VALID;
