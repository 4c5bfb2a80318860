package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/catalog"
)

// apiPath is where everything lies that programs ask for, and that nobody gets by a session.
const apiPath = "/api/"

// isAPI reports whether a path is for programs: they prove themselves by a token and are answered in JSON.
func isAPI(path string) bool { return strings.HasPrefix(path, apiPath) }

// mimeProblem is the form in which programs are told what went wrong.
const mimeProblem = "application/problem+json"

// problem is what went wrong, for a program (RFC 9457).
type problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"` // the same for every problem of the status
	Status    int            `json:"status"`
	Detail    string         `json:"detail,omitempty"`     // what happened this time, in a sentence
	Errors    []problemField `json:"errors,omitempty"`     // field by field
	RequestID string         `json:"request_id,omitempty"` // of a failure of ours: by it the log is found
}

// problemField is what is wrong with one field.
type problemField struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// sendProblem tells a program what went wrong.
func sendProblem(c echo.Context, f failure) error {
	p := problem{Type: "about:blank", Title: http.StatusText(f.status), Status: f.status, Detail: f.text}
	var problems catalog.Problems
	if errors.As(f.cause, &problems) {
		for _, one := range problems {
			p.Errors = append(p.Errors, problemField{Field: one.Field, Detail: one.Text})
		}
	}
	if f.status >= http.StatusInternalServerError {
		p.RequestID = requestID(c)
	}
	if f.status == http.StatusTooManyRequests {
		tooMany(c)
	}
	c.Response().Header().Set(echo.HeaderContentType, mimeProblem)
	return c.JSON(f.status, p)
}
