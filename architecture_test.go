// Package console_test holds what the folders promise: who imports whom, and what is pure.
package console_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "arcadia.example/console"

// mayImport says, for each top folder, which others of ours it may import. "*" is all of them. Tests may import more.
var mayImport = map[string][]string{
	"access":       {},
	"migrations":   {},
	"static":       {},
	"catalog":      {},
	"lifecycle":    {"access"},
	"views":        {"lifecycle", "access", "static"},
	"store":        {"lifecycle", "access", "catalog", "migrations"},
	"provisioning": {"lifecycle", "access", "store"},
	"handlers":     {"lifecycle", "access", "catalog", "store", "provisioning", "views", "static"},
	"internal":     {"*"},
	"cmd":          {"*"},
}

// pure folders do no input or output and know no clock: what they need to know is passed in.
var pure = []string{"access", "lifecycle", "catalog"}

// closed are the libraries that only some folders may know, by the beginning of their path.
var closed = map[string][]string{
	"github.com/labstack/echo": {"handlers", "cmd"}, // so that its next major version is a small move
	"github.com/jmoiron/sqlx":  {"store", "internal", "cmd"},
	"github.com/lib/pq":        {"store", "migrations", "internal", "cmd"},
	"github.com/pressly/goose": {"migrations"},
	"github.com/a-h/templ":     {"views", "handlers", "cmd"},

	"github.com/digitalocean/godo": {"provisioning", "internal", "cmd"}, // what a run needs of a provider is an interface of ours
}

// outside are the standard packages through which a program reaches the world or chance, with what lies beneath them.
var outside = []string{
	"os", "io", "net", "database/sql", "syscall", "log", "embed", "bufio", "plugin", "runtime", "unsafe", "testing", "math/rand", "crypto/rand",
}

// harmless lie beneath one of outside but only read text.
var harmless = []string{"net/mail", "net/netip", "net/url"}

// clock are the functions of package time that look at the clock or wait for it.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// objection returns why a file in a top folder may not import a path, or "".
func objection(folder, imported string) string {
	allowed, known := mayImport[folder]
	switch {
	case !known:
		return "the folder is not in the table of who may import whom"
	case imported == module || strings.HasPrefix(imported, module+"/"):
		other := topFolder(strings.TrimPrefix(strings.TrimPrefix(imported, module), "/"))
		if other != folder && !slices.Contains(allowed, other) && !slices.Contains(allowed, "*") {
			return "the table does not allow it"
		}
		return ""
	}
	for library, folders := range closed {
		if beneath(imported, library) && !slices.Contains(folders, folder) {
			return "only " + strings.Join(folders, ", ") + " may"
		}
	}
	if slices.Contains(pure, folder) && !slices.Contains(harmless, imported) &&
		slices.ContainsFunc(outside, func(p string) bool { return beneath(imported, p) }) {
		return "the folder is pure"
	}
	return ""
}

func beneath(imported, p string) bool { return imported == p || strings.HasPrefix(imported, p+"/") }

func topFolder(p string) string {
	top, _, _ := strings.Cut(filepath.ToSlash(p), "/")
	return top
}

// sources parses every Go file of the project that is no test, by its path.
func sources(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	set, files := token.NewFileSet(), map[string]*ast.File{}
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") || d.Name() == "testdata" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(set, p, nil, parser.SkipObjectResolution)
		files[filepath.ToSlash(p)] = file
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return set, files
}

func TestWhoImportsWhom(t *testing.T) {
	t.Parallel()
	_, files := sources(t)
	if len(files) < 20 {
		t.Fatalf("only %d files: the test looks at the wrong folder", len(files))
	}
	for p, file := range files {
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := objection(topFolder(p), imported); why != "" {
				t.Errorf("%s imports %s: %s", p, imported, why)
			}
		}
	}
}

// Pure code neither asks the clock nor prints.
func TestPureCodeKnowsNoClock(t *testing.T) {
	t.Parallel()
	set, files := sources(t)
	for p, file := range files {
		if !slices.Contains(pure, topFolder(p)) {
			continue
		}
		names := packageNames(t, file)
		ast.Inspect(file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if from, ok := selector.X.(*ast.Ident); ok && reachesOut(names[from.Name], selector.Sel.Name) {
				t.Errorf("%s uses %s.%s: the folder is pure", set.Position(n.Pos()), from.Name, selector.Sel.Name)
			}
			return true
		})
		for _, spec := range file.Imports {
			if spec.Name != nil && spec.Name.Name == "." {
				t.Errorf("%s imports %s into its own names: nobody sees what it uses", p, spec.Path.Value)
			}
		}
	}
}

func reachesOut(imported, name string) bool {
	return imported == "time" && slices.Contains(clock, name) || imported == "fmt" && (strings.HasPrefix(name, "Print") || strings.HasPrefix(name, "Scan"))
}

// packageNames maps the name of each imported package in the file to its path.
func packageNames(t *testing.T, file *ast.File) map[string]string {
	t.Helper()
	names := map[string]string{}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = imported
	}
	return names
}

// The rules find what they are for.
func TestObjections(t *testing.T) {
	t.Parallel()
	const echo = "github.com/labstack/echo/v4"
	for _, c := range []struct {
		folder, imported string
		allowed          bool
	}{
		{"views", module + "/store", false},
		{"views", echo, false},
		{"views", module + "/lifecycle", true},
		{"views", module + "/catalog", false},
		{"store", module + "/catalog", true},
		{"store", module + "/handlers", false},
		{"store", module + "/internal/postgres", false},
		{"store", echo + "/middleware", false},
		{"store", "database/sql", true},
		{"handlers", echo, true},
		{"handlers", "github.com/jmoiron/sqlx", false},
		{"handlers", module + "/internal/postgres", false},
		{"handlers", module + "/migrations", false},
		{"cmd", echo, true},
		{"provisioning", "github.com/digitalocean/godo", true},
		{"handlers", "github.com/digitalocean/godo", false},
		{"store", "github.com/digitalocean/godo", false},
		{"provisioning", module + "/handlers", false},
		{"handlers", module + "/provisioning", true},
		{"store", module + "/provisioning", false},
		{"cmd", module + "/internal/postgres", true},
		{"internal", module + "/store", true},
		{"internal", echo, false},
		{"lifecycle", module + "/access", true},
		{"lifecycle", module + "/catalog", false},
		{"lifecycle", "os", false},
		{"lifecycle", "net/http", false},
		{"lifecycle", "time", true},
		{"catalog", "net/mail", true},
		{"catalog", "database/sql/driver", false},
		{"catalog", module + "/access", false},
		{"access", module + "/lifecycle", false},
		{"access", module, false},
		{"utils", "fmt", false},
	} {
		if why := objection(c.folder, c.imported); (why == "") != c.allowed {
			t.Errorf("%s imports %s: %q, want allowed %t", c.folder, c.imported, why, c.allowed)
		}
	}
	for name, found := range map[string]bool{"Now": true, "Since": true, "Date": false, "Duration": false} {
		if reachesOut("time", name) != found {
			t.Errorf("time.%s: want %t", name, found)
		}
	}
}
