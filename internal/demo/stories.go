package demo

import (
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
)

// story is what a deployment can go through, and how many do. age is how many days ago it came, at least and at most.
type story struct {
	count int
	age   [2]int
	start lifecycle.State
	tell  func(*pen)
}

// stories are dealt to the companies like cards, so that the proportions of the states hold whatever the dice say.
var stories = []story{
	{count: 46, age: [2]int{30, demoSpan}, start: lifecycle.Active, tell: steady},
	{count: 20, age: [2]int{60, demoSpan}, start: lifecycle.Active, tell: grown},
	{count: 30, age: [2]int{40, demoSpan}, start: lifecycle.Trial, tell: converted},
	{count: 16, age: [2]int{20, 400}, start: lifecycle.Provisioning, tell: built},
	{count: 12, age: [2]int{330, demoSpan}, start: lifecycle.Active, tell: seasonal},
	{count: 16, age: [2]int{200, demoSpan}, start: lifecycle.Active, tell: latePayer},
	{count: 6, age: [2]int{200, 500}, start: lifecycle.Trial, tell: returned},
	{count: 5, age: [2]int{60, 400}, start: lifecycle.Active, tell: slipped},
	{count: 7, age: [2]int{150, 480}, start: lifecycle.Active, tell: restored},
	{count: 16, age: [2]int{1, 12}, start: lifecycle.Trial, tell: onTrial},
	{count: 3, age: [2]int{15, 18}, start: lifecycle.Trial, tell: trialExtended},
	{count: 16, age: [2]int{90, 500}, start: lifecycle.Active, tell: pausedNow},
	{count: 13, age: [2]int{60, demoSpan}, start: lifecycle.Active, tell: pastDueNow},
	{count: 8, age: [2]int{120, 500}, start: lifecycle.Active, tell: suspendedNow},
	{count: 4, age: [2]int{1, 1}, start: lifecycle.Provisioning, tell: func(*pen) {}},
	{count: 9, age: [2]int{120, demoSpan}, start: lifecycle.Active, tell: left},
	{count: 3, age: [2]int{150, 500}, start: lifecycle.Active, tell: leftWhilePaused},
	{count: 2, age: [2]int{100, 400}, start: lifecycle.Active, tell: leftUnpaid},
	{count: 9, age: [2]int{20, 80}, start: lifecycle.Trial, tell: trialLost},
	{count: 4, age: [2]int{5, 70}, start: lifecycle.Provisioning, tell: aborted},
	{count: 5, age: [2]int{150, 400}, start: lifecycle.Active, tell: neverPaid},
	{count: 16, age: [2]int{330, demoSpan}, start: lifecycle.Active, tell: archived},
}

func (p *pen) chance(percent int) bool { return p.script.rng.IntN(100) < percent }

func (p *pen) any(texts []string) string { return pick(p.script.rng, texts) }

// days is how many the pen has until today.
func (p *pen) days() int { return int(p.script.today.Sub(p.now) / oneDay) }

func steady(p *pen) {
	if p.chance(35) && p.days() > 20 {
		p.pass(3, p.days()-5).note(pick(p.script.rng, []Person{support, billing, operator}), p.any(everydayNotes))
	}
	if p.chance(25) && p.days() > 10 {
		p.pass(1, p.days()-3).edit(support, update)
	}
}

func grown(p *pen) {
	p.pass(20, max(21, p.days()/2)).note(billing, p.any(upgradeNotes))
	p.edit(billing, upgrade)
	steady(p)
}

func converted(p *pen) {
	p.pass(5, 12)
	if p.chance(60) {
		p.move(billing.Actor(), lifecycle.Convert, lifecycle.CustomerRequest, p.any(convertNotes))
	} else {
		p.until(p.days()-2).move(TrialPolicy, lifecycle.Convert, lifecycle.ByPolicy, "Card on file; trial converted by itself.")
	}
	steady(p)
}

