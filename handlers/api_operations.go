package handlers

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"arcadia.example/console/store"
)

// apiOperation is what is said of a route of the API besides what the code says itself.
type apiOperation struct {
	id, tag, summary, text string
	query                  any // what its address may say: the very struct that the handler reads
	sorts                  []string
	body                   any // what its handler reads
	keyed                  bool
	versioned              bool
	answers                []apiAnswer
}

// apiAnswer is one way in which it goes well.
type apiAnswer struct {
	status  int
	body    any
	text    string
	headers []string
}

// apiTags are the groups of the document, in its order.
var apiTags = []*huma.Tag{
	{Name: "Tenants", Description: "Customer accounts."},
	{Name: "Deployments", Description: "App instances of a tenant, each in one of eight states."},
	{Name: "Moves", Description: "From one state to another, and what they leave."},
	{Name: "Notes", Description: "What people and programs write without a move."},
	{Name: "This API", Description: "Who you are, and what there is."},
}

// apiOperations are the words for every route.
func apiOperations() map[string]apiOperation {
	all := map[string]apiOperation{}
	for _, table := range []map[string]apiOperation{tenantOperations, deploymentOperations, moveOperations, noteOperations, ownOperations} {
		for way, o := range table {
			all[way] = o
		}
	}
	return all
}

func answered(status int, body any, text string, headers ...string) []apiAnswer {
	return []apiAnswer{{status, body, text, append([]string{"ETag"}, headers...)}}
}

const textOnce = " A request under the same Idempotency-Key gives the same answer as the first time and does nothing again."

var tenantOperations = map[string]apiOperation{
	"GET /api/v1/tenants": {
		id: "listTenants", tag: "Tenants", summary: "List tenants", query: tenantQuery{}, sorts: wordsOf(store.TenantSorts),
		text:    "A page at a time, by name or the newest first.",
		answers: answered(http.StatusOK, apiList[apiTenant]{}, "A page of the list.", "Link"),
	},
	"POST /api/v1/tenants": {
		id: "createTenant", tag: "Tenants", summary: "Create a tenant", body: apiNewTenant{}, keyed: true,
		text:    "Names, slugs and e-mails are held to the rules of the console's form." + textOnce,
		answers: answered(http.StatusCreated, apiTenant{}, "The tenant.", "Location"),
	},
	"GET /api/v1/tenants/:tenant": {
		id: "getTenant", tag: "Tenants", summary: "Get a tenant", text: "By its ID or its slug.",
		answers: answered(http.StatusOK, apiTenant{}, "The tenant.", "Content-Location"),
	},
	"PATCH /api/v1/tenants/:tenant": {
		id: "editTenant", tag: "Tenants", summary: "Edit a tenant", body: apiTenantEdit{}, versioned: true,
		text:    "What is left out stays; null takes away. If everything is so already, nothing is recorded, whatever the version.",
		answers: answered(http.StatusOK, apiTenant{}, "The tenant as it is now."),
	},
}

var deploymentOperations = map[string]apiOperation{
	"GET /api/v1/deployments": {
		id: "listDeployments", tag: "Deployments", summary: "List deployments", query: listQuery{}, sorts: wordsOf(store.DeploymentSorts),
		text:    "A page at a time: the newest first, longest in its state first, or by name. What you could do with one stands in the deployment itself.",
		answers: answered(http.StatusOK, apiList[apiDeploymentRow]{}, "A page of the list.", "Link"),
	},
	"POST /api/v1/deployments": {
		id: "createDeployment", tag: "Deployments", summary: "Create a deployment", body: apiNewDeployment{}, keyed: true,
		text: "It starts active or on trial; its first event says so. With “provision” a run builds its machine: the answer is 202, Location leads to the run, " +
			"and the deployment is active when that is done." + textOnce,
		answers: append(answered(http.StatusCreated, apiDeployment{}, "The deployment.", "Location"),
			answered(http.StatusAccepted, apiDeployment{}, "The deployment, with the run that builds it.", "Location")...),
	},
	"GET /api/v1/deployments/:id": {
		id: "getDeployment", tag: "Deployments", summary: "Get a deployment",
		text:    "With the moves that you could make now, and why not the others.",
		answers: answered(http.StatusOK, apiDeployment{}, "The deployment."),
	},
	"GET /api/v1/tenants/:tenant/deployments/:slug": {
		id: "findDeployment", tag: "Deployments", summary: "Get a deployment by slug",
		text:    "The same by the slug of the deployment and the slug or ID of its tenant. Content-Location is its own path.",
		answers: answered(http.StatusOK, apiDeployment{}, "The deployment.", "Content-Location"),
	},
	"PATCH /api/v1/deployments/:id": {
		id: "editDeployment", tag: "Deployments", summary: "Edit a deployment", body: apiDeploymentEdit{}, versioned: true,
		text:    "What is left out stays; null takes away. A move in the meantime is no hindrance. If everything is so already, nothing is recorded, whatever the version. Where the console has pointed DNS, a run of the kind repoint makes that follow another host name.",
		answers: answered(http.StatusOK, apiDeployment{}, "The deployment as it is now."),
	},
}

