package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

func TestMakeTargetsExist(t *testing.T) {
	t.Parallel()
	targets := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(read(t, "Makefile"), -1) {
		targets[match[1]] = true
	}
	named := map[string]bool{}
	for _, document := range documents(t) {
		for _, code := range quoted.FindAllString(read(t, document), -1) {
			for _, match := range regexp.MustCompile(`(?m)(?:^|[\s`+"`"+`])make ([a-z]+)`).FindAllStringSubmatch(code, -1) {
				named[match[1]] = true
				if !targets[match[1]] {
					t.Errorf("%s names make %s, which the Makefile does not have", document, match[1])
				}
			}
		}
	}
	for target := range targets {
		if !named[target] {
			t.Errorf("make %s is nowhere described", target)
		}
	}
}

var variable = regexp.MustCompile(`\b(?:ARCADIA_[A-Z_]*[A-Z]|DATABASE_URL)\b`)

// variables returns, for each variable of the environment, the first of the files that names it.
func variables(t *testing.T, list []string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, path := range list {
		for _, name := range variable.FindAllString(read(t, path), -1) {
			if found[name] == "" {
				found[name] = path
			}
		}
	}
	return found
}

func TestVariablesOfTheEnvironment(t *testing.T) {
	t.Parallel()
	code := variables(t, files(t, func(path string) bool {
		return !strings.HasPrefix(path, "docs/") &&
			(strings.HasSuffix(path, ".go") || strings.HasPrefix(path, "scripts/") || path == "Makefile" || path == ".ci/run")
	}))
	texts := variables(t, documents(t))
	for name, path := range code {
		if texts[name] == "" {
			t.Errorf("%s reads %s, which no document names", path, name)
		}
	}
	for name, path := range texts {
		if code[name] == "" {
			t.Errorf("%s names %s, which nothing reads", path, name)
		}
	}
}

// The commands are those that the binary knows.
func TestCommandsOfTheBinary(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^\t\{"([a-z]+)", "`).FindAllStringSubmatch(read(t, "cmd/arcadia/run.go"), -1) {
		known[match[1]] = true
	}
	if len(known) < 5 {
		t.Fatalf("only %d commands were found in cmd/arcadia/run.go", len(known))
	}
	readme := read(t, "README.md")
	for name := range known {
		if !strings.Contains(section(readme, "Commands of the binary"), "| `arcadia "+name) {
			t.Errorf("README.md lacks the command arcadia %s", name)
		}
	}
	for _, document := range documents(t) {
		for _, code := range quoted.FindAllString(read(t, document), -1) {
			for _, match := range regexp.MustCompile(`(?:^|[\s`+"`"+`/])arcadia ([a-z]+)`).FindAllStringSubmatch(code, -1) {
				if !known[match[1]] {
					t.Errorf("%s names arcadia %s, which the binary does not know", document, match[1])
				}
			}
		}
	}
}
