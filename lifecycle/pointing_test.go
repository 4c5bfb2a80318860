package lifecycle_test

import (
	"slices"
	"testing"

	"arcadia.example/console/lifecycle"
)

// In this order: the new name first, the former ones last.
func TestTheNewNameIsPointedFirst(t *testing.T) {
	t.Parallel()
	if steps := lifecycle.Repoint.Steps(); !slices.Equal(steps, []lifecycle.StepName{"dns", "unpoint"}) || lifecycle.Repoint.Builds() {
		t.Errorf("steps %v", steps)
	}
}

func TestWhetherDNSIsBehind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pointing lifecycle.Pointing
		want     bool
		why      string
	}{
		{lifecycle.Pointing{Ours: true, Wanted: "a", Pointed: "a", Settled: true}, false, "it is there"},
		{lifecycle.Pointing{Ours: true, Wanted: "b", Pointed: "a", Settled: true}, true, "renamed"},
		{lifecycle.Pointing{Ours: true, Wanted: "", Pointed: "a", Settled: true}, true, "the name was taken away"},
		{lifecycle.Pointing{Ours: true, Wanted: "a", Pointed: "", Settled: true}, true, "it has a name again"},
		{lifecycle.Pointing{Ours: true, Wanted: "", Pointed: "", Settled: true}, false, "no name, before and after"},
		{lifecycle.Pointing{Ours: true, Wanted: "a", Pointed: "a"}, true, "there and back, and half of it done"},
		{lifecycle.Pointing{Wanted: "b", Pointed: "a", Settled: true}, false, "DNS is not ours"},
		{lifecycle.Pointing{Wanted: "b", Pointed: "b"}, false, "DNS is not ours, whatever is half done"},
		{lifecycle.Pointing{}, false, "nothing is known"},
	} {
		if got := c.pointing.Behind(); got != c.want {
			t.Errorf("%s: %+v is behind: %t", c.why, c.pointing, got)
		}
	}
}

func TestWhereDNSCanBePointed(t *testing.T) {
	t.Parallel()
	for _, state := range lifecycle.States {
		if want := state != "provisioning" && state != "archived"; state.Pointable() != want {
			t.Errorf("%s: %t", state, !want)
		}
	}
}

func TestWhatSupersedesThePointing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		was, is  lifecycle.State
		want     string
	}{
		{"a", "a", "active", "active", ""},
		{"a", "a", "active", "past_due", ""},
		{"", "", "paused", "paused", ""},
		{"a", "a", "suspended", "cancelled", ""}, // off, before and after
		{"a", "b", "active", "active", "Superseded: the host name is b now."},
		{"", "b", "active", "active", "Superseded: the host name is b now."},
		{"a", "", "active", "past_due", "Superseded: the deployment has no host name now."},
		{"a", "a", "past_due", "suspended", "Superseded: the deployment is suspended now, and its machine comes first."},
		{"a", "b", "paused", "active", "Superseded: the deployment is active now, and its machine comes first."},
		{"a", "a", "cancelled", "archived", "Superseded: the deployment is archived now, and its machine comes first."},
	} {
		got := lifecycle.Repointing{Hostname: c.from, NowHostname: c.to, State: c.was, NowState: c.is}.Superseded()
		if got != c.want {
			t.Errorf("%q to %q, %s to %s: %q, want %q", c.from, c.to, c.was, c.is, got, c.want)
		}
	}
}

// Whatever ended: first the machine follows the state, then DNS the host name.
func TestWhatFollowsTheEndOfARun(t *testing.T) {
	t.Parallel()
	there := lifecycle.Pointing{Ours: true, Wanted: "a", Pointed: "a", Settled: true}
	behind := lifecycle.Pointing{Ours: true, Wanted: "b", Pointed: "a", Settled: true}
	for _, c := range []struct {
		ended lifecycle.Ended
		want  lifecycle.RunKind
	}{
		{lifecycle.Ended{Kind: "power_off", Finished: true, Now: "suspended", Droplet: true, Pointing: there}, ""},
		{lifecycle.Ended{Kind: "power_off", Finished: true, Now: "suspended", Droplet: true, Pointing: behind}, "repoint"},
		{lifecycle.Ended{Kind: "power_off", Finished: true, Now: "active", Droplet: true, Pointing: behind}, "power_on"},
		{lifecycle.Ended{Kind: "power_off", Now: "suspended", Droplet: true, Pointing: behind}, "power_off"},
		{lifecycle.Ended{Kind: "power_on", Finished: true, Now: "archived", Droplet: true, Pointing: there}, "release"},
		{lifecycle.Ended{Kind: "release", Finished: true, Now: "archived"}, ""},
		{lifecycle.Ended{Kind: "provision", Finished: true, Now: "active", Droplet: true, Pointing: there}, ""},
		{lifecycle.Ended{Kind: "reactivate", Finished: true, Now: "active", Droplet: true, Pointing: behind}, "repoint"},
		{lifecycle.Ended{Kind: "repoint", Finished: true, Began: "active", Now: "active", Droplet: true, Pointing: there}, ""},
		{lifecycle.Ended{Kind: "repoint", Began: "active", Now: "active", Droplet: true, Pointing: behind}, "repoint"},
		{lifecycle.Ended{Kind: "repoint", Finished: true, Began: "active", Now: "active", Droplet: true, Pointing: behind}, "repoint"},
		{lifecycle.Ended{Kind: "repoint", Began: "active", Now: "active", Droplet: true, Pointing: there}, ""}, // there and back before it began
		{lifecycle.Ended{Kind: "repoint", Began: "active", Now: "past_due", Droplet: true, Pointing: there}, ""},
		{lifecycle.Ended{Kind: "repoint", Began: "past_due", Now: "suspended", Droplet: true, Pointing: behind}, "power_off"},
		{lifecycle.Ended{Kind: "repoint", Finished: true, Began: "suspended", Now: "active", Droplet: true, Pointing: there}, "power_on"},
		{lifecycle.Ended{Kind: "repoint", Began: "cancelled", Now: "archived", Droplet: true}, "release"},
	} {
		got, any := lifecycle.FollowingRun(c.ended)
		if got != c.want || any != (c.want != "") {
			t.Errorf("%+v: %q, want %q", c.ended, got, c.want)
		}
	}
}
