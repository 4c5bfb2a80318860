package lifecycle_test

import (
	"slices"
	"strings"
	"testing"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

var codes = []lifecycle.Reason{
	"created", "customer_request", "seasonal", "maintenance", "payment_failed", "card_expired", "payment_received", "non_payment", "fraud",
	"trial_expired", "provisioning_failed", "provisioned", "retention", "policy", "other",
}

var policy = access.Actor{Kind: access.Policy, ID: "dunning", Name: "Dunning"}

// On every edge: a code of the action's list is recorded as stated, any other refused; a policy may say "policy".
func TestReasonsOnEveryEdge(t *testing.T) {
	t.Parallel()
	for _, e := range edges {
		for _, reason := range append(slices.Clone(codes), "nonsense", "Other", " other") {
			for _, actor := range []access.Actor{admin, policy} {
				if !e.allows(actor) {
					continue
				}
				r := asks(actor, e.action)
				r.Reason = reason
				d := lifecycle.Decide(standing(e.from), r)
				fits := slices.Contains(lifecycle.Action(e.action).Reasons(), reason) || actor.Kind == access.Policy && reason == "policy"
				switch {
				case fits && (d.Verdict != lifecycle.Accepted || d.Reason != reason):
					t.Errorf("%s from %s for %q by %s: %d, recorded %q", e.action, e.from, reason, actor.Kind, d.Verdict, d.Reason)
				case !fits && codeOf(d) != lifecycle.ReasonUnknown:
					t.Errorf("%s from %s for %q by %s: %d %q", e.action, e.from, reason, actor.Kind, d.Verdict, codeOf(d))
				}
			}
		}
	}
}

func TestNoReason(t *testing.T) {
	t.Parallel()
	for _, e := range edges {
		r := asks(admin, e.action)
		r.Reason = ""
		d := lifecycle.Decide(standing(e.from), r)
		if slices.Contains(needing, e.action) {
			if codeOf(d) != lifecycle.ReasonMissing {
				t.Errorf("%s from %s without a reason: %d %q", e.action, e.from, d.Verdict, codeOf(d))
			}
			continue
		}
		want := lifecycle.Reason("")
		if e.action == "mark_paid" {
			want = lifecycle.PaymentReceived // what the verb says already
		}
		if d.Verdict != lifecycle.Accepted || d.Reason != want {
			t.Errorf("%s from %s without a reason: %d %q, recorded %q, want %q", e.action, e.from, d.Verdict, codeOf(d), d.Reason, want)
		}
	}
}

// The lists of people have neither what the console says by itself nor anything twice, and always a way out.
func TestReasonLists(t *testing.T) {
	t.Parallel()
	for _, a := range lifecycle.Actions {
		list := a.Reasons()
		for _, reserved := range []lifecycle.Reason{lifecycle.Created, lifecycle.Undo, lifecycle.ByPolicy} {
			if slices.Contains(list, reserved) {
				t.Errorf("%s offers %q", a, reserved)
			}
		}
		if list[len(list)-1] != lifecycle.Other {
			t.Errorf("%s does not end with other: %v", a, list)
		}
		sorted := slices.Sorted(slices.Values(list))
		if len(slices.Compact(sorted)) != len(list) {
			t.Errorf("%s has a reason twice: %v", a, list)
		}
		list[0] = "changed"
		if a.Reasons()[0] == "changed" {
			t.Errorf("the list of %s can be changed from outside", a)
		}
	}
}

func TestReasonLabels(t *testing.T) {
	t.Parallel()
	for _, reason := range append(slices.Clone(codes), lifecycle.Undo) {
		if label := reason.Label(); label == string(reason) || strings.Contains(label, "_") || label[:1] != strings.ToUpper(label[:1]) {
			t.Errorf("%q is shown as %q", reason, label)
		}
	}
	if got := lifecycle.Reason("chargeback").Label(); got != "chargeback" {
		t.Errorf("a code from elsewhere is shown as %q", got)
	}
}
