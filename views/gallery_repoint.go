package views

import (
	"time"

	"arcadia.example/console/lifecycle"
)

// sampleRepoint is a run that has DNS follow a host name: at its n-th step, or done.
func sampleRepoint(n int, status lifecycle.RunStatus, now time.Time) Run {
	r := sampleRun(lifecycle.Repoint, now)
	r.Steps[1].Plan = "shop.northwind.example"
	r = r.reached(n, status, now)
	r.Droplet = "431882910"
	switch status {
	case lifecycle.RunDone:
		r.Step, r.Ended = "", now.Add(-4*time.Second)
		r.Steps[1].Ended = r.Ended
		r.Steps[1].Did = []Change{{Field: "A record of shop.northwind.example", From: "203.0.113.24", To: "none"}}
	case lifecycle.RunNeedsOperator:
		r.Steps[n-1].Try, r.ErrorKind = 1, "not_found"
		r.Error = "No zone of the provider holds storefront-eu.northwind.example. Point it at 203.0.113.24 where its DNS is managed, then mark the run as cleaned. The former name stays until then, and after."
	}
	return r.Located()
}

func sampleRepointForm(now time.Time) RunForm {
	return RunForm{Run: sampleRepoint(1, lifecycle.RunNeedsOperator, now), Action: lifecycle.RunClean, Key: "sample"}
}
