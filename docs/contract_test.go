package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

// routesOf are the lines of the table of routes, as "GET /tenants/{id}".
func routesOf(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	lines := regexp.MustCompile(`(?:\{|route\{)(?:http\.Method)?(get|post|patch|Get|Post|Patch), "([^"]+)", access\.`).FindAllStringSubmatch(read(t, "handlers/routes.go"), -1)
	for _, m := range lines {
		path := regexp.MustCompile(`:([a-z]+)`).ReplaceAllString(m[2], "{$1}")
		found[strings.ToUpper(m[1])+" "+path] = true
	}
	if len(found) < 20 {
		t.Fatalf("only %d routes were found in handlers/routes.go", len(found))
	}
	return found
}

func TestPathsOfTheContract(t *testing.T) {
	t.Parallel()
	routes := routesOf(t)
	for _, cells := range table(section(read(t, "docs/contract.md"), "Paths")) {
		if cells[0] != "GET" && cells[0] != "POST" && cells[0] != "PATCH" {
			continue
		}
		line := cells[0] + " " + strings.Trim(cells[1], "`")
		if !routes[line] {
			t.Errorf("docs/contract.md has %s, which is no route", line)
		}
		delete(routes, line)
	}
	for line := range routes {
		t.Errorf("docs/contract.md lacks %s", line)
	}
}

func TestTestIdsOfTheContract(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, path := range files(t, func(path string) bool {
		return strings.HasPrefix(path, "views/") && !strings.HasSuffix(path, "_templ.go") && !strings.HasSuffix(path, "_test.go")
	}) {
		all.WriteString(read(t, path))
	}
	for _, path := range files(t, func(path string) bool { return strings.HasPrefix(path, "static/js/") }) {
		all.WriteString(read(t, path))
	}
	code := all.String()
	text := section(read(t, "docs/contract.md"), "Test ids")
	for _, cells := range table(text) {
		for _, quoted := range regexp.MustCompile("`([a-z-]+)(\\{[a-z]+\\})?`").FindAllStringSubmatch(cells[0], -1) {
			if quoted[1] != "data-testid" && !strings.Contains(code, `"`+quoted[1]+`"`) {
				t.Errorf("docs/contract.md has the test id %s, which no view has", quoted[1])
			}
		}
	}
}
