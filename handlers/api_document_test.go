package handlers_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"arcadia.example/console/access"
)

func TestDocumentIsOpenAPI(t *testing.T) {
	t.Parallel()
	const file = "testdata/openapi-3.1-schema.json"
	d, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	official, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("testdata/VERSIONS.md")
	if sum := sha256.Sum256(official); err != nil || !strings.Contains(string(table), hex.EncodeToString(sum[:])) {
		t.Errorf("%s has another checksum than the table: %v", file, err)
	}
	schema, err := jsonschema.NewCompiler().Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(any(d.root)); err != nil {
		t.Error(err)
	}
	schemas := d.at("components", "schemas")
	if len(schemas) < 15 {
		t.Errorf("only %d schemas", len(schemas))
	}
	for name := range schemas {
		if _, err := d.schema("components", "schemas", name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each way of the router stands in the document, and nothing else does; what it takes and who may is that of the code.
func TestDocumentAndRouterSayTheSame(t *testing.T) {
	t.Parallel()
	d, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	found, ids := map[string]bool{}, map[string]bool{}
	for path, item := range d.at("paths") {
		for method := range item.(map[string]any) {
			found[strings.ToUpper(method)+" "+path] = true
			operation := d.at("paths", path, method)
			id := fmt.Sprint(operation["operationId"])
			if ids[id] {
				t.Errorf("two operations are called %s", id)
			}
			ids[id] = true
		}
	}
	c := newConsole(t)
	for _, w := range c.Ways() {
		if !strings.HasPrefix(w[1], "/api/") {
			continue
		}
		path := regexp.MustCompile(`:([a-z]+)`).ReplaceAllString(w[1], "{$1}")
		if !found[w[0]+" "+path] {
			t.Errorf("%s is not in the document", way(w))
		}
		delete(found, w[0]+" "+path)
		operation := d.at("paths", path, strings.ToLower(w[0]))
		if got, want := fmt.Sprint(operation["x-roles"]), fmt.Sprint(apiAllowed[way(w)].Names()); got != want {
			t.Errorf("%s is for %s, the document says %s", way(w), want, got)
		}
	}
	for way := range found {
		t.Errorf("the document has %s, which is no route", way)
	}
}

// A parameter that the document has is read, and one that it does not have is refused by its name.
func TestDocumentedParametersAreThoseThatAreRead(t *testing.T) {
	t.Parallel()
	d, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	p := newConsole(t).program("Reader", access.Viewer)
	values := map[string]string{
		"state": "active", "q": "shop", "tenant": p.tenant.String(), "limit": "7", "after": "eA", "before": "eA",
	}
	lists := 0
	for path := range d.at("paths") {
		get := d.at("paths", path, "get")
		if get == nil {
			continue
		}
		address := strings.NewReplacer("{id}", p.deployment.String(), "{tenant}", "northwind", "{slug}", "web-shop").Replace(path)
		p.refused(p.ask(http.MethodGet, address+"?nonsense=1"), http.StatusBadRequest, "bad_request", "“nonsense”")
		parameters, _ := get["parameters"].([]any)
		for _, one := range parameters {
			parameter := one.(map[string]any)
			name := fmt.Sprint(parameter["name"])
			if parameter["in"] != "query" {
				continue
			}
			value := values[name]
			if name == "sort" {
				orders, _ := parameter["schema"].(map[string]any)["enum"].([]any)
				value = fmt.Sprint(orders[len(orders)-1])
				lists++
			}
			a := p.ask(http.MethodGet, address+"?"+name+"="+value)
			if place := name == "after" || name == "before"; place {
				p.refused(a, http.StatusBadRequest, "bad_request", "“after” or “before”")
			} else {
				p.wants(a, http.StatusOK)
			}
		}
	}
	if lists != 3 {
		t.Errorf("%d lists with orders", lists)
	}
}

// People get the same document as programs, and a page that says all of it.
func TestPageAboutTheAPI(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	p := c.program("Reader", access.Viewer)
	page, file := c.as("viewer", "GET", "/api", ""), c.as("viewer", "GET", "/openapi.json", "")
	c.wants(page, http.StatusOK, "http://localhost:8080/api/v1/me", `href="/openapi.json"`)
	c.wants(file, http.StatusOK)
	if own := p.ask("GET", "/api/v1/openapi.json"); own.body != file.body || own.header.Get("ETag") != file.header.Get("ETag") {
		t.Error("programs get another document than people")
	}
	d, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range d.at("paths") {
		for method := range item.(map[string]any) {
			way := fmt.Sprintf(`data-method="%s" data-path="%s"`, strings.ToUpper(method), path)
			c.wants(page, http.StatusOK, way, fmt.Sprintf(`id="%v"`, d.at("paths", path, method)["operationId"]))
		}
	}
	for name := range d.at("components", "schemas") {
		// Lists and what is only sent stand at their calls.
		if !strings.HasSuffix(name, "List") && !strings.HasPrefix(name, "New") && !strings.HasSuffix(name, "Edit") && name != "Transition" {
			c.wants(page, http.StatusOK, `id="type-`+name+`"`)
		}
	}
	codes, _ := d.at("components", "schemas", "Problem", "properties", "code")["enum"].([]any)
	for _, code := range codes {
		c.wants(page, http.StatusOK, fmt.Sprintf(`id="%v"`, code))
	}
	anchors := regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page.body, -1)
	if len(anchors) < 100 || len(codes) < 20 {
		t.Fatalf("%d links, %d codes", len(anchors), len(codes))
	}
	ids := regexp.MustCompile(`id="([^"]+)"`).FindAllStringSubmatch(page.body, -1)
	for _, anchor := range anchors {
		if !slices.ContainsFunc(ids, func(id []string) bool { return id[1] == anchor[1] }) {
			t.Errorf("#%s leads nowhere", anchor[1])
		}
	}
}
