package store

// ImportColumn is one column of the header of an import.
type ImportColumn struct {
	Name    string
	Needed  bool // must be in the header
	Example string
	Text    string // what belongs in it, for people
}

// ImportColumns is the header that an import understands, in any order. This is the one list of it, for the parser, the
// page and the docs.
var ImportColumns = []ImportColumn{
	{"tenant_slug", true, "northwind", "The tenant's short name: small letters, digits and hyphens. A tenant that exists is found by it; otherwise it is " +
		"created. Empty: made from tenant_name."},
	{"tenant_name", true, "Northwind Traders", "Needed in one row of a new tenant; the others repeat it or leave it empty, as for all columns of a tenant."},
	{"tenant_email", true, "it@northwind.example", "Needed in one row of a new tenant."},
	{"billing_email", false, "invoices@northwind.example", "Where invoices go, if not to tenant_email."},
	{"external_customer_id", false, "cus_4711", "What the billing system calls the tenant."},
	{"time_zone", false, "Europe/Berlin", "A name like Europe/Berlin. Empty: UTC."},
	{"deployment_name", false, "Web shop", "Empty: the row is a tenant alone, and all further columns are empty."},
	{"deployment_slug", false, "web-shop", "Unique within the tenant. Empty: made from the name."},
	{"hostname", false, "shop.northwind.example", "Like shop.example.com. Not that of another deployment, unless that one is archived."},
	{"app", false, "storefront", "Up to 100 characters."},
	{"app_version", false, "4.2", "Up to 50 characters."},
	{"plan", false, "standard", "Code of a plan, needed for a deployment."},
	{"region", false, "fra1", "Code of a region, needed for a deployment."},
	{"size", false, "s-1vcpu-2gb", "Code of a size, needed for a deployment."},
	{"state", false, "active", "active, trial, paused, past_due, suspended, cancelled or archived. Empty: active. " +
		"Provisioning cannot be imported: nothing would build it. A deployment starts active or on trial and is led from " +
		"active to any other state by the shortest way over the map, with an event for each move, at the time of the import."},
	{"trial_ends", false, "", "A day like 2026-12-24, for a trial only. Empty: 14 days from now."},
	{"notes", false, "Taken over from the old platform", "Kept with the newest event of the deployment, up to 9,900 characters."},
}
