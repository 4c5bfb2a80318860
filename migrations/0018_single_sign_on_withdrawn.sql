-- +goose Up

-- Disabled because none of the person's groups at the provider of single sign-on has a role any more. With a group that has one
-- the way in comes back by itself; whoever an admin disabled stays out.
ALTER TABLE staff
  ADD COLUMN withdrawn boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT withdrawn_is_disabled CHECK (NOT withdrawn OR status = 'disabled');

-- +goose Down
ALTER TABLE staff DROP COLUMN withdrawn;
