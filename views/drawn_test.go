package views

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// drawn is a component as the browser would parse it.
type drawn struct {
	text string
	root *html.Node
}

func draw(t *testing.T, c templ.Component) drawn {
	t.Helper()
	var out bytes.Buffer
	if err := c.Render(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	return drawn{out.String(), root}
}

// each visits every element, also in the partials of an answer to htmx.
func (d drawn) each(visit func(*html.Node)) {
	for n := range d.root.Descendants() {
		if n.Type == html.ElementNode {
			visit(n)
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// with returns the elements whose attribute has the value; any value when it is empty.
func (d drawn) with(name, value string) []*html.Node {
	var found []*html.Node
	d.each(func(n *html.Node) {
		has := slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
		if has && (value == "" || attr(n, name) == value) {
			found = append(found, n)
		}
	})
	return found
}

func (d drawn) testIDs() map[string]int {
	ids := map[string]int{}
	for _, n := range d.with("data-testid", "") {
		ids[attr(n, "data-testid")]++
	}
	return ids
}

func content(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// spaced is the text of the first element with the test id, its parts apart.
func spaced(d drawn, id string) string {
	var parts []string
	for n := range d.with("data-testid", id)[0].Descendants() {
		if n.Type == html.TextNode {
			parts = append(parts, strings.Fields(n.Data)...)
		}
	}
	return strings.Join(parts, " ")
}

func testPage() Page {
	return Page{
		Title: "Test", Nav: "deployments", Path: "/deployments?state=active", Viewer: NewViewer(SampleActor(access.Billing)), Now: noon,
		Counts: NavCounts{Tenants: 1204, Deployments: 3117}, Dev: true,
		DemoMode: true, SimulatedCloud: true, Machines: true,
		Notice: &Notice{Kind: NoticeDone, Text: "Done."},
	}
}

func testDetail(s lifecycle.State) DeploymentPage {
	return DeploymentPage{
		Page: testPage(), Deployment: SampleDeployment(s, noon), Panel: samplePanel(s, access.Billing, noon),
		Machine: sampleCard(SampleRun(lifecycle.RunDone, noon), access.Billing, noon), Timeline: SampleTimeline(noon), Note: &NoteForm{Action: "/deployments/" + sampleID + "/notes", Key: "k"},
	}
}

func testList() DeploymentsPage {
	return DeploymentsPage{
		Page: testPage(), Rows: SampleRows(noon), Paging: Paging{Prev: "/deployments?before=a", Next: "/deployments?after=b"},
		Filter: StateFilter{Counts: sampleCounts, Query: ListQuery{Path: "/deployments", States: []lifecycle.State{lifecycle.Active}, Text: "shop"}},
	}
}

func testAnswer() MoveResult {
	row := SampleRows(noon)[0]
	form := sampleFormWithError(noon)
	return MoveResult{
		Clock: Clock{Now: noon}, Deployment: SampleDeployment(lifecycle.Active, noon), Panel: sampleUndo(noon), Timeline: SampleTimeline(noon),
		Row: &row, Filter: &StateFilter{Counts: sampleCounts, Query: ListQuery{Path: "/deployments"}}, Form: &form,
		Notice: &Notice{Kind: NoticeDone, Text: "Paused.", Undo: sampleUndo(noon).Undo},
	}
}

// everything is every page and answer of this package's deployment side.
func everything() map[string]templ.Component {
	form := sampleForm(lifecycle.Cancel, lifecycle.Active, noon)
	kept := KeptNotes{DeploymentID: sampleID, DeploymentName: "a", Error: "Moved.", Notes: "words", Key: "k"}
	empty := testList()
	empty.Rows = nil
	run, refusal := sampleRunForm(lifecycle.RunClean, noon), RunRefusal{Run: SampleRun(lifecycle.RunDone, noon), Text: "It is over.", Notes: "words"}
	return map[string]templ.Component{
		"runs": Provisioning(testRuns()), "no runs": Provisioning(ProvisioningPage{Page: testPage(), Provider: "DigitalOcean"}),
		"decision about several findings": FindingsFormAlone(FindingsFormPage{testPage(), sampleFindings(noon, lifecycle.SweepKeep)}),
		"run":                             RunDetail(testRun(lifecycle.RunNeedsOperator)), "decision about a finding": FindingFormAlone(FindingFormPage{testPage(), FindingForm{Finding: SampleSweep(noon).Rows[0], Decision: lifecycle.SweepAway, Key: "k"}}),
		"form of a run":    RunFormAlone(RunFormPage{testPage(), run}),
		"refusal of a run": RunRefusalAlone(RunRefusalPage{testPage(), refusal}), "answer of a run": RunAnswer(testRunAnswer()),
		"gallery": Gallery(GalleryPage{testPage()}), "list": Deployments(testList()), "empty list": Deployments(empty),
		"detail": DeploymentDetail(testDetail(lifecycle.Trial)), "form": Transition(TransitionPage{testPage(), form}),
		"kept": KeptNotesAlone(KeptNotesPage{testPage(), kept}), "answer": MoveAnswer(testAnswer()),
		"kept answer": MoveAnswer(MoveResult{Clock: Clock{Now: noon}, Deployment: SampleDeployment(lifecycle.Archived, noon), Kept: &kept}),
		"api":         API(APIPage{Page: testPage(), Address: "https://console.example.com", Groups: []APIGroup{SampleAPI()}, Problems: SampleProblems(), Types: sampleTypes()}),
		"note answer": NoteAnswer(NoteResult{Clock: Clock{Now: noon}, Timeline: SampleTimeline(noon), Form: NoteForm{Action: "/x", Key: "k"}}),
	}
}
