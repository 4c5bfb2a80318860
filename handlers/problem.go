package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/store"
)

// apiPath is where everything lies that programs ask for, and that nobody gets by a session.
const apiPath = "/api/"

// isAPI reports whether a path is for programs: they prove themselves by a token and are answered in JSON.
func isAPI(path string) bool { return strings.HasPrefix(path, apiPath) }

// mimeProblem is the form in which programs are told what went wrong.
const mimeProblem = "application/problem+json"

// problem is what went wrong, for a program (RFC 9457).
type problem struct {
	Type       string         `json:"type" format:"uri-reference" doc:"Leads to what is said of the code below, on the console's own page about the API."`
	Title      string         `json:"title" doc:"The same for every problem of the code."`
	Status     int            `json:"status" doc:"The status of the answer once more."`
	Code       problemCode    `json:"code" doc:"By this a program tells problems apart."`
	Detail     string         `json:"detail,omitempty" doc:"What happened this time, in a sentence for people. Its words may change."`
	Errors     []problemField `json:"errors,omitempty" doc:"What is wrong with each member."`
	FromState  apiState       `json:"from_state,omitempty" doc:"Of a move that was refused: the state in which the deployment is."`
	ToState    apiState       `json:"to_state,omitempty" doc:"Of a move that was refused: the state to which it would lead."`
	Deployment *apiDeployment `json:"deployment,omitempty" doc:"Of a move that was refused or came too late: the deployment as it stands now."`
	RequestID  string         `json:"request_id,omitempty" doc:"Of a failure of the console: by it the log is found."`
}

// problemField is what is wrong with one member.
type problemField struct {
	Field  string `json:"field" doc:"The member."`
	Detail string `json:"detail" doc:"What is wrong with it, in a sentence for people."`
}

// problemCode is the program's word for what went wrong.
type problemCode string

// What can go wrong. Those of a move are the words of the lifecycle.
const (
	codeBadRequest  problemCode = "bad_request"
	codeNoKey       problemCode = "key_missing"
	codeNoToken     problemCode = "token_missing"
	codeBadToken    problemCode = "token_invalid"
	codeForbidden   problemCode = problemCode(lifecycle.Forbidden)
	codeNotFound    problemCode = "not_found"
	codeMethod      problemCode = "method_not_allowed"
	codeStale       problemCode = "stale"
	codeTooLarge    problemCode = "too_large"
	codeNotJSON     problemCode = "not_json"
	codeFields      problemCode = "invalid_fields"
	codeKeyReused   problemCode = "key_reused"
	codeNoVersion   problemCode = "version_missing"
	codeTooMany     problemCode = "too_many"
	codeInternal    problemCode = "internal"
	codeUnknown     problemCode = "outcome_unknown"
	codeBusy        problemCode = "busy"
	codeInvalidMove problemCode = problemCode(lifecycle.InvalidTransition)
)

// problemKind is what the page about the API says of a code.
type problemKind struct {
	code   problemCode
	status string // one or two of them, for people
	title  string
	text   string
}

// problemKinds lists all codes in the order of their status.
var problemKinds = []problemKind{
	{codeBadRequest, "400", "The request cannot be understood", "A parameter, header or body is not what it should be; the detail names it. Nothing was done."},
	{codeNoKey, "400", "Idempotency-Key is missing", "This call creates or moves something and needs a key of your own. Nothing was done."},
	{codeNoToken, "401", "No token", "Send the token of an integration as “Authorization: Bearer …”."},
	{codeBadToken, "401", "The token does not work", "It ended, was revoked, or its integration is disabled. An admin can make another one."},
	{codeForbidden, "403", "The role does not allow it", "The roles of the integration are not enough, or the request came from another site. Nothing was done."},
	{codeNotFound, "404", "There is no such thing", "No tenant, deployment, run or path has this name."},
	{codeMethod, "405", "This path has no such method", "The header Allow says which it has."},
	{codeStale, "409, 412", "It changed in the meantime", "Somebody was faster than you: 412 where you gave the version by If-Match, 409 where it stood in the body. Nothing was done. Look at how it stands now, and decide again."},
	{codeTooLarge, "413", "Too large", "A body has at most 1 MiB."},
	{codeNotJSON, "415", "No JSON", "The body's Content-Type is not application/json."},
	{codeFields, "422", "Some members are not right", "The list “errors” says which and why. Nothing was done."},
	{codeInvalidMove, "422", "There is no such move", "The map of the lifecycle has no such move from the state in which the deployment is; “from_state” and “to_state” name both. Nothing was done."},
	{problemCode(lifecycle.RunIsOn), "422", "A run is on", "A run is building or changing the deployment. Nothing was done."},
	{problemCode(lifecycle.NoProvider), "422", "There is no cloud provider", "Nothing can be built or switched here. Nothing was done."},
	{problemCode(lifecycle.ReasonMissing), "422", "A reason is missing", "This move is not recorded without a reason. Nothing was done."},
	{problemCode(lifecycle.ReasonUnknown), "422", "There is no such reason", "The reason is none of those of the move. Nothing was done."},
	{problemCode(lifecycle.UndoImpossible), "422", "It cannot be undone", "The newest move is more than ten minutes old, or has no reverse. Nothing was done."},
	{codeKeyReused, "422", "The key was used for something else", "The same Idempotency-Key came before with another content. Nothing was done now."},
	{codeNoVersion, "428", "The version is missing", "This call needs the version that you saw, by If-Match or in the body. Nothing was done."},
	{codeTooMany, "429", "Too many", "Too many tokens that do not work came from your address. Retry-After says how long to wait."},
	{codeInternal, "500", "The console failed", "It is not your fault. Tell whoever runs the console the “request_id”."},
	{codeUnknown, "502", "Whether it was done is not known", "The connection to the database broke. Send the same request again under the same key: it is never done twice."},
	{codeBusy, "503", "Busy", "The database, or the cloud provider that has to be asked, does not answer. Nothing was done. Send the same request again after the seconds that Retry-After says."},
}

