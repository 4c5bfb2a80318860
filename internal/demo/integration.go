package demo

import (
	"context"
	"slices"

	"arcadia.example/console/store"
)

// putIntegration lets the program of the demo's histories stand among the integrations, without a token: what it did there leads
// somewhere. Who took it over, or changed it, is left alone.
func putIntegration(ctx context.Context, s *store.Store) error {
	list, err := s.ListIntegrations(ctx)
	if err != nil || slices.ContainsFunc(list, func(i store.Integration) bool { return i.Slug == Stripe.ID }) {
		return err
	}
	_, err = s.CreateIntegration(ctx, loader, store.NewIntegration{
		Name: Stripe.Name, Description: "Takes the payments, and marks who paid and who did not.", Roles: Stripe.Roles,
	}, "")
	return err
}
