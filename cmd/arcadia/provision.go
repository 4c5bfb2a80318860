package main

import (
	"context"
	"errors"
	"time"

	"arcadia.example/console/provisioning"
	"arcadia.example/console/store"
)

// runConns are the connections of those who work on runs: their own, so that runs and pages never wait for each other's.
const runConns = 6

// cloudTimeout bounds one call to the provider, so that a run outlives one that hangs.
const cloudTimeout = 10 * time.Second

// runTiming is that of the runs; the zero value is the usual one. Tests of whole processes shorten it.
var runTiming provisioning.Timing

// workOnRuns begins to work on runs, if there is a provider. What it returns takes no more of them, lets the calls that are under way
// end, and gives the runs back.
func workOnRuns(ctx context.Context, e environment, dsn string, cloud cloudSetup) (stop func(context.Context) error, err error) {
	if cloud.Cloud == nil {
		return func(context.Context) error { return nil }, nil
	}
	s, err := store.Open(ctx, dsn, store.Options{Conns: runConns, Provider: cloud.Name})
	if err != nil {
		return nil, err
	}
	if !cloud.Simulated { // a simulated one is there for this process alone
		if err := s.AnnounceProvider(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	runs, err := provisioning.New(provisioning.Options{Store: s, Cloud: cloud.Cloud, Image: cloud.Image, Log: e.log, Timing: runTiming})
	if err == nil {
		err = runs.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return func(ctx context.Context) error { return errors.Join(runs.Stop(ctx), s.Close()) }, nil
}
