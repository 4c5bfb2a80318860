package catalog_test

import (
	"strings"
	"testing"
	"time"

	"arcadia.example/console/catalog"
)

func tenant(change func(*catalog.Tenant)) catalog.Tenant {
	t := catalog.Tenant{Name: "Northwind Traders", Email: "it@northwind.example"}
	change(&t)
	return t.Normalize()
}

func deployment(change func(*catalog.Deployment)) catalog.Deployment {
	d := catalog.Deployment{Name: "Web shop", Plan: "standard", Region: "fra1", Size: "s-1vcpu-2gb"}
	change(&d)
	return d.Normalize()
}

func TestTenantProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*catalog.Tenant)
		field  string // of the one problem; empty: none
	}{
		"as it should be":            {func(*catalog.Tenant) {}, ""},
		"no name":                    {func(x *catalog.Tenant) { x.Name, x.Slug = " \t", "x" }, "name"},
		"a name too long":            {func(x *catalog.Tenant) { x.Name, x.Slug = strings.Repeat("ä", 201), "x" }, "name"},
		"a name of 200 characters":   {func(x *catalog.Tenant) { x.Name, x.Slug = strings.Repeat("ä", 200), "x" }, ""},
		"a control character":        {func(x *catalog.Tenant) { x.Name = "North\x07wind" }, "name"},
		"a name without any letters": {func(x *catalog.Tenant) { x.Name = "Ω" }, "slug"},
		"a slug with a capital":      {func(x *catalog.Tenant) { x.Slug = "NORTH" }, ""}, // made small
		"a slug with a space":        {func(x *catalog.Tenant) { x.Slug = "north wind" }, "slug"},
		"a slug with a hyphen first": {func(x *catalog.Tenant) { x.Slug = "-north" }, "slug"},
		"a slug of 64 letters":       {func(x *catalog.Tenant) { x.Slug = strings.Repeat("n", 64) }, "slug"},
		"no e-mail":                  {func(x *catalog.Tenant) { x.Email = "" }, "email"},
		"an e-mail with a name":      {func(x *catalog.Tenant) { x.Email = "IT <it@northwind.example>" }, "email"},
		"an e-mail without a host":   {func(x *catalog.Tenant) { x.Email = "it@" }, "email"},
		"a wrong billing e-mail":     {func(x *catalog.Tenant) { x.BillingEmail = "invoices" }, "billing_email"},
		"no such time zone":          {func(x *catalog.Tenant) { x.TimeZone = "Europe/Atlantis" }, "time_zone"},
		"the machine's time zone":    {func(x *catalog.Tenant) { x.TimeZone = "Local" }, "time_zone"},
		"a path as a time zone":      {func(x *catalog.Tenant) { x.TimeZone = "../../etc/passwd" }, "time_zone"},
	} {
		expectProblem(t, name, tenant(c.change).Check(), c.field)
	}
}

func TestDeploymentProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*catalog.Deployment)
		field  string
	}{
		"as it should be":        {func(*catalog.Deployment) {}, ""},
		"a host name":            {func(x *catalog.Deployment) { x.Hostname = " Shop.Northwind.Example " }, ""},
		"a host name in German":  {func(x *catalog.Deployment) { x.Hostname = "Bücher.example" }, ""},
		"a host name in no form": {func(x *catalog.Deployment) { x.Hostname = "a\u202eb.example" }, "hostname"},
		"a host name alone":      {func(x *catalog.Deployment) { x.Hostname = "localhost" }, "hostname"},
		"a scheme":               {func(x *catalog.Deployment) { x.Hostname = "https://shop.example" }, "hostname"},
		"a script as host name":  {func(x *catalog.Deployment) { x.Hostname = "javascript:alert(1)" }, "hostname"},
		"a path":                 {func(x *catalog.Deployment) { x.Hostname = "shop.example/cart" }, "hostname"},
		"a port":                 {func(x *catalog.Deployment) { x.Hostname = "shop.example:8080" }, "hostname"},
		"an address":             {func(x *catalog.Deployment) { x.Hostname = "192.0.2.1" }, "hostname"},
		"no such plan":           {func(x *catalog.Deployment) { x.Plan = "gold" }, "plan"},
		"no such region":         {func(x *catalog.Deployment) { x.Region = "moon1" }, "region"},
		"no such size":           {func(x *catalog.Deployment) { x.Size = "huge" }, "size"},
		"an app too long":        {func(x *catalog.Deployment) { x.App = strings.Repeat("a", 101) }, "app"},
		"a version too long":     {func(x *catalog.Deployment) { x.AppVersion = strings.Repeat("1", 51) }, "app_version"},
	} {
		expectProblem(t, name, deployment(c.change).Check(), c.field)
	}
}

func expectProblem(t *testing.T, name string, problems catalog.Problems, field string) {
	t.Helper()
	switch {
	case field == "" && len(problems) > 0:
		t.Errorf("%s: %v", name, problems)
	case field != "" && (len(problems) != 1 || problems.For(field) == ""):
		t.Errorf("%s: want one problem with %s, have %v", name, field, problems)
	}
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	got := tenant(func(x *catalog.Tenant) { x.Name = "  Oak  &  Ember\u00a0Studio " })
	if got.Name != "Oak & Ember Studio" || got.Slug != "oak-ember-studio" || got.TimeZone != "UTC" {
		t.Errorf("normalized to %+v", got)
	}
	ends := time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)
	if d := deployment(func(x *catalog.Deployment) { x.Slug, x.TrialEndsAt = " Shop ", ends }); d.Slug != "shop" || d.TrialEndsAt != ends {
		t.Errorf("normalized to %+v", d)
	}
}