var moveOperations = map[string]apiOperation{
	"POST /api/v1/deployments/:id/transitions": {
		id: "moveDeployment", tag: "Moves", summary: "Move a deployment", body: apiTransition{}, keyed: true, versioned: true,
		text: "Decided by the same rules and in the same transaction as a click on the page. What would be accepted stands in “actions” of the deployment. " +
			"Refusals and stale versions leave nothing, so that the same key can be sent again." + textOnce,
		answers: append(answered(http.StatusOK, apiMoved{}, "It was moved, or is in that state already."),
			answered(http.StatusAccepted, apiMoved{}, "A run carries it out; Location leads there.", "Location")...),
	},
	"GET /api/v1/runs/:id": {
		id: "getRun", tag: "Moves", summary: "Get a run",
		text:    "How far the building, switching or releasing of a machine has come: each step, its tries and its trouble.",
		answers: answered(http.StatusOK, apiRun{}, "The run."),
	},
	"GET /api/v1/deployments/:id/events": {
		id: "listEvents", tag: "Moves", summary: "List the moves of a deployment", query: eventQuery{}, sorts: wordsOf(store.EventSorts),
		text:    "From the first on, or the newest first.",
		answers: answered(http.StatusOK, apiList[apiEvent]{}, "A page of the list.", "Link"),
	},
}

var noteOperations = map[string]apiOperation{
	"GET /api/v1/deployments/:id/notes": {
		id: "listDeploymentNotes", tag: "Notes", summary: "List the notes on a deployment", query: noteQuery{}, text: "The newest first.",
		answers: answered(http.StatusOK, apiList[apiNote]{}, "A page of the list.", "Link"),
	},
	"POST /api/v1/deployments/:id/notes": {
		id: "addDeploymentNote", tag: "Notes", summary: "Write a note on a deployment", body: apiNewNote{}, keyed: true,
		text:    "A note is never changed; a further one corrects it." + textOnce,
		answers: answered(http.StatusCreated, apiNote{}, "The note."),
	},
	"GET /api/v1/tenants/:tenant/notes": {
		id: "listTenantNotes", tag: "Notes", summary: "List the notes on a tenant", query: noteQuery{},
		text:    "Those on its deployments too, the newest first.",
		answers: answered(http.StatusOK, apiList[apiNote]{}, "A page of the list.", "Link"),
	},
	"POST /api/v1/tenants/:tenant/notes": {
		id: "addTenantNote", tag: "Notes", summary: "Write a note on a tenant", body: apiNewNote{}, keyed: true,
		text:    "A note is never changed; a further one corrects it." + textOnce,
		answers: answered(http.StatusCreated, apiNote{}, "The note."),
	},
}

var ownOperations = map[string]apiOperation{
	"GET /api/v1/me": {
		id: "getMe", tag: "This API", summary: "Who you are", text: "The integration whose token you send, its roles, and until when the token works.",
		answers: answered(http.StatusOK, apiMe{}, "The integration."),
	},
	"GET /api/v1/openapi.json": {
		id: "getDocument", tag: "This API", summary: "This document", text: "OpenAPI 3.1. People who are signed in get the same at /openapi.json.",
		answers: answered(http.StatusOK, map[string]any{}, "The document."),
	},
}

func wordsOf[T ~string](list []T) []string {
	words := make([]string, len(list))
	for i, one := range list {
		words[i] = string(one)
	}
	return words
}

