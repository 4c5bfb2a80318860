// Package docs_test compares the documents with the code, where a program can.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = ".."

// read returns a file of the project by its path from the top folder.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// files lists the project's files, by their path from the top folder, for which keep says so.
func files(t *testing.T, keep func(path string) bool) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if d.IsDir() {
			if slices.Contains([]string{".git", ".arcadia", "bin", "node_modules", "testdata"}, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if keep(relative) {
			found = append(found, relative)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// documents are all texts for people, without the licences and tables of vendored files.
func documents(t *testing.T) []string {
	t.Helper()
	list := files(t, func(path string) bool { return strings.HasSuffix(path, ".md") && !strings.HasPrefix(path, "static/") })
	if len(list) < 20 {
		t.Fatalf("only %d documents: the test looks at the wrong folder", len(list))
	}
	return list
}

// prose is a document without its blocks of code.
func prose(text string) string {
	var kept []string
	inside := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			inside = !inside
			continue
		}
		if !inside {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// quoted are the pieces of code inside the sentences of a document, and its blocks.
var quoted = regexp.MustCompile("(?s)```.*?```|`[^`]+`")

// table returns the rows of the tables of a document, each as its cells.
func table(text string) [][]string {
	var rows [][]string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| ---") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows
}

func section(text, heading string) string {
	_, after, _ := strings.Cut(text, "\n## "+heading+"\n")
	body, _, _ := strings.Cut(after, "\n## ")
	return body
}