func TestSlugify(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Web shop": "web-shop", "  --A--  ": "a", "Über uns": "uber-uns", "": "", "日本": "",
		"Crème Brûlée": "creme-brulee", "Straße 5": "strasse-5", "Łódź & Ærø": "lodz-aero", "İstanbul": "istanbul", "ﬁne": "fine",
		strings.Repeat("long name ", 10): "long-name-long-name-long-name-long-name-long-name-long-name-lon",
	} {
		if got := catalog.Slugify(name); got != want {
			t.Errorf("%q became %q, not %q", name, got, want)
		}
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	if got := catalog.NormalizeNotes("\r\n a\r\nb \n"); got != "a\nb" {
		t.Errorf("normalized to %q", got)
	}
	if got := catalog.NormalizeNotes(" \u200b\u00a0\u200f"); got != "" {
		t.Errorf("a note of which nothing can be seen is kept as %q", got)
	}
	if text := catalog.CheckNotes(strings.Repeat("é", catalog.MaxNotes)); text != "" {
		t.Errorf("a note of the greatest length is refused: %s", text)
	}
	if text := catalog.CheckNotes(strings.Repeat("é", catalog.MaxNotes+1)); !strings.Contains(text, "10001") {
		t.Errorf("a note that is too long is answered with %q", text)
	}
}

func TestHostnames(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		" Shop.Example.COM ": "shop.example.com", "Bücher.example": "xn--bcher-kva.example", "xn--bcher-kva.example": "xn--bcher-kva.example",
		"日本.example": "xn--wgv71a.example", "no host": "no host", "": "",
	} {
		if got := catalog.PlainHostname(typed); got != want {
			t.Errorf("%q became %q, not %q", typed, got, want)
		}
	}
	for typed, want := range map[string]string{
		"https://Shop.Example.com/cart?id=1": "shop.example.com", " http://bücher.example:8080 ": "xn--bcher-kva.example",
		"shop.example.com": "", "ftp://shop.example.com": "", "javascript:alert(1)": "", "https://": "", "": "",
	} {
		if got := catalog.HostOfURL(typed); got != want {
			t.Errorf("%q has the host %q, not %q", typed, got, want)
		}
	}
}

// FuzzCheck holds that whatever is let through has the form that the database asks for.
// A name that reads as another one is refused; one that is written from the right is not.
func TestMarksThatReverseTextAreRefusedInNames(t *testing.T) {
	t.Parallel()
	for _, mark := range []string{"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"} {
		text := "invoice" + mark + "gpj.exe"
		for what, problem := range map[string]string{
			"name of a tenant":     catalog.Tenant{Name: text, Email: "a@b.example"}.Normalize().Check().For("name"),
			"customer ID":          catalog.Tenant{Name: "A", Email: "a@b.example", ExternalCustomerID: text}.Normalize().Check().For("external_customer_id"),
			"name of a deployment": catalog.Deployment{Name: text}.Normalize().Check().For("name"),
			"app":                  catalog.Deployment{Name: "A", App: text}.Normalize().Check().For("app"),
			"name of a person":     catalog.CheckPerson("a@b.example", text).For("name"),
			"e-mail":               catalog.CheckPerson("a"+mark+"b@c.example", "A").For("email"),
			"name of a program":    catalog.CheckIntegration(text, "").For("name"),
			"description":          catalog.CheckIntegration("A", text).For("description"),
			"label of a token":     catalog.CheckTokenLabel(text),
		} {
			if problem == "" {
				t.Errorf("%s with %+q is taken", what, mark)
			}
		}
	}
	for _, name := range []string{"\u05d0\u05d1\u05d2", "\u0645\u0631\u062d\u0628\u0627\u200f.", "caf\u00e9\u200e"} {
		if problem := catalog.CheckPerson("a@b.example", name).For("name"); problem != "" {
			t.Errorf("%+q: %s", name, problem)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("Northwind", "north", "it@northwind.example", "shop.example")
	f.Add("Ω", "-", "a@b", "javascript:x")
	f.Fuzz(func(t *testing.T, name, slug, email, hostname string) {
		x := catalog.Tenant{Name: name, Slug: slug, Email: email}.Normalize()
		if x.Check() == nil && (x.Slug != strings.ToLower(x.Slug) || strings.ContainsAny(x.Slug, " _/%") || !strings.Contains(x.Email, "@")) {
			t.Errorf("let through: %+v", x)
		}
		d := catalog.Deployment{Name: name, Hostname: hostname, Plan: "standard", Region: "fra1", Size: "s-1vcpu-2gb"}.Normalize()
		if d.Check() == nil && strings.ContainsAny(d.Hostname, ":/ @\\?#") {
			t.Errorf("let through: %+v", d)
		}
	})
}