func built(p *pen) {
	p.moveAfter(minutes(p, 4, 19), Provisioner, lifecycle.Activate, lifecycle.Provisioned, "")
	steady(p)
}

func seasonal(p *pen) {
	for range 2 {
		if p.days() < 150 {
			return
		}
		p.pass(40, 70).move(support.Actor(), lifecycle.Pause, lifecycle.Seasonal, p.any(seasonNotes))
		p.pass(50, 85).move(support.Actor(), lifecycle.Resume, lifecycle.Seasonal, "Season starts again; checked that backups are in place.")
	}
}

func latePayer(p *pen) {
	for range 2 + p.script.rng.IntN(3) {
		if p.days() < 60 {
			return
		}
		p.pass(28, 55).move(Stripe, lifecycle.MarkPastDue, lifecycle.PaymentFailed, p.any(failedNotes))
		if p.chance(40) {
			p.pass(1, 2).note(billing, p.any(dunningNotes))
		}
		p.pass(1, 5).move(Stripe, lifecycle.MarkPaid, lifecycle.PaymentReceived, p.any(paidNotes))
	}
}

func returned(p *pen) {
	p.pass(6, 10).move(billing.Actor(), lifecycle.Convert, lifecycle.CustomerRequest, "")
	p.pass(60, 100).move(support.Actor(), lifecycle.Cancel, lifecycle.CustomerRequest, p.any(leaveNotes))
	p.pass(9, 40).move(billing.Actor(), lifecycle.Reactivate, lifecycle.CustomerRequest, p.any(returnNotes))
}

func slipped(p *pen) {
	p.pass(12, p.days()-8)
	if p.chance(50) {
		p.move(support.Actor(), lifecycle.Pause, lifecycle.CustomerRequest, "")
		p.moveAfter(minutes(p, 1, 8), support.Actor(), lifecycle.Resume, lifecycle.Undo, "Wrong deployment: they meant staging.")
	} else {
		p.move(billing.Actor(), lifecycle.MarkPastDue, lifecycle.PaymentFailed, "Invoice of last month still open.")
		p.moveAfter(minutes(p, 1, 8), billing.Actor(), lifecycle.MarkPaid, lifecycle.Undo, "It was paid by bank transfer; I looked at the wrong account.")
	}
}

func restored(p *pen) {
	dunning(p.pass(60, 90))
	p.pass(2, 12).move(billing.Actor(), lifecycle.Restore, lifecycle.PaymentReceived, p.any(restoreNotes))
	steady(p)
}

// dunning goes from active to suspended.
func dunning(p *pen) {
	p.move(Stripe, lifecycle.MarkPastDue, pick(p.script.rng, []lifecycle.Reason{lifecycle.PaymentFailed, lifecycle.CardExpired}), p.any(failedNotes))
	p.pass(3, 5).note(billing, p.any(dunningNotes))
	p.pass(7, 9).move(DunningPolicy, lifecycle.Suspend, lifecycle.ByPolicy, "Grace period of 14 days is over.")
}

func onTrial(p *pen) {
	if p.chance(45) && p.days() > 2 {
		p.pass(1, p.days()-1).note(support, p.any(trialNotes))
	}
}

func trialExtended(p *pen) {
	p.until(p.days() - 11)
	p.edit(billing, func(d *catalog.Deployment) { d.TrialEndsAt = d.TrialEndsAt.Add(14 * oneDay) })
	p.note(billing, "Extended the trial by two weeks: their data import took longer than planned.")
}

func pausedNow(p *pen) {
	p.until(2 + p.script.rng.IntN(60))
	reason := pick(p.script.rng, []lifecycle.Reason{lifecycle.Seasonal, lifecycle.CustomerRequest, lifecycle.CustomerRequest, lifecycle.Maintenance})
	p.move(support.Actor(), lifecycle.Pause, reason, p.any(pauseNotes[reason]))
	if p.chance(30) && p.days() > 3 {
		p.pass(1, p.days()-1).note(support, "They asked how long the data is kept. Told them: as long as it is paused.")
	}
}

