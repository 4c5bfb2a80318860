package docs_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/internal/csvimport"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

func TestTableOfMoves(t *testing.T) {
	t.Parallel()
	want := map[string]bool{}
	for _, m := range lifecycle.Map {
		who := m.Who
		if who == 0 {
			who = access.Admin
		}
		want[strings.Join([]string{m.From.Label(), m.Action.Label(), m.To.Label(), who.Label("or")}, " | ")] = true
	}
	for _, cells := range table(section(read(t, "docs/use.md"), "Moves")) {
		row := strings.Join(cells, " | ")
		if len(cells) != 4 || cells[0] == "from" {
			continue
		}
		if !want[row] {
			t.Errorf("docs/use.md has the move %q, which the map does not have", row)
		}
		delete(want, row)
	}
	for row := range want {
		t.Errorf("docs/use.md lacks the move %q", row)
	}
}

func TestTableOfStates(t *testing.T) {
	t.Parallel()
	yes := map[bool]string{true: "yes", false: "no"}
	rows := table(section(read(t, "docs/use.md"), "States"))
	for _, s := range lifecycle.States {
		facts := s.Facts()
		want := []string{facts.Label, yes[facts.Served], yes[facts.Billed], string(facts.Droplet)}
		if !slices.ContainsFunc(rows, func(cells []string) bool { return len(cells) == 5 && slices.Equal(cells[:4], want) }) {
			t.Errorf("docs/use.md lacks the row %q", want)
		}
	}
}

func TestTableOfImportColumns(t *testing.T) {
	t.Parallel()
	text := section(read(t, "docs/use.md"), "Importing a file")
	var names []string
	for _, c := range store.ImportColumns {
		needed, example := "no", ""
		if c.Needed {
			needed = "yes"
		}
		if c.Example != "" {
			example = "`" + c.Example + "`"
		}
		want := []string{"`" + c.Name + "`", needed, example, c.Text}
		if !slices.ContainsFunc(table(text), func(cells []string) bool { return slices.Equal(cells, want) }) {
			t.Errorf("docs/use.md lacks the row | %s |", strings.Join(want, " | "))
		}
		names = append(names, want[0])
	}
	for _, cells := range table(text) {
		if len(cells) == 4 && cells[0] != "column" && !slices.Contains(names, cells[0]) {
			t.Errorf("docs/use.md has the column %s, which an import does not know", cells[0])
		}
	}
	for _, p := range catalog.Plans {
		names = append(names, "`"+p.Code+"`")
	}
	for _, r := range catalog.Regions {
		names = append(names, "`"+r.Code+"` "+r.Name)
	}
	for _, s := range catalog.Sizes {
		names = append(names, "`"+s.Code+"`")
	}
	for _, name := range names {
		if !strings.Contains(text, name) {
			t.Errorf("docs/use.md lacks %s", name)
		}
	}
}

func TestExampleOfAnImportCanBeImported(t *testing.T) {
	t.Parallel()
	_, after, _ := strings.Cut(read(t, "docs/use.md"), "```csv\n")
	example, _, _ := strings.Cut(after, "```")
	if rows, problems := csvimport.Parse(strings.NewReader(example)); len(problems) > 0 || len(rows) != 3 {
		t.Errorf("%d rows, %v", len(rows), problems)
	}
}

// Whoever creates the serving role late gives it by hand what the migrations would have.
func TestGrantsAreThoseOfTheMigrations(t *testing.T) {
	t.Parallel()
	grant := regexp.MustCompile(`GRANT [^;]* TO arcadia_app;`)
	manual := read(t, "docs/operate.md")
	var all []string
	for _, path := range files(t, func(path string) bool {
		return strings.HasPrefix(path, "migrations/") && (strings.HasSuffix(path, ".sql") || path == "migrations/river.go")
	}) {
		all = append(all, grant.FindAllString(read(t, path), -1)...)
	}
	if len(all) == 0 {
		t.Fatal("the migrations grant nothing")
	}
	for _, one := range all {
		if !strings.Contains(manual, one) {
			t.Errorf("docs/operate.md lacks %q", one)
		}
	}
	for _, one := range grant.FindAllString(manual, -1) {
		if !slices.Contains(all, one) {
			t.Errorf("docs/operate.md has %q, which no migration grants", one)
		}
	}
}
