package views

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"github.com/a-h/templ"
)

var recordsNow = time.Date(2026, 11, 23, 9, 12, 0, 0, time.UTC)

// hostile turns the direction of what follows, closes attributes and tags, and would run in three ways.
const hostile = "\u202e\"'><script>alert(1)</script><b hx-get=/x onclick=alert(1)>javascript:alert(1)"

func drawRecord(t *testing.T, c templ.Component) string {
	t.Helper()
	var out bytes.Buffer
	if err := c.Render(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func recordsPage() Page {
	return Page{
		Title: "Test", Nav: "tenants", Path: "/tenants", Now: recordsNow,
		Viewer: Viewer{Name: "Ines Okafor", Role: "Billing", CanEdit: true, CanNote: true, CanImport: true},
	}
}

// recordsPages are all pages of this part, with the text wherever a person's text can stand.
func recordsPages(text string) map[string]templ.Component {
	page := recordsPage()
	row := TenantRow{ID: sampleTenantID, Name: text, Slug: text, Email: text, Counts: sampleTenantCounts, Created: recordsNow}
	tenants := TenantsPage{Page: page, Query: ListQuery{Path: "/tenants", Text: text}, Rows: []TenantRow{row}}
	nearly, empty := tenants, tenants
	nearly.Nearly, empty.Rows = true, nil

	tenant := SampleTenantPage(page, access.Billing)
	tenant.Tenant = Tenant{ID: sampleTenantID, Name: text, Slug: text, Email: text, BillingEmail: text, CustomerID: text, TimeZone: text, Created: recordsNow}
	for i := range tenant.Deployments {
		tenant.Deployments[i].Name, tenant.Deployments[i].Hostname, tenant.Deployments[i].Region = text, text, "fra1"
	}
	for i := range tenant.Timeline.Entries {
		e := &tenant.Timeline.Entries[i]
		e.Actor, e.ActorID, e.Notes, e.DeploymentName = text, text, text, text
	}

	preview := SamplePreview(lifecycle.Cancel, 0)
	preview.TenantName, preview.Notes, preview.Error = text, text, text
	for i := range preview.Lines {
		preview.Lines[i].Name = text
	}
	stopped := preview
	stopped.Refusal = "Needs Billing."

	form := SampleTenantForm(recordsNow, true, true)
	form.Values = TenantValues{text, text, text, text, text, text}
	form.Stale.By, form.Stale.Theirs = text, TenantValues{text + "2", text, "", text, text, text}
	form.Errors = []FieldError{{"slug", text}, {"elsewhere", text}}
	deployment := SampleDeploymentForm()
	deployment.Values = DeploymentValues{Name: text, Slug: text, Hostname: text, App: text, AppVersion: text, Plan: text, Region: text, Size: text, State: text}
	deployment.Error = text
	edit := deployment
	edit.ID, edit.OnTrial, edit.EditVersion = sampleID, true, 3
	edit.Stale = &StaleDeployment{By: text, At: recordsNow, Theirs: DeploymentValues{Name: "x"}}

	imported := SampleImport(page)
	imported.FileName, imported.Bad[0].Column, imported.Bad[0].Text = text, text, text
	broken, done := imported, imported
	broken.Bad, broken.More, broken.Error = nil, 0, text
	done.Bad, done.More, done.Result = nil, 0, &ImportResult{Tenants: 3, Deployments: 1}

	found := SearchPage{
		Page: page, Text: text, Tenants: []TenantRow{row}, Nearly: true,
		Deployments: []FoundDeployment{{ID: sampleID, Name: text, TenantName: text, Hostname: text, State: lifecycle.Trial, Since: recordsNow}},
	}
	return map[string]templ.Component{
		"tenants":            Tenants(tenants),
		"tenants nearly":     Tenants(nearly),
		"tenants empty":      Tenants(empty),
		"tenants none":       Tenants(TenantsPage{Page: page, Query: ListQuery{Path: "/tenants"}}),
		"tenant":             TenantDetail(tenant),
		"tenant empty":       TenantDetail(TenantPage{Page: page, Tenant: Tenant{ID: sampleTenantID, Name: text}}),
		"preview":            AccountPreviewAlone(AccountPreviewPage{Page: page, Preview: preview}),
		"preview stopped":    AccountPreviewAlone(AccountPreviewPage{Page: page, Preview: stopped}),
		"tenant new":         TenantFormView(TenantFormPage{Page: page, Form: TenantForm{Key: "k", Zones: []string{"UTC"}}}),
		"tenant edit":        TenantFormView(TenantFormPage{Page: page, Name: text, Form: form}),
		"deployment new":     DeploymentFormView(DeploymentFormPage{Page: page, TenantName: text, Form: deployment}),
		"deployment edit":    DeploymentFormView(DeploymentFormPage{Page: page, TenantName: text, Name: text, Form: edit}),
		"search":             Search(found),
		"search nothing":     Search(SearchPage{Page: page, Text: text}),
		"search yet nothing": Search(SearchPage{Page: page}),
		"import":             Import(imported),
		"import broken":      Import(broken),
		"import done":        Import(done),
		"failure":            FailureView(FailurePage{Page: page, Failure: Failure{Status: 422, Text: text, RequestID: "r1"}}),
	}
}

var (
	attributeValue = regexp.MustCompile(`"[^"]*"`)
	safePlaces     = regexp.MustCompile(`(?s)<bdi>.*?</bdi>|<textarea.*?</textarea>|<option.*?</option>|<blockquote [^>]*dir=""[^>]*>.*?</blockquote>`)
	inline         = regexp.MustCompile(`(?i)<[^>]*\s(style|on[a-z]+|hx-on[^=\s]*)=|<style|<script(?:>|\s+(?:[^s>]|s[^r]))`)
)

func TestRecordsKeepHostileTextInert(t *testing.T) {
	for name, c := range recordsPages(hostile) {
		out := drawRecord(t, c)
		if strings.Contains(out, "<script>alert") || strings.Contains(out, "<b hx-get") {
			t.Errorf("%s: markup came through", name)
		}
		if strings.Contains(out, `href="javascript:`) || strings.Contains(out, `action="javascript:`) {
			t.Errorf("%s: an address runs script", name)
		}
		rest := safePlaces.ReplaceAllString(attributeValue.ReplaceAllString(out, `""`), "")
		if i := strings.Index(rest, "\u202e"); i >= 0 {
			t.Errorf("%s: text is not isolated: …%s", name, rest[max(0, i-120):i+20])
		}
	}
}

func TestRecordsHaveNothingInline(t *testing.T) {
	for name, c := range recordsPages("Northwind & Sons") {
		if found := inline.FindString(drawRecord(t, c)); found != "" {
			t.Errorf("%s: %s", name, found)
		}
	}
}

var (
	idAttr = regexp.MustCompile(` id="([^"]*)"`)
	idRefs = regexp.MustCompile(` (?:for|list|aria-labelledby|aria-describedby|data-refocus)="([^"]*)"|href="#([^"]+)"`)
)

func TestRecordsIDs(t *testing.T) {
	for name, c := range recordsPages("Northwind") {
		out := drawRecord(t, c)
		ids := map[string]bool{"dialog-title": true} // of the dialog, once it is filled
		for _, found := range idAttr.FindAllStringSubmatch(out, -1) {
			if ids[found[1]] {
				t.Errorf("%s: id %q stands twice", name, found[1])
			}
			ids[found[1]] = true
		}
		for _, found := range idRefs.FindAllStringSubmatch(out, -1) {
			for _, id := range strings.Fields(found[1] + " " + found[2]) {
				if !ids[id] {
					t.Errorf("%s: nothing has the id %q", name, id)
				}
			}
		}
	}
}

func TestGalleryShowsRecords(t *testing.T) {
	out := drawRecord(t, Gallery(GalleryPage{Page: recordsPage()}))
	for _, want := range []string{`data-testid="account-panel"`, `data-testid="tenant-form"`, `data-testid="account-stopped"`, `data-status="404"`} {
		if !strings.Contains(out, want) {
			t.Errorf("the gallery has no %s", want)
		}
	}
	if strings.Contains(out, " autofocus") {
		t.Error("the gallery asks for the focus")
	}
}

var (
	fieldName = regexp.MustCompile(`<(?:input|select|textarea|button)[^>]* name="([^"]+)"`)
	formTag   = regexp.MustCompile(`(?s)<form[^>]*>.*?</form>`)
)

// formFields lists the names of the fields of the form that has the given text in its markup, each once.
func formFields(t *testing.T, out, with string) string {
	t.Helper()
	for _, form := range formTag.FindAllString(out, -1) {
		if !strings.Contains(form, with) {
			continue
		}
		var names []string
		for _, found := range fieldName.FindAllStringSubmatch(form, -1) {
			if !slices.Contains(names, found[1]) {
				names = append(names, found[1])
			}
		}
		slices.Sort(names)
		return strings.Join(names, " ")
	}
	t.Fatalf("no form with %s", with)
	return ""
}

func TestFormsHaveExactlyTheirFields(t *testing.T) {
	pages := recordsPages("Northwind")
	tests := []struct{ page, with, want string }{
		{"tenant", `data-testid="account-action-pause"`, "action step"},
		{"tenant", `data-testid="note-form"`, "key notes"},
		{"preview", `data-testid="transition-form"`, "action key notes preview reason step"},
		{"preview stopped", `data-testid="account-stopped"`, "key notes"},
		{"tenant new", `data-testid="tenant-form"`, "billing_email email external_customer_id key name slug time_zone"},
		{"tenant edit", `data-testid="tenant-form"`, "billing_email edit_version email external_customer_id name slug time_zone"},
		{"deployment new", `data-testid="deployment-form"`, "app app_version hostname key name plan region size slug state"},
		{"deployment edit", `data-testid="deployment-form"`, "app app_version edit_version hostname name plan region size slug trial_ends"},
		{"search", `search-all`, "q"},
		{"import", `data-testid="import-form"`, "file"},
	}
	for _, tt := range tests {
		if got := formFields(t, drawRecord(t, pages[tt.page]), tt.with); got != tt.want {
			t.Errorf("%s, %s: %s, want %s", tt.page, tt.with, got, tt.want)
		}
	}
}

func TestTestIDs(t *testing.T) {
	pages := recordsPages("Northwind")
	for page, ids := range map[string][]string{
		"tenants":        {`data-testid="search"`, `data-testid="tenant-row" data-id="` + sampleTenantID, `aria-label="1 active, 1 trial`, `8 deployments`},
		"tenants nearly": {`Nothing matches “<bdi>Northwind</bdi>” exactly. These come close:`},
		"tenants empty":  {`No tenant fits`},
		"tenants none":   {`No tenants yet`},
		"tenant":         {`data-testid="standing" data-state="suspended"`, `data-testid="deployment-row"`, `data-testid="timeline"`, `data-testid="new-deployment"`},
		"preview":        {`data-testid="confirm"`, `data-testid="dismiss"`, `data-testid="no-reverse"`},
		"tenant edit":    {`data-testid="error"`, `aria-invalid="true"`, `data-testid="difference"`, `href="#slug"`},
		"search":         {`data-testid="tenant-row"`, `data-testid="deployment-row"`, `data-testid="state-badge"`, `data-row-link`},
		"import":         {`data-testid="bad-row"`, `Nothing was imported`, `data-testid="error"`},
		"import done":    {`3 tenants`, `1 deployment<`},
		"failure":        {`data-testid="error"`, `data-status="422"`, `r1`},
	} {
		out := drawRecord(t, pages[page])
		for _, id := range ids {
			if !strings.Contains(out, id) {
				t.Errorf("%s: no %s", page, id)
			}
		}
	}
}

func TestViewerIsOfferedNothingToWrite(t *testing.T) {
	page := recordsPage()
	page.Viewer = Viewer{Name: "Vera", Role: "Viewer"}
	tenant := SampleTenantPage(page, access.Viewer)
	tenant.Note = nil
	out := drawRecord(t, TenantDetail(tenant)) + drawRecord(t, Tenants(TenantsPage{Page: page}))
	for _, not := range []string{`method="post"`, "/new", "/edit", `data-testid="account-action-`} {
		if strings.Contains(out, not) {
			t.Errorf("a viewer is offered %s", not)
		}
	}
}

func TestStaleEditShowsOnlyWhatDiffers(t *testing.T) {
	f := SampleDeploymentForm()
	f.ID, f.EditVersion = sampleID, 5
	f.Values = DeploymentValues{Name: "shop", Plan: "starter", Region: "fra1", Size: "s-1vcpu-1gb"}
	theirs := f.Values
	theirs.Plan = "standard"
	f.Stale = &StaleDeployment{By: "Tomás Reyes", Theirs: theirs}
	r := f.record()
	want := []difference{{"Plan", "Starter · €19/mo", "Standard · €49/mo"}}
	if !slices.Equal(r.Stale.Differences, want) {
		t.Errorf("differences %v, want %v", r.Stale.Differences, want)
	}
	out := drawRecord(t, recordFormCard(Clock{Now: recordsNow}, r))
	if !strings.Contains(out, `name="edit_version" value="5"`) || !strings.Contains(out, `value="starter" selected`) || !strings.Contains(out, "Tomás Reyes") {
		t.Error("the form does not keep mine with the new version")
	}
}

func TestLocalTime(t *testing.T) {
	if got := (Tenant{Zone: time.FixedZone("CET", 3600)}).localTime(recordsNow); got != "Mon 10:12 there now" {
		t.Error(got)
	}
	if got := (Tenant{}).localTime(recordsNow); got != "" {
		t.Error(got)
	}
}

func TestImportSample(t *testing.T) {
	got := SampleImport(Page{}).sample()
	want := "tenant_name,tenant_email,time_zone,deployment_name\nNorthwind Traders,ops@northwind.example,Europe/Berlin,\"storefront, Europe\""
	if got != want {
		t.Error(got)
	}
}
