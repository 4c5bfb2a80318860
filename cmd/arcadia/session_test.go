package main

import (
	"strings"
	"testing"
	"time"
)

func TestSessionLimitsFromTheEnvironment(t *testing.T) {
	t.Parallel()
	options := func(idle, life string) (time.Duration, time.Duration, error) {
		env := variables{"ARCADIA_SESSION_IDLE": idle, "ARCADIA_SESSION_LIFE": life}
		o, err := storeOptions(environment{getenv: env.get}, 1)
		return o.SessionIdle, o.SessionLife, err
	}
	for _, c := range []struct {
		idle, life         string
		wantIdle, wantLife time.Duration
	}{
		{"", "", 30 * time.Minute, 12 * time.Hour}, {"5m", "1h", 5 * time.Minute, time.Hour}, {"24h", "168h", 24 * time.Hour, 168 * time.Hour},
	} {
		if idle, life, err := options(c.idle, c.life); err != nil || idle != c.wantIdle || life != c.wantLife {
			t.Errorf("%q, %q: %s, %s, %v", c.idle, c.life, idle, life, err)
		}
	}
	for _, wrong := range [][3]string{
		{"30", "", "ARCADIA_SESSION_IDLE"},
		{"4m", "", "ARCADIA_SESSION_IDLE"},
		{"25h", "48h", "ARCADIA_SESSION_IDLE"},
		{"-30m", "", "ARCADIA_SESSION_IDLE"},
		{"", "soon", "ARCADIA_SESSION_LIFE"},
		{"2h", "1h", "ARCADIA_SESSION_LIFE"},
		{"", "169h", "ARCADIA_SESSION_LIFE"},
	} {
		if _, _, err := options(wrong[0], wrong[1]); err == nil || !strings.Contains(err.Error(), wrong[2]) {
			t.Errorf("%q, %q: %v", wrong[0], wrong[1], err)
		}
	}
	env := variables{"ARCADIA_ADDR": "127.0.0.1:0", "ARCADIA_DATA": t.TempDir(), "ARCADIA_SESSION_IDLE": "x"}
	if _, err := attempt(t, env, "serve"); err == nil || !strings.Contains(err.Error(), "ARCADIA_SESSION_IDLE") {
		t.Errorf("it serves: %v", err)
	}
}
