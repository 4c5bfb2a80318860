package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// movable is a deployment that one client pauses and resumes.
type movable struct {
	id      uuid.UUID
	state   lifecycle.State
	version int
}

// moveRequests are posts of the plain form, each client's on deployments of its own, as they stand now.
func (s *set) moveRequests(ctx context.Context, clients int) (func(client int) func() request, error) {
	rows, err := s.owner.QueryContext(ctx,
		`SELECT id, state, version FROM cloud_deployments WHERE id = ANY ($1::uuid[]) ORDER BY id`, pq.Array(texts(s.movable)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	own := make([][]*movable, clients)
	for i := 0; rows.Next(); i++ {
		var m movable
		if err := rows.Scan(&m.id, &m.state, &m.version); err != nil {
			return nil, err
		}
		own[i%clients] = append(own[i%clients], &m)
	}
	return func(client int) func() request {
		n := 0
		return func() request {
			n++
			return own[client][n%len(own[client])].next()
		}
	}, rows.Err()
}

// next is the form for the next move; it is taken for granted that it will be accepted.
func (m *movable) next() request {
	action, state := lifecycle.Pause, lifecycle.Paused
	if m.state == lifecycle.Paused {
		action, state = lifecycle.Resume, lifecycle.Active
	}
	form := url.Values{
		"action": {string(action)}, "version": {strconv.Itoa(m.version)}, "key": {uuid.NewString()},
		"reason": {string(lifecycle.CustomerRequest)}, "notes": {""},
	}
	m.state, m.version = state, m.version+1
	return request{path: "/deployments/" + m.id.String() + "/transitions", form: form, status: http.StatusSeeOther}
}

func texts(ids []uuid.UUID) []string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = id.String()
	}
	return words
}

// lockColumns is how the statement that locks the row begins. The script asks it for a few values more, which the console
// makes itself.
const lockColumns = `SELECT id, state, version FROM cloud_deployments WHERE id = $1`

// moveScript is one move as the console makes it: the statements of its transaction, then the row read back.
func (s *set) moveScript(clients int) (*script, error) {
	lock, newest, command, write := store.MoveQueries()
	if !strings.HasPrefix(lock, lockColumns) {
		return nil, fmt.Errorf("the statement that locks a deployment has changed: %s", lock)
	}
	each := len(s.movable) / clients
	own := `('{` + strings.Join(texts(s.movable), ",") + `}'::uuid[])[:client_id * ` + strconv.Itoa(each) + ` + :row]`
	lock = `SELECT state AS was, version, id, gen_random_uuid() AS command,
  CASE state WHEN 'active' THEN 'pause' ELSE 'resume' END AS action, CASE state WHEN 'active' THEN 'paused' ELSE 'active' END AS becomes
  FROM cloud_deployments WHERE id = ` + own + strings.TrimPrefix(lock, lockColumns)
	sc := &script{variables: map[string]string{
		"kind": string(access.Staff), "actor": who, "name": "Bench", "roles": access.Billing.String(), "reason": string(lifecycle.CustomerRequest),
		"hash": `\x` + strings.Repeat("ab", 32), "outcome": `{"verdict": "accepted"}`,
	}, prepared: true}
	sc.add(`\set row random(1, ` + strconv.Itoa(each) + `)`)
	sc.add(`BEGIN;`)
	sc.add(lock + ` \gset`)
	sc.add(filled(newest, ":id", ":version") + `;`)
	sc.add(filled(command, ":kind", ":actor", ":command") + `;`)
	sc.add(filled(write, "(:command)::uuid", ":kind", ":actor", ":command", "(:hash)::bytea", ":action", "(:outcome)::jsonb", "clock_timestamp()",
		":id", "(:version + 1)", ":was", ":becomes", ":reason", ":name", ":roles", "''", "0") + `;`)
	sc.add(`COMMIT;`)
	sc.add(filled(store.DeploymentQueries(uuid.Nil)[0].SQL, ":id") + `;`)
	return sc, nil
}
