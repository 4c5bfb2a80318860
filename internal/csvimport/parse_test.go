package csvimport_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"arcadia.example/console/internal/csvimport"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

const (
	full = "tenant_slug,tenant_name,tenant_email,billing_email,external_customer_id,time_zone,deployment_slug,deployment_name,hostname," +
		"app,app_version,plan,region,size,state,trial_ends,notes\n"
	short = "tenant_slug,tenant_name,tenant_email,deployment_name,plan,region,size,state,hostname\n"
)

func TestParse(t *testing.T) {
	t.Parallel()
	file := "\xef\xbb\xbf" + strings.ReplaceAll(full+
		`northwind,Northwind Traders,IT@northwind.example,pay@northwind.example,C-1,Europe/Berlin,shop,Shop,Shop.northwind.example,WordPress,6.7.1,standard,fra1,s-1vcpu-2gb,Paused,,"for the ""winter"",`+"\n"+`until March"`+"\n"+
		"northwind,,,,,,,Try it,,,,starter,ams3,s-1vcpu-1gb,trial,2026-12-24,\n"+
		",,,,,,,,,,,,,,,,\n\n"+
		"lakeside,Lakeside,it@lakeside.example,,,,,,,,,,,,,,\n", "\n", "\r\n")
	rows, problems := csvimport.Parse(strings.NewReader(file))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if len(rows) != 3 {
		t.Fatalf("%d rows", len(rows))
	}
	first, second, third := rows[0], rows[1], rows[2]
	if first.Line != 2 || first.Tenant.Email != "it@northwind.example" || first.State != lifecycle.Paused ||
		first.Deployment.Hostname != "shop.northwind.example" || first.Notes != "for the \"winter\",\nuntil March" {
		t.Errorf("first row: %+v", first)
	}
	if second.Line != 4 || second.Deployment.Slug != "try-it" ||
		!second.Deployment.TrialEndsAt.Equal(time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("second row: %+v", second)
	}
	if third.Line != 7 || !third.Alone || third.State != "" {
		t.Errorf("third row: %+v", third)
	}
}

func TestParseNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	good := "acme,Acme,it@acme.example,Shop,starter,fra1,s-1vcpu-1gb,,\n"
	for name, c := range map[string]struct {
		file string
		want []string // how each error begins or what it contains
	}{
		"empty":               {"", []string{"the file: The file is empty"}},
		"mark alone":          {"\xef\xbb\xbf", []string{"the file: The file is empty"}},
		"header alone":        {short, []string{"the file: There are no rows"}},
		"semicolons":          {strings.ReplaceAll(short, ",", ";"), []string{"line 1: The columns are not separated by commas"}},
		"unknown column":      {"colour," + short + "x," + good, []string{`line 1: There is no column "colour"`}},
		"column twice":        {"plan," + short + "x," + good, []string{"line 1: The column plan stands here twice"}},
		"column missing":      {"tenant_slug\nacme\n", []string{"line 1: The column tenant_name is missing", "line 1: The column tenant_email is missing"}},
		"latin 1":             {short + strings.Replace(good, "Acme", "Caf\xe9", 1), []string{"line 2, tenant_name: This field is not UTF-8"}},
		"utf-16":              {"\xff\xfet\x00e\x00", []string{"line 1: The header is not UTF-8"}},
		"nul":                 {short + strings.Replace(good, "Shop", "Sh\x00op", 1), []string{"line 2, deployment_name: This field has a NUL"}},
		"too few fields":      {short + "acme,Acme\n" + good, []string{"line 2: There are 2 fields, but the header has 9"}},
		"too many fields":     {short + "x," + good, []string{"line 2: There are 10 fields"}},
		"bare quote":          {short + strings.Replace(good, "Shop", `Sh"op`, 1) + good, []string{"line 2: This line cannot be read: a quotation mark"}},
		"open quote":          {short + good + `"acme` + "\n", []string{"line 3: This line cannot be read: a quoted field"}},
		"plan":                {short + strings.Replace(good, "starter", "gold", 1), []string{"line 2, plan: Choose"}},
		"several in one line": {short + "acme,Acme,nobody,Shop,gold,mars,huge,,\n", []string{"tenant_email", "plan", "region", "size"}},
		"state":               {short + "acme,Acme,it@acme.example,Shop,starter,fra1,s-1vcpu-1gb,gone,\n", []string{`line 2, state: There is no state "gone"`}},
		"provisioning":        {short + "acme,Acme,it@acme.example,Shop,starter,fra1,s-1vcpu-1gb,provisioning,\n", []string{"line 2, state: Provisioning cannot"}},
		"control character":   {short + strings.Replace(good, "Shop", "Sh\x1bop", 1), []string{"line 2, deployment_name: The name has characters"}},
		"same deployment":     {short + good + good, []string{"line 3, deployment_slug: Line 2 has the same slug"}},
		"same host": {
			short + "acme,Acme,it@acme.example,A,starter,fra1,s-1vcpu-1gb,,a.example.com\nacme,,,B,starter,fra1,s-1vcpu-1gb,,A.example.com\n",
			[]string{"line 3, hostname: Line 2 has the same host name"},
		},
		"another name":        {short + good + "acme,Acme Inc,,B,starter,fra1,s-1vcpu-1gb,,\n", []string{`line 3, tenant_name: Line 2 says "Acme"`}},
		"tenant twice":        {short + "acme,Acme,it@acme.example,,,,,,\nacme,,,,,,,,\n", []string{"line 3, tenant_slug: This tenant stands in line 2"}},
		"plan of nothing":     {short + "acme,Acme,it@acme.example,,starter,,,active,\n", []string{"line 2, plan: This belongs", "line 2, state: This belongs"}},
		"trial end of no day": {full + "a,A,a@a.example,,,,,A,,,,starter,fra1,s-1vcpu-1gb,trial,24.12.2026,\n", []string{"line 2, trial_ends:"}},
		"trial end of active": {full + "a,A,a@a.example,,,,,A,,,,starter,fra1,s-1vcpu-1gb,active,2026-12-24,\n", []string{"line 2, trial_ends: Only a trial"}},
		"long notes":          {full + "a,A,a@a.example,,,,,A,,,,starter,fra1,s-1vcpu-1gb,,," + strings.Repeat("ä", 9901) + "\n", []string{"line 2, notes: These notes have 9901"}},
		"all lines": {
			short + strings.Repeat("acme,Acme\n", 3) + strings.Replace(good, "fra1", "x", 1),
			[]string{"line 2:", "line 3:", "line 4:", "line 5, region"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, problems := csvimport.Parse(strings.NewReader(c.file))
			if rows != nil || len(problems) != len(c.want) {
				t.Fatalf("%d rows, and the errors are\n%v", len(rows), problems)
			}
			for i, want := range c.want {
				if !strings.Contains(problems[i].String(), want) {
					t.Errorf("error %d is %q, want %q in it", i, problems[i], want)
				}
			}
		})
	}
}

