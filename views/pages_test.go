package views

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/lifecycle"
)

func TestListCarriesTheContract(t *testing.T) {
	d := draw(t, Deployments(testList()))
	ids := d.testIDs()
	want := []string{"search", "global-search", "pager-next", "pager-prev", "notice", "person", "logout", "own-settings"}
	for _, s := range lifecycle.States {
		want = append(want, "filter-state-"+string(s))
	}
	for _, id := range want {
		if ids[id] != 1 {
			t.Errorf("%s %d times", id, ids[id])
		}
	}
	if ids["deployment-row"] != 8 || ids["state-badge"] != 8 {
		t.Errorf("%d rows, %d badges", ids["deployment-row"], ids["state-badge"])
	}
	for i, n := range d.with("data-testid", "deployment-row") {
		if attr(n, "data-id") != testList().Rows[i].ID {
			t.Errorf("row %d carries %q", i, attr(n, "data-id"))
		}
	}
	chip := d.with("data-testid", "filter-state-active")[0]
	if content(chip) != "Active 2,180" || attr(chip, "aria-current") != "true" || attr(chip, "href") != "/deployments?q=shop" {
		t.Errorf("the chip of active: %q, %q", content(chip), attr(chip, "href"))
	}
	if hidden := d.with("name", "state"); len(hidden) != 1 || attr(hidden[0], "value") != "active" {
		t.Error("the search form forgets the chosen state")
	}
	if !strings.Contains(d.text, "Trial ends in 5 days") {
		t.Error("the end of the trial is not shown")
	}
}

func TestDetailCarriesTheContract(t *testing.T) {
	d := draw(t, DeploymentDetail(testDetail(lifecycle.PastDue)))
	ids := d.testIDs()
	for _, id := range []string{"action-panel", "timeline", "note-form", "edit", "action-mark_paid", "action-suspend", "action-cancel", "blocked-pause", "hostname"} {
		if ids[id] != 1 {
			t.Errorf("%s %d times", id, ids[id])
		}
	}
	events := d.with("data-testid", "event")
	if len(events) != 7 {
		t.Fatalf("%d events", len(events))
	}
	e := events[1]
	for name, want := range map[string]string{
		"data-from": "active", "data-to": "past_due", "data-reason": "payment_failed", "data-actor": "stripe", "data-version": "6",
	} {
		if attr(e, name) != want {
			t.Errorf("%s is %q, not %q", name, attr(e, name), want)
		}
	}
	if created := events[6]; !strings.Contains(content(created), "Created as provisioning") {
		t.Errorf("the first event says %q", content(created))
	}
}

func TestAnswerReplacesEachPart(t *testing.T) {
	text := draw(t, MoveAnswer(testAnswer())).text
	for _, target := range []string{"#action-panel", "#deployment-head", "#lifecycle", "#timeline", "#row-" + SampleRows(noon)[0].ID, "#state-chips", "#notices", "#dialog"} {
		if strings.Count(text, `<hx-partial hx-target="`+target+`" hx-swap="`) != 1 {
			t.Errorf("no partial for %s", target)
		}
	}
	plain := testAnswer()
	plain.Form = nil
	if text := draw(t, MoveAnswer(plain)).text; !strings.Contains(text, `<hx-partial hx-target="#dialog" hx-swap="innerHTML"></hx-partial>`) {
		t.Error("the dialog is not emptied after success")
	}
}

func TestClock(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	c := Clock{Now: noon, Zone: berlin}
	for got, want := range map[string]string{
		c.Full(noon):                                         "23 Nov 2026, 13:00 CET",
		c.Short(noon):                                        "23 Nov, 13:00",
		c.Short(noon.AddDate(-1, 0, 0)):                      "23 Nov 2025, 13:00",
		Clock{Now: noon}.Day(noon):                           "23 Nov 2026",
		Machine(noon.In(berlin)):                             "2026-11-23T12:00:00Z",
		c.Ago(noon.Add(-30 * time.Second)):                   "just now",
		c.Ago(noon.Add(-4 * time.Minute)):                    "4 min ago",
		c.Since(noon.Add(-time.Hour)):                        "1 hour",
		c.Since(noon.AddDate(0, 0, -41)):                     "41 days",
		c.Until(noon.Add(5 * 24 * time.Hour)):                "in 5 days",
		c.Until(noon.Add(-24 * time.Hour)):                   "1 day ago",
		Number(-1204):                                        "-1,204",
		Number(3117000):                                      "3,117,000",
		Number(999):                                          "999",
		nextFact(c, lifecycle.Trial, noon.AddDate(0, 0, -2)): "Trial ended 2 days ago",
		nextFact(c, lifecycle.Active, noon):                  "",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestListQuery(t *testing.T) {
	q := ListQuery{Path: "/deployments", States: []lifecycle.State{lifecycle.Active, lifecycle.Trial}, Text: "a&b", Sort: SortName, Limit: "20"}
	for got, want := range map[string]string{
		q.URL():                      "/deployments?limit=20&q=a%26b&sort=name&state=active&state=trial",
		q.Toggle(lifecycle.Active):   "/deployments?limit=20&q=a%26b&sort=name&state=trial",
		q.Toggle(lifecycle.Archived): "/deployments?limit=20&q=a%26b&sort=name&state=active&state=trial&state=archived",
		q.AllStates():                "/deployments?limit=20&q=a%26b&sort=name",
		q.Plain():                    "/deployments",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if len(q.States) != 2 {
		t.Error("asking for an address changed the query")
	}
}

func TestStateBarFillsItsWidth(t *testing.T) {
	counts := StateCounts{{lifecycle.Active, 1000000}, {lifecycle.Provisioning, 1}}
	parts := counts.bar()
	if len(parts) != 2 || parts[0].X != "0.00%" || parts[1].Width == "0.00%" {
		t.Errorf("the bar is %v", parts)
	}
	if len(StateCounts{}.bar()) != 0 || (StateCounts{}).Words() != "no deployments" {
		t.Error("an empty bar has parts")
	}
}

func BenchmarkDeployments(b *testing.B) {
	p := testList()
	for len(p.Rows) < 50 {
		p.Rows = append(p.Rows, SampleRows(noon)...)
	}
	p.Rows = p.Rows[:50]
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := Deployments(p).Render(b.Context(), &out); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(out.Len()))
}