func pastDueNow(p *pen) {
	if p.chance(30) && p.days() > 50 {
		p.pass(20, p.days()-25)
		p.move(Stripe, lifecycle.MarkPastDue, lifecycle.PaymentFailed, p.any(failedNotes))
		p.pass(1, 4).move(Stripe, lifecycle.MarkPaid, lifecycle.PaymentReceived, p.any(paidNotes))
	}
	p.until(1 + p.script.rng.IntN(7))
	p.move(Stripe, lifecycle.MarkPastDue, pick(p.script.rng, []lifecycle.Reason{lifecycle.PaymentFailed, lifecycle.CardExpired}), p.any(failedNotes))
	if p.days() >= 2 {
		p.pass(1, 1).note(billing, p.any(dunningNotes))
	}
}

func suspendedNow(p *pen) {
	dunning(p.until(18 + p.script.rng.IntN(14)))
	if p.days() >= 2 {
		p.pass(1, p.days()-1).note(billing, "No answer to two e-mails and a call. Next: a letter.")
	}
}

func left(p *pen) {
	p.until(3+p.script.rng.IntN(55)).move(support.Actor(), lifecycle.Cancel, lifecycle.CustomerRequest, p.any(leaveNotes))
	if p.chance(50) && p.days() > 2 {
		p.pass(1, 2).note(support, "Sent them the export of their data; they confirmed that it arrived.")
	}
}

func leftWhilePaused(p *pen) {
	p.until(62+p.script.rng.IntN(30)).move(support.Actor(), lifecycle.Pause, lifecycle.CustomerRequest, p.any(pauseNotes[lifecycle.CustomerRequest]))
	p.pass(20, 55).move(support.Actor(), lifecycle.Cancel, lifecycle.CustomerRequest, "They did without it for weeks and do not miss it.")
}

func leftUnpaid(p *pen) {
	p.until(15+p.script.rng.IntN(40)).move(Stripe, lifecycle.MarkPastDue, lifecycle.PaymentFailed, p.any(failedNotes))
	p.pass(2, 8).move(billing.Actor(), lifecycle.Cancel, lifecycle.NonPayment, "They will not pay and want out; agreed to end it here.")
}

func trialLost(p *pen) {
	p.until(p.days()-14).move(TrialPolicy, lifecycle.Cancel, lifecycle.ByPolicy, "The trial ended without a card on file.")
}

func aborted(p *pen) {
	if p.chance(50) {
		p.moveAfter(minutes(p, 15, 40), Provisioner, lifecycle.Abort, lifecycle.ProvisioningFailed, "The region had no machine of this size left.")
	} else {
		p.moveAfter(minutes(p, 15, 40), operator.Actor(), lifecycle.Abort, lifecycle.ProvisioningFailed, "The image did not boot twice in a row; reported to the provider.")
	}
	p.note(operator, "A new attempt in another region went through; the customer was told.")
}

func neverPaid(p *pen) {
	dunning(p.until(60 + p.script.rng.IntN(30)))
	p.pass(20, 25).move(DunningPolicy, lifecycle.Cancel, lifecycle.ByPolicy, "Suspended for 21 days without a payment.")
}

func archived(p *pen) {
	switch p.script.rng.IntN(3) {
	case 0:
		dunning(p.pass(30, 60))
		p.pass(21, 23).move(DunningPolicy, lifecycle.Cancel, lifecycle.ByPolicy, "Suspended for 21 days without a payment.")
	default:
		p.pass(40, 120).move(support.Actor(), lifecycle.Cancel, lifecycle.CustomerRequest, p.any(leaveNotes))
	}
	if p.chance(70) {
		p.pass(90, 92).move(RetainPolicy, lifecycle.Archive, lifecycle.ByPolicy, "Cancelled for 90 days.")
	} else {
		p.pass(20, 60).move(admin.Actor(), lifecycle.Archive, lifecycle.CustomerRequest, "They asked us to delete everything now; confirmed in writing.")
	}
}
