package views

import (
	"strings"
	"testing"

	"arcadia.example/console/access"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/static"
	"golang.org/x/net/html"
)

// checkInert finds what the content security policy would refuse or what could run.
func checkInert(t *testing.T, name string, d drawn) {
	t.Helper()
	d.each(func(n *html.Node) {
		switch n.Data {
		case "style", "iframe", "object", "embed", "base":
			t.Errorf("%s: a %s element", name, n.Data)
		case "script":
			if n.FirstChild != nil || !strings.HasPrefix(attr(n, "src"), static.Prefix) {
				t.Errorf("%s: a script that is not one of ours", name)
			}
		}
		for _, a := range n.Attr {
			value := strings.ToLower(strings.TrimSpace(a.Val))
			switch {
			case a.Key == "style", strings.HasPrefix(a.Key, "on"), strings.HasPrefix(a.Key, "hx-on"), a.Key == "hx-vals", a.Key == "srcdoc":
				t.Errorf("%s: the attribute %s=%q", name, a.Key, a.Val)
			case leads(a.Key) && strings.HasPrefix(value, "javascript:"):
				t.Errorf("%s: %s leads to %q", name, a.Key, a.Val)
			case a.Key == "hx-trigger" && strings.Contains(value, "["):
				t.Errorf("%s: a trigger filter needs eval: %q", name, a.Val)
			}
		}
	})
}

// leads reports whether the browser or htmx follows what the attribute says.
func leads(name string) bool {
	switch name {
	case "href", "src", "action", "formaction", "hx-get", "hx-post", "hx-push-url":
		return true
	}
	return false
}

func TestNothingInlineAnywhere(t *testing.T) {
	for name, c := range everything() {
		checkInert(t, name, draw(t, c))
	}
}

func TestHostileTextIsInert(t *testing.T) {
	for _, text := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `javascript:alert(1)`, `x" hx-get="/logout" hx-trigger="load`,
		"\u202egnp.exe", `</textarea><hx-partial hx-target="body">`, `' autofocus onfocus='alert(1)`, `</title><script>alert(1)</script>`,
	} {
		p := testDetail(lifecycle.Active)
		p.Title, p.Query, p.Path, p.Viewer.Name = text, text, text, text
		p.Notice = &Notice{Kind: NoticeError, Text: text, About: text}
		d := &p.Deployment
		d.Name, d.Slug, d.Hostname, d.TenantName, d.App, d.Plan, d.Region, d.Size = text, text, text, text, text, text, text, text
		p.Timeline.Entries = []Entry{{At: noon, Actor: text, ActorID: text, ActedAs: text, Notes: text, DeploymentName: text, DeploymentID: text, Reason: lifecycle.Reason(text), From: lifecycle.State(text), To: lifecycle.Active}}
		p.Panel.Error, p.Note.Notes, p.Note.Error = text, text, text
		page := draw(t, DeploymentDetail(p))
		checkInert(t, text, page)
		if len(page.with("hx-trigger", "load")) > 0 || len(page.with("autofocus", "")) > 0 {
			t.Errorf("%q became an attribute", text)
		}
		if name := page.root; !strings.Contains(content(name), strings.Join(strings.Fields(text), " ")) {
			t.Errorf("%q is not shown as text", text)
		}
		for _, link := range page.with("data-testid", "hostname") {
			if !strings.HasPrefix(attr(link, "href"), "https://") {
				t.Errorf("the hostname %q leads to %q", text, attr(link, "href"))
			}
		}

		list := testList()
		list.Rows[0].ID, list.Rows[2].ID, list.Rows[2].Key, list.Rows[0].Region = text, text, text, text
		list.Rows[0].Name, list.Rows[0].TenantName, list.TenantName, list.Filter.Query.Text = text, text, text, text
		checkInert(t, text, draw(t, Deployments(list)))

		form := sampleForm(lifecycle.Suspend, lifecycle.PastDue, noon)
		form.DeploymentName, form.TenantName, form.Notes, form.Error = text, text, text, text
		checkInert(t, text, draw(t, Transition(TransitionPage{testPage(), form})))
	}
}

