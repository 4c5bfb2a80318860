package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
)

// docsPath is the page about the API, for people.
const docsPath = "/api"

// apiDocument describes the API (OpenAPI 3.1). It is made of the routes, of the types that the handlers read and write, and of the
// words in apiOperations.
type apiDocument struct {
	api    *huma.OpenAPI
	text   []byte
	routes []route // that it describes, in their order
}

// newDocument describes the routes; it fails for one without words, and for words without a route.
func newDocument(routes []route) (*apiDocument, error) {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	doc := &apiDocument{routes: routes, api: &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Arcadia Console", Version: "1",
			Description: "Tenants, their deployments and the moves of their lifecycle, by the rules and in the transactions of the console's pages. The page “/api” of the console says the same for people.",
		},
		Servers: []*huma.Server{{URL: "/", Description: "The console itself"}},
		Paths:   map[string]*huma.PathItem{},
		Tags:    apiTags,
		Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
			"token": {Type: "http", Scheme: "bearer", Description: "The token of an integration, which admins make under Settings, Integrations."},
		}},
		Security: []map[string][]string{{"token": {}}},
	}}
	words := apiOperations()
	for _, r := range routes {
		o, ok := words[r.method+" "+r.path]
		if !ok {
			return nil, fmt.Errorf("handlers: %s %s is not described", r.method, r.path)
		}
		delete(words, r.method+" "+r.path)
		doc.add(r, o)
	}
	for way := range words {
		return nil, fmt.Errorf("handlers: %s is described and no route", way)
	}
	polish(registry)
	text, err := json.MarshalIndent(doc.api, "", "  ")
	doc.text = append(text, '\n')
	return doc, err
}

// add describes one route.
func (doc *apiDocument) add(r route, o apiOperation) {
	registry := doc.api.Components.Schemas
	operation := &huma.Operation{
		OperationID: o.id, Tags: []string{o.tag}, Summary: o.summary, Description: o.text, Parameters: o.parameters(r),
		Responses: map[string]*huma.Response{}, Method: r.method, Path: r.path,
		Extensions: map[string]any{"x-roles": (r.permission.Needs() & access.IntegrationRoles).Names()},
	}
	if o.body != nil {
		operation.RequestBody = requestBody(r, registry.Schema(reflect.TypeOf(o.body), true, ""))
	}
	for _, answer := range o.answers {
		operation.Responses[strconv.Itoa(answer.status)] = &huma.Response{
			Description: answer.text, Headers: answer.describedHeaders(), Content: map[string]*huma.MediaType{
				echo.MIMEApplicationJSON: {Schema: registry.Schema(reflect.TypeOf(answer.body), true, "")},
			},
		}
	}
	if r.method == http.MethodGet {
		operation.Responses["304"] = &huma.Response{Description: "It is as it was when you got the ETag that you sent as If-None-Match."}
	}
	for _, status := range o.problems(r) {
		operation.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: problemText(status), Content: map[string]*huma.MediaType{
				mimeProblem: {Schema: registry.Schema(reflect.TypeFor[problem](), true, "")},
			},
		}
	}
	doc.put(r, operation)
}

func requestBody(r route, schema *huma.Schema) *huma.RequestBody {
	content := map[string]*huma.MediaType{echo.MIMEApplicationJSON: {Schema: schema}}
	if r.method == http.MethodPatch {
		content[mimeMergePatch] = content[echo.MIMEApplicationJSON]
	}
	return &huma.RequestBody{Required: true, Content: content}
}

// put puts an operation where its path and method say.
func (doc *apiDocument) put(r route, operation *huma.Operation) {
	path := documentPath(r.path)
	item := doc.api.Paths[path]
	if item == nil {
		item = &huma.PathItem{}
		doc.api.Paths[path] = item
	}
	switch r.method {
	case http.MethodGet:
		item.Get = operation
	case http.MethodPost:
		item.Post = operation
	case http.MethodPatch:
		item.Patch = operation
	}
}

var pathParameter = regexp.MustCompile(`:([a-z]+)`)

// documentPath writes a route as the document does: "/api/v1/runs/{id}".
func documentPath(path string) string { return pathParameter.ReplaceAllString(path, "{$1}") }

// problemText is what a status can mean.
func problemText(status int) string {
	var texts []string
	for _, kind := range kindsOf(strconv.Itoa(status)) {
		texts = append(texts, "`"+string(kind.code)+"`: "+kind.title+".")
	}
	return strings.Join(texts, " ")
}

// kindsOf are the problems that have a status.
func kindsOf(status string) []problemKind {
	var kinds []problemKind
	for _, kind := range problemKinds {
		if slices.Contains(strings.Split(kind.status, ", "), status) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// schemaName is the name of a type in the document: that of the code without what only Go needs.
func schemaName(t reflect.Type, hint string) string {
	name := strings.ReplaceAll(huma.DefaultSchemaNamer(t, hint), "Api", "")
	if of, isList := strings.CutPrefix(name, "List"); isList {
		return of + "List"
	}
	return name
}

// polish says what the generator cannot know of our types: lists are never null, and what is one of some words or an object of its
// own can be.
func polish(registry huma.Registry) {
	for name, schema := range registry.Map() {
		owner := registry.TypeFromRef("#/components/schemas/" + name)
		for _, field := range reflect.VisibleFields(owner) {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			property := schema.Properties[name]
			if property == nil {
				continue
			}
			isPointer := field.Type.Kind() == reflect.Pointer
			switch {
			case property.Type == huma.TypeArray:
				property.Nullable = false
			case isPointer && property.Ref != "" && options != "omitempty":
				schema.Properties[name] = &huma.Schema{
					Description: property.Description, AnyOf: []*huma.Schema{{Ref: property.Ref}, {Type: "null"}},
				}
			case property.Nullable && property.Enum != nil:
				property.Enum = append(property.Enum, nil)
			}
		}
	}
}

// embed adds the members of a type that is embedded in Go and is no schema of its own.
func embed(r huma.Registry, s *huma.Schema, embedded any) *huma.Schema {
	base := huma.SchemaFromType(r, reflect.TypeOf(embedded))
	for name, property := range base.Properties {
		s.Properties[name] = property
	}
	s.Required = append(base.Required, s.Required...)
	return s
}

// orNull lets the texts that may be left out be null as well.
func orNull(s *huma.Schema) *huma.Schema {
	for name, property := range s.Properties {
		if property.Type == huma.TypeString && !slices.Contains(s.Required, name) {
			property.Nullable = true
		}
	}
	return s
}

// TransformSchema adds what is embedded.
func (apiDeployment) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return embed(r, s, apiDeploymentRow{})
}

// TransformSchema adds what is embedded.
func (apiNewDeployment) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(embed(r, s, apiDeploymentFields{}))
}

// TransformSchema adds what is embedded; nothing of it is required.
func (apiDeploymentEdit) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	s = orNull(embed(r, s, apiDeploymentFields{}))
	s.Required = nil
	return s
}

// TransformSchema lets what may be left out be null.
func (apiNewTenant) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema { return orNull(s) }

// TransformSchema adds what is embedded; nothing of it is required.
func (apiTenantEdit) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	s = orNull(embed(r, s, apiNewTenant{}))
	s.Required = nil
	return s
}

// apiShowDocument is the document for programs.
func (s *Server) apiShowDocument(c echo.Context) error {
	if err := readQuery(c, &struct{}{}); err != nil {
		return err
	}
	return sendJSON(c, http.StatusOK, versions{}, json.RawMessage(s.document.text))
}
