package views

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
)

func testRuns() ProvisioningPage {
	return ProvisioningPage{
		Page: testPage(), Filter: RunFilter{Group: lifecycle.RunsStuck, Region: "fra1", Step: lifecycle.StepDNS}, Counts: sampleRunCounts,
		Sweep: SampleSweep(noon), Regions: sampleChoices, Provider: "DigitalOcean", Rows: sampleRunRows(noon), Paging: Paging{Prev: "/provisioning?before=a", Next: "/provisioning?after=b"},
	}
}

func testRun(status lifecycle.RunStatus) RunPage {
	r := *sampleCard(SampleRun(status, noon), access.Operator, noon).Run
	p := RunPage{Page: testPage(), Run: r, Token: 17}
	for range r.Steps {
		p.Steps = append(p.Steps, RunStepDetail{Intent: `{"spec": {}}`, Result: `{"droplet_id": 431882910}`, Tries: RunTries{Try: 2, MaxTries: 8}, Began: noon})
	}
	return p
}

func testRunAnswer() RunResult {
	card := sampleCard(SampleRun(lifecycle.RunCompensating, noon), access.Operator, noon)
	form := sampleRunForm(lifecycle.RunAbort, noon)
	return RunResult{
		Clock: Clock{Now: noon}, Card: card, Run: *card.Run, Deployment: SampleDeployment(lifecycle.Provisioning, noon), Counts: sampleRunCounts,
		Panel: samplePanel(lifecycle.Provisioning, access.Operator, noon), Notice: &Notice{Kind: NoticeDone, Text: "Aborting."}, Form: &form,
	}
}

func TestRunPanelCarriesTheContract(t *testing.T) {
	for _, status := range lifecycle.RunStatuses {
		r := SampleRun(status, noon)
		d := draw(t, RunPanel(Clock{Now: noon}, sampleID, sampleCard(r, access.Operator, noon)))
		saga := d.with("data-testid", "saga")
		if len(saga) != 1 || attr(saga[0], "data-status") != string(status) || attr(saga[0], "data-kind") != "provision" || attr(saga[0], "data-id") != r.ID {
			t.Errorf("%s: %d panels", status, len(saga))
			continue
		}
		steps := d.with("data-testid", "saga-step")
		if len(steps) != len(r.Steps) {
			t.Fatalf("%s: %d steps", status, len(steps))
		}
		for i, n := range steps {
			s := r.Steps[i]
			if attr(n, "data-step") != string(s.Name) || attr(n, "data-status") != string(s.Status) || attr(n, "data-attempt") != strconv.Itoa(s.Try) {
				t.Errorf("%s: step %d carries %v", status, i+1, n.Attr)
			}
			if !strings.Contains(content(n), s.Name.Label(r.Kind)) || !strings.Contains(content(n), statusTable[s.Status].step) {
				t.Errorf("%s: step %d says %q without its status", status, i+1, content(n))
			}
		}
	}
}

// Who asked a run to stop does not read that it is tried again, or which step comes next.
func TestARunThatIsAskedToStopSaysSo(t *testing.T) {
	for _, status := range []lifecycle.RunStatus{lifecycle.RunWaiting, lifecycle.RunRunning, lifecycle.RunRetrying} {
		r := SampleRun(status, noon)
		r.AbortedBy = "Tomás Reyes"
		now := content(draw(t, RunPanel(Clock{Now: noon}, sampleID, sampleCard(r, access.Support, noon))).with("data-testid", "run-now")[0])
		if !strings.Contains(now, "Stopping") || !strings.Contains(now, "Tomás Reyes asked for it to stop.") || strings.Contains(now, "tried again") || strings.Contains(now, "then: ") {
			t.Errorf("%s: %q", status, now)
		}
	}
}

