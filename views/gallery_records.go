package views

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"github.com/a-h/templ"
)

// unfocused draws a component that asks for the focus without that: the gallery shows several.
func unfocused(c templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var drawn bytes.Buffer
		if err := c.Render(ctx, &drawn); err != nil {
			return err
		}
		_, err := w.Write(bytes.ReplaceAll(drawn.Bytes(), []byte(" autofocus"), nil))
		return err
	})
}

// sampleTenantID is the tenant of the samples.
const sampleTenantID = "01933f2e-7c41-7d1a-9b0e-5f2c8a6d1e45"

// SampleTenantRows are tenants with many, few and no deployments.
func SampleTenantRows(now time.Time) []TenantRow {
	row := func(n int, name, slug, email string, counts ...StateCount) TenantRow {
		return TenantRow{
			ID: sampleTenantID[:len(sampleTenantID)-1] + strconv.Itoa(n), Name: name, Slug: slug, Email: email, Counts: counts,
			Created: now.AddDate(0, -5*n, -n),
		}
	}
	return []TenantRow{
		row(1, "Bluepeak Outdoor", "bluepeak", "it@bluepeak.example", StateCount{lifecycle.Suspended, 1}, StateCount{lifecycle.Paused, 1}),
		row(2, "Castell & Sons", "castell", "office@castell.example", StateCount{lifecycle.Active, 1}),
		row(3, "Halden Logistics", "halden-logistics", "platform@halden-logistics.example", StateCount{lifecycle.Active, 12}, StateCount{lifecycle.PastDue, 2}, StateCount{lifecycle.Cancelled, 3}),
		row(4, "Kitefield Labs", "kitefield", "hello@kitefield.example"),
		row(5, "Northwind Traders", "northwind", "ops@northwind.example", StateCount{lifecycle.Active, 3}, StateCount{lifecycle.PastDue, 1}, StateCount{lifecycle.Trial, 1}),
	}
}

var sampleTenantCounts = StateCounts{
	{lifecycle.Active, 1},
	{lifecycle.Trial, 1},
	{lifecycle.Paused, 1},
	{lifecycle.PastDue, 1},
	{lifecycle.Suspended, 1},
	{lifecycle.Provisioning, 1},
	{lifecycle.Cancelled, 1},
	{lifecycle.Archived, 1},
}

// SampleTenantPage is a tenant with one deployment in each state, seen by the given roles.
func SampleTenantPage(page Page, roles access.Roles) TenantPage {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	p := TenantPage{
		Page: page,
		Tenant: Tenant{
			ID: sampleTenantID, Name: "Northwind Traders", Slug: "northwind", Email: "ops@northwind.example",
			BillingEmail: "invoices@northwind.example", CustomerID: "cus_QX81nW2kd", TimeZone: "Europe/Berlin", Zone: berlin,
			Created: page.Now.AddDate(0, -17, -4),
		},
		Counts:  sampleTenantCounts,
		Account: NewAccountPanel(sampleTenantID, SampleActor(roles), sampleTenantCounts, 1),
		Note:    &NoteForm{Action: tenantPath(sampleTenantID) + "/notes", Key: "sample"},
	}
	for i, r := range SampleRows(page.Now) {
		p.Deployments = append(p.Deployments, TenantDeployment{
			ID: r.ID, Name: r.Name, Hostname: r.Name + ".northwind.example", State: r.State, Since: r.Since, TrialEnds: r.TrialEnds,
			Region: r.Region, Price: []string{"€49/mo", "€149/mo", "€19/mo"}[i%3],
		})
	}
	p.Timeline = SampleTimeline(page.Now)
	for i := range p.Timeline.Entries {
		if i != 2 {
			p.Timeline.Entries[i].DeploymentID = sampleID
			p.Timeline.Entries[i].DeploymentName = []string{"storefront-eu", "crm"}[i%2]
		}
	}
	return p
}

