package demo

import (
	"time"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
)

// minutes is a time between two numbers of minutes.
func minutes(p *pen, least, most int) time.Duration {
	return time.Duration(60*least+p.script.rng.IntN(60*(most-least)+1)) * time.Second
}

// several adds active deployments that came around the same time.
func (s *script) several(n, daysAgo int) []*pen {
	pens := make([]*pen, n)
	for i := range pens {
		pens[i] = s.life(daysAgo-i, lifecycle.Active)
	}
	return pens
}

// account is a pen for the account itself, so many days ago.
func (s *script) account(daysAgo int) *pen {
	return &pen{script: s, now: s.today.Add(-time.Duration(daysAgo) * oneDay)}
}

func (s *script) skiResort() {
	s.several(5, 520)
	s.account(430).account(support, lifecycle.Pause, lifecycle.Seasonal, "Between two seasons. Back in a few months, as each year.")
	s.account(255).account(support, lifecycle.Resume, lifecycle.Seasonal, "They open in three weeks; everything back on.")
	s.account(240).note(billing, "They would like one invoice a year from the next season on. To be discussed with Mara.")
	s.account(70).account(support, lifecycle.Pause, lifecycle.Seasonal, "Between seasons again; same as last time.")
	s.account(16).account(support, lifecycle.Resume, lifecycle.Seasonal, "They open sooner than planned and need everything back now.")
}

func (s *script) campsite() {
	s.several(4, 500)
	s.account(400).account(billing, lifecycle.Pause, lifecycle.Seasonal, "All sites are closed for now.")
	s.account(230).account(support, lifecycle.Resume, lifecycle.CustomerRequest, "First bookings come in.")
	s.account(228).editTenant(billing, func(t *catalog.Tenant) { t.BillingEmail = "finance@" + t.Slug + ".example" })
}

func (s *script) pausedAccount() {
	s.several(4, 460)
	s.account(33).account(support, lifecycle.Pause, lifecycle.Seasonal, "All rinks are closed for rebuilding until further notice.")
	s.account(20).note(support, "Called: they expect to be back in about ten weeks. They will write.")
}

func (s *script) suspendedAccount() {
	for _, p := range s.several(4, 380) {
		p.until(24).move(Stripe, lifecycle.MarkPastDue, lifecycle.PaymentFailed, "Charge declined: insufficient funds.")
	}
	s.account(18).note(billing, "Their accountant says the money was sent. We see nothing yet; asked for proof of the transfer.")
	s.account(9).account(billing, lifecycle.Suspend, lifecycle.NonPayment, "Grace period is over and no proof came. Told them by phone first.")
}

func (s *script) cancelledAccount() {
	s.several(3, 300)
	s.account(28).account(billing, lifecycle.Cancel, lifecycle.CustomerRequest, "The company closes at the end of the month. Export handed over.")
	s.account(27).note(support, "Friendly goodbye; they may come back under another name.")
}

func (s *script) restoredAccount() {
	for _, p := range s.several(3, 410) {
		p.until(130).move(Stripe, lifecycle.MarkPastDue, lifecycle.CardExpired, "Card expired.")
	}
	s.account(114).account(billing, lifecycle.Suspend, lifecycle.NonPayment, "No new card in two weeks.")
	s.account(111).account(billing, lifecycle.Restore, lifecycle.PaymentReceived, "New card; all open invoices are paid.")
	s.account(110).editTenant(billing, func(t *catalog.Tenant) { t.BillingEmail = "treasury@" + t.Slug + ".example" })
}
