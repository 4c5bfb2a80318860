-- +goose Up

-- Another kind of run: DNS follows the host name. A transaction that is long under way must not keep everybody behind this from the table.
SET LOCAL lock_timeout = '5s';
ALTER TABLE runs DROP CONSTRAINT runs_kind_check,
  ADD CONSTRAINT runs_kind_check CHECK (kind IN ('provision', 'reactivate', 'power_on', 'power_off', 'release', 'repoint'));

-- +goose Down

-- Rows are never deleted: those of this kind stay, and only new ones are refused. What is under way is ended, or nothing would ever end it:
-- each write to such a row is refused from now on, and its deployment would get no other run.
SET LOCAL lock_timeout = '5s';
UPDATE runs SET status = 'done', ending = 'Superseded: this version of the console does not point DNS anew.', step = '', token = token + 1, held_by = NULL,
       held_until = NULL, next_try_at = NULL, error = '', error_kind = '', error_step = '', finished_at = clock_timestamp()
 WHERE kind = 'repoint' AND live;
ALTER TABLE runs DROP CONSTRAINT runs_kind_check,
  ADD CONSTRAINT runs_kind_check CHECK (kind IN ('provision', 'reactivate', 'power_on', 'power_off', 'release')) NOT VALID;
