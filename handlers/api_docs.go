package handlers

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sort"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/views"
)

// showAPI is the page about the API, drawn from the document for programs.
func (s *Server) showAPI(c echo.Context) error {
	if err := readQuery(c, &struct{}{}); err != nil {
		return err
	}
	page, _, err := s.page(c, "API", "settings")
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.API(s.document.page(page, strings.TrimSuffix(s.public.String(), "/"))))
}

// page is the document for people.
func (doc *apiDocument) page(frame views.Page, address string) views.APIPage {
	page := views.APIPage{Page: frame, Address: address}
	for _, tag := range doc.api.Tags {
		group := views.APIGroup{Name: tag.Name, Text: tag.Description}
		for _, r := range doc.routes {
			if o := doc.operation(r); o.Tags[0] == tag.Name {
				group.Ways = append(group.Ways, doc.way(r, o, address))
			}
		}
		page.Groups = append(page.Groups, group)
	}
	for _, kind := range problemKinds {
		page.Problems = append(page.Problems, views.APIProblem{Code: string(kind.code), Status: kind.status, Title: kind.title, Text: kind.text})
	}
	page.Types = doc.types()
	return page
}

// types are the objects that the API speaks of. Lists are not among them, nor what is only sent, which stands at its calls.
func (doc *apiDocument) types() []views.APIType {
	sent := map[string]bool{}
	for _, r := range doc.routes {
		if o := doc.operation(r); o.RequestBody != nil {
			sent[refName(o.RequestBody.Content[echo.MIMEApplicationJSON].Schema)] = true
		}
	}
	var types []views.APIType
	schemas := doc.api.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		if strings.HasSuffix(name, "List") || sent[name] {
			continue
		}
		fields := fieldsOf(schemas[name])
		for i, f := range fields {
			if fields[i].Needed = false; !f.Needed {
				fields[i].Kind += ", may be missing"
			}
		}
		types = append(types, views.APIType{Name: name, Fields: fields})
	}
	return types
}

func (doc *apiDocument) operation(r route) *huma.Operation {
	item := doc.api.Paths[documentPath(r.path)]
	switch r.method {
	case http.MethodPost:
		return item.Post
	case http.MethodPatch:
		return item.Patch
	}
	return item.Get
}

func (doc *apiDocument) way(r route, o *huma.Operation, address string) views.APIWay {
	way := views.APIWay{
		ID: o.OperationID, Method: r.method, Path: documentPath(r.path), Summary: o.Summary, Text: o.Description,
		Needs: (r.permission.Needs() & access.IntegrationRoles).Label("or"),
	}
	for _, p := range o.Parameters {
		field := fieldOf(p.Name, p.Schema, p.Required)
		field.Text, field.Place = p.Description, p.In
		way.Parameters = append(way.Parameters, field)
	}
	var body *huma.Schema
	if o.RequestBody != nil {
		body = doc.api.Components.Schemas.SchemaFromRef(o.RequestBody.Content[echo.MIMEApplicationJSON].Schema.Ref)
		way.Body = fieldsOf(body)
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		if o.Responses[status].Content[mimeProblem] == nil {
			way.Answers = append(way.Answers, answerOf(status, o.Responses[status]))
			continue
		}
		for _, kind := range kindsOf(status) {
			way.Problems = append(way.Problems, string(kind.code))
		}
	}
	way.Problems = slices.Compact(way.Problems)
	way.Example = exampleOf(way, body, address)
	return way
}

func answerOf(status string, response *huma.Response) views.APIAnswer {
	answer := views.APIAnswer{Status: status, Text: response.Description}
	if content := response.Content[echo.MIMEApplicationJSON]; content != nil {
		answer.Type = refName(content.Schema)
		if of, isList := strings.CutSuffix(answer.Type, "List"); isList {
			answer.Type, answer.List = of, true
		}
	}
	return answer
}

// fieldsOf are the members of an object, those that are needed first.
func fieldsOf(s *huma.Schema) []views.APIField {
	var fields []views.APIField
	for name, property := range s.Properties {
		fields = append(fields, fieldOf(name, property, slices.Contains(s.Required, name)))
	}
	place := func(f views.APIField) int {
		if i := slices.Index(s.Required, f.Name); i >= 0 {
			return i
		}
		return len(s.Required)
	}
	sort.Slice(fields, func(i, j int) bool {
		if a, b := place(fields[i]), place(fields[j]); a != b {
			return a < b
		}
		return fields[i].Name < fields[j].Name
	})
	return fields
}

func fieldOf(name string, s *huma.Schema, needed bool) views.APIField {
	f := views.APIField{Name: name, Text: s.Description, Needed: needed}
	nullable := s.Nullable
	if len(s.AnyOf) > 0 {
		s, nullable = s.AnyOf[0], true
	}
	list := ""
	if s.Type == huma.TypeArray {
		list, s = "list of ", s.Items
	}
	f.Type, f.Kind = refName(s), list+kindOf(s)
	if nullable {
		f.Kind += " or null"
	}
	for _, word := range s.Enum {
		if text, ok := word.(string); ok {
			f.Words = append(f.Words, text)
		}
	}
	return f
}

// kindOf says in a word what a value is.
func kindOf(s *huma.Schema) string {
	switch {
	case s.Ref != "":
		return refName(s)
	case s.Format == "date-time":
		return "time"
	case s.Format == "date":
		return "day"
	case s.Format == "uuid":
		return "UUID"
	case s.Format == "uri-reference":
		return "path"
	case s.Type == huma.TypeInteger:
		return "number"
	case s.Type == huma.TypeBoolean:
		return "true or false"
	case s.Type == huma.TypeObject:
		return "object"
	case len(s.Enum) > 0:
		return "word"
	}
	return "text"
}

func refName(s *huma.Schema) string { return strings.TrimPrefix(s.Ref, "#/components/schemas/") }

// exampleOf is a command that makes the call, with what the document has as examples.
func exampleOf(way views.APIWay, body *huma.Schema, address string) string {
	path := strings.NewReplacer("{tenant}", "northwind", "{slug}", "web-shop", "{id}", "$ID").Replace(way.Path)
	lines := []string{`curl -H "Authorization: Bearer $TOKEN" ` + address + path}
	for _, p := range way.Parameters {
		if p.Name == "Idempotency-Key" {
			lines = append(lines, `  -H "Idempotency-Key: $(uuidgen)"`)
		}
	}
	if body != nil {
		if way.Method != http.MethodPost {
			lines[0] = strings.Replace(lines[0], "curl", "curl -X "+way.Method, 1)
		}
		text, _ := json.Marshal(exampleBody(body)) // texts and numbers: it always has a form
		lines = append(lines, `  --json '`+string(text)+`'`)
	}
	return strings.Join(lines, " \\\n")
}

// exampleBody has an example of what is needed; of an edit, of one member and the version.
func exampleBody(body *huma.Schema) map[string]any {
	example := map[string]any{}
	for name, property := range body.Properties {
		needed := slices.Contains(body.Required, name) || name == "tenant" || name == "version" || name == "edit_version" ||
			len(body.Required) == 0 && name == "name"
		switch {
		case !needed:
		case len(property.Examples) > 0:
			example[name] = property.Examples[0]
		case property.Type == huma.TypeInteger:
			example[name] = 1
		}
	}
	return example
}
