package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// anchors are the names under which the headings of a document can be linked to.
func anchors(text string) []string {
	var names []string
	for line := range strings.Lines(prose(text)) {
		heading := strings.TrimLeft(line, "#")
		if heading == line || !strings.HasPrefix(heading, " ") {
			continue
		}
		name := strings.ToLower(strings.TrimSpace(heading))
		name = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(name, "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestRelativeLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, document := range documents(t) {
		text := read(t, document)
		for _, match := range link.FindAllStringSubmatch(prose(text), -1) {
			if strings.Contains(match[1], "://") || strings.HasPrefix(match[1], "mailto:") {
				continue
			}
			if why := broken(t, document, text, match[1]); why != "" {
				t.Errorf("%s links to %s: %s", document, match[1], why)
			}
		}
	}
}

// broken says what is wrong with a relative link, or "".
func broken(t *testing.T, document, text, target string) string {
	t.Helper()
	path, anchor, _ := strings.Cut(target, "#")
	if path != "" {
		full := filepath.Join(root, filepath.Dir(filepath.FromSlash(document)), filepath.FromSlash(path))
		info, err := os.Stat(full)
		if err != nil {
			return "it is not there"
		}
		if info.IsDir() || anchor == "" {
			return ""
		}
		there, err := os.ReadFile(full)
		if err != nil {
			return err.Error()
		}
		text = string(there)
	}
	if !slices.Contains(anchors(text), anchor) {
		return "there is no such heading"
	}
	return ""
}

func TestEveryDecisionIsListed(t *testing.T) {
	t.Parallel()
	index := read(t, "docs/adr/README.md")
	for _, path := range files(t, func(path string) bool { return strings.HasPrefix(path, "docs/adr/0") }) {
		name := filepath.Base(path)
		title, _, _ := strings.Cut(strings.TrimPrefix(read(t, path), "# "+name[:4]+" "), "\n")
		if line := "| [" + name[:4] + "](" + name + ") | " + title + " |"; !strings.Contains(index, line) {
			t.Errorf("docs/adr/README.md lacks the line %q", line)
		}
	}
}
