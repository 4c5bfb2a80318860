package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"arcadia.example/console/handlers"
)

// contract is the document of the API as tests read it.
type contract struct {
	compiling sync.Mutex // of schemas: the tests ask at once
	schemas   *jsonschema.Compiler
	root      map[string]any
	paths     []documentedPath
}

type documentedPath struct {
	path  string
	looks *regexp.Regexp
}

// The document is the same for every console: it is read once.
var theContract = sync.OnceValues(func() (*contract, error) {
	text, err := handlers.Document()
	if err != nil {
		return nil, err
	}
	return readContract(text)
})

func readContract(text []byte) (*contract, error) {
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	object, ok := root.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the document is %T", root)
	}
	d := &contract{schemas: jsonschema.NewCompiler(), root: object}
	d.schemas.DefaultDraft(jsonschema.Draft2020)
	d.schemas.AssertFormat()
	if err := d.schemas.AddResource("api.json", root); err != nil {
		return nil, err
	}
	for path := range d.at("paths") {
		looks := regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(regexp.QuoteMeta(path), "x")
		looks = regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(looks, "[^/]+")
		d.paths = append(d.paths, documentedPath{path, regexp.MustCompile("^" + looks + "$")})
	}
	return d, nil
}

// at walks into the document; nil where there is nothing.
func (d *contract) at(names ...string) map[string]any {
	here := d.root
	for _, name := range names {
		here, _ = here[name].(map[string]any)
	}
	return here
}

// schema compiles what stands at a place.
func (d *contract) schema(names ...string) (*jsonschema.Schema, error) {
	for i, name := range names {
		names[i] = strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	}
	d.compiling.Lock()
	defer d.compiling.Unlock()
	return d.schemas.Compile("api.json#/" + strings.Join(names, "/"))
}

// objection says what of an answer is not as the document says, or "".
func (d *contract) objection(r *http.Request, a answer) string {
	i := slices.IndexFunc(d.paths, func(p documentedPath) bool { return p.looks.MatchString(r.URL.Path) })
	if i < 0 {
		if a.status == http.StatusNotFound || a.status == http.StatusUnauthorized {
			return ""
		}
		return "the path is not in the document"
	}
	place := []string{"paths", d.paths[i].path, strings.ToLower(r.Method), "responses", fmt.Sprint(a.status)}
	answer := d.at(place...)
	if d.at(place[:3]...) == nil && a.status >= http.StatusBadRequest {
		return "" // the path has no such method
	}
	if answer == nil {
		return fmt.Sprintf("the operation does not answer with %d", a.status)
	}
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	if answer["content"] == nil {
		if a.body != "" {
			return "there is a body"
		}
		return ""
	}
	schema, err := d.schema(append(place, "content", kind, "schema")...)
	if err != nil {
		return fmt.Sprintf("there is no answer as %q: %v", kind, err)
	}
	body, err := jsonschema.UnmarshalJSON(strings.NewReader(a.body))
	if err == nil {
		err = schema.Validate(body)
	}
	if err != nil {
		return err.Error()
	}
	for name := range d.at(append(place, "headers")...) {
		if name != "Link" && a.header.Get(name) == "" {
			return "the header " + name + " is missing"
		}
	}
	return ""
}

// asDocumented holds every answer of the API in these tests against the document.
func (c *console) asDocumented(r *http.Request, a answer) {
	c.t.Helper()
	if !strings.HasPrefix(r.URL.Path, "/api/v1/") || r.Method == http.MethodHead || strings.HasPrefix(r.URL.Path, "/api/v1/test/") {
		return
	}
	d, err := theContract()
	if err != nil {
		c.t.Fatal(err)
	}
	if objection := d.objection(r, a); objection != "" {
		c.t.Errorf("%s %s, %d is not as documented: %s\n%.600s", r.Method, r.URL, a.status, objection, a.body)
	}
}

// post sends a body under a key.
func (p *program) post(path, key, body string, changes ...change) answer {
	p.t.Helper()
	return p.tell(http.MethodPost, path, body, append([]change{header("Idempotency-Key", key)}, changes...)...)
}

// tell sends a body as programs do.
func (p *program) tell(method, path, body string, changes ...change) answer {
	p.t.Helper()
	changes = append([]change{by(p.token), header("Content-Type", "application/json"), func(r *http.Request) { r.Header.Del("Sec-Fetch-Site") }}, changes...)
	return p.as("", method, "/api/v1"+path, body, changes...)
}

// fetch gets what must be there.
func (p *program) fetch(path string) map[string]any {
	p.t.Helper()
	a := p.ask(http.MethodGet, "/api/v1"+path)
	p.wants(a, http.StatusOK)
	return p.read(a)
}

// read is what an answer says.
func (c *console) read(a answer) map[string]any {
	c.t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		c.t.Fatalf("%v: %.300s", err, a.body)
	}
	return v
}

// refused expects a problem with a code.
func (c *console) refused(a answer, status int, code string, words ...string) {
	c.t.Helper()
	c.wantsProblem(a, status, words...)
	if got := c.read(a)["code"]; got != code {
		c.t.Errorf("code %v, want %s: %.300s", got, code, a.body)
	}
}
