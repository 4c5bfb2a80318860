package catalog

import "time"

// Tenant is what a person may write about a tenant.
type Tenant struct {
	Name               string
	Slug               string
	Email              string
	BillingEmail       string // empty: the e-mail serves for billing too
	ExternalCustomerID string
	TimeZone           string // IANA name; empty: UTC
}

// Normalize trims what was typed and fills in what is left out.
func (t Tenant) Normalize() Tenant {
	t.Name = squeeze(t.Name)
	t.Slug = trimLower(t.Slug)
	if t.Slug == "" {
		t.Slug = Slugify(t.Name)
	}
	t.Email = trimLower(t.Email)
	t.BillingEmail = trimLower(t.BillingEmail)
	t.ExternalCustomerID = squeeze(t.ExternalCustomerID)
	t.TimeZone = squeeze(t.TimeZone)
	if t.TimeZone == "" {
		t.TimeZone = "UTC"
	}
	return t
}

// Check returns what is wrong with a normalized tenant; nil when nothing is.
func (t Tenant) Check() Problems {
	var p Problems
	p.add("name", checkText("The name", t.Name, 1, 200))
	p.add("slug", checkSlug(t.Slug))
	p.add("email", checkEmail(t.Email))
	if t.BillingEmail != "" {
		p.add("billing_email", checkEmail(t.BillingEmail))
	}
	p.add("external_customer_id", checkText("The customer ID", t.ExternalCustomerID, 0, 200))
	if _, err := time.LoadLocation(t.TimeZone); err != nil || t.TimeZone == "Local" {
		p.add("time_zone", "There is no such time zone. Use a name like Europe/Berlin.")
	}
	return p
}
