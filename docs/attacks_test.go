package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

// attacks are the rows that docs/develop.md must have under "Bad input and attack", each with the tests that hold it.
var attacks = []string{
	"an ID that does not exist, or a literal `:id`",
	"a POST for a hidden or stale move",
	"double click, replay",
	"cross-site or sibling-subdomain POST",
	"GET or HEAD that would change something",
	"`next=` `//e`, `/\\e`, `/%09/e`, `https:e`",
	"markup, `javascript:`, `hx-…`, marks of direction in names and notes",
	"markup that was not escaped after all",
	"`?role=admin` added to a form; fields that the form does not have",
	"`sort`, `limit=1e9`, `page=-1`, NUL, broken UTF-8, int64 overflow",
	"a body over 1 MiB",
	"`= + - @` or a tab at the start of an exported cell",
	"CR, LF, ESC in a logged path",
	"wrong password, unknown user, disabled user",
	"guessing",
	"an old session cookie after sign-in, sign-out, a change of roles",
	"back button after sign-out",
	"a part of a page that the browser kept",
	"a session ends during an htmx call",
	"an answer of single sign-on that is changed, sent again, made for somebody else or for another browser",
	"single sign-on to somebody else's account: by an admin's e-mail, as its new owner, from another provider, by a link that another site began",
	"a forged Host or X-Forwarded-For",
	"a slow header, a slow body",
	"one event stream more than the cap",
	"a slow reader of an event stream",
	"12 tabs of one browser",
	"rights taken away while a stream is open",
	"an open page that nobody looks at",
	"a page of another site that asks for the event stream",
	"the last admin demotes or disables himself",
	"a token that has ended, was revoked, is made up, or whose integration is disabled",
	"a body of the API that is no JSON, has a member twice or one that it should not have, NUL, broken UTF-8, a number that is none",
	"a version or a key of the API that is none",
	"a move by the API that the page would refuse",
	"a token in the address, in a cookie, or on a page; a session on the API",
}

// A row without a test, or with one that does not exist, is a promise that nobody keeps.
func TestEveryAttackHasATest(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, path := range files(t, func(path string) bool { return strings.HasSuffix(path, "_test.go") }) {
		for _, match := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllStringSubmatch(read(t, path), -1) {
			known[match[1]] = true
		}
	}
	held := map[string]bool{}
	for _, cells := range table(section(read(t, "docs/develop.md"), "Bad input and attack")) {
		if len(cells) != 3 || cells[0] == "what" {
			continue
		}
		names := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(cells[2], -1)
		for _, name := range names {
			if !known[name[1]] {
				t.Errorf("docs/develop.md says that %s holds %q, and there is no such test", name[1], cells[0])
			}
		}
		held[cells[0]] = len(names) > 0
	}
	for _, what := range attacks {
		if !held[what] {
			t.Errorf("docs/develop.md names no test for %q", what)
		}
		delete(held, what)
	}
	for what := range held {
		t.Errorf("docs/develop.md has the row %q, which is not in the list of this test", what)
	}
}

// There is no export yet. Whoever adds one defuses its cells, and names the test of that in the table of attacks in place of
// this one.
func TestNothingIsExportedAsCells(t *testing.T) {
	t.Parallel()
	for _, path := range files(t, func(path string) bool { return strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") }) {
		for _, sign := range []string{"csv.NewWriter", "ContentDisposition", ".Attachment("} {
			if strings.Contains(read(t, path), sign) {
				t.Errorf("%s has %s: a cell that begins with = + - @ or a tab is a formula to a spreadsheet, and needs a test that it is defused", path, sign)
			}
		}
	}
}