// What is rolled back and what is not must not be taken for each other, by whatever somebody looks at.
func TestRolledBackAndIncompleteReadDifferently(t *testing.T) {
	texts, shapes := map[string]bool{}, map[string]bool{}
	for _, status := range []lifecycle.RunStatus{lifecycle.RunCompensated, lifecycle.RunNeedsOperator, lifecycle.RunFailed, lifecycle.RunCompensating} {
		texts[SampleRun(status, noon).sentence()], shapes[statusIcon(status)] = true, true
	}
	if len(texts) != 4 || len(shapes) != 4 {
		t.Errorf("texts %v, shapes %v", texts, shapes)
	}
	panel := draw(t, RunPanel(Clock{Now: noon}, sampleID, sampleCard(SampleRun(lifecycle.RunNeedsOperator, noon), access.Operator, noon)))
	if now := content(panel.with("data-testid", "run-now")[0]); !strings.Contains(now, "Rollback incomplete: droplet 431882910 may still cost money") {
		t.Errorf("it says %q", now)
	}
	panel = draw(t, RunPanel(Clock{Now: noon}, sampleID, sampleCard(SampleRun(lifecycle.RunCompensated, noon), access.Operator, noon)))
	now := content(panel.with("data-testid", "run-now")[0])
	if !strings.Contains(now, "Rolled back: nothing of it is left") || strings.Contains(now, "cost") {
		t.Errorf("it says %q", now)
	}
}

func TestEachStatusHasAShapeOfItsOwn(t *testing.T) {
	seen, sprite := map[string]lifecycle.RunStatus{}, icons(t)
	for _, status := range lifecycle.RunStatuses {
		icon := statusIcon(status)
		if other, taken := seen[icon]; taken || !sprite[icon] || StatusLabel(status) == "" {
			t.Errorf("%s has the shape %q of %q and the label %q", status, icon, other, StatusLabel(status))
		}
		seen[icon] = status
	}
	for _, a := range lifecycle.RunActions {
		if !sprite[runActionIcons[a]] {
			t.Errorf("%s has no icon", a)
		}
	}
}

func TestEachStepOfEachKindHasWords(t *testing.T) {
	for _, kind := range lifecycle.RunKinds {
		for _, step := range kind.Steps() {
			if doing(kind, step) == "" || doing(kind, step) == "switching the droplet" {
				t.Errorf("%s in %s says nothing of what goes on", step, kind)
			}
		}
	}
}

// Every kind × status × roles: the buttons are what the rules leave open, each a form or link that works without script.
func TestRunControlsEqualOptions(t *testing.T) {
	for _, kind := range lifecycle.RunKinds {
		for _, status := range lifecycle.RunStatuses {
			for roles := access.Roles(0); roles <= access.Viewer|access.Support|access.Billing|access.Operator|access.Admin; roles++ {
				for _, yes := range []bool{false, true} {
					subject := lifecycle.RunSubject{Kind: kind, Status: status, Resting: yes, Gone: yes}
					r := sampleRun(kind, noon)
					r.Controls = NewRunControls(SampleActor(roles), subject, sampleKeys())
					d := draw(t, RunControls(r))
					for _, o := range lifecycle.RunOptions(SampleActor(roles), subject) {
						if buttons := d.testIDs()["run-"+string(o.Action)]; buttons == 1 != o.Open {
							t.Errorf("%s %s as %q: %s open %t, %d buttons", kind, status, roles, o.Action, o.Open, buttons)
						}
					}
					if posts, links := len(d.with("action", runActionsPath(r.ID))), len(d.with("aria-haspopup", "dialog")); posts+links != len(r.Controls) {
						t.Errorf("%s %s as %q: %d forms and %d links", kind, status, roles, posts, links)
					}
				}
			}
		}
	}
}

