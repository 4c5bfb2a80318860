package main

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
)

// chaosLog is written by the database itself, in the transaction of each change of a run: who wrote, and how the run stood then.
const chaosLog = `
CREATE TABLE chaos_log (n bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), run_id uuid NOT NULL, process text NOT NULL,
  token bigint NOT NULL, held boolean NOT NULL, over boolean NOT NULL, due timestamptz);
CREATE INDEX ON chaos_log (run_id, n);
CREATE FUNCTION note_chaos() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  INSERT INTO chaos_log (run_id, process, token, held, over, due) VALUES (NEW.id, current_setting('application_name'), NEW.token,
    NEW.held_by IS NOT NULL, NOT NEW.live OR NEW.status = 'needs_operator', NEW.next_try_at);
  RETURN NULL;
END $$;
CREATE TRIGGER note_chaos AFTER INSERT OR UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION note_chaos()`

func (c *chaos) watch() {
	c.t.Helper()
	if _, err := c.owner.ExecContext(c.t.Context(), chaosLog); err != nil {
		c.t.Fatal(err)
	}
}

// holds reports whether a process holds a run at the moment.
func (c *chaos) holds(process string) bool {
	c.t.Helper()
	return c.value(`
SELECT EXISTS (SELECT FROM runs r
  JOIN LATERAL (SELECT process FROM chaos_log WHERE run_id = r.id AND token = r.token ORDER BY n LIMIT 1) l ON true
 WHERE r.held_until > now() AND l.process = $1)`, process) == "true"
}

// standing is how a deployment was last seen.
type standing struct {
	ID     uuid.UUID
	Status lifecycle.RunStatus // of its newest run
	seen   time.Time
}

// look sees how all deployments stand, a few times a second.
func (c *chaos) look() {
	c.t.Helper()
	if time.Since(c.looked) < 200*time.Millisecond {
		return
	}
	c.looked = time.Now()
	rows, err := c.owner.QueryContext(c.t.Context(), `
SELECT DISTINCT ON (deployment_id) deployment_id, status FROM runs ORDER BY deployment_id, live DESC, inserted_at DESC, id DESC`)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	c.mu.Lock()
	defer c.mu.Unlock()
	for rows.Next() {
		s := standing{seen: c.looked}
		if err := rows.Scan(&s.ID, &s.Status); err != nil {
			c.t.Fatal(err)
		}
		c.stands[s.ID] = s
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
}

// settled waits until the newest run of a deployment is over, or a person's.
func (c *chaos) settled(id uuid.UUID) (standing, error) {
	for asked := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		c.mu.Lock()
		s, known := c.stands[id]
		c.mu.Unlock()
		if known && s.seen.After(asked) && (!s.Status.Live() || s.Status == lifecycle.RunNeedsOperator) {
			return s, nil
		}
		if err := c.t.Context().Err(); err != nil {
			return s, err
		}
	}
}

// written is one line of the log.
type written struct {
	at         time.Time
	run        uuid.UUID
	process    string
	token      int64
	held, over bool
	due        sql.NullTime
}

// judgeTakeovers measures how long runs stood still: those whose process was killed while it held them, until another
// one took them; and those that were due, until somebody took them.
func (c *chaos) judgeTakeovers(kills []kill) {
	c.t.Helper()
	died := map[string]time.Time{}
	for _, k := range kills {
		died[k.name] = k.at
	}
	last := map[uuid.UUID]written{}
	var taken, due []time.Duration
	for _, now := range c.log() {
		before, known := last[now.run]
		if known && now.held && now.token == before.token && now.process != before.process {
			continue // somebody else's word to who holds it
		}
		last[now.run] = now
		if !known || before.over || now.process == before.process && before.held {
			continue
		}
		if before.held && now.token != before.token {
			at, killed := died[before.process]
			if !killed || at.After(now.at) {
				c.t.Errorf("run %s was taken from %s, which lived", now.run, before.process)
			}
			taken = append(taken, now.at.Sub(later(before.at, at)))
		} else if !before.held && now.held {
			due = append(due, now.at.Sub(later(before.at, before.due.Time)))
		}
	}
	c.t.Logf("%s", sayDelays("taken over from a killed process", taken))
	c.t.Logf("%s", sayDelays("taken when due", due))
	if len(kills) == 0 || len(taken) == 0 {
		c.t.Error("no run lost its process")
	}
	for _, d := range append(taken, due...) {
		if d > takeoverLimit {
			c.t.Errorf("a run stood still for %v", d)
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func sayDelays(what string, delays []time.Duration) string {
	var most, sum time.Duration
	for _, d := range delays {
		most, sum = max(most, d), sum+d
	}
	return fmt.Sprintf("%s: %d times, %v on average, %v at most", what, len(delays),
		(sum / time.Duration(max(len(delays), 1))).Round(time.Millisecond), most.Round(time.Millisecond))
}

func (c *chaos) log() (list []written) {
	c.t.Helper()
	rows, err := c.owner.QueryContext(c.t.Context(), `SELECT at, run_id, process, token, held, over, due FROM chaos_log ORDER BY n`)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var l written
		if err := rows.Scan(&l.at, &l.run, &l.process, &l.token, &l.held, &l.over, &l.due); err != nil {
			c.t.Fatal(err)
		}
		list = append(list, l)
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	return list
}

func scanIDs(rows *sql.Rows) (ids []uuid.UUID, err error) {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
