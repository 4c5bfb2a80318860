package lifecycle

import (
	"strings"
	"time"

	"arcadia.example/console/access"
)

// What bounds a sweeper. A machine that costs money for half an hour too long is cheap; one that is destroyed by mistake is not.
const (
	SweepAge   = 30 * time.Minute // a machine that is younger may still belong to what is under way
	SweepSeen  = 2                // in so many sweeps it must have been found to belong to nothing
	SweepMost  = 5                // so many are removed in one sweep; then a person is asked
	SweepTries = 3                // removals of one machine that fail; then a person is asked
)

// Owner is how far the tags of a machine lead to a run here.
type Owner string

// The owners.
const (
	OwnerUnknown  Owner = "unknown"  // no run here, or not one of the deployment that is named beside it
	OwnerLive     Owner = "live"     // a run that goes on
	OwnerOperator Owner = "operator" // a run that needs an operator, who has to answer for the machine
	OwnerOver     Owner = "over"     // a finished run
)

// Orphan is a machine at the provider as a sweep finds it.
type Orphan struct {
	Linked     bool // a deployment names it
	Owner      Owner
	Registered bool          // it stands in the inventory and was not released
	Age        time.Duration // by the provider's word
	Seen       int           // sweeps that found it to belong to nothing, with this one
	Asked      bool          // it was left to a person before, because there were too many
	Failed     int           // removals that failed
	Decision   SweepDecision // what a person said, if anybody did
}

// SweepVerdict is what a sweep makes of one machine.
type SweepVerdict string

// The verdicts. All but SweepRemove keep the machine.
const (
	KeepLinked     SweepVerdict = "linked"
	KeepLive       SweepVerdict = "live"
	KeepOperator   SweepVerdict = "operator"
	KeepYoung      SweepVerdict = "young"
	KeepOnce       SweepVerdict = "once"
	KeepDecided    SweepVerdict = "decided"
	KeepUnknown    SweepVerdict = "unknown"
	KeepRegistered SweepVerdict = "registered"
	KeepFailing    SweepVerdict = "failing"
	KeepLimit      SweepVerdict = "limit"
	SweepRemove    SweepVerdict = "remove"

	// SweepMissing is of a machine that the inventory has and the provider does not know. Nothing is changed.
	SweepMissing SweepVerdict = "missing"
)

// sweepTable has the words for each verdict. settled: nothing is wrong with the machine. asks: a person has to decide.
var sweepTable = map[SweepVerdict]struct {
	why           string
	settled, asks bool
}{
	KeepLinked:     {why: "A deployment is linked to it", settled: true},
	KeepLive:       {why: "Its run is under way", settled: true},
	KeepOperator:   {why: "Its run needs an operator", settled: true},
	KeepYoung:      {why: "It is younger than 30 minutes"},
	KeepOnce:       {why: "Seen once only; the next sweep decides"},
	KeepDecided:    {why: "Somebody decided to keep it"},
	KeepUnknown:    {why: "Its tags name no run of this console: it may belong to another one", asks: true},
	KeepRegistered: {why: "It was in use or stands in the inventory, but no deployment is linked to it", asks: true},
	KeepFailing:    {why: "It could not be removed", asks: true},
	KeepLimit:      {why: "More than 5 were found at once", asks: true},
	SweepRemove:    {why: "Its run is over and nothing is linked to it"},
	SweepMissing:   {why: "The provider does not know it, but the inventory does", asks: true},
}

// SweepVerdicts lists all verdicts in the order in which they are asked.
var SweepVerdicts = []SweepVerdict{
	KeepLinked, KeepLive, KeepOperator, KeepYoung, KeepOnce, KeepDecided, KeepUnknown, KeepRegistered, KeepFailing, KeepLimit, SweepRemove, SweepMissing,
}

// Valid reports whether there is such a verdict.
func (v SweepVerdict) Valid() bool { _, ok := sweepTable[v]; return ok }

// Why is the reason of the verdict as a sentence without full stop.
func (v SweepVerdict) Why() string { return sweepTable[v].why }

