package lifecycle

// Pointing is how the host name of a deployment stands to what DNS was pointed for.
type Pointing struct {
	Ours    bool   // a run has pointed DNS at the machine that the deployment has: the console goes on seeing to it
	Wanted  string // the host name as it is now; empty: none
	Pointed string // the one for which a run began to point DNS last; empty: none
	Settled bool   // that run came to its end: nothing is left half done
}

// Behind reports whether DNS is to follow the host name and does not yet.
func (p Pointing) Behind() bool { return p.Ours && (!p.Settled || p.Wanted != p.Pointed) }

// Pointable reports whether DNS can be pointed at the machine of a deployment in this state: it is there, and is to stay.
func (s State) Pointable() bool {
	d := s.Facts().Droplet
	return d == DropletOn || d == DropletOff
}

// Repointing is what a run that points DNS was begun for, and what is so now.
type Repointing struct {
	Hostname, NowHostname string
	State, NowState       State
}

// Superseded says, for people, why such a run has nothing more to do; empty as long as it has. It makes way for the switching or the
// releasing of the machine: nobody's app stays on because a name cannot be pointed. Another run follows then.
func (r Repointing) Superseded() string {
	switch _, moved := MachineRun(r.State, r.NowState, true); {
	case moved:
		return "Superseded: the deployment is " + r.NowState.Lower() + " now, and its machine comes first."
	case r.Hostname == r.NowHostname:
		return ""
	case r.NowHostname == "":
		return "Superseded: the deployment has no host name now."
	}
	return "Superseded: the host name is " + r.NowHostname + " now."
}

// Ended is a run that did what it was for or was superseded, and how its deployment stands at that moment.
type Ended struct {
	Kind     RunKind
	Finished bool  // it did what it was for
	Began    State // of the deployment when the run began; asked for after Repoint alone
	Now      State
	Droplet  bool
	Pointing Pointing
}

// FollowingRun returns the run that is to begin when another has ended, if one is: first the machine follows the state, then DNS the host
// name. What was not finished, because the state was another for a moment, is asked for again.
func FollowingRun(e Ended) (RunKind, bool) {
	if kind, wanted := e.machineRun(); wanted {
		return kind, true
	}
	if e.Pointing.Behind() {
		return Repoint, true
	}
	return "", false
}

func (e Ended) machineRun() (RunKind, bool) {
	switch {
	case e.Kind.Builds():
		return "", false // it has just seen the machine on, and the move that it ends with says so
	case e.Kind == Repoint:
		return MachineRun(e.Began, e.Now, e.Droplet)
	}
	kind, wanted := WantedRun(e.Now, e.Droplet)
	return kind, wanted && (!e.Finished || kind != e.Kind)
}
