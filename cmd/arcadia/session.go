package main

import (
	"fmt"
	"time"

	"arcadia.example/console/store"
)

// The bounds of what operators may choose: shorter, people would be signed out while they read; longer, a forgotten browser
// would stay open for days.
const (
	leastIdle, mostIdle = 5 * time.Minute, 24 * time.Hour
	mostLife            = 7 * 24 * time.Hour
)

// storeOptions are those of a store whose sessions live as long as the environment says.
func storeOptions(e environment, conns int) (store.Options, error) {
	o := store.Options{Conns: conns, SessionIdle: store.SessionIdle, SessionLife: store.SessionLife}
	for _, limit := range []struct {
		name  string
		value *time.Duration
	}{{"ARCADIA_SESSION_IDLE", &o.SessionIdle}, {"ARCADIA_SESSION_LIFE", &o.SessionLife}} {
		text := e.getenv(limit.name)
		if text == "" {
			continue
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			return o, fmt.Errorf("%s %q is not a time like 30m or 12h", limit.name, text)
		}
		*limit.value = d
	}
	switch {
	case o.SessionIdle < leastIdle || o.SessionIdle > mostIdle:
		return o, fmt.Errorf("ARCADIA_SESSION_IDLE is %s: it takes from %s to %s", o.SessionIdle, leastIdle, mostIdle)
	case o.SessionLife < o.SessionIdle || o.SessionLife > mostLife:
		return o, fmt.Errorf("ARCADIA_SESSION_LIFE is %s: it takes from ARCADIA_SESSION_IDLE, %s, to %s", o.SessionLife, o.SessionIdle, mostLife)
	}
	return o, nil
}