func TestRunSaysWhatComesNextAndWhen(t *testing.T) {
	berlin := Clock{Now: noon, Zone: time.FixedZone("CET", 3600)}
	for status, words := range map[lifecycle.RunStatus][]string{
		lifecycle.RunWaiting:  {"Waiting to begin", "It begins by itself. Next: mark provisioning."},
		lifecycle.RunRunning:  {"Waiting until the droplet is on", "Since 19 s · then: register in inventory", "Step 3 of 7", "Until 13:09:00 CET at the latest"},
		lifecycle.RunRetrying: {"Creating the droplet failed; it is tried again", sampleTrouble, "Try 3 of 8 in 12 s (13:00:12 CET) · then: wait until it is on", "Try 2 of 8 failed"},
		lifecycle.RunDone:     {"Provisioned", "7 of 7 steps · 44 s", "Droplet 431882910", "Address 203.0.113.24", "A 198.51.100.7 to 203.0.113.24"},
		lifecycle.RunFailed:   {"Ended unfinished", "ticket 8812"},
	} {
		text := content(draw(t, RunPanel(berlin, sampleID, sampleCard(SampleRun(status, noon), access.Operator, noon))).root)
		for _, want := range words {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q: %s", status, want, text)
			}
		}
	}
	line := content(draw(t, RunLine(berlin, SampleRun(lifecycle.RunRunning, noon), "")).root)
	if line != "Provisioning: waiting until the droplet is on, step 3 of 7, since 19 s" {
		t.Errorf("the line says %q", line)
	}
	power := content(draw(t, RunLine(berlin, sampleRun(lifecycle.PowerOff, noon), "Suspended; switching off…")).root)
	if power != "Suspended; switching off…" {
		t.Errorf("the line says %q", power)
	}
}

// Who watched a run to its end sees all of it; afterwards it is one line. A run that is on is open.
func TestRunFoldsWhenItIsOver(t *testing.T) {
	open := func(status lifecycle.RunStatus, later time.Duration) bool {
		d := draw(t, RunPanel(Clock{Now: noon.Add(later)}, sampleID, sampleCard(SampleRun(status, noon), access.Viewer, noon)))
		return len(d.with("open", "")) == 1
	}
	if !open(lifecycle.RunRunning, time.Hour) || !open(lifecycle.RunNeedsOperator, time.Hour) || !open(lifecycle.RunDone, time.Second) || open(lifecycle.RunDone, time.Hour) {
		t.Error("it is folded or open at the wrong time")
	}
	if d := draw(t, RunPanel(Clock{Now: noon}, sampleID, RunCard{})); len(d.with("id", "run")) != 1 || content(d.root) != "" {
		t.Error("without a run there is no place for one, or something in it")
	}
}

func TestListOfRunsCarriesTheContract(t *testing.T) {
	p := testRuns()
	d := draw(t, Provisioning(p))
	ids := d.testIDs()
	for _, id := range []string{"group-all", "group-running", "group-waiting", "group-needs_operator", "group-stuck", "group-finished", "run-filter", "pager-next", "pager-prev"} {
		if ids[id] != 1 {
			t.Errorf("%s %d times", id, ids[id])
		}
	}
	if ids["run-row"] != len(p.Rows) || ids["run-status"] != len(p.Rows) {
		t.Errorf("%d rows, %d statuses", ids["run-row"], ids["run-status"])
	}
	stuck := d.with("data-testid", "group-stuck")[0]
	if content(stuck) != "Stuck 1" || attr(stuck, "aria-current") != "true" {
		t.Errorf("the chip says %q", content(stuck))
	}
	if finished := d.with("data-testid", "group-finished")[0]; content(finished) != "Finished 1,000+" || attr(finished, "href") != "/provisioning?group=finished&region=fra1&step=dns" {
		t.Errorf("the chip says %q and leads to %q", content(finished), attr(finished, "href"))
	}
	if n := d.with("name", "group"); len(n) != 1 || attr(n[0], "value") != "stuck" {
		t.Error("the filter forgets the group")
	}
	for _, n := range d.with("data-row-link", "") {
		if attr(n, "href") != "/deployments/"+sampleID+"#run" {
			t.Errorf("a row leads to %q", attr(n, "href"))
		}
	}
}

func TestEachEmptyListOfRunsSaysWhy(t *testing.T) {
	seen := map[string]bool{}
	for _, group := range append([]lifecycle.RunGroup{""}, lifecycle.RunGroups...) {
		title, _ := ProvisioningPage{Filter: RunFilter{Group: group}}.emptyText()
		if seen[title] && group != lifecycle.RunsFinished {
			t.Errorf("%q says %q, as another does", group, title)
		}
		seen[title] = true
	}
	if title, _ := (ProvisioningPage{Filter: RunFilter{Region: "fra1"}}).emptyText(); title != "No run fits" {
		t.Errorf("a narrowed list says %q", title)
	}
}