// An answer to htmx is read by its text: a partial must not be opened or closed by what somebody typed.
func TestHostileTextCannotOpenAPartial(t *testing.T) {
	clean := testAnswer()
	hostile := testAnswer()
	text := `</hx-partial><hx-partial hx-target="#main">`
	hostile.Deployment.Name, hostile.Deployment.Hostname = text, text
	hostile.Timeline.Entries[0].Notes = text
	hostile.Form.Notes = text
	want := strings.Count(draw(t, MoveAnswer(clean)).text, "hx-partial")
	if got := strings.Count(strings.ReplaceAll(draw(t, MoveAnswer(hostile)).text, "&lt;", "&"), "<hx-partial"); 2*got != want {
		t.Errorf("%d partials, not %d", got, want/2)
	}
}

func TestUserTextIsIsolated(t *testing.T) {
	p := testDetail(lifecycle.Active)
	p.Deployment.Name = "\u05d0\u05d1\u05d2"
	for _, n := range draw(t, DeploymentDetail(p)).with("id", "deployment-head") {
		if !strings.Contains(content(n), p.Deployment.Name) {
			t.Error("the name is not shown")
		}
	}
	found := false
	draw(t, DeploymentDetail(p)).each(func(n *html.Node) {
		found = found || n.Data == "h1" && n.FirstChild.Data == "bdi" && content(n) == p.Deployment.Name
	})
	if !found {
		t.Error("the name in the heading is not isolated")
	}
}

// A live part is found by its id and stands in no other; so does each row of a live list.
func TestLivePartsCanBeFound(t *testing.T) {
	parts := 0
	for name, c := range everything() {
		d := draw(t, c)
		for _, n := range append(d.with("data-live", ""), d.with("data-live-row", "")...) {
			parts++
			if attr(n, "id") == "" {
				t.Errorf("%s: a live part without an id: %v", name, n.Attr)
			}
			_, row := find(n, "data-live-row")
			for above := n.Parent; above != nil; above = above.Parent {
				_, live := find(above, "data-live")
				_, list := find(above, "data-live-list")
				if live && (!row || !list) {
					t.Errorf("%s: the live part %s stands in another", name, attr(n, "id"))
				}
			}
		}
	}
	if parts < 50 {
		t.Errorf("only %d live parts", parts)
	}
}

func find(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func TestIDsAreUniqueAndReferencesLead(t *testing.T) {
	for name, c := range everything() {
		d := draw(t, c)
		ids := map[string]int{}
		for _, n := range d.with("id", "") {
			ids[attr(n, "id")]++
		}
		for id, n := range ids {
			if n > 1 {
				t.Errorf("%s: the id %q %d times", name, id, n)
			}
		}
		if strings.Contains(name, "answer") {
			continue // a part of a page may refer to the rest of it
		}
		for _, reference := range []string{"for", "aria-labelledby", "aria-describedby", "popovertarget", "data-opens"} {
			for _, n := range d.with(reference, "") {
				for id := range strings.FieldsSeq(attr(n, reference)) {
					if ids[id] == 0 && id != "dialog-title" { // the empty dialog has no title yet
						t.Errorf("%s: %s=%q leads nowhere", name, reference, id)
					}
				}
			}
		}
	}
}

func TestEveryIconIsInTheSprite(t *testing.T) {
	for name, c := range everything() {
		d := draw(t, c)
		d.each(func(n *html.Node) {
			if n.Data == "use" && !icons(t)[strings.TrimPrefix(attr(n, "href"), static.Path("icons.svg")+"#")] {
				t.Errorf("%s: there is no icon %q", name, attr(n, "href"))
			}
		})
	}
	for _, s := range lifecycle.States {
		if StateIcon(s) == "" {
			t.Errorf("%s has no icon", s)
		}
	}
	for _, a := range lifecycle.Actions {
		if ActionIcon(a) == "" {
			t.Errorf("%s has no icon", a)
		}
	}
}

func TestViewerSeesOnlyWhatIsForThem(t *testing.T) {
	p := testDetail(lifecycle.Active)
	p.Viewer, p.Note, p.Panel = NewViewer(SampleActor(access.Viewer)), nil, samplePanel(lifecycle.Active, access.Viewer, noon)
	ids := draw(t, DeploymentDetail(p)).testIDs()
	for _, id := range []string{"edit", "note-form", "action-pause", "action-cancel", "undo"} {
		if ids[id] > 0 {
			t.Errorf("a viewer sees %s", id)
		}
	}
	p.Viewer = NewViewer(SampleActor(access.Admin))
	if page := draw(t, DeploymentDetail(p)); len(page.with("href", "/import")) != 1 {
		t.Error("an admin does not see the import")
	}
}
