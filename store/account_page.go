package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"arcadia.example/console/lifecycle"
)

// Account is a tenant's deployments as its page shows them.
type Account struct {
	Rows      []DeploymentRow // by name, at most 100
	Total     int
	States    StateCounts
	Resumable int // deployments that the last account pause moved and nobody moved since
}

const maxAccountRows = 100

// GetAccount returns the deployments of a tenant and what account actions would move, from one snapshot.
func (s *Store) GetAccount(ctx context.Context, tenantID uuid.UUID) (Account, error) {
	account := Account{States: StateCounts{}}
	err := s.read(ctx, func(tx *sqlx.Tx) error {
		lines, err := s.accountLines(ctx, tx, tenantID, "", "")
		if err != nil {
			return err
		}
		paused, err := lastAccountPause(ctx, tx, tenantID)
		if err != nil {
			return err
		}
		account.count(lines, paused)
		return tx.SelectContext(ctx, &account.Rows, `
SELECT `+rowColumns+`
  FROM cloud_deployments d JOIN cloud_tenants t ON t.id = d.tenant_id`+runFactJoin+`
 WHERE d.tenant_id = $1 ORDER BY lower(d.name), d.id LIMIT $2`, tenantID, maxAccountRows)
	})
	account.Rows = s.providing(account.Rows)
	return account, err
}

func (a *Account) count(lines []AccountLine, paused map[uuid.UUID]int) {
	a.Total = len(lines)
	for _, line := range lines {
		a.States[line.State]++
		if line.movedBy(lifecycle.Resume, paused) {
			a.Resumable++
		}
	}
}