func TestRunFormsSendKnownFields(t *testing.T) {
	for _, a := range lifecycle.RunActions {
		if !a.Asks() {
			continue
		}
		f := sampleRunForm(a, noon)
		f.Notes = "typed"
		d := draw(t, RunFormAlone(RunFormPage{testPage(), f}))
		fields := fieldsOf(d.with("data-testid", "run-form")[0])
		for name := range fields {
			if name != "action" && name != "key" && name != "notes" && name != "reason" {
				t.Errorf("%s sends %q", a, name)
			}
		}
		if !fields["action"] || !fields["key"] || fields["reason"] != a.NeedsReason() || content(d.with("name", "notes")[0]) != "typed" {
			t.Errorf("%s sends %v", a, fields)
		}
	}
}

func TestRunAnswerReplacesEachPart(t *testing.T) {
	text := draw(t, RunAnswer(testRunAnswer())).text
	for _, target := range []string{"#run", "#deployment-head", "#action-panel", "#run-row-" + sampleRunID, "#run-chips", "#notices", "#dialog"} {
		if strings.Count(text, `<hx-partial hx-target="`+target+`" hx-swap="`) != 1 {
			t.Errorf("no partial for %s", target)
		}
	}
	if !strings.Contains(draw(t, MoveAnswer(testAnswer())).text, `<hx-partial hx-target="#run" hx-swap="`) {
		t.Error("a move does not bring the run that it began")
	}
}

func TestRunPageShowsTheRecord(t *testing.T) {
	d := draw(t, RunDetail(testRun(lifecycle.RunRetrying)))
	text := content(d.root)
	for _, want := range []string{"Fencing token17", `"droplet_id": 431882910`, "Tries2 of 8", "1. Mark provisioning", "7. Activate", sampleRunID} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

func TestElapsed(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 40 * time.Second: "40 s", time.Minute: "1 min", 108 * time.Second: "1 min 48 s", 2*time.Hour + 5*time.Minute: "2 h 5 min", 50 * time.Hour: "2 days",
	} {
		if got := Elapsed(d); got != want {
			t.Errorf("%s is %q, not %q", d, got, want)
		}
	}
	c := Clock{Now: noon}
	if c.Due(noon.Add(12*time.Second)) != "in 12 s" || c.Due(noon.Add(-time.Hour)) != "now" || c.Second(noon) != "12:00:00 UTC" {
		t.Error("what is due is told wrongly")
	}
}

// Hostile words of a provider, a person or a program stay text.
func TestHostileRunIsInert(t *testing.T) {
	text := `</hx-partial><script>alert(1)</script>" hx-get="/logout`
	page := testRun(lifecycle.RunRetrying)
	r := &page.Run
	r.ID, r.DeploymentID, r.DeploymentName, r.TenantName, r.Hostname, r.Region, r.Droplet = text, text, text, text, text, text, text
	r.Error, r.ErrorKind, r.Ending, r.By, r.ActedAs, r.AbortedBy = text, text, text, text, text, text
	for i := range r.Steps {
		r.Steps[i].Error, r.Steps[i].Plan, r.Steps[i].Did = text, text, []Change{{text, text, text}}
		page.Steps[i].Intent, page.Steps[i].Result, page.Steps[i].Error = text, text, text
	}
	checkInert(t, "run", draw(t, RunDetail(page)))
	checkInert(t, "rows", draw(t, RunTable(Clock{Now: noon}, []Run{*r})))
	checkInert(t, "form", draw(t, RunDialog(RunForm{Run: *r, Action: lifecycle.RunClean, Notes: text, Error: text, FieldError: text})))
}

func TestNavigationLeadsToRunsWhereMachinesAreBuilt(t *testing.T) {
	for _, machines := range []bool{true, false} {
		p := testList()
		p.Machines = machines
		if leads := len(draw(t, Deployments(p)).with("href", "/provisioning")) == 1; leads != machines {
			t.Errorf("machines %t, leads there %t", machines, leads)
		}
	}
}