// about is what is said of the code.
func (code problemCode) about() problemKind {
	for _, kind := range problemKinds {
		if kind.code == code {
			return kind
		}
	}
	return problemKind{code: codeInternal, title: "The console failed"}
}

// apiFailure is a failure with what a program is told besides.
type apiFailure struct {
	failure
	code       problemCode
	refusal    *lifecycle.Refusal
	deployment *apiDeployment
}

func (f apiFailure) Unwrap() error { return f.failure }

// badMember is a member of a body that cannot be understood.
func badMember(name, why string) error {
	return failure{status: http.StatusBadRequest, text: "“" + printable(name) + "”: " + why}
}

// invalid is what is wrong with one member that can be understood.
func invalid(field, text string) error { return catalog.Problems{{Field: field, Text: text}} }

// apiFailureOf gives an error its code, and programs' words where pages speak of forms.
func apiFailureOf(err error) apiFailure {
	var known apiFailure
	if errors.As(err, &known) {
		return known
	}
	f := apiFailure{failure: failureOf(err)}
	switch {
	case errors.Is(err, store.ErrKeyReused):
		f.code, f.text = codeKeyReused, "This Idempotency-Key came before with another content. Nothing was done now."
	case errors.Is(err, store.ErrUnknown):
		f.code, f.text = codeUnknown, "The connection to the database broke. Send this again under the same Idempotency-Key: it is never done twice."
	case errors.Is(err, store.ErrBusy):
		f.code, f.text = codeBusy, "The database is busy. Nothing was done; send this again in a moment."
	case errors.Is(err, store.ErrNoProvider):
		f.code = problemCode(lifecycle.NoProvider)
	case errors.As(err, &f.refusal):
		f.code = problemCode(f.refusal.Code)
	default:
		f.code = codeOfStatus(f.status)
	}
	return f
}

func codeOfStatus(status int) problemCode {
	code, ok := map[int]problemCode{
		http.StatusBadRequest: codeBadRequest, http.StatusUnauthorized: codeBadToken, http.StatusForbidden: codeForbidden,
		http.StatusNotFound: codeNotFound, http.StatusMethodNotAllowed: codeMethod, http.StatusConflict: codeStale,
		http.StatusPreconditionFailed: codeStale, http.StatusRequestEntityTooLarge: codeTooLarge,
		http.StatusUnsupportedMediaType: codeNotJSON, http.StatusUnprocessableEntity: codeFields,
		http.StatusTooManyRequests: codeTooMany, http.StatusBadGateway: codeUnknown, http.StatusServiceUnavailable: codeBusy,
	}[status]
	if !ok {
		return codeInternal
	}
	return code
}

// sendProblem tells a program what went wrong.
func sendProblem(c echo.Context, err error) error {
	f := apiFailureOf(err)
	p := problem{
		Type: docsPath + "#" + string(f.code), Title: f.code.about().title, Status: f.status, Code: f.code, Detail: f.text, Deployment: f.deployment,
	}
	if f.refusal != nil {
		p.FromState, p.ToState = apiState(f.refusal.From), apiState(f.refusal.To)
	}
	var problems catalog.Problems
	if errors.As(err, &problems) {
		for _, one := range problems {
			p.Errors = append(p.Errors, problemField{Field: one.Field, Detail: one.Text})
		}
	}
	if f.status >= http.StatusInternalServerError {
		p.RequestID = requestID(c)
	}
	switch f.status {
	case http.StatusTooManyRequests:
		tooMany(c)
	case http.StatusServiceUnavailable:
		c.Response().Header().Set("Retry-After", "1")
	}
	c.Response().Header().Set(echo.HeaderContentType, mimeProblem)
	return c.JSON(f.status, p)
}