// SamplePreview is an account action over one deployment in each state and some more active ones.
func SamplePreview(a lifecycle.Action, more int) AccountPreview {
	p := AccountPreview{
		ID: "01933f2e-7c41-7d1a-9b0e-5f2c8a6d1e46", TenantID: sampleTenantID, TenantName: "Northwind Traders", Action: a, Key: "sample",
	}
	names := []string{"storefront-eu", "crm", "wiki", "shop-prod", "staging", "erp", "helpdesk", "analytics"}
	add := func(name string, s lifecycle.State) {
		_, ok := lifecycle.FindMove(s, a)
		p.Lines = append(p.Lines, AccountLine{
			ID: sampleID[:len(sampleID)-2] + strconv.Itoa(10+len(p.Lines)%90), Name: name, State: s, Moves: ok,
		})
	}
	for i, s := range lifecycle.States {
		add(names[i], s)
	}
	for i := range more {
		add("storefront-"+strconv.Itoa(i+1), lifecycle.Active)
	}
	return p
}

func samplePreviewAgain(a lifecycle.Action) AccountPreview {
	p := SamplePreview(a, 0)
	p.Stale = true
	p.Notes = "Told them on the phone."
	p.FieldError = "Choose a reason: " + a.Label() + " is not recorded without one."
	return p
}

func samplePreviewStopped() AccountPreview {
	p := SamplePreview(lifecycle.Restore, 0)
	for i := range p.Lines {
		p.Lines[i].State, p.Lines[i].Moves = lifecycle.Active, false
	}
	p.Notes = "Paid by bank transfer."
	return p
}

// SampleTenantForm is an edit, with mistakes or stale where asked.
func SampleTenantForm(now time.Time, mistakes, stale bool) TenantForm {
	f := TenantForm{
		ID: sampleTenantID, EditVersion: 4, Zones: []string{"UTC", "Europe/Berlin", "Europe/London", "America/New_York"},
		Values: TenantValues{
			Name: "Northwind Traders", Slug: "northwind", Email: "ops@northwind.example", BillingEmail: "invoices@northwind",
			ExternalCustomerID: "cus_QX81nW2kd", TimeZone: "Europe/Berlin",
		},
	}
	if mistakes {
		f.Errors = []FieldError{{"billing_email", "Write it like name@example.com."}, {"slug", "Another tenant has this slug."}}
	}
	if stale {
		f.Stale = &StaleTenant{By: "Tomás Reyes", At: now.Add(-3 * time.Minute), Theirs: f.Values}
		f.Stale.Theirs.BillingEmail, f.Stale.Theirs.ExternalCustomerID = "accounts@northwind.example", ""
	}
	return f
}

// SampleDeploymentForm is a new deployment.
func SampleDeploymentForm() DeploymentForm {
	return DeploymentForm{
		TenantID: sampleTenantID, Key: "sample",
		Choices: DeploymentChoices{
			Plans:   []Choice{{"starter", "Starter · €19/mo", ""}, {"standard", "Standard · €49/mo", ""}},
			Regions: sampleChoices, Sizes: []Choice{{"s-1vcpu-1gb", "1 CPU, 1 GB", ""}, {"s-2vcpu-4gb", "2 CPUs, 4 GB", ""}},
			TrialDays: 14,
		},
	}
}

var sampleFailures = []Failure{
	{Status: 400, Text: "limit: use a number from 1 to 100.", RequestID: "f3b1c0de"},
	{Status: 403, Text: "You act as Viewer. This needs Support, Billing or Admin.", RequestID: "f3b1c0de"},
	{Status: 404},
	{Status: 503, RequestID: "f3b1c0de"},
}

// SampleImport is the page after a file with mistakes.
func SampleImport(page Page) ImportPage {
	return ImportPage{
		Page: page, FileName: "customers.csv",
		Columns: []ImportColumn{
			{"tenant_name", "Name of the customer. Rows of one customer repeat it.", "Northwind Traders", true},
			{"tenant_email", "Where the customer is reached.", "ops@northwind.example", true},
			{"time_zone", "IANA name; UTC when empty.", "Europe/Berlin", false},
			{"deployment_name", "Name of the deployment.", "storefront, Europe", true},
		},
		Bad: []ImportRowError{
			{2, "tenant_email", "Write it like name@example.com."},
			{1204, "plan", "There is no plan “gold”. Use starter, standard, business or enterprise."},
			{1205, "", "The row has 9 cells, the header 10."},
		},
		More: 14,
	}
}
