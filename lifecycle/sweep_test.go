package lifecycle

import (
	"fmt"
	"testing"
	"time"

	"arcadia.example/console/access"
)

// rule states the decision once more and in another way: the first column that is not met keeps the machine.
func rule(o Orphan) SweepVerdict {
	words := []struct {
		met       bool
		otherwise SweepVerdict
	}{
		{!o.Linked, KeepLinked},
		{o.Owner != OwnerLive, KeepLive},
		{o.Owner != OwnerOperator, KeepOperator},
		{o.Age >= 30*time.Minute, KeepYoung},
		{o.Seen >= 2, KeepOnce},
		{o.Decision != SweepKeep, KeepDecided},
		{o.Owner == OwnerOver || o.Decision == SweepAway, KeepUnknown},
		{!o.Registered || o.Decision == SweepAway, KeepRegistered},
		{o.Failed < 3, KeepFailing},
		{!o.Asked || o.Decision == SweepAway, KeepLimit},
	}
	for _, w := range words {
		if !w.met {
			return w.otherwise
		}
	}
	return SweepRemove
}

// Every cell of the table: what a machine may be linked to, how old and how often seen, and what was said of it.
func TestJudgeEveryCell(t *testing.T) {
	t.Parallel()
	reached := map[SweepVerdict]int{}
	cells, removed := 0, 0
	each(func(o Orphan) {
		cells++
		got, want := Judge(o), rule(o)
		if got != want {
			t.Errorf("%+v: %s, want %s", o, got, want)
		}
		reached[got]++
		if got != SweepRemove {
			return
		}
		removed++
		if o.Linked || o.Owner == OwnerLive || o.Owner == OwnerOperator || o.Age < SweepAge || o.Seen < 2 || o.Decision == SweepKeep {
			t.Errorf("removed: %+v", o)
		}
		if o.Decision == "" && (o.Owner != OwnerOver || o.Registered || o.Asked) {
			t.Errorf("removed without asking: %+v", o)
		}
	})
	if cells != 2*5*2*4*3*2*3*3 || removed == 0 {
		t.Errorf("%d cells, %d removed", cells, removed)
	}
	for _, v := range SweepVerdicts {
		if v != SweepMissing && reached[v] == 0 {
			t.Errorf("no machine is judged %s", v)
		}
	}
}

func each(fn func(Orphan)) {
	for _, linked := range []bool{false, true} {
		for _, owner := range []Owner{OwnerUnknown, OwnerLive, OwnerOperator, OwnerOver, ""} {
			for _, registered := range []bool{false, true} {
				for _, age := range []time.Duration{-time.Hour, SweepAge - 1, SweepAge, 24 * time.Hour} {
					for _, seen := range []int{0, 1, 2} {
						for _, asked := range []bool{false, true} {
							for _, failed := range []int{0, 2, 3} {
								for _, d := range []SweepDecision{"", SweepAway, SweepKeep} {
									fn(Orphan{linked, owner, registered, age, seen, asked, failed, d})
								}
							}
						}
					}
				}
			}
		}
	}
}

// The bounds of the design, in figures.
func TestSweepBounds(t *testing.T) {
	t.Parallel()
	if SweepAge != 30*time.Minute || SweepSeen != 2 || SweepMost != 5 {
		t.Error("younger than 30 minutes, seen twice, at most 5")
	}
}

func TestSweepVerdictsHaveWords(t *testing.T) {
	t.Parallel()
	if len(SweepVerdicts) != len(sweepTable) {
		t.Errorf("%d verdicts, %d with words", len(SweepVerdicts), len(sweepTable))
	}
	for _, v := range SweepVerdicts {
		if !v.Valid() || v.Why() == "" || v.Settled() && v.Asks() {
			t.Errorf("%s: %q", v, v.Why())
		}
	}
	if SweepVerdict("other").Valid() {
		t.Error("any word is a verdict")
	}
}

func TestDecideSweep(t *testing.T) {
	t.Parallel()
	operator := access.Actor{Kind: access.Staff, ID: "o", Name: "O", Roles: access.Operator}
	asks := SweepSubject{Verdict: KeepLimit}
	for name, c := range map[string]struct {
		roles   access.Roles
		s       SweepSubject
		d       SweepDecision
		note    string
		refused RefusalCode
	}{
		"an operator removes":               {access.Operator, asks, SweepAway, "", ""},
		"an admin removes":                  {access.Admin, asks, SweepAway, "", ""},
		"support does not":                  {access.Support, asks, SweepAway, "", Forbidden},
		"a viewer does not":                 {access.Viewer, asks, SweepKeep, "why", Forbidden},
		"kept with a note":                  {access.Operator, asks, SweepKeep, "another console's", ""},
		"kept without a note":               {access.Operator, asks, SweepKeep, " ", NoteMissing},
		"what is young is not removed":      {access.Operator, SweepSubject{Verdict: KeepYoung}, SweepAway, "", RunStands},
		"what is young may be kept":         {access.Operator, SweepSubject{Verdict: KeepYoung}, SweepKeep, "mine", ""},
		"what goes anyway may be kept":      {access.Operator, SweepSubject{Verdict: SweepRemove}, SweepKeep, "mine", ""},
		"what was kept may be removed":      {access.Operator, SweepSubject{Verdict: KeepDecided, Decision: SweepKeep}, SweepAway, "", ""},
		"not twice":                         {access.Operator, SweepSubject{Verdict: KeepLimit, Decision: SweepAway}, SweepAway, "", RunStands},
		"again when it failed":              {access.Operator, SweepSubject{Verdict: KeepFailing, Decision: SweepAway}, SweepAway, "", ""},
		"what is missing cannot be removed": {access.Operator, SweepSubject{Verdict: SweepMissing}, SweepAway, "", RunStands},
		"what is missing may be left":       {access.Operator, SweepSubject{Verdict: SweepMissing}, SweepKeep, "known", ""},
		"what is being removed":             {access.Operator, SweepSubject{Verdict: SweepRemove, Removing: true}, SweepKeep, "no", RunStands},
		"what is over":                      {access.Operator, SweepSubject{Verdict: SweepRemove, Over: true}, SweepKeep, "no", RunStands},
		"another's word meanwhile":          {access.Operator, SweepSubject{Verdict: KeepDecided, Decision: SweepKeep, Since: "Ola"}, SweepAway, "", RunStands},
		"the same word meanwhile":           {access.Operator, SweepSubject{Verdict: KeepDecided, Decision: SweepKeep, Since: "Ola"}, SweepKeep, "mine", RunStands},
		"no decision":                       {access.Operator, asks, "burn", "", RunStands},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			actor := operator
			actor.Roles = c.roles
			refusal := DecideSweep(actor, c.s, c.d, c.note)
			if refusal == nil && c.refused != "" || refusal != nil && refusal.Code != c.refused {
				t.Errorf("%+v, want %q", refusal, c.refused)
			}
		})
	}
	if got := fmt.Sprint(asks.Options(operator)); got != "[remove keep]" {
		t.Errorf("options: %s", got)
	}
}
