package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"arcadia.example/console/internal/demo"
)

// demoData loads the demo's data, or with numbers a large set for measuring, into an empty database.
func demoData(ctx context.Context, e environment, args []string) (err error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	tenants := flags.Int("tenants", 0, "how many tenants; 0: the small demo")
	deployments := flags.Int("deployments", 0, "how many deployments")
	if err := parse(flags, args, 0); err != nil {
		return err
	}
	if (*tenants == 0) != (*deployments == 0) || *tenants < 0 || *deployments < *tenants {
		return fmt.Errorf("%w: --tenants and --deployments go together, with at least one deployment for each tenant", errUsage)
	}
	db, err := migrated(ctx, e, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	if *tenants == 0 {
		return demo.Load(ctx, db.owner, time.Now(), e.out)
	}
	return demo.LoadLarge(ctx, db.owner, *tenants, *deployments, time.Now(), e.out)
}