func TestParseStopsAtTheMost(t *testing.T) {
	t.Parallel()
	_, problems := csvimport.Parse(strings.NewReader(short + strings.Repeat("acme\n", 5000)))
	if len(problems) != store.MaxLineErrors {
		t.Errorf("%d errors", len(problems))
	}
	var file bytes.Buffer
	file.WriteString(short)
	for i := range store.MaxImportRows + 1 {
		fmt.Fprintf(&file, "t-%d,T,t@t.example,,,,,,\n", i)
	}
	_, problems = csvimport.Parse(&file)
	if len(problems) != 1 || problems[0].Line != 0 || !strings.Contains(problems[0].Text, "at most 50000") {
		t.Errorf("too many rows: %v", problems)
	}
	endless := strings.NewReader("\"" + strings.Repeat("x", csvimport.MaxBytes+10))
	if _, problems = csvimport.Parse(endless); len(problems) != 1 || !strings.Contains(problems[0].Text, "larger than 64 MiB") {
		t.Errorf("too large: %v", problems)
	}
}

func TestParseSaysThatReadingFailed(t *testing.T) {
	t.Parallel()
	for _, start := range []string{"", short, short + "acme,Acme,it@acme.example,,,,,,\n"} {
		_, problems := csvimport.Parse(&broken{start: strings.NewReader(start)})
		if len(problems) != 1 || !strings.Contains(problems[0].Text, "the disk is gone") {
			t.Errorf("after %q: %v", start, problems)
		}
	}
}

// broken fails after what it starts with.
type broken struct{ start *strings.Reader }

func (b *broken) Read(p []byte) (int, error) {
	if b.start.Len() > 0 {
		return b.start.Read(p)
	}
	return iotest.ErrReader(errors.New("the disk is gone")).Read(p)
}

// encode writes rows as a file.
func encode(rows []store.ImportRow) string {
	var b strings.Builder
	b.WriteString(full)
	w := csv.NewWriter(&b)
	for _, r := range rows {
		ends := ""
		if !r.Deployment.TrialEndsAt.IsZero() {
			ends = r.Deployment.TrialEndsAt.Format(time.DateOnly)
		}
		t, d := r.Tenant, r.Deployment
		// A strings.Builder takes everything.
		_ = w.Write([]string{
			t.Slug, t.Name, t.Email, t.BillingEmail, t.ExternalCustomerID, t.TimeZone, d.Slug, d.Name, d.Hostname, d.App, d.AppVersion,
			d.Plan, d.Region, d.Size, string(r.State), ends, r.Notes,
		})
	}
	w.Flush()
	return b.String()
}

func FuzzParse(f *testing.F) {
	f.Add(full + "northwind,Northwind,it@n.example,,C-1,Europe/Berlin,shop,Shop,shop.n.example,WordPress,6.7,standard,fra1,s-1vcpu-2gb,paused,,\"a \"\"b\"\"\nc\"\n")
	f.Add(full + "a,A,a@a.example,,,,,A,,,,starter,fra1,s-1vcpu-1gb,trial,2026-12-24,\r\n")
	f.Add("\xef\xbb\xbf" + short + "acme,Acme,it@acme.example,,,,,,\n,,,,,,,,\n")
	f.Add(short + "acme,Ac\"me,\xff\x00,")
	f.Add("tenant_slug;tenant_name\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, file string) {
		rows, problems := csvimport.Parse(strings.NewReader(file))
		if (len(rows) == 0) == (len(problems) == 0) {
			t.Fatalf("%d rows and %d errors", len(rows), len(problems))
		}
		if len(problems) > store.MaxLineErrors || !slices.IsSortedFunc(problems, func(a, b store.LineError) int { return a.Line - b.Line }) {
			t.Fatalf("errors: %v", problems)
		}
		for _, p := range problems {
			if p.Text == "" || p.Line < 0 || p.Line > strings.Count(file, "\n")+1 {
				t.Fatalf("error %+v", p)
			}
		}
		if len(rows) == 0 || strings.Contains(file, "\r") { // the reader takes a carriage return before a line feed away
			return
		}
		again, problems := csvimport.Parse(strings.NewReader(encode(rows)))
		if len(problems) > 0 || len(again) != len(rows) {
			t.Fatalf("written again: %v", problems)
		}
		for i := range rows {
			again[i].Line = rows[i].Line
			if again[i] != rows[i] {
				t.Fatalf("row %d was %+v and is %+v", i, rows[i], again[i])
			}
		}
	})
}
