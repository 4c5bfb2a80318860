-- +goose Up

-- Who somebody is at the provider of single sign-on. The provider's own ID of the person decides; the e-mail may change.
ALTER TABLE staff
  ADD COLUMN sso_issuer  text NOT NULL DEFAULT '',
  ADD COLUMN sso_subject text NOT NULL DEFAULT '',
  ADD CONSTRAINT sso_both_or_none CHECK ((sso_issuer = '') = (sso_subject = ''));
CREATE UNIQUE INDEX staff_sso ON staff (sso_issuer, sso_subject) WHERE sso_subject <> '';

ALTER TABLE sign_in_steps DROP CONSTRAINT sign_in_steps_kind_check;
ALTER TABLE sign_in_steps ADD CONSTRAINT sign_in_steps_kind_check
  CHECK (kind IN ('second_factor', 'passkey', 'new_passkey', 'single_sign_on'));

-- +goose Down
DELETE FROM sign_in_steps WHERE kind = 'single_sign_on';
ALTER TABLE sign_in_steps DROP CONSTRAINT sign_in_steps_kind_check;
ALTER TABLE sign_in_steps ADD CONSTRAINT sign_in_steps_kind_check CHECK (kind IN ('second_factor', 'passkey', 'new_passkey'));
ALTER TABLE staff DROP COLUMN sso_issuer, DROP COLUMN sso_subject;
