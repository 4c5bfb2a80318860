package provisioning

import (
	"context"
	"fmt"

	"arcadia.example/console/lifecycle"
)

// renamed ends a run that points DNS, once the name is another or the machine has to follow a state first. The run that follows takes back
// whatever this one has begun.
func renamed(a *attempt) (outcome, bool) {
	if a.Run.Kind != lifecycle.Repoint {
		return outcome{}, false
	}
	why := lifecycle.Repointing{
		Hostname: a.Run.Spec.Hostname, NowHostname: a.Run.Hostname, State: a.Run.Spec.State, NowState: a.Run.State,
	}.Superseded()
	return outcome{Over: why}, why != ""
}

// address is where a host name is to lead: to the machine that the run has built, or that the deployment has.
func (a *attempt) address() (string, error) {
	m, err := a.machine()
	if m.Address == "" {
		m.Address = a.Run.Spec.Address
	}
	return m.Address, err
}

// unmanaged is the trouble of a name that lies in no zone here. A build says so before it begins; a name that is edited may well be managed
// elsewhere.
func unmanaged(a *attempt, p pointing, err error) error {
	if a.Run.Kind != lifecycle.Repoint || KindOf(err) != NotFound {
		return err
	}
	return &Fault{Kind: NotFound, Call: "FindZone", Message: fmt.Sprintf(
		"No zone of the provider holds %s. Point it at %s where its DNS is managed, then mark the run as cleaned. The former name stays until then, and after.",
		p.Hostname, p.Value)}
}

// takeBack removes the records of the names. What a run that gave way has asked for last may still come: it is awaited, or it would
// be missed.
func (s unpointStep) takeBack(ctx context.Context, a *attempt, u unpointing) (outcome, error) {
	if unsettled := a.Run.Spec.Unsettled; unsettled != nil {
		if left := unsettled.Add(a.Timing.ListGrace).Sub(a.Now); left > 0 {
			return outcome{Wait: min(left, a.Timing.Poll)}, nil
		}
	}
	var done unpointed
	for _, u.Hostname = range append([]string{u.Hostname}, u.Formerly...) {
		if err := s.unpoint(ctx, a, &u, &done); err != nil {
			return outcome{}, err
		}
	}
	return outcome{Result: done}, nil
}
