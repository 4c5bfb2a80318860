package views

import (
	"strconv"
	"time"
)

// TenantValues are the fields of a tenant as they are typed.
type TenantValues struct {
	Name, Slug, Email, BillingEmail, ExternalCustomerID, TimeZone string
}

// TenantForm is the form for a new tenant, or for an edit when there is an ID.
type TenantForm struct {
	ID          string // empty: a new one
	Key         string // one-time, of a new one
	EditVersion int    // of an edit: the one that the person saw, or the fresh one after Stale
	Values      TenantValues
	Zones       []string     // IANA names to suggest
	Errors      []FieldError // in the order of the fields
	Error       string       // what is wrong with the whole
	Stale       *StaleTenant
}

// StaleTenant is what somebody else saved while the form was open.
type StaleTenant struct {
	By     string // name; empty when not known
	At     time.Time
	Theirs TenantValues
}

// TenantFormPage is the page of the form.
type TenantFormPage struct {
	Page
	Name string // of the tenant as stored, for an edit
	Form TenantForm
}

func (f TenantForm) record() recordForm {
	rows := mark(f.rows(f.Values), f.Errors)
	r := recordForm{
		Action: "/tenants", Cancel: "/tenants", Submit: "Create tenant", TestID: "tenant-form",
		Hidden: []Choice{{f.Key, "key", ""}}, Rows: rows, Errors: f.Errors, Error: f.Error,
	}
	if f.ID != "" {
		r.Action, r.Cancel, r.Submit = tenantPath(f.ID)+"/edit", tenantPath(f.ID), "Save"
		r.Hidden = []Choice{{strconv.Itoa(f.EditVersion), "edit_version", ""}}
	}
	if s := f.Stale; s != nil {
		r.Submit = "Save mine"
		r.Stale = &staleEdit{By: s.By, At: s.At, Reload: r.Action, Differences: differences(rows, f.rows(s.Theirs))}
	}
	return r
}

func (f TenantForm) rows(v TenantValues) [][]recordField {
	zones := make([]Choice, len(f.Zones))
	for i, z := range f.Zones {
		zones[i] = Choice{Value: z, Label: z}
	}
	return [][]recordField{
		{
			{Field: Field{Name: "name", Label: "Name", Value: v.Name, Required: true, MaxLength: 200}},
			{Field: Field{Name: "slug", Label: "Slug", Value: v.Slug, MaxLength: 63, Hint: "Made from the name when left empty; needed for a name without Latin letters."}},
		},
		{
			{Field: Field{Name: "email", Label: "E-mail", Value: v.Email, Type: "email", Required: true, MaxLength: 254}},
			{Field: Field{Name: "billing_email", Label: "Billing e-mail", Value: v.BillingEmail, Type: "email", MaxLength: 254, Hint: "Where invoices go, when that is another one."}},
		},
		{
			{Field: Field{Name: "external_customer_id", Label: "Customer ID", Value: v.ExternalCustomerID, MaxLength: 200, Hint: "At the billing provider."}},
			{
				Kind: comboField, Choices: zones,
				Field: Field{Name: "time_zone", Label: "Time zone", Value: v.TimeZone, MaxLength: 64, Placeholder: "Europe/Berlin", Hint: "Where the customer is. UTC when left empty."},
			},
		},
	}
}