// problems are the statuses with which it can go wrong.
func (o apiOperation) problems(r route) []int {
	statuses := []int{400, 401, 403, 429, 500, 502, 503}
	if pathParameter.MatchString(r.path) || o.query != nil {
		statuses = append(statuses, 404)
	}
	if o.body != nil {
		statuses = append(statuses, 413, 415, 422)
	}
	if o.versioned {
		statuses = append(statuses, 409, 412, 428)
	}
	return statuses
}

// parameters are those of the path, of the address and of the headers.
func (o apiOperation) parameters(r route) []*huma.Param {
	var list []*huma.Param
	for _, match := range pathParameter.FindAllStringSubmatch(r.path, -1) {
		p := pathParameters[match[1]]
		list = append(list, &huma.Param{Name: match[1], In: "path", Required: true, Description: p.text, Schema: p.schema})
	}
	if o.query != nil {
		for _, name := range fieldNames(reflect.TypeOf(o.query)) {
			list = append(list, o.queryParameter(name))
		}
	}
	header := func(name string, required bool, text string, schema *huma.Schema) {
		list = append(list, &huma.Param{Name: name, In: "header", Required: required, Description: text, Schema: schema})
	}
	if o.keyed {
		header("Idempotency-Key", true, "A word of your own for this one request, such as a new UUID. However often it is sent, it happens once.", textSchema(1, 200))
	}
	if o.versioned {
		header("If-Match", false, "The ETag of what you saw. Needed unless the version stands in the body.", textSchema(1, 0))
	}
	if r.method == http.MethodGet {
		header("If-None-Match", false, "An ETag that you have: 304 if that is still it.", textSchema(0, 0))
	}
	return list
}

// described is what is said of a parameter.
type described struct {
	text   string
	schema *huma.Schema
}

var pathParameters = map[string]described{
	"id":     {"Its ID.", &huma.Schema{Type: huma.TypeString, Format: "uuid"}},
	"tenant": {"ID or slug of the tenant.", textSchema(1, 0)},
	"slug":   {"Slug of the deployment.", textSchema(1, 0)},
}

var queryParameters = map[string]described{
	"state": {"One of these states; may be repeated.", &huma.Schema{Type: huma.TypeArray, Items: apiState("").Schema(nil)}},
	"q": {
		"Words that must all occur: of a deployment in slug, name, host name, app or tenant, of a tenant in name, slug or e-mail. Or an ID, or the start of one.",
		textSchema(0, maxSearch),
	},
	"tenant": {"Those of this tenant, by its ID.", &huma.Schema{Type: huma.TypeString, Format: "uuid"}},
	"after":  {"From here on: a word from “next” of another page.", textSchema(0, 0)},
	"before": {"Up to here: a word from “prev” of another page. Not beside “after”.", textSchema(0, 0)},
	"limit":  {"How many at most.", &huma.Schema{Type: huma.TypeInteger, Minimum: number(1), Maximum: number(100), Default: store.DefaultLimit}},
}

func (o apiOperation) queryParameter(name string) *huma.Param {
	p := queryParameters[name]
	if name == "sort" {
		p = described{"The order.", oneOfWords(o.sorts)}
		p.schema.Default = o.sorts[0]
	}
	return &huma.Param{Name: name, In: "query", Description: p.text, Schema: p.schema}
}

var headerTexts = map[string]string{
	"ETag":             "Of this answer. Send it as If-Match to change what you saw, as If-None-Match to ask whether it is still so.",
	"Link":             "The pages before and after this one, as “prev” and “next”.",
	"Location":         "The path of what was created.",
	"Content-Location": "The path under which this always is.",
}

func (a apiAnswer) describedHeaders() map[string]*huma.Param {
	headers := map[string]*huma.Param{}
	for _, name := range a.headers {
		headers[name] = &huma.Param{Description: headerTexts[name], Schema: textSchema(0, 0)}
	}
	return headers
}

// textSchema is a text with so many characters; 0 for no limit.
func textSchema(least, most int) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeString}
	if least > 0 {
		schema.MinLength = &least
	}
	if most > 0 {
		schema.MaxLength = &most
	}
	return schema
}

func number(n float64) *float64 { return &n }