// Settled reports whether the machine belongs to something: there is nothing to find.
func (v SweepVerdict) Settled() bool { return sweepTable[v].settled }

// Asks reports whether a person has to decide.
func (v SweepVerdict) Asks() bool { return sweepTable[v].asks }

// Judge decides about one machine. A person's word to remove it counts where a person was asked; what is linked, in use or new is
// kept whatever anybody said.
func Judge(o Orphan) SweepVerdict {
	told := o.Decision == SweepAway
	switch {
	case o.Linked:
		return KeepLinked
	case o.Owner == OwnerLive:
		return KeepLive
	case o.Owner == OwnerOperator:
		return KeepOperator
	case o.Age < SweepAge:
		return KeepYoung
	case o.Seen < SweepSeen:
		return KeepOnce
	case o.Decision == SweepKeep:
		return KeepDecided
	case o.Owner != OwnerOver && !told:
		return KeepUnknown
	case o.Registered && !told:
		return KeepRegistered
	case o.Failed >= SweepTries: // a person's word to remove it begins the count anew
		return KeepFailing
	case o.Asked && !told:
		return KeepLimit
	}
	return SweepRemove
}

// SweepDecision is what a person says about what a sweep found.
type SweepDecision string

// The decisions. The zero one is none.
const (
	SweepAway SweepDecision = "remove" // destroy the machine
	SweepKeep SweepDecision = "keep"   // leave it as it is, and ask no more
)

// SweepDecisions lists all decisions.
var SweepDecisions = []SweepDecision{SweepAway, SweepKeep}

// Valid reports whether there is such a decision.
func (d SweepDecision) Valid() bool { return d == SweepAway || d == SweepKeep }

// Label is the word on the button.
func (d SweepDecision) Label() string {
	if d == SweepKeep {
		return "Keep"
	}
	return "Remove"
}

// SweepSubject is a finding as a decision sees it.
type SweepSubject struct {
	Verdict  SweepVerdict
	Decision SweepDecision // what stands
	Removing bool          // its removal has begun
	Over     bool          // removed, or it belongs to something by now
	Since    string        // who has decided about it since whoever decides now has looked; empty: nobody
}

// PermitSweep asks whether the actor may decide about findings at all.
func PermitSweep(actor access.Actor) *Refusal {
	if permits(actor, access.Operator, nil) {
		return nil
	}
	return &Refusal{Code: Forbidden, Needs: access.Operator | access.Admin, Text: needsText(access.Operator)}
}

// DecideSweep answers one request: nil, or why not. In this order: permission; how the finding stands; the note.
func DecideSweep(actor access.Actor, s SweepSubject, d SweepDecision, note string) *Refusal {
	if refusal := PermitSweep(actor); refusal != nil {
		return refusal
	}
	if text := sweepStands(s, d); text != "" {
		return &Refusal{Code: RunStands, Text: text}
	}
	if d == SweepKeep && strings.TrimSpace(note) == "" {
		return &Refusal{Code: NoteMissing, Text: "Say why it is kept: it stands in the record."}
	}
	return nil
}

func sweepStands(s SweepSubject, d SweepDecision) string {
	switch {
	case !d.Valid():
		return "There is no such decision."
	case s.Over:
		return "It is settled: there is nothing to decide any more."
	case s.Removing:
		return "It is being removed already."
	case s.Since != "" && d != s.Decision: // nobody undoes a word that he has not read
		return s.Since + " has decided about it meanwhile: look at it again first."
	case d == SweepAway && s.Verdict == SweepMissing:
		return "The provider does not know it: there is nothing to remove."
	case d == SweepAway && !s.Verdict.Asks() && s.Decision != SweepKeep:
		return s.Verdict.Why() + ". Nobody was asked yet."
	case d == s.Decision && s.Verdict != KeepFailing:
		return "That was decided already."
	}
	return ""
}

// Options lists the decisions that DecideSweep would accept, with the note that it needs.
func (s SweepSubject) Options(actor access.Actor) []SweepDecision {
	var open []SweepDecision
	for _, d := range SweepDecisions {
		if DecideSweep(actor, s, d, "a note") == nil {
			open = append(open, d)
		}
	}
	return open
}
